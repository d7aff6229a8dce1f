import numpy as np
import pytest
import torch
from scipy import ndimage

from freqbench.data.image_files import to_unit_range
from freqbench.data.patches import PatchSet, read_patches, write_patches
from freqbench.errors import FreqbenchError
from freqbench.layout import Layout
from freqbench.restoration import GAUSSIAN_SIGMAS, apply_control, best_sigma, gaussian_filter, restore
from freqbench.run import Run
from freqbench.training.build import build_generator
from freqbench.training.state import save_tensors


@pytest.fixture
def trained(make_study):
    """A study with weights as a training would leave them."""
    config = make_study(evaluation={"batch_size": 4})
    torch.manual_seed(5)
    generator = build_generator(config)
    content = {"settings": config.generator.model_dump(), "state": generator.state_dict()}
    path = Layout.of(config).generator("tiny", "spatial", 1, 0)
    save_tensors(content, path)
    return Run(config, "tiny", "spatial"), generator, path


def restored(run, method="spatial"):
    return np.load(run.layout.restored("tiny", method, 1, 0))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_controls_that_bound_the_scale(make_study, dtype):
    config = make_study(patches={"dtype": dtype})
    test = read_patches(Layout.of(config), "tiny", 1).side("test")
    for method, expected in (("input", test.noisy), ("clean", test.clean)):
        run = Run(config, "tiny", method)
        restore(run)
        got = restored(run, method)
        assert got.dtype == np.float32
        assert np.array_equal(got, to_unit_range(expected))
        assert np.array_equal(np.round(got.astype(np.float64) * np.iinfo(dtype).max), expected)


def test_the_gaussian_control_filters_the_test_patches_with_the_width_of_the_train_patches(make_patches):
    patches = make_patches(noise=0.15, size=48)
    sigma = best_sigma(patches.side("train"))
    assert sigma in GAUSSIAN_SIGMAS[1:-1]
    noisy = to_unit_range(patches.side("test").noisy)
    expected = np.stack([ndimage.gaussian_filter(image, sigma, mode="reflect") for image in noisy])
    assert apply_control("gaussian", patches) == pytest.approx(expected, abs=1e-6)
    assert np.square(expected - to_unit_range(patches.side("test").clean)).mean() < 0.2 * 0.15**2


@pytest.mark.parametrize("planted", GAUSSIAN_SIGMAS)
def test_best_sigma_finds_the_planted_width(make_patches, planted):
    """Where the clean image is the noisy one, filtered, no other width can be better."""
    patches = make_patches(dtype=np.uint16, noise=0.2)
    smooth = gaussian_filter(to_unit_range(patches.noisy), planted)
    clean = np.round(np.clip(smooth, 0, 1) * 65535).astype(np.uint16)
    assert best_sigma(PatchSet(patches.table, patches.noisy, clean)) == planted


def test_best_sigma_maximises_the_mean_psnr_on_the_grid(make_patches):
    train = make_patches(noise=0.1).side("train")
    noisy, clean = (array.astype(np.float64) / 255 for array in (train.noisy, train.clean))
    psnr = {
        sigma: np.mean(
            [
                -10 * np.log10(np.mean((ndimage.gaussian_filter(a, sigma, mode="reflect") - b) ** 2))
                for a, b in zip(noisy, clean, strict=True)
            ]
        )
        for sigma in GAUSSIAN_SIGMAS
    }
    assert best_sigma(train) == max(psnr, key=psnr.get)


def test_best_sigma_takes_patches_from_the_whole_set(make_patches):
    """Of many patches 64 are measured, evenly spread: the first fields of view alone must not decide."""
    patches = make_patches(train_fovs=200, test_fovs=1, captures=1, size=16, dtype=np.uint16, noise=0.2)
    noisy = to_unit_range(patches.noisy)
    clean = gaussian_filter(noisy, 3.0)
    clean[:30] = gaussian_filter(noisy[:30], 0.5)
    whole = PatchSet(patches.table, patches.noisy, np.round(np.clip(clean, 0, 1) * 65535).astype(np.uint16))
    assert best_sigma(whole.side("train")) > 1.0


def test_a_filter_keeps_constant_images_and_their_borders():
    flat = np.full((2, 16, 16), 0.3, dtype=np.float32)
    assert gaussian_filter(flat, 2.0) == pytest.approx(flat, abs=1e-6)


def test_filtering_does_not_mix_patches():
    images = np.zeros((3, 16, 16), dtype=np.float32)
    images[1] = 1.0
    assert np.array_equal(gaussian_filter(images, 3.0)[[0, 2]], images[[0, 2]])


def test_a_generator_restores_the_test_patches_clamped_and_unrounded(trained):
    run, generator, _ = trained
    calls = []
    restore(run, lambda done, total: calls.append((done, total)))
    noisy = to_unit_range(read_patches(run.layout, "tiny", 1).side("test").noisy)
    with torch.no_grad():
        expected = torch.cat([generator(torch.from_numpy(image)[None, None])[:, 0] for image in noisy])
    got = restored(run)
    assert got.dtype == np.float32
    assert got.shape == noisy.shape
    assert expected.min() < 0 or expected.max() > 1
    assert 0.0 <= got.min() < got.max() <= 1.0
    assert got == pytest.approx(expected.clamp(0, 1).numpy(), abs=1e-6)
    assert not np.array_equal(np.round(got * 255) / 255, got)
    assert calls == [(4, 6), (6, 6)]


