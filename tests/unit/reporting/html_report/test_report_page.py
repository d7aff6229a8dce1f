"""The page: complete, self-contained, escaped, the same each time, and without sections that a study does not have."""

import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from freqbench.errors import FreqbenchError
from freqbench.files import read_json, write_json
from freqbench.layout import Layout
from freqbench.reporting.figure_files import by_form
from freqbench.reporting.html_report.figure_section import FIGURES
from freqbench.reporting.html_report.page import LARGEST, report_html, write_report
from freqbench.reporting.html_report.sources import read_sources
from freqbench.reporting.table1 import write_table1

PLANTED = "</script><script>alert(\"x\")</script><b onclick='y'>&amp;"


@pytest.fixture(scope="module")
def text(finished):
    return report_html(read_sources(finished))


@pytest.fixture(scope="module")
def page(text, read_report):
    return read_report(text)


def test_the_page_is_well_formed_and_its_links_lead_somewhere(page):
    assert page.left_open == []
    identifiers = [found["id"] for _, found in page.tags if "id" in found]
    assert len(set(identifiers)) == len(identifiers)
    targets = [found["href"].removeprefix("#") for found in page.of("a")]
    assert set(targets) <= set(identifiers)
    assert len(page.of("a")) - 1 == len(page.of("section")), "each section stands in the navigation, once"
    labels = [found.get("for") for found in page.of("label")]
    assert labels == [None] * len(labels), "labels hold their controls"


def test_nothing_comes_from_elsewhere(page, text):
    sources = [found[name] for _, found in page.tags for name in ("src", "href", "srcset", "action") if name in found]
    assert all(value.startswith(("data:image/webp;base64,", "#")) for value in sources)
    assert "http://" not in text
    assert "https://" not in text
    (policy,) = [found["content"] for found in page.of("meta") if "http-equiv" in found]
    assert "default-src 'none'" in policy
    assert "img-src data:" in policy
    assert "unsafe" not in policy
    assert not any(name.startswith("on") or name == "style" for _, found in page.tags for name in found)


def test_table1_is_the_same_as_in_its_own_file(finished, page):
    write_table1(finished)
    markdown = Layout.of(finished).table("md").read_text(encoding="utf-8")
    shown = page.section("table1").replace("−", "-")
    numbers = [
        cell.strip(" *▲▼–") for line in markdown.splitlines() if line.startswith("|") for cell in line.split("|")
    ]
    for number in filter(lambda cell: cell[:1].isdigit(), numbers):
        assert number in shown
    assert page.section("table1").count("Spatial only") >= 2
    assert "second (denoise; N = 6 patches of 3 fields of view; 1 seed)" in shown


def test_the_summary_counts_what_the_statistics_hold(finished, page):
    tables = [pd.read_csv(Layout.of(finished).statistics(name)) for name in finished.datasets]
    table = pd.concat(tables)
    chosen = table[(table["against"] == "spatial") & (table["analysis"] == "fov")]
    decided = chosen["better"].isin(["method", "baseline"]).sum()
    assert f"{decided} of {len(chosen)} comparisons with Spatial only" in page.section("summary")
    assert "SMOKE: a test of the workflow, not a result" in page.section("summary")
    assert "A remark of the user." in page.section("summary")


def test_limitations_are_told_once(page):
    limits = page.section("limitations")
    for words in (
        "One seed:",
        "tiny: one split, 3 test fields of view.",
        "untrained, from a seed",
        "Settings other than",
    ):
        assert words in limits
    for section in ("table1", "differences", "fields", "resolution"):
        assert "untrained, from a seed" not in page.section(section)


def test_what_was_used_is_named(page):
    made = page.section("made")
    assert "numpy 2.4.6" in made
    assert "0.1.0, commit 0123456789ab" in made
    assert "CPU, 1 threads" in made
    assert "weight w_rel of LFFL: gradient" in page.section("choices")
    assert "3x3 Prewitt filter" in page.section("metrics")
    assert "clean" in page.section("audit")


def test_the_images_are_those_that_were_restored(page, finished):
    datasets = json.loads(page.text["browser-data"])
    assert [dataset["name"] for dataset in datasets] == ["tiny", "second"]
    patches = datasets[0]["patches"]
    assert sorted(patch["fov"] for patch in patches)[:3] == ["3", "3", "4"]
    assert {patch["count"] for patch in patches} == {6}
    assert set(patches[0]["images"]) == {"input", "gaussian", "clean", "spatial", "ffl", "lffl_a1"}
    metrics = pd.read_csv(Layout.of(finished).image_metrics("tiny", "clean", 1, 0))
    values = metrics.loc[metrics["metric"] == "psnr", "value"]
    assert {patch["scores"]["clean"] for patch in patches} <= {f"PSNR {value:.3f} dB" for value in values}


def test_the_same_study_gives_the_same_bytes(finished, text):
    assert report_html(read_sources(finished)) == text


def test_a_study_without_parts_has_no_empty_section(page):
    absent = {"nuclei", "leakage", "figures"}
    assert not absent & {found.get("id") for found in page.of("section")}
    for words in ("Nuclei", "What scores owe to leakage", "Figures"):
        assert words not in page.headings


