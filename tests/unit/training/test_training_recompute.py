"""Recomputed activations: the same bits, and less memory."""

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from freqbench.config.training import CAREGenerator, Noise2NoiseGenerator, RRDBGenerator
from freqbench.layout import Layout
from freqbench.models import CAREUNet, Noise2NoiseUNet, RRDBNet
from freqbench.restoration import apply_generator
from freqbench.run import Run
from freqbench.training.identity import training_fingerprint
from freqbench.training.recomputation import blocks_of, recompute_blocks
from freqbench.training.run import train

NETWORKS = {
    "rrdb": partial(RRDBNet, features=8, growth=4, blocks=3),
    "rrdb_unshuffle": partial(RRDBNet, features=8, growth=4, blocks=2, pixel_unshuffle=True),
    "care_unet": partial(CAREUNet, features=4, kernel_size=3),
    "noise2noise_unet": partial(Noise2NoiseUNet, features=4),
}


def batch_of(dtype, side=32):
    rng = torch.Generator().manual_seed(3)
    return [torch.rand((4, 1, side, side), generator=rng, dtype=dtype) for _ in range(2)]


def gradients(make, dtype, *, recomputed, adversarial):
    """Return all gradients of a step's objective, written out here, with statistics of the whole batch in it."""
    torch.manual_seed(0)
    network = make().to(dtype)
    judge = nn.Sequential(nn.Conv2d(1, 4, 4, stride=2), nn.BatchNorm2d(4), nn.LeakyReLU(0.2), nn.Conv2d(4, 1, 3))
    judge = judge.to(dtype).requires_grad_(False)
    if recomputed:
        recompute_blocks(network)
    noisy, clean = batch_of(dtype)
    prediction = network(noisy)
    loss = (prediction - clean).abs().mean()
    if adversarial:
        real, fake = judge(clean), judge(prediction)
        logit = nn.functional.softplus
        loss = loss + 0.5 * (logit(real - fake.mean()).mean() + logit(-(fake - real.mean())).mean())
    loss.backward()
    return [prediction.detach(), *(weight.grad for weight in network.parameters())]


@pytest.mark.parametrize("adversarial", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", NETWORKS)
def test_every_gradient_is_the_same_to_the_last_bit(name, dtype, adversarial):
    kept, again = (
        gradients(NETWORKS[name], dtype, recomputed=recomputed, adversarial=adversarial) for recomputed in (False, True)
    )
    assert len(kept) > 10
    assert all(torch.equal(one, other) for one, other in zip(kept, again, strict=True))
    assert all(bool(one.any()) for one in kept)


@pytest.mark.parametrize("adversarial", [0.0, 0.005])
@pytest.mark.parametrize(
    "generator",
    [
        RRDBGenerator(blocks=2, features=4, growth=2),
        CAREGenerator(kind="care_unet", features=4, kernel_size=3),
        Noise2NoiseGenerator(kind="noise2noise_unet", features=4),
    ],
    ids=lambda settings: settings.kind,
)
def test_a_whole_training_ends_with_the_same_bytes(make_study, watcher, generator, adversarial):
    files = {}
    for recompute in (False, True):
        config = make_study(
            name="again" if recompute else "kept",
            training={"recompute": recompute, "crop": 32, "objective": {"adversarial": adversarial}},
        ).model_copy(update={"generator": generator})
        train(Run(config, "tiny", "lffl_a1"), watcher())
        layout = Layout.of(config)
        files[recompute] = [
            path("tiny", "lffl_a1", 1, 0).read_bytes() for path in (layout.generator, layout.training_log)
        ]
    assert files[True] == files[False]


def test_a_recomputed_generator_restores_the_same(make_study, watcher):
    images = np.random.default_rng(0).random((3, 32, 32), np.float32)
    run = Run(make_study(training={"recompute": True}), "tiny", "lffl_a1")
    train(run, watcher())
    plain = Run(make_study(), "tiny", "lffl_a1")
    assert np.array_equal(apply_generator(run, images), apply_generator(plain, images))


def test_a_training_that_ran_out_of_memory_can_go_on_with_it(make_study):
    """It changes no bit, so it changes no fingerprint: the state is taken."""
    one, other = (make_study(training={"recompute": recompute}) for recompute in (False, True))
    assert training_fingerprint(Run(one, "tiny", "lffl_a1")) == training_fingerprint(Run(other, "tiny", "lffl_a1"))


def kept_bytes(network, images):
    """Return the bytes that a forward pass keeps for the backward pass, weights not counted."""
    weights = {weight.untyped_storage().data_ptr() for weight in network.parameters()}
    kept = {}

    def note(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = (storage.nbytes(), tensor)
        return tensor

    # what a recomputed block keeps is its input, which no hook on saved tensors sees
    handles = [
        block.register_forward_pre_hook(lambda _, inputs: (note(inputs[0]), None)[1]) for block in blocks_of(network)
    ]
    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        output = network(images)
    for handle in handles:
        handle.remove()
    assert output.requires_grad
    return sum(size for size, _ in kept.values())


@pytest.mark.parametrize(("name", "share"), [("rrdb", 0.2), ("care_unet", 0.75), ("noise2noise_unet", 0.75)])
def test_it_keeps_less(name, share):
    torch.manual_seed(0)
    network, (images, _) = NETWORKS[name](), batch_of(torch.float32, side=64)
    before = kept_bytes(network, images)
    after = kept_bytes(recompute_blocks(network), images)
    assert after < share * before


def test_another_network_is_refused():
    with pytest.raises(ValueError, match="blocks of Linear are not known"):
        recompute_blocks(nn.Linear(1, 1))
