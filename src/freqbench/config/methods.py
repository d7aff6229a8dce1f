"""Configuration of the methods: the loss variants that are compared, and the controls."""

from typing import Annotated, Any, Literal, get_args

from pydantic import Discriminator, Field, SerializerFunctionWrapHandler, Tag, model_serializer, model_validator

from freqbench.config.base import MethodName, Model, Name

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

Origin = Literal["paper", "calibrated"]
Positive = Annotated[float, Field(gt=0)]


def _form(weight: object) -> str:
    """Return in which form a weight is given, so that a wrong one is told what is wrong with this form."""
    return "multiple" if isinstance(weight, dict) else "word" if isinstance(weight, str) else "number"


Weight = Annotated[
    Annotated[float, Field(ge=0), Tag("number")]
    | Annotated[Origin, Tag("word")]
    | Annotated[dict[Origin, Positive], Field(min_length=1, max_length=1), Tag("multiple")],
    Discriminator(_form),
]
"""A number, where it comes from, or a multiple of that."""


class Method(Model):
    """One variant of the training objective: the spatial terms plus at most one frequency loss."""

    name: MethodName = Field(
        description="name in paths and tables; with several generators, that of each follows after an `@`"
    )
    loss: str | None = Field(
        None, description="registered name or dotted path of the frequency loss; none: spatial only"
    )
    options: dict[str, Any] = Field(default_factory=dict, description="arguments of the loss, for example `alpha`")
    weight: Weight = Field(
        "calibrated",
        description="lambda_4: a number; `paper`: the paper's value for LFFL's alpha and the task; `calibrated`: such "
        "that the initial gradient equals that of the method `calibration.reference`; `{paper: 2}` or "
        "`{calibrated: 0.5}`: a multiple of it",
    )
    domain: Literal["image", "features", "task"] = Field(
        "image",
        description="what the loss sees: intensities, VGG-19 conv1_2 features, or, as LFFL in the paper, intensities "
        "to denoise and features to deblur",
    )
    sweep: dict[str, tuple[int | float, ...]] = Field(
        default_factory=dict,
        description="one method for each value of an option of the loss, as in `{alpha: [0.5, 1, 2]}`, named with it, "
        "`ffl_alpha0.5`; `weight`: multiples of the weight; several keys: all combinations",
    )
    generator: Name | None = Field(
        None, description="the one of `generators` that it is trained with; nothing: with each of them"
    )

    @model_serializer(mode="wrap")
    def _without_what_is_not_there(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # hashes of this decide what is trained again: keys that say nothing must not change them
        content: dict[str, Any] = handler(self)
        return {key: value for key, value in content.items() if key not in ("sweep", "generator") or value}

    @model_validator(mode="after")
    def _consistent(self) -> "Method":
        if self.name in CONTROLS:
            raise ValueError(f"`{self.name}` is the name of a control; choose another")
        if self.loss is None and self.options:
            raise ValueError("`options` without `loss`; name the loss that they belong to")
        if self.loss is not None and self.weight_origin == "paper" and self.loss != "log_focal_frequency":
            raise ValueError(
                "`weight: paper` exists for log_focal_frequency only (the paper calibrates the others); "
                "use `calibrated` or a number"
            )
        if self.sweep and self.loss is None:
            raise ValueError("`sweep` without `loss`; name the loss whose options or weight it is about")
        for key, values in self.sweep.items():
            if len(set(values)) < max(len(values), 1) or min(values) < 0:
                raise ValueError(f"`sweep`: `{key}` must be a list of different numbers, none below 0")
        if 0 in self.sweep.get("weight", ()):
            raise ValueError("`sweep`: `weight` holds multiples, which must be above 0")
        return self

    @property
    def is_calibrated(self) -> bool:
        """Whether the weight of the frequency loss has to be measured."""
        return self.loss is not None and self.weight_origin == "calibrated"

    @property
    def weight_origin(self) -> Literal["paper", "calibrated", "number"]:
        """Where the weight of the frequency loss comes from."""
        if isinstance(self.weight, float):
            return "number"
        return next(iter(self.weight)) if isinstance(self.weight, dict) else self.weight

    @property
    def weight_multiple(self) -> float:
        """By what the weight from there is multiplied; 1 for a number."""
        return next(iter(self.weight.values())) if isinstance(self.weight, dict) else 1.0

    @property
    def weight_text(self) -> str:
        """The weight as a reader would write it, such as ``calibrated x 2``."""
        if isinstance(self.weight, float):
            return f"{self.weight:g}"
        return self.weight_origin + (f" x {self.weight_multiple:g}" if self.weight_multiple != 1 else "")

    def has_the_loss_of(self, other: "Method") -> bool:
        """Return whether two methods have one frequency loss on one network: they differ in its weight at most."""
        parts = ("loss", "options", "domain", "generator")
        return all(getattr(self, part) == getattr(other, part) for part in parts)


class Calibration(Model):
    """How the weight of a calibrated frequency loss is found (LFFL paper, section on baselines)."""

    reference: Name = Field("lffl_a1", description="method whose initial gradient the calibrated ones must match")
    patches: int = Field(16, ge=1, description="train patches over which the gradient norm is measured")
    state: Literal["untrained", "input"] = Field(
        "untrained",
        description="prediction at which it is measured: output of the untrained generator, or noisy input",
    )
