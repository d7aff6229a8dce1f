"""Keep the numbers of a README true: blocks between markers are copies of files that commands made."""

import re
from pathlib import Path

from freqbench.errors import FreqbenchError

BLOCK = re.compile(r"(<!-- from (?P<file>\S+) -->\n)(?:(?!<!--).*?\n)?(<!-- end -->)", re.DOTALL)


def filled(readme: Path) -> str:
    """Return a README with every block ``<!-- from FILE --> ... <!-- end -->`` replaced by its file.

    Args:
        readme: the page; files are relative to its folder.

    Raises:
        FreqbenchError: if the page or one of the files is missing.
    """

    def content(match: re.Match[str]) -> str:
        path = readme.parent / match["file"]
        try:
            text = path.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise FreqbenchError(
                f"{path}: cannot be read ({error.strerror}); {readme} takes a block from it"
            ) from error
        return f"{match[1]}{text}\n{match[3]}"

    try:
        return BLOCK.sub(content, readme.read_text(encoding="utf-8"))
    except OSError as error:
        raise FreqbenchError(f"{readme}: cannot be read ({error.strerror})") from error
