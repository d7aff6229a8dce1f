"""Configuration of the networks and of their training: one harness for every method."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from freqbench.config.base import Model

NonNegative = Annotated[float, Field(ge=0)]
Decay = Annotated[float, Field(ge=0, lt=1)]


class RRDBGenerator(Model):
    """RRDB generator (ESRGAN, Wang et al. 2018) without up-sampling; the defaults are the paper's 16 blocks."""

    kind: Literal["rrdb"] = Field("rrdb", description="residual-in-residual dense blocks; the kind if none is given")
    blocks: int = Field(16, ge=1, description="residual-in-residual dense blocks")
    features: int = Field(64, ge=1, description="channels between the blocks")
    growth: int = Field(32, ge=1, description="channels that each convolution of a dense block adds")
    pixel_unshuffle: bool = Field(False, description="work at a quarter of the resolution: a cheap, declared variant")
    global_residual: bool = Field(False, description="add the input to the output (ESRGAN does not)")


class CAREGenerator(Model):
    """Residual U-Net of CARE (Weigert et al. 2018); the defaults are csbdeep's for two dimensions."""

    kind: Literal["care_unet"] = Field(description="CARE's U-Net")
    features: int = Field(32, ge=1, description="channels of the first level, doubled by each further one")
    depth: int = Field(2, ge=1, le=6, description="poolings; patches and crop must be divisible by `2**depth`")
    kernel_size: Literal[3, 5, 7] = Field(5, description="width and height of the convolutions in pixels")


class Noise2NoiseGenerator(Model):
    """U-Net of Noise2Noise (Lehtinen et al. 2018); patches and crop must be divisible by 32."""

    kind: Literal["noise2noise_unet"] = Field(description="Noise2Noise's U-Net")
    features: int = Field(48, ge=1, description="channels of the encoder; the decoder has twice as many")
    bias: bool = Field(True, description="whether the convolutions have a bias; FMD's benchmark has none")


def _rrdb_unless_named(value: object) -> object:
    return {"kind": "rrdb"} | value if isinstance(value, dict) else value


Generator = Annotated[
    RRDBGenerator | CAREGenerator | Noise2NoiseGenerator,
    Field(discriminator="kind"),
    BeforeValidator(_rrdb_unless_named),
]
"""A network that restores; a mapping without `kind` is an RRDB."""


class Discriminator(Model):
    """PatchGAN discriminator (Isola et al. 2017), unconditional; the defaults see 70x70 pixels."""

    features: int = Field(64, ge=1, description="channels of the first convolution")
    layers: int = Field(3, ge=1, le=6, description="convolutions of stride 2; 3 see 70x70 pixels")
    norm: Literal["batch", "instance", "none"] = Field("batch", description="normalisation of the activations")
    warmup_iterations: int = Field(
        0, ge=0, description="iterations without adversarial term and without discriminator updates"
    )
    skip_below: NonNegative = Field(
        0.1, description="the discriminator is not updated in an iteration in which its loss is below this"
    )


class ObjectiveWeights(Model):
    """lambda_1 to lambda_3 of the paper."""

    l1: NonNegative | Literal["paper"] = Field("paper", description="`paper`: 1 to denoise, 0.1 to deblur")
    perceptual: NonNegative = Field(1.0, description="VGG-19 conv2_2 before ReLU")
    perceptual_criterion: Literal["l1", "mse"] = Field("l1", description="distance between the features")
    adversarial: NonNegative = Field(0.005, description="relativistic average GAN")


class Validation(Model):
    """What the loss on held-out fields of view decides, as csbdeep does it for CARE.

    The loss is each method's own, so rates and kept iterations differ between methods.
    """

    every: int = Field(ge=1, description="iterations between two validations, a multiple of `training.log_every`")
    patience: int = Field(
        10, ge=1, description="validations in a row without a new lowest loss after which the learning rates fall"
    )
    factor: float = Field(0.5, gt=0, le=1, description="what the learning rates are multiplied by then; 1: never fall")
    keep: Literal["last", "best"] = Field(
        "best", description="weights that restore: those of the last iteration, or of the lowest loss"
    )


