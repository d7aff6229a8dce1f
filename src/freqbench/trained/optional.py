"""Packages that only the exchange of models needs."""

import importlib
from typing import Any

from freqbench.errors import FreqbenchError


def imported(module: str) -> Any:
    """Return a module of a package that belongs to the extra ``export``.

    Raises:
        FreqbenchError: if it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise FreqbenchError(
            f"the package {error.name} is missing, which this needs; install it with `pip install freqbench[export]`"
        ) from error
