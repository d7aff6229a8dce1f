"""Options of precision, memory format and compilation: how they resolve, and that they change what they should."""

import copy

import pytest
import torch
from pydantic import ValidationError
from torch import nn

from freqbench.config.training import Training
from freqbench.errors import FreqbenchError
from freqbench.models import PatchDiscriminator, RRDBNet
from freqbench.training import execution
from freqbench.training.execution import Execution, execution_of

CPU, CUDA = torch.device("cpu"), torch.device("cuda")
HOPPER, TURING = (9, 0), (7, 5)


@pytest.fixture
def gpu(monkeypatch):
    """Return a function that makes torch report a GPU of a compute capability."""

    def pretend(capability):
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: capability)
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "a GPU")
        return CUDA

    return pretend


def settings(**changes):
    return Training(iterations=1, **changes)


def image(size=16):
    return torch.rand(2, 1, size, size, generator=torch.Generator().manual_seed(1))


def generator():
    torch.manual_seed(0)
    return RRDBNet(features=8, growth=4, blocks=1)


def test_defaults_on_a_recent_gpu(gpu):
    assert execution_of(settings(), gpu(HOPPER)) == Execution(
        "cuda", "float32", tf32=True, channels_last=True, compile=False, deterministic=True
    )


def test_defaults_on_the_cpu():
    assert execution_of(settings(), CPU) == Execution("cpu", "float32", tf32=False, channels_last=True)


def test_without_tensor_cores_tf32_falls_back_and_the_channels_stay_outside(gpu):
    assert execution_of(settings(), gpu(TURING)) == Execution("cuda", "float32", tf32=False, channels_last=False)


def test_full_precision_on_a_gpu_has_contiguous_channels_unless_told(gpu):
    assert not execution_of(settings(tf32=False), gpu(HOPPER)).channels_last
    assert execution_of(settings(tf32=False, channels_last=True), gpu(HOPPER)).channels_last
    assert not execution_of(settings(channels_last=False), gpu(HOPPER)).channels_last


def test_bfloat16(gpu):
    chosen = execution_of(settings(precision="bfloat16"), gpu(HOPPER))
    assert (chosen.precision, chosen.tf32, chosen.channels_last) == ("bfloat16", False, True)
    assert execution_of(settings(precision="bfloat16"), CPU).precision == "bfloat16"
    with pytest.raises(FreqbenchError, match=r"training\.precision: `bfloat16` is too new for a GPU; use `float32`"):
        execution_of(settings(precision="bfloat16"), gpu(TURING))


@pytest.mark.parametrize("wrong", [{"precision": "float16"}, {"channels_last": "sometimes"}, {"compile": "fast"}])
def test_a_wrong_value_is_refused(wrong):
    with pytest.raises(ValidationError):
        settings(**wrong)


def test_channels_last_keeps_values_names_and_results():
    plain = generator()
    placed = Execution("cpu", channels_last=True).place(copy.deepcopy(plain))
    assert placed.first.weight.is_contiguous(memory_format=torch.channels_last)
    assert placed.body_end.weight.is_contiguous(memory_format=torch.channels_last)
    state = placed.state_dict()
    assert all(torch.equal(value, state[name]) for name, value in plain.state_dict().items())
    torch.testing.assert_close(Execution("cpu", channels_last=True).apply(placed, image()), plain(image()))


@pytest.mark.parametrize("network", [generator(), PatchDiscriminator(features=8, layers=2)], ids=["G", "D"])
def test_bfloat16_networks_give_float32_and_keep_float32_weights(network):
    reduced = Execution("cpu", "bfloat16")
    output = reduced.apply(network, image())
    assert output.dtype == torch.float32
    assert {parameter.dtype for parameter in network.parameters()} == {torch.float32}
    exact = Execution("cpu").apply(network, image())
    error = (output - exact).abs().max() / exact.abs().max()
    assert 0 < error < 0.1  # 8 bits of mantissa in each layer


