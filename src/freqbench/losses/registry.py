"""Make a loss from what a configuration says of it."""

import importlib
import inspect
from collections.abc import Mapping
from typing import Any

from torch import nn

from freqbench.errors import FreqbenchError
from freqbench.registry import did_you_mean, loss_path


def build_loss(name_or_dotted_path: str, options: Mapping[str, Any]) -> nn.Module:
    """Make a loss from its registered name or the dotted path of a class, and its options.

    Args:
        name_or_dotted_path: a name of `freqbench.registry.LOSSES`, or ``package.module.Class`` of an importable
            `torch.nn.Module` whose call takes ``(prediction, target)`` and returns a scalar.
        options: keyword arguments of the class.

    Raises:
        FreqbenchError: if there is no such loss, or an option or its value is not allowed.
    """
    name = name_or_dotted_path
    found = loss_class(name)
    _check_option_names(name, found, options)
    try:
        return found(**options)
    except (TypeError, ValueError) as error:
        raise FreqbenchError(f"loss {name}: {error}") from error


def channels_per_target(name_or_dotted_path: str | None) -> int:
    """Return how many channels a loss wants for each of the target's: 2 for a location and a scale; of no loss 1.

    Raises:
        FreqbenchError: if there is no such loss.
    """
    return 1 if name_or_dotted_path is None else int(getattr(loss_class(name_or_dotted_path), "channels_per_target", 1))


def loss_class(name_or_dotted_path: str) -> type[nn.Module]:
    """Import the class of a loss.

    Raises:
        FreqbenchError: if there is no such loss.
    """
    path = loss_path(name_or_dotted_path)
    module_name, _, class_name = path.rpartition(".")
    try:
        module = importlib.import_module(module_name)
    except Exception as error:  # a user's module can fail in any way
        raise FreqbenchError(
            f"loss {path}: the module {module_name} cannot be imported ({type(error).__name__}: {error}); "
            "it must be installed or its folder be named by PYTHONPATH"
        ) from error
    found = getattr(module, class_name, None)
    if found is None:
        names = [name for name in vars(module) if not name.startswith("_")]
        hint = did_you_mean(class_name, names)
        raise FreqbenchError(f"loss {path}: the module {module_name} has no {class_name};{hint} check the path")
    if not (isinstance(found, type) and issubclass(found, nn.Module)):
        raise FreqbenchError(f"loss {path}: not a class derived from torch.nn.Module")
    return found


def _check_option_names(name: str, found: type[nn.Module], options: Mapping[str, Any]) -> None:
    parameters = inspect.signature(found).parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return
    allowed = [parameter.name for parameter in parameters if parameter.kind is not parameter.VAR_POSITIONAL]
    for option in options:
        if option not in allowed:
            listing = f"its options are {', '.join(allowed)}" if allowed else "it has no options"
            raise FreqbenchError(f"loss {name}: no option {option!r};{did_you_mean(option, allowed)} {listing}")
