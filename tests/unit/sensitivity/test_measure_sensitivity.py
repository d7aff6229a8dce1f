"""The tidy file of the sensitivity: which losses, which values, and what it does not depend on."""

import sys

import numpy as np
import pandas as pd
import pytest

from freqbench.data.patches import PatchSet, read_patches, write_patches
from freqbench.errors import FreqbenchError
from freqbench.files import read_json, sha256_of
from freqbench.layout import Layout
from freqbench.provenance import source_hash
from freqbench.sensitivity.code import sensitivity_code
from freqbench.sensitivity.measure import COLUMNS, measure_sensitivity
from freqbench.sensitivity.probes import PERCEPTUAL_LABEL, STANDARD

SETTINGS = {"sensitivity": {"patches": 2, "cutoffs": 5}}


def measured(config):
    measure_sensitivity(config, "tiny")
    return pd.read_csv(Layout.of(config).sensitivity("tiny"))


def test_every_loss_has_both_curves_for_every_patch(make_study):
    config = make_study(**SETTINGS)
    values = measured(config)
    assert tuple(values.columns) == COLUMNS
    assert set(values["loss"]) == {label for label, _, _ in STANDARD} | {PERCEPTUAL_LABEL}
    assert values.groupby("loss")["patch_id"].nunique().eq(2).all()
    side = min(read_patches(Layout.of(config), "tiny", 1).clean.shape[1:])
    for _, curve in values.groupby(["patch_id", "loss", "quantity"]):
        assert curve["frequency"].is_monotonic_increasing
        assert curve["frequency"].min() == pytest.approx(1 / side, rel=1e-5)
        assert curve["frequency"].max() == pytest.approx(side // 2 / side, rel=1e-5)
        if curve["quantity"].iloc[0] == "low_pass":
            assert (curve["value"].min(), curve["value"].max(), len(curve)) == (0, 1, 5)
            assert curve["value"].iloc[-1] == 0
        else:
            assert curve["value"].mean() == pytest.approx(1, rel=1e-4)


def test_its_manifest_says_how_it_was_made(make_study):
    config = make_study(**SETTINGS)
    measured(config)
    layout = Layout.of(config)
    manifest = read_json(layout.sensitivity_manifest("tiny"))
    assert manifest["sha256"] == sha256_of(layout.sensitivity("tiny"))
    assert len(manifest["patches"]) == 2
    assert manifest["feature_networks"] == "untrained"


def test_test_patches_do_not_matter(make_study):
    config = make_study(**SETTINGS)
    first = measured(config)
    layout = Layout.of(config)
    patches = read_patches(layout, "tiny", 1)
    clean = np.array(patches.clean)
    clean[(patches.table["split"] == "test").to_numpy()] = 7
    write_patches(PatchSet(patches.table, np.array(patches.noisy), clean), layout, "tiny", 1)
    pd.testing.assert_frame_equal(measured(config), first)


def test_methods_of_the_study_are_added_only_where_they_differ(make_study):
    ours = {"loss": "log_focal_frequency", "weight": 1.0}
    methods = [
        {"name": "spatial"},
        {"name": "defaults", **ours},
        {"name": "written_out", **ours, "options": {"alpha": 2.0, "epsilon": 1e-8}},
        {"name": "steeper", **ours, "options": {"alpha": 3.0}},
        {"name": "seen_in_features", **ours, "domain": "features"},
    ]
    standard = {label for label, _, _ in STANDARD} | {PERCEPTUAL_LABEL}
    labels = set(measured(make_study(methods=methods, **SETTINGS))["loss"])
    assert labels - standard == {"steeper", "seen_in_features (conv1_2)"}


@pytest.fixture
def blind_loss(monkeypatch, tmp_path):
    """Put a module with a loss that sees nothing on the Python path."""
    (tmp_path / "blind_losses.py").write_text(
        "from torch import nn\n\nclass Blind(nn.Module):\n    def forward(self, a, b):\n        return (0 * a).sum()\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield "blind_losses.Blind"
    sys.modules.pop("blind_losses", None)


def test_a_loss_that_sees_nothing_is_named_and_leaves_no_file(make_study, blind_loss):
    methods = [{"name": "spatial"}, {"name": "blind", "loss": blind_loss, "weight": 1.0}]
    config = make_study(methods=methods, **SETTINGS)
    with pytest.raises(FreqbenchError, match=r"blind: the low_pass curve of .* is not finite"):
        measure_sensitivity(config, "tiny")
    assert not Layout.of(config).sensitivity("tiny").exists()


def test_an_unknown_data_set_is_refused(make_study):
    with pytest.raises(FreqbenchError, match="data set huge: not in the configuration; there are tiny"):
        measure_sensitivity(make_study(**SETTINGS), "huge")


def test_the_code_hash_follows_every_loss(make_study, blind_loss, tmp_path):
    methods = [{"name": "spatial"}, {"name": "blind", "loss": blind_loss, "weight": 1.0}]
    config = make_study(methods=methods, **SETTINGS)
    before = sensitivity_code(config)
    assert sensitivity_code(make_study(**SETTINGS)) != before
    with (tmp_path / "blind_losses.py").open("a") as module:
        module.write("# edited\n")
    source_hash.cache_clear()
    assert sensitivity_code(config) != before
