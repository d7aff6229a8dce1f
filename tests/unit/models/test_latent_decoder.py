"""The decoder of the fitted image: a function of its seed, without anything to copy."""

import pytest
import torch

from freqbench.models.latent_decoder import LatentDecoder, seeded_decoder


def test_the_default_has_the_parameters_that_its_docstring_says():
    # three levels of 32 to 32, one of 32 to 16, the last one of 16 to 1; each has a bias
    expected = 3 * (9 * 32 * 32 + 32) + (9 * 32 * 16 + 16) + (9 * 16 + 1)
    assert sum(parameter.numel() for parameter in LatentDecoder().parameters()) == expected == 32513


def test_it_enlarges_its_noise_sixteen_times():
    decoder, noise = seeded_decoder(8, 48, 32, seed=0)
    assert noise.shape == (1, 8, 3, 2)
    assert decoder(noise).shape == (1, 1, 48, 32)


def test_the_seed_alone_decides_and_the_global_state_stays():
    torch.manual_seed(7)
    before = torch.get_rng_state()
    first, other, again = (seeded_decoder(4, 32, 32, seed) for seed in (1, 2, 1))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first[0](first[1]), again[0](again[1]))
    assert not torch.equal(first[1], other[1])


def test_another_size_is_refused():
    with pytest.raises(ValueError, match="divisible by 16, not 40 x 32"):
        seeded_decoder(4, 40, 32, seed=0)


def test_the_untrained_image_is_smooth():
    decoder, noise = seeded_decoder(32, 64, 64, seed=0)
    power = torch.fft.rfft2(decoder(noise)[0, 0].detach()).abs().square()
    rows, columns = torch.fft.fftfreq(64), torch.fft.rfftfreq(64)
    high = torch.hypot(rows[:, None], columns) > 1 / 3
    power[0, 0] = 0
    assert power[high].mean() < 0.01 * power[~high].mean()
