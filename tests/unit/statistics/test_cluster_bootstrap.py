"""Bootstrap over fields of view: what is resampled, and what it covers."""

import numpy as np
import pytest
from scipy import stats

from freqbench.statistics import cluster_bootstrap, paired_comparison
from freqbench.statistics.bootstrap import influence_bootstrap, pseudo_values


def with_field_effect(rng, fovs, captures, *, between=1.0, within=0.5):
    """Differences of mean zero whose captures share the effect of their field of view: (fovs, captures)."""
    return between * rng.standard_normal((fovs, 1)) + within * rng.standard_normal((fovs, captures))


def test_the_same_seed_gives_the_same_interval():
    rng = np.random.default_rng(0)
    values, fovs = rng.standard_normal(60), np.repeat(np.arange(12), 5)
    first = cluster_bootstrap(values, fovs, samples=200, seed=1)
    assert cluster_bootstrap(values, fovs, samples=200, seed=1) == first
    assert cluster_bootstrap(values, fovs, samples=200, seed=2) != first


def test_one_field_of_view_has_no_interval():
    assert np.isnan(cluster_bootstrap([1.0, 2.0, 3.0], ["1", "1", "1"], samples=100, seed=0)).all()
    assert np.isnan(cluster_bootstrap([], [], samples=100, seed=0)).all()


def stretch(clusters, level):
    """Student's quantile over the normal one, and the root of the unbiased variance over the bootstrap's."""
    return (
        stats.t.ppf(0.5 + level / 2, clusters - 1)
        / stats.norm.ppf(0.5 + level / 2)
        * np.sqrt(clusters / (clusters - 1))
    )


def test_fields_of_view_weigh_alike_whatever_their_captures():
    """Two fields of means 0 and 1: resampled means are 0, 1/2 or 1, and never nearer to the larger field."""
    values = [0.0] * 99 + [1.0]
    fovs = ["a"] * 99 + ["b"]
    half = 0.5 * stretch(2, 0.95)
    assert cluster_bootstrap(values, fovs, samples=2000, seed=0) == pytest.approx((0.5 - half, 0.5 + half))
    assert cluster_bootstrap(values, fovs, samples=2000, seed=0, level=0.4) == (0.5, 0.5)


def test_the_interval_by_hand():
    """Three draws from three fields have 27 equally likely means; the ends are their quantiles, stretched."""
    means = np.array([0.0, 1.0, 5.0])
    every = np.array([means[[i, j, k]].mean() for i in range(3) for j in range(3) for k in range(3)])
    found = cluster_bootstrap(means, ["x", "y", "z"], samples=200_000, seed=3, level=0.8)
    ends = np.percentile(every, (10, 90), method="inverted_cdf")
    assert found == pytest.approx(2 + stretch(3, 0.8) * (ends - 2), abs=1e-12)


def test_of_normal_values_it_is_as_wide_as_students_interval():
    values = stats.norm.ppf((np.arange(12) + 0.5) / 12)
    expected = stats.t.interval(0.95, 11, loc=0, scale=values.std(ddof=1) / np.sqrt(12))
    found = cluster_bootstrap(values, np.arange(12), samples=100_000, seed=0)
    assert found == pytest.approx(expected, rel=0.03)


@pytest.mark.parametrize(
    ("values", "clusters", "runs", "message"),
    [
        ([1.0, 2.0], ["a"], None, "every difference"),
        ([1.0, 2.0], ["a", "b"], [1], "every difference"),
        ([[1.0], [2.0]], [["a"], ["b"]], None, "every difference"),
        ([1.0, float("nan")], ["a", "b"], None, "finite"),
        ([1.0, float("inf")], ["a", "b"], None, "finite"),
    ],
)
def test_what_cannot_be_resampled_is_refused(values, clusters, runs, message):
    with pytest.raises(ValueError, match=message):
        cluster_bootstrap(values, clusters, runs=runs, samples=100, seed=0)


def test_names_and_order_of_the_fields_do_not_matter():
    rng = np.random.default_rng(4)
    values, fovs = rng.standard_normal(24), np.repeat(["a", "b", "c", "d"], 6)
    order = rng.permutation(24)
    shuffled = cluster_bootstrap(values[order], fovs[order], samples=500, seed=0)
    assert cluster_bootstrap(values, fovs, samples=500, seed=0) == pytest.approx(shuffled)
    renamed = np.char.add("z", fovs)
    assert cluster_bootstrap(values, renamed, samples=500, seed=0) == pytest.approx(shuffled)


def test_a_wider_level_has_a_wider_interval_around_the_mean():
    rng = np.random.default_rng(5)
    values, fovs = with_field_effect(rng, 12, 5).ravel(), np.repeat(np.arange(12), 5)
    narrow = cluster_bootstrap(values, fovs, samples=2000, seed=0, level=0.5)
    wide = cluster_bootstrap(values, fovs, samples=2000, seed=0, level=0.95)
    assert wide[0] < narrow[0] < values.mean() < narrow[1] < wide[1]


def test_coverage_with_an_effect_of_the_field_of_view():
    """The 95 % interval holds the true mean in about 95 % of 400 data sets; one of single images seldom does."""
    rng = np.random.default_rng(6)
    fovs, images = np.repeat(np.arange(30), 8), np.arange(240)
    covered = {"fov": 0, "image": 0}
    for seed in range(400):
        values = with_field_effect(rng, 30, 8).ravel()
        for name, clusters in (("fov", fovs), ("image", images)):
            low, high = cluster_bootstrap(values, clusters, samples=300, seed=seed)
            covered[name] += low <= 0.0 <= high
    assert 0.92 <= covered["fov"] / 400 <= 0.98
    assert covered["image"] / 400 < 0.65


def test_false_positives_of_the_two_levels_of_analysis():
    """12 fields of view with 50 captures each and no difference: the paper's test finds one most of the time."""
    rng = np.random.default_rng(7)
    found = {"image": 0, "fov": 0}
    for _ in range(400):
        values = with_field_effect(rng, 12, 50)
        for name, units in (("image", values.ravel()), ("fov", values.mean(axis=1))):
            found[name] += paired_comparison(units, np.zeros_like(units)).p_value < 0.05
    assert found["image"] / 400 > 0.5
    # 5 % of 400 is 20, with a standard deviation of 4.4
    assert 0.02 <= found["fov"] / 400 <= 0.085


def test_influences_of_a_mean_are_its_deviations():
    """Of a mean the interval is that of `cluster_bootstrap`."""
    values = np.array([3.0, 1.0, 4.0, 1.0, 5.0, 9.0])
    without = np.array([np.delete(values, place).mean() for place in range(6)])
    assert pseudo_values(values.mean(), without) == pytest.approx(values)
    found = influence_bootstrap(values.mean(), without, samples=1000, seed=0, level=0.9)
    expected = cluster_bootstrap(values, np.arange(6), samples=1000, seed=0, level=0.9)
    assert found == pytest.approx(expected, rel=1e-9)


def test_one_influence_has_no_interval():
    assert np.isnan(influence_bootstrap(1.0, [2.0], samples=100, seed=0)).all()
