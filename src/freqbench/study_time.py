"""How many trainings a study has, and how long they would take on this machine."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch

from freqbench.config import Config, Dataset
from freqbench.data.patches import read_patches
from freqbench.device import choose_device
from freqbench.layout import Layout
from freqbench.training.build import iterations_of
from freqbench.training.step_time import StepTime, measure_step_time

FMD_FOVS, FMD_CAPTURES = 20, 50
"""Fields of view and captures of each in every type of FMD (Zhang et al., CVPR 2019)."""
Advance = Callable[[int, int], None]


@dataclass
class StudyTime:
    """Counts a study's trainings and measures an iteration of each data set's.

    Attributes:
        config: the study.
        steps: iterations to measure for each data set; 0: no time is measured.
        limit_seconds: after this time a measurement ends, see `measure_step_time`.
        advance: called with the number of iterations measured and the number of all.
    """

    config: Config
    steps: int
    limit_seconds: float = 60.0
    advance: Advance | None = None
    _measured: dict[tuple[str, str, int], StepTime] = field(default_factory=dict)

    def lines(self) -> list[tuple[str, str]]:
        """Return for each data set its name and words on its trainings, and at last the time of all."""
        lines, total, seeds = [], 0.0, len(self.config.seeds)
        is_known = True
        for name, dataset in self.config.datasets.items():
            if dataset.trained_on is not None:
                lines.append((name, f"no training: tests the generators of {dataset.trained_on}"))
                continue
            methods, splits = len(self.config.methods_of(name)), len(self.config.splits_of(name))
            iterations, words = self._iterations(name, dataset)
            factors = " x ".join((_count(methods, "method"), _count(splits, "split"), _count(seeds, "seed"), words))
            lines.append((name, factors))
            groups = self.config.by_generator(method.name for method in self.config.methods_of(name))
            for group in groups.values() if self.steps else ():
                seconds, remark = self._seconds(name, dataset, group)
                lines.append(("", remark))
                is_known = is_known and seconds is not None and iterations is not None
                total += len(group) * splits * seeds * (iterations or 0) * (seconds or 0.0)
        if self.steps:
            unknown = "time unknown: see above"
            lines.append(("all trainings", f"{duration(total)} here, one after the other" if is_known else unknown))
        return lines

    def _iterations(self, name: str, dataset: Dataset) -> tuple[int | None, str]:
        settings = self.config.training
        if settings.iterations is not None:
            return settings.iterations, _count(settings.iterations, "iteration")
        epochs = _count(settings.epochs or 0, "epoch")
        patches = _there(self.config, name)
        about = "" if patches is not None else "about "
        patches = patches if patches is not None else planned_patches(dataset)
        if patches is None:
            return None, f"{epochs}; how many patches an epoch has is known after `freqbench patches`"
        iterations = iterations_of(self.config, patches)
        return iterations, f"{epochs} of {about}{patches} patches, {iterations:,} iterations"

    def _seconds(self, name: str, dataset: Dataset, group: list[str]) -> tuple[float | None, str]:
        """Return the seconds of an iteration of the methods of one generator, None if unknown, and words on them."""
        config = self.config.for_method(group[0])
        side = trained_side(config, name, dataset)
        if side is None:
            return None, "not timed: the size of the patches is known after `freqbench patches`"
        methods = [config.method(one) for one in group]
        # most trainings have a frequency loss; a spatial one costs little less
        method = next((one for one in methods if one.loss is not None), methods[0])
        key = (method.name, dataset.task, side)
        try:
            if key not in self._measured:
                self._measured[key] = measure_step_time(
                    config,
                    method,
                    dataset.task,
                    side,
                    choose_device(config.training.device),
                    steps=self.steps,
                    limit_seconds=self.limit_seconds,
                    advance=self.advance,
                )
        except torch.OutOfMemoryError:
            return None, "does not fit into the memory of this GPU; lower `training.batch_size` or `training.crop`"
        measured = self._measured[key]
        small = measured.measured_side
        scaled = "" if small == side else f", scaled up by the area from {small} x {small}"
        size = f"{config.training.batch_size} x {side} x {side} pixels"
        what = f"{method.name}, mean of {measured.steps}{scaled}"
        return measured.seconds, f"{_short(measured.seconds)} an iteration of {size} ({what})"


def planned_patches(dataset: Dataset) -> int | None:
    """Return about how many patches will train, None where only the files can tell."""
    source, split = dataset.source, dataset.split
    if dataset.patches.rule not in ("brightest", "whole") or split.rule not in ("fraction", "groups"):
        return None
    if source.kind == "phantom":
        return round(split.train_fraction * source.fovs) * source.captures
    if source.kind == "fmd":
        return round(split.train_fraction * FMD_FOVS) * (source.captures or FMD_CAPTURES)
    return None


def trained_side(config: Config, name: str, dataset: Dataset) -> int | None:
    """Return the width and height in pixels of what a training sees, None where only the files can tell."""
    if config.training.crop is not None:
        return config.training.crop
    if dataset.patches.rule != "whole":
        return dataset.patches.size
    if _there(config, name) is not None:
        return int(read_patches(Layout.of(config), name, 1).noisy.shape[-1])
    return dataset.source.size if dataset.source.kind == "phantom" else None


def duration(seconds: float) -> str:
    """Return a time in the unit that a reader would choose: seconds, minutes, hours, or days."""
    for unit, length in (("days", 86400.0), ("hours", 3600.0), ("minutes", 60.0), ("seconds", 1.0)):
        if seconds >= 2 * length:
            count = seconds / length
            return f"about {count:,.0f} {unit}" if count >= 10 else f"about {count:.1f} {unit}"
    return "a few seconds"


def _there(config: Config, name: str) -> int | None:
    """Return how many patches of the first split train, None before they are cut."""
    layout = Layout.of(config)
    return len(read_patches(layout, name, 1).side("train").table) if layout.patch_table(name, 1).is_file() else None


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _short(seconds: float) -> str:
    return f"{seconds:.3g} s" if seconds >= 1 else f"{1e3 * seconds:.3g} ms"
