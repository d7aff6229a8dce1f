"""Which losses the sensitivity figure has."""

from freqbench.sensitivity.probes import STANDARD, probes


def test_a_loss_is_measured_once_whatever_its_weight_and_generator(make_study):
    plain = {"name": "lffl_plain", "loss": "log_focal_frequency", "options": {"log_weight": False, "log_error": False}}
    config = make_study(
        methods=[
            {"name": "spatial"},
            {"name": "lffl_a1", "loss": "log_focal_frequency", "weight": "paper"},
            plain | {"sweep": {"weight": [1, 2, 4]}},
            {"name": "ffl", "loss": "focal_frequency", "sweep": {"alpha": [1, 2]}},
        ],
        generator=None,
        generators={"rrdb": {}, "care": {"kind": "care_unet"}},
        training={"objective": {"perceptual": 0}},
    )
    labels = [probe.label for probe in probes(config, "tiny")]
    assert labels == [*(label for label, _, _ in STANDARD), "LFFL without logs λ₄×1", "FFL α=2"]
