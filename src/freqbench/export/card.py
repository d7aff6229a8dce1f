"""The model card of a generator, in Markdown, from what its training recorded."""

from collections.abc import Iterator

from freqbench.metrics.contracts import CONTRACTS
from freqbench.reporting.labels import TIERS
from freqbench.reporting.numbers import ARROWS, number
from freqbench.restoring.receptive_field import receptive_field
from freqbench.trained.facts import DataFacts, Facts, Score
from freqbench.trained.model import TrainedModel

TASKS = {"denoise": "remove noise from", "deblur": "sharpen"}

UNKNOWN = "not known"


def model_card(model: TrainedModel, licence: str | None) -> str:
    """Return the card.

    Args:
        model: the generator.
        licence: under which it is passed on; None: not stated.
    """
    facts = model.facts
    sections = [
        _title(model),
        _use(facts),
        _intensities(facts),
        _data(facts.data if facts else None),
        _training(facts),
        _validation(facts),
        _network(model),
        _licence(facts, licence),
    ]
    return "\n\n".join("\n".join(section) for section in sections) + "\n"


def name_of(model: TrainedModel) -> str:
    """Return a name for the files of a generator, from the study, or else from the file that it was read from."""
    facts = model.facts
    if facts is None:
        return model.path.stem
    parts = [facts.study, facts.dataset, facts.method, f"split{facts.split}", f"seed{facts.seed}"]
    return "_".join(part for part in parts if part)


def _title(model: TrainedModel) -> Iterator[str]:
    yield f"# {name_of(model)}"
    yield ""
    yield f"A generator of freqbench, {model.trained_for}."
    if model.facts is not None and model.facts.tier in TIERS:
        yield ""
        yield f"**{TIERS[model.facts.tier]}**"


def _use(facts: Facts | None) -> Iterator[str]:
    task = TASKS[facts.task] if facts else "restore"
    yield "## Intended use and limits"
    yield ""
    yield f"- Made to {task} grey fluorescence images like those that trained it, one plane and channel at a time."
    yield "- It knows one kind of specimen, microscope and degradation. On others its output can be wrong without"
    yield "  looking wrong: check it against images of known content before you measure anything on it."
    yield "- A network can add structure that is not there and remove structure that is. Do not use it for diagnosis."
    yield "  Show the images as recorded beside the restored ones."
    yield "- Restored intensities are estimates; ratios and counts of photons need a validation of their own."


def _intensities(facts: Facts | None) -> Iterator[str]:
    yield "## Intensities"
    yield ""
    yield "Input and output of the network are float32 in [0, 1], shape (N, 1, H, W): stored numbers divided by the"
    yield "largest of their bit depth, never by the image's own maximum. The output is not clamped; clamp it to [0, 1]."
    if facts is not None and facts.data is not None:
        yield f"In training the images had {facts.data.range_in_words}."


def _data(data: DataFacts | None) -> Iterator[str]:
    yield "## Training data"
    yield ""
    if data is None:
        yield f"The images are {UNKNOWN}: the study's files were not there when this was exported."
        return
    yield f"- {data.in_words}"
    yield f"- licence of the images: {data.licence}"
    yield f"- citation: {data.citation}"
    if data.pixel_size is not None:
        yield f"- pixel size: {data.pixel_size:g} µm"
    yield f"- fields of view that trained: {', '.join(data.train_fields) or UNKNOWN}"
    yield f"- fields of view that tested: {', '.join(data.test_fields) or UNKNOWN}"
    yield f"- verdict of the leakage audit: {data.verdict or UNKNOWN}"


def _training(facts: Facts | None) -> Iterator[str]:
    yield "## Training"
    yield ""
    if facts is None:
        yield f"How it was trained is {UNKNOWN}."
        return
    options = ", ".join(f"{name} {value}" for name, value in facts.loss_options.items())
    loss = f"{facts.loss} ({options})" if options else str(facts.loss)
    rows = {
        "study": f"{facts.study or UNKNOWN}, data set {facts.dataset}, split {facts.split}, seed {facts.seed}",
        "method": facts.method,
        "frequency loss": f"{loss} on {facts.loss_domain}, λ₄ = {facts.frequency_weight:.6g}" if facts.loss else "none",
        "further terms": ", ".join(f"{name} {value}" for name, value in facts.objective.items()),
        "iterations": facts.length(),
        **{name.replace("_", " "): str(value) for name, value in facts.training.items()},
        "feature networks": facts.feature_networks or UNKNOWN,
        "device": facts.device or UNKNOWN,
        "finished": facts.finished or UNKNOWN,
        "freqbench": " ".join(str(facts.code[key]) for key in ("version", "commit") if facts.code.get(key)) or UNKNOWN,
        "software": ", ".join(f"{name} {version}" for name, version in facts.packages.items()) or UNKNOWN,
    }
    yield "| | |"
    yield "|---|---|"
    for name, text in rows.items():
        yield f"| {name} | {text} |"


def _validation(facts: Facts | None) -> Iterator[str]:
    yield "## Validation"
    yield ""
    if facts is None or not facts.scores:
        yield "No scores were measured when this was exported. To validate it, restore images whose clean version is"
        yield "known and that did not train, and compare."
        return
    yield "Means over the test patches of the study, beside those of the degraded images themselves."
    if facts.feature_networks == "untrained":
        yield "LPIPS is of an untrained backbone here and cannot be compared with published values."
    yield ""
    yield "| metric | restored | degraded | patches |"
    yield "|---|---:|---:|---:|"
    for score in facts.scores:
        yield _row(score)


def _row(score: Score) -> str:
    contract = CONTRACTS.get(score.metric)
    label = f"{contract.label} {ARROWS[contract.better]}" if contract else score.metric
    values = (score.value, float("nan") if score.degraded is None else score.degraded)
    texts = [number(value, score.metric) if contract else f"{value:.4g}" for value in values]
    return f"| {label} | {texts[0]} | {texts[1]} | {score.patches} |"


def _network(model: TrainedModel) -> Iterator[str]:
    field = receptive_field(model.settings)
    settings = ", ".join(f"{name} {value}" for name, value in model.settings.model_dump().items())
    yield "## Network"
    yield ""
    yield f"- {settings}"
    yield f"- {sum(tensor.numel() for tensor in model.state.values()):,} parameters"
    yield f"- height and width of the input: {f'multiples of {field.divisor}' if field.divisor > 1 else 'any'}"
    yield f"- an output pixel depends on input pixels up to {field.halo} away: tiles that overlap as far are exact"
    yield f"- exported from {model.path.name}, SHA-256 {model.sha256}"
    yield "- `freqbench restore IMAGE --model FILE -o OUT` applies it to images of any size"


def _licence(facts: Facts | None, licence: str | None) -> Iterator[str]:
    yield "## Licence"
    yield ""
    yield f"Weights: {licence or 'not stated'}."
    if facts is not None and facts.data is not None:
        yield f"Images that they were trained on: {facts.data.licence}. {facts.data.citation}"
    yield "Code of the network (freqbench): MIT."
