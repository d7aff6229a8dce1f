import numpy as np
import pytest
import torch

from freqbench.data.image_files import to_unit_range
from freqbench.data.patches import read_patches
from freqbench.errors import FreqbenchError
from freqbench.layout import Layout
from freqbench.restoration import restore
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


def test_a_control_is_refused(make_study):
    with pytest.raises(FreqbenchError, match=r"method input: is a control, .* use `freqbench control`"):
        restore(Run(make_study(), "tiny", "input"))


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


def test_scores_do_not_depend_on_the_precision_of_the_training(trained, make_study, monkeypatch):
    """Whatever `training.tf32` and torch's own default say, the generator is applied in IEEE float32."""
    _, generator, _ = trained
    seen = []
    generator.register_forward_hook(lambda *_: seen.append(torch.backends.cudnn.conv.fp32_precision))
    monkeypatch.setattr("freqbench.training.build.build_generator", lambda _: generator)
    before = torch.backends.cudnn.conv.fp32_precision
    torch.backends.cudnn.conv.fp32_precision = "tf32"
    try:
        restore(Run(make_study(training={"tf32": True}, evaluation={"batch_size": 4}), "tiny", "spatial"))
    finally:
        torch.backends.cudnn.conv.fp32_precision = before
    assert set(seen) == {"ieee"}


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


def test_missing_patches(trained):
    run, _, _ = trained
    run.layout.patch_table("tiny", 1).unlink()
    with pytest.raises(FreqbenchError, match="run `freqbench patches`"):
        restore(run)


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
