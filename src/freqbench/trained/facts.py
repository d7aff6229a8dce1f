"""What is known of how a generator was trained: it travels with the weights, and the model card is made from it."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints

from freqbench.config.base import Model

LONGEST_TEXT = 2000


def _printable(text: str) -> str:
    # facts can come from a stranger's file: no control characters may reach a terminal
    if not text.isprintable():
        raise ValueError("holds characters that cannot be printed")
    return text


Text = Annotated[str, StringConstraints(max_length=LONGEST_TEXT), AfterValidator(_printable)]


class DataFacts(Model):
    """The images that a generator was trained on."""

    description: Text
    licence: Text
    citation: Text
    level: Text = Field("", description="degradation: FMD's averaging level, or the phantom's defocus")
    bit_depth: int | None = Field(None, description="bits of the images; None for floats")
    data_range: tuple[float, float] | None = Field(None, description="numbers of floats that are black and full scale")
    pixel_size: float | None = Field(None, description="micrometres")
    train_fields: tuple[Text, ...] = Field((), description="fields of view that trained")
    test_fields: tuple[Text, ...] = Field((), description="fields of view that tested")
    verdict: Text = Field("", description="of the leakage audit of the split")

    @property
    def in_words(self) -> str:
        """What the images are, with their level where the description does not name it."""
        known = not self.level or self.description.endswith(self.level)
        return self.description if known else f"{self.description}, {self.level}"

    @property
    def range_in_words(self) -> str:
        """The intensity scale that the generator knows."""
        if self.bit_depth is not None:
            return f"{self.bit_depth} bits"
        return "floats" if self.data_range is None else "floats from {:g} to {:g}".format(*self.data_range)


class Score(Model):
    """A mean over the test patches."""

    metric: Text
    value: float
    degraded: float | None = Field(None, description="of the degraded images themselves")
    patches: int


class Facts(Model):
    """How a generator was trained, as far as its files say."""

    study: Text = ""
    tier: Text = ""
    dataset: Text
    method: Text
    split: int
    seed: int
    task: Literal["denoise", "deblur"]
    loss: Text | None = Field(None, description="frequency loss; None: spatial terms alone")
    loss_options: dict[Text, Any] = Field(default_factory=dict)
    loss_domain: Text = "image"
    frequency_weight: float = Field(0.0, description="lambda_4")
    objective: dict[Text, Any] = Field(default_factory=dict, description="lambda_1 to lambda_3")
    training: dict[Text, Any] = Field(default_factory=dict, description="settings of the optimisation")
    feature_networks: Text = Field("", description="VGG weights of the losses and metrics: imagenet or untrained")
    iterations: int
    weights_of_iteration: int | None = Field(None, description="where the weights are not those of the last one")
    parameters: int | None = None
    device: Text = ""
    finished: Text = ""
    code: dict[Text, Any] = Field(default_factory=dict, description="version and commit of freqbench")
    packages: dict[Text, Text] = Field(default_factory=dict)
    data: DataFacts | None = Field(None, description="None where the study's files are not there")
    scores: tuple[Score, ...] = ()

    def length(self) -> str:
        """Return how long the generator was trained, and which of its weights are kept."""
        kept = self.weights_of_iteration
        return f"{self.iterations}" if kept in {None, self.iterations} else f"{self.iterations}, weights of {kept}"

    def trained_for(self) -> str:
        """Return one line: what the generator was trained for, and on what."""
        loss = "spatial terms alone" if self.loss is None else f"{self.loss}, weight {self.frequency_weight:.3g}"
        if self.data is None:
            return f"trained to {self.task} {self.dataset} with {self.method} ({loss}), iterations: {self.length()}"
        return (
            f"trained to {self.task} {self.data.in_words}, {self.data.range_in_words}, with {self.method} ({loss}), "
            f"iterations: {self.length()}; images {self.data.licence}"
        )
