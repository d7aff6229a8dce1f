"""Find the places at which a computation waits for its device, without having that device."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar
from unittest.mock import patch

import torch
from torch.utils._python_dispatch import TorchDispatchMode


class DeviceWaitError(Exception):
    """A computation would wait for the device."""


@contextmanager
def forbid_device_waits() -> Iterator[None]:
    """Refuse what copies a value to the host, or needs values to know a shape.

    On a GPU each such operation stops the queue of work and makes a CUDA graph impossible. It is noticed
    on the CPU as well, where it costs nothing. What moves no value there is not: ``to("cpu")``, and constants that
    are copied to the device, as by `torch.tensor`.

    Raises:
        DeviceWaitError: from the operation.
    """
    methods = ("numpy", "tolist", "cpu")  # NumPy's functions end in the first
    with _RefuseOperators():  # type: ignore[no-untyped-call]
        patches = [patch.object(torch.Tensor, name, _refuse(f"Tensor.{name}")) for name in methods]
        try:
            for one in patches:
                one.start()
            yield
        finally:
            for one in patches:
                one.stop()


def _refuse(name: str) -> Any:
    def refuse(*_: object, **__: object) -> None:
        raise DeviceWaitError(f"{name} waits for the device")

    return refuse


class _RefuseOperators(TorchDispatchMode):
    """Looks at every operator that is run, forward and backward."""

    WAITING: ClassVar = {
        "_local_scalar_dense": "a value on the host (.item(), float(), if, print)",  # what they all end in
        "is_nonzero": "a value on the host (if)",
        "equal": "torch.equal()",
        "allclose": "torch.allclose()",
        "nonzero": "nonzero()",
        "masked_select": "masked_select()",
        "unique_dim": "torch.unique()",
        "_unique2": "torch.unique()",
        "unique_consecutive": "torch.unique_consecutive()",
        "bincount": "torch.bincount()",
        "_linalg_check_errors": "a check of torch.linalg",
    }

    def __torch_dispatch__(self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Any = None) -> Any:
        del types
        name = func.name().removeprefix("aten::").split(".")[0]
        waiting = self.WAITING.get(name)
        # an index of booleans (or of bytes, their old form) is a nonzero() in disguise
        if name in ("index", "index_put", "index_put_") and any(
            index is not None and index.dtype in (torch.bool, torch.uint8) for index in args[1]
        ):
            waiting = "an index of booleans"
        if name == "repeat_interleave" and (kwargs or {}).get("output_size") is None:
            waiting = "repeat_interleave() without output_size"
        if waiting:
            raise DeviceWaitError(f"{waiting} waits for the device")
        return func(*args, **(kwargs or {}))
