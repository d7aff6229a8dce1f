"""Images that cannot be used: the first one stops the study, or all are left out and listed."""

from pathlib import Path
from typing import Literal

import pandas as pd

from freqbench.errors import FreqbenchError
from freqbench.files import atomic_path


class Exclusions:
    """Bad files of one data set, with the reason.

    Attributes:
        reasons: reason by file, relative to ``root``.
    """

    def __init__(self, root: Path, on_bad_image: Literal["fail", "exclude"] = "fail") -> None:
        """Start an empty list.

        Args:
            root: folder that the files are relative to.
            on_bad_image: ``fail``: the first bad file is an error; ``exclude``: it is listed.
        """
        self.root, self.on_bad_image = root, on_bad_image
        self.reasons: dict[str, str] = {}

    def add(self, name: str, reason: str) -> None:
        """Leave a file out.

        Raises:
            FreqbenchError: with the reason, unless bad images are excluded.
        """
        if self.on_bad_image == "fail":
            raise FreqbenchError(
                f"{self.root / name}: {reason}; or set `on_bad_image: exclude` to leave out and list all such images"
            )
        self.reasons.setdefault(name, reason)

    def check_not_all(self, left: int) -> None:
        """Refuse a data set of which nothing is left.

        Raises:
            FreqbenchError: if no image pair is left, with the first reason.
        """
        if left == 0:
            name, reason = next(iter(self.reasons.items()), ("", "there is no image"))
            raise FreqbenchError(
                f"{self.root}: no image pair is left, {len(self.reasons)} files are excluded; "
                f"the first is {name}: {reason}"
            )

    def write(self, path: Path) -> None:
        """Write the list as CSV with the columns ``file, reason``, atomically; a list of nothing has only those."""
        with atomic_path(path) as temporary:
            pd.DataFrame(list(self.reasons.items()), columns=["file", "reason"]).to_csv(temporary, index=False)
