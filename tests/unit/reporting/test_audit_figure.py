"""The audit figure shows what audit.json holds, and is the same from the same file."""

import numpy as np
import pytest

from freqbench.data.leakage.masks import write_masks
from freqbench.errors import FreqbenchError
from freqbench.files import write_json
from freqbench.layout import Layout
from freqbench.reporting.audit_figure import draw_audit, relations

ERRORS = {"standard_errors_beyond_mirrored_copies": 2.5}
AUDIT = {
    "verdict": "related",
    "fields_of_view": [
        {"fov": "1", "side": "train", "specimen": 1},
        {"fov": "2", "side": "train", "specimen": 2},
        {"fov": "3", "side": "test", "specimen": 1},
    ],
    "pairs": [
        {"train": "1", "test": "3", "kind": "related", "correlation": 0.7} | ERRORS,
        {"train": "2", "test": "3", "kind": "unrelated", "correlation": 0.2} | ERRORS,
    ],
    "other_pairs": [],
}


def test_specimens_stand_together_and_pairs_that_were_not_compared_are_empty():
    found = relations(AUDIT)
    nan = np.nan
    assert [field["fov"] for field in found.fields] == ["1", "3", "2"]
    expected = np.array([[nan, 0.7, nan], [0.7, nan, 0.2], [nan, 0.2, nan]])
    assert np.array_equal(found.correlations, expected, equal_nan=True)
    assert np.array_equal(found.evidence, np.where(np.isnan(expected), nan, 2.5), equal_nan=True)
    assert found.kinds == {(0, 1): "related", (1, 0): "related"}


def test_the_same_audit_gives_the_same_files(make_study):
    config = make_study()
    layout = Layout.of(config)
    write_json(layout.audit("tiny", 1), AUDIT)
    write_masks({"3": np.ones((8, 8), dtype=bool)}, layout.mask("tiny", 1))
    drawn = []
    for _ in range(2):
        draw_audit(config, "tiny", 1)
        drawn.append([layout.audit_figure("tiny", 1, suffix).read_bytes() for suffix in ("png", "pdf")])
    assert drawn[0] == drawn[1]


def test_a_missing_mask_is_named(make_study):
    config = make_study()
    write_json(Layout.of(config).audit("tiny", 1), AUDIT)
    with pytest.raises(FreqbenchError, match=r"usable_area\.npz: not readable"):
        draw_audit(config, "tiny", 1)
