"""The LaTeX of a table: what is escaped, its structure, and that it compiles alone and inside a paper."""

import re
import shutil
import subprocess

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from freqbench.reporting.blocks import Block, Cell, Page
from freqbench.reporting.latex import ROWS, escaped, latex
from freqbench.reporting.table1 import write_table1

ENGINES = ("pdflatex", "lualatex", "tectonic")
ENGINE = next((name for name in ENGINES if shutil.which(name)), None)

NUMBERS = Block(
    "tiny_set & 95 % of #1 {x}",
    ["PSNR ↑", "GMSD ↓", "KID ↓"],
    [
        ("LFFL α=0.5", [Cell("33.675 ± 0.010", "▲▲", "34.118*", best=True), Cell("0.0503", "–▼", "0.0488"), Cell("")]),
        ("Further losses", []),
        ("mine_1", [Cell("∞"), Cell("-0.0014"), Cell("n/a")]),
    ],
    apart=2,
)
TEXT = Block("What each is", ["settings"], [("PSNR", [Cell("K1 0.01 × 10³, [0, 1], ~a^b_c\\d")])], "Metric", None, True)
PAGE = Page("Table 1, study a_b", [NUMBERS, TEXT], ["100 % of λ₁ at −3 dB & “more” <b> [x] *y* `z` — Bińkowski, 中"])

UNESCAPED = re.compile(r"(?<!\\)[&%#_]")


@pytest.mark.parametrize(
    ("plain", "expected"),
    [
        ("a_b & c%", r"a\_b \& c\%"),
        ("α=1", r"$\alpha$=1"),
        ("▲▼–", r"$\blacktriangle$$\blacktriangledown$--"),
        ("33 ± 0.1 × 2", r"33 $\pm$ 0.1 $\times$ 2"),
        ("PSNR ↑, GMSD ↓", r"PSNR $\uparrow$, GMSD $\downarrow$"),
        ("-0.0014 to -0.5", "$-$0.0014 to $-$0.5"),
        ("FD-VGG16, 1e-05, 2020-12", "FD-VGG16, 1e-05, 2020-12"),
        ("{x}\\y", r"\{x\}\textbackslash{}y"),
        ("[0, 1]*", "{[}0, 1]{*}"),
        ("λ₁ of Bińkowski", r"$\lambda$$_1$ of Bińkowski"),
        ("中", "{[}U+4E2D]"),
        ("a\nb\t", "a b "),
    ],
)
def test_what_is_escaped(plain, expected):
    assert escaped(plain) == expected


@given(st.text())
@example('$&%#_{}~^\\<>|*["`')
def test_nothing_that_latex_would_read_as_its_own_is_left(text):
    shown = escaped(text)
    assert not UNESCAPED.search(shown)
    bare = shown.replace(r"\{", "").replace(r"\}", "")
    depth = 0
    for sign in bare:
        depth += (sign == "{") - (sign == "}")
        assert depth >= 0
    assert depth == 0
    assert re.sub(r"\\\$", "", shown).count("$") % 2 == 0
    assert "\n" not in shown


def check_structure(text):
    """Assert that environments are closed in order, and that every row has as many columns as its table."""
    opened = []
    for kind, name in re.findall(r"\\(begin|end)\{(\w+\*?)\}", text):
        if name == "document":
            continue
        if kind == "begin":
            opened.append(name)
        else:
            assert opened.pop() == name
    assert opened == []
    assert text.count(r"\begin{document}") == text.count(r"\end{document}") == 1
    for columns, body in re.findall(r"\\begin\{tabular\}\{([^\n]*)\}\n(.*?)\\end\{tabular\}", text, re.DOTALL):
        # what stands between columns is no column
        width = len(re.findall(r"[lrp]", re.sub(r"@\{[^}]*\}|\{[\d.]+\\linewidth\}", "", columns)))
        rows = [line for line in body.splitlines() if line.endswith(r"\\")]
        assert rows
        for row in rows:
            spans = [int(number) for number in re.findall(r"\\multicolumn\{(\d+)\}", row)]
            assert len(re.findall(r"(?<!\\)&", row)) + 1 + sum(spans) - len(spans) == width


