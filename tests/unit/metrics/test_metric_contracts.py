"""The contracts: complete, true of the installed libraries, and clear about unknown names."""

import subprocess
import sys
from dataclasses import FrozenInstanceError
from importlib import metadata
from typing import get_args

import pytest

from freqbench.config.evaluation import ImageMetric
from freqbench.errors import FreqbenchError
from freqbench.metrics import CONTRACTS, label_for
from freqbench.metrics.contracts import SET_METRICS, contract_of


def test_every_metric_of_the_benchmark_has_a_contract():
    assert [name for name, contract in CONTRACTS.items() if contract.level == "image"] == [
        "psnr",
        "mse",
        "ssim",
        "ms_ssim",
        "fsim",
        "gmsd",
        "lpips",
        "lfd",
        "frc_area",
        "power_spectrum_distance",
    ]
    names = [name for name, contract in CONTRACTS.items() if contract.level == "set"]
    assert names == ["fid", "fd_vgg16", "kid", "kd_vgg16"]
    assert sorted(names) == sorted(name for pair in SET_METRICS.values() for name in pair)


def test_a_configuration_can_name_every_metric_of_an_image_and_no_other():
    assert set(get_args(ImageMetric)) == {name for name, contract in CONTRACTS.items() if contract.level == "image"}


@pytest.mark.parametrize("name", list(CONTRACTS))
def test_contracts_are_complete(name):
    contract = CONTRACTS[name]
    assert contract.name == name
    assert contract.version == metadata.version(contract.library)
    assert contract.label
    assert contract.settings
    assert contract.window
    assert contract.data_range
    assert "DOI 10." in contract.citation or "arXiv" in contract.citation
    # what needs the trained Inception network is called FID or KID, and nothing else is
    assert (contract.label in ("FID", "KID")) == contract.settings.startswith("2048 features of the FID Inception")
    assert contract.min_size >= 1
    assert contract.maximum is None or contract.maximum > contract.minimum


def test_contracts_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        CONTRACTS["psnr"].better = "lower"


@pytest.mark.parametrize(
    ("name", "trained", "untrained"),
    [
        ("psnr", "PSNR", "PSNR"),
        ("ssim", "SSIM", "SSIM"),
        ("lpips", "LPIPS", "LPIPS (untrained backbone)"),
        ("fd_vgg16", "FD-VGG16", "FD-VGG16 (untrained)"),
        ("kd_vgg16", "KD-VGG16", "KD-VGG16 (untrained)"),
    ],
)
def test_labels_say_when_a_network_is_untrained(name, trained, untrained):
    assert label_for(name, untrained=False) == trained
    assert label_for(name, untrained=True) == untrained


@pytest.mark.parametrize(("name", "label"), [("fid", "FID"), ("kid", "KID")])
def test_an_untrained_network_gives_neither_fid_nor_kid(name, label):
    assert label_for(name, untrained=False) == label
    with pytest.raises(FreqbenchError, match=f"{name}: there is no {label} without the trained"):
        label_for(name, untrained=True)


@pytest.mark.parametrize("ask", [contract_of, lambda name: label_for(name, untrained=False)])
def test_an_unknown_name_is_answered_with_the_known_ones(ask):
    with pytest.raises(
        FreqbenchError, match=r"unknown metric 'pnsr'; choose from psnr, mse, ssim, ms_ssim, fsim, gmsd, lpips"
    ):
        ask("pnsr")


def test_importing_the_package_loads_no_heavy_library():
    heavy = "{'torch', 'torchvision', 'piq', 'lpips', 'torchmetrics', 'scipy'}"
    code = f"import sys, freqbench.metrics; print(sorted({heavy} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_the_functions_are_not_hidden_by_the_modules_of_the_same_name():
    from freqbench import metrics
    from freqbench.metrics.frc import frc
    from freqbench.metrics.gmsd import gmsd
    from freqbench.metrics.psnr import psnr

    assert (metrics.psnr, metrics.gmsd, metrics.frc) == (psnr, gmsd, frc)
    with pytest.raises(AttributeError, match="no attribute 'missing'"):
        _ = metrics.missing
