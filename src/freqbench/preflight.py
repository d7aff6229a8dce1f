"""Checks before anything is computed: hours of training must not end in a misspelt option."""

from typing import TYPE_CHECKING, Any

from freqbench.config import Config, Dataset, Method
from freqbench.errors import FreqbenchError
from freqbench.metrics.contracts import contract_of
from freqbench.mirror import mirror_folder

if TYPE_CHECKING:
    from torch import nn

IMAGENET_NETWORKS = {"vgg": "vgg16", "alex": "alexnet"}
CONV1_2_CHANNELS = 64


def check(config: Config) -> dict[str, Any]:
    """Build every loss and network of a study once, try them on the size of its patches, and find their weights.

    Args:
        config: the study.

    Returns:
        What was found: parameters of the networks, methods, files of the feature networks.

    Raises:
        FreqbenchError: if a data set cannot have a control, a loss or an option does not exist, a loss, network or
            metric cannot take the patches, or weights cannot be had.
    """
    import torch

    from freqbench.classical.availability import check_controls
    from freqbench.training.build import build_discriminator, build_generator

    check_controls(config)
    for name, dataset in config.datasets.items():
        _check_has_clean_images(name, dataset)
    for name in config.trained_sets:
        _check_has_second_captures(config, name)
    for method in config.methods:
        for name in config.trained_sets:
            _check_loss(config, method, config.datasets[name])
    # on the meta device networks have shapes but neither memory nor arithmetic
    with torch.device("meta"):
        generators = {name: build_generator(seen) for name, seen in config.by_network().items()}
        discriminator = build_discriminator(config)
        for method in config.methods:
            _check_scale(config.for_method(method.name), method)
    crop, adversarial = config.training.crop, config.training.objective.adversarial > 0
    for name, dataset in config.datasets.items():
        size, key = _tested_size(dataset)
        _check_metrics(config, size, f"datasets.{name}.{key}")
        tested = (size, f"datasets.{name}.{key}")
        trained = (crop, "training.crop") if crop else tested
        used = [generators[of] for of in config.by_generator(one.name for one in config.methods_of(name))]
        if name in config.trained_sets:
            for network in (*used, discriminator) if adversarial else used:
                _check_size(network, config.training.batch_size, *trained)
        for network in used:
            _check_size(network, 1, *tested)
    parameters = {name: _parameters(generator) for name, generator in generators.items()}
    return {
        "methods": list(config.method_names),
        "generator_parameters": parameters if config.generators else parameters[""],
        "discriminator_parameters": _parameters(discriminator),
        "feature_networks": [_network(config, name) for name in needed_networks(config)],
        "segmenters": _segmenters(config),
    }


def needed_networks(config: Config) -> list[str]:
    """Return the feature networks that the objective and the metrics of a study use."""
    from freqbench.training.term_weights import frequency_domain

    evaluation, objective = config.evaluation, config.training.objective
    tasks = {dataset.task for dataset in config.datasets.values()}
    domains = {frequency_domain(method, task) for method in config.methods if method.loss for task in tasks}
    needed = []
    if objective.perceptual > 0 or "features" in domains:
        needed.append("vgg19")
    if "lpips" in evaluation.metrics:
        needed.append(IMAGENET_NETWORKS[evaluation.lpips_network])
    if evaluation.frechet_features == "vgg16" and "vgg16" not in needed:
        needed.append("vgg16")
    if evaluation.frechet_features == "inception":
        needed.append("inception")
    return needed


def _tested_size(dataset: Dataset) -> tuple[int | None, str]:
    """Return the side in pixels of the images that are tested, None where files decide, and the key that says it."""
    if dataset.patches.rule == "whole":
        return getattr(dataset.source, "size", None), "source.size"
    return dataset.patches.size, "patches.size"


def _check_has_clean_images(name: str, dataset: Dataset) -> None:
    source = dataset.source
    if source.kind == "folder" and source.pairs is None and source.clean is None:
        raise FreqbenchError(
            f"datasets.{name}.source.clean: is missing, so nothing can be trained or tested on these images; name the "
            "clean images, or take the data set out of the study and restore it with a generator of another"
        )


def _check_has_second_captures(config: Config, name: str) -> None:
    """Refuse a data set whose fields of view were captured once, as far as the configuration or the index tells.

    The steps that pair captures find the same in the patches.
    """
    from freqbench.classical.availability import captures_of
    from freqbench.data.index import read_index
    from freqbench.layout import Layout
    from freqbench.training.targets import too_few_captures

    if config.training.target != "second_capture":
        return
    captures, index = captures_of(config.datasets[name]), Layout.of(config).index(name)
    if captures == 1:
        raise FreqbenchError(
            f"datasets.{name}: has one capture of each field of view, but `training.target: second_capture` compares "
            "two; take a source with more, or set `training.target: clean`"
        )
    if captures is None and index.exists():
        counts = read_index(index)["fov"].value_counts()
        # what only tests may have been captured once
        if counts.max() == 1:
            raise FreqbenchError(f"datasets.{name}: {too_few_captures(str(counts.index[0]))}")


