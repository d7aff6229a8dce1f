"""The audit of generators that are trained on one data set and tested on another: leaks across the two are found."""

import dataclasses

import numpy as np
import pytest
from scipy import ndimage

from freqbench.config import parse_config
from freqbench.config.datasets import Audit
from freqbench.data.exclusions import Exclusions
from freqbench.data.index import index_images
from freqbench.data.leakage.across_sets import SideOfSet, join, shows_same_specimens
from freqbench.data.leakage.audit import audit_split
from freqbench.data.readers.fmd_layout import pair_fmd_layout
from freqbench.data.source import hash_images


@pytest.fixture
def part(make_source, save, tmp_path):
    """Write a data set and return the side of it that an audit across sets takes."""

    def make(name, side, clean, sides, **declared):
        record = make_source(clean, captures=1)
        # `make_source` draws the same noise each time, which the audit would find
        rng = np.random.default_rng(sum(map(ord, name)))
        for fov, pixels in clean.items():
            top = np.iinfo(pixels.dtype).max
            noisy = pixels + (top // 255) * rng.integers(0, 30, pixels.shape)
            save(record.root / "raw" / fov / "capture_000.png", np.clip(noisy, 0, top).astype(pixels.dtype))
        root = record.root.rename(tmp_path / name)
        record = dataclasses.replace(record, root=root, files=hash_images(root, ("raw", "gt")), **declared)
        index = index_images(record, name, pair_fmd_layout(record, "raw"), Exclusions(root))
        return SideOfSet(name, side, index, sides, record)

    return make


def audited(parts, *, same=False, mask=False):
    index, sides, sources = join(parts, same_specimens=same)
    return audit_split(index, sides, sources, Audit(), mask_shared_area=mask, any_size=True)


def test_only_the_trained_side_of_the_one_and_the_tested_of_the_other_meet(part, textures):
    train = part("xx", "train", {"1": textures[0], "2": textures[1]}, {"1": "train", "2": "test"})
    # what the other set does not test is not compared, though it shows what trains
    test = part("yy", "test", {"1": textures[2], "2": textures[0]}, {"1": "test", "2": "unused"})
    report = audited([train, test])
    assert [(one.first, one.second) for one in report.findings] == [("xx/1", "yy/1")]
    assert report.sides == {"xx/1": "train", "yy/1": "test"}
    assert report.verdict == "clean"


def test_a_copy_in_the_other_set_leaks(part, textures):
    train = part("xx", "train", {"1": textures[0]}, {"1": "train"})
    test = part("yy", "test", {"7": textures[0], "8": textures[1]}, {"7": "test", "8": "test"})
    report = audited([train, test])
    assert report.verdict == "leaking"
    assert ("xx/gt/1/avg50.png", "yy/gt/7/avg50.png") in report.identical
    assert [one.second for one in report.findings if one.kind == "same area"] == ["yy/7"]


def test_shifted_copies_of_another_depth_are_masked(part):
    rng = np.random.default_rng(4)
    scene = ndimage.gaussian_filter(rng.normal(size=(128, 180)), 3)
    scene = np.clip(60 + 60 * scene / scene.std(), 0, 255).round()
    train = part("xx", "train", {"1": scene[:, :128].astype(np.uint8)}, {"1": "train"})
    test = part("yy", "test", {"1": (257 * scene[:, 52:]).astype(np.uint16)}, {"1": "test"})
    report = audited([train, test], mask=True)
    assert report.verdict == "masked"
    usable = report.usable["yy/1"]
    # the last 52 columns of the second are beyond the first, less the margin
    assert not usable[:, :70].any()
    assert usable[:, 86:].all()


def test_fields_of_one_name_are_one_specimen_where_that_is_known(part, textures):
    train = part("xx", "train", {"1": textures[0], "2": textures[1]}, {"1": "train", "2": "train"})
    test = part("yy", "test", {"2": textures[2]}, {"2": "test"})
    assert audited([train, test]).verdict == "clean"
    report = audited([train, test], same=True)
    assert report.verdict == "related"
    assert ["xx/2", "yy/2"] in report.specimens


def test_fields_of_other_sizes_are_named_and_not_called_clean(part, textures):
    train = part("xx", "train", {"1": textures[0]}, {"1": "train"})
    test = part("yy", "test", {"1": textures[1][:80], "2": textures[2]}, {"1": "test", "2": "test"})
    report = audited([train, test])
    assert report.verdict == "not compared"
    assert report.as_json()["pairs_not_compared"] == [{"train": "xx/1", "test": "yy/1"}]
    assert "1 pairs differ in size" in report.summary()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Confocal_BPAE_R", "Confocal_BPAE_B", True),
        ("Confocal_BPAE_R", "WideField_BPAE_R", False),
        ("Confocal_MICE", "Confocal_FISH", False),
        ("Confocal_MICE", "Confocal_MICE", True),
    ],
)
def test_fmds_channels_of_one_microscope_show_the_same_cells(one, other, same):
    content = {
        "name": "x",
        "tier": "smoke",
        "datasets": {name: {"source": {"kind": "fmd", "type": kind}} for name, kind in (("a", one), ("b", other))},
        "methods": [{"name": "spatial"}],
        "training": {"iterations": 1},
    }
    datasets = parse_config(content, "test").datasets
    assert shows_same_specimens(datasets["a"], datasets["b"]) is same
