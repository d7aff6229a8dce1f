"""A configuration of any size, on simulated images: what the benchmarks of the workflow's scale plan and fill."""

from typing import Any

LOSSES: tuple[dict[str, Any], ...] = (
    {"loss": "log_focal_frequency", "weight": 0.1},
    {"loss": "focal_frequency", "weight": "calibrated"},
    {"loss": "fourier_space", "weight": "calibrated"},
)
"""What the methods after the first take in turn: one that calibrates others, and two that are calibrated."""


METRICS = ["psnr", "ssim", "ms_ssim", "lpips", "fsim", "gmsd", "lfd", "frc_area"]


def large_study(*, methods: int, seeds: int, splits: int, datasets: int, nuclei: bool = True) -> dict[str, Any]:
    """Return the configuration of a study of ``methods * seeds * splits * datasets`` trainings.

    Args:
        methods: trained methods, at least two: the first without a frequency loss.
        seeds: seeds of each method.
        splits: splits of each data set.
        datasets: data sets, all simulated.
        nuclei: whether nuclei are measured, too: each run then has all the steps that one can have.
    """
    variants = [{"name": f"loss{number}", **LOSSES[(number - 1) % len(LOSSES)]} for number in range(1, methods)]
    phantom = {"kind": "phantom", "specimen": "nuclei", "specimens": 8, "fovs": 8, "captures": 1, "size": 192}
    measured = {"nuclei": {"segmenter": {"kind": "threshold", "diameter": 42}, "min_area": 300}} if nuclei else {}
    return {
        "name": "large",
        "tier": "smoke",
        "feature_networks": "untrained",
        "datasets": {
            f"set{number}": {
                "source": phantom | {"seed": number},
                "patches": {"rule": "whole"},
                "split": {"repeats": splits},
                **measured,
            }
            for number in range(1, datasets + 1)
        },
        "methods": [{"name": "spatial"}, *variants],
        "controls": ["input", "gaussian", "clean"],
        "seeds": list(range(seeds)),
        "calibration": {"reference": "loss1"},
        "comparison": {"baselines": ["spatial"], "reference": "loss1"},
        "evaluation": {"metrics": METRICS, "frechet_features": "vgg16"},
        "generator": {"blocks": 1, "features": 4, "growth": 2},
        "discriminator": {"features": 4, "layers": 1},
        "training": {"iterations": 2, "batch_size": 1, "crop": 32},
    }
