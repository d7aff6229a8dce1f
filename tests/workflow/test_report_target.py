"""The report of a study, and the one that Snakemake makes of its outputs."""

import re
import zipfile

import pytest

from conftest import Study

pytestmark = pytest.mark.slow


def test_the_report_is_made_with_everything_else_and_alone(study: Study) -> None:
    page = (study.results / "report.html").read_text(encoding="utf-8")
    assert "<title>tiny: report</title>" in page
    for figure in ("Comparison", "Differences", "Loss sensitivity", "Noise", "Leakage audit"):
        assert f"<h3>{figure}</h3>" in page
    (study.results / "report.html").unlink()
    assert study.planned("report_page") == {"report_page": 1}


def test_snakemake_reports_every_table_and_figure_with_its_caption(study: Study) -> None:
    done = study.run("--report", "report.zip")
    assert done.returncode == 0, done.stdout
    with zipfile.ZipFile(study.folder / "report.zip") as archive:
        names = {name.rsplit("/", 1)[-1] for name in archive.namelist()}
        text = archive.read("report/report.html").decode("utf-8")
    tables = {f"{name}.html" for name in ("table1", "differences", "fields_of_view", "costs", "frc", "variance")}
    figures = {f"tissue_{name}.png" for name in ("comparison", "differences", "frc", "loss_sensitivity", "noise")}
    assert tables | figures | {"tissue_split1_audit.png", "report.html"} <= names
    for category in ("The whole study", "Tables", "Figures"):
        assert category in text
    for caption in ("Conclusions rest on the tests over fields of view", "One test patch of tissue as every method"):
        assert caption in re.sub(r"(\\n|\s)+", " ", text)
