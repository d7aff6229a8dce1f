"""Masks come back as they were written, or one line says that they cannot be read."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from freqbench.data.leakage.masks import read_masks, write_masks
from freqbench.errors import FreqbenchError


@given(names=st.sets(st.sampled_from(["1", "19", "file", "NA", "arr_0", "m1_2", "allow_pickle"]), max_size=4))
def test_any_name_comes_back(tmp_path_factory, names):
    path = tmp_path_factory.mktemp("masks") / "usable_area.npz"
    rng = np.random.default_rng(len(names))
    masks = {name: rng.random((5, 7)) > 0.5 for name in names}
    write_masks(masks, path)
    read = read_masks(path)
    assert list(read) == list(masks)
    assert all(np.array_equal(read[name], masks[name]) for name in names)


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 half a file", b"text"])
def test_a_missing_or_damaged_file_is_named(tmp_path, content):
    path = tmp_path / "usable_area.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FreqbenchError, match=r"usable_area\.npz: not readable"):
        read_masks(path)
