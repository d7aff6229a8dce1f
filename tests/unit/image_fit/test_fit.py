"""One fit: what is minimised, when it is measured, and that it is a function of its arguments."""

import numpy as np
import pytest
import torch

from freqbench.config.image_fit import FitObjective, ImageFit
from freqbench.errors import FreqbenchError
from freqbench.image_fit.fit import fit_image, measured_iterations, pictured_iterations
from freqbench.models.latent_decoder import seeded_decoder

MSE = FitObjective(name="mse")
FFL = FitObjective(name="ffl", loss="focal_frequency")


def settings(**changes):
    return ImageFit(dataset="tiny", **({"size": 32, "features": 8, "iterations": 20, "seeds": (0,)} | changes))


@pytest.fixture
def target():
    y, x = torch.meshgrid(torch.linspace(0, 1, 32), torch.linspace(0, 1, 32), indexing="ij")
    return (0.5 + 0.3 * torch.sin(9 * x) * torch.cos(7 * y) + 0.1 * torch.sin(60 * x))[None, None]


def test_measured_are_powers_of_two_with_steps_between_and_the_last():
    assert measured_iterations(16) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 13, 16]
    assert measured_iterations(20) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 13, 16, 19, 20]
    assert pictured_iterations(16) == [1, 2, 4, 8, 16]
    assert pictured_iterations(20) == [1, 2, 4, 8, 16, 20]


def test_it_gets_nearer_and_shows_what_lies_in_the_range(target):
    fit = fit_image(target, MSE, settings(iterations=200), seed=0)
    errors = (fit.images - target).square().mean(dim=(1, 2, 3))
    assert fit.weight == 0
    assert errors[-1] < 0.1 * errors[0]
    assert fit.images.min() >= 0
    assert fit.images.max() <= 1


def test_the_same_arguments_give_the_same_images(target):
    first, again, other = (fit_image(target, FFL, settings(), seed) for seed in (3, 3, 4))
    assert torch.equal(first.images, again.images)
    assert first.weight == again.weight
    assert not torch.equal(first.images, other.images)


def test_a_calibrated_weight_makes_both_gradients_equal(target):
    fit = fit_image(target, FFL, settings(), seed=1)
    decoder, noise = seeded_decoder(8, 32, 32, seed=1)
    difference = (decoder(noise) - target).detach()[0, 0].double().numpy()
    # gradients in closed form: 2 d / N, and 2 IDFT(w D) / N with the weight w held constant
    spectrum = np.fft.fft2(difference, norm="ortho")
    weighted = np.fft.ifft2(np.abs(spectrum) / np.abs(spectrum).max() * spectrum, norm="ortho")
    assert fit.weight == pytest.approx(np.linalg.norm(difference) / np.linalg.norm(weighted), rel=1e-4)


def test_a_weight_of_zero_is_the_mean_squared_error_alone(target):
    with_zero = fit_image(target, FFL.model_copy(update={"weight": 0.0}), settings(), seed=0)
    torch.testing.assert_close(with_zero.images, fit_image(target, MSE, settings(), seed=0).images)


def test_a_divergence_names_objective_seed_and_iteration(target):
    with pytest.raises(FreqbenchError, match=r"objectives\.ffl: seed 5 is not finite after \d+ iterations; lower"):
        fit_image(target, FFL, settings(learning_rate=1e30), seed=5)


def test_a_loss_that_needs_a_scale_is_refused(target):
    with pytest.raises(FreqbenchError, match=r"objectives\.laplace: laplace needs a scale"):
        fit_image(target, FitObjective(name="laplace", loss="laplace"), settings(), seed=0)