def _check_loss(config: Config, method: Method, dataset: Dataset) -> None:
    import torch

    from freqbench.losses.registry import channels_per_target
    from freqbench.training.build import build_frequency_loss
    from freqbench.training.term_weights import frequency_domain, uncalibrated_weight

    loss, size = build_frequency_loss(method), config.training.crop or _tested_size(dataset)[0]
    if not method.is_calibrated:
        uncalibrated_weight(method, dataset.task)
    if loss is None or size is None:
        return
    channels = 1 if frequency_domain(method, dataset.task) == "image" else CONV1_2_CHANNELS
    images = torch.rand((2, channels, size, size), generator=torch.Generator().manual_seed(0)).clamp(min=1e-3)
    prediction = images.flip(0).repeat(1, channels_per_target(method.loss), 1, 1)
    try:
        value = loss(prediction, images)
    except Exception as error:  # a user's loss can fail in any way
        raise FreqbenchError(
            f"methods.{method.name}: {method.loss} fails on images of {size} x {size} pixels "
            f"({type(error).__name__}: {error})"
        ) from error
    if not (isinstance(value, torch.Tensor) and value.ndim == 0 and value.isfinite()):
        raise FreqbenchError(f"methods.{method.name}: {method.loss} must return a finite scalar tensor, not {value}")


def _check_scale(config: Config, method: Method) -> None:
    from freqbench.training.build import build_generator, predicts_scale

    if not predicts_scale(method):
        return
    build_generator(config, method)
    tasks = {config.datasets[name].task for name in config.trained_sets}
    if method.is_calibrated or config.calibration.reference == method.name:
        raise FreqbenchError(
            f"methods.{method.name}: {method.loss} needs a scale besides the image and cannot be calibrated, nor be "
            "the reference; give its `weight` as a number"
        )
    if method.domain == "features" or (method.domain == "task" and "deblur" in tasks):
        raise FreqbenchError(f"methods.{method.name}: {method.loss} sees intensities; set `domain: image`")


def _check_size(network: "nn.Module", batch_size: int, size: int | None, where: str) -> None:
    import torch

    if size is None:
        return
    try:
        network(torch.empty((batch_size, 1, size, size), device="meta"))
    except (ValueError, RuntimeError) as error:
        raise FreqbenchError(
            f"{where}: {type(network).__name__} cannot take {batch_size} images of {size} x {size} pixels ({error})"
        ) from error


def _check_metrics(config: Config, size: int | None, where: str) -> None:
    for name in config.evaluation.metrics:
        smallest = contract_of(name).min_size
        if size is not None and size < smallest:
            raise FreqbenchError(
                f"evaluation.metrics: {name} needs images of at least {smallest} x {smallest} pixels, but {where} is "
                f"{size}; leave it out or take larger patches"
            )


def _network(config: Config, name: str) -> dict[str, str]:
    if config.feature_networks == "untrained" and name == "inception":
        raise FreqbenchError(
            "evaluation.frechet_features: `inception` is for trained feature networks; with `feature_networks: "
            "untrained` choose `vgg16` or `none`"
        )
    if config.feature_networks == "untrained":
        return {"network": name, "file": "untrained, from a seed"}
    mirror = mirror_folder(config.mirror)
    if name == "inception":
        from freqbench.metrics.inception import WEIGHTS_SHA256, find_weights

        return {"network": name, "file": find_weights(mirror).name, "sha256": WEIGHTS_SHA256}
    from freqbench.weights import describe_weights, load_weights

    load_weights(name, mirror)  # downloads them here, once, and not in every job
    return describe_weights(name, mirror)


def _segmenters(config: Config) -> dict[str, Any]:
    """Return the segmenter of each data set with nuclei; one without its package or weights stops the study here."""
    import torch

    from freqbench.nuclei.segment import build_segmenter

    mirror, device = mirror_folder(config.mirror), torch.device("cpu")
    return {
        name: build_segmenter(dataset.nuclei.segmenter, mirror, device)[1]
        for name, dataset in config.datasets.items()
        if dataset.nuclei is not None
    }


def _parameters(network: Any) -> int:
    return sum(parameter.numel() for parameter in network.parameters())
