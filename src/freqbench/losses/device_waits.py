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
    on the CPU as well, where it costs nothing.

    Raises:
        DeviceWaitError: from the operation.
    """
    methods = ("numpy", "tolist", "cpu", "__array__")
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

    OPERATORS: ClassVar = ("_local_scalar_dense", "nonzero", "masked_select", "equal", "is_nonzero", "unique")
    """``.item()``, ``float()``, ``if tensor`` and printing end in the first."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Any = None) -> Any:
        del types
        name = func.name().removeprefix("aten::").split(".")[0]
        # an index of booleans is a nonzero() in disguise
        boolean = name in ("index", "index_put", "index_put_") and any(
            index is not None and index.dtype == torch.bool for index in args[1]
        )
        if name in self.OPERATORS or boolean:
            raise DeviceWaitError(f"{name.removeprefix('_local_')} waits for the device")
        return func(*args, **(kwargs or {}))
