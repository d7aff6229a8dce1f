"""Trainings that compare noisy captures with each other."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
import torch

from freqbench.data.patches import PatchSet
from freqbench.errors import FreqbenchError
from freqbench.training.batches import BatchStream
from freqbench.training.build import build_batches
from freqbench.training.calibrate import calibration_pairs
from freqbench.training.samples import Samples, mean_psnr
from freqbench.training.schedule import learning_rate_factor
from freqbench.training.targets import next_captures, other_captures

CPU = torch.device("cpu")
PAIRED = {"target": "second_capture", "objective": {"adversarial": 0}}


def captured(captures=(3, 2, 4), size=8, dtype=np.uint8):
    """Patches of fields of view in which each pixel tells place and patch; clean ones hold what none of these has."""
    rows = [(f"{fov}/{number}", str(fov), str(number)) for fov, count in enumerate(captures) for number in range(count)]
    # captures of a field of view do not lie side by side
    rows = rows[::2] + rows[1::2]
    table = pd.DataFrame(rows, columns=["patch_id", "fov", "capture"]).assign(y=0, x=0, split="train")
    pixels = np.stack([np.arange(size * size).reshape(size, size) + number for number in range(len(rows))])
    if dtype == np.float32:
        return PatchSet(table, pixels.astype(dtype) / 10 - 2, np.full(pixels.shape, 255, dtype=np.uint8))
    return PatchSet(table, pixels.astype(dtype), np.full(pixels.shape, 255, dtype=dtype))


def stream(patches, *, seed=0, crop=4, batch_size=5, augment=True):
    return BatchStream(
        patches.noisy,
        patches.noisy,
        batch_size=batch_size,
        crop=crop,
        augment=augment,
        seed=seed,
        device=CPU,
        choices=other_captures(patches),
    )


def test_a_capture_is_compared_with_another_of_its_window_and_never_with_itself():
    patches = captured()
    batches, seen = stream(patches), Counter()
    for iteration in range(400):
        batch = batches.batch(iteration)
        for row, other in zip(batch.rows, batch.target_rows, strict=True):
            assert row != other
            assert patches.table["fov"].iloc[row] == patches.table["fov"].iloc[other]
            seen[row, other] += 1
    # all ordered pairs: 3 x 2 + 2 x 1 + 4 x 3, those of one patch equally often
    assert len(seen) == 20
    first = [count for (row, _), count in seen.items() if patches.table["fov"].iloc[row] == "2"]
    expected = 2000 / 9 / 3
    assert all(abs(count - expected) < 5 * np.sqrt(expected) for count in first)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_both_captures_get_the_same_crop_and_orientation(dtype):
    patches = captured(dtype=dtype)
    unit = {np.uint8: 255, np.uint16: 65535, np.float32: 10}[dtype]
    for iteration in range(20):
        batch = stream(patches).batch(iteration)
        # pixels of two captures differ by the difference of the rows, at each place
        difference = torch.round((batch.target - batch.noisy) * unit)
        expected = torch.from_numpy(batch.target_rows - batch.rows)[:, None, None, None]
        assert torch.equal(difference, expected.expand_as(difference).float())


def test_pairs_depend_on_seed_and_iteration_alone_and_change_nothing_else():
    patches = captured()
    for iteration in (0, 7, 300):
        got, again = stream(patches).batch(iteration), stream(patches).batch(iteration)
        assert np.array_equal(got.target_rows, again.target_rows)
        assert torch.equal(got.target, again.target)
        clean = BatchStream(patches.noisy, patches.clean, batch_size=5, crop=4, augment=True, seed=0, device=CPU).batch(
            iteration
        )
        assert torch.equal(clean.noisy, got.noisy)
        assert np.array_equal(clean.target_rows, clean.rows)
    different = [stream(patches, seed=seed).batch(0).target_rows.tolist() for seed in range(5)]
    assert len({tuple(rows) for rows in different}) == 5


def test_no_clean_pixel_reaches_training_calibration_or_samples(make_study, tmp_path):
    config = make_study(training=PAIRED | {"crop": 16})
    patches = captured((4, 4), size=32, dtype=np.float32)
    batches = build_batches(config, patches, 0, CPU)
    pairs = calibration_pairs(config, patches)
    for images in (batches.noisy, batches.targets, *pairs):
        assert images.max() < 255
    assert not torch.equal(*pairs)
    changed = PatchSet(patches.table, patches.noisy, 255 - patches.clean)
    scores = [
        Samples({"train": each}, 1, None, tmp_path / str(n), CPU, target="second_capture").take(torch.nn.Identity(), 1)
        for n, each in enumerate((patches, changed))
    ]
    assert scores[0] == scores[1]
    one, two = (tmp_path / str(n) / "iteration_000001.png" for n in (0, 1))
    assert one.read_bytes() == two.read_bytes()


def test_samples_are_scored_against_the_next_capture(tmp_path):
    patches = captured((3, 2), size=32)
    following = next_captures(patches)
    assert sorted(following) == list(range(5))
    assert (patches.table["fov"].to_numpy()[following] == patches.table["fov"].to_numpy()).all()
    assert (following != np.arange(5)).all()
    samples = Samples({"train": patches}, 1, None, tmp_path, CPU, target="second_capture")
    noisy, target = (torch.from_numpy(patches.noisy[rows] / np.float32(255)) for rows in (np.arange(5), following))
    assert samples.take(torch.nn.Identity(), 1) == {"train_psnr": pytest.approx(mean_psnr(noisy, target))}


def test_fitted_samples_do_not_depend_on_the_scale_of_the_network(tmp_path):
    patches = captured((3, 2), size=32)
    scaled = torch.nn.Conv2d(1, 1, 1)
    torch.nn.init.constant_(scaled.weight, 5.0)
    torch.nn.init.constant_(scaled.bias, -3.0)
    samples = Samples({"train": patches}, 1, None, tmp_path, CPU, target="second_capture", fit="affine")
    one, two = (samples.take(network, 1)["train_psnr"] for network in (scaled, torch.nn.Identity()))
    assert one == pytest.approx(two, abs=0.05)


def test_a_field_of_view_with_one_capture_is_refused_by_name(make_study):
    with pytest.raises(FreqbenchError, match=r"training\.target: .* but field of view 1 has one; leave it out"):
        build_batches(make_study(training=PAIRED), captured((2, 1), size=32), 0, CPU)


def test_an_exponential_rate_falls_by_one_factor_to_what_is_left():
    factors = [learning_rate_factor("exponential", iteration, 200, left=0.7**20) for iteration in range(201)]
    assert factors[0] == 1
    # the FRC paper's 0.7 ** (epoch / 10) over 200 epochs
    assert factors[10] == pytest.approx(0.7)
    assert factors[200] == pytest.approx(0.7**20)
