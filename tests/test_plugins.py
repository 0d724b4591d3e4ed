"""Checks and facts are found, ours and others'; what cannot be used is named, and never stops a scan."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from itaudit.docs import plugin_index
from itaudit.needs import needs_of, produces
from itaudit.plugin_index import PATH, Index, read_index
from itaudit.plugins import Catalogue, discover, open_catalogue

CHECK = '''"""{title}

Why it matters.
"""
from dataclasses import dataclass
from itaudit import api

@dataclass(frozen=True)
class Thing:
    subject: str

@api.provider("linux")
def things(ask: api.Ask) -> api.Facts[Thing]:
    yield Thing("one")

@api.check(severity=api.Severity.LOW)
def thing(thing: Thing) -> api.Verdict:
    return api.verdict(api.Status.OK, "fine")
'''


def drop_in(folder: Path, name: str, content: str, mode: int = 0o644) -> Path:
    path = folder / f"{name}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    path.chmod(mode)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "checks"
    made.mkdir(mode=0o755)
    return made


def test_every_module_of_ours_loads() -> None:
    assert discover().problems == []


def test_every_check_of_ours_is_named_like_its_file_and_says_why() -> None:
    for found in discover().checks.values():
        assert found.check.function.__name__ == found.id.split(".")[1]
        assert found.why, f"{found.id} does not say why it matters"
        assert found.module.__name__ == f"itaudit.checks.{found.id}"


def test_every_need_of_ours_can_be_met_on_linux() -> None:
    catalogue = discover()
    made = {kind for provider in catalogue.providers.values() if "linux" in provider.systems for kind in produces(provider)}
    for found in catalogue.checks.values():
        assert set(needs_of(found.check).fact_types) <= made, found.id


def test_every_area_of_the_first_release_has_five_checks() -> None:
    areas = [found.area for found in discover().checks.values()]
    for area in ("disks", "patches", "dns", "connectivity", "backups"):
        assert areas.count(area) >= 5, area


def test_the_index_of_our_modules_is_current() -> None:
    assert PATH.read_text() == plugin_index(discover()).as_json(), "run `make docs`"


def test_what_is_imported_by_the_index_is_all_that_there_is() -> None:
    by_index, all_at_once = open_catalogue(), discover()
    assert by_index.index.checks
    assert (by_index.check_ids, by_index.areas, by_index.tables) == (
        all_at_once.check_ids,
        all_at_once.areas,
        all_at_once.tables,
    )
    by_index.complete()
    assert by_index.checks == all_at_once.checks
    assert by_index.providers == all_at_once.providers
    assert by_index.sections == all_at_once.sections


def test_a_kind_of_facts_has_the_same_providers_by_the_index() -> None:
    all_at_once = discover()
    for found in all_at_once.checks.values():
        for kind in needs_of(found.check).fact_types:
            by_index = {one.name for one in open_catalogue().providers_of(kind)}
            assert by_index == {one.name for one in all_at_once.providers_of(kind)}, kind


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"modules_sha256": 1}', "\xff", '{"modules_sha256": "older", "checks": {}}']
)
def test_an_index_that_is_older_than_our_modules_or_broken_is_not_used(tmp_path: Path, content: str) -> None:
    path = tmp_path / "plugin_index.json"
    path.write_text(content, encoding="latin-1")
    assert read_index(path) == Index()
    assert read_index(tmp_path / "none.json") == Index()


def test_an_index_with_our_names_but_no_mappings_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "plugin_index.json"
    path.write_text(json.dumps({**json.loads(PATH.read_text()), "facts": [1]}))
    assert read_index(path) == Index()


def test_one_check_imports_neither_the_other_checks_nor_their_facts() -> None:
    program = "import sys; from itaudit.plugins import open_catalogue as o; assert o().check('disks.space'); print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert "itaudit.facts.folders" in modules
    assert not [name for name in modules if name.startswith(("itaudit.checks.dns", "itaudit.facts.backups"))]


@pytest.mark.parametrize("find", [discover, open_catalogue])
def test_no_plugin_can_take_the_place_of_a_check_or_table_of_ours(folder: Path, find: Callable[[Path], Catalogue]) -> None:
    drop_in(folder, "disks/space", CHECK.format(title="Taken."))
    table = "from itaudit import api\nclass Mine(api.Section):\n    table = 'space'\n"
    drop_in(folder, "shop/table", table)
    found = find(folder)
    assert sorted(problem.detail.partition(" is taken")[0] for problem in found.problems) == [
        "the id disks.space",
        "the table [space]",
    ]
    own, section = found.check("disks.space"), found.section("space")
    assert own is not None
    assert section is not None
    assert (own.module.__name__, section.__module__) == ("itaudit.checks.disks.space", "itaudit.facts.folders")


def test_one_file_can_bring_fact_provider_and_check(folder: Path) -> None:
    drop_in(folder, "shop/thing", CHECK.format(title="Things are fine."))
    found = discover(folder).checks["shop.thing"]
    assert (found.title, found.why) == ("Things are fine", "Why it matters.")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("shop/broken", "import no_such_module_of_anybody", "ModuleNotFoundError"),
        ("shop/syntax", "def (", "SyntaxError"),
        ("shop/leaves", "raise SystemExit(0)", "SystemExit"),
        ("disks/space", CHECK.format(title="Taken."), "taken"),
        ("shop/silent", CHECK.replace('"""{title}\n\nWhy it matters.\n"""', ""), "no docstring"),
        ("Shop/Thing", CHECK.format(title="Named badly."), "no check id"),
    ],
)
def test_a_plugin_that_cannot_be_used_is_named_with_its_reason(folder: Path, name: str, content: str, words: str) -> None:
    path = drop_in(folder, name, content)
    problems = discover(folder).problems
    assert [problem.where for problem in problems] == [str(path)]
    assert words in problems[0].detail


def test_a_fifo_in_the_folder_is_refused(folder: Path) -> None:
    (folder / "shop").mkdir()
    os.mkfifo(folder / "shop" / "thing.py", 0o600)
    assert "regular file" in discover(folder).problems[0].detail


@pytest.mark.parametrize("place", ["file", "area", "folder"])
def test_root_runs_nothing_that_others_can_change(folder: Path, place: str, needs_root: Callable[[], None]) -> None:
    needs_root()
    marker = folder.parent / "ran"
    path = drop_in(folder, "shop/thing", f"open({str(marker)!r}, 'w')")
    {"file": path, "area": path.parent, "folder": folder}[place].chmod(0o777)
    assert re.search("others than root", discover(folder).problems[0].detail)
    assert not marker.exists()


def test_root_runs_nothing_that_belongs_to_somebody_else(folder: Path, needs_root: Callable[[], None]) -> None:
    needs_root()
    path = drop_in(folder, "shop/thing", CHECK.format(title="Not mine."))
    os.chown(path, 65534, 65534)
    assert "shop.thing" not in discover(folder).checks


def test_a_type_of_the_same_file_is_found_again_by_the_next_discovery(folder: Path) -> None:
    drop_in(folder, "shop/thing", CHECK.format(title="Things are fine."))
    first, second = discover(folder), discover(folder)
    assert isinstance(first, Catalogue)
    assert set(first.checks) == set(second.checks)


BROKEN = """
import sys
sys.modules[{name!r}] = None  # what an import makes of it that fails
from itaudit.plugins import open_catalogue
catalogue = open_catalogue()
"""


def _in_another_process(program: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_check_of_ours_that_cannot_be_imported_is_a_grave_unknown_of_its_own() -> None:
    program = BROKEN.format(name="itaudit.checks.disks.space") + (
        "from itaudit.config import Configuration\n"
        "from itaudit.engine import run\n"
        "from itaudit.evidence.bundle import Bundle\n"
        "from itaudit.evidence.live import Live\n"
        "outcome = run(Bundle(Live().machine, {}, {}), catalogue, Configuration(), areas=['disks'])\n"
        "print(*[(f.check, f.status.value, f.severity.value, f.verdict.detail) for f in outcome.findings], sep='\\n')\n"
    )
    findings = [line for line in _in_another_process(program) if "disks.space'" in line]
    assert len(findings) == 1
    assert findings[0].startswith("('disks.space', 'unknown', 'critical', 'ModuleNotFoundError")


def test_a_provider_of_ours_that_cannot_be_imported_leaves_a_gap_beside_what_the_others_give() -> None:
    """Facts add up: without it, what apt knows of would look as if there was none of it."""
    program = BROKEN.format(name="itaudit.facts.updates.apt") + (
        "from itaudit.facts.updates import PackageManager as Manager\n"
        "from itaudit.contributions import Ask\n"
        "from itaudit.needs import needs_of, produces\n"
        "lost = [one for one in catalogue.providers_of(Manager) if '.apt.' in one.name]\n"
        "print(len(catalogue.providers_of(Manager)) > 3, [needs_of(one).fact_types for one in lost])\n"
        "print(produces(lost[0]) == (Manager,), catalogue.providers_of(Manager)[-1] == lost[0])\n"
        "try: list(lost[0].function())\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    lines = _in_another_process(program)
    assert lines[0] == "True [()]"
    assert lines[1] == "True True"
    assert lines[2].startswith("Crashed ModuleNotFoundError")


TWINS = '''"""Two probes.

