"""Export a generator as ONNX with free batch size, height and width, and compare what it computes."""

import logging
import warnings
from pathlib import Path

import numpy as np
import torch

from freqbench.errors import FreqbenchError
from freqbench.files import atomic_path
from freqbench.restoring.receptive_field import receptive_field
from freqbench.trained.model import TrainedModel
from freqbench.trained.optional import imported

TOLERANCE = 1e-4
"""Largest difference to torch that is accepted, for images in [0, 1]."""

INPUT, OUTPUT = "image", "restored"


def write_onnx(model: TrainedModel, path: Path) -> float:
    """Write a generator as ONNX, and compare it with torch on images of two sizes.

    Args:
        model: the generator.
        path: the file. Its input ``image`` and output ``restored`` are float32 (N, 1, H, W) in [0, 1]; H and W are
            multiples of the network's divisor. Settings and training are in its metadata.

    Returns:
        The largest difference to torch that was found.

    Raises:
        FreqbenchError: if a package is missing, the file cannot be written, or the outputs differ by more than 1e-4.
    """
    for package in ("onnx", "onnxscript", "onnxruntime"):
        imported(package)
    network, divisor = model.network(), receptive_field(model.settings).divisor
    blocks = {2: torch.export.Dim("height", min=1), 3: torch.export.Dim("width", min=1)}
    free = {axis: divisor * count if divisor > 1 else count for axis, count in blocks.items()}
    # of a size that is 1, in blocks or images, torch would take for granted that it always is
    side = max(divisor, 16)
    example = torch.zeros((2, 1, 2 * side, 3 * side))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's own use of what torch deprecates
        program = torch.onnx.export(
            network,
            (example,),
            input_names=[INPUT],
            output_names=[OUTPUT],
            dynamic_shapes={INPUT: {0: torch.export.Dim("batch", min=1), **free}},
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    program.model.metadata_props["freqbench.generator"] = model.settings.model_dump_json()
    if model.facts is not None:
        program.model.metadata_props["freqbench.training"] = model.facts.model_dump_json()
    with atomic_path(path) as temporary:
        logging.getLogger("onnxscript").setLevel(logging.ERROR)
        program.save(temporary, external_data=False)
        difference = _difference(network, temporary, divisor)
        if difference > TOLERANCE:
            raise FreqbenchError(
                f"{path}: not written, as ONNX gives values that differ by {difference:.2g} from torch's; "
                "update torch, onnxscript and onnxruntime"
            )
    return difference


def _difference(network: torch.nn.Module, path: Path, divisor: int) -> float:
    """Return the largest difference between torch and onnxruntime on noise."""
    runtime = imported("onnxruntime")
    session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    largest = 0.0
    for batch, height, width in ((1, 1, 3), (3, 4, 2)):
        shape = (batch, 1, height * divisor, width * divisor)
        image = torch.rand(shape, generator=torch.Generator().manual_seed(batch))
        with torch.inference_mode():
            expected = network(image).numpy()
        (got,) = session.run([OUTPUT], {INPUT: image.numpy()})
        largest = max(largest, float(np.abs(got - expected).max()))
    return largest
