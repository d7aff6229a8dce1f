"""Damaged or missing tables are one clear error; the wheel carries all of them."""

import zipfile

import pytest

from freqbench.errors import FreqbenchError
from freqbench.published.audit import audit_papers
from freqbench.published.care_study import MEANS, P_VALUES, ROWS
from freqbench.published.frc_table import TABLE as FRC
from freqbench.published.lffl_table import TABLE as LFFL

READ = (ROWS, MEANS, P_VALUES, LFFL, FRC)


def error_of(folder):
    with pytest.raises(FreqbenchError) as caught:
        audit_papers(folder)
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith("install freqbench again, or restore the file from the repository")
    return message


@pytest.mark.parametrize("name", READ)
def test_a_missing_table(tables, name):
    (tables / name).unlink()
    assert error_of(tables).startswith(f"{name}: published numbers are missing;")


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda _: "", "has no column"),
        (lambda text: text.splitlines()[0], "has no rows"),
        (lambda text: text.replace("metric", "measure"), "has no column metric"),
        (lambda text: text[: text.rindex(",")], "is empty"),
        (lambda text: text + text.splitlines()[-1], "stands there twice"),
        (lambda text: text.rstrip() + ",7", "more cells than columns"),
        (lambda text: text.replace("0.", "O.", 1), "is no decimal number"),
    ],
)
def test_a_damaged_table(tables, name, damage, message):
    path = tables / name
    path.write_text(damage(path.read_text(encoding="utf-8")), encoding="utf-8")
    assert error_of(tables).startswith(name)
    assert message in error_of(tables)


def test_a_table_that_is_no_text(tables):
    (tables / ROWS).write_bytes(b"\xff\xfe\x00source")
    assert "cannot be read" in error_of(tables)


def test_an_image_without_one_method(tables, edit):
    edit(ROWS, lambda rows: rows.pop(5))
    assert "has other images than the rest of its experiment" in error_of(tables)


def test_a_p_value_without_rows(tables, put):
    put(P_VALUES, "comparison", "fft_vs_l1", experiment="AA", metric="SSIM", p_value="0.201")
    assert "AA SSIM fft against l1" in error_of(tables)


def test_a_p_value_above_one(tables, put):
    put(P_VALUES, "p_value", "1.5", p_value="0.201")
    assert "1.5 is no probability" in error_of(tables)


@pytest.mark.parametrize(
    ("column", "text", "message"),
    [
        ("significant", "2", "significant must be 0 or 1, not 2"),
        ("value", "36.3", "different numbers of decimals"),
        ("method", "unknown", "lacks the method spatial"),
    ],
)
def test_an_inconsistent_lffl_table(tables, put, column, text, message):
    put(LFFL, column, text, dataset="nuclei_defocus", method="spatial", metric="PSNR")
    assert message in error_of(tables)


def test_the_wheel_carries_the_tables(tmp_path, monkeypatch):
    from hatchling.builders.wheel import WheelBuilder

    from freqbench.published.table_files import package_folder

    root = next(parent for parent in package_folder().joinpath(ROWS).parents if (parent / "pyproject.toml").is_file())
    monkeypatch.chdir(root)
    (wheel,) = WheelBuilder(str(root)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(wheel) as archive:
        for file in package_folder().iterdir():
            if file.name.endswith(".csv"):
                assert archive.read(f"freqbench/published/{file.name}") == file.read_bytes()
