import numpy as np
import pandas as pd
import pytest

from freqbench import evaluation
from freqbench.classical.control import make_control
from freqbench.data.image_files import to_unit_range
from freqbench.data.patches import PatchSet, read_patches, write_patches
from freqbench.errors import FreqbenchError
from freqbench.evaluation import COLUMNS, LEFT_OUT_COLUMNS, SET_COLUMNS, evaluate, read_metrics
from freqbench.metrics.contracts import CONTRACTS
from freqbench.run import Run


def evaluated(config, method):
    """Restore and measure a control; return both tables."""
    run = Run(config, "tiny", method)
    make_control(run)
    evaluate(run)
    key = ("tiny", method, 1, 0)
    return read_metrics([run.layout.image_metrics(*key)]), read_metrics([run.layout.set_metrics(*key)])


def test_the_tidy_file_has_one_row_a_patch_and_metric(make_study):
    config = make_study()
    images, sets = evaluated(config, "input")
    assert tuple(images.columns) == COLUMNS
    assert tuple(sets.columns) == SET_COLUMNS
    test = read_patches(Run(config, "tiny", "input").layout, "tiny", 1).side("test").table
    assert len(images) == 2 * 6
    assert len(sets) == 0
    for _, rows in images.groupby("metric"):
        assert rows["patch_id"].tolist() == test["patch_id"].tolist()
        assert rows["fov"].tolist() == ["3", "3", "4", "4", "5", "5"]
        assert rows["capture"].tolist() == ["capture_000", "capture_001"] * 3
    assert set(images["metric"]) == {"psnr", "gmsd"}
    assert set(images["unit"]) == {"patch"}
    identity = images[["dataset", "method", "split", "seed"]].drop_duplicates()
    assert identity.to_numpy().tolist() == [["tiny", "input", 1, 0]]


def test_values_belong_to_their_patches(make_study):
    config = make_study()
    images, _ = evaluated(config, "input")
    test = read_patches(Run(config, "tiny", "input").layout, "tiny", 1).side("test")
    error = (to_unit_range(test.noisy).astype(np.float64) - to_unit_range(test.clean).astype(np.float64)) ** 2
    expected = -10 * np.log10(error.mean(axis=(1, 2)))
    got = images[images["metric"] == "psnr"].set_index("patch_id")["value"]
    assert got[test.table["patch_id"]].to_numpy() == pytest.approx(expected, rel=1e-8)
    assert len(set(expected)) == 6


def test_the_clean_control_has_the_best_value_of_every_metric(make_study):
    metrics = ["psnr", "ssim", "fsim", "gmsd", "lpips"]
    config = make_study(evaluation={"metrics": metrics, "frechet_features": "vgg16"})
    tables = {method: evaluated(config, method) for method in ("input", "gaussian", "clean")}
    images = pd.concat([image for image, _ in tables.values()])
    sets = pd.concat([each for _, each in tables.values()])
    best = {"psnr": np.inf, "ssim": 1.0, "fsim": 1.0, "gmsd": 0.0, "lpips": 0.0}
    assert set(images["metric"]) == set(best)
    for metric, value in best.items():
        means = images[images["metric"] == metric].groupby("method")["value"].mean()
        # psnr is exact; the others leave rounding
        assert means["clean"] == (value if metric == "psnr" else pytest.approx(value, abs=1e-6))
        sign = 1 if CONTRACTS[metric].better == "higher" else -1
        assert sign * means["clean"] > sign * means["input"]
        assert sign * means["gaussian"] > sign * means["input"]
    assert set(sets["metric"]) == {"fd_vgg16", "kd_vgg16"}
    assert set(sets["n"]) == {6}
    distances = sets.set_index(["metric", "method"])["value"]
    assert distances["fd_vgg16", "clean"] == pytest.approx(0.0, abs=1e-6)
    for metric in ("fd_vgg16", "kd_vgg16"):
        assert distances[metric, "clean"] < distances[metric, "gaussian"] < distances[metric, "input"]


def test_distances_between_sets_come_with_their_interval_and_floor(make_study):
    config = make_study(evaluation={"metrics": ["psnr"], "frechet_features": "vgg16"}, patches={"test_fovs": 4})
    _, clean = evaluated(config, "clean")
    _, noisy = evaluated(config, "input")
    for own, other in zip(noisy.itertuples(), clean.itertuples(), strict=True):
        assert (own.n, own.half_n) == (8, 4)
        assert own.ci_low < own.value < own.ci_high
        # the floor is that of the clean images, the same for every method
        assert own.half_floor == other.half_floor == other.half_value
        assert own.half_value > own.half_floor


