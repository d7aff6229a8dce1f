"""The training step as it is commonly written, beside which freqbench's own is timed.

The network is ESRGAN's generator as BasicSR declares it (Wang et al., ECCV Workshops 2018; names of layers as in its
weight files), at scale 1 without up-sampling and for grey images. The step is eager float32 with contiguous tensors,
torch's default AdamW, a discriminator's update behind an `if`, and a number of every loss on the host in each step.
Losses, VGG and discriminator are freqbench's own, so that the two differ in how they run and not in what they compute.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from freqbench.training.batches import BatchStream
from freqbench.training.objective import GeneratorObjective


class DenseBlock(nn.Module):
    def __init__(self, features: int, growth: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(features, growth, 3, 1, 1)
        self.conv2 = nn.Conv2d(features + growth, growth, 3, 1, 1)
        self.conv3 = nn.Conv2d(features + 2 * growth, growth, 3, 1, 1)
        self.conv4 = nn.Conv2d(features + 3 * growth, growth, 3, 1, 1)
        self.conv5 = nn.Conv2d(features + 4 * growth, features, 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        x1 = F.leaky_relu(self.conv1(x), 0.2)
        x2 = F.leaky_relu(self.conv2(torch.cat((x, x1), 1)), 0.2)
        x3 = F.leaky_relu(self.conv3(torch.cat((x, x1, x2), 1)), 0.2)
        x4 = F.leaky_relu(self.conv4(torch.cat((x, x1, x2, x3), 1)), 0.2)
        x5: Tensor = self.conv5(torch.cat((x, x1, x2, x3, x4), 1))
        return x5 * 0.2 + x


class Block(nn.Module):
    def __init__(self, features: int, growth: int) -> None:
        super().__init__()
        self.rdb1, self.rdb2, self.rdb3 = (DenseBlock(features, growth) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.rdb3(self.rdb2(self.rdb1(x)))
        return out * 0.2 + x


class PlainRRDBNet(nn.Module):
    def __init__(self, features: int, growth: int, blocks: int) -> None:
        super().__init__()
        self.conv_first = nn.Conv2d(1, features, 3, 1, 1)
        self.body = nn.Sequential(*(Block(features, growth) for _ in range(blocks)))
        self.conv_body = nn.Conv2d(features, features, 3, 1, 1)
        self.conv_hr = nn.Conv2d(features, features, 3, 1, 1)
        self.conv_last = nn.Conv2d(features, 1, 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        features = self.conv_first(x)
        features = features + self.conv_body(self.body(features))
        output: Tensor = self.conv_last(F.leaky_relu(self.conv_hr(features), 0.2))
        return output

    def take_weights(self, generator: nn.Module) -> None:
        """Copy the weights of freqbench's generator, whose layers come in the same order."""
        with torch.no_grad():
            for own, other in zip(self.parameters(), generator.parameters(), strict=True):
                own.copy_(other)


@dataclass
class PlainTraining:
    """The plain step and what it changes."""

    generator: nn.Module
    discriminator: nn.Module
    objective: GeneratorObjective
    batches: BatchStream
    learning_rates: tuple[float, float]
    skip_below: float
    iteration: int = 0

    def __post_init__(self) -> None:
        self.optimiser_g = torch.optim.AdamW(self.generator.parameters(), lr=self.learning_rates[0])
        self.optimiser_d = torch.optim.AdamW(self.discriminator.parameters(), lr=self.learning_rates[1])

    def step(self) -> dict[str, float]:
        """Do one iteration and return the losses."""
        weights, gan = self.objective.weights, self.objective.adversarial
        batch = self.batches.batch(self.iteration)
        self.iteration += 1

        for parameter in self.discriminator.parameters():
            parameter.requires_grad = False
        self.optimiser_g.zero_grad()
        output = self.generator(batch.noisy)
        losses = {"l1": self.objective.pixel(output, batch.target)}
        assert self.objective.perceptual is not None
        assert self.objective.frequency is not None
        losses["perceptual"] = self.objective.perceptual(output, batch.target)
        losses["frequency"] = self.objective.frequency(output, batch.target)
        real = self.discriminator(batch.target).detach()
        losses["adversarial"] = gan.generator(real, self.discriminator(output))
        total = torch.zeros((), device=output.device)
        for name, loss in losses.items():
            total = total + getattr(weights, name) * loss
        total.backward()
        self.optimiser_g.step()

        for parameter in self.discriminator.parameters():
            parameter.requires_grad = True
        loss = gan.discriminator(self.discriminator(batch.target), self.discriminator(output.detach()))
        if loss.item() >= self.skip_below:
            self.optimiser_d.zero_grad()
            loss.backward()
            self.optimiser_d.step()
        return {name: value.item() for name, value in (losses | {"total": total, "discriminator": loss}).items()}
