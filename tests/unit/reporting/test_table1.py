import math
import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from freqbench.errors import FreqbenchError
from freqbench.layout import TABLE_FORMS, Layout
from freqbench.reporting.collect import collect
from freqbench.reporting.table1 import table1, write_table1

METHODS = ("input", "gaussian", "clean", "spatial", "ffl", "lffl_a1")
PSNR = dict(zip(METHODS, (20.0, 30.0, math.inf, 31.0, 30.5, 33.0), strict=True))
SSIM = dict(zip(METHODS, (0.3, 0.7, 1.0, 0.8, 0.75, 0.6), strict=True))
LPIPS = dict(zip(METHODS, (0.9, 0.5, 0.0, 0.3, 0.4, 0.35), strict=True))
FD = dict(zip(METHODS, (90.0, 50.0, 0.0, 30.0, 20.0, 35.0), strict=True))
MEANS = {
    (method, metric): value
    for metric, values in (("psnr", PSNR), ("ssim", SSIM), ("lpips", LPIPS), ("fd_vgg16", FD))
    for method, value in values.items()
}


class Cells(HTMLParser):
    """Collects the text of each table cell, row by row, and of the list; notes unclosed tags."""

    def __init__(self):
        super().__init__()
        self.rows, self.notes, self.open = [], [], []

    def handle_starttag(self, tag, _):
        if tag != "meta":
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self.rows[-1].append("")
        elif tag == "li":
            self.notes.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "td" in self.open or "th" in self.open:
            self.rows[-1][-1] += data
        elif "li" in self.open:
            self.notes[-1] += data


def parsed(config):
    parser = Cells()
    parser.feed(Layout.of(config).table("html").read_text(encoding="utf-8"))
    parser.close()
    assert parser.open == []
    return parser


def markdown(config):
    return Layout.of(config).table("md").read_text(encoding="utf-8")


def blocks(text):
    """Return the cells of each Markdown table by its rows' names, by the first word of the table's caption."""
    found = {}
    for part in re.split(r"\n(?=\*\*)", text):
        lines = [line.split("|")[1:-1] for line in part.splitlines() if line.startswith("| ")]
        rows = {cells[0].strip(): [cell.strip() for cell in cells[1:]] for cells in lines}
        found.setdefault(part.split(" ")[0].strip("*"), rows)
    return found


def rows_of(text):
    """Return the cells of the first Markdown table by method."""
    return next(iter(blocks(text).values()))


def all_rows(text):
    """Return the name and the cells of every row of every Markdown table; a heading has its name alone."""
    rows = []
    for line in text.splitlines():
        if line.startswith("| "):
            name, *cells = (cell.strip() for cell in line.split("|")[1:-1])
            rows.append([name, *cells] if any(cells) else [name])
    return rows


@pytest.fixture
def study(make_study, write_results):
    config = make_study(comparison={"significance": 0.05})
    write_results(config, MEANS)
    write_table1(config)
    return config


def test_means_are_those_of_the_tidy_files(study):
    table = pd.read_csv(Layout.of(study).table("csv"))
    assert len(table) == len(MEANS)
    for row in table.itertuples():
        expected = MEANS[row.method, row.metric]
        if math.isinf(expected):
            assert math.isnan(row.mean)
        else:
            assert row.mean == pytest.approx(expected, abs=1e-8)
        assert (row.dataset, row.n, row.fovs, row.seeds) == ("tiny", 6, 3, 1)


def test_no_cell_is_missing(study):
    rows = rows_of(markdown(study))
    assert list(rows) == ["Method", "Spatial only", "FFL", "LFFL α=1", "*Controls*", "Input (degraded)",
                          "Gaussian filter", "Clean (target)"]  # fmt: skip
    assert rows.pop("*Controls*") == [""] * 4
    assert {len(cells) for cells in rows.values()} == {4}
    number = re.compile(r"(\*\*)?(\d+\.\d+|∞)(\*\*)?[▲▼–]{0,2}")
    for method, cells in rows.items():
        assert method == "Method" or all(number.fullmatch(cell) for cell in cells), cells


def test_infinity_is_that_of_the_clean_psnr_alone(study):
    assert rows_of(markdown(study))["Clean (target)"] == ["∞", "1.000", "0.0000", "0.000"]
    assert markdown(study).count("∞") == 1