@pytest.mark.parametrize(("fovs", "present"), [(2, ["half_n", "half_value", "half_floor"]), (1, [])])
def test_what_too_few_fields_of_view_do_not_allow_is_empty(make_study, fovs, present):
    config = make_study(evaluation={"metrics": ["psnr"], "frechet_features": "vgg16"}, patches={"test_fovs": fovs})
    _, sets = evaluated(config, "input")
    assert sets["value"].notna().all()
    extra = sets[["ci_low", "ci_high", "half_n", "half_value", "half_floor"]]
    assert [name for name in extra.columns if extra[name].notna().all()] == present
    assert [name for name in extra.columns if extra[name].notna().any()] == present
    text = Run(config, "tiny", "input").layout.set_metrics("tiny", "input", 1, 0).read_text()
    assert "nan" not in text.lower()


def test_one_test_patch_has_no_distance_between_sets(make_study):
    config = make_study(
        patches={"test_fovs": 1, "captures": 1}, evaluation={"metrics": ["psnr"], "frechet_features": "vgg16"}
    )
    images, sets = evaluated(config, "input")
    assert (len(images), len(sets)) == (1, 0)


def prepared(make_study):
    run = Run(make_study(), "tiny", "input")
    make_control(run)
    return run, run.layout.restored("tiny", "input", 1, 0)


def outputs(run):
    folder = run.layout.image_metrics("tiny", "input", 1, 0).parent
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_missing_restored_file(make_study):
    run, path = prepared(make_study)
    path.unlink()
    with pytest.raises(FreqbenchError, match=r"seed0\.npy: no readable restored .*run `freqbench restore-patches`"):
        evaluate(run)
    assert outputs(run) == []


@pytest.mark.parametrize("keep", [0, 50, 1000])
def test_a_truncated_restored_file(make_study, keep):
    run, path = prepared(make_study)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(FreqbenchError, match=r"seed0\.npy: no readable restored patches"):
        evaluate(run)
    assert outputs(run) == []


@pytest.mark.parametrize("cut", [np.s_[:5], np.s_[:, :31], np.s_[0]])
def test_a_restored_file_of_another_shape(make_study, cut):
    run, path = prepared(make_study)
    np.save(path, np.load(path)[cut])
    with pytest.raises(FreqbenchError, match=r"seed0\.npy: has the shape .* the test patches \(6, 32, 32\)"):
        evaluate(run)
    assert outputs(run) == []


@pytest.mark.parametrize("value", [np.nan, np.inf, 1.5, -0.1])
def test_restored_values_that_are_no_intensities(make_study, value):
    run, path = prepared(make_study)
    images = np.load(path)
    images[2, 3, 4] = value
    np.save(path, images)
    with pytest.raises(FreqbenchError, match="psnr: the prediction"):
        evaluate(run)
    assert outputs(run) == []


def test_a_crash_while_writing_leaves_no_part_of_a_file(make_study, monkeypatch):
    run, _ = prepared(make_study)

    def crash(table, path, **_):
        path.write_text("dataset,method")
        raise KeyboardInterrupt

    monkeypatch.setattr(pd.DataFrame, "to_csv", crash)
    with pytest.raises(KeyboardInterrupt):
        evaluate(run)
    assert outputs(run) == []


def test_a_failing_metric_writes_nothing(make_study, monkeypatch):
    run, _ = prepared(make_study)

    def fail(*_):
        raise FreqbenchError("no weights")

    monkeypatch.setattr(evaluation, "_measure", fail)
    with pytest.raises(FreqbenchError, match="no weights"):
        evaluate(run)
    assert outputs(run) == []


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe\x00\x93binary", b"a,b\n1,2,3\n1\n4,5,6,7\n"])
def test_metrics_that_cannot_be_read(tmp_path, content):
    path = tmp_path / "seed0.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FreqbenchError, match=r"seed0\.csv: no readable metrics"):
        read_metrics([path])


def test_names_of_fields_of_view_stay_text(make_study):
    images, _ = evaluated(make_study(), "clean")
    assert {type(fov) for fov in images["fov"]} == {str}


