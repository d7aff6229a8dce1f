"""Distances between sets: halves without a common scene, and intervals that cover what they say."""

import numpy as np
import pytest

from freqbench.metrics import frechet_distance, kernel_distance
from freqbench.metrics.set_distances import random_halves, set_distances
from freqbench.statistics.bootstrap import cluster_bootstrap

NAMES = ("fd_vgg16", "kd_vgg16")
FUNCTIONS = {"fd_vgg16": frechet_distance, "kd_vgg16": kernel_distance}


def scenes(rng, fovs, captures, dimension=30):
    """Features of clean images, alike within a field of view, and of restorations that shrink and shift them."""
    scale = 2 * np.exp(-np.arange(dimension) / 10)
    clean = (np.repeat(rng.normal(size=(fovs, dimension)), captures, axis=0)) * scale
    clean += 0.4 * scale * rng.normal(size=clean.shape)
    restored = 0.9 * clean + 0.1 * scale + 0.3 * rng.normal(size=clean.shape)
    return restored, clean, np.repeat([f"fov{number}" for number in range(fovs)], captures)


def measured(restored, clean, fovs, **options):
    settings = {"samples": 100, "halvings": 6, "seed": 0} | options
    return {each.metric: each for each in set_distances(restored, clean, fovs, NAMES, **settings)}


def test_values_are_those_of_the_whole_sets():
    restored, clean, fovs = scenes(np.random.default_rng(0), 5, 4)
    for name, found in measured(restored, clean, fovs).items():
        assert (found.metric, found.n) == (name, 20)
        assert found.value == FUNCTIONS[name](restored, clean)


def test_halves_by_hand_where_there_is_only_one_way():
    restored, clean, fovs = scenes(np.random.default_rng(0), 2, 5)
    for name, found in measured(restored, clean, fovs).items():
        distance = FUNCTIONS[name]
        both = [distance(restored[:5], clean[5:]), distance(restored[5:], clean[:5])]
        assert found.half_n == 5
        assert found.half_value == pytest.approx(np.mean(both), rel=1e-9)
        assert found.half_floor == pytest.approx(distance(clean[:5], clean[5:]), rel=1e-9)
        assert (found.ci_low, found.ci_high) == (None, None)


def test_the_halves_of_perfect_restorations_are_at_the_floor():
    _, clean, fovs = scenes(np.random.default_rng(0), 6, 3)
    for found in measured(clean, clean, fovs).values():
        assert found.half_value == pytest.approx(found.half_floor, rel=1e-9)
        assert found.half_floor > 0


def test_no_scene_is_in_both_halves():
    groups = np.random.default_rng(0).permutation(np.repeat(np.arange(7), 3))
    halves = random_halves(groups, halvings=50, seed=1)
    assert len(halves) == 50
    for first, second in halves:
        assert len(set(groups[first])) == len(set(groups[second])) == 3
        assert set(groups[first]).isdisjoint(groups[second])
        assert len(first) == len(second) == 9
    assert {tuple(sorted(set(groups[first]))) for first, _ in halves} != {tuple(sorted(set(groups[halves[0][0]])))}


def test_images_of_one_scene_have_no_floor():
    """Its captures show the same: any floor from them would be too low."""
    restored, clean, _ = scenes(np.random.default_rng(0), 1, 10)
    for found in measured(restored, clean, ["only"] * 10).values():
        assert (found.half_n, found.half_value, found.half_floor) == (None, None, None)
        assert (found.ci_low, found.ci_high) == (None, None)
        assert np.isfinite(found.value)


def test_a_half_of_one_image_has_no_distance():
    restored, clean, fovs = scenes(np.random.default_rng(0), 3, 1)
    for found in measured(restored, clean, fovs).values():
        assert (found.half_n, found.half_value, found.half_floor) == (None, None, None)
        assert found.ci_low <= found.value <= found.ci_high


def test_neither_the_order_of_images_nor_the_names_of_fields_matter():
    rng = np.random.default_rng(0)
    restored, clean, fovs = scenes(rng, 5, 4)
    order = rng.permutation(20)
    first = measured(restored, clean, fovs)
    for other in (
        measured(restored[order], clean[order], fovs[order]),
        measured(restored, clean, np.char.add("z", fovs)),
    ):
        for name, found in first.items():
            for field in ("value", "ci_low", "ci_high", "half_n", "half_value", "half_floor"):
                assert getattr(other[name], field) == pytest.approx(getattr(found, field), rel=1e-8)


def test_the_seed_decides_and_every_method_has_the_same_floor():
    restored, clean, fovs = scenes(np.random.default_rng(0), 8, 2)
    first = measured(restored, clean, fovs)
    assert measured(restored, clean, fovs) == first
    for name, found in measured(2 * restored, clean, fovs).items():
        assert found.half_floor == first[name].half_floor
    for name, found in measured(restored, clean, fovs, seed=1).items():
        assert found.ci_high != first[name].ci_high
        assert found.half_floor != first[name].half_floor


