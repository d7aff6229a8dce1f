"""What each metric is: direction, range, implementation, settings and source, for tables and manifests."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from typing import Literal

from freqbench.errors import FreqbenchError


@dataclass(frozen=True)
class MetricContract:
    """The contract of one metric.

    Attributes:
        name: key in configurations and result files.
        label: name in tables and figures.
        unit: unit of the value; empty for a pure number.
        better: the direction of improvement.
        minimum: smallest possible value.
        maximum: largest possible value; None where there is no bound.
        library: distribution that computes it.
        settings: every choice that changes the value, in words.
        citation: the paper that defines it, with its DOI or arXiv number.
        level: ``image`` for one value per image pair, ``set`` for one value per pair of image sets.
        min_size: smallest height and width in pixels that the metric takes.
        window: over which pixels it compares at a time.
        data_range: which values the images may have, and to which range they are brought before its constants apply.
        digits: decimals in tables, as in the LFFL paper's where it has the metric.
    """

    name: str
    label: str
    unit: str
    better: Literal["higher", "lower"]
    minimum: float
    maximum: float | None
    library: str
    settings: str
    citation: str
    level: Literal["image", "set"]
    min_size: int
    window: str = "whole image"
    data_range: str = "[0, 1]"
    digits: int = 3

    @property
    def version(self) -> str:
        """Return the installed version of the library."""
        return metadata.version(self.library)


_FRECHET = "exact Fréchet distance in float64, covariance with N - 1; biased upwards for few images"
_INCEPTION = (
    "2048 features of the FID Inception network, images rounded to 8 bits, grey replicated to RGB, "
    "resized to 299 pixels as in TensorFlow 1"
)
_VGG16 = "512 spatial means of VGG-16 relu5_3, grey replicated to RGB"
_KERNEL = "unbiased squared MMD with kernel (x·y/D + 1)³ in float64, of all images and not of subsets; may be negative"

SET_METRICS: dict[str, tuple[str, str]] = {"inception": ("fid", "kid"), "vgg16": ("fd_vgg16", "kd_vgg16")}
"""The Fréchet and the kernel distance by what features they are taken of."""

CONTRACTS: dict[str, MetricContract] = {
    contract.name: contract
    for contract in (
        MetricContract(
            name="psnr",
            label="PSNR",
            unit="dB",
            better="higher",
            minimum=0.0,
            maximum=None,
            library="freqbench",
            settings="peak = data range, mean squared error of the whole image in float64, no rounding",
            citation="Huynh-Thu and Ghanbari 2008, DOI 10.1049/el:20080522",
            level="image",
            min_size=1,
            data_range="[0, data_range], the peak",
        ),
        MetricContract(
            name="mse",
            label="MSE",
            unit="",
            better="lower",
            minimum=0.0,
            maximum=1.0,
            library="freqbench",
            settings="of the whole image in float64, in units of the squared data range; no rounding",
            citation="Wang and Bovik 2009, DOI 10.1109/MSP.2008.930649",
            level="image",
            min_size=1,
            data_range="[0, data_range], brought to [0, 1]",
            digits=5,
        ),
        MetricContract(
            name="ssim",
            label="SSIM",
            unit="",
            better="higher",
            minimum=-1.0,
            maximum=1.0,
            library="freqbench",
            settings="K1 0.01, K2 0.03, border excluded, no downsampling; piq's value with downsample=False",
            citation="Wang et al. 2004, DOI 10.1109/TIP.2003.819861",
            level="image",
            min_size=11,
            window="11x11 Gaussian of sigma 1.5",
            data_range="[0, data_range], of which K1 and K2 are parts",
        ),
        MetricContract(
            name="ms_ssim",
            label="MS-SSIM",
            unit="",
            better="higher",
            minimum=0.0,
            maximum=1.0,
            library="freqbench",
            settings="5 scales with the paper's weights, halved by 2x2 means, K1 0.01, K2 0.03, border excluded, "
            "negative means count as 0; piq's value where 16 divides height and width",
            citation="Wang et al. 2003, DOI 10.1109/ACSSC.2003.1292216",
            level="image",
            min_size=176,
            window="11x11 Gaussian of sigma 1.5",
            data_range="[0, data_range], of which K1 and K2 are parts",
        ),
        MetricContract(
            name="fsim",
            label="FSIM",
            unit="",
            better="higher",
            minimum=0.0,
            maximum=1.0,
            library="freqbench",
            settings="grey FSIM, 4 scales, 4 orientations; piq's value but for the authors' mean pooling to about 256 "
            "pixels from 384 pixels on",
            citation="Zhang et al. 2011, DOI 10.1109/TIP.2011.2109730",
            level="image",
            min_size=6,
            window="log-Gabor filters of wavelengths 6 to 48 pixels, 3x3 Scharr filter",
            data_range="[0, data_range], brought to [0, 255]",
        ),
        MetricContract(
            name="gmsd",
            label="GMSD",
            unit="",
            better="lower",
            minimum=0.0,
            maximum=0.5,
            library="piq",
            settings="T = 170 on the 8-bit scale, 2x2 mean pooling, population standard deviation",
            citation="Xue et al. 2014, DOI 10.1109/TIP.2013.2293423",
            level="image",
            min_size=6,
            window="3x3 Prewitt filter after 2x2 mean pooling",
            data_range="[0, data_range], brought to [0, 1]",
            digits=4,
        ),
        MetricContract(
            name="lpips",
            label="LPIPS",
            unit="",
            better="lower",
            minimum=0.0,
            maximum=None,
            library="lpips",
            settings="version 0.1 with linear heads, VGG-16 (AlexNet: from 31 pixels on), grey replicated to RGB",
            citation="Zhang et al. 2018, DOI 10.1109/CVPR.2018.00068",
            level="image",
            min_size=16,
            window="receptive fields of five layers",
            data_range="[0, data_range], brought to [-1, 1]",
            digits=4,
        ),
        MetricContract(
            name="lfd",
            label="LFD",
            unit="",
            better="lower",
            minimum=0.0,
            maximum=None,
            library="freqbench",
            settings="natural logarithm of 1 + mean squared modulus of the difference of the unnormalised DFTs, no "
            "rounding; for one image size a function of PSNR",
            citation="Jiang et al. 2021, arXiv 2012.12821",
            level="image",
            min_size=1,
            data_range="[0, data_range], brought to [0, 255]",
        ),
        MetricContract(
            name="frc_area",
            label="FRC area",
            unit="",
            better="higher",
            minimum=-1.0,
            maximum=1.0,
            library="freqbench",
            settings="Fourier ring correlation with the target, trapezoidal rule over the rings up to the Nyquist "
            "frequency, scaled to length 1; blind to brightness, contrast and isotropic blur",
            citation="Kaczmar-Michalska et al. 2022, arXiv 2201.03992",
            level="image",
            min_size=4,
            window="none before the DFT; rings of one cycle per shorter side, zero frequency and corners excluded",
            data_range="[0, data_range], without effect on the value",
        ),
        MetricContract(
            name="power_spectrum_distance",
            label="PSD distance",
            unit="dB",
            better="lower",
            minimum=0.0,
            maximum=None,
            library="freqbench",
            settings="root mean square over the rings of the difference of their mean power in dB, powers at least "
            "that of rounding to 16 bits; blind to positions",
            citation="Gray and Markel 1976, DOI 10.1109/TASSP.1976.1162849",
            level="image",
            min_size=2,
            window="none before the DFT; rings of one cycle per shorter side, zero frequency and corners excluded",
            data_range="[0, data_range], of which the smallest power is a part",
            digits=2,
        ),
        MetricContract(
            name="fid",
            label="FID",
            unit="",
            better="lower",
            minimum=0.0,
            maximum=None,
            library="torch-fidelity",
            settings=f"{_INCEPTION}; {_FRECHET}",
            citation="Heusel et al. 2017, arXiv 1706.08500",
            level="set",
            min_size=1,
            data_range="[0, 1], rounded to 8 bits",
        ),
        MetricContract(
            name="fd_vgg16",
            label="FD-VGG16",
            unit="",
            better="lower",
            minimum=0.0,
            maximum=None,
            library="freqbench",
            settings=f"{_VGG16}; {_FRECHET}; not an FID",
            citation="Dowson and Landau 1982, DOI 10.1016/0047-259X(82)90077-X",
            level="set",
            min_size=16,
        ),
        MetricContract(
            name="kid",
            label="KID",
            unit="",
            better="lower",
            minimum=float("-inf"),
            maximum=None,
            library="torch-fidelity",
            settings=f"{_INCEPTION}; {_KERNEL}",
            citation="Bińkowski et al. 2018, arXiv 1801.01401",
            level="set",
            min_size=1,
            digits=4,
        ),
        MetricContract(
            name="kd_vgg16",
            label="KD-VGG16",
            unit="",
            better="lower",
            minimum=float("-inf"),
            maximum=None,
            library="freqbench",
            settings=f"{_VGG16}; {_KERNEL}; not a KID",
            citation="Gretton et al. 2012, JMLR 13; kernel of Bińkowski et al. 2018, arXiv 1801.01401",
            level="set",
            min_size=16,
            digits=4,
        ),
    )
}


def contract_of(name: str) -> MetricContract:
    """Return the contract of a metric.

    Raises:
        FreqbenchError: if there is no such metric.
    """
    check_names([name], CONTRACTS)
    return CONTRACTS[name]


def label_for(name: str, *, untrained: bool) -> str:
    """Return the label of a metric in tables and figures.

    Args:
        name: key of `CONTRACTS`.
        untrained: whether the networks behind the metrics have random weights. Metrics without a network
            keep their label.

    Raises:
        FreqbenchError: if there is no such metric, or for an FID or KID of an untrained network.
    """
    label = contract_of(name).label
    if not untrained:
        return label
    if name in ("fid", "kid"):
        raise FreqbenchError(
            f"{name}: there is no {label} without the trained Inception network; use the vgg16 features instead"
        )
    suffix = {"lpips": " (untrained backbone)", "fd_vgg16": " (untrained)", "kd_vgg16": " (untrained)"}
    return label + suffix.get(name, "")


def check_names(names: Iterable[str], allowed: Iterable[str]) -> None:
    """Raise for a name that is not among the allowed metrics.

    Raises:
        FreqbenchError: names the unknown metric and lists the allowed ones.
    """
    known = list(allowed)
    for name in names:
        if name not in known:
            raise FreqbenchError(f"unknown metric {name!r}; choose from {', '.join(known)}")
