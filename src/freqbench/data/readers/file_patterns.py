"""Patterns of file names with placeholders, such as ``low/{fov}_{capture}.tif``."""

import re
from pathlib import PurePosixPath

from freqbench.data.readers.pairing import NAME, NamedImage

PARTS = {"fov": NAME, "group": NAME, "capture": r"[A-Za-z0-9_.-]+"}
"""What each placeholder may stand for."""


class FilePattern:
    """A pattern below a folder.

    ``{fov}``, ``{capture}`` and ``{group}`` stand for a name, the first as long as the rest allows; one that
    stands twice must be the same text in both places. ``*`` stands for any text within a folder or file name.

    Attributes:
        text: the pattern.
        literals: number of characters that are no placeholder: of two patterns that match a file, the one with more
            is meant.
    """

    def __init__(self, text: str) -> None:
        """Compile a pattern with POSIX separators.

        Args:
            text: pattern relative to the folder.
        """
        path = PurePosixPath(text)
        self.text = path.as_posix()
        # `{fov}_gt.tif` also matches `{fov}.tif`: the pattern that says more of a name is the one that is meant
        self.literals = len(re.sub(r"\{\w+\}|\*", "", self.text))
        self._file = _compiled(self.text)
        self._folder = _compiled(path.parent.as_posix())

    def match(self, name: str) -> NamedImage | None:
        """Return what a path relative to the folder says, None if it does not match.

        With a group, the field of view is called ``<group>_<fov>``: groups number their fields alike.
        """
        found = self._file.fullmatch(name)
        if found is None:
            return None
        parts = found.groupdict()
        group = parts.get("group", "")
        fov = f"{group}_{parts['fov']}" if group else parts["fov"]
        return NamedImage(name, fov, parts.get("capture", "1"), group)

    def is_beside(self, name: str) -> bool:
        """Return whether a file lies in a folder in which files of this pattern lie."""
        return self._folder.fullmatch(PurePosixPath(name).parent.as_posix()) is not None


def _compiled(pattern: str) -> re.Pattern[str]:
    seen: set[str] = set()
    parts = []
    for piece in re.split(r"(\{\w+\}|\*)", pattern):
        name = piece[1:-1]
        if piece == "*":
            parts.append("[^/]*")
        elif not piece.startswith("{"):
            parts.append(re.escape(piece))
        elif name in seen:
            parts.append(f"(?P={name})")
        else:
            seen.add(name)
            parts.append(f"(?P<{name}>{PARTS[name]})")
    return re.compile("".join(parts))
