"""The fit of a study: the image that its rule chooses, its files, its table and its figure."""

import numpy as np
import pandas as pd
import pytest

from freqbench.config import parse_config
from freqbench.data.image_files import write_png
from freqbench.errors import FreqbenchError
from freqbench.files import read_json, sha256_of
from freqbench.image_fit.code import image_fit_code
from freqbench.image_fit.filling import read_image_fit
from freqbench.image_fit.measure import COLUMNS, measure_image_fit, settings_of
from freqbench.image_fit.target import choose_target, detail
from freqbench.layout import TABLE_FORMS, Layout
from freqbench.reporting.image_fit_figure import draw_image_fit, log_power, read_pictures, shown_steps
from freqbench.reporting.image_fit_table import verdicts, write_image_fit_table

FIT = {"dataset": "tiny", "size": 32, "features": 4, "iterations": 6, "seeds": [0, 1]}


@pytest.fixture
def fitted(make_study):
    config = make_study(image_fit=FIT)
    measure_image_fit(config)
    return config


def test_the_patch_with_most_detail_is_fitted(make_study):
    config = make_study(image_fit=FIT | {"size": 32}, patches={"size": 48})
    target = choose_target(config, settings_of(config))
    patches = np.load(Layout.of(config).clean_patches("tiny", 1)).astype(np.float32) / 255
    # every window of every patch, written out
    best = max(detail(patch[y : y + 32, x : x + 32]) for patch in patches for y in range(17) for x in range(17))
    assert detail(target.pixels) == pytest.approx(best, rel=1e-3)
    # of the captures of a field of view the first one names the patch
    assert "capture_000" in target.origin
    assert "5 clean patches of tiny, split 1" in target.rule


def test_a_file_can_be_fitted(make_study, tmp_path):
    image = np.zeros((64, 80), dtype=np.uint8)
    image[20:40, 45:60] = np.random.default_rng(0).integers(0, 255, (20, 15))
    write_png(tmp_path / "cell.png", image)
    config = make_study(image_fit={"file": str(tmp_path / "cell.png"), "size": 32})
    target = choose_target(config, settings_of(config))
    y, x = target.corner
    assert y <= 20
    assert y + 32 >= 40
    assert x <= 45
    assert x + 32 >= 60
    small = make_study(image_fit={"file": str(tmp_path / "cell.png"), "size": 80})
    with pytest.raises(FreqbenchError, match=r"size: 80 is larger than .*cell\.png, 64 x 80 pixels"):
        choose_target(small, settings_of(small))


def test_the_tidy_file_has_every_fit_and_the_manifest_how(fitted):
    layout = Layout.of(fitted)
    values, manifest = read_image_fit(fitted), read_json(layout.image_fit_manifest)
    assert tuple(values.columns) == COLUMNS
    assert set(map(tuple, values[["objective", "seed"]].drop_duplicates().to_numpy())) == {
        (name, seed) for name in ("mse", "ffl") for seed in (0, 1)
    }
    errors = values[values["quantity"] == "spectral_error"]
    assert len(errors) == 4 * len({0, 1, 2, 3, 4, 5, 6}) * 16
    assert set(values["quantity"]) == {"psnr", "lfd", "frc_area", "spectral_error"}
    assert manifest["weights"]["mse"] == {"0": 0.0, "1": 0.0}
    assert min(manifest["weights"]["ffl"].values()) > 0
    assert manifest["sha256"] == {path.name: sha256_of(path) for path in (layout.image_fit, layout.image_fit_pictures)}
    # before the first step the objectives show the same
    start = values[(values["iteration"] == 0) & (values["quantity"] == "psnr")].pivot_table(
        index="seed", columns="objective", values="value"
    )
    assert (start["mse"] == start["ffl"]).all()


def test_pictures_are_what_was_measured(fitted):
    pictures, values = read_pictures(fitted, settings_of(fitted)), read_image_fit(fitted)
    assert pictures.iterations == [1, 2, 4, 6]
    for (objective, seed), images in pictures.by_fit.items():
        error = ((images.astype(np.float64) - pictures.target) ** 2).mean(axis=(1, 2))
        own = values[(values["objective"] == objective) & (values["seed"] == seed) & (values["quantity"] == "psnr")]
        measured = own.set_index("iteration").loc[pictures.iterations, "value"]
        np.testing.assert_allclose(-10 * np.log10(error), measured, rtol=1e-4)


def test_twice_gives_the_same_bytes(fitted):
    layout = Layout.of(fitted)
    files = [layout.image_fit, layout.image_fit_pictures]
    before = [path.read_bytes() for path in files]
    measure_image_fit(fitted)
    assert [path.read_bytes() for path in files] == before


def test_an_image_without_detail_is_refused(make_study, tmp_path):
    write_png(tmp_path / "flat.png", np.full((64, 64), 9, dtype=np.uint8))
    config = make_study(image_fit={"file": str(tmp_path / "flat.png"), "size": 32})
    with pytest.raises(FreqbenchError, match=r"flat\.png: the window of image_fit has frequencies without power"):
        measure_image_fit(config)


