"""Planted leaks are found, independent specimens are not accused, and what is masked is enough."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from freqbench.config.datasets import Audit
from freqbench.data.exclusions import Exclusions
from freqbench.data.image_files import read_grey
from freqbench.data.index import index_images
from freqbench.data.leakage.audit import SAFETY_MARGIN, audit_split, unshared_area
from freqbench.data.leakage.similarity import KINDS, classify
from freqbench.data.readers.fmd_layout import pair_fmd_layout
from freqbench.data.registration.field import Candidate, prepare
from freqbench.data.registration.overlap import Overlap, measure_overlap
from freqbench.data.source import hash_images
from freqbench.errors import FreqbenchError

SETTINGS = Audit()


def compare(first: np.ndarray, second: np.ndarray) -> tuple[str, Overlap]:
    prepared = [prepare(image, SETTINGS.smoothing) for image in (first, second)]
    overlap = measure_overlap(prepared[0], Candidate(prepared[1]), SETTINGS.minimum_overlap)
    return classify(overlap, SETTINGS), overlap


def scene(seed: int, size: int = 128) -> np.ndarray:
    """Return an 8-bit random texture with a grain of some pixels."""
    smooth = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(size, size)), 3)
    return np.clip(np.rint(60 + 60 * smooth / smooth.std()), 0, 255).astype(np.uint8)


@pytest.fixture
def audit(make_source):
    """Audit clean images by field of view, on given sides."""

    def run(clean, sides, *, edit=None, mask=False, settings=SETTINGS):
        record = make_source(clean, captures=1)
        if edit is not None:
            edit(record.root)
            record = dataclasses.replace(record, files=hash_images(record.root, ("raw", "gt")))
        index = index_images(record, "d", pair_fmd_layout(record, "raw"), Exclusions(record.root))
        return audit_split(index, sides, record, settings, mask_shared_area=mask)

    return run


def noisy(image, rng):
    # a clean image is the mean of 50 captures: its noise is about one count
    return np.clip(np.rint(image + rng.normal(0, 1, image.shape)), 0, 255).astype(np.uint8)


def darker(image, rng):
    return np.rint(0.6 * image).astype(np.uint8)


def same(image, rng):
    return image


@pytest.mark.parametrize("alter", [same, darker, noisy])
def test_a_copy_of_the_same_place_is_found(independent_fields, alter):
    for field, shift in zip(independent_fields, [(0, 0), (0, 40), (-40, 20)], strict=True):
        y, x = max(0, -shift[0]), max(0, -shift[1])
        first = field[y : y + 120, x : x + 120]
        second = field[y + shift[0] : y + shift[0] + 120, x + shift[1] : x + shift[1] + 120]
        kind, overlap = compare(first, alter(second, np.random.default_rng(0)))
        assert kind == "same area"
        # borders and noise may move the best placement by a pixel; the safety margin is wider
        assert np.abs(np.subtract(overlap.shift, shift)).max() <= 1 < SAFETY_MARGIN


def test_independent_specimens_are_unrelated(independent_fields):
    for number, first in enumerate(independent_fields):
        for second in independent_fields[number + 1 :]:
            assert compare(first, second)[0] in ("unrelated", "undecided")


def test_a_symmetric_field_does_not_hide_its_copy_from_the_pixel_hash(audit):
    # every mirrored copy of it correlates perfectly, so the registration cannot say anything
    half = scene(1)[:, :64]
    image = np.hstack([half, half[:, ::-1]])
    report = audit({"1": image, "2": image}, {"1": "train", "2": "test"})
    assert report.findings[0].overlap.null == pytest.approx(1.0, abs=2e-4)
    assert report.verdict == "leaking"


@pytest.mark.parametrize(
    ("correlation", "null", "kind"),
    [
        (0.999, 0.97, "same area"),  # small fields of sparse nuclei: mirrored copies reach 0.97
        (0.98, 0.97, "undecided"),
        (0.5, 0.97, "unrelated"),
        (0.95, 0.5, "same area"),
        (0.89, 0.5, "related"),
        (0.69, 0.49, "related"),
        (0.69, 0.60, "unrelated"),
        (0.61, 0.2, "unrelated"),
        (1.0, 1.0, "undecided"),
    ],
)
def test_kind_of_a_relation(correlation, null, kind):
    assert classify(Overlap((0, 0), correlation, 1.0, null, detail=1.0, independent=100), SETTINGS) == kind


@pytest.mark.parametrize(("detail", "independent"), [(0.7, 100), (1.0, 2)])
def test_neither_few_independent_pixels_nor_coarse_structure_alone_prove_the_same_area(detail, independent):
    overlap = Overlap((0, 0), 0.98, 1.0, 0.9, detail=detail, independent=independent)
    assert classify(overlap, SETTINGS) == "undecided"
    assert classify(dataclasses.replace(overlap, detail=1.0, independent=100), SETTINGS) == "same area"


@given(correlation=st.floats(-1, 1), null=st.floats(-1, 1), more=st.floats(0, 1))
def test_a_higher_correlation_never_looks_less_related(correlation, null, more):
    lower = classify(Overlap((0, 0), correlation, 1.0, null, 1.0, independent=50), SETTINGS)
    higher = classify(Overlap((0, 0), min(1.0, correlation + more), 1.0, null, 1.0, independent=50), SETTINGS)
    assert KINDS.index(higher) >= KINDS.index(lower)


def test_a_clean_split(audit):
    report = audit({str(n): scene(n) for n in range(4)}, {"0": "train", "1": "test", "2": "train", "3": "unused"})
    assert report.verdict == "clean"
    assert [(f.first, f.second, f.kind) for f in report.findings] == [("0", "1", "unrelated"), ("2", "1", "unrelated")]
    assert report.identical == []
    assert report.usable["1"].all()
    assert list(report.usable) == ["1"]
    assert report.summary() == "no relation found"


def test_a_copied_capture_in_another_encoding_is_found(audit, save):
    def copy_capture(root):
        source, copy = root / "raw/1/capture_000.png", root / "raw/2/capture_009.png"
        save(copy, read_grey(source), compress_level=0)
        assert copy.read_bytes() != source.read_bytes()

    report = audit({"1": scene(1), "2": scene(2)}, {"1": "train", "2": "test"}, edit=copy_capture)
    assert report.verdict == "leaking"
    assert report.identical == [("raw/1/capture_000.png", "raw/2/capture_009.png")]
    assert report.summary() == "raw/2/capture_009.png holds the same pixels as raw/1/capture_000.png"
    # masking an area does not help against a copied capture
    assert audit({"1": scene(1), "2": scene(2)}, {"1": "train", "2": "test"}, mask=True).verdict == "leaking"


def test_a_capture_that_is_there_twice_on_one_side_is_named_and_no_leak(audit, save):
    def copy_capture(root):
        save(root / "raw/2/capture_009.png", read_grey(root / "raw/2/capture_000.png"), compress_level=0)

    report = audit({"1": scene(1), "2": scene(2)}, {"1": "train", "2": "test"}, edit=copy_capture)
    assert report.verdict == "clean"
    assert report.summary() == "raw/2/capture_009.png holds the same pixels as raw/2/capture_000.png, on one side"


def test_a_clean_image_among_the_captures_of_the_other_side_is_found(audit, save):
    def plant(root):
        save(root / "raw/2/capture_009.png", read_grey(root / "gt/1/avg50.png"))

    report = audit({"1": scene(1), "2": scene(2)}, {"1": "train", "2": "test"}, edit=plant)
    assert report.identical == [("gt/1/avg50.png", "raw/2/capture_009.png")]


def test_copies_on_one_side_or_outside_are_no_leak(audit):
    sides = {"1": "train", "2": "train", "3": "test", "4": "unused"}
    report = audit({"1": scene(1), "2": scene(1), "3": scene(3), "4": scene(3)}, sides)
    assert report.verdict == "clean"


@pytest.mark.parametrize(("mask", "verdict"), [(False, "leaking"), (True, "masked")])
def test_a_shifted_field_leaks_unless_it_is_masked(audit, mask, verdict):
    whole = scene(1, 190)
    clean = {"1": whole[:128, :128], "2": whole[30:158, 62:190], "3": scene(3)}
    report = audit(clean, {"1": "train", "2": "test", "3": "test"}, mask=mask)
    assert report.verdict == verdict
    finding = next(f for f in report.findings if f.second == "2")
    assert (finding.kind, finding.overlap.shift) == ("same area", (30, 62))
    assert report.summary().startswith(
        "test field of view 2 (gt/2/avg50.png) shows the same pixels as train field of view 1 (gt/1/avg50.png; "
        "shift 30, 62 px; correlation 0.99"
    )
    assert report.usable["3"].all()
    assert report.usable["2"].all() != mask


def test_no_usable_pixel_is_near_one_that_any_train_field_shows(audit):
    whole = scene(5, 260)
    corners = {"1": (0, 0), "2": (10, 124), "3": (50, 62)}
    clean = {fov: whole[y : y + 128, x : x + 128] for fov, (y, x) in corners.items()}
    report = audit(clean, {"1": "train", "2": "train", "3": "test"}, mask=True)
    shown = np.zeros(whole.shape, dtype=bool)
    for y, x in (corners["1"], corners["2"]):
        shown[y : y + 128, x : x + 128] = True
    near = ndimage.binary_dilation(shown, np.ones((2 * SAFETY_MARGIN + 1,) * 2))
    y, x = corners["3"]
    allowed = ~near[y : y + 128, x : x + 128]
    assert not (report.usable["3"] & ~allowed).any()
    # and nothing is given away but the corners that a grown rectangle and a grown union differ in
    assert report.usable["3"].sum() >= 0.95 * allowed.sum() > 0


@given(shift=st.tuples(st.integers(-40, 40), st.integers(-40, 40)))
def test_unshared_area_by_brute_force(shift):
    shape = (30, 24)
    mask = unshared_area(shape, Overlap(shift, 1.0, 1.0, 0.0))
    rows, columns = np.indices(shape)
    # pixel (y, x) of the second image lies on (y, x) + shift of the first
    shown = (rows + shift[0] >= 0) & (rows + shift[0] < shape[0])
    shown &= (columns + shift[1] >= 0) & (columns + shift[1] < shape[1])
    near = ndimage.binary_dilation(shown, np.ones((2 * SAFETY_MARGIN + 1,) * 2))
    assert not (mask & near).any()
    assert np.array_equal(mask, ~near)


def test_a_declared_group_on_both_sides_is_one_specimen(make_source):
    record = make_source({str(n): scene(n) for n in range(3)}, captures=1)
    index = index_images(record, "d", pair_fmd_layout(record, "raw"), Exclusions(record.root))
    index["group"] = index["fov"].map({"0": "fish", "1": "fish", "2": "other"})
    sides = {"0": "train", "1": "test", "2": "test"}
    report = audit_split(index, sides, record, SETTINGS, mask_shared_area=False)
    assert report.verdict == "related"
    assert report.as_json()["specimens_on_both_sides"] == [["0", "1"]]
    assert report.summary() == "fields of view 0, 1 are of one group and on both sides"


def test_fields_of_different_size_are_refused_and_not_passed_over(audit):
    clean = {"1": scene(1), "2": scene(1)[:100]}
    expected = "audit: fields of view 1 and 2 differ in size, 128x128 and 128x100 pixels"
    with pytest.raises(FreqbenchError, match=expected):
        audit(clean, {"1": "train", "2": "test"})
    assert audit({**clean, "3": scene(3)}, {"1": "train", "2": "unused", "3": "test"}).verdict == "clean"


@pytest.mark.parametrize("sides", [{"1": "train"}, {"1": "train", "2": "test", "3": "test"}])
def test_a_split_of_other_fields_is_refused(audit, sides):
    with pytest.raises(FreqbenchError, match=r"split: field of view [23] is not in both the split and the index"):
        audit({"1": scene(1), "2": scene(2)}, sides)


def test_report_holds_every_measurement(audit):
    whole = scene(1, 190)
    report = audit({"1": whole[:128, :128], "2": whole[30:158, 62:190]}, {"1": "train", "2": "test"}, mask=True)
    content = report.as_json()
    (pair,) = content["pairs"]
    overlap = report.findings[0].overlap
    assert content["verdict"] == "masked"
    assert (content["identical_pixels"], content["shared_noise"], content["other_pairs"]) == ([], [], [])
    assert (pair["train"], pair["test"], pair["kind"], pair["shift"]) == ("1", "2", "same area", [30, 62])
    assert pair["correlation"] == round(overlap.correlation, 4)
    assert pair["common_area"] == round(98 * 66 / 128**2, 4)
    assert pair["correlation_of_mirrored_copies"] == round(overlap.null, 4)
    assert (pair["rotation"], pair["scale"]) == (0.0, 1.0)
    assert content["usable_area"] == {"2": round(1 - (98 + SAFETY_MARGIN) * (66 + SAFETY_MARGIN) / 128**2, 4)}
    assert [field["specimen"] for field in content["fields_of_view"]] == [1, 1]
    assert content["specimens_on_both_sides"] == [["1", "2"]]


@pytest.mark.mirror
@pytest.mark.parametrize(
    ("fmd_type", "fovs", "kind"),
    [
        ("Confocal_BPAE_B", (1, 2), "same area"),
        ("Confocal_FISH", (1, 19), "related"),
        ("Confocal_MICE", (1, 19), "unrelated"),
    ],
)
def test_what_is_known_about_real_fields(real_clean, fmd_type, fovs, kind):
    found, overlap = compare(*(real_clean(fmd_type, fov) for fov in fovs))
    assert found == kind
    if kind == "same area":
        assert overlap.shift == (-4, -198)
        assert overlap.area == pytest.approx(0.61, abs=0.005)
        assert overlap.correlation > 0.99
