"""Networks: the generators, the discriminator and the frozen feature extractor."""

from freqbench.models.care_unet import CAREUNet
from freqbench.models.noise2noise_unet import Noise2NoiseUNet
from freqbench.models.patch_discriminator import PatchDiscriminator
from freqbench.models.rrdb import RRDBNet
from freqbench.models.vgg import VGGFeatures

__all__ = ["CAREUNet", "Noise2NoiseUNet", "PatchDiscriminator", "RRDBNet", "VGGFeatures"]
