"""Finds the plugins and the configuration, and checks both, before anything is asked."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from itaudit.config import Configuration, find_file, folders, read_document
from itaudit.config_validation import validate
from itaudit.errors import UserError
from itaudit.plugins import Catalogue, open_catalogue


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything found and validated before anything is asked."""

    catalogue: Catalogue
    configuration: Configuration


def prepare(config: Path | None, document: dict[str, Any] | None = None, origin: str = "") -> Setup:
    """Find plugins and configuration. `document` stands in for the file (a recording's settings). Raises UserError."""
    path = None if document is not None else find_file(config)
    if path:
        document, origin = read_document(path), str(path)
    plugins = (document or {}).get("plugins", {})
    asked = plugins.get("folder", "") if isinstance(plugins, dict) else ""
    catalogue = open_catalogue(_plugin_folder(str(asked)))
    configuration = validate(document or {}, catalogue, origin) if document is not None else Configuration()
    return Setup(catalogue, configuration)


def _plugin_folder(asked: str) -> Path | None:
    if asked:
        # A name that begins with ~ and belongs to nobody cannot be expanded; it is no folder either.
        with contextlib.suppress(RuntimeError):
            asked = str(Path(asked).expanduser())
        folder = Path(asked)
        if not folder.is_dir():
            raise UserError(f"[plugins] folder {folder} is not a folder. Create it or remove the setting.")
        return folder
    return next((folder / "checks" for folder in folders() if _may_be_folder(folder / "checks")), None)


def _may_be_folder(path: Path) -> bool:
    """Is it one, or out of sight? Then what lies in it is missing, and said to be."""
    try:
        return path.is_dir()
    except PermissionError:
        return True
