"""The common style of the figures, and how they are written: the same study gives the same files."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from freqbench.files import atomic_path

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMS = ("png", "pdf")
"""For the page and for the paper."""
DOTS_PER_INCH = 200


@contextmanager
def figure_style(*, frame: bool = True, points: float = 7) -> Iterator[None]:
    """Draw in the common style within this context.

    Args:
        frame: whether axes have all four sides, as pictures do; plots have the left and the lower one.
        points: size of the text. 7 is for a figure as wide as a paper's page; one that is shrunk needs more.
    """
    import matplotlib as mpl

    settings: Any = {
        "pdf.fonttype": 42,  # text stays text in the PDF
        "font.size": points,
        "axes.titlesize": points + 1,
        **dict.fromkeys(("xtick.labelsize", "ytick.labelsize", "legend.fontsize"), points - 0.5),
        **dict.fromkeys(("axes.linewidth", "xtick.major.width", "ytick.major.width"), 0.6),
        **dict.fromkeys(("axes.spines.top", "axes.spines.right"), frame),
    }
    with mpl.rc_context(settings):
        yield


def by_form(path: Callable[[str], Path]) -> list[Path]:
    """Return the paths of a figure in all its forms, given its path by suffix."""
    return [path(suffix) for suffix in FORMS]


def save_figure(figure: "Figure", paths: Iterable[Path]) -> None:
    """Write a figure to each path, in the form of its suffix; none is left half-written."""
    for path in paths:
        with atomic_path(path) as temporary:
            # without the date, the same study gives the same file
            metadata = {"CreationDate": None} if path.suffix == ".pdf" else None
            figure.savefig(temporary, dpi=DOTS_PER_INCH, metadata=metadata)
