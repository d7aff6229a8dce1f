import math

import pytest

from freqbench.config import Method
from freqbench.errors import FreqbenchError
from freqbench.training.term_weights import frequency_domain, l1_weight, paper_frequency_weight, uncalibrated_weight


@pytest.mark.parametrize(
    ("task", "alpha", "printed"),
    [
        ("denoise", 0.5, 4.0),
        ("denoise", 1.0, 2.0),
        ("denoise", 2.0, math.sqrt(2.0)),
        ("deblur", 0.5, 2.0),
        ("deblur", 1.0, math.sqrt(2.0)),
        ("deblur", 2.0, math.sqrt(math.sqrt(2.0))),
    ],
)
def test_lambda_4_is_the_one_that_the_paper_prints(task, alpha, printed):
    assert paper_frequency_weight(alpha, task) == pytest.approx(printed, rel=1e-15)
    method = Method(name="m", loss="log_focal_frequency", options={"alpha": alpha}, weight="paper")
    assert uncalibrated_weight(method, task) == pytest.approx(printed, rel=1e-15)


def test_alpha_left_out_is_one():
    method = Method(name="m", loss="log_focal_frequency", weight="paper")
    assert uncalibrated_weight(method, "denoise") == 2.0


def test_lambda_1_is_1_to_denoise_and_a_tenth_to_deblur():
    assert l1_weight("paper", "denoise") == 1.0
    assert l1_weight("paper", "deblur") == 0.1
    assert l1_weight(0.3, "denoise") == l1_weight(0.3, "deblur") == 0.3


def test_a_number_and_no_loss():
    assert uncalibrated_weight(Method(name="m", loss="l1", weight=0.25), "deblur") == 0.25
    assert uncalibrated_weight(Method(name="spatial"), "denoise") == 0.0


@pytest.mark.parametrize("alpha", [0, -1])
def test_an_alpha_without_a_paper_weight_is_refused(alpha):
    method = Method(name="mine", loss="log_focal_frequency", options={"alpha": alpha}, weight="paper")
    with pytest.raises(FreqbenchError, match=r"methods\.mine.*alpha above 0"):
        uncalibrated_weight(method, "denoise")


@pytest.mark.parametrize(
    ("domain", "task", "seen"),
    [
        ("task", "denoise", "image"),
        ("task", "deblur", "features"),
        ("image", "deblur", "image"),
        ("features", "denoise", "features"),
    ],
)
def test_what_the_frequency_loss_sees(domain, task, seen):
    assert frequency_domain(Method(name="m", loss="l1", weight=1.0, domain=domain), task) == seen