def test_infinite_values_survive_the_file(make_study):
    images, _ = evaluated(make_study(), "clean")
    assert np.isposinf(images.loc[images["metric"] == "psnr", "value"]).all()


def test_a_field_of_view_may_have_the_name_of_a_missing_value(make_study):
    config = make_study()
    layout = Run(config, "tiny", "input").layout
    patches = read_patches(layout, "tiny", 1)
    names = {"3": "NA", "4": "null", "5": "nan"}
    renamed = patches.table.assign(fov=patches.table["fov"].replace(names))
    write_patches(PatchSet(renamed, np.array(patches.noisy), np.array(patches.clean)), layout, "tiny", 1)
    images, _ = evaluated(config, "input")
    assert images["fov"].tolist() == ["NA", "NA", "null", "null", "nan", "nan"] * 2
    assert images["value"].dtype == np.float64


def test_missing_numbers_of_statistics_stay_missing_while_names_are_kept(tmp_path):
    path = tmp_path / "statistics.csv"
    path.write_text("dataset,method,n,p_value,p_holm,better,note\nNA,clean,0,,,,no pairs\nNA,ffl,3,0.5,0.5,method,\n")
    table = read_metrics([path])
    assert table["dataset"].tolist() == ["NA", "NA"]
    assert table["p_value"].isna().tolist() == table["p_holm"].isna().tolist() == [True, False]


def test_a_file_without_rows_does_not_change_the_types_of_the_others(tmp_path):
    (tmp_path / "empty.csv").write_text("method,n,value\n")
    (tmp_path / "full.csv").write_text("method,n,value\nffl,4,0.25\n")
    both = read_metrics([tmp_path / "empty.csv", tmp_path / "full.csv"])
    assert both.to_dict("records") == [{"method": "ffl", "n": 4, "value": 0.25}]
    assert (both["n"].dtype, both["value"].dtype) == (np.int64, np.float64)
    assert list(read_metrics([tmp_path / "empty.csv"])) == ["method", "n", "value"]


def test_each_split_has_test_patches_and_files_of_its_own(make_study):
    config = make_study(datasets={"tiny": {"split": {"repeats": 2}}})
    tables = []
    for split in (1, 2):
        run = Run(config, "tiny", "input", split=split)
        make_control(run)
        evaluate(run)
        tables.append(read_metrics([run.layout.image_metrics(*run.key)]))
        assert set(tables[-1]["split"]) == {split}
        test = read_patches(run.layout, "tiny", split).side("test").table
        assert tables[-1]["patch_id"].tolist() == test["patch_id"].tolist() * 2
    assert [sorted(set(table["fov"])) for table in tables] == [["3", "4", "5"], ["1", "4", "5"]]
    both = pd.merge(*tables, on=["patch_id", "metric"])
    assert both["value_x"].tolist() == both["value_y"].tolist(), "the same patch of a control in both splits"
    assert len(both) == 2 * 4


def test_distances_without_a_field_of_view_are_those_of_the_other_fields(make_study):
    config = make_study(evaluation={"metrics": ["psnr"], "frechet_features": "vgg16"}, patches={"test_fovs": 4})
    evaluated(config, "input")
    run = Run(config, "tiny", "input")
    left_out = read_metrics([run.layout.set_left_out(*run.key)])
    assert tuple(left_out.columns) == LEFT_OUT_COLUMNS
    assert len(left_out) == 2 * 4
    # the study without the field of view gives the number that stands beside its name
    test = read_patches(run.layout, "tiny", 1)
    kept = (test.table["fov"] != "4").to_numpy()
    write_patches(PatchSet(test.table[kept], test.noisy[kept], test.clean[kept]), run.layout, "tiny", 1)
    _, sets = evaluated(config, "input")
    expected = sets.set_index("metric")["value"]
    for row in left_out[left_out["fov"] == "4"].itertuples():
        assert row.value == pytest.approx(expected[row.metric], rel=1e-5)


def test_too_few_fields_of_view_leave_nothing_to_leave_out(make_study):
    config = make_study(evaluation={"metrics": ["psnr"], "frechet_features": "vgg16"}, patches={"test_fovs": 2})
    evaluated(config, "input")
    run = Run(config, "tiny", "input")
    assert read_metrics([run.layout.set_left_out(*run.key)]).empty