From one mould.
"""
from dataclasses import dataclass
from itaudit import api

@dataclass(frozen=True)
class Thing:
    subject: str

def made(name: str):
    @api.provider("linux")
    def probe() -> api.Facts[Thing]:
        yield Thing(name)
    return probe

one, two = made("one"), made("two")
same = one
'''


def test_a_provider_that_would_be_lost_behind_another_of_its_name_is_a_problem(folder: Path) -> None:
    drop_in(folder, "shop/thing", TWINS)
    assert [problem.detail for problem in discover(folder).problems] == [
        "two providers are called itaudit_drop_in.shop.thing.probe: give their functions different names"
    ]


@pytest.mark.parametrize("package", ["facts", "checks"])
def test_no_package_can_take_the_names_of_our_providers_and_checks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    module = tmp_path / package / "volumes.py"
    module.parent.mkdir()
    (module.parent / "__init__.py").touch()
    module.write_text(TWINS)
    monkeypatch.syspath_prepend(tmp_path)
    for name in [one for one in sys.modules if one.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)  # our tests of facts are a package of that name
    catalogue = Catalogue()
    catalogue.add(f"{package}.volumes", f"{package}.volumes", "volumes")
    assert not catalogue.providers
    assert f"{package}.volumes.probe is a name of itaudit's own" in catalogue.problems[0].detail


def test_taking_a_module_twice_changes_nothing(folder: Path) -> None:
    """Ctrl-C may come between an import and the note of it."""
    catalogue = open_catalogue()
    found = catalogue.check("disks.space")
    catalogue._imported.clear()
    assert catalogue.check("disks.space") == found
    assert not catalogue.problems


@pytest.mark.parametrize("target", ["/nowhere/at/all", "thing.py"])
def test_a_link_to_nothing_or_itself_in_the_folder_costs_only_itself(folder: Path, target: str) -> None:
    drop_in(folder, "shop/fine", CHECK.format(title="Fine."))
    (folder / "shop" / "thing.py").symlink_to(target)
    (folder / "shop" / ".#fine.py").symlink_to("anna@office.4711:1795600000")  # what Emacs makes while one edits
    catalogue = discover(folder)
    assert [problem.where for problem in catalogue.problems] == [str(folder / "shop" / "thing.py")]
    assert "shop.fine" in catalogue.checks


def test_an_area_that_may_not_be_read_is_a_problem_and_not_empty() -> None:
    """As an ordinary user, in a folder that is root's."""
    as_nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups") if os.geteuid() == 0 else ()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        drop_in(place / "checks", "shop/thing", CHECK.format(title="Things are fine."))
        drop_in(place / "other", "shop/thing", CHECK.format(title="Things are fine."))
        for open_one in (place, place / "checks"):
            open_one.chmod(0o755)
        closed = (place / "checks" / "shop", place / "other")
        for one in closed:
            one.chmod(0)
        program = (
            "from pathlib import Path; from itaudit.plugin_files import files_in\n"
            "for one in ('checks', 'other'): print([(str(p), w) for p, _, w in files_in(Path(one))])"
        )
        done = subprocess.run([*as_nobody, sys.executable, "-c", program], cwd=place, capture_output=True, text=True, check=False)
        for one in closed:
            one.chmod(0o755)
    assert done.stdout.splitlines() == [
        "[('checks/shop', 'this user may not read it')]",
        "[('other', 'this user may not read it')]",
    ], done.stderr
