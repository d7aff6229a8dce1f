"""The base of every configuration model: frozen, and no key it does not know."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

LONGEST_NAME = 60
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.]*$", max_length=LONGEST_NAME)]
"""A name that becomes part of a path: lower case letters, digits, underscore, full stop."""

MethodName = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.]*(@[a-z0-9][a-z0-9_.]*)?$", max_length=LONGEST_NAME)
]
"""The same, and with several generators the one of the method after an ``@``."""

FovName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$", max_length=60)]


class Model(BaseModel):
    """A part of the configuration. Frozen, so that a hash taken of it stays true."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False)


__all__ = ["Field", "FovName", "MethodName", "Model", "Name", "Path"]
