"""The calibration table: weight and initial gradient of every frequency loss, and what the choice of state does."""

from typing import Any

import pandas as pd

from freqbench.config import Config
from freqbench.config.names import generator_part
from freqbench.files import atomic_path, read_json, write_json, write_text
from freqbench.layout import Layout
from freqbench.reporting.labels import generator_label, method_label, split_label

STATES = {"untrained": "untrained output", "input": "noisy input"}


def write_calibration_table(config: Config, measured: dict[str, Any]) -> None:
    """Write the table as JSON (all of it), CSV (a row a method and state) and Markdown.

    Args:
        config: the study.
        measured: what `freqbench.training.initial_gradients.initial_gradients` returns.
    """
    layout, dataset = Layout.of(config), measured["dataset"]
    write_json(layout.calibration_table(dataset, "json"), measured)
    with atomic_path(layout.calibration_table(dataset, "csv")) as temporary:
        tidy(measured).to_csv(temporary, index=False, float_format="%.6g")
    write_text(layout.calibration_table(dataset, "md"), markdown(measured))


def calibration_notes(config: Config) -> list[str]:
    """Return for each data set how far the choice of state moves the calibrated weights, on the first split.

    Raises:
        FreqbenchError: if a calibration is missing.
    """
    layout, state = Layout.of(config), config.calibration.state
    other = next(name for name in STATES if name != state)
    notes = []
    for dataset in config.trained_sets:
        moved, split = [], config.splits_of(dataset)[0]
        where = f"{dataset}{split_label(config, dataset, split)}"
        for method in config.methods_of(dataset):
            if method.is_calibrated and config.measured_for(dataset, method.name) == method.name:
                weights = read_json(layout.calibration(dataset, method.name, split))["weight_by_state"]
                moved.append(f"{method_label(method.name)} × {weights[other] / weights[state]:.2g}")
        if moved:
            notes.append(
                f"{where}: the calibrated weights match {method_label(config.calibration.reference)}'s initial "
                f"gradient at the {STATES[state]}; the {STATES[other]} would give other ones: {', '.join(moved)}."
            )
    return notes


def tidy(measured: dict[str, Any]) -> pd.DataFrame:
    """Return one row a method and state."""
    rows = [
        {
            "dataset": measured["dataset"],
            "split": measured["split"],
            "method": entry["method"],
            "loss": entry["loss"],
            "domain": entry["domain"],
            "state": state,
            **entry["gradient_norm"][state],
            "weight": entry["weight"],
            "weight_from": entry["weight_from"],
            "multiple": entry["multiple"],
            "pull": entry["pull"][state],
            "weight_at_this_state": _weight_at(entry, state),
        }
        for entry in measured["methods"]
        for state in STATES
    ]
    return pd.DataFrame(rows)


def markdown(measured: dict[str, Any]) -> str:
    """Return the table and how to read it."""
    state, other = measured["state"], next(name for name in STATES if name != measured["state"])
    of_split = f" of split {measured['split']} of {measured['splits']}" if measured["splits"] > 1 else ""
    headers = ["Method", "Loss", "Weight", "from"]
    headers += [f"Gradient, {words}" for words in STATES.values()]
    headers += [f"Pull, {words}" for words in STATES.values()]
    headers += [f"Weight by the {STATES[other]}"]
    lines = [
        f"**{measured['dataset']}: initial gradients over {measured['patches']} train patches{of_split}**",
        "",
        f"| {' | '.join(headers)} |",
        "|---|---|---:|---|" + "---:|" * (len(headers) - 4),
    ]
    for entry in measured["methods"]:
        cells = [
            _method(entry),
            f"`{entry['loss']}`" + (" on features" * (entry["domain"] != "image")),
        ]
        cells += [_number(entry["weight"]), _origin(entry)]
        cells += [_spread(entry["gradient_norm"][name]) for name in STATES]
        cells += [_number(entry["pull"][name]) for name in STATES]
        cells.append(_elsewhere(entry, state, other))
        lines.append(f"| {' | '.join(cells)} |")
    lines += [
        "",
        "Gradient: Euclidean norm with respect to the prediction, one patch at a time: median (quartiles). "
        "Pull: weight × median gradient, in units of the L1 term's. "
        f"The weights of the calibrated losses come from the {STATES[state]}; the last column says what the other "
        "state would give.",
    ]
    return "\n".join(lines) + "\n"


def _method(entry: dict[str, Any]) -> str:
    """Return whose gradient a row has: that of the L1 term belongs to all methods of a generator."""
    if entry["weight_from"] != "lambda_1":
        return method_label(entry["method"])
    generator = generator_part(entry["method"])
    return "every method" + (f" ({generator_label(generator)})" if generator else "")


def _origin(entry: dict[str, Any]) -> str:
    multiple = f" × {entry['multiple']:g}" if entry["multiple"] != 1 else ""
    return str(entry["weight_from"]).replace("lambda_1", "λ₁") + multiple


def _weight_at(entry: dict[str, Any], state: str) -> float | None:
    """Return the weight that one of the states would give, None for a weight that was not calibrated."""
    weights = entry.get("weight_by_state")
    return None if weights is None else float(entry["multiple"] * weights[state])


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"


def _spread(norm: dict[str, float]) -> str:
    return f"{norm['median']:.3g} ({norm['q25']:.3g} to {norm['q75']:.3g})"


def _elsewhere(entry: dict[str, Any], state: str, other: str) -> str:
    here, there = _weight_at(entry, state), _weight_at(entry, other)
    return "–" if here is None or there is None else f"{there:.3g} (× {there / here:.2g})"
