import pytest
import torch
from torch import nn

from freqbench.losses import LogFocalFrequencyLoss, RelativisticAverageGANLoss
from freqbench.models.vgg import VGGFeatures
from freqbench.training.objective import FREQUENCY_LAYER, PERCEPTUAL_LAYER, GeneratorObjective, Weights

ALL = Weights(l1=0.7, perceptual=1.3, adversarial=0.05, frequency=2.5)


class Counting(nn.Module):
    """A module that counts its calls."""

    def __init__(self, inner):
        super().__init__()
        self.inner, self.calls = inner, 0

    def forward(self, *arguments):
        self.calls += 1
        return self.inner(*arguments)


class CountingFeatures(VGGFeatures):
    """Untrained VGG-19 that counts how often it runs, and whether with a gradient."""

    def __init__(self):
        super().__init__("vgg19", (FREQUENCY_LAYER, PERCEPTUAL_LAYER), weights="untrained")
        self.gradients = []

    def forward(self, image):
        self.gradients.append(torch.is_grad_enabled() and image.requires_grad)
        return super().forward(image)


@pytest.fixture(scope="module")
def pair():
    generator = torch.Generator().manual_seed(3)
    prediction, target = torch.rand((2, 2, 1, 16, 16), generator=generator)
    return prediction.requires_grad_(True), target


@pytest.fixture(scope="module")
def logits():
    generator = torch.Generator().manual_seed(4)
    return tuple(torch.randn((2, 2, 1, 3, 3), generator=generator))


def test_total_is_the_weighted_sum_of_the_terms(pair, logits):
    objective = GeneratorObjective(ALL, CountingFeatures(), LogFocalFrequencyLoss())
    terms = objective(*pair, logits)
    assert set(terms) == {"l1", "perceptual", "frequency", "adversarial"}
    expected = (
        0.7 * terms["l1"] + 1.3 * terms["perceptual"] + 0.05 * terms["adversarial"] + 2.5 * terms["frequency"]
    ).item()
    assert objective.total(terms).item() == pytest.approx(expected, rel=1e-6)


def test_each_term_is_the_loss_that_it_is_named_after(pair, logits):
    features = CountingFeatures()
    terms = GeneratorObjective(ALL, features, LogFocalFrequencyLoss(2.0))(*pair, logits)
    prediction, target = pair
    seen, wanted = features(prediction)[PERCEPTUAL_LAYER], features(target)[PERCEPTUAL_LAYER]
    assert terms["l1"].item() == pytest.approx((prediction - target).abs().mean().item())
    assert terms["perceptual"].item() == pytest.approx((seen - wanted).abs().mean().item())
    assert terms["frequency"].item() == pytest.approx(LogFocalFrequencyLoss(2.0)(prediction, target).item())
    assert terms["adversarial"].item() == pytest.approx(RelativisticAverageGANLoss().generator(*logits).item())


def test_squared_perceptual_distance(pair):
    features = CountingFeatures()
    objective = GeneratorObjective(Weights(0, 1, 0, 0), features, None, perceptual_criterion="mse")
    seen, wanted = (features(image)[PERCEPTUAL_LAYER] for image in pair)
    assert objective(*pair, None)["perceptual"].item() == pytest.approx((seen - wanted).square().mean().item())


def test_a_frequency_loss_on_features_sees_those_of_conv1_2_before_relu(pair):
    features = CountingFeatures()
    objective = GeneratorObjective(Weights(0, 0, 0, 1), features, LogFocalFrequencyLoss(), domain="features")
    seen, wanted = (features(image)["conv1_2"] for image in pair)
    assert (seen < 0).any()
    assert objective(*pair, None)["frequency"].item() == pytest.approx(LogFocalFrequencyLoss()(seen, wanted).item())


@pytest.mark.parametrize("domain", ["image", "features"])
def test_features_are_computed_once_for_prediction_and_target(pair, logits, domain):
    features = CountingFeatures()
    objective = GeneratorObjective(ALL, features, LogFocalFrequencyLoss(), domain=domain)
    objective(*pair, logits)
    # the target's without a graph
    assert sorted(features.gradients) == [False, True]


def test_a_term_of_weight_zero_is_not_computed(pair, logits):
    frequency, features = Counting(LogFocalFrequencyLoss()), CountingFeatures()
    objective = GeneratorObjective(Weights(1.0, 0.0, 0.0, 0.0), features, frequency, domain="features")
    objective.adversarial.generator = pytest.fail
    assert set(objective(*pair, logits)) == {"l1"}
    assert frequency.calls == 0
    assert features.gradients == []
    objective = GeneratorObjective(Weights(0.0, 0.0, 0.0, 1.0), None, frequency)
    objective.pixel = Counting(nn.L1Loss())
    assert set(objective(*pair, logits)) == {"frequency"}
    assert objective.pixel.calls == 0


def test_a_spatial_method_has_no_frequency_term(pair, logits):
    objective = GeneratorObjective(Weights(1.0, 1.0, 0.005, 0.0), CountingFeatures(), None)
    assert set(objective(*pair, logits)) == {"l1", "perceptual", "adversarial"}


def test_without_logits_there_is_no_adversarial_term(pair):
    objective = GeneratorObjective(Weights(1.0, 0.0, 1.0, 0.0), None, None)
    assert set(objective(*pair, None)) == {"l1"}


@pytest.mark.parametrize("weights", [Weights(1, 1, 0, 0), Weights(1, 0, 0, 1)])
def test_missing_features_are_refused_at_once(weights):
    with pytest.raises(ValueError, match="VGG features"):
        GeneratorObjective(weights, None, LogFocalFrequencyLoss(), domain="features")


def test_the_gradient_reaches_the_prediction_and_nothing_else(pair, logits):
    prediction, target = (image.detach().clone().requires_grad_(True) for image in pair)
    objective = GeneratorObjective(ALL, CountingFeatures(), LogFocalFrequencyLoss(), domain="features")
    objective.total(objective(prediction, target, logits)).backward()
    assert torch.isfinite(prediction.grad).all()
    assert prediction.grad.abs().min() > 0
    assert not any(parameter.requires_grad for parameter in objective.parameters())


def test_losses_are_computed_in_full_precision(pair, logits):
    prediction, target = (image.detach().to(torch.bfloat16) for image in pair)
    terms = GeneratorObjective(ALL, CountingFeatures(), LogFocalFrequencyLoss())(prediction, target, logits)
    assert {value.dtype for value in terms.values()} == {torch.float32}
