"""Put the report together: one file, small enough to send, that a browser opens without a network."""

import base64
import hashlib
import json
from importlib import resources
from itertools import groupby
from typing import TYPE_CHECKING, Any

from freqbench.config import Config
from freqbench.errors import FreqbenchError
from freqbench.files import write_text
from freqbench.layout import Layout
from freqbench.metrics.contracts import contract_of
from freqbench.reporting.html_report.audit_section import audit_section
from freqbench.reporting.html_report.browser import fitted, shown_datasets
from freqbench.reporting.html_report.choices import choices_block
from freqbench.reporting.html_report.figure_section import EmbeddedFigure, embedded_figures
from freqbench.reporting.html_report.limitations import limitations
from freqbench.reporting.html_report.markup import code_spans, coloured, kept_together, with_minus
from freqbench.reporting.html_report.paper_and_leakage import beside_the_paper, owed_to_leakage
from freqbench.reporting.html_report.provenance_blocks import images_block, software_block
from freqbench.reporting.html_report.sort_keys import sort_key
from freqbench.reporting.html_report.sources import Sources, read_sources
from freqbench.reporting.html_report.summary import summarise_study
from freqbench.reporting.html_report.table_sections import TableSection, grouped, table_sections
from freqbench.reporting.metric_notes import contract_block, metric_notes
from freqbench.reporting.table1 import labels_of

if TYPE_CHECKING:
    from jinja2 import Environment

LARGEST = 15_000_000
"""Characters of the page at most: what a mail server lets through."""
FOR_FIGURES = 0.6
"""Share of what the tables leave that figures may take; the browser has the rest, and what figures leave."""
FIRST_TABLES = ("table1", "differences")
"""Tables that stand before images and figures."""
SCRIPTS = ("tables.js", "images.js", "page.js")


def write_report(config: Config) -> None:
    """Write the report of a finished study.

    Raises:
        FreqbenchError: if a file of the study is missing, or its tables alone are too large for one page.
    """
    write_text(Layout.of(config).report, report_html(read_sources(config)))


def report_html(sources: Sources, largest: int = LARGEST) -> str:
    """Return the report as one page.

    Args:
        sources: the study.
        largest: how many bytes it may take.

    Raises:
        FreqbenchError: if a file is missing, or words and tables alone take more.
    """
    content = _content(sources)
    # words and tables first: they are the report, images fill what they leave
    room = largest - len(_rendered(content, [], 1.0, []).encode())
    if room <= 0:
        raise FreqbenchError(f"{sources.layout.report}: the tables alone take more than {largest:,} bytes")
    figures, scale = embedded_figures(sources.config, sources.layout, int(FOR_FIGURES * room))
    # what stands around the images
    room -= len(_rendered(content, figures, scale, []).encode()) - (largest - room)
    browser = fitted(shown_datasets(sources.config), int(0.98 * room))
    return _rendered(content, figures, scale, browser)


def _content(sources: Sources) -> dict[str, Any]:
    """Return all that the page says in words and tables."""
    labels, limits = labels_of(sources.numbers), limitations(sources)
    tables = table_sections(sources, {*limits, *metric_notes(labels)})
    tables |= {"audit": audit_section(sources)}
    if "costs" in tables:
        tables["costs"] = tables.pop("costs")
    tables["metrics"] = TableSection("metrics", "Metrics", grouped([contract_block(labels)]))
    tables["choices"] = TableSection("choices", "Choices", grouped([choices_block()]))
    made = grouped([software_block(sources), images_block(sources)])
    tables["made"] = TableSection("made", "How it was made", made)
    return {
        "study": sources.config.name,
        "tier": sources.config.tier,
        "facts": _facts(sources),
        "summary": summarise_study(sources),
        "further": [*beside_the_paper(sources), *owed_to_leakage(sources)],
        "limitations": limits,
        "tables": tables,
        "configuration": json.dumps(sources.manifest["configuration"], indent=2, ensure_ascii=False),
    }


def _facts(sources: Sources) -> list[tuple[str, str]]:
    """Return what the study consists of, from its results."""
    config, images = sources.config, sources.results.patches
    facts = []
    for name, dataset in config.datasets.items():
        own = images[images["dataset"] == name]
        parts = [dataset.task, f"{own['fov'].nunique()} test fields of view", f"{own['patch_id'].nunique()} patches"]
        facts.append((name, ", ".join(parts).replace("1 test fields", "1 test field")))
    facts.append(("trained methods", str(len(config.methods))))
    facts.append(("seeds", ", ".join(map(str, config.seeds))))
    facts.append(("metrics", ", ".join(contract_of(name).label for name in labels_of(sources.numbers))))
    facts.append(("finished", f"{sources.manifest['written'][:16].replace('T', ' ')} UTC"))
    return facts


def _rendered(
    content: dict[str, Any], figures: list[EmbeddedFigure], scale: float, browser: list[dict[str, Any]]
) -> str:
    script, style = _file(*SCRIPTS), _file("report.css")
    tables: dict[str, TableSection] = content["tables"]
    first = {name: tables[name].title for name in FIRST_TABLES if name in tables}
    rest = {name: section.title for name, section in tables.items() if name not in first}
    sections = {"summary": "Summary", "limitations": "Limitations", **first}
    sections |= {"images": "Images"} if browser else {}
    sections |= {"figures": "Figures"} if figures else {}
    kinds = [(*key, list(kind)) for key, kind in groupby(figures, lambda figure: (figure.title, figure.caption))]
    # a policy of hashes: what is not in these files is not run, whatever a name in the study holds
    return (
        environment()
        .get_template("report/page.html.j2")
        .render(
            **content,
            sections=sections | rest | {"configuration": "Configuration"},
            first_tables=first,
            further_tables=rest,
            figures=kinds,
            scale=scale,
            browser=browser,
            script=script,
            style=style,
            script_hash=_csp_hash(script),
            style_hash=_csp_hash(style),
        )
    )


def environment() -> "Environment":
    """Return the templates, which escape whatever they print."""
    import jinja2

    made = jinja2.Environment(
        loader=jinja2.PackageLoader("freqbench.reporting"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters = (sort_key, code_spans, coloured, with_minus, kept_together)
    made.filters |= {function.__name__: function for function in filters}
    made.policies["json.dumps_kwargs"] = {"sort_keys": False, "ensure_ascii": False}
    return made


def _file(*names: str) -> str:
    folder = resources.files("freqbench.reporting") / "templates" / "report"
    return "\n".join((folder / name).read_text(encoding="utf-8").strip() for name in names)


def _csp_hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
