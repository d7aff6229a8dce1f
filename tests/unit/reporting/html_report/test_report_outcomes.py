"""The outcome beside the paper and what is owed to leakage, in words: as many as the tables hold, no more."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from freqbench.reporting.blocks import Page
from freqbench.reporting.html_report.limitations import limitations
from freqbench.reporting.html_report.paper_and_leakage import beside_the_paper, owed_to_leakage
from freqbench.reporting.html_report.sources import read_sources


@pytest.fixture(scope="module")
def sources(finished):
    return read_sources(finished)


def leakage(sources, rows):
    """Return the study with planted scores: method, metric, fields, owed, corrected p-value."""
    columns = ["method", "metric", "fields", "owed", "p_holm"]
    table = pd.DataFrame(rows, columns=columns).assign(leaking="tiny", free="second", fovs=6)
    table = table.assign(ci_low=table["owed"] - 0.1, ci_high=table["owed"] + 0.1)
    return replace(sources, leakage=(table, Page("", [], [])))


def test_without_pairs_nothing_is_said_of_leakage(sources):
    assert owed_to_leakage(sources) == []


def test_decided_parts_are_named_and_the_others_are_counted(sources):
    planted = leakage(
        sources,
        [
            ("spatial", "psnr", "all", 1.5, 0.001),
            ("ffl", "psnr", "all", 0.2, 0.4),
            ("ffl", "psnr", "shared", 9.0, 0.001),
            ("gaussian", "psnr", "all", 9.0, np.nan),
        ],
    )
    (sentence,) = owed_to_leakage(planted)
    assert sentence == (
        "tiny, whose split leaks, beside second: 1 of 2 scores differ by a part that is owed to leakage (p < 0.05 "
        "after Holm's correction over fields of view): PSNR of Spatial only +1.5000 dB (95 % interval +1.4000 to "
        "+1.6000; corrected p 0.0010; 6 fields of view)."
    )


def test_where_no_test_is_possible_nothing_is_claimed(sources):
    (sentence,) = owed_to_leakage(leakage(sources, [("spatial", "psnr", "all", 5.0, np.nan)]))
    assert sentence == (
        "tiny, whose split leaks, beside second: too few fields of view to test what scores owe to leakage."
    )


def test_verdicts_beside_the_paper_are_counted(sources):
    assert beside_the_paper(sources) == []
    config = sources.config
    datasets = config.datasets | {"tiny": config.datasets["tiny"].model_copy(update={"published_as": "fmd_zebrafish"})}
    rows = [("tiny", "33.1", verdict) for verdict in ("within", "worse", "within", "not comparable")]
    numbers = pd.DataFrame(
        [*rows, ("tiny", None, ""), ("second", "1", "within")], columns=["dataset", "published", "verdict"]
    )
    planted = replace(sources, config=config.model_copy(update={"datasets": datasets}), numbers=numbers)
    assert beside_the_paper(planted) == [
        "tiny beside fmd_zebrafish in the LFFL paper's Table 1, 4 numbers: 2 within, 1 worse, 1 not comparable."
    ]


def test_a_leaking_split_is_a_limitation(sources):
    planted = replace(
        sources, results=replace(sources.results, verdicts={"tiny": {1: "leaking"}, "second": {1: "clean"}})
    )
    assert "tiny: LEAKING: test pixels were seen in training." in limitations(planted)
