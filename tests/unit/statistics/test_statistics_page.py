"""The page on statistics names what the file has."""

from pathlib import Path

import pytest

from freqbench.config.evaluation import Comparison
from freqbench.statistics.compare import ANALYSES, COLUMNS
from freqbench.statistics.contrasts import BEST, PAIR

PAGE = (Path(__file__).parents[3] / "docs" / "statistics.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*COLUMNS, *ANALYSES, "set", BEST, PAIR, Comparison().reference])
def test_every_column_and_kind_is_explained(name):
    # the data set is in the name of the file
    assert f"`{name}`" in PAGE or name == "dataset"
