"""No group is on both sides; without groups the draw is the one over fields of view."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from freqbench.config.datasets import Split
from freqbench.data.phantom import PhantomSpec, simulate
from freqbench.data.readers.fmd_layout import pair_fmd_layout
from freqbench.data.source import SourceRecord, hash_images
from freqbench.data.split import split_fovs
from freqbench.data.split_groups import split_groups
from freqbench.errors import FreqbenchError


def table(group_of: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame({"fov": list(group_of), "group": list(group_of.values())})


@given(groups=st.lists(st.integers(1, 6), min_size=4, max_size=30), seed=st.integers(0, 100))
def test_every_group_is_on_one_side(groups, seed):
    group_of = {f"f{number}": f"well{group}" for number, group in enumerate(groups)}
    count = len(set(groups))
    settings = Split(train_fraction=0.5, seed=seed)
    if not 0 < round(0.5 * count) < count:
        with pytest.raises(FreqbenchError, match=r"split\.train_fraction: 0\.5 of \d groups .* leaves one side empty"):
            split_groups(table(group_of), settings)
        return
    sides = split_groups(table(group_of), settings)
    assert set(sides) == set(group_of)
    pairs = {(group_of[fov], side) for fov, side in sides.items()}
    assert len(pairs) == count
    assert sum(side == "train" for _, side in pairs) == round(0.5 * count)


@pytest.mark.parametrize("seed", range(5))
def test_fields_that_are_their_own_groups_are_drawn_as_before(seed):
    fovs = [str(number) for number in range(1, 21)]
    settings = Split(seed=seed)
    assert split_groups(table(dict(zip(fovs, fovs, strict=True))), settings) == split_fovs(fovs, settings)


def test_a_list_may_not_cut_through_a_group():
    index = table({"a01_s1": "a01", "a01_s2": "a01", "a02_s1": "a02"})
    good = Split(rule="list", train=("a01_s1",), test=("a02_s1",))
    assert split_groups(index, good) == {"a01_s1": "train", "a01_s2": "unused", "a02_s1": "test"}
    bad = Split(rule="list", train=("a01_s1",), test=("a01_s2", "a02_s1"))
    with pytest.raises(FreqbenchError, match=r"a01_s1 \(train\) and a01_s2 \(test\) are both of group a01"):
        split_groups(index, bad)


def test_a_phantom_says_which_specimen_a_field_shows(tmp_path):
    simulate(PhantomSpec("tissue", specimens=2, fovs=3, captures=1, size=64, seed=1), tmp_path / "p")
    files = hash_images(tmp_path / "p", ("raw", "gt"))
    record = SourceRecord(tmp_path / "p", "phantom", "", "", "", files)
    assert {pair.fov: pair.group for pair in pair_fmd_layout(record, "raw", 1).pairs} == {"1": "1", "2": "2", "3": "1"}
    (tmp_path / "p" / "specimens.csv").unlink()
    with pytest.raises(FreqbenchError, match=r"specimens\.csv: says not which specimen"):
        pair_fmd_layout(record, "raw", 1)
