"""Less memory for the same update: what the generator's blocks computed is computed again in the backward pass.

Why this and not gradients summed over parts of the batch: the update must be that of the whole batch. The average
of the relativistic GAN runs over the whole batch, batch normalisation in the discriminator takes its statistics
from it, and a frequency loss may normalise by its largest weight: sums over parts would be another objective.
The blocks of the generators have neither batch statistics nor random numbers. Run again on the same input they give
the same bits, so losses and discriminator see the whole batch, and the gradients are the same to the last bit.
"""

from functools import partial

from torch import nn
from torch.utils.checkpoint import checkpoint

from freqbench.models import CAREUNet, Noise2NoiseUNet, RRDBNet


def recompute_blocks(generator: nn.Module) -> nn.Module:
    """Let the blocks of a generator keep only their input for the backward pass (Chen et al., arXiv 1604.06174).

    Kept are then one input a block and, for the time of its backward pass, what one block computes. The price is
    about one more forward pass in an iteration. Names and values of the weights stay.

    Raises:
        ValueError: for a network whose blocks are not known.
    """
    for block in blocks_of(generator):
        again = partial(checkpoint, block.forward, use_reentrant=False, preserve_rng_state=False)
        block.forward = again
    return generator


def blocks_of(generator: nn.Module) -> list[nn.Module]:
    """Return the parts of a generator that hold most of its activations."""
    if isinstance(generator, RRDBNet):
        return list(generator.body)
    if isinstance(generator, CAREUNet | Noise2NoiseUNet):
        return [*generator.encoder, generator.lowest, *generator.decoder]
    raise ValueError(f"the blocks of {type(generator).__name__} are not known")
