"""Controls as a step of a study: what they may see, and what they leave behind."""

import json

import numpy as np
import pytest

from freqbench.classical.control import control_of, make_control
from freqbench.classical.denoisers import DENOISERS, GAUSSIAN_SIGMAS
from freqbench.classical.filters import gaussian
from freqbench.config import CLASSICAL
from freqbench.data.image_files import to_unit_range
from freqbench.data.noise_model.points import Averaging
from freqbench.data.patches import PatchSet, read_patches, write_patches
from freqbench.errors import FreqbenchError
from freqbench.layout import Layout
from freqbench.run import Run

FREE = [name for name in CLASSICAL if not name.endswith("bm3d")]
KNOWN = Averaging(clean=0)


def poisson_patches(make_patches, *, dtype=np.uint8, photons=60, seed=0, **shape):
    """The clean patches of `make_patches` as a photon counting camera with an offset sees them."""
    patches = make_patches(dtype=dtype, noise=0.0, **({"captures": 3, "size": 48} | shape))
    rng = np.random.default_rng(seed)
    top = np.iinfo(dtype).max
    photon = 0.9 * top / photons
    readings = photon * rng.poisson(patches.clean / photon) + 0.02 * top
    return PatchSet(patches.table, np.clip(np.rint(readings), 0, top).astype(dtype), patches.clean)


@pytest.fixture(scope="module")
def made(make_patches):
    """Every free control of one set of patches, with its record."""
    patches = poisson_patches(make_patches)
    return patches, {name: control_of(name, patches, KNOWN, "x") for name in FREE}


def errors(images, patches):
    return np.mean((images - to_unit_range(patches.side("test").clean)) ** 2)


@pytest.mark.parametrize("name", FREE)
def test_a_denoiser_is_better_than_its_input_and_within_range(made, name):
    patches, controls = made
    images, record = controls[name]
    assert images.dtype == np.float32
    assert images.shape == patches.side("test").noisy.shape
    assert 0 <= images.min() <= images.max() <= 1
    assert errors(images, patches) < 0.6 * errors(to_unit_range(patches.side("test").noisy), patches)
    assert max(record["curve"], key=lambda point: point["psnr"]).items() >= record["parameters"].items()
    assert (record["noise_line"] is not None) == name.startswith("gat_")
    assert json.loads(json.dumps(record)) == record


@pytest.mark.parametrize("name", FREE)
def test_the_test_patches_have_no_say_in_the_parameters(make_patches, made, name):
    """Absurd test patches, degraded and clean: what is chosen on the train patches stays."""
    patches, controls = made
    test = (patches.table["split"] == "test").to_numpy()
    noisy, clean = patches.noisy.copy(), patches.clean.copy()
    rng = np.random.default_rng(1)
    noisy[test] = rng.integers(0, 256, noisy[test].shape)
    clean[test] = 255 - noisy[test]
    _, record = control_of(name, PatchSet(patches.table, noisy, clean), KNOWN, "x")
    assert record == controls[name][1]
    assert set(record["train_patches"]) <= set(patches.side("train").table["patch_id"])


@pytest.mark.parametrize("name", FREE)
def test_a_patch_is_denoised_the_same_in_any_company(made, name):
    patches, controls = made
    last = np.flatnonzero(patches.table["split"] == "test")[-1]
    keep = [*np.flatnonzero(patches.table["split"] == "train"), last]
    alone = PatchSet(patches.table.iloc[keep].reset_index(drop=True), patches.noisy[keep], patches.clean[keep])
    images, record = control_of(name, alone, KNOWN, "x")
    assert record == controls[name][1]
    assert np.array_equal(images[0], controls[name][0][-1])


@pytest.mark.parametrize("name", ["tv", "gat_nlm"])
def test_twice_the_same(made, name):
    patches, controls = made
    images, record = control_of(name, patches, KNOWN, "x")
    assert np.array_equal(images, controls[name][0])
    assert record == controls[name][1]


@pytest.mark.parametrize("name", FREE)
def test_8_bits_and_the_same_images_stretched_to_16_give_the_same(made, name):
    patches, controls = made
    noisy, clean = (array.astype(np.uint16) * 257 for array in (patches.noisy, patches.clean))
    images, record = control_of(name, PatchSet(patches.table, noisy, clean), KNOWN, "x")
    assert record["parameters"] == pytest.approx(controls[name][1]["parameters"], rel=1e-2)
    assert images == pytest.approx(controls[name][0], abs=2e-3)
    if name.startswith("gat_"):
        eight, sixteen = controls[name][1]["noise_line"], record["noise_line"]
        assert sixteen["gain"] == pytest.approx(257 * eight["gain"], rel=1e-2)


