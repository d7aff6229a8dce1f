"""The split is a partition of the fields of view, or an error that says why there is none."""

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from freqbench.config.datasets import Split
from freqbench.data.leakage.similarity import Finding, Similarity, specimens
from freqbench.data.registration.overlap import Overlap
from freqbench.data.split import read_split, split_fields, write_split
from freqbench.errors import FreqbenchError

TWENTY = [str(number) for number in range(1, 21)]


def table(group_of: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame({"fov": list(group_of), "group": list(group_of.values())})


def split_fovs(fovs: list[str], settings: Split, similarity: Similarity | None = None, number: int = 1):
    """Split fields of view that are their own groups."""
    return split_fields(table({fov: fov for fov in fovs}), settings, similarity, number)


def finding(first: str, second: str, kind: str = "related") -> Finding:
    return Finding(first, second, kind, Overlap((3, -4), 0.8, 0.5, 0.3))


def on(side: str, sides: dict[str, str]) -> list[str]:
    return [fov for fov, chosen in sides.items() if chosen == side]


def test_the_papers_share_gives_8_and_12_fields():
    sides = split_fovs(TWENTY, Split(train_fraction=0.4))
    assert (len(on("train", sides)), len(on("test", sides))) == (8, 12)


def test_the_draw_depends_on_the_seed_alone():
    first = split_fovs(TWENTY, Split(seed=3))
    assert split_fovs(TWENTY[::-1], Split(seed=3)) == first
    assert list(first) == TWENTY
    others = {tuple(on("train", split_fovs(TWENTY, Split(seed=seed)))) for seed in range(10)}
    assert len(others) == 10


def test_the_draw_is_the_same_in_every_version():
    # results name their split by its seed: a change of the draw would change them silently
    train = on("train", split_fovs(TWENTY, Split(train_fraction=0.4, seed=0)))
    assert train == ["3", "4", "5", "7", "12", "14", "17", "20"]


def test_every_field_trains_about_as_often_as_the_fraction_says():
    draws = [set(on("train", split_fovs(TWENTY, Split(train_fraction=0.4, seed=seed)))) for seed in range(500)]
    for fov in TWENTY:
        share = sum(fov in draw for draw in draws) / len(draws)
        assert abs(share - 0.4) < 0.1  # 4.5 standard errors


@given(
    fovs=st.sets(st.text("abc019", min_size=1, max_size=4), min_size=1, max_size=30),
    fraction=st.floats(0, 1, exclude_min=True, exclude_max=True),
    seed=st.integers(0, 2**32),
)
def test_any_fraction_gives_a_partition_or_the_stated_error(fovs, fraction, seed):
    count = round(fraction * len(fovs))
    settings = Split(train_fraction=fraction, seed=seed)
    if count in (0, len(fovs)):
        missing = "train on" if count == 0 else "test on"
        with pytest.raises(FreqbenchError, match=rf"split\.train_fraction: .* leaves none to {missing}"):
            split_fovs(list(fovs), settings)
        return
    sides = split_fovs(list(fovs), settings)
    assert set(sides) == fovs
    assert set(sides.values()) == {"train", "test"}
    assert len(on("train", sides)) == count


def test_listed_fields_and_the_unused_rest():
    sides = split_fovs(["1", "2", "19", "20"], Split(rule="list", train=["19"], test=["1", "20"]))
    assert sides == {"1": "test", "2": "unused", "19": "train", "20": "test"}


@pytest.mark.parametrize("lists", [{"train": ["1", "7"], "test": ["2"]}, {"train": ["1"], "test": ["7"]}])
def test_a_listed_field_that_is_not_there(lists):
    with pytest.raises(FreqbenchError, match="split: field of view 7 is not in the data; there are 1, 2"):
        split_fovs(["2", "1"], Split(rule="list", **lists))


@given(groups=st.lists(st.integers(1, 6), min_size=4, max_size=30), seed=st.integers(0, 100))
def test_every_declared_group_is_on_one_side(groups, seed):
    group_of = {f"f{number}": f"well{group}" for number, group in enumerate(groups)}
    count = len(set(groups))
    settings = Split(train_fraction=0.5, seed=seed)
    if not 0 < round(0.5 * count) < count:
        with pytest.raises(FreqbenchError, match=r"split\.train_fraction: 0\.5 of \d groups of fields of view"):
            split_fields(table(group_of), settings)
        return
    sides = split_fields(table(group_of), settings)
    assert set(sides) == set(group_of)
    pairs = {(group_of[fov], side) for fov, side in sides.items()}
    assert len(pairs) == count
    assert sum(side == "train" for _, side in pairs) == round(0.5 * count)


def test_a_list_may_not_cut_through_a_group():
    index = table({"a01_s1": "a01", "a01_s2": "a01", "a02_s1": "a02"})
    good = Split(rule="list", train=("a01_s1",), test=("a02_s1",))
    assert split_fields(index, good) == {"a01_s1": "train", "a01_s2": "unused", "a02_s1": "test"}
    bad = Split(rule="list", train=("a01_s1",), test=("a01_s2", "a02_s1"))
    with pytest.raises(FreqbenchError, match=r"a01_s1 \(train\) and a01_s2 \(test\) are both of group a01"):
        split_fields(index, bad)


@given(
    pairs=st.lists(st.tuples(st.sampled_from(TWENTY), st.sampled_from(TWENTY)), max_size=15),
    groups=st.lists(st.integers(1, 40), min_size=20, max_size=20),
    seed=st.integers(0, 1000),
    fraction=st.floats(0.2, 0.8),
)
def test_a_split_by_groups_puts_no_specimen_on_both_sides(pairs, groups, seed, fraction):
    index = table({fov: f"w{group}" for fov, group in zip(TWENTY, groups, strict=True)})
    similarity = Similarity([finding(a, b) for a, b in pairs if a != b], complete=True)
    settings = Split(rule="groups", seed=seed, train_fraction=fraction)
    presumed = specimens(index, similarity.findings)
    if len(presumed) == 1:
        with pytest.raises(FreqbenchError, match="finds all 20 fields of view related"):
            split_fields(index, settings, similarity)
        return
    sides = split_fields(index, settings, similarity)
    assert set(sides.values()) == {"train", "test"}
    assert all(len({sides[fov] for fov in members}) == 1 for members in presumed)
    # no group that would bring the train side nearer to its share could be added, but the last one drawn
    goal = round(fraction * 20)
    short = goal - len(on("train", sides))
    free = [len(members) for members in presumed if sides[members[0]] == "test"]
    assert sum(size <= short for size in free) <= 1


def test_a_split_by_groups_of_unrelated_fields_is_the_draw_by_fraction():
    none = Similarity([], complete=True)
    for seed in range(5):
        assert split_fovs(TWENTY, Split(rule="groups", seed=seed), none) == split_fovs(TWENTY, Split(seed=seed))


def test_the_authors_test_on_field_of_view_19():
    assert split_fovs(["1", "19", "20"], Split(rule="authors")) == {"1": "train", "19": "test", "20": "train"}
    with pytest.raises(FreqbenchError, match="`authors` tests on field of view 19"):
        split_fovs(["1", "2"], Split(rule="authors"))


def test_excluded_train_fields_are_unused():
    settings = Split(rule="list", train=["1", "2", "3"], test=["4"], shared_area="exclude")
    shared = [finding("2", "4", "same area"), finding("1", "4"), finding("1", "3", "same area")]
    sides = split_fovs(["1", "2", "3", "4"], settings, Similarity(shared, complete=True))
    assert sides == {"1": "train", "2": "unused", "3": "train", "4": "test"}
    everything = [finding(train, "4", "same area") for train in "123"]
    with pytest.raises(FreqbenchError, match="leaves no train field of view"):
        split_fovs(["1", "2", "3", "4"], settings, Similarity(everything, complete=True))


@pytest.mark.parametrize("settings", [Split(rule="groups"), Split(shared_area="exclude")])
@pytest.mark.parametrize("similarity", [None, Similarity([], complete=False)])
def test_a_split_that_needs_relations_says_so(settings, similarity):
    with pytest.raises(FreqbenchError, match="run `freqbench similarity` first"):
        split_fovs(TWENTY, settings, similarity)


@given(fovs=st.integers(3, 6), fraction=st.floats(0.3, 0.7), seed=st.integers(0, 20))
def test_numbered_splits_differ_until_there_are_no_others(fovs, fraction, seed):
    names = TWENTY[:fovs]
    count = round(fraction * fovs)
    possible = math.comb(fovs, count)
    settings = Split(train_fraction=fraction, seed=seed)
    splits = [tuple(on("train", split_fovs(names, settings, number=number))) for number in range(1, possible + 1)]
    assert len(set(splits)) == possible
    with pytest.raises(FreqbenchError, match=rf"split\.repeats: there is no split {possible + 1} that differs"):
        split_fovs(names, settings, number=possible + 1)


def test_written_split_is_read_again(tmp_path):
    sides = {"01": "train", "1": "test", "NA": "unused", "nan": "train"}
    write_split(sides, tmp_path / "split.csv")
    assert read_split(tmp_path / "split.csv") == sides


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "no readable split"),
        ("", "no readable split"),
        ("fov,side\n1,train\n", "no readable split"),
        ("fov,split\n1,trian\n", "`trian` is not one of train, test, unused"),
        ("fov,split\n1,\n", "`` is not one of"),
        ("fov,split\n1,train\n1,test\n", "a field of view stands there twice"),
    ],
)
def test_a_wrong_split_is_named(tmp_path, content, expected):
    path = tmp_path / "split.csv"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(FreqbenchError, match=f"{path}: {expected}"):
        read_split(path)
