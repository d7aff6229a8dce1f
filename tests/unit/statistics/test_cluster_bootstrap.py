import numpy as np
import pytest

from freqbench.statistics import cluster_bootstrap, paired_comparison
from freqbench.statistics.bootstrap import influence_bootstrap


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


def test_fields_of_view_weigh_alike_whatever_their_captures():
    """Two fields of means 0 and 1: resampled means are 0, 1/2 or 1, and never nearer to the larger field."""
    values = [0.0] * 99 + [1.0]
    fovs = ["a"] * 99 + ["b"]
    low, high = cluster_bootstrap(values, fovs, samples=2000, seed=0)
    assert (low, high) == (0.0, 1.0)
    assert cluster_bootstrap(values, fovs, samples=2000, seed=0, level=0.4) == (0.5, 0.5)


def test_the_interval_by_hand():
    """Three draws from three fields have 27 equally likely means; the ends are their quantiles."""
    means = np.array([0.0, 1.0, 5.0])
    every = np.array([means[[i, j, k]].mean() for i in range(3) for j in range(3) for k in range(3)])
    low, high = cluster_bootstrap(means, ["x", "y", "z"], samples=200_000, seed=3, level=0.8)
    assert low == pytest.approx(np.percentile(every, 10, method="inverted_cdf"), abs=1e-12)
    assert high == pytest.approx(np.percentile(every, 90, method="inverted_cdf"), abs=1e-12)


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
    # a percentile interval of 30 clusters is a little too narrow: 93 % expected
    assert 0.90 <= covered["fov"] / 400 <= 0.98
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
    """Of a mean the interval is that of `cluster_bootstrap`, at a level that is expanded for few clusters."""
    values = np.array([3.0, 1.0, 4.0, 1.0, 5.0, 9.0])
    without = [np.delete(values, place).mean() for place in range(6)]
    found = influence_bootstrap(values.mean(), without, samples=50_000, seed=0, level=0.9)
    # sqrt(6 / 5) times Student's 2.015048 with 5 degrees of freedom is 2.207376; the normal tail beyond is 0.013644
    expected = cluster_bootstrap(values, np.arange(6), samples=50_000, seed=0, level=1 - 2 * 0.013644)
    assert found == pytest.approx(expected, rel=1e-9)


def test_one_influence_has_no_interval():
    assert np.isnan(influence_bootstrap(1.0, [2.0], samples=100, seed=0)).all()


def test_influences_cover_the_mean_of_few_clusters_better_than_plain_percentiles():
    rng = np.random.default_rng(0)
    for clusters, least in ((5, 0.88), (12, 0.92)):
        hits, plain = [], []
        for number in range(400):
            values = rng.standard_normal(clusters)
            without = (values.sum() - values) / (clusters - 1)
            low, high = influence_bootstrap(values.mean(), without, samples=1000, seed=number)
            hits.append(low <= 0 <= high)
            low, high = cluster_bootstrap(values, np.arange(clusters), samples=1000, seed=number)
            plain.append(low <= 0 <= high)
        assert max(np.mean(plain), least) <= np.mean(hits) <= 0.98