class Training(Model):
    """Optimisation, the same for all methods."""

    epochs: int | None = Field(None, ge=1, description="passes over the train patches; or give `iterations`")
    iterations: int | None = Field(None, ge=1, description="generator updates; or give `epochs`")
    target: Literal["clean", "second_capture"] = Field(
        "clean",
        description="what the loss compares with: clean: the clean patch; second_capture: another noisy capture of the "
        "same patch, drawn anew for each sample, so that no clean image is seen (Noise2Noise, Lehtinen et al. 2018; "
        "so trains the FRC paper, too)",
    )
    batch_size: int = Field(4, ge=1, description="patches in a batch")
    crop: int | None = Field(None, ge=16, description="random crop of each patch, in pixels; none: the whole patch")
    augment: bool = Field(True, description="random flips and quarter turns")
    learning_rate_generator: float = Field(1e-4, gt=0, description="of AdamW")
    learning_rate_discriminator: float = Field(1e-5, gt=0, description="of AdamW")
    learning_rate_schedule: Literal["constant", "cosine", "exponential"] = Field(
        "constant",
        description="the paper states none; `cosine` falls to zero at the end, which a short training needs; "
        "`exponential` falls by the same factor in each iteration, to `learning_rate_left`",
    )
    learning_rate_left: float = Field(
        1e-3,
        gt=0,
        le=1,
        description="exponential: share of the rates that is left at the end; the FRC paper's 0.7**(epoch / 10) leaves "
        "0.7**20 after its 200 epochs",
    )
    betas: tuple[Decay, Decay] = Field((0.9, 0.999), description="of AdamW")
    weight_decay: NonNegative = Field(0.01, description="of AdamW; the paper states none, this is torch's default")
    objective: ObjectiveWeights = Field(ObjectiveWeights(), description="weights of the spatial terms")
    log_every: int = Field(20, ge=1, description="iterations between two lines of the training log")
    checkpoint_every: int = Field(200, ge=1, description="iterations between two saved states")
    sample_every: int = Field(
        1000,
        ge=0,
        description="iterations between two samples: an image of restored train patches, and PSNR in the log; 0: none",
    )
    held_out: int = Field(
        0,
        ge=0,
        description="train fields of view left out of the training and scored in its log; the paper trains on all",
    )
    validation: Validation | None = Field(
        None,
        description="learning rates and kept weights by the loss on the `held_out` fields of view; nothing: by the "
        "iteration alone, alike for all methods",
    )
    recompute: bool = Field(
        False,
        description="compute the generator's blocks again in the backward pass: less memory, more time, same weights",
    )
    snapshots: Literal["none", "powers_of_two"] = Field(
        "none",
        description="generators kept on the way, for learning curves: `powers_of_two`: after 1, 2, 4, ... iterations "
        "and the last; each takes as much space as the trained one",
    )
    tensorboard: bool = Field(False, description="write the log for TensorBoard, too, where that is installed")
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="`auto`: a GPU where there is one")
    precision: Literal["float32", "bfloat16"] = Field(
        "float32", description="arithmetic of the networks; losses, weights and optimiser stay in float32"
    )
    tf32: bool = Field(
        True,
        description="convolutions of the networks in TensorFloat-32 on a GPU that has it, as torch does by itself; "
        "losses never",
    )
    channels_last: bool | Literal["auto"] = Field(
        "auto", description="channels innermost in memory; `auto`: on the CPU, and on a GPU with TF32 or bfloat16"
    )
    compile: bool | Literal["cuda_graphs"] = Field(
        False,
        description="compile the generator (`torch.compile`): minutes at each start; `cuda_graphs`: on a GPU, launch "
        "it as CUDA graphs, too, which saves the time between kernels and takes more memory",
    )
    deterministic: bool = Field(True, description="only deterministic algorithms, at some cost in speed on a GPU")

    @model_validator(mode="after")
    def _one_length(self) -> "Training":
        if (self.epochs is None) == (self.iterations is None):
            raise ValueError("give exactly one of `epochs` and `iterations`")
        return self

    @model_validator(mode="after")
    def _validation_has_images(self) -> "Training":
        if self.validation is None:
            return self
        if not self.held_out:
            raise ValueError("`validation` needs fields of view to validate on; set `held_out` to 1 or more")
        if self.validation.every % self.log_every:
            raise ValueError(
                f"`validation.every`: {self.validation.every} is no multiple of `log_every`, {self.log_every}"
            )
        return self

    @model_validator(mode="after")
    def _no_noise_is_called_real(self) -> "Training":
        if self.target == "second_capture" and self.objective.adversarial > 0:
            raise ValueError(
                "`target: second_capture` has no clean images to show a discriminator as real ones; set "
                "`objective.adversarial: 0`"
            )
        return self
