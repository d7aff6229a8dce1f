"""The colour, marker and line of each method: the same in all figures of a study."""

import itertools
from dataclasses import dataclass, replace
from typing import Any, Literal

from freqbench.config import Config
from freqbench.config.names import base_name

Line = Any
"""A line style of matplotlib: a name, or offset and lengths of its dashes."""
Marker = str | tuple[int, Literal[1], int]
"""A marker of matplotlib: a name, or a star by its points, 1, and its angle in degrees."""
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Okabe and Ito, without yellow, which is lost on white, and black, which is a control's."""
LINES: tuple[Line, ...] = ("-", "--", "-.", (0, (4, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (6, 2)))
FURTHER_MARKERS = ("X", "d", "h", "p", "8", "H")


@dataclass(frozen=True)
class MethodStyle:
    """How a method is drawn.

    Attributes:
        colour: of lines and markers.
        marker: of points, one that can be filled or open.
        line: of curves.
    """

    colour: str
    marker: Marker
    line: Line


KNOWN = {
    "input": MethodStyle("0.6", "v", "-"),
    "gaussian": MethodStyle("0.4", "^", "--"),
    "tv": MethodStyle("0.6", (4, 1, 0), "-."),
    "nlm": MethodStyle("0.6", (3, 1, 0), (0, (1, 1))),
    "bm3d": MethodStyle("0.6", (6, 1, 0), (0, (6, 2))),
    "gat_gaussian": MethodStyle("0.35", (3, 1, 180), "--"),
    "gat_tv": MethodStyle("0.35", (4, 1, 45), "-."),
    "gat_nlm": MethodStyle("0.35", (5, 1, 180), (0, (1, 1))),
    "gat_bm3d": MethodStyle("0.35", (7, 1, 0), (0, (6, 2))),
    "average16": MethodStyle("0.0", (8, 1, 0), (0, (4, 1, 1, 1))),
    "clean": MethodStyle("0.0", "*", "-"),
    "spatial": MethodStyle(COLOURS[0], "o", LINES[0]),
    "lffl_a1": MethodStyle(COLOURS[1], "P", LINES[1]),
    "fsl": MethodStyle(COLOURS[2], "D", LINES[2]),
    "lffl_a0.5": MethodStyle(COLOURS[3], "<", LINES[3]),
    "ffl": MethodStyle(COLOURS[4], "s", LINES[4]),
    "lffl_a2": MethodStyle(COLOURS[5], ">", LINES[5]),
}
"""Controls are grey, dark behind the generalised Anscombe transformation; the LFFL paper's methods are coloured.

No two share a marker, and no two of the paper's a line.
"""


def method_styles(config: Config) -> dict[str, MethodStyle]:
    """Return the style of each method of a study, also of those that one data set lacks.

    Methods that are not in the paper come after it in the order of the configuration. With several generators a
    method keeps marker and line, and its colour says which of them, in the order of `COLOURS`.
    """
    names = list(dict.fromkeys(base_name(name) for name in config.method_names))
    further = [name for name in names if name not in KNOWN]
    styles = {name: KNOWN[name] for name in names if name in KNOWN}
    styles |= {name: further_style(place) for place, name in enumerate(further)}
    if not config.generators:
        return styles
    colours = dict(zip(config.generators, itertools.cycle(COLOURS), strict=False))
    of_methods = {
        method.name: replace(styles[base_name(method.name)], colour=colours[str(method.generator)])
        for method in config.methods
    }
    return {name: styles[name] for name in config.controls} | of_methods


def further_style(place: int) -> MethodStyle:
    """Return a style that no known method has, and no further one of the first 24.

    Args:
        place: number of the method among the further ones, from 0.
    """
    colour, round_ = place % len(COLOURS), place // len(COLOURS)
    marker = FURTHER_MARKERS[(colour + round_) % len(FURTHER_MARKERS)]
    # the known method of this colour has the line of the colour's place
    return MethodStyle(COLOURS[colour], marker, LINES[(colour + 1 + round_) % len(LINES)])
