"""FRC loss against its formula on the full shifted spectrum, in float64 NumPy, and in closed forms."""

import numpy as np
import pytest
import torch

from freqbench.losses import FourierRingCorrelationLoss

SHAPES = [(2, 1, 64, 64), (2, 3, 32, 32), (1, 2, 33, 33), (1, 1, 48, 64), (2, 1, 40, 27), (1, 1, 31, 50)]
OPTIONS = [
    {},
    {"ring_width": 2.0},
    {"ring_width": 1.5},
    {"ring_width": 3, "edges": "nearest"},
    {"edges": "nearest"},
    {"edges": "lower"},
    {"ring_width": 0.5},
    {"numerator": "modulus"},
    {"integration": "mean"},
    {"window": "hann"},
    {"ring_width": 2, "edges": "lower", "numerator": "modulus", "integration": "mean", "window": "hann"},
]


def image_pair(shape, seed=0, noise=0.3):
    generator = np.random.default_rng(seed)
    target = generator.random(shape)
    return target + noise * generator.standard_normal(shape), target


def ring_masks(height, width, ring_width, edges):
    """Yield the rings of the shifted spectrum, whose centre is at (H // 2, W // 2)."""
    shorter = min(height, width)
    down, right = np.arange(height) - height // 2, np.arange(width) - width // 2
    # Squared distances in whole numbers: in units of 1 / (H W) of a cycle per shorter side.
    square = (shorter * width * down[:, None]) ** 2 + (shorter * height * right) ** 2
    unit = height * width * ring_width
    for r in range(int(shorter // 2 / ring_width)):
        if edges == "upper":
            yield ((r * unit) ** 2 < square) & (square <= ((r + 1) * unit) ** 2)
        else:
            first = r + 0.5 if edges == "nearest" else r
            yield ((first * unit) ** 2 <= square) & (square < ((first + 1) * unit) ** 2) & (square > 0)


def radial_hann(height, width):
    y, x = (np.zeros(1) if n == 1 else 2 * np.arange(n) / (n - 1) - 1 for n in (height, width))
    distance = np.sqrt(y[:, None] ** 2 + x**2)
    return np.where(distance <= 1, np.cos(np.pi * distance / 2) ** 2, 0)


def correlations(
    prediction, target, *, ring_width=1.0, edges="upper", numerator="real", integration=None, window=None, epsilon=0.0
):
    """Equation 3, (N, R); epsilon in units of the power of the orthonormal spectrum."""
    height, width = prediction.shape[-2:]
    weight = radial_hann(height, width) if window == "hann" else 1.0
    p, t = (np.fft.fftshift(np.fft.fft2(x * weight), axes=(-2, -1)) for x in (prediction, target))
    rings = []
    for mask in ring_masks(height, width, ring_width, edges):
        inside_p, inside_t = (spectrum[..., mask].reshape(len(p), -1) for spectrum in (p, t))
        common = np.sum(inside_p * np.conj(inside_t), axis=1)
        common = np.abs(common) if numerator == "modulus" else common.real
        floor = epsilon * height * width * inside_p.shape[1]
        powers = [np.sum(np.abs(inside) ** 2, axis=1) + floor for inside in (inside_p, inside_t)]
        root = np.sqrt(powers[0] * powers[1])
        rings.append(np.divide(common, root, out=np.zeros(len(p)), where=root > 0))
    return np.stack(rings, axis=1)


def reference(prediction, target, **options):
    """Equation 5: the trapezoidal rule counts the end rings half; rings without a frequency do not count."""
    rings = correlations(prediction, target, **options)
    masks = ring_masks(*target.shape[-2:], options.get("ring_width", 1.0), options.get("edges", "upper"))
    weights = np.array([mask.any() for mask in masks], dtype=float)
    if options.get("integration", "trapezoid") == "trapezoid":
        weights[[0, -1]] /= 2
    return 1 - np.average(np.where(weights > 0, rings, 0), axis=1, weights=weights).mean()


def single_and_double(loss, prediction, target):
    double = [torch.tensor(image, dtype=torch.float64) for image in (prediction, target)]
    return loss(*(image.float() for image in double)), loss(*double)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_value_is_the_formula(shape, options):
    prediction, target = image_pair(shape)
    expected = reference(prediction, target, **options)
    single, double = single_and_double(FourierRingCorrelationLoss(**options), prediction, target)
    # epsilon, 1e-12, is the only difference, beside the windowed power of 1e-2
    assert double.item() == pytest.approx(expected, rel=1e-9)
    assert single.item() == pytest.approx(expected, rel=1e-5)
    rings = FourierRingCorrelationLoss(**options).correlation(*map(torch.tensor, (prediction, target)))
    np.testing.assert_allclose(rings.numpy(), correlations(prediction, target, **options), rtol=1e-8, atol=1e-10)


def test_value_is_that_of_the_authors_rings_at_256_pixels():
    # 128 rings around (128, 128), frequencies r / 128 over the largest of them, 0 / 0 -> 0, loss = -area.
    prediction, target = image_pair((2, 1, 256, 256), noise=1.0)
    y, x = np.mgrid[:256, :256] - 128
    square = x**2 + y**2
    ring = np.full(square.shape, 128)
    for r in reversed(range(128)):
        ring[square <= (r + 1) ** 2] = r
    ring[128, 128] = 128
    p, t = (np.fft.fftshift(np.fft.fft2(image[:, 0]), axes=(1, 2)) for image in (prediction, target))

    def sums(values):
        return np.stack([np.bincount(ring.ravel(), one.ravel(), minlength=129)[:128] for one in values])

    correlation = sums((p * t.conj()).real) / np.sqrt(sums(np.abs(p) ** 2) * sums(np.abs(t) ** 2))
    frequency = np.arange(128) / 128
    authors = -np.trapezoid(np.nan_to_num(correlation), frequency / frequency.max(), axis=1).mean()
    single, double = single_and_double(FourierRingCorrelationLoss(), prediction, target)
    assert 0.3 < 1 + authors < 0.9
    assert double.item() == pytest.approx(1 + authors, rel=1e-10)
    assert single.item() == pytest.approx(1 + authors, rel=1e-5)


def ring_waves(phases, amplitudes, size=32):
    """Return a sum of horizontal waves, one in the middle of the upper edge of each ring."""
    columns = np.arange(size)
    waves = [
        a * np.cos(2 * np.pi * (r + 1) * columns / size + phase)
        for r, (a, phase) in enumerate(zip(amplitudes, phases, strict=True))
    ]
    return torch.tensor(np.sum(waves, axis=0)).expand(1, 1, size, size)


def test_a_phase_shift_in_each_ring_costs_its_cosine():
    # One wave per ring: FRC_r = cos(shift), whatever the amplitudes. The Nyquist wave can only be turned by pi.
    generator = np.random.default_rng(0)
    shifts = np.append(generator.uniform(0, np.pi, 15), np.pi)
    rising, falling = np.linspace(1, 3, 16), np.geomspace(5, 0.1, 16)
    prediction, target = ring_waves(shifts, rising), ring_waves(np.zeros(16), falling)
    correlation = FourierRingCorrelationLoss().correlation(prediction, target)[0]
    np.testing.assert_allclose(correlation.numpy(), np.cos(shifts), atol=1e-9)
    area = np.trapezoid(np.cos(shifts), np.linspace(0, 1, 16))
    assert FourierRingCorrelationLoss()(prediction, target).item() == pytest.approx(1 - area, abs=1e-9)
    mean = FourierRingCorrelationLoss(integration="mean")(prediction, target)
    assert mean.item() == pytest.approx(1 - np.cos(shifts).mean(), abs=1e-9)
    modulus = FourierRingCorrelationLoss(numerator="modulus").correlation(prediction, target)[0]
    np.testing.assert_allclose(modulus.numpy(), np.abs(np.cos(shifts)), atol=1e-9)


def test_frequencies_of_one_ring_are_one_vector():
    # A ring with two waves is the cosine between their amplitudes, each counted with its conjugate.
    columns = torch.arange(16, dtype=torch.float64)
    right = torch.cos(2 * torch.pi * 3 * columns / 16).expand(1, 1, 16, 16)
    down = right.mT
    correlation = FourierRingCorrelationLoss().correlation(3 * right + 4 * down, 5 * right + 12 * down)
    assert correlation[0, 2].item() == pytest.approx((3 * 5 + 4 * 12) / (5 * 13))
    # On the Nyquist column the half spectrum holds each frequency once, elsewhere half of them.
    nyquist = torch.cos(torch.pi * columns).expand(1, 1, 16, 16)
    prediction, target = nyquist + 2 * torch.cos(2 * torch.pi * 8 * columns / 16)[:, None], nyquist
    assert FourierRingCorrelationLoss().correlation(prediction, target)[0, 7].item() == pytest.approx(1 / 5**0.5)


def test_channels_share_their_rings_and_images_do_not():
    prediction, target = (torch.tensor(image) for image in image_pair((3, 2, 16, 16)))
    loss = FourierRingCorrelationLoss()
    single = torch.stack([loss(prediction[i : i + 1], target[i : i + 1]) for i in range(3)])
    torch.testing.assert_close(loss(prediction, target), single.mean())
    # A second channel of noise lowers the correlation by its share of the power.
    clean = target[:, :1]
    noisy = torch.cat([clean, prediction[:, 1:]], dim=1)
    both = loss.correlation(noisy, torch.cat([clean, torch.zeros_like(clean)], dim=1))
    alone = loss.correlation(clean, noisy[:, :1])
    assert (both < 0.999 * alone).all()


def test_epsilon_is_a_mean_power_of_the_orthonormal_spectrum():
    prediction, target = image_pair((1, 2, 24, 24))
    expected = reference(prediction, target, epsilon=0.05)
    _, double = single_and_double(FourierRingCorrelationLoss(epsilon=0.05), prediction, target)
    assert double.item() == pytest.approx(expected, rel=1e-12)
    # The noise of rounding to 8 bits, to which the documentation compares it: 1 / (12 * 255^2).
    rounding = np.round(255 * target) / 255 - target
    power = np.mean(np.abs(np.fft.fft2(rounding, norm="ortho")) ** 2)
    assert power == pytest.approx(1.3e-6, rel=0.1)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"ring_width": 0}, "ring_width"),
        ({"ring_width": "1"}, "ring_width"),
        ({"edges": "round"}, "edges"),
        ({"numerator": "abs"}, "numerator"),
        ({"integration": "sum"}, "integration"),
        ({"window": "hamming"}, "window"),
        ({"window": False}, "window"),
        ({"epsilon": 0}, "epsilon"),
        ({"epsilon": float("inf")}, "epsilon"),
    ],
)
def test_wrong_options_are_named(options, named):
    with pytest.raises(ValueError, match=f"^{named} must be"):
        FourierRingCorrelationLoss(**options)


def test_too_small_images_are_refused():
    image = torch.zeros(1, 1, 5, 40)
    with pytest.raises(ValueError, match=r"5 x 40 pixels have no whole ring of width 3 \(ring_width\)"):
        FourierRingCorrelationLoss(ring_width=3)(image, image)
    # One ring has an area of its own.
    prediction, target = (torch.tensor(image) for image in image_pair((1, 1, 5, 40)))
    one = FourierRingCorrelationLoss(ring_width=2)
    torch.testing.assert_close(one(prediction, target), 1 - one.correlation(prediction, target)[0, 0])
