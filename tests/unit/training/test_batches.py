from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from freqbench.training.batches import BatchStream

CPU = torch.device("cpu")


def numbered(count, size=4, dtype=np.uint8):
    """Patches in which each pixel is unique within its patch, and each patch among the patches."""
    inner = np.arange(size * size).reshape(size, size)
    return np.stack([inner + size * size * index for index in range(count)]).astype(dtype)


def stream(noisy, clean=None, *, batch_size=2, crop=None, augment=True, seed=0):
    clean = noisy if clean is None else clean
    return BatchStream(noisy, clean, batch_size=batch_size, crop=crop, augment=augment, seed=seed, device=CPU)


@given(
    count=st.integers(1, 9),
    batch_size=st.integers(1, 11),
    epochs=st.integers(1, 3),
    seed=st.integers(0, 2**31),
)
def test_every_batch_is_full_and_every_epoch_holds_each_patch_once(count, batch_size, epochs, seed):
    batches = stream(numbered(count, 2), batch_size=batch_size, seed=seed)
    wanted = epochs * count
    rows = []
    for iteration in range(-(-wanted // batch_size)):
        batch = batches.batch(iteration)
        assert batch.noisy.shape == batch.target.shape == (batch_size, 1, 2, 2)
        assert len(batch.rows) == batch_size
        rows += batch.rows.tolist()
    for epoch in range(epochs):
        assert sorted(rows[epoch * count : (epoch + 1) * count]) == list(range(count))


@given(iterations=st.lists(st.integers(0, 1000), min_size=1, max_size=8), seed=st.integers(0, 2**31))
def test_a_batch_depends_on_seed_and_iteration_alone(iterations, seed):
    patches = numbered(5)
    used = stream(patches, crop=3, seed=seed)
    for iteration in iterations:
        got = used.batch(iteration)
        fresh = stream(patches, crop=3, seed=seed).batch(iteration)
        assert torch.equal(got.noisy, fresh.noisy)
        assert torch.equal(got.target, fresh.target)
        assert np.array_equal(got.rows, fresh.rows)


def test_global_random_states_are_neither_used_nor_changed():
    patches = numbered(5)
    torch.manual_seed(1)
    np.random.seed(1)  # noqa: NPY002
    before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    one = stream(patches, crop=3).batch(7)
    assert torch.equal(before[0], torch.get_rng_state())
    assert np.array_equal(before[1], np.random.get_state()[1])  # noqa: NPY002
    torch.manual_seed(2)
    np.random.seed(2)  # noqa: NPY002
    assert torch.equal(one.noisy, stream(patches, crop=3).batch(7).noisy)


def test_seeds_differ_in_order_crops_and_turns():
    patches = numbered(40)
    rows = {tuple(stream(patches, batch_size=40, seed=seed).batch(0).rows) for seed in range(5)}
    assert len(rows) == 5
    one_patch = numbered(1, 8)
    images = {stream(one_patch, batch_size=9, crop=4, seed=seed).batch(0).noisy.numpy().tobytes() for seed in range(5)}
    assert len(images) == 5


def test_epochs_have_different_orders():
    batches = stream(numbered(40), batch_size=40)
    assert not np.array_equal(batches.batch(0).rows, batches.batch(1).rows)


@given(seed=st.integers(0, 2**31), crop=st.sampled_from([None, 2, 3, 4]), iteration=st.integers(0, 50))
def test_noisy_and_clean_are_cropped_and_turned_alike(seed, crop, iteration):
    noisy = numbered(3)
    # the clean patch of a pixel is a function of the noisy one: after any common move it still is
    batch = stream(noisy, 255 - noisy, crop=crop, batch_size=5, seed=seed).batch(iteration)
    assert torch.equal(torch.round(batch.target * 255), 255 - torch.round(batch.noisy * 255))


def test_crop_and_orientation_are_those_of_the_whole_patch():
    patch = numbered(1, 6)
    batches = stream(patch, crop=4, batch_size=1)
    corners, orientations = Counter(), Counter()
    for iteration in range(600):
        got = torch.round(batches.batch(iteration).noisy[0, 0] * 255).int().numpy()
        matches = [
            ((y, x), (turns, flip))
            for y in range(3)
            for x in range(3)
            for turns in range(4)
            for flip in (False, True)
            if np.array_equal(got, oriented(patch[0, y : y + 4, x : x + 4], turns, flip))
        ]
        assert len(matches) == 1
        corners[matches[0][0]] += 1
        orientations[matches[0][1]] += 1
    # 9 corners and 8 orientations, equally likely: expected 67 and 75 times, within five standard deviations
    assert len(corners) == 9
    assert len(orientations) == 8
    assert all(abs(count - 600 / 9) < 5 * np.sqrt(600 / 9) for count in corners.values())
    assert all(abs(count - 600 / 8) < 5 * np.sqrt(600 / 8) for count in orientations.values())


def oriented(image, turns, flip):
    turned = np.rot90(image, turns)
    return turned[:, ::-1] if flip else turned


def test_without_crop_and_augmentation_patches_come_as_they_are():
    patches = numbered(3)
    batch = stream(patches, augment=False, batch_size=3).batch(0)
    assert torch.equal(batch.noisy[:, 0], torch.from_numpy(patches[batch.rows] / np.float32(255)))


@pytest.mark.parametrize(("dtype", "maximum"), [(np.uint8, 255), (np.uint16, 65535)])
def test_every_integer_is_scaled_exactly_by_the_maximum_of_its_depth(dtype, maximum):
    values = np.arange(maximum + 1, dtype=dtype).reshape(1, 16, -1)
    batch = stream(values, augment=False, batch_size=1).batch(0)
    # float32 division of two exact numbers is correctly rounded: equal to the float64 quotient, rounded once
    expected = (np.arange(maximum + 1) / maximum).astype(np.float32).reshape(values.shape)
    assert batch.noisy.dtype == torch.float32
    assert np.array_equal(batch.noisy[0].numpy(), expected)
    assert len(np.unique(batch.noisy.numpy())) == maximum + 1
    assert (float(batch.noisy.min()), float(batch.noisy.max())) == (0.0, 1.0)


def test_the_scale_is_not_the_images_own_maximum():
    dim = np.full((1, 4, 4), 51, dtype=np.uint8)
    assert torch.allclose(stream(dim, batch_size=1).batch(0).noisy, torch.tensor(0.2))


def test_a_batch_larger_than_the_set_repeats_patches_by_whole_epochs():
    counts = Counter(stream(numbered(3), batch_size=7).batch(0).rows.tolist())
    assert sorted(counts.values()) == [2, 2, 3]


def test_length_is_the_number_of_patches():
    assert len(stream(numbered(5))) == 5