def test_figures_that_exist_are_shown_with_their_captions(make_study, write_results, finish, means, read_report):
    config = make_study(training={"snapshots": "powers_of_two"}, image_fit={"dataset": "tiny", "size": 32})
    write_results(config, means)
    finish(config)
    layout = Layout.of(config)
    for kind in FIGURES:
        for _, path in kind.paths(config, layout):
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (30, 20), "red").save(path)
    page = read_report(report_html(read_sources(config)))
    shown = page.section("figures")
    for kind in FIGURES:
        assert kind.title in shown
        assert " ".join(kind.caption.split()) in shown
    images = [found for found in page.of("img") if found.get("src", "").startswith("data:")]
    assert [(found["width"], found["height"]) for found in images] == [("30", "20")] * len(FIGURES)
    assert all(found["alt"] for found in images)
    # learning curves of a time when the study kept generators are no part of it any more
    kept_none = make_study()
    assert "Learning curves" not in read_report(report_html(read_sources(kept_none))).section("figures")
    layout.differences_figure("tiny", "png").unlink()
    assert "Triangles" not in read_report(report_html(read_sources(config))).section("figures")


def test_names_of_a_users_data_are_escaped_everywhere(make_study, write_results, finish, means, read_report):
    methods = [
        {"name": "spatial"},
        {"name": "ffl", "loss": "focal_frequency", "weight": "calibrated", "options": {"note": PLANTED}},
        {"name": "lffl_a1", "loss": "log_focal_frequency", "weight": "paper"},
    ]
    config = make_study(note=PLANTED, methods=methods)
    write_results(config, means)
    finish(config)
    layout = Layout.of(config)
    manifest = read_json(layout.manifest)
    manifest["data"]["tiny"] |= {"description": PLANTED, "licence": PLANTED}
    manifest["packages"] |= {"<i>numpy</i>": PLANTED}
    write_json(layout.manifest, manifest)
    for path in (*layout.root.rglob("split1_seed0*.csv"), layout.patch_table("tiny", 1)):
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        if "fov" in table:
            table["fov"] = table["fov"].replace("3", PLANTED)
            table["capture" if "capture" in table else "fov"] = PLANTED
            table.to_csv(path, index=False)
    text = report_html(read_sources(config))
    page = read_report(text)
    assert len(page.of("script")) == 2
    assert page.of("b") == [] or all(not found for found in page.of("b"))
    assert not any(name.startswith("on") for _, found in page.tags for name in found)
    assert 'alert("x")' in page.section("summary")
    assert PLANTED in page.text["fields"]
    assert PLANTED in {patch["fov"] for data in json.loads(page.text["browser-data"]) for patch in data["patches"]}


def test_without_its_manifest_a_study_is_not_finished(make_study, write_results, means):
    config = make_study()
    write_results(config, means)
    with pytest.raises(FreqbenchError, match=r"run\.json: no such file; run the step that makes it first"):
        write_report(config)


def test_tables_that_are_too_large_are_an_error(finished):
    with pytest.raises(FreqbenchError, match=r"report\.html: the tables alone take more than 1,000 bytes"):
        report_html(read_sources(finished), largest=1000)


@pytest.mark.slow
def test_a_study_of_the_papers_size_stays_below_15_mb(tmp_path, write_study, write_results, finish, means, read_report):
    """Two data sets of 12 fields of 256 pixels, all methods, and figures that no encoder can shorten."""
    plain = write_study(tmp_path)
    data = plain.datasets["tiny"].model_dump() | {"patches": {"rule": "brightest", "size": 256}}
    further = [
        {"name": f"lffl_a{alpha}", "loss": "log_focal_frequency", "weight": "paper", "options": {"alpha": alpha}}
        for alpha in (0.5, 2.0)
    ]
    fsl = {"name": "fsl", "loss": "fourier_space", "weight": "calibrated"}
    methods = [*(method.model_dump() for method in plain.methods), fsl, *further]
    changes = {"datasets": {"tiny": data, "second": data}, "methods": methods}
    patches = {"test_fovs": 12, "captures": 1, "size": 256, "dtype": np.uint16}
    config = write_study(tmp_path, patches=patches, **changes)
    more = {(method["name"], metric): 0.5 for method in (fsl, *further) for metric in ("psnr", "gmsd")}
    write_results(config, means | more, fovs=12, captures=1)
    finish(config)
    rng = np.random.default_rng(0)
    layout = Layout.of(config)
    for kind in FIGURES:
        for _, path in kind.paths(config, layout):
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(rng.integers(0, 256, (700, 1000), dtype=np.uint8)).save(path)
    write_report(config)
    text = layout.report.read_text(encoding="utf-8")
    page = read_report(text)
    assert 5_000_000 < len(text.encode()) < LARGEST == 15_000_000
    shown = json.loads(page.text["browser-data"])
    assert [dataset["name"] for dataset in shown] == ["tiny", "second"]
    assert {len(patch["images"]) for dataset in shown for patch in dataset["patches"]} == {9}
    assert min(len(dataset["patches"]) for dataset in shown) >= 2
    assert "% of their size" in page.section("figures")
    assert by_form(lambda suffix: layout.figure("tiny", suffix))[0].stat().st_size > 600_000