def test_headers_name_the_direction(study):
    assert rows_of(markdown(study))["Method"] == [
        "PSNR ↑",
        "SSIM ↑",
        "LPIPS (untrained backbone) ↓",
        "FD-VGG16 (untrained) ↓",
    ]
    assert "(denoise; N = 6 patches of 3 fields of view; 1 seed)" in markdown(study)


def test_bold_is_the_best_trained_method_and_never_a_control(study):
    rows = rows_of(markdown(study))
    bold = {(method, place) for method, cells in rows.items() for place, cell in enumerate(cells) if "**" in cell}
    assert bold == {("LFFL α=1", 0), ("Spatial only", 1), ("Spatial only", 2), ("FFL", 3)}


def test_marks_say_better_or_worse_than_the_best_baseline(study):
    rows = rows_of(markdown(study))
    assert [cell.lstrip("0123456789.*") for cell in rows["LFFL α=1"]] == ["▲▲", "▼▼", "▼▼", ""]
    assert [cell.lstrip("0123456789.*") for cell in rows["Spatial only"]] == ["", "", "", ""]
    assert [cell.lstrip("0123456789.*") for cell in rows["Gaussian filter"]] == ["", "", "", ""]


@pytest.mark.parametrize(
    ("image", "fov", "mark"),
    [
        ("method", "method", "▲▲"),
        ("method", "undecided", "▲"),
        ("undecided", "method", "–▲"),
        ("baseline", "method", "▼▲"),
        ("undecided", "baseline", "–▼"),
        ("undecided", "undecided", ""),
    ],
)
def test_each_mark_belongs_to_its_test(study, image, fov, mark):
    path = Layout.of(study).statistics("tiny")
    statistics = pd.read_csv(path)
    ours = (statistics["method"] == "lffl_a1") & (statistics["metric"] == "ssim")
    for analysis, verdict in (("image", image), ("fov", fov)):
        statistics.loc[ours & (statistics["analysis"] == analysis), "better"] = verdict
    statistics.to_csv(path, index=False)
    write_table1(study)
    assert rows_of(markdown(study))["LFFL α=1"][1] == f"0.600{mark}"


def test_only_the_comparison_with_the_best_baseline_makes_a_mark(study):
    path = Layout.of(study).statistics("tiny")
    statistics = pd.read_csv(path)
    best = statistics[statistics["against"] == "best_baseline"]
    assert "baseline" in set(best["better"])
    # the others would turn every mark around
    others = [best.assign(against=other, better="method") for other in ("spatial", "pair")]
    before = markdown(study)
    pd.concat([best, *others]).to_csv(path, index=False)
    write_table1(study)
    assert markdown(study) == before


def test_html_holds_every_value_and_note_of_the_markdown(study):
    page, text = parsed(study), markdown(study)
    plain = [[cell.replace("**", "").strip("*") for cell in cells] for cells in all_rows(text)]
    shown = page.rows[: len(plain)]
    assert [[cell.strip() for cell in row] for row in shown] == plain
    # the contracts of the metrics, which are folded away, follow
    labels = ["PSNR", "SSIM", "LPIPS (untrained backbone)", "FD-VGG16 (untrained)"]
    assert [row[0] for row in page.rows[len(plain) :]] == ["Metric", *labels]
    assert page.notes == [line.removeprefix("- ") for line in text.splitlines() if line.startswith("- ")]


