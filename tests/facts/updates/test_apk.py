"""apk of Alpine Linux does not run here: the output and the database are as its manual and its source describe them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.checks.patches.security import Settings, security
from itaudit.checks.patches.unfinished import unfinished
from itaudit.contributions import Ask
from itaudit.errors import NotRunning
from itaudit.evidence.live import Live
from itaudit.evidence.rooted import Rooted
from itaudit.facts.updates import PackageManager
from itaudit.facts.updates.apk import DATABASES, LISTS, PENDING, WORLD, apk, apk_packages, parse_installed, parse_pending

Recorder = Callable[[Mapping[api.Question, api.Answer | str]], Ask]
Facts = Callable[..., list[Any]]
HEAD = "Installed:                                Available:\n"
TWO = (
    "libcrypto3-3.3.2-r0                     < 3.3.2-r1 \n"
    "gtk+3.0-3.24.43-r0                      < 3.24.49-r0 @edge\n"
)  # fmt: skip
INSTALLED = """C:Q1pS1+abc=
P:libcrypto3
V:3.3.2-r0
A:x86_64
S:1800000
m:Ariadne Conill <ariadne@example.test>
F:lib
R:libcrypto.so.3
P:not a field of the package

C:Q1xyz=
P:gtk+3.0
V:3.24.43-r0
A:x86_64
f:s

