"""The reference of the configuration, made from the typed model: JSON schema and Markdown."""

import json
import types
import typing
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from freqbench.config.model import Config

HEADER = """\
# Configuration

Written by `freqbench schema`; do not edit. Each file in this folder is one study:

| file | data | network | for |
|---|---|---|---|
| `smoke.yaml` (default) | simulated | tiny, barely trained | newcomers and CI: every step in minutes, no download |
| `mini.yaml` | real FMD images from a local folder | small | real input without internet, CPU |
| `matrix.yaml`, `matrix_mini.yaml` | FMD zebrafish; a local folder | three | each loss with each network |
| `ablation.yaml`, `ablation_mini.yaml` | FMD zebrafish; a local folder | RRDB | parts, weights and alphas of losses |
| `paper.yaml` | FMD zebrafish, full | RRDB with 16 blocks | the reproduction, on a GPU |

`snakemake --configfile config/mini.yaml` runs a study. The schema for editors and other tools is
`workflow/schemas/config.schema.json`. A number such as 1e-8 must be written 1.0e-8: YAML reads the former as text.
"""


def json_schema() -> str:
    """Return the JSON schema (draft 2020-12) of a configuration file."""
    schema = Config.model_json_schema()
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "freqbench configuration"} | schema
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def markdown() -> str:
    """Return a page that explains every key, its type, its default and what it does."""
    parts = [HEADER]
    waiting: list[tuple[str, type[BaseModel]]] = [("", Config)]
    seen: set[type[BaseModel]] = {Config}
    while waiting:
        path, model = waiting.pop(0)
        title = f"`{path}`" if path else "Top level"
        summary = (model.__doc__ or "").strip().splitlines()[0]
        lines = [f"## {title}", "", summary, "", "| key | value | default | what it does |", "|---|---|---|---|"]
        for name, field in model.model_fields.items():
            lines.append(f"| `{name}` | {_type(field.annotation)} | {_default(field)} | {field.description or ''} |")
            for inner in _models(field.annotation):
                if inner not in seen:
                    seen.add(inner)
                    waiting.append((_path(path, name, field.annotation, inner), inner))
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _path(parent: str, name: str, annotation: Any, model: type[BaseModel]) -> str:
    suffix = {dict: ".<name>", tuple: "[]"}.get(typing.get_origin(annotation), "")
    kinds = typing.get_args(model.model_fields["kind"].annotation) if "kind" in model.model_fields else ()
    tag = f" (kind: {kinds[0]})" if kinds else ""
    return f"{parent}.{name}{suffix}{tag}".removeprefix(".")


def _models(annotation: Any) -> list[type[BaseModel]]:
    """Return the models inside an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in typing.get_args(annotation) for model in _models(argument)]


def _type(annotation: Any) -> str:
    """Return a type in words."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _type(arguments[0])
    composed = {
        typing.Literal: lambda: ", ".join(f"`{value}`" for value in arguments),
        typing.Union: lambda: " or ".join(_type(argument) for argument in arguments),
        types.UnionType: lambda: " or ".join(_type(argument) for argument in arguments),
        tuple: lambda: f"list of {_type(arguments[0])}",
        dict: lambda: f"mapping to {_type(arguments[1])}",
    }
    if origin in composed:
        return composed[origin]()
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"{annotation.__name__}, below"
    words = {int: "integer", float: "number", str: "text", bool: "true, false", type(None): "nothing"}
    return words.get(annotation, "anything" if annotation is Any else "path")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    if field.default is PydanticUndefined:
        return "empty"
    if isinstance(field.default, BaseModel):
        kind = getattr(field.default, "kind", None)
        return f"its defaults (kind: {kind})" if kind else "its defaults"
    if isinstance(field.default, tuple):
        return "`[" + ", ".join(str(value) for value in field.default) + "]`"
    if field.default is None:
        return "nothing"
    return f"`{json.dumps(field.default, default=str)}`".replace('"', "") if field.default != "" else "empty"
