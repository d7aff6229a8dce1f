"""What the cells of a printed table are sorted by: the number that a reader sees first in them."""

import math
import re

NUMBER = re.compile(r"[+\-−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[+-]?\d+)?|[+\-−]?∞", re.IGNORECASE)
SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}
"""Units of times, which one column may mix."""
UNIT = re.compile(r"\s(s|min|h)(?![a-z])")
UNSORTED = 1e300
"""Stands for infinity, which no attribute of a page can hold as a number that all browsers read."""


def sort_key(text: str) -> float | None:
    """Return the number that stands first in a cell; None where there is none, as in ``n/a``.

    A number after ``<`` or ``≤`` comes before the same number without it. Times are in seconds.

    Args:
        text: the cell as it is printed, such as ``+0.61``, ``1,024``, ``0.5 (0.4 to 0.6)``, ``< 0.0001``, ``2.5 min``.
    """
    found = NUMBER.search(text)
    if found is None or text[: found.start()].strip(" <≤×("):
        return None
    digits = found.group().replace(",", "").replace("−", "-")
    if digits.endswith("∞"):
        return -UNSORTED if digits.startswith("-") else UNSORTED
    unit = UNIT.match(text[found.end() :])
    value = float(digits) * (SECONDS[unit.group(1)] if unit else 1.0)
    return math.nextafter(value, -math.inf) if text.lstrip().startswith(("<", "≤")) else value
