"""The nucleus level of a whole study, from images on disk to the table; discs at known places are its nuclei."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from freqbench.classical.control import make_control
from freqbench.config import parse_config
from freqbench.data.image_files import to_unit_range, write_png
from freqbench.data.index import COLUMNS as INDEX_COLUMNS
from freqbench.data.patches import cut_patches, read_patches, write_patches
from freqbench.data.source import SourceRecord
from freqbench.errors import FreqbenchError
from freqbench.evaluation import SET_COLUMNS, evaluate, read_metrics
from freqbench.files import read_json, sha256_of, write_json
from freqbench.layout import Layout
from freqbench.nuclei.compare import compare_on_nuclei
from freqbench.nuclei.evaluation import COLUMNS, evaluate_nuclei
from freqbench.nuclei.labels import read_labels, write_labels
from freqbench.nuclei.study import nuclei_settings, segment_dataset
from freqbench.nuclei.table import read_nuclei
from freqbench.reporting.nuclei_figure import draw_segmentation
from freqbench.reporting.nuclei_table import write_nuclei_table
from freqbench.run import Run

SIZE = 120
FOVS = ("1", "2", "3")
METHODS = ("input", "gaussian", "clean")
DISCS = {
    "1": [(30, 30, 9), (30, 80, 10), (85, 55, 11)],
    # whole, at the border, too small, cut by the patch's edge at 100
    "2": [(40, 40, 10), (6, 80, 9), (70, 20, 3), (80, 95, 9)],
    "3": [(30, 60, 10), (75, 30, 9)],
}
NUCLEI = {"segmenter": {"kind": "threshold", "diameter": 20}, "min_area": 60, "margin": 3}


@pytest.fixture(scope="session")
def make_nuclei_study(write_study, disc_labels, disc_image):
    """Write images, index and patches of a study in a folder; return its configuration."""

    def make(folder, **changes):
        dataset = {"nuclei": NUCLEI, "patches": {"rule": "grid", "size": 100}} | changes.pop("dataset", {})
        config = write_study(folder / "results", datasets={"tiny": dataset}, **changes)
        layout, root = Layout.of(config), folder / "images"
        rng = np.random.default_rng(0)
        rows = []
        for fov in FOVS:
            clean = np.round(disc_image(disc_labels((SIZE, SIZE), DISCS[fov])) * 255).astype(np.uint8)
            write_png(root / "gt" / fov / "avg50.png", clean)
            for capture in ("a", "b"):
                noisy = np.clip(clean + rng.normal(0, 20, clean.shape), 0, 255).round().astype(np.uint8)
                write_png(root / "raw" / fov / f"{capture}.png", noisy)
                name = f"tiny/raw/{fov}/{capture}"
                files = (f"raw/{fov}/{capture}.png", f"gt/{fov}/avg50.png")
                rows.append((name, "tiny", fov, capture, "raw", *files, "", "", SIZE, SIZE, 8, fov))
        index = pd.DataFrame(rows, columns=list(INDEX_COLUMNS))
        index.to_csv(layout.index("tiny"), index=False)
        files = {path.relative_to(root).as_posix(): sha256_of(path) for path in root.rglob("*.png")}
        SourceRecord(root, "phantom", "discs", "MIT", "", files).write(layout.source("tiny"))
        sides = {"1": "train", "2": "test", "3": "test"}
        write_patches(cut_patches(index, sides, {}, root, config.datasets["tiny"].patches), layout, "tiny", 1)
        return config

    return make


@pytest.fixture(scope="module")
def measured(make_nuclei_study, tmp_path_factory):
    """A study whose controls are restored and measured on nuclei."""
    config = make_nuclei_study(
        tmp_path_factory.mktemp("study"), evaluation={"frechet_features": "vgg16"}, comparison={"bootstrap": 100}
    )
    segment_dataset(config, "tiny")
    for method in METHODS:
        run = Run(config, "tiny", method)
        make_control(run)
        evaluate_nuclei(run)
    return config


def test_segmentation_finds_and_excludes_what_it_should(measured):
    layout = Layout.of(measured)
    table, labels = read_nuclei(layout.nuclei("tiny")), read_labels(layout.nucleus_labels("tiny"))
    assert list(labels) == list(FOVS)
    for fov, discs in DISCS.items():
        assert labels[fov].max() == len(discs)
        found = {int(labels[fov][y, x]) for y, x, _ in discs}
        assert found == set(range(1, len(discs) + 1))
    second = table[table["fov"] == "2"].set_index("nucleus")["excluded"]
    reasons = [second[labels["2"][y, x]] for y, x, _ in DISCS["2"]]
    assert reasons == ["", "border", "small", ""]


def test_the_record_says_how_and_how_many(measured):
    record = read_json(Layout.of(measured).segmentation("tiny"))
    assert record["segmenter"]["name"] == "threshold and watershed"
    assert record["segmenter"]["version"].startswith("scikit-image ")
    assert record["settings"]["segmenter"]["level"] == 0.7
    assert (record["found"], record["kept"]) == (9, 7)
    assert record["excluded"] == {"border": 1, "small": 1}
    assert record["by_fov"] == {"1": 3, "2": 2, "3": 2}


def test_ids_are_the_same_for_all_captures_and_methods(measured):
    layout = Layout.of(measured)
    tables = {method: read_metrics([layout.nucleus_metrics("tiny", method, 1, 0)]) for method in METHODS}
    labels = read_labels(layout.nucleus_labels("tiny"))
    # the nucleus that the patch's edge cuts is not there
    whole = [("2", int(labels["2"][40, 40])), *(("3", int(labels["3"][y, x])) for y, x, _ in DISCS["3"])]
    for method, table in tables.items():
        assert tuple(table.columns) == COLUMNS
        assert set(table["method"]) == {method}
        assert set(table["metric"]) == {"psnr", "ssim", "fsim", "gmsd"}
        for _, rows in table.groupby(["metric", "capture"]):
            assert sorted(zip(rows["fov"], rows["nucleus"], strict=True)) == sorted(whole)
            assert set(rows["unit"]) == {"nucleus"}


def test_a_value_by_hand(measured):
    layout = Layout.of(measured)
    row = read_nuclei(layout.nuclei("tiny")).query("fov == '2' and excluded == ''").iloc[0]
    folder = layout.source("tiny").parent / read_json(layout.source("tiny"))["root"]
    crop = (slice(row["crop_y0"], row["crop_y1"]), slice(row["crop_x0"], row["crop_x1"]))
    noisy, clean = (
        to_unit_range(np.asarray(Image.open(folder / name)))[crop].astype(np.float64)
        for name in ("raw/2/b.png", "gt/2/avg50.png")
    )
    table = read_metrics([layout.nucleus_metrics("tiny", "input", 1, 0)])
    chosen = table[(table["capture"] == "b") & (table["fov"] == "2") & (table["metric"] == "psnr")]
    assert chosen["nucleus"].tolist() == [row["nucleus"]]
    assert chosen["value"].item() == pytest.approx(-10 * np.log10(((noisy - clean) ** 2).mean()), abs=1e-5)


def test_distances_between_sets_of_crops(measured):
    layout = Layout.of(measured)
    sets = {method: read_metrics([layout.nucleus_set_metrics("tiny", method, 1, 0)]) for method in METHODS}
    values = {}
    for method, table in sets.items():
        assert tuple(table.columns) == SET_COLUMNS
        assert set(table["n"]) == {6}
        values[method] = table.set_index("metric")["value"]
    assert values["clean"]["fd_vgg16"] == pytest.approx(0.0, abs=1e-6)
    assert values["clean"]["fd_vgg16"] < values["input"]["fd_vgg16"]


def test_the_clean_control_is_perfect_and_the_others_are_not(measured):
    layout = Layout.of(measured)
    means = {
        method: read_metrics([layout.nucleus_metrics("tiny", method, 1, 0)]).groupby("metric")["value"].mean()
        for method in METHODS
    }
    assert means["clean"].to_dict() == pytest.approx({"psnr": np.inf, "ssim": 1, "fsim": 1, "gmsd": 0}, abs=1e-6)
    assert means["input"]["psnr"] < means["gaussian"]["psnr"] < np.inf
    assert 0 < means["gaussian"]["gmsd"] < means["input"]["gmsd"]


def test_metrics_of_patches_are_not_touched(measured, make_nuclei_study, tmp_path):
    without = make_nuclei_study(tmp_path, dataset={"nuclei": None}, evaluation={"frechet_features": "vgg16"})
    contents = []
    for config in (measured, without):
        run = Run(config, "tiny", "input")
        make_control(run)
        evaluate(run)
        contents.append(
            [path("tiny", "input", 1, 0).read_bytes() for path in (run.layout.image_metrics, run.layout.set_metrics)]
        )
    assert contents[0] == contents[1]


def planted(config, shifts):
    """Give every trained method the control's nuclei, shifted by so many dB or units."""
    layout = Layout.of(config)
    base = read_metrics([layout.nucleus_metrics("tiny", "input", 1, 0)])
    noise = np.random.default_rng(0).normal(0, 1e-3, len(base))
    for method, shift in shifts.items():
        layout.nucleus_metrics("tiny", method, 1, 0).parent.mkdir(parents=True, exist_ok=True)
        values = base["value"] + shift + noise
        base.assign(method=method, value=values).to_csv(layout.nucleus_metrics("tiny", method, 1, 0), index=False)
        for path in (layout.nucleus_set_metrics, layout.nucleus_set_left_out):
            table = read_metrics([path("tiny", "input", 1, 0)])
            table.assign(method=method).to_csv(path("tiny", method, 1, 0), index=False)