def test_the_batch_size_does_not_change_the_result(trained, make_study):
    run, _, _ = trained
    restore(run)
    first = restored(run)
    restore(Run(make_study(evaluation={"batch_size": 1}), "tiny", "spatial"))
    assert restored(run) == pytest.approx(first, abs=1e-6)


def test_missing_weights(make_study):
    with pytest.raises(FreqbenchError, match=r"generator\.pt: no such file; run `freqbench train` first"):
        restore(Run(make_study(), "tiny", "spatial"))


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_truncated_weights(trained, share):
    run, _, path = trained
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(FreqbenchError, match=r"generator\.pt: damaged .*; delete it and train again"):
        restore(run)
    assert not run.layout.restored("tiny", "spatial", 1, 0).exists()


def test_weights_of_another_generator(trained, make_study):
    run, _, _ = trained
    other = Run(make_study(generator={"blocks": 2}), "tiny", "spatial")
    with pytest.raises(FreqbenchError, match="holds another generator than `generator:` describes"):
        restore(other)
    assert not run.layout.restored("tiny", "spatial", 1, 0).exists()


@pytest.mark.parametrize("fault", ["bare state", "no state", "a tensor too few", "another shape", "a list"])
def test_weights_in_another_form(trained, fault):
    run, generator, path = trained
    settings, state = run.config.generator.model_dump(), generator.state_dict()
    name, tensor = state.popitem()
    contents = {
        "bare state": state | {name: tensor},
        "no state": {"settings": settings},
        "a tensor too few": {"settings": settings, "state": state},
        "another shape": {"settings": settings, "state": state | {name: torch.zeros(3)}},
        "a list": [1, 2],
    }
    save_tensors(contents[fault], path)
    with pytest.raises(FreqbenchError, match=r"generator\.pt: (holds another generator|damaged).*train again") as error:
        restore(run)
    assert "\n" not in str(error.value)


def test_weights_that_are_no_numbers(trained):
    run, generator, path = trained
    with torch.no_grad():
        generator.last.bias.fill_(float("nan"))
    save_tensors({"settings": run.config.generator.model_dump(), "state": generator.state_dict()}, path)
    with pytest.raises(FreqbenchError, match="not finite; train spatial again"):
        restore(run)
    assert not run.layout.restored("tiny", "spatial", 1, 0).exists()


def test_missing_patches(make_study):
    config = make_study()
    Layout.of(config).patch_table("tiny", 1).unlink()
    with pytest.raises(FreqbenchError, match="run `freqbench patches`"):
        restore(Run(config, "tiny", "input"))


def test_order_is_that_of_the_test_rows(make_study):
    """Patches of both sides may alternate in the table."""
    config = make_study()
    layout = Layout.of(config)
    patches = read_patches(layout, "tiny", 1)
    order = np.random.default_rng(0).permutation(len(patches.table))
    shuffled = PatchSet(patches.table.iloc[order], np.array(patches.noisy)[order], np.array(patches.clean)[order])
    write_patches(shuffled, layout, "tiny", 1)
    restore(Run(config, "tiny", "input"))
    wanted = [row for row, place in enumerate(order) if patches.table["split"].iloc[place] == "test"]
    assert np.array_equal(
        np.load(layout.restored("tiny", "input", 1, 0)), to_unit_range(shuffled.noisy[np.array(wanted)])
    )


def test_another_data_set_is_restored_with_the_generator_of_the_one_it_names(make_study):
    crossed = {"datasets": {"other": {"source": {"kind": "phantom"}, "trained_on": "tiny"}}}
    config = make_study(**crossed)
    torch.manual_seed(5)
    generator = build_generator(config)
    content = {"settings": config.generator.model_dump(), "state": generator.state_dict()}
    save_tensors(content, Layout.of(config).generator("tiny", "spatial", 1, 0))
    restore(Run(config, "other", "spatial"))
    noisy = to_unit_range(read_patches(Layout.of(config), "other", 1).side("test").noisy)
    with torch.inference_mode():
        expected = generator.eval()(torch.from_numpy(noisy).unsqueeze(1)).squeeze(1).clamp(0, 1).numpy()
    got = np.load(Layout.of(config).restored("other", "spatial", 1, 0))
    assert got == pytest.approx(expected, abs=1e-6)


def test_a_control_is_tuned_on_the_data_set_that_trains(make_study, make_patches):
    config = make_study(datasets={"other": {"source": {"kind": "phantom"}, "trained_on": "tiny"}})
    layout = Layout.of(config)
    # where the noise is stronger, the best filter is wider
    write_patches(make_patches("tiny", noise=0.4), layout, "tiny", 1)
    write_patches(make_patches("other", noise=0.02), layout, "other", 1)
    there, here = (best_sigma(read_patches(layout, name, 1).side("train")) for name in ("tiny", "other"))
    assert there > here
    restore(Run(config, "other", "gaussian"))
    noisy = to_unit_range(read_patches(layout, "other", 1).side("test").noisy)
    got = np.load(layout.restored("other", "gaussian", 1, 0))
    assert got == pytest.approx(np.clip(gaussian_filter(noisy, there), 0, 1), abs=1e-6)
