"""Images by methods, in the shape of the CARE study's Tables 2 to 11: input, values, improvement, paired p-values."""

from typing import Any

import pandas as pd

from freqbench.config import CONTROLS, Config
from freqbench.files import atomic_path
from freqbench.gathered import read_gathered
from freqbench.layout import Layout
from freqbench.metrics.contracts import contract_of, label_for
from freqbench.published.care_study import Cell as Place
from freqbench.published.care_study import read_care_study
from freqbench.reporting.blocks import Block, Cell, Page, Row, write_page
from freqbench.reporting.care_findings import PRINTED, findings_block, findings_notes
from freqbench.reporting.collect import read_verdicts
from freqbench.reporting.labels import method_label, study_notes
from freqbench.reporting.method_rows import metric_order
from freqbench.reporting.numbers import ARROWS, number, probability, signed
from freqbench.reporting.repeated_captures import repeated_capture_notes
from freqbench.statistics.per_image import COLUMNS, INPUT, Unit, per_image

NOUNS: dict[str, tuple[str, str]] = {"image": ("image", "images"), "field": ("field of view", "fields of view")}
"""What a unit is called: one, and several."""

READING = (
    "Value: mean over the patches of the row, and over seeds and splits. Improvement: mean difference to the input. "
    "Bold: best trained method of the row.",
    "p: two-sided paired t-test between two methods, as in the CARE study, not corrected for the number of tests; the "
    "table of differences has Holm's correction and intervals. Images of one field of view are not independent: the "
    "test over fields of view is the one that speaks of other specimens.",
)
OF_THE_STUDY = (
    "Printed by the CARE study: means that it prints and what follows from them. Its images are not public, so its "
    "numbers stand in blocks of their own: other images, another network of the same design, other settings. Only the "
    "order of the methods may be looked at, with care."
)


def write_image_table(config: Config) -> None:
    """Write the per-image table as CSV, Markdown, HTML and LaTeX.

    Raises:
        FreqbenchError: if a tidy file or an audit is missing.
    """
    layout = Layout.of(config)
    table = image_values(config)
    with atomic_path(layout.image_table("csv")) as temporary:
        table.to_csv(temporary, index=False, float_format="%.9g")
    write_page(layout.image_table, image_page(config, table))


def image_values(config: Config) -> pd.DataFrame:
    """Return every number of the table: ``dataset, metric`` and the columns of `freqbench.statistics.per_image`.

    Raises:
        FreqbenchError: if a tidy file is missing.
    """
    assert config.image_table is not None
    unit = config.image_table.rows
    parts = []
    for dataset in config.datasets:
        metrics = read_gathered(config, dataset, "images")
        methods = [method.name for method in config.methods_of(dataset)]
        for metric in metric_order(metrics["metric"])[0]:
            chosen = metrics[(metrics["metric"] == metric) & metrics["method"].isin([INPUT, *methods])]
            parts.append(per_image(chosen, methods, unit).assign(dataset=dataset, metric=metric))
    return pd.concat(parts, ignore_index=True)[["dataset", "metric", *COLUMNS]]


def image_page(config: Config, table: pd.DataFrame) -> Page:
    """Return the table as it is printed, a block for each data set and metric.

    Args:
        config: the study.
        table: as `image_values` returns it.

    Raises:
        FreqbenchError: if an audit is missing.
    """
    assert config.image_table is not None
    blocks: list[Block] = []
    experiments = config.image_table.experiments
    for (dataset, metric), chosen in table.groupby(["dataset", "metric"], sort=False):
        blocks.append(_block(config, chosen, str(dataset), str(metric)))
        if str(dataset) in experiments and str(metric) in PRINTED:
            blocks.append(_printed(experiments[str(dataset)], str(dataset), str(metric)))
    found = findings_block(config, table)
    blocks += [found] if found else []
    notes = study_notes(config, {name: read_verdicts(config, name) for name in config.datasets})
    notes += repeated_capture_notes(config)
    of_the_study = [OF_THE_STUDY, *findings_notes(config, table)] if experiments else []
    return Page(f"Image by image, study {config.name}", blocks, [*notes, *READING, *of_the_study])


def _block(config: Config, chosen: pd.DataFrame, dataset: str, metric: str) -> Block:
    values = chosen[chosen["quantity"] == "value"]
    unit: Unit = values["unit"].iloc[0]
    methods = [INPUT, *(method.name for method in config.methods_of(dataset))]
    rows: list[Row] = []
    for (fov, capture), of_row in values.groupby(["fov", "capture"], sort=False):
        by_method = of_row.set_index("method")["value"]
        rows.append((f"{fov} {capture}".strip(), _cells(by_method, methods, metric)))
    means = _of(chosen, "mean").set_index("method")["value"]
    rows += [(f"Over {_counted(len(rows), unit)}", []), ("Mean", _cells(means, methods, metric))]
    gains = _of(chosen, "improvement").set_index("method")["value"]
    rows.append(("Improvement over input", [Cell(_signed(gains, name, metric)) for name in methods]))
    tests = _of(chosen, "p_value")
    for tested in dict.fromkeys(tests["unit"]):
        of_unit = tests[tests["unit"] == tested]
        rows.append((f"p, paired t-test over {_counted(int(of_unit['n'].max()), tested)}", []))
        p_values = of_unit.set_index(["against", "method"])["value"]
        rows += [(f"against {method_label(name)}", _tests(p_values, name, methods)) for name in methods[1:]]
    contract = contract_of(metric)
    label = label_for(metric, untrained=config.feature_networks == "untrained")
    in_units = f" in {contract.unit}" if contract.unit else ""
    caption = f"{dataset}: {label} {ARROWS[contract.better]}{in_units}, trained on {config.training_set_of(dataset)}"
    return Block(caption, [method_label(name) for name in methods], rows, first=NOUNS[unit][0].capitalize(), apart=1)


def _counted(count: int, unit: str) -> str:
    return f"{count} {NOUNS[unit][count != 1]}"


def _of(chosen: pd.DataFrame, quantity: str) -> pd.DataFrame:
    return chosen[chosen["quantity"] == quantity]


def _cells(values: Any, methods: list[str], metric: str) -> list[Cell]:
    known = values.reindex(methods)
    trained = known.drop(labels=list(CONTROLS), errors="ignore")
    best = trained.max() if contract_of(metric).better == "higher" else trained.min()
    return [
        Cell("–" if pd.isna(value) else number(value, metric), best=name not in CONTROLS and value == best)
        for name, value in known.items()
    ]


def _signed(gains: Any, name: str, metric: str) -> str:
    return signed(gains[name], metric) if name in gains.index and pd.notna(gains[name]) else ""


def _tests(p_values: Any, against: str, methods: list[str]) -> list[Cell]:
    keys = [(against, name) for name in methods]
    return [Cell(probability(p_values[key]) if key in p_values.index else "") for key in keys]


def _printed(experiment: str, dataset: str, metric: str) -> Block:
    """Return the means that the CARE study prints for the experiment that a data set stands for."""
    name = PRINTED[metric]
    means = {
        place.method: printed
        for place, printed in read_care_study().means.items()
        if place == Place(experiment, name, place.method)
    }
    mean = [Cell(printed.text) for printed in means.values()]
    gain = [
        Cell("" if method == INPUT else signed(printed.value - means[INPUT].value, metric))
        for method, printed in means.items()
    ]
    return Block(
        f"{dataset}: {name}, printed by the CARE study for its experiment {experiment} (other images)",
        [method_label(method) for method in means],
        [("Mean", mean), ("Improvement over input", gain)],
        first="Image",
        apart=1,
    )