def test_comparison_and_table(measured):
    layout = Layout.of(measured)
    planted(measured, {"spatial": 0.0, "ffl": 0.0, "lffl_a1": 0.1})
    statistics = compare_on_nuclei(measured, "tiny")
    row = statistics[
        (statistics["method"] == "lffl_a1") & (statistics["metric"] == "psnr") & (statistics["analysis"] == "image")
    ].iloc[0]
    # three nuclei in two captures, and not two captures
    assert row["n"] == 6
    assert row["mean_difference"] == pytest.approx(0.1, abs=5e-3)
    layout.nucleus_statistics("tiny").parent.mkdir(exist_ok=True)
    statistics.to_csv(layout.nucleus_statistics("tiny"), index=False)
    write_nuclei_table(measured)
    table = pd.read_csv(layout.nuclei_table("csv"))
    assert set(table["nuclei"]) == {3}
    assert set(table["n"]) == {6}
    text = layout.nuclei_table("md").read_text(encoding="utf-8")
    assert "**tiny, per nucleus (denoise; N = 6 crops of 3 nuclei in 2 fields of view)**" in text
    assert "| Method | PSNR ↑ | SSIM ↑ | FSIM ↑ | GMSD ↓ | FD-VGG16 (untrained) ↓ | KD-VGG16 (untrained) ↓ |" in text
    assert "train and test: 9; excluded: border 1, small 1" in text
    assert "LPIPS is one of patches" in text


