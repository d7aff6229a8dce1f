"""One run: a method on a split of a data set with a seed. Training, restoring and evaluating each work on one."""

from dataclasses import dataclass, field, replace
from typing import Any

from freqbench.config import CONTROLS, Config, Dataset, Method
from freqbench.errors import FreqbenchError
from freqbench.layout import Layout


@dataclass(frozen=True)
class Run:
    """A method on a split of a data set with a seed, in a study; of several generators `config` has the method's.

    Raises:
        FreqbenchError: if the study has no such data set, method, seed or split.
    """

    config: Config
    dataset: str
    method: str
    seed: int = 0
    split: int = field(default=1, kw_only=True)

    def __post_init__(self) -> None:
        # what is done for a run sees one generator: its own
        object.__setattr__(self, "config", self.config.for_method(self.method))
        datasets = tuple(self.config.datasets)
        if self.dataset not in datasets:
            raise FreqbenchError(f"data set {self.dataset}: not in the configuration; there are {', '.join(datasets)}")
        methods = self.config.method_names_of(self.dataset)
        if self.method not in methods:
            raise FreqbenchError(
                f"method {self.method}: not in the configuration; on {self.dataset} there are {', '.join(methods)}"
            )
        seeds = self.config.seeds_of(self.method)
        if self.seed not in seeds:
            raise FreqbenchError(f"seed {self.seed}: not in the configuration; {self.method} has {seeds}")
        check_split(self.config, self.dataset, self.split)

    @property
    def layout(self) -> Layout:
        """Where the files of the study lie."""
        return Layout.of(self.config)

    @property
    def is_control(self) -> bool:
        """Whether the method is a control, which is not trained."""
        return self.method in CONTROLS

    @property
    def data(self) -> Dataset:
        """Configuration of the data set."""
        return self.config.datasets[self.dataset]

    @property
    def trained(self) -> "Run":
        """The run that trains this one's generator: itself, unless the data set is `trained_on` another."""
        return replace(self, dataset=self.config.training_set_of(self.dataset))

    @property
    def settings(self) -> Method:
        """Configuration of the trained method.

        Raises:
            FreqbenchError: for a control.
        """
        if self.is_control:
            raise FreqbenchError(f"method {self.method}: is a control; controls are not trained")
        return self.config.method(self.method)

    @property
    def identity(self) -> dict[str, Any]:
        """The first columns of every tidy table."""
        return {"dataset": self.dataset, "method": self.method, "split": self.split, "seed": self.seed}

    @property
    def key(self) -> tuple[str, str, int, int]:
        """What the paths of a run are made from."""
        return self.dataset, self.method, self.split, self.seed


def runs_of(config: Config, dataset: str) -> list[Run]:
    """Return all runs on a data set: methods in the order of the tables, then splits, then seeds."""
    return [run for method in config.method_names_of(dataset) for run in runs_with(config, dataset, method)]


def runs_with(config: Config, dataset: str, method: str) -> list[Run]:
    """Return the runs of one method on a data set: splits, then seeds.

    Raises:
        FreqbenchError: if the study has no such data set or method.
    """
    seeds = config.seeds_of(method)
    splits = config.splits_of(dataset) if dataset in config.datasets else (1,)
    return [Run(config, dataset, method, seed, split=split) for split in splits for seed in seeds]


def trainings_on(config: Config, dataset: str) -> list[Run]:
    """Return the trainings on a data set in the order of `runs_of`; none where another's generators are tested."""
    if config.training_set_of(dataset) != dataset:
        return []
    return [run for run in runs_of(config, dataset) if not run.is_control]


def trained_runs_of(config: Config, dataset: str) -> list[Run]:
    """Return the runs on a data set that a generator restores, in the order of `runs_of`; it may be another's."""
    return [run for run in runs_of(config, dataset) if not run.is_control]


def check_trains(config: Config, dataset: str) -> None:
    """Make sure that generators are trained on a data set of a study.

    Raises:
        FreqbenchError: if it tests those of another.
    """
    other = config.training_set_of(dataset)
    if other != dataset:
        raise FreqbenchError(
            f"data set {dataset}: nothing is trained on it (`datasets.{dataset}.trained_on`); take {other}, whose "
            "generators it tests"
        )


def first_runs_of(config: Config, dataset: str) -> list[Run]:
    """Return the run of each method on the first split with the first seed: those that the figure shows."""
    split = config.splits_of(dataset)[0]
    methods = config.method_names_of(dataset)
    return [Run(config, dataset, method, config.seeds_of(method)[0], split=split) for method in methods]


def check_split(config: Config, dataset: str, split: int) -> None:
    """Make sure that a data set of a study has a split.

    Raises:
        FreqbenchError: if it has not.
    """
    splits = config.splits_of(dataset)
    if split not in splits:
        there_is = f"splits 1 to {splits[-1]}" if len(splits) > 1 else "split 1 alone"
        raise FreqbenchError(
            f"split {split}: not in the configuration; {dataset} has {there_is} (`datasets.{dataset}.split.repeats`)"
        )
