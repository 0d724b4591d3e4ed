"""Every setting that applies, with where it comes from: the file or the default. For `itaudit config show`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from itaudit.config import Configuration
from itaudit.evidence.redact import redact
from itaudit.plugins import Catalogue
from itaudit.toml_text import as_toml, as_toml_key


@dataclass(frozen=True, slots=True)
class Setting:
    """One line: table, name, value as JSON can hold it, and "file" or "default"."""

    table: str
    name: str
    value: Any
    origin: str

    @property
    def as_toml(self) -> str:
        """The value as it is written in itaudit.toml. Secrets are taken out."""
        return redact(as_toml(self.value))

    @property
    def key(self) -> str:
        """The name as it is written in itaudit.toml: in quotation marks where it is no plain word."""
        return as_toml_key(self.name)


def effective(catalogue: Catalogue, configuration: Configuration) -> list[Setting]:
    """All settings, sections first, then the checks by id."""
    catalogue.complete()
    document = configuration.document
    rows = [
        *_of("scan", configuration.scan, document.get("scan", {})),
        *_of("plugins", configuration.plugins, document.get("plugins", {})),
    ]
    for name, kind in sorted(catalogue.sections.items()):
        rows += _of(name, configuration.section(kind), document.get(name, {}))
    for name in ("weights", "importance"):
        rows += [Setting(name, key, value, "file") for key, value in document.get(name, {}).items()]
    for risk in configuration.accepted:
        rows += [
            Setting("[accepted]", key, value, "file") for key, value in risk.model_dump(mode="json").items() if value is not None
        ]
    for check_id, found in sorted(catalogue.checks.items()):
        area, _, name = check_id.partition(".")
        table = document.get("checks", {}).get(area, {}).get(name, {})
        rows.append(
            Setting(f"checks.{check_id}", "enabled", configuration.enabled(check_id), "file" if "enabled" in table else "default")
        )
        rows += _of(f"checks.{check_id}", configuration.limits(found), table)
        for pattern, more in table.get("where", {}).items():
            rows += [Setting(f"checks.{check_id}.where.{json.dumps(pattern)}", key, value, "file") for key, value in more.items()]
    return rows


def _of(table: str, model: BaseModel, given: Mapping[str, Any]) -> Iterator[Setting]:
    for name, value in model.model_dump(mode="json").items():
        yield Setting(table, name, value, "file" if name in given else "default")
