"""Finds checks and facts: ours and others' by the entry-point group `itaudit` (a package, walked), and the drop-in folder.

Nothing registers on import: we look for Provider, Check and Section objects in modules.
A module that fails becomes one unknown finding.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import pkgutil
import re
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from itaudit.contributions import Check, CheckSettings, Provider, Section
from itaudit.errors import UserError

GROUP = "itaudit"
_ID = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class FoundCheck:
    """A check with what its file says of it."""

    id: str
    title: str
    why: str
    check: Check[Any]
    settings: type[CheckSettings]
    module: ModuleType

    @property
    def area(self) -> str:
        return self.id.split(".", 1)[0]


@dataclass(frozen=True, slots=True)
class Problem:
    """A plugin that could not be used, and why, in one line."""

    where: str
    detail: str


@dataclass
class Catalogue:
    """Everything that was found."""

    checks: dict[str, FoundCheck] = field(default_factory=dict)
    providers: dict[str, Provider[Any, Any]] = field(default_factory=dict)
    sections: dict[str, type[Section]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def add_module(self, module: ModuleType, check_id: str, where: str) -> None:
        """Take what the module defines itself (not what it imports)."""
        for value in list(vars(module).values()):
            if isinstance(value, Provider) and value.function.__module__ == module.__name__:
                self.providers.setdefault(value.name, value)
            elif isinstance(value, Check) and value.function.__module__ == module.__name__:
                self._add_check(value, module, check_id, where)
            elif inspect.isclass(value) and issubclass(value, Section) and value.__module__ == module.__name__:
                self._add_section(value, where)

    def _add_check(self, check: Check[Any], module: ModuleType, check_id: str, where: str) -> None:
        title, _, why = inspect.cleandoc(module.__doc__ or "").partition("\n")
        problem = ""
        if not _ID.fullmatch(check_id):
            problem = f"{check_id!r} is no check id: name the file <area>/<name>.py"
        elif check_id in self.checks:
            problem = f"the id {check_id} is taken by {self.checks[check_id].module.__file__}"
        elif not title.strip():
            problem = "the module has no docstring: its first line is the title of the check"
        if problem:
            self.problems.append(Problem(where, problem))
            return
        settings = getattr(module, "Settings", CheckSettings)
        why = " ".join(why.split())
        self.checks[check_id] = FoundCheck(check_id, title.strip().rstrip("."), why, check, settings, module)

    def _add_section(self, section: type[Section], where: str) -> None:
        table = getattr(section, "table", "")
        if not table:
            return
        if self.sections.setdefault(table, section) is not section:
            self.problems.append(Problem(where, f"the table [{table}] is taken"))

    def add(self, name: str, where: str, check_id: str) -> None:
        """Import a module by name; what goes wrong is a problem, whatever it is."""
        try:
            module = importlib.import_module(name)
            self.add_module(module, check_id, where)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin may fail in any way
            self.problems.append(Problem(where, f"{type(error).__name__}: {error}"[:300]))


def discover(drop_in: Path | None = None) -> Catalogue:
    """All checks, providers and sections. `drop_in` is a folder of <area>/<name>.py files."""
    catalogue = Catalogue()
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: (not entry.value.startswith("itaudit."), entry.name)):
        for name, check_id in _walk(entry.value, catalogue):
            catalogue.add(name, name, check_id)
    if drop_in and drop_in.is_dir():
        for path in _drop_in_files(drop_in, catalogue):
            _add_file(path, drop_in, catalogue)
    return catalogue


def _walk(package: str, catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """(module name, check id) of every module below a package."""
    try:
        module = importlib.import_module(package)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin may fail in any way
        catalogue.problems.append(Problem(package, f"{type(error).__name__}: {error}"[:300]))
        return
    yield package, package.rpartition(".")[2]
    # Walked by hand: pkgutil.walk_packages imports packages itself and hides what fails.
    waiting = [module]
    while waiting:
        parent = waiting.pop(0)
        for info in (
            sorted(pkgutil.iter_modules(parent.__path__), key=lambda info: info.name) if hasattr(parent, "__path__") else ()
        ):
            name = f"{parent.__name__}.{info.name}"
            yield name, name.removeprefix(package + ".")
            if info.ispkg and name in sys.modules:
                waiting.append(sys.modules[name])


def _drop_in_files(folder: Path, catalogue: Catalogue) -> Iterator[Path]:
    for path in sorted(folder.glob("*/*.py")):
        try:
            _refuse_if_others_can_write(folder)
            _refuse_if_others_can_write(path.parent)
            _refuse_if_others_can_write(path)
        except UserError as error:
            catalogue.problems.append(Problem(str(path), str(error)))
            continue
        yield path


def _refuse_if_others_can_write(path: Path) -> None:
    """As root, code that somebody else can change must not run: it would make them root."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return
    for place in (path, path.resolve()):
        status = place.lstat()
        if not stat.S_ISLNK(status.st_mode) and (status.st_uid != 0 or status.st_mode & 0o022):
            raise UserError(f"{path} can be changed by others than root, so root does not run it: chown root, chmod go-w.")


def _add_file(path: Path, folder: Path, catalogue: Catalogue) -> None:
    check_id = ".".join(path.relative_to(folder).with_suffix("").parts)
    name = "itaudit_drop_in." + check_id
    if not stat.S_ISREG(path.stat().st_mode):
        catalogue.problems.append(Problem(str(path), "it is not a regular file"))
        return
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        return
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
        catalogue.add_module(module, check_id, str(path))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin may fail in any way
        sys.modules.pop(name, None)
        catalogue.problems.append(Problem(str(path), f"{type(error).__name__}: {error}"[:300]))
