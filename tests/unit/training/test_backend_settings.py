import os

import pytest
import torch

from freqbench.errors import FreqbenchError
from freqbench.training.backend_settings import WORKSPACE_VARIABLE, backend_settings
from freqbench.training.execution import Execution


def switches():
    return {
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "warn_only": torch.is_deterministic_algorithms_warn_only_enabled(),
        "benchmark": torch.backends.cudnn.benchmark,
        "convolution": torch.backends.cudnn.conv.fp32_precision,
        "product": torch.backends.cuda.matmul.fp32_precision,
        "filling": torch.utils.deterministic.fill_uninitialized_memory,
    }


@pytest.fixture(autouse=True)
def no_workspace(monkeypatch):
    monkeypatch.delenv(WORKSPACE_VARIABLE, raising=False)
    yield
    os.environ.pop(WORKSPACE_VARIABLE, None)


@pytest.mark.parametrize("deterministic", [True, False])
@pytest.mark.parametrize("tf32", [True, False])
def test_switches_are_set_and_put_back(deterministic, tf32):
    before = switches()
    with backend_settings(Execution("cuda", tf32=tf32, deterministic=deterministic)):
        assert switches() == {
            "deterministic": deterministic,
            "warn_only": False,
            "benchmark": not deterministic,
            "convolution": "tf32" if tf32 else "ieee",
            "product": "ieee",
            "filling": False,
        }
    assert switches() == before


def test_they_are_put_back_after_an_error():
    torch.use_deterministic_algorithms(True, warn_only=True)
    before = switches()
    with pytest.raises(OSError, match="gone"), backend_settings(Execution("cpu", deterministic=False)):
        raise OSError("gone")
    assert switches() == before
    assert before["warn_only"]


def test_a_deterministic_training_on_a_gpu_sets_the_work_space_of_cublas():
    with backend_settings(Execution("cuda", deterministic=False)):
        assert WORKSPACE_VARIABLE not in os.environ
    with backend_settings(Execution("cuda")):
        assert os.environ[WORKSPACE_VARIABLE] == ":4096:8"


def test_the_users_own_work_space_is_kept(monkeypatch):
    monkeypatch.setenv(WORKSPACE_VARIABLE, ":16:8")
    with backend_settings(Execution("cuda")):
        assert os.environ[WORKSPACE_VARIABLE] == ":16:8"


def test_a_work_space_that_is_not_deterministic_is_one_clear_error(monkeypatch):
    monkeypatch.setenv(WORKSPACE_VARIABLE, ":0:0")
    before = switches()
    with (
        pytest.raises(FreqbenchError, match=r"CUBLAS_WORKSPACE_CONFIG is `:0:0`.*deterministic: false"),
        backend_settings(Execution("cuda")),
    ):
        pass
    assert switches() == before
