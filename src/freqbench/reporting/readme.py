"""Keep the numbers of a README true: blocks between markers are copies of files that commands made."""

import re
from pathlib import Path

from freqbench.errors import FreqbenchError

BLOCK = re.compile(
    r"(?P<begin><!-- (?P<part>first table )?from (?P<file>\S+) -->\n)(?:(?!<!--).*?\n)?(?P<end><!-- end -->)", re.DOTALL
)
FIRST_TABLE = re.compile(r".*?^\|[^\n]*(\n\|[^\n]*)*", re.DOTALL | re.MULTILINE)
"""All that stands before the end of the first table."""


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
