"""The split is a partition of the fields of view, or an error that says why there is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freqbench.config.datasets import Split
from freqbench.data.split import read_split, split_fovs, write_split
from freqbench.errors import FreqbenchError

TWENTY = [str(number) for number in range(1, 21)]


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
        side = "train" if count == 0 else "test"
        with pytest.raises(FreqbenchError, match=rf"split\.train_fraction: .* leaves no {side} field of view"):
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
