r"""A table in LaTeX: one file that compiles as it is and that a paper can take with ``\input``."""

import re
from collections.abc import Iterator

from freqbench.reporting.blocks import Block, Cell, Page, Row

ROWS = 32
"""Rows of a table that still stand on one page; a longer one goes on below its repeated header."""

# the name @nodocument means \relax from \begin{document} on
HEAD = r"""% %(title)s. Written by freqbench.
% Compiles as it is. To take it into a paper: \usepackage{booktabs,graphicx,amssymb} and, where it shall stand, \input.
\expandafter\ifx\csname @nodocument\endcsname\relax
\def\freqbenchend{}
\else
\documentclass{article}
\usepackage[a4paper,landscape,margin=12mm]{geometry}
\usepackage{booktabs,graphicx,amssymb}
\def\freqbenchend{\end{document}}
\begin{document}
\fi"""

WIDE = r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%"
"""Makes what is wider than the line as wide as the line, and leaves the rest as it is."""

SYMBOLS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "`": r"\`{}",
    # after the end of a row they would be an option of it
    "*": "{*}",
    "[": "{[}",
    "\n": " ",
    "\u00a0": "~",
    "–": "--",
    "—": "---",
    "−": "$-$",
    "±": r"$\pm$",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "≤": r"$\le$",
    "≥": r"$\ge$",
    "∞": r"$\infty$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "→": r"$\rightarrow$",
    "▲": r"$\blacktriangle$",
    "▼": r"$\blacktriangledown$",
    "√": r"$\surd$",
    "²": "$^2$",
    "³": "$^3$",
    "°": r"$^\circ$",
    "µ": r"$\mu$",
    "α": r"$\alpha$",
    "β": r"$\beta$",
    "γ": r"$\gamma$",
    "λ": r"$\lambda$",
    "μ": r"$\mu$",
    "σ": r"$\sigma$",
    "“": "``",
    "”": "''",
    "‘": "`",
    "’": "'",
    "…": r"\dots{}",
} | {digit: f"$_{place}$" for place, digit in enumerate("₀₁₂₃₄₅₆₇₈₉")}

LATIN = ("\u00a1", "\u017f")
"""Letters with accents, which every engine prints."""

MINUS = re.compile(r"(?<![\w.-])-(?=\d)")


def latex(page: Page) -> str:
    r"""Return the table as a document, of which ``\input`` takes what is in it."""
    parts = [HEAD.replace("%(title)s", escaped(page.title))]
    for block in page.blocks:
        parts += _tables(block)
    notes = "\n".join(rf"\item {escaped(note)}" for note in page.notes)
    if notes:
        parts.append(f"{{\\small\\def\\labelitemi{{$\\bullet$}}\n\\begin{{itemize}}\n{notes}\n\\end{{itemize}}}}")
    return "\n\n".join([*parts, r"\freqbenchend"]) + "\n"


def escaped(text: str) -> str:
    """Return text with everything that LaTeX would read as a command, or could not print, in commands.

    A sign that no engine is sure to have is named by its code point.
    """
    return "".join(_sign(sign) for sign in MINUS.sub("−", text))


def _sign(sign: str) -> str:
    if sign in SYMBOLS:
        return SYMBOLS[sign]
    if sign.isascii():
        return sign if sign.isprintable() else " "
    return sign if LATIN[0] <= sign <= LATIN[1] else f"{{[}}U+{ord(sign):04X}]"


def _tables(block: Block) -> Iterator[str]:
    """Yield a block in as many tables as pages need."""
    for place, rows in enumerate(_portions(block.rows)):
        caption = escaped(block.caption) + (" (continued)" if place else "")
        lines = [rf"\noindent\begin{{minipage}}{{\linewidth}}\textbf{{{caption}}}\par\smallskip", WIDE]
        lines += [rf"\begin{{tabular}}{{{_columns(block)}}}", r"\toprule", _header(block), r"\midrule"]
        lines += [_row(block, row, is_first=row is rows[0]) for row in rows]
        lines += [r"\bottomrule", r"\end{tabular}}", r"\end{minipage}\par\bigskip"]
        yield "\n".join(lines)


def _portions(rows: list[Row]) -> Iterator[list[Row]]:
    """Yield rows in portions of at most `ROWS`; a portion ends where a group does, if there is one in it."""
    while len(rows) > ROWS:
        headings = [place for place in range(1, ROWS + 1) if not rows[place][1]]
        end = headings[-1] if headings else ROWS
        yield rows[:end]
        rows = rows[end:]
    yield rows


def _parts(block: Block) -> int:
    """Return how many columns of LaTeX a column has, so that numbers stand below each other: marks have their own."""
    return 1 + block.has_marks + block.has_published


def _columns(block: Block) -> str:
    if block.is_text:
        width = f"p{{{0.8 / max(1, len(block.headers)):.3f}\\linewidth}}"
        return "@{}l" + width * len(block.headers) + "@{}"
    one = "r" + r"@{\,}l" * block.has_marks + "@{ }l" * block.has_published
    gaps = [r"@{\qquad}" if place and place == block.apart else "" for place in range(len(block.headers))]
    return "@{}l" + "".join(gap + one for gap in gaps) + "@{}"


def _header(block: Block) -> str:
    parts = _parts(block)
    side = "l" if block.is_text else "r" if parts == 1 else "c"
    cells = [rf"\multicolumn{{{parts}}}{{{side}}}{{{escaped(header)}}}" for header in block.headers]
    return " & ".join([escaped(block.first), *cells]) + r" \\"


def _row(block: Block, row: Row, *, is_first: bool) -> str:
    name, cells = row
    if not cells:
        width = 1 + len(block.headers) * _parts(block)
        line = rf"\multicolumn{{{width}}}{{@{{}}l}}{{\emph{{{escaped(name)}}}}} \\"
        return line if is_first else "\\addlinespace\n" + line
    return " & ".join([escaped(name), *(_cell(block, cell) for cell in cells)]) + r" \\"


def _cell(block: Block, cell: Cell) -> str:
    parts = [rf"\textbf{{{escaped(cell.text)}}}" if cell.best else escaped(cell.text)]
    if block.has_marks:
        parts.append(escaped(cell.marks))
    if block.has_published:
        parts.append(f"({escaped(cell.published)})" if cell.published else "")
    return " & ".join(parts)
