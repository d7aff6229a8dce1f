import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from freqbench.reporting.regions import detailed_regions, typical_patch


def random_image(height, width, seed):
    return np.random.default_rng(seed).random((height, width)).astype(np.float32)


@given(
    height=st.integers(8, 40),
    width=st.integers(8, 40),
    size=st.integers(2, 50),
    count=st.integers(1, 6),
    seed=st.integers(0, 1000),
)
def test_regions_lie_inside_and_do_not_overlap(height, width, size, count, seed):
    regions = detailed_regions(random_image(height, width, seed), count, size)
    size = min(size, height, width)
    assert 1 <= len(regions) <= count
    seen = np.zeros((height, width), dtype=int)
    for y, x in regions:
        assert 0 <= y <= height - size
        assert 0 <= x <= width - size
        seen[y : y + size, x : x + size] += 1
    assert seen.max() == 1


@given(seed=st.integers(0, 1000), size=st.integers(2, 9))
def test_the_first_region_has_the_most_detail(seed, size):
    image = random_image(20, 24, seed).astype(np.float64)
    rows, columns = np.gradient(image)
    energy = rows**2 + columns**2
    means = {(y, x): energy[y : y + size, x : x + size].mean() for y in range(21 - size) for x in range(25 - size)}
    (found,) = detailed_regions(image.astype(np.float32), 1, size)
    # the rule works on integers: a window whose mean is equal to 16 bits may be preferred
    assert means[found] >= max(means.values()) - energy.max() / 65535


def test_planted_details_are_found_in_order():
    image = np.zeros((64, 64), dtype=np.float32)
    image[8:16:2, 8:16] = 0.5
    image[40:48:2, 30:38] = 1.0
    (strong, weak) = detailed_regions(image, 2, 10)
    for (y, x), (top, left) in ((strong, (40, 30)), (weak, (8, 8))):
        assert y <= top and y + 10 >= top + 7
        assert x <= left and x + 10 >= left + 7


def test_fewer_where_no_more_fit():
    assert len(detailed_regions(random_image(16, 16, 0), 4, 16)) == 1
    assert len(detailed_regions(random_image(16, 32, 0), 4, 16)) <= 2


def test_a_region_larger_than_the_image_is_the_image():
    assert detailed_regions(random_image(16, 16, 0), 2, 48) == [(0, 0)]


def test_a_constant_image_has_regions_too():
    regions = detailed_regions(np.full((32, 32), 0.5, dtype=np.float32), 2, 8)
    assert len(regions) == len(set(regions)) == 2


def test_the_scale_of_the_image_does_not_matter():
    image = random_image(32, 32, 3)
    assert detailed_regions(image, 3, 8) == detailed_regions(image * np.float32(0.001), 3, 8)


def tidy(values, method="spatial", metric="psnr"):
    names = [f"tiny/raw/{place}#0" for place in range(len(values))]
    return pd.DataFrame({"method": method, "metric": metric, "patch_id": names, "value": values})


@pytest.mark.parametrize(
    ("values", "place"), [([30.0, 10.0, 20.0], 2), ([4.0, 1.0, 3.0, 2.0], 3), ([5.0], 0), ([2.0, 1.0], 1)]
)
def test_the_typical_patch_is_the_median(values, place):
    """Of an even number the lower of the two in the middle."""
    assert typical_patch(tidy(values), "spatial") == f"tiny/raw/{place}#0"


def test_other_methods_and_metrics_do_not_decide():
    others = tidy([1.0, 2.0, 3.0], "lffl_a1"), tidy([9.0, 8.0, 7.0], metric="ssim")
    metrics = pd.concat([tidy([30.0, 10.0, 20.0]), *others])
    assert typical_patch(metrics, "spatial") == "tiny/raw/2#0"


def test_of_equal_patches_it_is_always_the_same():
    assert typical_patch(tidy([5.0] * 7), "spatial") == typical_patch(tidy([5.0] * 7), "spatial")


def test_without_psnr_the_first_metric_decides():
    assert typical_patch(tidy([0.3, 0.1, 0.2], metric="gmsd"), "spatial") == "tiny/raw/2#0"