def test_html_is_escaped(make_study, write_results):
    config = make_study(note="<script>alert('a & b')</script>")
    write_results(config, MEANS)
    write_table1(config)
    page = Layout.of(config).table("html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "<script>alert('a & b')</script>" in parsed(config).notes


def test_several_seeds_have_a_spread(make_study, write_results):
    config = make_study(seeds=[0, 1, 2])
    write_results(config, MEANS, spread=0.1)
    write_table1(config)
    table = pd.read_csv(Layout.of(config).table("csv")).set_index(["method", "metric"])
    # the seeds lie at -0.1, 0 and 0.1 around the mean: their standard deviation is 0.1
    assert table.loc[("lffl_a1", "psnr"), "run_sd"] == pytest.approx(0.1)
    assert table.loc[("lffl_a1", "psnr"), "mean"] == pytest.approx(33.0)
    assert table.loc[("lffl_a1", "fd_vgg16"), "run_sd"] == pytest.approx(0.1)
    assert table.loc[("lffl_a1", "psnr"), ["n", "seeds"]].tolist() == [6, 3]
    assert math.isnan(table.loc[("input", "psnr"), "run_sd"])
    rows = rows_of(markdown(config))
    assert rows["LFFL α=1"][0].startswith("**33.000 ± 0.100**")
    assert rows["Input (degraded)"][0] == "20.000"
    assert "3 seeds)" in markdown(config)


def test_no_note_on_the_paper_where_none_of_its_numbers_stands(study):
    assert "In parentheses" not in markdown(study)
    assert pd.read_csv(Layout.of(study).table("csv"))["published"].isna().all()


def test_trained_networks_have_no_untrained_label(make_study, write_results):
    config = make_study(feature_networks="imagenet")
    write_results(config, MEANS)
    write_table1(config)
    # the generator's output before training is another matter
    assert "untrained" not in markdown(config).replace("untrained output", "")


def test_without_set_metrics(make_study, write_results):
    config = make_study()
    write_results(config, {key: value for key, value in MEANS.items() if key[1] != "fd_vgg16"})
    write_table1(config)
    rows = rows_of(markdown(config))
    assert {len(cells) for cells in rows.values()} == {3}
    assert "N = 6 patches of 3 fields of view" in markdown(config)


def test_one_field_of_view_is_said_to_allow_no_test(make_study, write_results):
    config = make_study()
    for means in (MEANS, {key: value for key, value in MEANS.items() if key[1] == "psnr"}):
        write_results(config, means, fovs=1)
        write_table1(config)
        assert "A data set with one test field of view allows no test over fields of view." in markdown(config)
        assert "of 1 field of view" in markdown(config)
    write_results(config, MEANS)
    write_table1(config)
    assert "allows no test" not in markdown(config)


def test_methods_that_do_not_beat_the_best_classical_denoiser_are_named(make_study, write_results):
    config = make_study()
    for gaussian, note in ((30.0, None), (31.0, "Spatial only, FFL."), (34.0, "Spatial only, FFL, LFFL α=1.")):
        write_results(config, MEANS | {("gaussian", "psnr"): gaussian})
        write_table1(config)
        found = [line for line in markdown(config).splitlines() if "not above the best classical" in line]
        assert found == (
            [f"- tiny: not above the best classical denoiser in PSNR (Gaussian filter): {note}"] if note else []
        )


def test_a_study_of_one_method(make_study, write_results):
    config = make_study(methods=[{"name": "spatial"}], controls=[])
    write_results(config, MEANS)
    write_table1(config)
    assert rows_of(markdown(config))["Spatial only"] == ["**31.000**", "**0.800**", "**0.3000**", "**30.000**"]


@pytest.mark.parametrize("what", ["image_metrics", "set_metrics"])
def test_a_missing_tidy_file_is_named(study, what):
    getattr(Layout.of(study), what)("tiny", "ffl", 1, 0).unlink()
    with pytest.raises(FreqbenchError, match=r"ffl/split1_seed0(_set)?\.csv: no readable metrics"):
        write_table1(study)


def test_a_missing_audit_is_named(study):
    Layout.of(study).audit("tiny", 1).unlink()
    with pytest.raises(FreqbenchError, match=r"audit\.json: no such file"):
        write_table1(study)


def test_the_table_is_the_same_twice(study):
    first = [Layout.of(study).table(suffix).read_bytes() for suffix in TABLE_FORMS]
    write_table1(study)
    assert [Layout.of(study).table(suffix).read_bytes() for suffix in TABLE_FORMS] == first


def test_the_csv_says_what_each_number_is(study):
    table = table1(study, collect(study))
    assert set(table.columns) >= {"dataset", "method", "metric", "n", "fovs", "seeds", "mean", "run_sd", "label"}
    ours = table.set_index(["method", "metric"]).loc[("lffl_a1", "lpips")]
    assert (ours["label"], ours["image_level"], ours["fov_level"]) == ("LPIPS (untrained backbone)", "loss", "loss")