@pytest.mark.parametrize("name", ["tv", "nlm", "gat_tv"])
def test_constant_test_patches_stay_constant(make_patches, name):
    patches = poisson_patches(make_patches)
    noisy = patches.noisy.copy()
    noisy[(patches.table["split"] == "test").to_numpy()] = 77
    images, _ = control_of(name, PatchSet(patches.table, noisy, patches.clean), KNOWN, "x")
    assert np.ptp(images) < 1e-6
    # the inverse adds what the mean of many readings would need: a quarter of a photon at most
    assert images.mean() == pytest.approx(77 / 255, abs=0.006)


def test_of_many_train_patches_some_are_taken_from_the_whole_set(make_patches):
    patches = make_patches(train_fovs=200, test_fovs=1, captures=1, size=16, dtype=np.uint16, noise=0.2)
    noisy = to_unit_range(patches.noisy)
    clean = np.stack([gaussian(image, 0.5 if row < 30 else 3.0) for row, image in enumerate(noisy)])
    planted = PatchSet(patches.table, patches.noisy, np.round(np.clip(clean, 0, 1) * 65535).astype(np.uint16))
    _, record = control_of("gaussian", planted, KNOWN, "x")
    assert record["parameters"]["sigma"] > 1.0
    assert len(record["train_patches"]) == 64
    _, record = control_of("tv", planted, KNOWN, "x")
    assert len(record["train_patches"]) == 24


@pytest.mark.parametrize("planted", GAUSSIAN_SIGMAS)
def test_a_planted_width_is_found(make_patches, planted):
    """Where the clean image is the noisy one, filtered, no other width can be better."""
    patches = make_patches(dtype=np.uint16, noise=0.2)
    clean = np.stack([gaussian(image, planted) for image in to_unit_range(patches.noisy)])
    clean = np.round(np.clip(clean, 0, 1) * 65535).astype(np.uint16)
    images, record = control_of("gaussian", PatchSet(patches.table, patches.noisy, clean), KNOWN, "x")
    assert record["parameters"] == {"sigma": planted}
    assert record["at_end_of_grid"] == (["sigma"] if planted in {GAUSSIAN_SIGMAS[0], GAUSSIAN_SIGMAS[-1]} else [])
    test = (patches.table["split"] == "test").to_numpy()
    assert images == pytest.approx(to_unit_range(clean[test]), abs=1e-5)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_controls_that_bound_the_scale(make_study, dtype):
    config = make_study(patches={"dtype": dtype})
    test = read_patches(Layout.of(config), "tiny", 1).side("test")
    for method, expected in (("input", test.noisy), ("clean", test.clean)):
        run = Run(config, "tiny", method)
        make_control(run)
        got = np.load(run.layout.restored(*run.key))
        assert got.dtype == np.float32
        assert np.array_equal(got, to_unit_range(expected))
        assert json.loads(run.layout.control_record(*run.key).read_text(encoding="utf-8")) == run.identity


def test_the_step_writes_the_patches_and_how_they_were_made(make_study):
    run = Run(make_study(controls=["input", "gat_tv", "clean"]), "tiny", "gat_tv")
    steps = []
    make_control(run, lambda done, total: steps.append((done, total)))
    record = json.loads(run.layout.control_record(*run.key).read_text(encoding="utf-8"))
    assert {**run.identity, "parameters": record["parameters"]}.items() <= record.items()
    assert record["noise_line"]["gain"] > 0
    # 13 points of the grid on 4 train patches, then 6 test patches
    assert steps == [(number, 13 * 4 + 6) for number in range(1, 13 * 4 + 7)]
    assert np.load(run.layout.restored(*run.key)).shape == (6, 32, 32)


def test_the_average_of_a_study(make_study):
    config = make_study(controls=["average16"], patches={"captures": 17})
    run = Run(config, "tiny", "average16")
    make_control(run)
    got = np.load(run.layout.restored(*run.key))
    test = read_patches(run.layout, "tiny", 1).side("test")
    # white noise of 17 captures that are alike: 16 of them leave a quarter of it
    assert np.std(got - to_unit_range(test.clean)) < 0.3 * np.std(to_unit_range(test.noisy) - to_unit_range(test.clean))


