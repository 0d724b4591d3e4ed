"""What a pydantic model says of itself, in words: for the manual pages and the reference of itaudit.toml."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from pydantic import BaseModel

from itaudit.limits import AtLeast, AtMost
from itaudit.toml_text import as_toml

_KINDS = {"boolean": "true or false", "integer": "whole number", "number": "number", "string": "text", "object": "table"}
_BOUNDS = {
    "exclusiveMinimum": "above {}",
    "minimum": "at least {}",
    "exclusiveMaximum": "below {}",
    "maximum": "at most {}",
    "minItems": "at least {}",
    "maxItems": "at most {}",
}


def field_docs(model: type[BaseModel]) -> dict[str, str]:
    """Name -> the text below the field in the class, as its author wrote it; inherited fields too."""
    docs: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel:
            docs.update(_own_docs(base))
    return docs


def _own_docs(model: type[BaseModel]) -> dict[str, str]:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(model)))
    except (OSError, TypeError, SyntaxError):
        return {}
    body = tree.body[0].body if tree.body and isinstance(tree.body[0], ast.ClassDef) else []
    docs: dict[str, str] = {}
    for statement, following in pairwise(body):
        if (
            isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
            and isinstance(following.value.value, str)
        ):
            docs[statement.target.id] = " ".join(following.value.value.split())
    return docs


def in_words(value: Any) -> str:
    """A default as a table shows it: a limit with its direction, everything else as it is written in the file."""
    if isinstance(value, AtLeast | AtMost):
        return str(value)
    return "not set" if value is None else f"`{as_toml(value)}`"


def kind_in_words(schema: Mapping[str, Any]) -> str:
    """What may be written for a field, from its JSON schema: `whole number, at least 2, at most 200`."""
    if "anyOf" in schema:
        return " or ".join(kind_in_words(one) for one in schema["anyOf"] if one.get("type") != "null")
    if "enum" in schema:
        return "one of " + ", ".join(f"`{as_toml(word)}`" for word in schema["enum"])
    if name := str(schema.get("$ref", "")).rpartition("/")[2]:
        return "limit: `{ warn = …, fail = … }`" if name in ("AtLeast", "AtMost") else "table"
    bounds = [words.format(f"{schema[name]:g}") for name, words in _BOUNDS.items() if name in schema]
    return ", ".join([_kind(schema), *bounds])


def _kind(schema: Mapping[str, Any]) -> str:
    kind = str(schema.get("type", "value"))
    if kind == "array":
        inner_words = kind_in_words(schema["items"])
        return "list of tables" if inner_words == "table" else f"list of {inner_words}"
    if kind == "object" and isinstance(inner := schema.get("additionalProperties"), Mapping):
        return f"table: name = {kind_in_words(inner)}"
    return "day, as 2027-01-31" if schema.get("format") == "date" else _KINDS.get(kind, kind)


def cell(text: str) -> str:
    """Text that cannot break out of a cell of a Markdown table, nor be taken for HTML."""
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())
