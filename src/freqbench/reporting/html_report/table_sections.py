"""The tables of the report: the pages of a study's tables, each a section of its own."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from freqbench.nuclei.results import segmented
from freqbench.reporting.blocks import Block, Page
from freqbench.reporting.cost_table import cost_page, training_costs
from freqbench.reporting.differences_table import differences_page
from freqbench.reporting.fov_table import fov_page, study_fov_means
from freqbench.reporting.frc_table import frc_page
from freqbench.reporting.html_report.sources import Sources
from freqbench.reporting.image_table import image_page, image_values
from freqbench.reporting.matrix_table import matrix_page, matrix_values
from freqbench.reporting.nuclei_table import nuclei_page
from freqbench.reporting.table1 import table1_page
from freqbench.reporting.variance_table import variance_page

SHORT = 8
"""Rows that are looked through at a glance."""


@dataclass(frozen=True)
class TableGroup:
    """Blocks of one form, printed as one table: their columns stand below each other.

    Attributes:
        blocks: its parts, with the same headers.
    """

    blocks: tuple[Block, ...]

    @property
    def form(self) -> Block:
        """A block whose headers are those of all."""
        return self.blocks[0]

    @property
    def has_marks(self) -> bool:
        """Whether a cell of any part has marks."""
        return any(block.has_marks for block in self.blocks)

    @property
    def has_published(self) -> bool:
        """Whether a number of the paper stands in any part."""
        return any(block.has_published for block in self.blocks)


@dataclass(frozen=True)
class TableSection:
    """A section of the report with tables.

    Attributes:
        anchor: its identifier in the page.
        title: its heading.
        groups: its tables.
        legend: what must be known to read them; may be empty.
        notes: what should be known besides.
        folded: further tables, to be unfolded.
    """

    anchor: str
    title: str
    groups: Sequence[TableGroup]
    legend: str = ""
    notes: Sequence[str] = ()
    folded: Sequence[TableGroup] = ()

    @property
    def is_long(self) -> bool:
        """Whether a reader may want to see some of its rows alone."""
        blocks = [block for group in (*self.groups, *self.folded) for block in group.blocks]
        return sum(len(block.rows) for block in blocks) > SHORT


def grouped(blocks: Iterable[Block]) -> list[TableGroup]:
    """Return blocks as tables: neighbours with the same headers become one."""
    groups: list[list[Block]] = []
    for block in blocks:
        if groups and _form(groups[-1][0]) == _form(block):
            groups[-1].append(block)
        else:
            groups.append([block])
    return [TableGroup(tuple(blocks)) for blocks in groups]


def _form(block: Block) -> tuple[object, ...]:
    return tuple(block.headers), block.first, block.apart, block.is_text


def section_of(anchor: str, title: str, page: Page, told: set[str], about: tuple[str, ...]) -> TableSection | None:
    """Return the section of a table; None where it has no rows.

    Args:
        anchor: identifier of the section.
        title: its heading.
        page: the table.
        told: notes that stand elsewhere in the report and are not repeated.
        about: how notes begin that are about one data set.
    """
    blocks = [block for block in page.blocks if block.rows]
    if not blocks:
        return None
    notes = [note for note in page.notes if note not in told]
    # what a table is comes before what is so in one of its data sets
    legend = next((note for note in notes if not note.startswith(about)), "")
    notes = [note for note in notes if note != legend]
    # what the metrics are has a section of its own
    folded = [block for block in page.details if not block.is_text]
    return TableSection(anchor, title, grouped(blocks), legend, notes, grouped(folded))


def _leakage(sources: Sources) -> Page | None:
    return None if sources.leakage is None else sources.leakage[1]


def _images(sources: Sources) -> Page | None:
    return image_page(sources.config, image_values(sources.config)) if sources.config.image_table else None


def _matrix(sources: Sources) -> Page | None:
    return matrix_page(sources.config, matrix_values(sources.config)) if sources.config.generators else None


def _nuclei(sources: Sources) -> Page | None:
    return nuclei_page(sources.config)[1] if segmented(sources.config) else None


PAGES: tuple[tuple[str, str, Callable[[Sources], Page | None]], ...] = (
    ("table1", "Table 1", lambda of: table1_page(of.config, of.results, of.numbers)),
    ("differences", "Differences between methods", lambda of: differences_page(of.config, of.results.statistics)),
    ("matrix", "Losses and generators", _matrix),
    ("nuclei", "Nuclei", _nuclei),
    ("images", "Image by image", _images),
    ("fields", "Fields of view", lambda of: fov_page(of.config, study_fov_means(of.config))),
    ("resolution", "Resolution", lambda of: frc_page(of.config)[1]),
    ("leakage", "What scores owe to leakage", _leakage),
    ("variance", "Where scores vary", lambda of: variance_page(of.config)[1]),
    ("costs", "Costs", lambda of: cost_page(of.config, training_costs(of.config))),
)
"""Identifier and heading of the section of each table, and its page, None where the study has none."""


def table_sections(sources: Sources, told: set[str]) -> dict[str, TableSection]:
    """Return the sections of all tables by their identifier; those without rows are left out.

    Args:
        sources: the study.
        told: notes that stand elsewhere in the report.

    Raises:
        FreqbenchError: if a tidy file, a manifest or an audit is missing.
    """
    sections = {}
    about = tuple(f"{name}{end}" for name in sources.config.datasets for end in (":", ","))
    for anchor, title, page_of in PAGES:
        page = page_of(sources)
        section = None if page is None else section_of(anchor, title, page, told, about)
        if section is not None:
            sections[anchor] = section
    return sections
