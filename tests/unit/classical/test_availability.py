import sys

import pytest

from freqbench.classical.availability import check_controls, why_not
from freqbench.config import parse_config
from freqbench.errors import FreqbenchError

CONTENT = {
    "name": "study",
    "tier": "smoke",
    "methods": [{"name": "spatial"}],
    "training": {"iterations": 1, "batch_size": 1, "learning_rate_generator": 1, "learning_rate_discriminator": 1},
}
PHANTOM = {"kind": "phantom", "fovs": 20, "captures": 50}
BBBC006 = {"kind": "bbbc006", "folder": "x"}
FMD = {"kind": "fmd", "type": "Confocal_FISH"}


def study(source, shown, **dataset):
    return parse_config(CONTENT | {"datasets": {"x": {"source": source, **dataset}}, "controls": shown}, "test")


@pytest.mark.parametrize(
    ("source", "dataset", "control", "reason"),
    [
        (PHANTOM, {}, "average16", ""),
        (PHANTOM | {"captures": 15}, {}, "average16", "needs 16 captures of each field of view, but there are 15"),
        (FMD, {}, "average16", ""),
        (FMD, {"level": "avg2"}, "average16", "averages single captures, but `level: avg2` is none"),
        (BBBC006, {"task": "deblur"}, "average16", "but there are 1"),
        (BBBC006, {"task": "deblur"}, "gat_tv", "the noise cannot be estimated from one capture"),
        (BBBC006, {"task": "deblur"}, "tv", ""),
        (PHANTOM | {"captures": 1}, {}, "gat_nlm", ""),
        (PHANTOM | {"captures": 1, "specimen": "nuclei"}, {"level": "defocus"}, "gat_nlm", "cannot be estimated"),
        ({"kind": "folder", "folder": "x", "degraded": "{fov}.tif"}, {}, "average16", ""),
    ],
)
def test_what_the_configuration_tells(source, dataset, control, reason):
    config = study(source, [control], **dataset)
    found = why_not(control, config.datasets["x"])
    assert (reason in found) if reason else found == ""
    if reason:
        with pytest.raises(FreqbenchError, match=rf"^control {control} on x: .*`datasets\.x\.controls`$"):
            check_controls(config)
    else:
        check_controls(config)


def test_a_control_that_a_data_set_leaves_out_is_not_needed_there():
    without = study(BBBC006, ["input", "gat_tv"], task="deblur", controls=["input"])
    assert without.controls_of("x") == ("input",)
    check_controls(without)
    with pytest.raises(FreqbenchError, match=r"^control gat_tv on x"):
        check_controls(study(BBBC006, ["input", "gat_tv"], task="deblur"))


@pytest.mark.parametrize("control", ["bm3d", "gat_bm3d"])
def test_a_missing_package_is_one_line(monkeypatch, control):
    monkeypatch.setitem(sys.modules, "bm3d", None)
    with pytest.raises(FreqbenchError, match=r"package bm3d: cannot be imported.*non-commercial") as error:
        check_controls(study(PHANTOM, [control]))
    assert "\n" not in str(error.value)
