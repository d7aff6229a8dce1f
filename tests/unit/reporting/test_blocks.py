"""A table in Markdown and HTML: headings of groups, columns that stand apart, what is folded away, escaping."""

import re

from freqbench.reporting.blocks import Block, Cell, Page, html, markdown, write_page

ROWS = [
    ("Spatial only", [Cell("1.0", "▲", "1.1*", best=True), Cell("2.0")]),
    ("Controls", []),
    ("Input", [Cell("0.5"), Cell("3.0")]),
]
BLOCK = Block("tiny | set", ["PSNR ↑", "KID ↓"], ROWS, first="Loss", apart=1)
TEXT = Block("What each metric is", ["settings"], [("PSNR", [Cell("a | b <c>")])], first="Metric", is_text=True)


def test_markdown():
    assert markdown(Page("Title", [BLOCK, TEXT], ["one", "two"])) == (
        "**tiny \\| set**\n\n"
        "| Loss | PSNR ↑ | KID ↓ |\n"
        "|---|---:|---:|\n"
        "| Spatial only | **1.0**▲ (1.1*) | 2.0 |\n"
        "| *Controls* |  |  |\n"
        "| Input | 0.5 | 3.0 |\n\n"
        "**What each metric is**\n\n"
        "| Metric | settings |\n"
        "|---|---|\n"
        "| PSNR | a \\| b <c> |\n\n"
        "- one\n- two\n"
    )


def test_html_marks_groups_and_columns_and_escapes():
    page = html(Page("Title & more", [BLOCK], ["<note>"], [TEXT]))
    assert "<title>Title &amp; more</title>" in page
    assert '<tr class="group"><th scope="rowgroup" colspan="3">Controls</th></tr>' in page
    assert page.count('class="apart"') == 3, "the header and both rows"
    assert "<li>&lt;note&gt;</li>" in page
    assert '<strong>1.0</strong><span class="marks">▲</span><span class="published"> (1.1*)</span>' in page


def test_html_folds_details_away_and_markdown_leaves_them_out():
    page = Page("Title", [BLOCK], [], [TEXT])
    details = re.search(r"<details>(.*)</details>", html(page), re.DOTALL)[1]
    assert "<summary>What each metric is</summary>" in details
    assert '<table class="text">' in details
    assert "a | b &lt;c&gt;" in details
    assert "What each metric is" not in markdown(page)


def test_a_block_without_marks_or_published_numbers_has_no_room_for_them():
    plain = Block("c", ["x"], [("a", [Cell("1")])])
    page = html(Page("t", [plain], []))
    assert '<span class="marks"' not in page
    assert '<span class="published"' not in page
    assert not plain.has_marks
    assert not plain.has_published


def test_all_forms_are_written(tmp_path):
    write_page(lambda form: tmp_path / f"table.{form}", Page("t", [BLOCK], ["n"]))
    assert {path.suffix for path in tmp_path.iterdir()} == {".md", ".html", ".tex"}
