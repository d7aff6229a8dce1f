"""The adversarial loss of ESRGAN."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class RelativisticAverageGANLoss(nn.Module):
    """Relativistic average GAN: is a real image more real than the average restored one, and vice versa?

    Jolicoeur-Martineau, "The relativistic discriminator: a key element missing from standard GAN", ICLR
    2019, Sec. 4.2, as ESRGAN uses it (Wang et al. 2018, Sec. 3.2) in BasicSR's form: the average runs over
    the batch and the whole map of logits, the two terms are halved, an average of the other side carries
    no gradient in the discriminator's step, and neither do the real logits in the generator's. The weight
    0.005 of ESRGAN and of the LFFL paper belongs to the halved form.

    Logits are those of the discriminator before any sigmoid, of any shape, for real images and for
    restored ones ("fake"); they are taken in float32 outside autocast.
    """

    def generator(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Return the scalar loss that makes the fakes look more real than the average real image."""
        real_logits = real_logits.detach()
        return _halved_sum(
            _relative(real_logits, fake_logits.mean(dtype=torch.float32)),
            _relative(fake_logits, real_logits.mean(dtype=torch.float32)),
            real_target=0.0,
        )

    def discriminator(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Return the scalar loss that tells the real images from the fakes."""
        return _halved_sum(
            _relative(real_logits, fake_logits.detach().mean(dtype=torch.float32)),
            _relative(fake_logits, real_logits.detach().mean(dtype=torch.float32)),
            real_target=1.0,
        )


def _relative(logits: Tensor, mean_of_others: Tensor) -> Tensor:
    return logits.float() - mean_of_others


def _halved_sum(real: Tensor, fake: Tensor, *, real_target: float) -> Tensor:
    """Return half the sum of the cross entropies; the fakes' target is the opposite of the reals'."""
    with torch.autocast(real.device.type, enabled=False):
        return 0.5 * (
            F.binary_cross_entropy_with_logits(real, torch.full_like(real, real_target))
            + F.binary_cross_entropy_with_logits(fake, torch.full_like(fake, 1.0 - real_target))
        )
