"""Checks before anything is computed: hours of training must not end in a misspelt option."""

from typing import Any

from freqbench.config import Config
from freqbench.mirror import mirror_folder

IMAGENET_NETWORKS = {"vgg": "vgg16", "alex": "alexnet"}


def check(config: Config) -> dict[str, Any]:
    """Build every loss and network of a study once, and find the weights they need.

    Args:
        config: the study.

    Returns:
        What was found: parameters of the networks, methods, files of the feature networks.

    Raises:
        FreqbenchError: if a loss or an option does not exist, or weights cannot be had.
    """
    from freqbench.training.build import build_discriminator, build_frequency_loss, build_generator

    for method in config.methods:
        build_frequency_loss(method)
    return {
        "methods": list(config.method_names),
        "generator_parameters": _parameters(build_generator(config)),
        "discriminator_parameters": _parameters(build_discriminator(config)),
        "feature_networks": [_network(config, name) for name in needed_networks(config)],
    }


def needed_networks(config: Config) -> list[str]:
    """Return the feature networks that the objective and the metrics of a study use."""
    evaluation, objective = config.evaluation, config.training.objective
    needed = []
    if objective.perceptual > 0 or any(method.loss and method.domain != "image" for method in config.methods):
        needed.append("vgg19")
    if "lpips" in evaluation.metrics:
        needed.append(IMAGENET_NETWORKS[evaluation.lpips_network])
    if evaluation.frechet_features == "vgg16" and "vgg16" not in needed:
        needed.append("vgg16")
    if evaluation.frechet_features == "inception":
        needed.append("inception")
    return needed


def _network(config: Config, name: str) -> dict[str, str]:
    if config.feature_networks == "untrained" and name != "inception":
        return {"network": name, "file": "untrained, from a seed"}
    mirror = mirror_folder(config.mirror)
    if name == "inception":
        from freqbench.metrics.inception import WEIGHTS_SHA256, find_weights

        return {"network": name, "file": find_weights(mirror).name, "sha256": WEIGHTS_SHA256}
    from freqbench.weights import describe_weights, load_weights

    load_weights(name, mirror)  # downloads them here, once, and not in every job
    return describe_weights(name, mirror)


def _parameters(network: Any) -> int:
    return sum(parameter.numel() for parameter in network.parameters())
