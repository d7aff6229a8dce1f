"""Read a configuration file and say in one line what is wrong with it."""

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from yaml.constructor import ConstructorError

from freqbench.config.model import Config
from freqbench.errors import FreqbenchError

IN_WORDS = {
    "missing": "this key is required",
    "too_short": "must not be empty",
    "tuple_type": "must be a list",
    "dict_type": "must hold keys and values",
    "model_type": "must hold keys and values",
    "model_attributes_type": "must hold keys and values",
}
"""What pydantic says in terms of Python, said in terms of the file, by pydantic's type of the error."""


class _Loader(yaml.SafeLoader):
    """YAML's safe loader, but a key that stands twice in a mapping is an error: the first would be lost."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            name = str(key.value)
            if name in seen:
                raise ConstructorError(problem=f"key `{name}` stands there twice", problem_mark=key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep)


def load_config(path: Path) -> Config:
    """Read and validate a configuration file (YAML; JSON is a subset of it).

    Raises:
        FreqbenchError: if the file is missing, is not YAML, or has a wrong key or value.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except OSError as error:
        raise FreqbenchError(f"{path}: cannot be read ({error.strerror}); give a configuration file") from error
    except (yaml.YAMLError, ValueError) as error:
        where = getattr(error, "problem_mark", None)
        line = f", line {where.line + 1}" if where is not None else ""
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or error
        raise FreqbenchError(f"{path}{line}: not valid YAML ({problem})") from error
    return parse_config(content, str(path))


def parse_config(content: Any, origin: str) -> Config:
    """Validate configuration content that was read before.

    Args:
        content: nested mappings as read from YAML.
        origin: where it was read, for the message.

    Raises:
        FreqbenchError: naming the first wrong key and what is allowed there.
    """
    if not isinstance(content, dict):
        raise FreqbenchError(f"{origin}: must hold keys and values, such as `name: smoke`")
    try:
        return Config.model_validate(content)
    except ValidationError as error:
        described: dict[str, list[str]] = {}
        for entry in error.errors():
            if entry["type"] == "too_short" and entry["input"]:
                continue  # a list of which nothing is left when its wrong entries, named before, are taken out
            key, message = _describe(entry, content)
            described.setdefault(key, []).append(message)
        # one key can be wrong in several ways: a value that fits none of the types that it may have
        key, messages = next(iter(described.items()))
        more = len(described) - 1
        tail = f" (and {more} more wrong)" if more else ""
        text = f"{key}: {', or '.join(messages)}" if key else messages[0]
        one_line = " ".join(text.split())  # a misspelt key can hold line breaks
        raise FreqbenchError(f"{origin}: {one_line}{tail}") from error


def _describe(error: Any, content: Any) -> tuple[str, str]:
    """Turn a validation error into the key, and what is wrong there and what is allowed."""
    # pydantic puts the tag of a union (`phantom`, `float`) into the location: no such key is in the file
    location = [str(part) for part in _path_in_file(error["loc"], content, error["type"])]
    key = ".".join(location)
    if error["type"] == "extra_forbidden":
        return key, f"unknown key; {_hint(error['loc'])}"
    if error["type"].startswith("union_tag"):
        required = "this key is required; it is" if error["type"] == "union_tag_not_found" else "must be"
        return f"{key}.kind", f"{required} {_kinds(_models_at(error['loc']))}"
    if error["type"] in IN_WORDS:
        return key, IN_WORDS[error["type"]]
    message = error["msg"].removeprefix("Value error, ")
    message = message[0].lower() + message[1:]
    value = error.get("input")
    shown = f" (got {value!r})" if isinstance(value, str | int | float) else ""
    return key, f"{message}{shown}"


def _path_in_file(location: tuple[int | str, ...], content: Any, kind: str) -> list[int | str]:
    """Keep the parts of a location that are keys or positions in the file."""
    kept: list[int | str] = []
    current = content
    for index, part in enumerate(location):
        missing_key = kind == "missing" and index == len(location) - 1
        children = dict(enumerate(current)) if isinstance(current, list) else current
        if isinstance(children, dict) and part in children:
            current = children[part]
        elif not missing_key:
            continue
        kept.append(part)
    return kept


def _hint(location: tuple[int | str, ...]) -> str:
    """Say what was meant by an unknown key, or what is allowed in its place."""
    *place, name = location
    owners = [model for model in _models_at(place[:-1]) if _tag(model) and name in model.model_fields]
    if owners:
        return f"it belongs to `kind: {_tag(owners[0])}`"
    allowed = [key for model in _models_at(place) for key in model.model_fields]
    close = difflib.get_close_matches(str(name), allowed, n=1)
    return f"did you mean `{close[0]}`?" if close else f"allowed: {', '.join(allowed)}"


def _models_at(location: Sequence[int | str]) -> list[type[BaseModel]]:
    """Return the models that may stand at a location, by a walk through the types of the fields."""
    models: list[type[BaseModel]] = [Config]
    for part in location:
        if len(models) > 1:
            models = [model for model in models if _tag(model) == part] or models
        elif models and part in models[0].model_fields:
            models = _models_in(models[0].model_fields[str(part)].annotation)
    return models


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    """Return the models inside an annotation such as `tuple[Method, ...]`; several for a union."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in getattr(annotation, "__args__", ()) for model in _models_in(argument)]


def _tag(model: type[BaseModel]) -> str | None:
    """Return the value of `kind` that selects this model in a union."""
    field = model.model_fields.get("kind")
    arguments = getattr(field.annotation, "__args__", ()) if field is not None else ()
    return arguments[0] if arguments else None


def _kinds(models: list[type[BaseModel]]) -> str:
    """Return the values that `kind` may have, in words."""
    *others, last = (f"`{_tag(model)}`" for model in models)
    return f"{', '.join(others)} or {last}" if others else last
