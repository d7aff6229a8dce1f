"""Keep the numbers of a README true: blocks between markers are copies of files that commands made."""

import difflib
import re
from pathlib import Path

from freqbench.errors import FreqbenchError

BLOCK = re.compile(
    r"(?P<begin><!-- (?P<part>first table )?from (?P<file>\S+) -->\n)(?:(?!<!--).*?\n)?(?P<end><!-- end -->)", re.DOTALL
)
FIRST_TABLE = re.compile(r".*?^\|[^\n]*(\n\|[^\n]*)*", re.DOTALL | re.MULTILINE)
"""All that stands before the end of the first table."""

SHOWN_LINES = 20
"""Lines of a difference that are shown: enough to see which table it is."""


def difference(page: Path, text: str) -> str:
    """Return how a page as it is differs from its text as it should be, nothing where it does not.

    Args:
        page: the file.
        text: what `filled` made of it.

    Returns:
        The first lines of a unified diff.
    """
    found, wanted = page.read_text(encoding="utf-8").splitlines(), text.splitlines()
    lines = list(difflib.unified_diff(found, wanted, str(page), f"{page}, filled", n=0, lineterm=""))
    more = [f"... and {len(lines) - SHOWN_LINES} lines more"] if len(lines) > SHOWN_LINES else []
    return "\n".join([*lines[:SHOWN_LINES], *more])


def filled(readme: Path) -> str:
    """Return a README with every block ``<!-- from FILE --> ... <!-- end -->`` replaced by its file.

    ``<!-- first table from FILE -->`` takes the first table alone, with what stands before it.

    Args:
        readme: the page; files are relative to its folder.

    Raises:
        FreqbenchError: if the page or one of the files is missing, or holds no table where one is asked for.
    """

    def content(match: re.Match[str]) -> str:
        path = readme.parent / match["file"]
        try:
            text = path.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise FreqbenchError(
                f"{path}: cannot be read ({error.strerror}); {readme} takes a block from it"
            ) from error
        if match["part"]:
            table = FIRST_TABLE.match(text)
            if table is None:
                raise FreqbenchError(f"{path}: holds no table; {readme} takes its first one")
            text = table[0]
        return f"{match['begin']}{text}\n{match['end']}"

    try:
        return BLOCK.sub(content, readme.read_text(encoding="utf-8"))
    except OSError as error:
        raise FreqbenchError(f"{readme}: cannot be read ({error.strerror})") from error
