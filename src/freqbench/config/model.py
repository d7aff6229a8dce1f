"""The whole configuration of a study, as one frozen typed model."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from freqbench.config.base import Model, Name
from freqbench.config.datasets import Dataset
from freqbench.config.evaluation import (
    Comparison,
    Evaluation,
    Figures,
    ImageTable,
    LeakageComparison,
    LearningCurves,
    Sensitivity,
    Spectra,
)
from freqbench.config.generated_methods import generated_methods
from freqbench.config.image_fit import ImageFit
from freqbench.config.methods import CONTROLS, DEFAULT_CONTROLS, Calibration, Control, Method
from freqbench.config.names import base_name, beside, generator_part, with_generator
from freqbench.config.training import Discriminator, Generator, Training


class Config(Model):
    """A study: data sets x splits x methods x seeds in one harness."""

    name: Name = Field(description="name of the study; its results lie in `<results>/<name>`")
    tier: Literal["smoke", "mini", "paper"] = Field(description="label of every table and figure")
    note: str = Field("", description="what a reader of the tables must know, printed under each")
    results: Path = Field(Path("results"), description="folder of all results")
    mirror: Path | None = Field(
        None, description="folder searched for data and weights before a download; none: FREQBENCH_MIRROR"
    )
    feature_networks: Literal["imagenet", "untrained"] = Field(
        "imagenet",
        description="VGG and AlexNet weights; `untrained`: seeded, nothing to compare with the literature",
    )
    datasets: dict[Name, Dataset] = Field(min_length=1, description="data sets by name")
    generator: Generator | None = Field(
        None, description="the network that restores; nothing: an RRDB with its defaults, unless there are `generators`"
    )
    # before the methods, which are crossed with them
    generators: dict[Name, Generator] = Field(
        default_factory=dict,
        description="in place of `generator`: several networks by name; every method is trained with each, and its "
        "name becomes `<method>@<generator>`",
    )
    methods: tuple[Method, ...] = Field(min_length=1, description="loss variants that are trained and compared")
    controls: tuple[Control, ...] = Field(
        DEFAULT_CONTROLS,
        description="methods without training: `input`, the degraded image; `clean`, the clean one; classical "
        "denoisers, tuned on the train patches: `gaussian`, `tv` (total variation), `nlm` (non-local means), `bm3d` "
        "(needs a package of its own, for non-commercial use), each also behind the generalised Anscombe "
        "transformation (`gat_gaussian`, ...); `average16`: the mean of 16 captures",
    )
    seeds: tuple[int, ...] = Field(
        (0,), min_length=1, description="every method is trained once with each seed on each split"
    )
    discriminator: Discriminator = Field(Discriminator(), description="the adversary")
    training: Training = Field(description="optimisation, the same for all methods")
    calibration: Calibration = Field(Calibration(), description="weights of the calibrated losses")
    evaluation: Evaluation = Field(Evaluation(), description="metrics")
    comparison: Comparison = Field(Comparison(), description="tests of the differences")
    leakage: tuple[LeakageComparison, ...] = Field(
        (), description="pairs of data sets, to measure how much of each method's score is leakage"
    )
    image_table: ImageTable | None = Field(None, description="the table image by image; nothing: the study has none")
    learning_curves: LearningCurves = Field(LearningCurves(), description="metrics of test patches over the iterations")
    spectra: Spectra = Field(Spectra(), description="Fourier ring correlation and power by frequency")
    sensitivity: Sensitivity = Field(Sensitivity(), description="which frequencies each loss sees")
    image_fit: ImageFit | None = Field(
        None, description="one clean image fitted with several losses, as in the FFL paper; nothing: the study has none"
    )
    figures: Figures = Field(Figures(), description="the comparison figure")

    @model_validator(mode="before")
    @classmethod
    def _generator_or_generators(cls, content: Any) -> Any:
        if not isinstance(content, dict):
            return content
        if content.get("generators"):
            if content.get("generator") is not None:
                raise ValueError("generator: and `generators` exclude each other; remove one of the two")
            return content
        # an empty mapping is an RRDB with its defaults
        return content if content.get("generator") is not None else content | {"generator": {}}

    @field_validator("methods")
    @classmethod
    def _write_out(cls, methods: tuple[Method, ...], info: ValidationInfo) -> tuple[Method, ...]:
        # generators that are wrong themselves are missing in `data`; their error is the one to be told
        return generated_methods(methods, info.data["generators"]) if "generators" in info.data else methods

    @model_validator(mode="after")
    def _references_exist(self) -> "Config":
        names = [method.name for method in self.methods]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"methods: `{repeated[0]}` stands there twice; names must differ")
        twice = [name for name in self.controls if self.controls.count(name) > 1]
        if twice:
            raise ValueError(f"controls: `{twice[0]}` stands there twice")
        if len(set(self.seeds)) < len(self.seeds) or min(self.seeds) < 0:
            raise ValueError("seeds: must be different numbers, none below 0")
        for method in self.methods:
            if method.is_calibrated:
                self._check_reference(names, method.name)
        for dataset in self.datasets:
            self._check_trained_on(dataset)
        for dataset in self.datasets:
            self._check_subset(dataset)
        self._check_crop()
        for pair in self.leakage:
            self._check_leakage(pair)
        self._check_image_table()
        self._check_learning_curves()
        self._check_image_fit()
        return self

    def _check_learning_curves(self) -> None:
        for name in self.learning_curves.metrics or ():
            if name not in self.evaluation.metrics:
                raise ValueError(
                    f"learning_curves.metrics: `{name}` is not among `evaluation.metrics` "
                    f"({', '.join(self.evaluation.metrics)}), with which the controls are measured"
                )

    def _check_image_fit(self) -> None:
        fit = self.image_fit
        if fit is None or fit.dataset is None:
            return
        if fit.dataset not in self.datasets:
            raise ValueError(f"image_fit.dataset: `{fit.dataset}` is not among `datasets` ({', '.join(self.datasets)})")
        patches = self.datasets[fit.dataset].patches
        if patches.rule != "whole" and fit.size > patches.size:
            raise ValueError(
                f"image_fit.size: {fit.size} is larger than datasets.{fit.dataset}.patches.size, {patches.size}"
            )

    def _check_image_table(self) -> None:
        if self.image_table is None:
            return
        if "input" not in self.controls:
            raise ValueError("image_table: needs the control `input`, over which it prints the improvement")
        for name in self.image_table.experiments:
            if name not in self.datasets:
                raise ValueError(
                    f"image_table.experiments: `{name}` is not among `datasets` ({', '.join(self.datasets)})"
                )

    def _check_reference(self, names: list[str], calibrated: str) -> None:
        reference = beside(self.calibration.reference, calibrated)
        if reference not in names:
            raise ValueError(
                f"calibration.reference: `{reference}` is not among `methods` ({', '.join(names)}), "
                f"but `{calibrated}` is calibrated against it"
            )
        method = self.method(reference)
        if method.loss is None or method.is_calibrated:
            raise ValueError(
                f"calibration.reference: `{reference}` needs a frequency loss with a weight of its own "
                "(`paper` or a number)"
            )

    def _check_trained_on(self, dataset: str) -> None:
        other = self.datasets[dataset].trained_on
        if other is None:
            return
        key = f"datasets.{dataset}.trained_on"
        if other not in self.datasets:
            raise ValueError(f"{key}: `{other}` is not among `datasets` ({', '.join(self.datasets)})")
        if other == dataset:
            raise ValueError(f"{key}: is the data set itself; leave the key out, and its own methods are trained")
        beyond = self.datasets[other].trained_on
        if beyond is not None:
            raise ValueError(f"{key}: nothing is trained on `{other}`, which is trained on `{beyond}`; name that one")
        own, there = self.datasets[dataset], self.datasets[other]
        if own.task != there.task:
            raise ValueError(f"{key}: `{other}` poses the task {there.task}, this data set the task {own.task}")
        if own.split.repeats != there.split.repeats:
            raise ValueError(
                f"{key}: what is trained on split n of `{other}` is tested on split n here, but `split.repeats` is "
                f"{there.split.repeats} there and {own.split.repeats} here"
            )
        missing = sorted(set(own.methods or ()) - {base_name(method.name) for method in self.methods_of(other)})
        if missing and missing[0] in {base_name(method.name) for method in self.methods}:
            raise ValueError(f"datasets.{dataset}.methods: `{missing[0]}` is not trained on `{other}`")

    def _check_subset(self, dataset: str) -> None:
        names = list(dict.fromkeys(base_name(method.name) for method in self.methods))
        for name in self.datasets[dataset].methods or ():
            if name not in names:
                raise ValueError(f"datasets.{dataset}.methods: `{name}` is not among `methods` ({', '.join(names)})")
        for name in self.datasets[dataset].controls or ():
            if name not in self.controls:
                raise ValueError(
                    f"datasets.{dataset}.controls: `{name}` is not among `controls` ({', '.join(self.controls)})"
                )
        for trained in self.by_generator(method.name for method in self.methods_of(dataset)).values():
            if not {base_name(name) for name in trained} & set(self.comparison.baselines):
                raise ValueError(
                    f"comparison.baselines: none of {', '.join(self.comparison.baselines)} is among the methods of "
                    f"datasets.{dataset} ({', '.join(trained)})"
                )

    def _check_leakage(self, pair: LeakageComparison) -> None:
        for role, name in (("leaking", pair.leaking), ("free", pair.free)):
            if name not in self.datasets:
                raise ValueError(f"leakage.{role}: `{name}` is not among `datasets` ({', '.join(self.datasets)})")
        leaking, free = self.datasets[pair.leaking], self.datasets[pair.free]
        for role, data in (("leaking", leaking), ("free", free)):
            if data.trained_on is not None:
                raise ValueError(f"leakage.{role}: nothing is trained on it (`trained_on: {data.trained_on}`)")
        if leaking.split.shared_area != "as_paper" or free.split.shared_area == "as_paper":
            raise ValueError(
                f"leakage: `{pair.leaking}` needs `split.shared_area: as_paper`, which goes on where train and test "
                f"share pixels, and `{pair.free}` another"
            )
        for section in ("source", "level", "noise", "task"):
            if getattr(leaking, section) != getattr(free, section):
                raise ValueError(
                    f"leakage: `{pair.leaking}` and `{pair.free}` differ in `{section}`; only their splits may differ"
                )

    def _check_crop(self) -> None:
        for name, dataset in self.datasets.items():
            if dataset.trained_on is not None or dataset.patches.rule == "whole":
                continue
            if self.training.crop and self.training.crop > dataset.patches.size:
                raise ValueError(
                    f"training.crop: {self.training.crop} is larger than datasets.{name}.patches.size, "
                    f"{dataset.patches.size}"
                )

    def method(self, name: str) -> Method:
        """Return the trained method of this name.

        Raises:
            KeyError: if there is none.
        """
        for method in self.methods:
            if method.name == name:
                return method
        raise KeyError(name)

    @property
    def network(self) -> Generator:
        """The generator of a study that has one, or that of a method in `for_method`.

        Raises:
            ValueError: for a study with several, where each method has its own.
        """
        if self.generator is None:
            raise ValueError("the study has several generators; take `for_method`")
        return self.generator

    def for_method(self, name: str) -> "Config":
        """Return the study as one of its methods sees it: with its generator, and the references that share it.

        A study with one generator is seen alike by all of its methods, and by the controls.
        """
        generator = generator_part(name)
        if not generator:
            return self
        reference = beside(base_name(self.calibration.reference), name)
        calibration = self.calibration.model_copy(update={"reference": reference})
        return self.model_copy(update={"generator": self.generators[generator], "calibration": calibration})

    def by_network(self) -> dict[str, "Config"]:
        """Return the study as the methods of each generator see it, by its name; under the empty one where one is."""
        return {name: self.for_method(with_generator("all", name)) for name in self.generators or ("",)}

    def baselines_of(self, dataset: str) -> tuple[str, ...]:
        """Return the baselines that are trained on a data set, in the order of the configuration; of all generators."""
        trained = {method.name for method in self.methods_of(dataset)}
        wanted = [with_generator(name, own) for own in self.generators or ("",) for name in self.comparison.baselines]
        return tuple(name for name in wanted if name in trained)

    def by_generator(self, methods: Iterable[str]) -> dict[str, list[str]]:
        """Return names of trained methods by that of their generator; all under the empty name where there is one."""
        found: dict[str, list[str]] = {}
        for name in methods:
            found.setdefault(generator_part(name), []).append(name)
        return found

    def measured_for(self, dataset: str, name: str) -> str:
        """Return the calibrated method of a data set in whose calibration the gradient of this one's loss is measured.

        It is the first with the same loss on the same network: multiples of one weight share a measurement.
        """
        method = self.method(name)
        return next(one.name for one in self.methods_of(dataset) if one.is_calibrated and one.has_the_loss_of(method))

    @property
    def method_names(self) -> tuple[str, ...]:
        """All methods: controls first, then the trained ones, each in the order of the configuration."""
        return (*self.controls, *(method.name for method in self.methods))

    @property
    def learning_metrics(self) -> tuple[str, ...]:
        """The metrics of the learning curves."""
        return self.learning_curves.metrics or self.evaluation.metrics

    @property
    def trained_sets(self) -> tuple[str, ...]:
        """The data sets on which generators are trained."""
        return tuple(name for name, dataset in self.datasets.items() if dataset.trained_on is None)

    def training_set_of(self, dataset: str) -> str:
        """Return the data set whose generators are tested on a data set: itself, unless `trained_on` names another."""
        return self.datasets[dataset].trained_on or dataset

    def methods_of(self, dataset: str) -> tuple[Method, ...]:
        """Return the methods that are trained on a data set, or on the one whose generators it tests."""
        chosen = self.datasets[dataset].methods
        if chosen is None:
            chosen = self.datasets[self.training_set_of(dataset)].methods
        return tuple(method for method in self.methods if chosen is None or base_name(method.name) in chosen)

    def controls_of(self, dataset: str) -> tuple[Control, ...]:
        """Return the controls of a data set."""
        chosen = self.datasets[dataset].controls
        return tuple(name for name in self.controls if chosen is None or name in chosen)

    def method_names_of(self, dataset: str) -> tuple[str, ...]:
        """Return all methods of a data set in the order of `method_names`."""
        return (*self.controls_of(dataset), *(method.name for method in self.methods_of(dataset)))

    def seeds_of(self, method: str) -> tuple[int, ...]:
        """Return the seeds for which a method runs: a control does not depend on any, and runs once."""
        return (0,) if method in CONTROLS else self.seeds

    def splits_of(self, dataset: str) -> tuple[int, ...]:
        """Return the numbers of the splits of a data set, from 1."""
        return tuple(range(1, self.datasets[dataset].split.repeats + 1))

    def compared_for_leakage(self, pair: LeakageComparison) -> tuple[str, ...]:
        """Return the methods that both data sets have."""
        return tuple(name for name in self.method_names_of(pair.leaking) if name in self.method_names_of(pair.free))
