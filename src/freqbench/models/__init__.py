"""Networks: the generator, the discriminator and the frozen feature extractor."""

from freqbench.models.patch_discriminator import PatchDiscriminator
from freqbench.models.rrdb import RRDBNet
from freqbench.models.vgg import VGGFeatures

__all__ = ["PatchDiscriminator", "RRDBNet", "VGGFeatures"]
