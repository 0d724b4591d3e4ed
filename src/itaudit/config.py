"""itaudit.toml -> validated settings. A typo anywhere is one line with the nearest name, and nothing runs.

[scan]      [weights]      [importance]      [plugins]      [[accepted]]
[checks.<area>] enabled      [checks.<area>.<name>] limits, enabled, where."<subject pattern>"
and the sections that facts declare: [targets], [backups], [internet], …
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, TypeVar

from platformdirs import site_config_path, user_config_path
from pydantic import BaseModel

from itaudit.config_tables import AcceptedRisk, PluginsTable, ScanTable
from itaudit.contributions import CheckSettings, Section
from itaudit.errors import UserError
from itaudit.model import Importance
from itaudit.plugins import FoundCheck

FILE_NAME = "itaudit.toml"
_SIZE_LIMIT = 2**20
S = TypeVar("S", bound=BaseModel)


@dataclass(frozen=True)
class Configuration:
    """What applies. `origin` is the file, or words for what stood in its place; `document` is the file as parsed."""

    origin: str = "built-in defaults (no itaudit.toml found)"
    document: Mapping[str, Any] = field(default_factory=dict)
    scan: ScanTable = field(default_factory=ScanTable.model_construct)
    accepted: tuple[AcceptedRisk, ...] = ()
    importance: Mapping[str, str] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)
    plugins: PluginsTable = field(default_factory=PluginsTable.model_construct)
    sections: Mapping[str, Section] = field(default_factory=dict)

    def section(self, kind: type[Section]) -> Section:
        """The validated table of a section, or its defaults."""
        return self.sections.get(kind.table) or kind.model_construct()

    def enabled(self, check: str) -> bool:
        """Is the check on? Its own setting beats that of its area."""
        area_name, _, name = check.partition(".")
        area = self._area(area_name)
        own = area.get(name, {})
        return bool(own.get("enabled", area.get("enabled", True)))

    def limits(self, found: FoundCheck, subject: str = "") -> CheckSettings:
        """The limits of a check for one subject: defaults, then the check's table, then the last `where` that matches."""
        table = self._area(found.area).get(found.id.split(".", 1)[1], {})
        values = {name: value for name, value in table.items() if name not in ("enabled", "where")}
        for pattern, more in table.get("where", {}).items():
            if fnmatchcase(subject, pattern):
                values.update(more)
        # Defaults need no validation, and most checks never have a table: their models are then not even built.
        return found.settings.model_validate(values) if values else found.settings.model_construct()

    def importance_of(self, subject: str) -> Importance:
        """How much the business leans on a subject: the last pattern of [importance] that matches."""
        word = next(
            (word for pattern, word in reversed(list(self.importance.items())) if fnmatchcase(subject, pattern)), "normal"
        )
        return Importance[word.upper()]

    def _area(self, area: str) -> Mapping[str, Any]:
        table: Mapping[str, Any] = self.document.get("checks", {}).get(area, {})
        return table

    def plain(self) -> dict[str, Any]:
        """The document as JSON can hold it, for recordings."""
        plain: dict[str, Any] = json.loads(json.dumps(dict(self.document), default=str))
        return plain


def find_file(asked: Path | None) -> Path | None:
    """--config, else ./, the user's and the system's folder. Raises UserError when the file asked for is not there."""
    if asked:
        if not asked.is_file():
            raise UserError(f"No configuration file at {asked}. Check the path given with --config.")
        return asked
    return next((place / FILE_NAME for place in (Path(), *folders()) if (place / FILE_NAME).is_file()), None)


def folders() -> tuple[Path, ...]:
    """The configuration folders: the user's, then the system's."""
    system = site_config_path("itaudit", appauthor=False)
    try:
        return (user_config_path("itaudit", appauthor=False), system)
    except RuntimeError:
        # A user without a home folder.
        return (system,)


def read_document(path: Path) -> dict[str, Any]:
    """Parse a TOML file. Raises UserError in one line when it cannot be read or is not TOML."""
    try:
        if path.stat().st_size > _SIZE_LIMIT:
            raise UserError(f"{path} is larger than 1 MiB: that is no itaudit configuration.")
        return tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise UserError(f"Cannot read {path}: {error.strerror}. Check its permissions.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        raise UserError(f"{path} is not valid TOML: {reason}.") from error
