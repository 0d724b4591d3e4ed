"""Values as they are written in itaudit.toml: for the manual and for `itaudit config show`. Source: TOML 1.0."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel


def as_toml_key(name: str) -> str:
    """A name as it is written: in quotation marks where it is no plain word."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else as_toml(name)


def as_toml(value: Any) -> str:
    """A value as it is written in itaudit.toml. None cannot be written: leave the setting out."""
    if isinstance(value, BaseModel):
        return as_toml(value.model_dump(mode="json"))
    if isinstance(value, Mapping):
        pairs = [f"{as_toml_key(str(name))} = {as_toml(one)}" for name, one in value.items() if one is not None]
        return "{ " + ", ".join(pairs) + " }" if pairs else "{}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(as_toml(one) for one in value) + "]"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    # Not as ASCII: JSON writes an emoji as two halves, which TOML refuses. And TOML alone refuses a bare DEL.
    return json.dumps(value, default=str, ensure_ascii=False).replace("\x7f", "\\u007f")
