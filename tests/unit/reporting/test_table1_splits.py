"""Table 1 over several splits of a data set: what is averaged, counted and said."""

import math
import re

import pandas as pd
import pytest

from freqbench.files import write_json
from freqbench.layout import Layout
from freqbench.reporting.table1 import write_table1

METHODS = ("input", "gaussian", "clean", "spatial", "ffl", "lffl_a1")
MEANS = {
    (method, metric): value
    for metric, values in (("psnr", (20.0, 30.0, math.inf, 31.0, 30.5, 33.0)), ("fd_vgg16", (90, 50, 0, 30, 20, 35)))
    for method, value in zip(METHODS, values, strict=True)
}
SPLITS = {"datasets": {"tiny": {"split": {"repeats": 2}}}}


def markdown(config):
    return Layout.of(config).table("md").read_text(encoding="utf-8")


def test_several_splits_stand_in_the_heading_and_in_the_spread(make_study, write_results):
    config = make_study(**SPLITS)
    write_results(config, MEANS, spread=0.1)
    write_table1(config)
    assert "(denoise; 2 splits; N = 6 patches per split, 4 fields of view in all; 1 seed)" in markdown(config)
    table = pd.read_csv(Layout.of(config).table("csv")).set_index(["method", "metric"])
    # the splits lie at -0.05 and 0.05 around the mean, for controls as well
    for method, mean in (("lffl_a1", 33.0), ("input", 20.0)):
        assert table.loc[(method, "psnr"), "mean"] == pytest.approx(mean)
        assert table.loc[(method, "psnr"), "run_sd"] == pytest.approx(0.1 / math.sqrt(2))
        assert table.loc[(method, "psnr"), ["n", "n_max", "fovs", "splits", "seeds"]].tolist() == [6, 6, 4, 2, 1]
    assert table.loc[("lffl_a1", "fd_vgg16"), "mean"] == pytest.approx(35.0)
    assert table.loc[("lffl_a1", "fd_vgg16"), "run_sd"] == pytest.approx(0.1 / math.sqrt(2))
    assert "| LFFL α=1 | **33.000 ± 0.071**" in markdown(config)
    assert "With several splits: ±" in markdown(config)
    assert "tiny, split 1 of 2: the calibrated weights" in markdown(config)


def test_splits_that_test_different_numbers_of_patches_are_both_named(make_study, write_results):
    config = make_study(**SPLITS)
    write_results(config, MEANS)
    layout = Layout.of(config)
    for method in METHODS:
        path = layout.image_metrics("tiny", method, 2, 0)
        table = pd.read_csv(path)
        table[~table["patch_id"].str.endswith("4/capture_001#0")].to_csv(path, index=False)
    write_table1(config)
    assert "(denoise; 2 splits; N = 5 to 6 patches per split, 4 fields of view in all; 1 seed)" in markdown(config)


def test_one_split_is_not_spoken_of(make_study, write_results):
    config = make_study()
    write_results(config, MEANS)
    write_table1(config)
    assert not re.search(r"\bsplits?\b(?!-half)", markdown(config))


def test_the_worst_split_labels_the_data_set_and_each_is_named(make_study, write_results):
    config = make_study(datasets={"tiny": {"split": {"repeats": 4}}})
    write_results(config, MEANS)
    for split, verdict in enumerate(("related", "clean", "leaking", "related"), start=1):
        write_json(Layout.of(config).audit("tiny", split), {"verdict": verdict})
    write_table1(config)
    notes = [line for line in markdown(config).splitlines() if line.startswith("- tiny, split") and " of 4" not in line]
    assert [note.split(": ")[:2] for note in notes] == [
        ["- tiny, split 3", "LEAKING"],
        ["- tiny, splits 1 and 4", "train and test fields of view show one specimen"],
    ]


def test_what_has_no_finite_value_has_no_spread(make_study, write_results):
    config = make_study(datasets={"tiny": {"split": {"repeats": 2}}})
    write_results(config, MEANS | {("clean", "psnr"): math.inf})
    write_table1(config)
    (row,) = [line for line in markdown(config).splitlines() if line.startswith("| Clean (target)")]
    assert row.split("|")[2].strip() == "∞"
