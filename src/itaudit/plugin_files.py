"""Where plugins lie: the modules of a package, and the drop-in folder with its files <area>/<name>.py."""

from __future__ import annotations

import importlib.util
import os
import pkgutil
import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

from itaudit.errors import UserError


def modules_of(package: str) -> Iterator[tuple[str, str]]:
    """(module name, check id) of every module below a package. Of one that cannot be imported: itself."""
    yield package, package.rpartition(".")[2]
    # Walked by hand: pkgutil.walk_packages imports packages itself and hides what fails.
    waiting = [sys.modules[package]] if package in sys.modules else []
    while waiting:
        parent = waiting.pop(0)
        places = getattr(parent, "__path__", ())
        for info in sorted(pkgutil.iter_modules(places), key=lambda info: info.name):
            name = f"{parent.__name__}.{info.name}"
            yield name, name.removeprefix(package + ".")
            if info.ispkg and name in sys.modules:
                waiting.append(sys.modules[name])


def files_in(folder: Path) -> Iterator[tuple[Path, str, str]]:
    """(path, check id, why it cannot be used or "") of every file, and of every folder that cannot be read."""
    try:
        areas = _within(folder)
    except OSError as error:
        yield folder, "", _words(error)
        return
    for area in areas:
        try:
            paths = [path for path in _within(area) if path.suffix == ".py"]
        except NotADirectoryError:
            continue
        except OSError as error:
            yield area, "", _words(error)
            continue
        for path in paths:
            yield path, ".".join(path.relative_to(folder).with_suffix("").parts), _problem_of(path, (folder, area, path))


def _within(folder: Path) -> list[Path]:
    # Not by a pattern: that finds nothing in a folder that may not be read, and says nothing of it.
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def _problem_of(path: Path, places: Iterable[Path]) -> str:
    try:
        for place in places:
            _refuse_if_others_can_write(place)
        return "" if stat.S_ISREG(path.stat().st_mode) else "it is not a regular file"
    except UserError as error:
        return str(error)
    except (OSError, RuntimeError) as error:  # a link to nothing, or to itself
        return _words(error)


def _words(error: Exception) -> str:
    return "this user may not read it" if isinstance(error, PermissionError) else str(error)


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
