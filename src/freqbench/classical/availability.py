"""Whether the data sets of a study can have their controls, as far as the configuration tells."""

from freqbench.classical.average import CAPTURES
from freqbench.classical.control import NO_COUNTS, TRANSFORMED
from freqbench.classical.filters import load_bm3d
from freqbench.config import Config, Dataset
from freqbench.errors import FreqbenchError


def check_controls(config: Config) -> None:
    """Refuse a control that cannot be made.

    What the files decide, such as the captures of a folder, is found when the control is made.

    Raises:
        FreqbenchError: naming the control, the data set and the reason.
    """
    for name, dataset in config.datasets.items():
        for control in config.controls_of(name):
            if control.endswith("bm3d"):
                load_bm3d()
            reason = why_not(control, dataset)
            if reason:
                raise FreqbenchError(
                    f"control {control} on {name}: {reason}; leave it out with `datasets.{name}.controls`"
                )


def captures_of(dataset: Dataset) -> int | None:
    """Return how many captures a field of view has, None where the configuration does not tell."""
    if dataset.noise is not None:
        return dataset.noise.captures
    return 1 if dataset.source.kind == "bbbc006" else dataset.source.captures


def why_not(control: str, dataset: Dataset) -> str:
    """Return why a data set cannot have a control; empty where it can, or where the configuration does not tell."""
    if dataset.noise is not None:
        if control.startswith(TRANSFORMED):
            return NO_COUNTS
        too_few = control == f"average{CAPTURES}" and dataset.noise.captures < CAPTURES
        return f"needs {CAPTURES} captures, but `noise.captures` is {dataset.noise.captures}" if too_few else ""
    captures = captures_of(dataset)
    source = dataset.source
    if control == f"average{CAPTURES}":
        if dataset.level != "raw":
            return f"averages single captures, but `level: {dataset.level}` is none"
        if captures is not None and captures < CAPTURES:
            return f"needs {CAPTURES} captures of each field of view, but there are {captures}"
    contains = source.kind in ("fmd", "phantom") and dataset.level != "defocus"
    if control.startswith(TRANSFORMED) and captures == 1 and not contains:
        return (
            "the noise cannot be estimated from one capture of a field of view and a clean image that does not "
            "contain it"
        )
    return ""
