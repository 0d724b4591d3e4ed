"""Updates that wait, against a real pacman with its own root, and the parsers against text that nobody promised."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.checks.patches.held import held as held_check
from itaudit.checks.patches.metadata_age import Settings as AgeSettings
from itaudit.checks.patches.metadata_age import metadata_age
from itaudit.checks.patches.security import Settings as SecuritySettings
from itaudit.checks.patches.security import security
from itaudit.contributions import Ask
from itaudit.facts.updates import ARCHIVE, InstalledPackage, PackageManager, Update
from itaudit.facts.updates.pacman import PENDING, pacman, pacman_packages, parse_details, parse_ignored, parse_pending

if TYPE_CHECKING:
    from lab.packagers import PacmanLab

OCTOBER = datetime(2026, 10, 20, 10, 0, tzinfo=UTC)
NOVEMBER = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
Recorder = Callable[[Mapping[api.Question, api.Answer | str]], Ask]
Facts = Callable[..., list[Any]]


def manager_of(facts_of: Facts, lab: PacmanLab) -> PackageManager:
    (found,) = facts_of(pacman, lab.ask())
    assert isinstance(found, PackageManager)
    return found


def test_what_waits_is_what_an_upgrade_would_install(pacman_lab: PacmanLab, facts_of: Facts) -> None:
    pacman_lab.sync()
    manager = manager_of(facts_of, pacman_lab)
    simulated = pacman_lab.pacman("-Su", "--print", "--noconfirm", "--print-format", "%r %n %v").split("\n")
    upgrade = {tuple(line.split()) for line in simulated if line and not line.startswith("::")}
    assert len(upgrade) == 2
    assert {(u.suites[0], u.package, u.candidate) for u in manager.pending if not u.held} == upgrade
    assert [(u.package, u.installed, u.candidate) for u in manager.pending if u.held] == [("acme-held", "1-1", "2-1")]


def test_each_is_as_old_as_the_list_that_holds_it(pacman_lab: PacmanLab, facts_of: Facts) -> None:
    pacman_lab.sync()
    manager = manager_of(facts_of, pacman_lab)
    assert {u.package: (u.released_by, u.released_from, u.released, u.security) for u in manager.pending} == {
        "acme-tls": (NOVEMBER, ARCHIVE, None, None),
        "acme-held": (NOVEMBER, ARCHIVE, None, None),
        "acme-web": (OCTOBER, ARCHIVE, None, None),
    }
    assert {(a.suite, a.published) for a in manager.archives} == {("core", NOVEMBER), ("extra", OCTOBER)}
    assert manager.changed is not None
    assert not manager.tells_security


def test_without_fetched_lists_nothing_is_claimed(pacman_lab: PacmanLab, facts_of: Facts, machine: api.Machine) -> None:
    manager = manager_of(facts_of, pacman_lab)
    assert (manager.pending, manager.archives) == ((), ())
    assert security(manager, [], api.History(), machine, SecuritySettings()).status is api.Status.UNKNOWN
    assert metadata_age(manager, machine, AgeSettings()).status is api.Status.FAIL


def test_with_fresh_lists_and_nothing_waiting_all_is_well(
    empty_pacman_lab: PacmanLab, facts_of: Facts, machine: api.Machine
) -> None:
    empty_pacman_lab.publish("core", {"acme-ok": "1-1"}, NOVEMBER)
    empty_pacman_lab.install({"acme-ok": "1-1"})
    empty_pacman_lab.sync()
    manager = manager_of(facts_of, empty_pacman_lab)
    assert (manager.pending, len(manager.archives)) == ((), 1)
    assert security(manager, [], api.History(), machine, SecuritySettings()).status is api.Status.OK
    assert metadata_age(manager, machine, AgeSettings()).status is api.Status.OK


def test_a_damaged_list_is_unknown(pacman_lab: PacmanLab, facts_of: Facts) -> None:
    pacman_lab.sync()
    (pacman_lab.folder / "db/sync/core.db").write_bytes(b"\x00\xff rubbish")
    with pytest.raises(api.Unreadable, match="core"):
        manager_of(facts_of, pacman_lab)


def test_a_tool_that_manages_nothing_is_silent(empty_pacman_lab: PacmanLab, facts_of: Facts) -> None:
    assert facts_of(pacman, empty_pacman_lab.ask()) == []
    assert facts_of(pacman_packages, empty_pacman_lab.ask()) == []


def test_the_packages_are_those_that_pacman_lists(pacman_lab: PacmanLab, facts_of: Facts) -> None:
    packages: list[InstalledPackage] = facts_of(pacman_packages, pacman_lab.ask())
    assert {f"{package.name} {package.version}" for package in packages} == set(pacman_lab.pacman("-Q").split("\n")) - {""}
    assert [package.name for package in packages if package.held] == ["acme-held"]
    assert {package.state for package in packages} == {"installed"}
    assert held_check(packages, [], []).status is api.Status.FAIL


def test_a_record_without_its_description_is_a_half_installed_package(pacman_lab: PacmanLab, facts_of: Facts) -> None:
    (pacman_lab.folder / "db/local/acme-ok-1-1/desc").unlink()
    states = {package.name: package.state for package in facts_of(pacman_packages, pacman_lab.ask())}
    assert [name for name, state in states.items() if state != "installed"] == ["acme-ok"]


def test_what_was_printed_before_an_error_is_not_taken_for_all() -> None:
    with pytest.raises(api.Unreadable):
        parse_pending(api.Answer("acme 1-1 -> 2-1\n", 0, "error: could not open file core.db: Unrecognized archive format\n"))
    with pytest.raises(api.Unreadable):
        parse_pending(api.Answer("acme 1-1 -> 2-1\n", 1))
    with pytest.raises(api.Unreadable):
        parse_pending(api.Answer("", 127, "not found"))


@pytest.mark.parametrize("text", ["acme 1-1 => 2-1\n", "acme 1-1 -> \n", "paquete acme 1 -> 2\n", "\0\n", "-acme 1 -> 2\n"])
def test_a_line_that_does_not_fit_is_refused(text: str) -> None:
    with pytest.raises(api.Unreadable):
        parse_pending(api.Answer(f"good 1-1 -> 2-1\n{text}", 0))


def test_warnings_are_no_errors() -> None:
    assert parse_pending(api.Answer("", 1, "warning: acme: local (2-1) is newer than core (1-1)\n")) == []


def test_one_that_hangs_is_unknown(recorded: Recorder, facts_of: Facts) -> None:
    folder = "/var/lib/pacman"
    ask = recorded(
        {
            api.Glob(f"{folder}/local/*/desc", most=1): '["x"]',
            api.Glob(f"{folder}/sync/*.db", most=50): "[]",
            PENDING: api.Answer.missing(api.TimedOut("pacman was ended after 20 s")),
        }
    )
    with pytest.raises(api.TimedOut):
        facts_of(pacman, ask)


def test_five_thousand_updates_are_all_counted() -> None:
    text = "".join(f"package-{number} 1-1 -> 2-1\n" for number in range(5000))
    assert len(parse_pending(api.Answer(text, 0))) == 5000


def test_the_repository_is_that_of_the_candidate() -> None:
    record = "Repository      : {}\nName            : {}\nVersion         : {}\nDescription     : Name : x\n\n"
    text = record.format("testing", "acme", "3-1") + record.format("core", "acme", "2-1") + record.format("extra", "web", "7-1")
    assert parse_details(text) == {("acme", "3-1"): "testing", ("acme", "2-1"): "core", ("web", "7-1"): "extra"}


def test_ignored_patterns_are_read_from_every_line_and_not_from_remarks() -> None:
    assert parse_ignored("[options]\nIgnorePkg = linux linux-*\n#IgnorePkg = vim\n IgnorePkg=acme\n") == [
        "linux",
        "linux-*",
        "acme",
    ]


@given(st.text(), st.sampled_from([0, 1, 2, 127, None]), st.text())
def test_hostile_output_gives_updates_or_missing(text: str, code: int | None, errors: str) -> None:
    with contextlib.suppress(api.Missing):
        assert all(isinstance(update, Update) for update in parse_pending(api.Answer(text, code, errors)))
    assert all(isinstance(value, str) for value in parse_details(text).values())
    assert isinstance(parse_ignored(text), list)
