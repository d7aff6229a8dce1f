"""Losses by the name that a configuration gives them."""

import difflib
import importlib
import inspect
from collections.abc import Mapping
from typing import Any

from torch import nn

from freqbench.errors import FreqbenchError
from freqbench.losses.focal_frequency import FocalFrequencyLoss
from freqbench.losses.fourier_space import FourierSpaceLoss
from freqbench.losses.log_focal_frequency import LogFocalFrequencyLoss
from freqbench.losses.pixel import PixelL1Loss

LOSSES: dict[str, type[nn.Module]] = {
    "log_focal_frequency": LogFocalFrequencyLoss,
    "focal_frequency": FocalFrequencyLoss,
    "fourier_space": FourierSpaceLoss,
    "l1": PixelL1Loss,
}


def build_loss(name_or_dotted_path: str, options: Mapping[str, Any]) -> nn.Module:
    """Make a loss from its registered name or the dotted path of a class, and its options.

    Args:
        name_or_dotted_path: a key of `LOSSES`, or ``package.module.Class`` of an importable
            `torch.nn.Module` whose call takes ``(prediction, target)`` and returns a scalar.
        options: keyword arguments of the class.

    Raises:
        FreqbenchError: if there is no such loss, or an option or its value is not allowed.
    """
    name = name_or_dotted_path
    loss_class = LOSSES.get(name)
    if loss_class is None:
        if "." not in name:
            raise FreqbenchError(
                f"loss {name}: no such loss;{_did_you_mean(name, LOSSES)} there are {', '.join(LOSSES)}, "
                "and any class by its dotted path, package.module.Class"
            )
        loss_class = _imported(name)
    _check_option_names(name, loss_class, options)
    try:
        return loss_class(**options)
    except (TypeError, ValueError) as error:
        raise FreqbenchError(f"loss {name}: {error}") from error


def _imported(path: str) -> type[nn.Module]:
    module_name, _, class_name = path.rpartition(".")
    try:
        module = importlib.import_module(module_name)
    except Exception as error:  # a user's module can fail in any way
        raise FreqbenchError(
            f"loss {path}: the module {module_name} cannot be imported ({type(error).__name__}: {error}); "
            "it must be installed or its folder be named by PYTHONPATH"
        ) from error
    loss_class = getattr(module, class_name, None)
    if loss_class is None:
        names = [name for name in vars(module) if not name.startswith("_")]
        hint = _did_you_mean(class_name, names)
        raise FreqbenchError(f"loss {path}: the module {module_name} has no {class_name};{hint} check the path")
    if not (isinstance(loss_class, type) and issubclass(loss_class, nn.Module)):
        raise FreqbenchError(f"loss {path}: not a class derived from torch.nn.Module")
    return loss_class


def _check_option_names(name: str, loss_class: type[nn.Module], options: Mapping[str, Any]) -> None:
    parameters = inspect.signature(loss_class).parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return
    allowed = [parameter.name for parameter in parameters if parameter.kind is not parameter.VAR_POSITIONAL]
    for option in options:
        if option not in allowed:
            listing = f"its options are {', '.join(allowed)}" if allowed else "it has no options"
            raise FreqbenchError(f"loss {name}: no option {option!r};{_did_you_mean(option, allowed)} {listing}")


def _did_you_mean(word: str, candidates: Any) -> str:
    close = difflib.get_close_matches(word, list(candidates), n=1)
    return f" did you mean {close[0]!r}?" if close else ""