def test_the_overlay_is_drawn_the_same_twice(measured):
    layout = Layout.of(measured)
    contents = []
    for _ in range(2):
        draw_segmentation(measured, "tiny")
        contents.append([layout.segment_figure("tiny", suffix).read_bytes() for suffix in ("png", "pdf")])
    assert contents[0] == contents[1]
    with Image.open(layout.segment_figure("tiny", "png")) as image:
        pixels = np.asarray(image.convert("RGB")).astype(int)
    # contours in the colour of what is measured, and in that of an excluded nucleus
    for colour in ((0x56, 0xB4, 0xE9), (0xD5, 0x5E, 0x00)):
        assert (np.abs(pixels - colour).sum(axis=2) < 60).sum() > 20


def test_labels_of_another_size_are_refused(make_nuclei_study, tmp_path):
    config = make_nuclei_study(tmp_path)
    segment_dataset(config, "tiny")
    path = Layout.of(config).nucleus_labels("tiny")
    write_labels({fov: labels[:-1] for fov, labels in read_labels(path).items()}, path)
    with pytest.raises(FreqbenchError, match=r"field of view 1: labels of 120x119 pixels on an image of 120x120"):
        draw_segmentation(config, "tiny")


def test_what_stops_the_evaluation(make_nuclei_study, tmp_path):
    config = make_nuclei_study(tmp_path)
    layout, run = Layout.of(config), Run(config, "tiny", "input")
    make_control(run)
    with pytest.raises(FreqbenchError, match=r"segmentation\.json: no such file; run the step"):
        evaluate_nuclei(run)
    segment_dataset(config, "tiny")
    record = read_json(layout.segmentation("tiny"))
    write_json(layout.segmentation("tiny"), record | {"by_fov": {"1": 3, "3": 2}})
    with pytest.raises(FreqbenchError, match="field of view 2 is not segmented"):
        evaluate_nuclei(run)


