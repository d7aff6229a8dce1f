"""Planted leaks are caught whatever was done to the copy; independent specimens are not accused."""

from itertools import combinations

import numpy as np
import pytest
from scipy import ndimage

from freqbench.config.datasets import Audit
from freqbench.data.image_files import read_grey
from freqbench.data.leakage.similarity import classify, register
from freqbench.data.phantom import PhantomSpec, simulate
from freqbench.data.registration.field import Candidate, prepare
from freqbench.data.registration.overlap import measure_overlap

SETTINGS = Audit()
SIZE = 128


def view(scene, *, shift=(0.0, 0.0), rotation=0.0, scale=1.0):
    """Return the centre of a scene as a camera sees it that is turned, nearer and moved: sampled independently."""
    angle = np.deg2rad(rotation)
    y, x = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
    rows = (np.cos(angle) * y + np.sin(angle) * x) / scale + (scene.shape[0] - 1) / 2 + shift[0]
    columns = (-np.sin(angle) * y + np.cos(angle) * x) / scale + (scene.shape[1] - 1) / 2 + shift[1]
    return np.clip(np.rint(ndimage.map_coordinates(scene.astype(float), [rows, columns], order=1)), 0, 255)


@pytest.fixture(scope="module", params=["tissue", "nuclei"])
def scene(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("scene") / request.param
    simulate(PhantomSpec(request.param, specimens=2, fovs=2, captures=1, size=220, seed=7), folder)
    return read_grey(folder / "gt" / "1" / "avg50.png")


def overlap_of(first, second):
    fields = [prepare(image, SETTINGS.smoothing) for image in (first, second)]
    return measure_overlap(fields[0], Candidate(fields[1]), SETTINGS.minimum_overlap)


@pytest.mark.parametrize(
    ("rotation", "scale", "shift"),
    [
        (1.0, 1.0, (0, 0)),
        (3.0, 1.0, (0, 0)),
        (-6.0, 1.0, (0, 0)),
        (0.0, 0.95, (0, 0)),
        (0.0, 1.05, (0, 0)),
        (3.0, 1.05, (-12, 10)),
    ],
)
def test_a_turned_or_scaled_copy_is_found(scene, rotation, scale, shift):
    # Act
    overlap = overlap_of(view(scene), view(scene, rotation=rotation, scale=scale, shift=shift))

    # Assert
    assert classify(overlap, SETTINGS) == "same area"
    # one degree displaces the corner of a field of this size by 1.6 pixels: a shift explains it nearly as well
    assert overlap.rotation == pytest.approx(-rotation, abs=1.01 if abs(rotation) == 1 else 0.5)
    assert overlap.scale == pytest.approx(1 / scale, abs=0.01)


ALTERATIONS = {
    "darker": lambda image: np.rint(0.6 * image),
    "gamma": lambda image: np.rint(255 * (image / 255) ** 0.7),
    "noisy": lambda image: np.clip(np.rint(image + np.random.default_rng(0).normal(0, 2, image.shape)), 0, 255),
}


@pytest.mark.parametrize("alter", ALTERATIONS.values(), ids=ALTERATIONS)
@pytest.mark.parametrize("shift", [(0, 0), (20, -40)])
def test_an_altered_copy_is_found(scene, alter, shift):
    overlap = overlap_of(view(scene), alter(view(scene, shift=shift)))
    kind = classify(overlap, SETTINGS)
    if overlap.null < 0.9:
        assert kind == "same area"
    else:
        # a handful of nuclei in the common area: mirrored copies reach 0.94, and the audit says that it cannot tell
        assert kind in ("same area", "undecided")
    assert np.abs(np.subtract(overlap.shift, shift)).max() <= 1


def test_the_inverse_is_the_placement_measured_the_other_way_round(scene):
    first, second = view(scene), view(scene, rotation=4, scale=1.04, shift=(6, 9))
    forth, back = overlap_of(first, second), overlap_of(second, first)
    assert forth.inverse().shift == pytest.approx(back.shift, abs=0.5)
    assert forth.inverse().rotation == pytest.approx(back.rotation, abs=0.3)
    assert forth.inverse().scale == pytest.approx(back.scale, abs=0.005)
    assert forth.inverse().inverse().shift == pytest.approx(forth.shift)


@pytest.mark.slow
@pytest.mark.parametrize(("specimen", "size"), [("tissue", 128), ("nuclei", 64), ("nuclei", 128)])
def test_independent_specimens_are_not_accused(tmp_path, specimen, size):
    """Of 231 pairs each none is called the same area, and at most 1 % related."""
    # Arrange: a seed other than the thresholds were chosen with
    simulate(PhantomSpec(specimen, specimens=22, fovs=22, captures=1, size=size, seed=11), tmp_path / "phantom")
    clean = {str(fov): read_grey(tmp_path / "phantom" / "gt" / str(fov) / "avg50.png") for fov in range(1, 23)}

    # Act
    findings = register(clean, list(combinations(clean, 2)), SETTINGS)

    # Assert
    kinds = [finding.kind for finding in findings]
    assert len(kinds) == 231
    assert kinds.count("same area") == 0
    assert kinds.count("related") <= 2