def test_marks_and_published_numbers_have_their_own_columns():
    text = latex(PAGE)
    check_structure(text)
    assert r"\begin{tabular}{@{}lr@{\,}l@{ }lr@{\,}l@{ }l@{\qquad}r@{\,}l@{ }l@{}}" in text
    first = r"\textbf{33.675 $\pm$ 0.010} & $\blacktriangle$$\blacktriangle$ & (34.118{*})"
    assert rf"LFFL $\alpha$=0.5 & {first} & 0.0503 & --$\blacktriangledown$ & (0.0488) &  &  &  \\" in text
    assert "\\addlinespace\n\\multicolumn{10}{@{}l}{\\emph{Further losses}} \\\\" in text


@pytest.mark.parametrize("apart", [None, 0, 1, 2])
@pytest.mark.parametrize("published", ["", "1.0"])
@pytest.mark.parametrize("marks", ["", "▲"])
def test_every_kind_of_block_is_well_formed(apart, published, marks):
    rows = [("a", [Cell("1", marks, published), Cell("2")]), ("heading", []), ("b", [Cell("3"), Cell("4")])]
    check_structure(latex(Page("t", [Block("c", ["x", "y"], rows, apart=apart)], [])))


@given(st.lists(st.booleans(), max_size=150))
def test_a_long_table_goes_on_on_further_pages_and_loses_no_row(kinds):
    rows = [(f"row{place}", [Cell("1")] if is_row else []) for place, is_row in enumerate(kinds)]
    text = latex(Page("t", [Block("c", ["x"], rows)], []))
    tables = text.split(r"\begin{tabular}")[1:]
    assert [int(number) for number in re.findall(r"row(\d+)", text)] == list(range(len(rows)))
    assert all(len(re.findall(r"row\d+", table)) <= ROWS for table in tables)
    assert text.count("(continued)") == len(tables) - 1
    assert text.count(r"\toprule") == len(tables)


def test_a_long_table_is_cut_between_its_groups():
    rows = [row for group in "abcdefgh" for row in [(group, []), *[(f"{group}{n}", [Cell("1")]) for n in range(6)]]]
    tables = latex(Page("t", [Block("c", ["x"], rows)], [])).split(r"\begin{tabular}")[1:]
    assert [re.findall(r"\\emph\{(\w)\}", table) for table in tables] == [["a", "b", "c", "d"], ["e", "f", "g", "h"]]


def test_table1_has_a_well_formed_document(make_study, write_results):
    from freqbench.layout import Layout

    config = make_study(note="50 % of {it} & more_over", datasets={"tiny": {"published_as": "fmd_zebrafish"}})
    means = {(method, metric): 0.5 for method in config.method_names for metric in ("psnr", "ssim", "fd_vgg16")}
    write_results(config, means)
    write_table1(config)
    text = Layout.of(config).table("tex").read_text(encoding="utf-8")
    check_structure(text)
    assert text.startswith("% Table 1, study tiny.")
    assert r"50 \% of \{it\} \& more\_over" in text


@pytest.mark.skipif(ENGINE is None, reason=f"no TeX engine is installed ({', '.join(ENGINES)})")
@pytest.mark.parametrize("use", ["alone", "in a paper"])
def test_it_compiles_alone_and_inside_a_paper(tmp_path, use):
    long = Block("long", ["x"] * 40, [(f"row{n}", [Cell("123.456")] * 40) for n in range(2 * ROWS + 1)])
    (tmp_path / "table1.tex").write_text(latex(Page(PAGE.title, [*PAGE.blocks, long], PAGE.notes)), encoding="utf-8")
    name = "table1.tex"
    if use == "in a paper":
        name = "paper.tex"
        packages = r"\usepackage{booktabs,graphicx,amssymb}"
        body = "Before.\n\\input{table1}\nAfter."
        paper = f"\\documentclass[twocolumn]{{article}}\n{packages}\n\\begin{{document}}\n{body}\n\\end{{document}}\n"
        (tmp_path / name).write_text(paper, encoding="utf-8")
    options = [] if ENGINE == "tectonic" else ["-interaction=nonstopmode", "-halt-on-error"]
    done = subprocess.run([str(ENGINE), *options, name], cwd=tmp_path, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert (tmp_path / name).with_suffix(".pdf").stat().st_size > 1000
    # what is wider than a line is made smaller: nothing reaches out of the page
    assert "Overfull" not in said
