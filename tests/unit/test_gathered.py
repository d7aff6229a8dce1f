"""Gathered metrics are those of the tidy files, bit by bit, and a copy that is out of date is not used."""

import os

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from freqbench.errors import FreqbenchError
from freqbench.evaluation import COLUMNS, LEFT_OUT_COLUMNS, SET_COLUMNS, read_metrics, write_metrics
from freqbench.gathered import OF_PATCHES, TIDY_FILES, gather, read_gathered, read_method
from freqbench.layout import Layout
from freqbench.run import runs_with

METHODS = [{"name": "spatial"}, {"name": "ffl", "loss": "focal_frequency", "weight": 1.0}]
VALUES = [np.inf, -np.inf, np.nan, 0.0, -0.0, 1.0, 1e-300, 123456789.0, 0.1234567891, 5e-324]
FOVS = ["NA", "null", "007", "1", "nan", "", "1e3", "true", "inf", "a b"]


@pytest.fixture
def study(make_study):
    config = make_study(methods=METHODS, controls=["input"], seeds=[0, 3])
    layout, rng = Layout.of(config), np.random.default_rng(0)
    for method in config.method_names_of("tiny"):
        for run in runs_with(config, "tiny", method):
            images = pd.DataFrame(
                {
                    "patch_id": [f"tiny/raw/{fov}/{run.seed}" for fov in FOVS],
                    "fov": FOVS,
                    "capture": [str(number) for number in range(10)],
                    "unit": "patch",
                    "metric": ["psnr"] * 5 + ["ssim"] * 5,
                    "value": rng.permutation(VALUES),
                }
            )
            write_metrics(images.assign(**run.identity), COLUMNS, layout.image_metrics(*run.key))
            sets = pd.DataFrame({"metric": ["fid"], "n": [10], "value": [1.5]}).reindex(columns=SET_COLUMNS[4:])
            write_metrics(sets.assign(**run.identity), SET_COLUMNS, layout.set_metrics(*run.key))
            left_out = pd.DataFrame({"metric": "fid", "fov": FOVS, "value": rng.random(10)})
            write_metrics(left_out.assign(**run.identity), LEFT_OUT_COLUMNS, layout.set_left_out(*run.key))
    return config


def gather_all(study):
    gather(study, "tiny", OF_PATCHES)


def tidy(study, kind, methods):
    layout = Layout.of(study)
    runs = [run for method in methods for run in runs_with(study, "tiny", method)]
    return read_metrics([TIDY_FILES[kind](layout, *run.key) for run in runs])


@pytest.mark.parametrize("kind", OF_PATCHES)
def test_what_is_gathered_is_what_the_tidy_files_hold(study, kind):
    gather_all(study)
    found, expected = read_gathered(study, "tiny", kind), tidy(study, kind, study.method_names_of("tiny"))
    assert list(found.columns) == list(expected.columns)
    assert len(found) == len(expected) > 0
    for column in expected:
        if expected[column].dtype == object:
            assert found[column].tolist() == expected[column].tolist()
        else:
            ours, theirs = (table[column].to_numpy(np.float64) for table in (found, expected))
            assert ours.tobytes() == theirs.tobytes() or np.array_equal(ours, theirs, equal_nan=True)
    values = expected["value"].to_numpy(np.float64)
    assert np.array_equal(np.signbit(found["value"]), np.signbit(values)), "0 and -0 are told apart"


def test_the_gathered_file_is_what_is_read(study):
    gather_all(study)
    copy = Layout.of(study).gathered("tiny", "images")
    table = parquet.read_table(copy)
    sevens = pa.array([7.0] * len(table))
    parquet.write_table(table.set_column(table.schema.get_field_index("value"), "value", sevens), copy)
    assert (read_method(study, "tiny", "ffl", "images")["value"] == 7.0).all()


@pytest.mark.parametrize("state", ["missing", "older"])
def test_without_a_copy_that_is_up_to_date_the_tidy_files_are_read(study, state):
    gather_all(study)
    layout = Layout.of(study)
    copy = layout.gathered("tiny", "images")
    if state == "missing":
        copy.unlink()
    else:
        changed = layout.image_metrics("tiny", "ffl", 1, 3)
        changed.write_text(changed.read_text().replace("psnr", "gmsd"))
        later = copy.stat().st_mtime_ns + 1
        os.utime(changed, ns=(later, later))
    found = read_gathered(study, "tiny", "images")
    pd.testing.assert_frame_equal(found, tidy(study, "images", study.method_names_of("tiny")))
    assert ("gmsd" in set(found["metric"])) == (state == "older")


def test_a_copy_of_runs_that_the_study_no_longer_has_is_not_used(study):
    gather_all(study)
    smaller = study.model_copy(update={"seeds": (3,)})
    found = read_method(smaller, "tiny", "ffl", "images")
    assert set(found["seed"]) == {3}
    pd.testing.assert_frame_equal(found, tidy(smaller, "images", ["ffl"]))


def test_a_copy_of_methods_in_another_order_is_not_used(study):
    gather_all(study)
    turned = study.model_copy(update={"methods": study.methods[::-1]})
    found = read_gathered(turned, "tiny", "images")
    pd.testing.assert_frame_equal(found, tidy(turned, "images", turned.method_names_of("tiny")))


def test_a_method_that_is_new_is_read_where_the_copy_lacks_it(study):
    smaller = study.model_copy(update={"methods": study.methods[:1]})
    gather_all(smaller)
    found = read_gathered(study, "tiny", "images")
    pd.testing.assert_frame_equal(found, tidy(study, "images", study.method_names_of("tiny")))


def test_a_tidy_file_that_is_gone_is_missed_although_its_copy_is_there(study):
    gather_all(study)
    Layout.of(study).image_metrics("tiny", "ffl", 1, 3).unlink()
    with pytest.raises(FreqbenchError, match=r"split1_seed3\.csv: no readable metrics"):
        read_method(study, "tiny", "ffl", "images")


def test_some_methods_come_in_the_order_of_the_study(study):
    gather_all(study)
    found = read_gathered(study, "tiny", "images", methods=["ffl", "input"])
    pd.testing.assert_frame_equal(found, tidy(study, "images", ["input", "ffl"]))


def test_equal_names_are_one_object(study):
    """8.6 million rows with texts of their own would take gigabytes."""
    gather_all(study)
    metrics = read_method(study, "tiny", "ffl", "images")["metric"]
    assert len({id(name) for name in metrics}) == 2


def test_files_of_different_columns_are_refused(study):
    path = Layout.of(study).image_metrics("tiny", "ffl", 1, 3)
    path.write_text(path.read_text().replace("capture,", "frame,", 1))
    with pytest.raises(FreqbenchError, match=r"split1_seed3\.csv: has other columns than .*split1_seed0\.csv"):
        gather(study, "tiny", ["images"])
    assert not Layout.of(study).gathered("tiny", "images").exists()


def test_a_damaged_copy_is_named(study):
    gather_all(study)
    path = Layout.of(study).gathered("tiny", "images")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(FreqbenchError, match=r"images\.parquet: cannot be read .* run `freqbench gather`"):
        read_method(study, "tiny", "ffl", "images")


def test_a_row_group_is_a_run(study):
    """No more than one run is in memory."""
    gather_all(study)
    metadata = parquet.ParquetFile(Layout.of(study).gathered("tiny", "images")).metadata
    # the input has no seeds
    assert [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)] == [10] * 5
