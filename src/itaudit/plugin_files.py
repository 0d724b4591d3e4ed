"""The drop-in folder: plugins that are files, <area>/<name>.py, and belong to no package."""

from __future__ import annotations

import importlib.util
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from itaudit.errors import UserError


def files_in(folder: Path) -> Iterator[tuple[Path, str, str]]:
    """(path, check id, why it cannot be used or "") of every file."""
    for path in sorted(folder.glob("*/*.py")):
        problem = ""
        try:
            for place in (folder, path.parent, path):
                _refuse_if_others_can_write(place)
            if not stat.S_ISREG(path.stat().st_mode):
                problem = "it is not a regular file"
        except UserError as error:
            problem = str(error)
        yield path, ".".join(path.relative_to(folder).with_suffix("").parts), problem


def import_file(path: Path, check_id: str) -> ModuleType:
    """Run the file as a module. Raises whatever it raises."""
    name = "itaudit_drop_in." + check_id
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


def _refuse_if_others_can_write(path: Path) -> None:
    """As root, code that somebody else can change must not run: it would make them root."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return
    for place in (path, path.resolve()):
        status = place.lstat()
        if not stat.S_ISLNK(status.st_mode) and (status.st_uid != 0 or status.st_mode & 0o022):
            raise UserError(f"{path} can be changed by others than root, so root does not run it: chown root, chmod go-w.")
