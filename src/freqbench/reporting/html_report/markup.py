"""Text as a page shows it: code in its own letters, marks in their colours, minus signs. All else is escaped."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markupsafe import Markup

CODE = re.compile(r"`([^`]+)`")
BREAK = re.compile(r"(?<=[._])")
"""Where a long name may go on in the next line."""
HYPHEN = re.compile(r"(?<![\w.)-])-(?=\d)")
"""A hyphen that stands for a minus."""
JOINT = re.compile(r" (?=[↑↓]$|%)")
MARK_CLASSES = {"▲": "mark-better", "▼": "mark-worse"}


def code_spans(text: str) -> "Markup":
    """Return a text with what stands between backticks as code."""
    from markupsafe import Markup, escape

    parts = CODE.split(text)
    shown = (
        Markup("<code>{}</code>").format(Markup("<wbr>").join(BREAK.split(part))) if place % 2 else escape(part)
        for place, part in enumerate(parts)
    )
    return Markup("").join(shown)


def coloured(marks: str) -> "Markup":
    """Return marks of better and worse in their colours; their form says the same."""
    from markupsafe import Markup, escape

    return Markup("").join(
        Markup('<span class="{}">{}</span>').format(MARK_CLASSES[mark], mark) if mark in MARK_CLASSES else escape(mark)
        for mark in marks
    )


def with_minus(text: str) -> str:
    """Return a text whose numbers have a minus sign, which is as wide as a plus, and no hyphen."""
    return HYPHEN.sub("−", text)


def kept_together(header: str) -> str:
    """Return a header whose arrow stays on the line of its last word, and a percent sign on that of its number."""
    return JOINT.sub("\u00a0", header)