def test_a_frechet_interval_does_not_reach_below_zero():
    rng = np.random.default_rng(2)
    _, clean, fovs = scenes(rng, 3, 2)
    restored = clean * np.repeat([1.0, 1.0, 3.0], 2)[:, np.newaxis]
    found = measured(restored, clean, fovs)
    assert found["fd_vgg16"].ci_low == 0
    assert found["kd_vgg16"].ci_low < 0


@pytest.mark.parametrize("spoilt", ["restored", "clean"])
def test_features_that_are_no_numbers_are_refused(spoilt):
    sets = dict(zip(("restored", "clean", "fovs"), scenes(np.random.default_rng(0), 4, 2), strict=True))
    sets[spoilt][3, 4] = np.nan
    with pytest.raises(ValueError, match="holds NaN or infinity"):
        measured(**sets)


def test_sets_of_other_images_are_refused():
    restored, clean, fovs = scenes(np.random.default_rng(0), 4, 2)
    for parts in ((restored[:6], clean, fovs), (restored, clean, fovs[:6])):
        with pytest.raises(ValueError, match="of the same images"):
            measured(*parts)


@pytest.fixture(scope="module")
def simulated():
    """Both distances of 200 data sets, each with its interval and the percentiles of repeated fields of view."""
    rows = []
    for number in range(200):
        restored, clean, fovs = scenes(np.random.default_rng(number), fovs=12, captures=3)
        found = measured(restored, clean, fovs, samples=500, halvings=1)
        drawn = np.random.default_rng(number).integers(12, size=(40, 12))
        rows_of = [np.concatenate([np.arange(3 * fov, 3 * fov + 3) for fov in each]) for each in drawn]
        for name, each in found.items():
            naive = [FUNCTIONS[name](restored[rows], clean[rows]) for rows in rows_of]
            rows.append((name, each.value, each.ci_low, each.ci_high, *np.percentile(naive, (2.5, 97.5))))
    return {name: np.array([row[1:] for row in rows if row[0] == name]) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_intervals_cover_the_expected_distance(simulated, name):
    values, low, high, _, _ = simulated[name].T
    covered = (low <= values.mean()) & (values.mean() <= high)
    # 0.95 is aimed at; the kernel distance is skewed, and twelve fields of view do not show its tail
    assert 0.87 <= covered.mean() <= 0.99
    # not by being wide: 12 fields of view and Student's t make 1.12 of what the normal distribution needs
    assert np.mean(high - low) == pytest.approx(2 * 1.96 * values.std() * 1.12, rel=0.2)


def test_percentiles_of_repeated_fields_of_view_would_not(simulated):
    """Why influences are resampled instead: repeated images take the Fréchet distance away from its value."""
    values, _, _, low, high = simulated["fd_vgg16"].T
    assert np.mean((low <= values.mean()) & (values.mean() <= high)) < 0.5


def test_of_a_mean_the_interval_is_that_of_the_means_of_the_fields(monkeypatch):
    """A field of view that is there twice, under two names, included."""
    restored, clean, fovs = scenes(np.random.default_rng(0), 4, 3)
    again = np.concatenate([np.arange(12), np.arange(3)])
    names = np.concatenate([fovs, ["twin"] * 3])

    def brightness(own, other):
        return float(own.mean() - other.mean())

    monkeypatch.setattr("freqbench.metrics.set_distances.kernel_distance", brightness)
    found = measured(restored[again], clean[again], names, samples=20_000)["kd_vgg16"]
    means = (restored - clean)[again].reshape(5, -1).mean(axis=1)
    low, high = cluster_bootstrap(means, np.arange(5), samples=20_000, seed=0)
    assert found.value == pytest.approx(means.mean())
    assert (found.ci_low, found.ci_high) == pytest.approx((low, high), abs=0.05 * (high - low))


def test_many_fields_of_view_are_left_out_several_at_a_time(monkeypatch):
    restored, clean, fovs = scenes(np.random.default_rng(0), 150, 2, dimension=4)
    sizes = []

    def counted(own, other):
        sizes.append(len(own))
        return frechet_distance(own, other)

    monkeypatch.setattr("freqbench.metrics.set_distances.frechet_distance", counted)
    measured(restored, clean, fovs, halvings=1)
    left_out = [300 - size for size in sizes[1:61]]
    assert sum(left_out) == 300
    assert set(left_out) == {4, 6}


def test_too_few_images_beside_a_field_of_view_give_no_interval():
    restored, clean, _ = scenes(np.random.default_rng(0), 4, 1)
    for images, given in ((3, True), (2, False)):
        found = measured(restored[:images], clean[:images], list("abc")[:images])["fd_vgg16"]
        assert (found.ci_low is not None) == given
