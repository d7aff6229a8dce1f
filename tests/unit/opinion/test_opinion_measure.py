import numpy as np
import pandas as pd
import pytest
from PIL import Image

from freqbench.errors import FreqbenchError
from freqbench.opinion import measure
from freqbench.opinion.kadid import read_scores
from freqbench.opinion.measure import measure_opinion_set

METRICS = ("mse", "psnr", "frc_area")


def grey(folder, name):
    return np.asarray(Image.open(folder / "images" / name), dtype=np.float64).mean(axis=2) / 255


def test_errors_are_those_of_the_grey_images(make_set, tmp_path):
    folder = make_set(references=2)
    measured = measure_opinion_set(folder, read_scores(folder), METRICS, tmp_path / "parts").set_index("image")
    for name in ("I01_11_03.png", "I02_03_05.png"):
        error = np.square(grey(folder, name) - grey(folder, f"{name[:3]}.png")).mean()
        assert measured.loc[name, "mse"] == pytest.approx(error, rel=1e-5)
        assert measured.loc[name, "psnr"] == pytest.approx(-10 * np.log10(error), rel=1e-5)
    assert (measured.loc["I01_11_01.png", "frc_area"]) > measured.loc["I01_11_05.png", "frc_area"]


def test_what_was_measured_of_a_reference_is_not_measured_again(make_set, tmp_path, monkeypatch):
    folder = make_set()
    scores, parts = read_scores(folder), tmp_path / "parts"
    measured_parts, done = [], measure._measure
    monkeypatch.setattr(measure, "_measure", lambda part: (measured_parts.append(part.reference), done(part))[1])

    def stop(count, _):
        if count == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure_opinion_set(folder, scores, METRICS, parts, advance=stop)
    whole = measure_opinion_set(folder, scores, METRICS, parts)
    assert measured_parts == ["I01.png", "I02.png", "I03.png"]
    pd.testing.assert_frame_equal(whole, measure_opinion_set(folder, scores, METRICS, tmp_path / "anew"))


@pytest.mark.parametrize("change", ["image", "metrics", "damage"])
def test_kept_values_of_something_else_are_measured_anew(make_set, tmp_path, change):
    folder = make_set(references=2)
    scores, parts, metrics = read_scores(folder), tmp_path / "parts", METRICS
    before = measure_opinion_set(folder, scores, metrics, parts).set_index("image")
    if change == "image":
        (folder / "images" / "I01_11_05.png").write_bytes((folder / "images" / "I01_11_01.png").read_bytes())
    elif change == "metrics":
        metrics = ("mse", "ssim")
    else:
        (parts / "I01.json").write_text('{"made_from": ')
    after = measure_opinion_set(folder, scores, metrics, parts).set_index("image")
    expected = before.loc["I01_11_01.png" if change == "image" else "I01_11_05.png", "mse"]
    assert after.loc["I01_11_05.png", "mse"] == pytest.approx(expected)
    assert list(after.columns[-len(metrics) :]) == list(metrics)
    assert after.loc["I02_11_05.png", "mse"] == before.loc["I02_11_05.png", "mse"]


def test_an_image_like_its_reference_has_no_finite_psnr(make_set, tmp_path):
    folder = make_set(references=1)
    (folder / "images" / "I01_11_01.png").write_bytes((folder / "images" / "I01.png").read_bytes())
    measured = measure_opinion_set(folder, read_scores(folder), METRICS, tmp_path / "parts").set_index("image")
    assert np.isnan(measured.loc["I01_11_01.png", "psnr"])
    assert measured.loc["I01_11_01.png", "mse"] == 0
    assert measured["psnr"].isna().sum() == 1


def test_two_processes_find_what_one_does(make_set, tmp_path):
    folder = make_set(references=2, levels=1)
    scores = read_scores(folder)
    one = measure_opinion_set(folder, scores, ("mse", "gmsd"), tmp_path / "one")
    two = measure_opinion_set(folder, scores, ("mse", "gmsd"), tmp_path / "two", processes=2)
    pd.testing.assert_frame_equal(one, two, rtol=1e-6)


@pytest.mark.parametrize("processes", [1, 2])
def test_a_damaged_image_is_named(make_set, tmp_path, processes):
    folder = make_set(references=2, levels=1)
    path = folder / "images" / "I02_03_01.png"
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(FreqbenchError, match=r"I02_03_01\.png: image is truncated or corrupt"):
        measure_opinion_set(folder, read_scores(folder), ("mse",), tmp_path / "parts", processes=processes)


def test_an_image_of_another_size_than_its_reference_is_named(make_set, tmp_path):
    folder = make_set(references=1, levels=1)
    Image.new("RGB", (20, 30)).save(folder / "images" / "I01_19_01.png")
    with pytest.raises(FreqbenchError, match=r"I01_19_01\.png: is of 20x30 pixels, its reference of 48x48"):
        measure_opinion_set(folder, read_scores(folder), ("mse",), tmp_path / "parts")


def test_images_too_small_for_a_metric_and_unknown_metrics_are_refused(make_set, tmp_path):
    folder = make_set(references=1, levels=1)
    scores = read_scores(folder)
    with pytest.raises(FreqbenchError, match=r"I01\.png: ms_ssim"):
        measure_opinion_set(folder, scores, ("ms_ssim",), tmp_path / "parts")
    with pytest.raises(FreqbenchError, match="unknown metric 'sharpness'; choose from mse, psnr"):
        measure_opinion_set(folder, scores, ("sharpness",), tmp_path / "parts")
