"""Finds checks and facts: ours and others' by the entry-point group `itaudit` (a package, walked), and the drop-in folder.

Nothing registers on import: we look for Provider, Check and Section objects in modules.
Others' modules are imported at once. Ours are imported when something of theirs is asked for, as the index says
(plugin_index.py). A module that fails becomes one unknown finding.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

from itaudit.contributions import Check, CheckSettings, Provider, Section
from itaudit.needs import BadSignature, lost_provider, needs_of, produces
from itaudit.plugin_files import files_in, import_file, modules_of
from itaudit.plugin_index import PACKAGES, Index, name_of, read_index

GROUP = "itaudit"
_OURS = ("facts.", "checks.")
"""So begin the names of our providers and checks in a plan."""
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
    """Everything that was found. The dictionaries hold what is imported by now; the methods import what they need."""

    checks: dict[str, FoundCheck] = field(default_factory=dict)
    providers: dict[str, Provider[Any, Any]] = field(default_factory=dict)
    sections: dict[str, type[Section]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    index: Index = field(default_factory=Index)
    _imported: dict[str, str] = field(default_factory=dict)
    """Modules of ours -> why they failed, "" for those that did not."""
    _by_kind: defaultdict[type[Any], list[Provider[Any, Any]]] = field(default_factory=lambda: defaultdict(list))
    _sorted: int = 0
    """How many providers are in `_by_kind`."""

    @property
    def check_ids(self) -> list[str]:
        """Of all checks, imported or not."""
        return sorted(self.checks.keys() | self.index.checks.keys())

    @property
    def areas(self) -> list[str]:
        """Of all checks, imported or not."""
        return sorted({check_id.split(".", 1)[0] for check_id in self.check_ids})

    def ids_in(self, areas: Iterable[str]) -> list[str]:
        """Of the checks in these areas, imported or not."""
        wanted = set(areas)
        return [check_id for check_id in self.check_ids if check_id.split(".", 1)[0] in wanted]

    @property
    def tables(self) -> list[str]:
        """Of all sections, imported or not."""
        return sorted(self.sections.keys() | self.index.tables.keys())

    def check(self, check_id: str) -> FoundCheck | None:
        """The check of this id; None where there is none, or its module failed."""
        self._import_ours([self.index.checks[check_id]] if check_id in self.index.checks else [])
        return self.checks.get(check_id)

    def section(self, table: str) -> type[Section] | None:
        """The section of this table; None where there is none."""
        self._import_ours([self.index.tables[table]] if table in self.index.tables else [])
        return self.sections.get(table)

    def providers_of(self, kind: type[Any]) -> list[Provider[Any, Any]]:
        """All providers of a fact type, for whatever system."""
        modules = self.index.facts.get(name_of(kind), ())
        self._import_ours(modules)
        for provider in islice(self.providers.values(), self._sorted, None):
            try:
                needs_of(provider)
                for made in produces(provider):
                    self._by_kind[made].append(provider)
            except BadSignature as error:
                self.problems.append(Problem(provider.name, str(error)))
        self._sorted = len(self.providers)
        known = {one.name for one in self._by_kind[kind]}
        lost = [lost_provider(one, kind, why) for one in modules if (why := self._imported[one])]
        self._by_kind[kind] += [one for one in lost if one.name not in known]
        return self._by_kind[kind]

    def why_lost(self, check_id: str) -> str:
        """Why a check that the index names is not there."""
        return self._imported.get(self.index.checks.get(check_id, ""), "") or "it is not where the index says"

    def complete(self) -> Catalogue:
        """Itself, with everything imported."""
        ours = {*self.index.checks.values(), *self.index.tables.values(), *(m for one in self.index.facts.values() for m in one)}
        self._import_ours(sorted(ours))
        return self

    def _import_ours(self, names: Iterable[str]) -> None:
        for name in names:
            if name not in self._imported:
                self._imported[name] = self.add(name, name, ".".join(name.split(".")[2:]))

    def add(self, name: str, where: str, check_id: str) -> str:
        """Import a module by name; what goes wrong is a problem, whatever it is. Returns it, or ""."""
        try:
            module = importlib.import_module(name)
            self.add_module(module, check_id, where)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin may fail in any way
            self.problems.append(_problem(where, error))
            return self.problems[-1].detail
        return ""

    def add_module(self, module: ModuleType, check_id: str, where: str) -> None:
        """Take what the module defines itself (not what it imports)."""
        for value in list(vars(module).values()):
            if isinstance(value, Provider) and value.function.__module__ == module.__name__:
                self._add_provider(value, where)
            elif isinstance(value, Check) and value.function.__module__ == module.__name__:
                self._add_check(value, module, check_id, where)
            elif inspect.isclass(value) and issubclass(value, Section) and value.__module__ == module.__name__:
                self._add_section(value, where)

    def _add_provider(self, provider: Provider[Any, Any], where: str) -> None:
        name, ours = provider.name, provider.function.__module__.startswith("itaudit.")
        if name.startswith(_OURS) and not ours:
            self.problems.append(Problem(where, f"{name} is a name of itaudit's own: rename the package"))
        elif self.providers.setdefault(name, provider) is not provider:
            self.problems.append(Problem(where, f"two providers are called {name}: give their functions different names"))

    def _add_check(self, check: Check[Any], module: ModuleType, check_id: str, where: str) -> None:
        title, _, why = inspect.cleandoc(module.__doc__ or "").partition("\n")
        taken = self.checks[check_id].module.__file__ if check_id in self.checks else self.index.checks.get(check_id)
        problem = ""
        if check_id in self.checks and self.checks[check_id].check is check:
            return
        if not _ID.fullmatch(check_id):
            problem = f"{check_id!r} is no check id: name the file <area>/<name>.py"
        elif taken and taken != module.__name__:
            problem = f"the id {check_id} is taken by {taken}"
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
        ours = self.index.tables.get(table, section.__module__)
        if ours != section.__module__ or self.sections.setdefault(table, section) is not section:
            self.problems.append(Problem(where, f"the table [{table}] is taken"))


def _problem(where: str, error: BaseException) -> Problem:
    return Problem(where, f"{type(error).__name__}: {error}"[:300])


def open_catalogue(drop_in: Path | None = None) -> Catalogue:
    """What there is; ours is imported as it is asked for. `drop_in` is a folder of <area>/<name>.py files."""
    return _filled(Catalogue(index=read_index()), drop_in)


def discover(drop_in: Path | None = None) -> Catalogue:
    """All checks, providers and sections, imported whatever the index says."""
    return _filled(Catalogue(), drop_in)


def _filled(catalogue: Catalogue, drop_in: Path | None) -> Catalogue:
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: (not entry.value.startswith("itaudit."), entry.name)):
        if not (catalogue.index.checks and entry.value in PACKAGES):
            for name, check_id in modules_of(entry.value):
                catalogue.add(name, name, check_id)
    for path, check_id, problem in files_in(drop_in) if drop_in else ():
        if problem:
            catalogue.problems.append(Problem(str(path), problem))
            continue
        try:
            catalogue.add_module(import_file(path, check_id), check_id, str(path))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin may fail in any way
            catalogue.problems.append(_problem(str(path), error))
    return catalogue