@pytest.mark.parametrize(
    ("control", "shape", "message"),
    [
        ("average16", {"captures": 3}, "needs 16 captures, but field of view 3 has 3"),
        ("gat_tv", {"noise": 0.0}, "cannot be estimated|does not grow with the signal"),
    ],
)
def test_data_without_what_a_control_needs_are_refused_in_one_line_with_the_way_out(
    make_study, control, shape, message
):
    run = Run(make_study(controls=[control], patches=shape), "tiny", control)
    with pytest.raises(FreqbenchError, match=message) as error:
        make_control(run)
    assert str(error.value).startswith(f"control {control} on tiny: ")
    assert str(error.value).endswith("; leave it out with `datasets.tiny.controls`")
    assert "\n" not in str(error.value)
    assert not run.layout.restored(*run.key).exists()


def test_a_trained_method_is_refused(make_study):
    with pytest.raises(FreqbenchError, match="method spatial: is trained"):
        make_control(Run(make_study(), "tiny", "spatial"))


def test_missing_patches(make_study):
    config = make_study()
    Layout.of(config).patch_table("tiny", 1).unlink()
    with pytest.raises(FreqbenchError, match="run `freqbench patches`"):
        make_control(Run(config, "tiny", "input"))


def test_order_is_that_of_the_test_rows(make_study):
    """Patches of both sides may alternate in the table."""
    config = make_study()
    layout = Layout.of(config)
    patches = read_patches(layout, "tiny", 1)
    order = np.random.default_rng(0).permutation(len(patches.table))
    shuffled = PatchSet(patches.table.iloc[order], np.array(patches.noisy)[order], np.array(patches.clean)[order])
    write_patches(shuffled, layout, "tiny", 1)
    make_control(Run(config, "tiny", "input"))
    wanted = [row for row, place in enumerate(order) if patches.table["split"].iloc[place] == "test"]
    assert np.array_equal(
        np.load(layout.restored("tiny", "input", 1, 0)), to_unit_range(shuffled.noisy[np.array(wanted)])
    )


def test_every_classical_control_has_its_denoiser():
    assert {name.removeprefix("gat_") for name in CLASSICAL} == set(DENOISERS)
    assert len(CLASSICAL) == 2 * len(DENOISERS)


def test_a_control_is_tuned_on_the_data_set_that_trains(make_study, make_patches):
    config = make_study(datasets={"other": {"source": {"kind": "phantom"}, "trained_on": "tiny"}})
    layout = Layout.of(config)
    # where the noise is stronger, the best filter is wider
    write_patches(make_patches("tiny", noise=0.4), layout, "tiny", 1)
    write_patches(make_patches("other", noise=0.02), layout, "other", 1)
    records = {}
    for name in ("tiny", "other"):
        make_control(Run(config, name, "gaussian"))
        records[name] = json.loads(layout.control_record(name, "gaussian", 1, 0).read_text())
    assert records["other"]["parameters"] == records["tiny"]["parameters"]
    own = control_of("gaussian", read_patches(layout, "other", 1), KNOWN, "x")[1]
    assert own["parameters"]["sigma"] < records["other"]["parameters"]["sigma"]


def test_another_depth_to_tune_on_is_refused(make_patches):
    patches, others = make_patches(dtype=np.uint8), make_patches(dtype=np.uint16)
    with pytest.raises(FreqbenchError, match="it would be tuned on uint16 for images of uint8"):
        control_of("gaussian", patches, KNOWN, "x", tuned_on=others)


def simulated(patches, std=0.3, offset=0.0):
    """The patches as floats that reach beyond [0, 1]."""
    random = np.random.default_rng(0)
    noisy = to_unit_range(patches.clean) + random.normal(offset, std, patches.clean.shape)
    return PatchSet(patches.table, noisy.astype(np.float32), patches.clean)


def test_floats_are_denoised_without_being_clamped_first(make_patches):
    patches = simulated(make_patches(captures=2))
    images, _ = control_of("input", patches, KNOWN, "x")
    assert np.array_equal(images, patches.side("test").noisy)
    assert images.min() < 0
    images, record = control_of("gaussian", patches, KNOWN, "x")
    sigma = record["parameters"]["sigma"]
    expected = [gaussian(image, sigma) for image in patches.side("test").noisy]
    np.testing.assert_allclose(images, expected, atol=1e-6)


def test_a_control_is_tuned_by_what_is_measured(make_patches):
    patches = make_patches(captures=2)
    sigmas = [
        control_of("gaussian", simulated(patches, offset=offset), KNOWN, "x", fit="affine")[1]["parameters"]["sigma"]
        for offset in (0.0, 5.0)
    ]
    assert sigmas[0] == sigmas[1] > 0


def test_simulated_noise_is_not_stabilised(make_patches):
    with pytest.raises(FreqbenchError, match="x: simulated noise does not grow with the signal"):
        control_of("gat_gaussian", simulated(make_patches(captures=2)), KNOWN, "x")
