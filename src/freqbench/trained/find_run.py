"""Find the folder of one training, given as itself or by its study."""

from dataclasses import dataclass, replace
from pathlib import Path

from freqbench.errors import FreqbenchError
from freqbench.files import read_json
from freqbench.layout import Layout

GENERATOR = "generator.pt"
MOST_LISTED = 6


@dataclass(frozen=True)
class Choice:
    """Which training of a study is meant; None: any.

    Attributes:
        dataset: data set.
        method: method.
        split: number of the split.
        seed: seed.
    """

    dataset: str | None = None
    method: str | None = None
    split: int | None = None
    seed: int | None = None

    def __bool__(self) -> bool:
        return any(value is not None for value in (self.dataset, self.method, self.split, self.seed))

    def fits(self, folder: Path) -> bool:
        """Tell whether the folder of a training is meant."""
        dataset, method, run = folder.parts[-3:]
        return (
            self.dataset in (None, dataset)
            and self.method in (None, method)
            and (self.split is None or run.startswith(f"split{self.split}_"))
            and (self.seed is None or run.endswith(f"_seed{self.seed}"))
        )


def find_run(folder: Path, choice: Choice) -> Path:
    """Return the folder of a training.

    Args:
        folder: the folder itself, or that of its study.
        choice: which training of the study; of a data set that is `trained_on` another, that one's.

    Raises:
        FreqbenchError: if there is none, or more than one that fits.
    """
    if (folder / GENERATOR).is_file():
        if choice:
            raise FreqbenchError(f"{folder}: is one training; --dataset, --method, --split and --seed are for a study")
        return folder
    trainings = Layout(folder).generator("*", "*", "*", "*").parents[3]
    found = sorted(path.parent for path in trainings.glob(f"*/*/split*_seed*/{GENERATOR}"))
    if not found:
        raise FreqbenchError(f"{folder}: holds no trained generator; give the folder of a training or of a study")
    choice = replace(choice, dataset=_trained_on(folder, choice.dataset))
    fitting = [path for path in found if choice.fits(path)]
    if len(fitting) == 1:
        return fitting[0]
    shown = [path.relative_to(trainings).as_posix() for path in (fitting or found)]
    more = f" and {len(shown) - MOST_LISTED} more" if len(shown) > MOST_LISTED else ""
    what = f"{len(fitting)} trainings fit:" if fitting else "no training fits; there are"
    raise FreqbenchError(
        f"{folder}: {what} {', '.join(shown[:MOST_LISTED])}{more}; choose with --dataset, --method, --split and --seed"
    )


def _trained_on(study: Path, dataset: str | None) -> str | None:
    """Return the data set on which the generators were trained that a data set of a study tests."""
    path = Layout(study).config
    if dataset is None or not path.is_file():
        return dataset
    content = read_json(path)
    settings = content.get("datasets", {}).get(dataset) if isinstance(content, dict) else None
    return (settings.get("trained_on") if isinstance(settings, dict) else None) or dataset


def study_of(run: Path) -> Layout | None:
    """Return the layout of the study that a training lies in, None where it lies elsewhere."""
    parents = run.resolve().parents
    if len(parents) > 3 and parents[2].name == "training":
        return Layout(parents[3])
    return None
