"""One run: a method on a data set with a seed. Training, restoring and evaluating each work on one."""

from dataclasses import dataclass
from typing import Any

from freqbench.config import CONTROLS, Config, Dataset, Method
from freqbench.errors import FreqbenchError
from freqbench.layout import Layout


@dataclass(frozen=True)
class Run:
    """A method on a data set with a seed, in a study.

    Raises:
        FreqbenchError: if the study has no such data set, method or seed.
    """

    config: Config
    dataset: str
    method: str
    seed: int = 0

    def __post_init__(self) -> None:
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
        return {"dataset": self.dataset, "method": self.method, "seed": self.seed}
