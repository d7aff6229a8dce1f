import numpy as np
import pandas as pd
import pytest

from freqbench.classical.average import average_of_captures
from freqbench.data.patches import PatchSet
from freqbench.errors import FreqbenchError


def captures(counts, dtype=np.uint8):
    """Patches of windows with so many captures each, rows of different windows alternating."""
    rows = [(str(fov), number) for fov, count in enumerate(counts) for number in range(count)]
    rows.sort(key=lambda row: row[1])
    table = pd.DataFrame(rows, columns=["fov", "capture"]).assign(y=0, x=0)
    rng = np.random.default_rng(0)
    noisy = rng.integers(0, np.iinfo(dtype).max, (len(rows), 8, 8), dtype=dtype)
    return PatchSet(table, noisy, noisy)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_each_patch_is_the_mean_of_its_own_and_the_next_15_captures_in_a_circle(dtype):
    patches = captures([20, 16], dtype)
    found = average_of_captures(patches, "x")
    assert found.dtype == np.float32
    for row, (fov, capture) in enumerate(zip(patches.table["fov"], patches.table["capture"], strict=True)):
        own = np.flatnonzero(patches.table["fov"] == fov)
        chosen = [own[(capture + step) % len(own)] for step in range(16)]
        expected = patches.noisy[chosen].mean(axis=0) / np.iinfo(dtype).max
        assert found[row] == pytest.approx(expected, abs=1e-6)


def test_with_16_captures_all_averages_are_the_same():
    found = average_of_captures(captures([16]), "x")
    assert found == pytest.approx(np.broadcast_to(found[0], found.shape), abs=1e-6)


def test_a_field_with_fewer_captures_is_refused_in_one_line():
    with pytest.raises(FreqbenchError, match=r"^here: needs 16 captures, but field of view 1 has 15$"):
        average_of_captures(captures([16, 15]), "here")