def test_a_study_without_the_section_says_so(make_study):
    with pytest.raises(FreqbenchError, match="image_fit: this study has no such section"):
        measure_image_fit(make_study())


def test_only_the_losses_that_are_fitted_count_for_the_code(make_study):
    with_ffl = make_study(image_fit=FIT)
    objectives = [{"name": "mse"}, {"name": "fsl", "loss": "fourier_space"}]
    assert image_fit_code(with_ffl) != image_fit_code(make_study(image_fit=FIT | {"objectives": objectives}))
    assert image_fit_code(with_ffl) == image_fit_code(make_study(image_fit=FIT | {"iterations": 9}))


def test_table_and_figure_are_made_and_repeat(fitted):
    layout = Layout.of(fitted)
    write_image_fit_table(fitted)
    draw_image_fit(fitted)
    files = [*map(layout.image_fit_table, TABLE_FORMS), *map(layout.image_fit_figure, ("png", "pdf"))]
    before = [path.read_bytes() for path in files]
    write_image_fit_table(fitted)
    draw_image_fit(fitted)
    assert [path.read_bytes() for path in files] == before
    text = layout.image_fit_table("md").read_text(encoding="utf-8")
    assert "| MSE + FFL |" in text
    assert "Image: tiny/raw/" in text
    table = pd.read_csv(layout.image_fit_table("csv"))
    assert len(table) == 2 * 2 * 3
    assert {"unfilled", "half_filled", "final_error", "psnr", "lfd", "frc_area"} <= set(table.columns)


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (0.5, "MSE + FFL filled the high frequencies of this image earlier than MSE alone (earlier in: low 2 of 2"),
        (2.0, "did not fill the high frequencies of this image earlier than MSE alone, but later"),
        (
            1.0,
            "The seeds do not decide whether MSE + FFL fills the high frequencies of this image earlier than MSE alone",
        ),
    ],
)
def test_the_verdict_is_computed(fitted, factor, words):
    values = read_image_fit(fitted)
    spectral = values["quantity"] == "spectral_error"
    values.loc[spectral, "value"] = 0.4
    values.loc[spectral & (values["objective"] == "ffl"), "value"] *= factor
    (sentence,) = verdicts(fitted, values)
    assert words in sentence


def test_missing_files_name_the_command(make_study):
    config = make_study(image_fit=FIT)
    with pytest.raises(FreqbenchError, match=r"values\.csv: not readable .*freqbench fit-image"):
        write_image_fit_table(config)


def test_shown_columns_end_with_the_last_iteration():
    assert shown_steps([1, 2, 4]) == [0, 1, 2]
    steps = shown_steps([2**k for k in range(11)])
    assert steps[-1] == 10
    assert len(steps) == 5
    assert np.ptp(np.diff(steps)) == 0


def test_log_power_of_a_wave_is_at_its_place():
    x = np.arange(32)
    power = log_power(np.tile(0.5 + 0.2 * np.cos(2 * np.pi * 5 * x / 32), (32, 1)).astype(np.float32))
    power[16, 16] = -np.inf
    assert {tuple(place) for place in np.argwhere(power > power.max() - 1)} == {(16, 16 + 5), (16, 16 - 5)}
    # amplitude 0.2: power 2 * (0.2 / 2) ** 2 over both, times the pixels in the orthonormal transform
    assert power.max() == pytest.approx(10 * np.log10(0.1**2 * 32 * 32), abs=1e-3)


CONTENT = {
    "name": "a",
    "tier": "smoke",
    "datasets": {"tiny": {"source": {"kind": "phantom"}, "patches": {"size": 64}}},
    "methods": [{"name": "spatial"}],
    "training": {"iterations": 1},
}


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"size": 32}, "image_fit: needs either `dataset` or `file`"),
        ({"dataset": "tiny", "file": "a.png"}, "image_fit: needs either `dataset` or `file`"),
        ({"dataset": "other"}, "image_fit.dataset: `other` is not among `datasets` \\(tiny\\)"),
        ({"dataset": "tiny", "size": 128}, "image_fit.size: 128 is larger than datasets.tiny.patches.size, 64"),
        ({"dataset": "tiny", "size": 40}, "image_fit.size: .*multiple of 16"),
        ({"dataset": "tiny", "seeds": [1, 1]}, "image_fit: seeds: must be different"),
        (
            {"dataset": "tiny", "objectives": [{"name": "a"}, {"name": "b"}]},
            "image_fit: objectives: the first one, and only it, has no `loss`",
        ),
        (
            {"dataset": "tiny", "objectives": [{"name": "a"}, {"name": "a", "loss": "fft"}]},
            "image_fit: objectives: `a` stands there twice",
        ),
    ],
)
def test_a_wrong_section_is_one_line(section, message):
    with pytest.raises(FreqbenchError, match=message):
        parse_config(CONTENT | {"image_fit": section}, "study.yaml")
