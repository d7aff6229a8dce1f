import numpy as np
import pandas as pd

from freqbench.reporting.control_checks import control_notes


def table(values):
    """Return numbers by {metric: {method: mean}} as Table 1 holds them."""
    rows = [
        {"dataset": "tiny", "metric": metric, "method": method, "mean": mean, "label": metric.upper()}
        for metric, means in values.items()
        for method, mean in means.items()
    ]
    return pd.DataFrame(rows)


GOOD = {
    "psnr": {"input": 20.0, "gaussian": 25.0, "clean": np.nan, "spatial": 30.0},
    "lpips": {"input": 0.5, "gaussian": 0.2, "clean": 0.0, "spatial": 0.1},
}


def test_metrics_that_tell_good_from_bad(make_study):
    assert control_notes(make_study(), table(GOOD)) == [
        "tiny, controls: clean images have the best value of every metric; better than the input in all: Gaussian "
        "filter."
    ]


def test_a_metric_that_prefers_something_to_the_clean_image_is_called_out(make_study):
    for spoilt in (
        GOOD | {"lpips": GOOD["lpips"] | {"spatial": -0.1}},
        GOOD | {"ssim": {"input": 0.9, "gaussian": 0.95, "clean": 0.8, "spatial": 0.7}},
    ):
        (note,) = control_notes(make_study(), table(spoilt))
        name = "LPIPS" if "ssim" not in spoilt else "SSIM"
        assert f"CLEAN IMAGES ARE NOT THE BEST in {name}: do not trust" in note


def test_a_filter_that_does_not_help_is_named(make_study):
    worse = {"psnr": {"input": 25.0, "gaussian": 25.0, "clean": np.nan}, "lpips": GOOD["lpips"]}
    (note,) = control_notes(make_study(), table(worse))
    assert note.endswith("; better than the input in all but PSNR: Gaussian filter.")


def test_denoisers_are_grouped_by_what_they_improve(make_study):
    values = {
        "psnr": {"input": 20.0, "gaussian": 25.0, "tv": 26.0, "gat_tv": 27.0, "average16": 31.0, "clean": np.nan},
        "lpips": {"input": 0.5, "gaussian": 0.6, "tv": 0.3, "gat_tv": 0.2, "average16": 0.1, "clean": 0.0},
    }
    (note,) = control_notes(make_study(), table(values))
    assert note.endswith(
        "; better than the input in all but LPIPS: Gaussian filter; better than the input in all: Total variation, "
        "GAT + total variation."
    )


def test_a_study_without_controls_says_nothing(make_study):
    assert control_notes(make_study(), table({"psnr": {"spatial": 30.0}})) == []