"""
DAY = 86400.0
FIRST = datetime(2026, 11, 20, tzinfo=UTC).timestamp()


def answers(pending: api.Answer | str, *dates: float, database: str = DATABASES[0]) -> dict[api.Question, api.Answer | str]:
    files = [f"/var/cache/apk/APKINDEX.{number}.tar.gz" for number in range(len(dates))]
    return {
        **{api.Glob(file, most=1): json.dumps([file] if file == database else []) for file in DATABASES},
        api.Glob(LISTS[1], most=1): "[]",
        api.Glob(LISTS[0], most=50): json.dumps(files),
        **{api.FileStatus(file): json.dumps({"modified": date}) for file, date in zip(files, dates, strict=True)},
        api.FileStatus(database): json.dumps({"modified": FIRST - 10 * DAY}),
        api.ReadFile(database, limit_bytes=32 * 2**20): INSTALLED,
        WORLD: "alpine-base\ngtk+3.0=3.24.43-r0\nlibcrypto3>3\n",
        PENDING: pending,
    }


def manager_of(facts_of: Facts, ask: Ask) -> PackageManager:
    (found,) = facts_of(apk, ask)
    assert isinstance(found, PackageManager)
    return found


@pytest.mark.parametrize("database", DATABASES)
def test_each_line_is_an_update_dated_by_the_newest_list(recorded: Recorder, facts_of: Facts, database: str) -> None:
    manager = manager_of(facts_of, recorded(answers(HEAD + TWO, FIRST, FIRST + DAY, database=database)))
    second = datetime(2026, 11, 21, tzinfo=UTC)
    assert [(u.package, u.installed, u.candidate, u.held, u.released_by) for u in manager.pending] == [
        ("libcrypto3", "3.3.2-r0", "3.3.2-r1", False, second),
        ("gtk+3.0", "3.24.43-r0", "3.24.49-r0", True, second),
    ]
    assert manager.changed == datetime(2026, 11, 10, tzinfo=UTC)
    assert [update.security for update in manager.pending] == [None, None]


def test_nothing_waiting_is_well_by_a_fresh_list_and_unknown_without_one(
    recorded: Recorder, facts_of: Facts, machine: api.Machine
) -> None:
    fresh, none = (manager_of(facts_of, recorded(answers(HEAD, *dates))) for dates in ((FIRST,), ()))
    assert security(fresh, [], api.History(), machine, Settings()).status is api.Status.OK
    assert security(none, [], api.History(), machine, Settings()).status is api.Status.UNKNOWN


@pytest.mark.parametrize(
    "answer",
    [
        api.Answer("", 0),
        api.Answer(HEAD, 0, "WARNING: opening from cache https://dl-cdn.example.test/main: No such file or directory\n"),
        api.Answer(HEAD + TWO, 99, "ERROR: Unable to lock database"),
        api.Answer(f"{HEAD}libcrypto3-3.3.2-r0 ? 3.3.2-r1\n", 0),
        api.Answer("Installiert:    Verfügbar:\n", 0),
        api.Answer("\0\x7f\n", 0),
    ],
)
def test_what_is_not_understood_is_unknown(recorded: Recorder, facts_of: Facts, answer: api.Answer) -> None:
    with pytest.raises(api.Unreadable):
        manager_of(facts_of, recorded(answers(answer, FIRST)))


def test_another_system_is_silent(recorded: Recorder, facts_of: Facts) -> None:
    ask = recorded({api.Glob(file, most=1): "[]" for file in DATABASES})
    assert facts_of(apk, ask) == []
    assert facts_of(apk_packages, ask) == []


@pytest.mark.parametrize("name", [".python-rundeps", "build-tools"])
def test_a_package_that_is_only_a_name_for_others_is_not_held(recorded: Recorder, facts_of: Facts, name: str) -> None:
    """`apk add --virtual` notes it with the moment for a version, as most images for containers have it."""
    database = api.ReadFile(DATABASES[0], limit_bytes=32 * 2**20)
    record = f"P:{name}\nV:20230613.204110\nA:noarch\n\n"
    world = f"alpine-base\n{name}=20230613.204110\ngtk+3.0=3.24.43-r0\n"
    packages = facts_of(apk_packages, recorded({**answers("", FIRST), database: INSTALLED + record, WORLD: world}))
    assert {package.name: package.held for package in packages} == {"libcrypto3": False, "gtk+3.0": True, name: False}


def test_the_database_names_what_is_installed_what_is_fixed_and_what_broke(recorded: Recorder, facts_of: Facts) -> None:
    packages = facts_of(apk_packages, recorded(answers("", FIRST)))
    assert [(p.name, p.version, p.architecture, p.held, p.state) for p in packages] == [
        ("libcrypto3", "3.3.2-r0", "x86_64", False, "installed"),
        ("gtk+3.0", "3.24.43-r0", "x86_64", True, "its installation script failed"),
    ]
    assert unfinished(packages).status is api.Status.FAIL


@pytest.mark.parametrize(
    ("flags", "state"), [("f", "some of its files are missing"), ("S", "installed"), ("Ss", "its installation script failed")]
)
def test_each_flag_of_a_record_has_its_meaning(flags: str, state: str) -> None:
    (package,) = parse_installed(f"P:acme\nV:1-r0\nf:{flags}\nF:f\n", frozenset())
    assert package.state == state


def test_a_disk_that_does_not_run_names_its_packages_and_guesses_no_updates(tmp_path: Path, facts_of: Facts) -> None:
    for folder in ("etc/apk", "lib/apk/db"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "etc/os-release").write_text('ID=alpine\nPRETTY_NAME="Alpine Linux v3.20"\n')
    (tmp_path / "lib/apk/db/installed").write_text(INSTALLED)
    disk = Rooted(tmp_path, Live())
    try:
        assert {package.name for package in facts_of(apk_packages, Ask(disk))} == {"libcrypto3", "gtk+3.0"}
        with pytest.raises(NotRunning):
            facts_of(apk, Ask(disk))
    finally:
        disk.close()


def test_an_empty_database_is_unknown() -> None:
    with pytest.raises(api.Unreadable):
        parse_installed("\0 binary\n\n", frozenset())


@given(st.sampled_from(["", HEAD, HEAD + TWO, INSTALLED]), st.text())
def test_hostile_output_gives_facts_or_missing(head: str, tail: str) -> None:
    with contextlib.suppress(api.Missing):
        assert all(len(found) == 3 for found in parse_pending(api.Answer(head + tail, 0)))
    with contextlib.suppress(api.Missing):
        assert all(package.name for package in parse_installed(head + tail, frozenset()))
