"""Whether a number of a study may be set beside one of the LFFL paper's Table 1: decided from its configuration."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from freqbench.config import Config, Dataset, Method
from freqbench.published.lffl_protocol import (
    DATA,
    METHODS,
    METRICS,
    SETTINGS,
    STAND_INS,
    TRAIN_FRACTION,
    PaperData,
    PaperMethod,
    Unit,
)
from freqbench.registry import loss_path
from freqbench.training.term_weights import frequency_domain, paper_frequency_weight, uncalibrated_weight

UNITS = {"patch": "patches", "nucleus": "nuclei"}
_ABSENT = object()


@dataclass(frozen=True)
class Measured:
    """What a number of ours is, apart from its value.

    Attributes:
        dataset: the data set, by the study's name.
        method: the method, by the study's name.
        metric: key of the metric's contract.
        unit: what it is measured on before it is averaged.
        fewest: of these units, the fewest that a split tests.
        most: the most.
    """

    dataset: str
    method: str
    metric: str
    unit: Unit
    fewest: int
    most: int


@dataclass(frozen=True)
class Comparability:
    """What stands between a number of ours and the paper's.

    Attributes:
        other_quantity: why the two are not of one quantity, so that they must not even stand in one cell.
        other_study: why the two are of one quantity, but of experiments that differ in what the paper states.
        remarks: what a reader should know of two numbers that may be compared.
    """

    other_quantity: tuple[str, ...] = ()
    other_study: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the numbers cannot be compared; none where they can."""
        return self.other_quantity + self.other_study


def in_the_paper(method: str, metric: str) -> bool:
    """Return whether the paper's table has such a row, and such a column or one that this metric stands for."""
    return method in METHODS and (metric in METRICS or metric in STAND_INS)


def comparability(config: Config, measured: Measured) -> Comparability:
    """Return what stands between a number and its place in the paper's table, which must have that place."""
    config = config.for_method(measured.method)
    dataset = config.datasets[measured.dataset]
    if dataset.published_as is None:
        return Comparability(("the paper's table has no such data set",))
    paper = DATA[dataset.published_as]
    method = config.method(measured.method)
    return Comparability(
        _other_quantity(config, measured, paper),
        (
            *_other_images(dataset, paper),
            *_other_count(measured, paper),
            *_other_method(config, method, dataset),
            *_settings_reason(config),
        ),
        (*_split_remarks(dataset), *_option_remarks(method)),
    )


def _other_quantity(config: Config, measured: Measured, paper: PaperData) -> tuple[str, ...]:
    reasons, unit = [], paper.unit_of(measured.metric)
    if measured.metric in STAND_INS:
        reasons.append(f"another distance than the paper's {STAND_INS[measured.metric]}")
    if measured.metric == "lpips" and config.evaluation.lpips_network != "vgg":
        reasons.append("LPIPS of AlexNet; the paper's is of VGG")
    if measured.metric == "lpips" and config.feature_networks == "untrained":
        reasons.append("LPIPS of an untrained network")
    if unit is not None and unit != measured.unit:
        reasons.append(f"measured on {UNITS[measured.unit]}; the paper measures on {UNITS[unit]}")
    return tuple(reasons)


def _other_images(dataset: Dataset, paper: PaperData) -> tuple[str, ...]:
    reasons = []
    source: Any = dataset.source
    described = {"phantom": "simulated images", "fmd": f"FMD {getattr(source, 'type', '')}, {dataset.level}"}
    ours = described.get(source.kind, f"images of `kind: {source.kind}`")
    if paper.fmd_type is None or source.kind != "fmd" or (source.type, dataset.level) != (paper.fmd_type, "raw"):
        reasons.append(f"{ours}; the paper's are {paper.images}")
    if dataset.task != paper.task:
        reasons.append(f"task {dataset.task}; the paper's is {paper.task}")
    size = None if dataset.patches.rule == "whole" else dataset.patches.size
    if size != paper.patch_size:
        reasons.append(f"patches of {size or 'whole images'}; the paper's are of {paper.patch_size} pixels")
    if dataset.split.rule in ("fraction", "groups") and dataset.split.train_fraction != TRAIN_FRACTION:
        reasons.append(f"split.train_fraction {dataset.split.train_fraction:g}; the paper's is {TRAIN_FRACTION:g}")
    return tuple(reasons)


