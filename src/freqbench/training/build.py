"""Networks, losses and batches of one training, made from the configuration."""

from typing import Any

import torch
from torch import nn

from freqbench.config import Config, Method
from freqbench.data.patches import PatchSet
from freqbench.errors import FreqbenchError
from freqbench.losses.registry import build_loss, channels_per_target
from freqbench.mirror import mirror_folder
from freqbench.models import CAREUNet, Noise2NoiseUNet, PatchDiscriminator, RRDBNet
from freqbench.models.vgg import VGGFeatures
from freqbench.training.batches import BatchStream
from freqbench.training.objective import FREQUENCY_LAYER, PERCEPTUAL_LAYER, GeneratorObjective, Weights
from freqbench.training.recomputation import recompute_blocks
from freqbench.training.targets import other_captures
from freqbench.training.term_weights import Task, frequency_domain, l1_weight

NETWORKS: dict[str, type[nn.Module]] = {"rrdb": RRDBNet, "care_unet": CAREUNet, "noise2noise_unet": Noise2NoiseUNet}
"""Generators by the ``kind`` of their configuration, whose other keys are the arguments."""

SCALE_HEAD = "scale_head."
"""How the weights of the head begin that predicts a scale; they are of no use to restore."""


def build_generator(config: Config, method: Method | None = None) -> nn.Module:
    """Return an untrained generator, initialised from torch's global random state.

    Args:
        config: the study.
        method: the method that it is trained for; it has a scale head where the method's loss needs one. All other
            weights, and what is drawn after them, are the same for all methods.

    Raises:
        FreqbenchError: if the method's loss needs a scale and the network has none.
    """
    settings = config.network
    generator = NETWORKS[settings.kind](in_channels=1, out_channels=1, **settings.model_dump(exclude={"kind"}))
    if method is not None and predicts_scale(method):
        generator = _with_scale(generator, config, method)
    return recompute_blocks(generator) if config.training.recompute else generator


def predicts_scale(method: Method) -> bool:
    """Return whether a method's loss needs the scale of a distribution besides the restored image.

    Raises:
        FreqbenchError: if the loss does not exist.
    """
    return channels_per_target(method.loss) > 1


def location_weights(generator: nn.Module) -> dict[str, torch.Tensor]:
    """Return the weights of a generator without its scale head: those that restore."""
    return {name: value for name, value in generator.state_dict().items() if not name.startswith(SCALE_HEAD)}


def _with_scale(generator: nn.Module, config: Config, method: Method) -> nn.Module:
    """Return a CARE U-Net with the weights of another and a scale head."""
    settings = config.network
    if settings.kind != "care_unet":
        raise FreqbenchError(
            f"methods.{method.name}: {method.loss} needs a scale for every pixel, which `generator.kind: "
            f"{settings.kind}` does not predict; use `care_unet`, or leave the method out"
        )
    # the scale head's draws must not move those that follow: the discriminator's weights
    with torch.random.fork_rng(devices=[]):
        both = CAREUNet(in_channels=1, out_channels=1, probabilistic=True, **settings.model_dump(exclude={"kind"}))
    both.load_state_dict(generator.state_dict(), strict=False)
    return both


def build_discriminator(config: Config) -> nn.Module:
    """Return an untrained discriminator, initialised from torch's global random state."""
    settings = config.discriminator
    return PatchDiscriminator(in_channels=1, features=settings.features, layers=settings.layers, norm=settings.norm)


def build_features(config: Config) -> VGGFeatures:
    """Return VGG-19 with the layers of the perceptual term and of frequency losses on features.

    Raises:
        FreqbenchError: if its weights cannot be had.
    """
    return VGGFeatures(
        "vgg19",
        (FREQUENCY_LAYER, PERCEPTUAL_LAYER),
        weights=config.feature_networks,
        mirror=mirror_folder(config.mirror),
    )


def build_frequency_loss(method: Method) -> nn.Module | None:
    """Return the frequency loss of a method, None for a spatial one.

    Raises:
        FreqbenchError: if the loss or one of its options does not exist.
    """
    return None if method.loss is None else build_loss(method.loss, method.options)


def build_objective(config: Config, method: Method, task: Task, frequency_weight: float) -> GeneratorObjective:
    """Return the generator's objective for a method.

    Raises:
        FreqbenchError: if the loss does not exist, the feature network's weights cannot be had, or no term has a
            weight.
    """
    settings = config.training.objective
    weights = Weights(l1_weight(settings.l1, task), settings.perceptual, settings.adversarial, frequency_weight)
    warmup = config.discriminator.warmup_iterations
    if not (weights.l1 or weights.perceptual or weights.frequency or (weights.adversarial and not warmup)):
        raise FreqbenchError(
            f"training.objective: leaves {method.name} without any term from the first iteration on; give `l1` or "
            "`perceptual` a weight above 0"
        )
    domain = frequency_domain(method, task)
    if domain == "features" and predicts_scale(method):
        raise FreqbenchError(f"methods.{method.name}: {method.loss} sees intensities; set `domain: image`")
    needs_features = weights.perceptual > 0 or (method.loss is not None and domain == "features")
    return GeneratorObjective(
        weights,
        build_features(config) if needs_features else None,
        build_frequency_loss(method),
        domain=domain,
        perceptual_criterion=settings.perceptual_criterion,
    )


def build_batches(config: Config, patches: PatchSet, seed: int, device: torch.device) -> BatchStream:
    """Return the training batches of a seed; ``patches`` are those that train.

    Raises:
        FreqbenchError: if the patches are too small for the crop, or cannot be turned as they are not square; or if
            captures are to be compared with each other and a window has one.
    """
    settings = config.training
    height, width = patches.noisy.shape[1:]
    if settings.crop is not None and settings.crop > min(height, width):
        raise FreqbenchError(f"training.crop: {settings.crop} is larger than the patches, {height} x {width} pixels")
    if settings.crop is None and settings.augment and height != width:
        raise FreqbenchError(
            f"training.augment: quarter turns need square patches, not {height} x {width} pixels; set `training.crop`"
        )
    is_paired = settings.target == "second_capture"
    return BatchStream(
        patches.noisy,
        patches.noisy if is_paired else patches.clean,
        batch_size=settings.batch_size,
        crop=settings.crop,
        augment=settings.augment,
        seed=seed,
        device=device,
        choices=other_captures(patches) if is_paired else None,
    )


def build_optimisers(config: Config, generator: nn.Module, discriminator: nn.Module) -> tuple[Any, Any]:
    """Return AdamW for both networks (LFFL paper: 1e-4 and 1e-5), fused: one pass over weights and moments."""
    settings = config.training
    rates = (settings.learning_rate_generator, settings.learning_rate_discriminator)
    one, two = (
        torch.optim.AdamW(
            network.parameters(),
            lr=rate,
            betas=settings.betas,
            eps=1e-8,
            weight_decay=settings.weight_decay,
            fused=True,
        )
        for network, rate in zip((generator, discriminator), rates, strict=True)
    )
    return one, two


def iterations_of(config: Config, patches: int) -> int:
    """Return the number of generator updates: as configured, or epochs x patches / batch size, rounded up."""
    settings = config.training
    if settings.iterations is not None:
        return settings.iterations
    assert settings.epochs is not None
    return -(-settings.epochs * patches // settings.batch_size)
