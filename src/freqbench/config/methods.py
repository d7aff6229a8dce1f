"""Configuration of the methods: the loss variants that are compared, and the controls."""

from typing import Annotated, Any, Literal, get_args

from pydantic import Field, model_validator

from freqbench.config.base import Model, Name

Control = Literal[
    "input",
    "gaussian",
    "tv",
    "nlm",
    "bm3d",
    "gat_gaussian",
    "gat_tv",
    "gat_nlm",
    "gat_bm3d",
    "average16",
    "clean",
]
CONTROLS: tuple[Control, ...] = get_args(Control)
"""All methods without training, in the order of the tables: from the degraded image, the negative control, to the clean
image, the positive one."""
LANDMARKS: tuple[Control, ...] = ("input", "average16", "clean")
"""Controls that restore nothing."""
CLASSICAL: tuple[Control, ...] = tuple(name for name in CONTROLS if name not in LANDMARKS)
"""Controls that restore: classical denoisers, tuned on train patches."""
DEFAULT_CONTROLS: tuple[Control, ...] = ("input", "gaussian", "clean")

Weight = Annotated[float, Field(ge=0)] | Literal["paper", "calibrated"]


class Method(Model):
    """One variant of the training objective: the spatial terms plus at most one frequency loss."""

    name: Name = Field(description="name in paths and tables")
    loss: str | None = Field(
        None, description="registered name or dotted path of the frequency loss; none: spatial only"
    )
    options: dict[str, Any] = Field(default_factory=dict, description="arguments of the loss, for example `alpha`")
    weight: Weight = Field(
        "calibrated",
        description="lambda_4: a number; `paper`: the paper's value for LFFL's alpha and the task; `calibrated`: such "
        "that the initial gradient equals that of the method `calibration.reference`",
    )
    domain: Literal["image", "features", "task"] = Field(
        "image",
        description="what the loss sees: intensities, VGG-19 conv1_2 features, or, as LFFL in the paper, intensities "
        "to denoise and features to deblur",
    )

    @model_validator(mode="after")
    def _consistent(self) -> "Method":
        if self.name in CONTROLS:
            raise ValueError(f"`{self.name}` is the name of a control; choose another")
        if self.loss is None and self.options:
            raise ValueError("`options` without `loss`; name the loss that they belong to")
        if self.loss is not None and self.weight == "paper" and self.loss != "log_focal_frequency":
            raise ValueError(
                "`weight: paper` exists for log_focal_frequency only (the paper calibrates the others); "
                "use `calibrated` or a number"
            )
        return self

    @property
    def is_calibrated(self) -> bool:
        """Whether the weight of the frequency loss has to be measured."""
        return self.loss is not None and self.weight == "calibrated"


class Calibration(Model):
    """How the weight of a calibrated frequency loss is found (LFFL paper, section on baselines)."""

    reference: Name = Field("lffl_a1", description="method whose initial gradient the calibrated ones must match")
    patches: int = Field(16, ge=1, description="train patches over which the gradient norm is measured")
    state: Literal["untrained", "input"] = Field(
        "untrained",
        description="prediction at which it is measured: output of the untrained generator, or noisy input",
    )