def test_the_losses_lie_outside_autocast():
    seen = []

    class Noting(nn.Module):
        def forward(self, x):
            seen.append(torch.is_autocast_enabled("cpu"))
            return x

    Execution("cpu", "bfloat16").apply(Noting(), image())
    assert seen == [True]
    assert not torch.is_autocast_enabled("cpu")


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_backward_in_two_parts_is_backward(precision):
    chosen = Execution("cpu", precision)
    gradients = []
    for two_parts in (True, False):
        network = generator()
        prediction = chosen.apply(network, image())
        total = (prediction - image()).abs().mean() + torch.fft.rfft2(prediction).abs().log1p().mean()
        chosen.backward(total, prediction) if two_parts else total.backward()
        gradients.append([parameter.grad for parameter in network.parameters()])
    assert all(torch.equal(one, two) for one, two in zip(*gradients, strict=True))


def test_the_gradient_of_the_losses_is_taken_in_full_precision():
    """The switch that convolutions read is set to IEEE down to the prediction, and to the training's below it."""
    seen = {}

    class Note(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, name):
            ctx.name = name
            return x.clone()

        @staticmethod
        def backward(ctx, gradient):
            seen[ctx.name] = torch.backends.cudnn.conv.fp32_precision
            return gradient, None

    before = torch.backends.cudnn.conv.fp32_precision
    torch.backends.cudnn.conv.fp32_precision = "tf32"
    try:
        prediction = Note.apply(torch.ones(3, requires_grad=True), "network")
        Execution("cpu").backward(Note.apply(prediction, "loss").sum(), prediction)
    finally:
        torch.backends.cudnn.conv.fp32_precision = before
    assert seen == {"loss": "ieee", "network": "tf32"}


def test_a_machine_that_cannot_compile_is_one_clear_error(monkeypatch):
    def fail(_):
        raise RuntimeError("no compiler\nand pages of text")

    monkeypatch.setattr(torch, "compile", fail)
    with pytest.raises(
        FreqbenchError, match=r"training\.compile: torch cannot compile .*no compiler\); set it"
    ) as error:
        Execution("cpu", compile=True).place_generator(generator())
    assert "\n" not in str(error.value)


def test_a_compiled_generator_keeps_the_names_of_its_weights(monkeypatch):
    compiled = []
    monkeypatch.setattr(execution, "_check_compiler", compiled.append)
    monkeypatch.setattr(nn.Module, "compile", lambda self, mode: compiled.append((self, mode)))
    network = generator()
    names = list(network.state_dict())
    placed = Execution("cpu", compile=True).place_generator(network)
    assert compiled == ["cpu", (placed, None)]
    assert list(placed.state_dict()) == names
    assert Execution("cpu").place_generator(network) is network
    assert len(compiled) == 2


def test_cuda_graphs_are_for_a_gpu_alone(monkeypatch, gpu):
    settings = Training(iterations=1, compile="cuda_graphs")
    on_cpu = execution_of(settings, torch.device("cpu"))
    assert (on_cpu.compile, on_cpu.cuda_graphs) == (True, False)
    gpu((9, 0))
    on_gpu = execution_of(settings, torch.device("cuda"))
    assert (on_gpu.compile, on_gpu.cuda_graphs) == (True, True)
    assert not execution_of(Training(iterations=1, compile=True), torch.device("cuda")).cuda_graphs


def test_with_cuda_graphs_each_iteration_is_marked(monkeypatch):
    calls = []
    monkeypatch.setattr(execution, "_check_compiler", lambda _: None)
    monkeypatch.setattr(nn.Module, "compile", lambda _, mode: calls.append(mode))
    monkeypatch.setattr(torch.compiler, "cudagraph_mark_step_begin", lambda: calls.append("begin"))
    with_graphs = Execution("cpu", compile=True, cuda_graphs=True)
    with_graphs.place_generator(generator())
    with_graphs.begin_iteration()
    Execution("cpu", compile=True).begin_iteration()
    assert calls == ["reduce-overhead", "begin"]


def test_the_manifest_holds_every_setting():
    described = Execution("cpu", "bfloat16", channels_last=True).described()
    assert described["precision"] == "bfloat16"
    assert set(described) >= {"device", "tf32", "channels_last", "compile", "deterministic", "losses", "optimiser"}