def test_patches_that_hold_no_whole_nucleus(make_nuclei_study, tmp_path):
    config = make_nuclei_study(tmp_path, dataset={"patches": {"rule": "grid", "size": 20}})
    segment_dataset(config, "tiny")
    run = Run(config, "tiny", "input")
    make_control(run)
    assert len(read_patches(run.layout, "tiny", 1).side("test").table) == 2 * 2 * 36
    with pytest.raises(FreqbenchError, match="no nucleus with its margin lies wholly in a test patch of 20x20"):
        evaluate_nuclei(run)


def test_no_nucleus_left_is_an_error_that_says_where_to_look(make_nuclei_study, tmp_path):
    config = make_nuclei_study(tmp_path, dataset={"nuclei": NUCLEI | {"min_area": 5000}})
    with pytest.raises(FreqbenchError, match=r"of 9 objects found in 3 fields of view none is left to measure"):
        segment_dataset(config, "tiny")
    assert not Layout.of(config).nuclei("tiny").exists()


def test_missing_cellpose_never_becomes_another_segmenter(make_nuclei_study, tmp_path, monkeypatch):
    monkeypatch.setenv("CELLPOSE_LOCAL_MODELS_PATH", str(tmp_path))
    segmenter = {"kind": "cellpose", "diameter": 20}
    config = make_nuclei_study(tmp_path, dataset={"nuclei": NUCLEI | {"segmenter": segmenter}})
    with pytest.raises(FreqbenchError, match="kind: threshold"):
        segment_dataset(config, "tiny")
    assert not Layout.of(config).nucleus_labels("tiny").exists()


def test_a_data_set_without_nuclei(make_study):
    config = make_study()
    assert config.datasets["tiny"].nuclei is None
    with pytest.raises(FreqbenchError, match=r"datasets\.tiny: has no `nuclei`; name a segmenter"):
        nuclei_settings(config, "tiny")
    with pytest.raises(FreqbenchError, match="data set other: not in the configuration; there are tiny"):
        nuclei_settings(config, "other")
    with pytest.raises(FreqbenchError, match="none has `nuclei`"):
        write_nuclei_table(config)


@pytest.mark.parametrize(
    ("nuclei", "message"),
    [
        ({"segmenter": {"kind": "otsu", "diameter": 20}}, "threshold"),
        ({"segmenter": {"kind": "threshold"}}, "diameter"),
        ({"segmenter": {"kind": "threshold", "diameter": 20, "weights": "x"}}, "weights"),
        ({"segmenter": {"kind": "cellpose", "diameter": 20, "sha256": "abc"}}, "sha256"),
        ({"min_area": 0}, "min_area"),
        ({"min_crop": 8}, "min_crop"),
    ],
)
def test_a_wrong_key_is_named(make_study, nuclei, message):
    content = make_study().model_dump(mode="json")
    content["datasets"]["tiny"]["nuclei"] = NUCLEI | nuclei
    with pytest.raises(FreqbenchError, match=message):
        parse_config(content, "test")
