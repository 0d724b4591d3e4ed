"""Where our own checks, facts and tables are: so a scan imports only what it looks at, and looks before all of it is imported.

plugin_index.json is made by `make docs`; a test fails when it is stale. Where a module came or went since it was made, it is not
used, and everything is imported at once, as others' plugins always are.
"""

from __future__ import annotations

import hashlib
import json
import os
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PACKAGES = ("itaudit.facts", "itaudit.checks")
PATH = Path(__file__).with_suffix(".json")


@dataclass(frozen=True, slots=True)
class Index:
    """checks: id -> module; facts: name of a fact type (see name_of) -> modules that provide it; tables: name -> module.

    Empty where everything is imported at once.
    """

    checks: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> str:
        """The content of plugin_index.json."""
        document = {"modules_sha256": _digest(), "checks": self.checks, "facts": self.facts, "tables": self.tables}
        return json.dumps(document, indent=1, sort_keys=True) + "\n"


def name_of(kind: type[Any]) -> str:
    """The name of a fact type in the index."""
    return f"{kind.__module__}.{kind.__qualname__}"


def read_index(path: Path = PATH) -> Index:
    """The index, or an empty one where it is missing or older than our modules."""
    try:
        document = json.loads(path.read_bytes())
        if document["modules_sha256"] != _digest():
            return Index()
        facts = {kind: tuple(modules) for kind, modules in document["facts"].items()}
        return Index(document["checks"], facts, document["tables"])
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return Index()


def _digest() -> str:
    """Of the names of all our modules. They are listed, not imported."""
    names = sorted(name for package in PACKAGES for name in _names(package, PATH.with_name(package.rpartition(".")[2])))
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def _names(package: str, folder: Path) -> Iterator[str]:
    for info in pkgutil.iter_modules([os.fspath(folder)]):
        yield f"{package}.{info.name}"
        if info.ispkg:
            yield from _names(f"{package}.{info.name}", folder / info.name)
