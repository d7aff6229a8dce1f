"""How the learning rates fall, and when the discriminator learns: one rule for all methods.

The LFFL paper trains with "dynamic discriminator scheduling" and does not define it. The rule here: during
a warm-up there is neither an adversarial term nor a discriminator update; after it, the discriminator is
not updated in an iteration in which its loss is already below a threshold, so that it cannot run away from
the generator. How often it was updated is logged.
"""

import math
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

Schedule = Literal["constant", "cosine", "exponential"]


def learning_rate_factor(schedule: Schedule, iteration: int, iterations: int, *, left: float = 1.0) -> float:
    """Return the factor on both learning rates in an iteration, counted from 0.

    ``cosine`` is half a period, from 1 towards 0 (Loshchilov and Hutter, ICLR 2017, without restarts). ``exponential``
    falls from 1 to ``left`` by the same factor in each iteration; the code of the FRC paper does so once an epoch.
    """
    if schedule == "constant":
        return 1.0
    if schedule == "exponential":
        return float(left ** (iteration / iterations))
    return 0.5 * (1.0 + math.cos(math.pi * iteration / iterations))


@dataclass
class DiscriminatorSchedule:
    """The rule and its count.

    Attributes:
        warmup_iterations: iterations without adversarial training.
        skip_below: loss of the discriminator under which it is not updated; with two equal classes a
            discriminator that knows nothing has ln 2 = 0.693.
    """

    warmup_iterations: int
    skip_below: float
    _updates: Tensor | int = 0

    def is_adversarial(self, iteration: int) -> bool:
        """Return whether the iteration, counted from 0, has an adversarial term."""
        return iteration >= self.warmup_iterations

    def should_update(self, loss: Tensor) -> Tensor:
        """Return whether the discriminator with this loss is to be updated, and count it if so.

        Answer and count stay on the device of the loss, a scalar: the host does not wait for them.
        """
        # as Python compares the two numbers: in float32 the threshold would be rounded
        update = loss.detach().double() >= self.skip_below
        self._updates = self._updates + update.long()
        return update

    @property
    def updates(self) -> int:
        """Discriminator updates so far; waits for the device."""
        return int(self._updates)

    @updates.setter
    def updates(self, count: int) -> None:
        self._updates = count
