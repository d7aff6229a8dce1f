"""The embedded data: simulated microscopy in the layout of FMD, for runs without a download."""

from freqbench.data.phantom.camera import NUCLEI_CAMERA, ZEBRAFISH_CAMERA, Camera
from freqbench.data.phantom.spec import FieldOfView, PhantomSpec
from freqbench.data.phantom.writer import simulate

__all__ = ["NUCLEI_CAMERA", "ZEBRAFISH_CAMERA", "Camera", "FieldOfView", "PhantomSpec", "simulate"]