def _other_count(measured: Measured, paper: PaperData) -> tuple[str, ...]:
    unit = paper.unit_of(measured.metric)
    if unit is None:
        return ("the paper does not say which images its FID compares",)
    # the paper counts one kind of unit for each data set; of another kind the number is not known
    if unit != paper.unit or measured.unit != unit or measured.fewest == measured.most == paper.tested:
        return ()
    count = f"{measured.fewest} to {measured.most}" if measured.fewest < measured.most else f"{measured.fewest}"
    return (f"{count} test {UNITS[unit]}; the paper has {paper.tested}",)


def _other_method(config: Config, method: Method, dataset: Dataset) -> tuple[str, ...]:
    """Return in what a method differs from the paper's of its name: a name alone says nothing."""
    paper = METHODS[method.name]
    if _path(method.loss) != _path(paper.loss):
        return (f"{method.name}: loss {method.loss}; the paper's is {paper.loss}",)
    if method.loss is None:
        return ()
    # the alpha of a loss that is given none
    given = ({"alpha": 1.0} if "alpha" in paper.options else {}) | method.options
    reasons = [
        f"{name} {value}" + (f"; the paper's is {paper.options[name]}" if name in paper.options else " of the loss")
        for name, value in given.items()
        if name not in paper.open_options and value != paper.options.get(name, _ABSENT)
    ]
    if frequency_domain(method, dataset.task) != _domain(paper, dataset):
        reasons.append(f"domain {method.domain}; the paper's is {paper.domain}")
    if not _has_papers_weight(config, method, dataset):
        reasons.append(f"weight {method.weight_text}; the paper's is {_weight_words(paper)}")
    return tuple(f"{method.name}: {reason}" for reason in reasons)


def _path(loss: str | None) -> str | None:
    """Return the dotted path of a loss, by which it may be named, too."""
    return None if loss is None else loss_path(loss)


def _domain(paper: PaperMethod, dataset: Dataset) -> str:
    return "features" if paper.domain == "task" and dataset.task == "deblur" else "image"


def _has_papers_weight(config: Config, method: Method, dataset: Dataset) -> bool:
    paper = METHODS[method.name]
    if paper.weight == "calibrated":
        return method.weight == "calibrated" and _is_lffl(config.method(config.calibration.reference))
    if method.is_calibrated:
        return False
    # a number may be the paper's, too
    return uncalibrated_weight(method, dataset.task) == paper_frequency_weight(paper.options["alpha"], dataset.task)


def _is_lffl(method: Method) -> bool:
    return _path(method.loss) == loss_path("log_focal_frequency")


def _weight_words(paper: PaperMethod) -> str:
    return "calibrated against LFFL" if paper.weight == "calibrated" else "fixed by alpha"


def _settings_reason(config: Config) -> tuple[str, ...]:
    differing = other_settings(config)
    return (f"settings (in parentheses the paper's): {differing}",) if differing else ()


def other_settings(config: Config) -> str:
    """Return which settings of a study are not the paper's, each with the paper's in parentheses; may be empty."""
    differing = [
        f"{key} {_shown(value)} ({_shown(paper)})"
        for key, paper in SETTINGS.items()
        if (value := _setting(config, key)) is not _ABSENT and value != paper
    ]
    return ", ".join(differing)


def _setting(config: Config, key: str) -> Any:
    """Return a setting; `_ABSENT` for one that another kind of network, or the other way to give a length, lacks."""
    value: Any = config
    for name in key.split("."):
        value = getattr(value, name, _ABSENT)
    is_other_length = key in ("training.epochs", "training.iterations") and value is None
    return _ABSENT if is_other_length else value


def _shown(value: Any) -> str:
    """Return a value as it stands in a configuration; of a section only that there is one."""
    if isinstance(value, BaseModel):
        return "given"
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _split_remarks(dataset: Dataset) -> tuple[str, ...]:
    words = {
        "exclude": "fields of view that share pixels with test fields of view do not train; the paper does not say so",
        "mask": "only the area that no train field of view shows is tested; the paper does not say so",
    }
    remarks = [words[dataset.split.shared_area]] if dataset.split.shared_area in words else []
    if dataset.split.rule != "fraction":
        remarks.append(f"split by rule `{dataset.split.rule}`; the paper draws fields of view")
    return tuple(remarks)


def _option_remarks(method: Method) -> tuple[str, ...]:
    is_open = METHODS[method.name].open_options
    chosen = [f"{name} {value}" for name, value in method.options.items() if name in is_open]
    return (f"{method.name}: {', '.join(chosen)}, which the paper leaves open",) if chosen else ()
