from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.evidence.redact import redact
from itaudit.facts.file_permissions import (
    FOR_ALL,
    PERSONS,
    PLACES,
    RPM_RECORDS,
    FileRights,
    dpkg_question,
    file_rights,
    parse_rpm_foreign,
)
from itaudit.facts.security_section import Security
from lab.providers import Always, ran

if TYPE_CHECKING:
    from lab.rooted_system import RootedSystem

Recorder = Callable[[Mapping[api.Question, api.Answer | str]], Ask]
STATUS = """Package: util-linux
Status: install ok installed
Maintainer: a <a@example.test>
Architecture: amd64
Version: 2.38
Description: x
"""


def rights(ask: Ask, *, whole: bool = False) -> FileRights:
    (found,) = ran(file_rights.function(ask, Security(whole_walk=whole)))
    assert isinstance(found, FileRights)
    return found


@pytest.fixture(autouse=True)
def usual_mask() -> Iterator[None]:
    """Folders are made as everywhere, whatever whoever runs the tests has set."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def system(rooted_system: RootedSystem, needs_root: Callable[[], None]) -> RootedSystem:
    """A Debian with one package, which owns /bin/su and /usr/bin/mount."""
    needs_root()
    rooted_system.put("/etc/passwd", "root:x:0:0::/root:/bin/sh\n")
    rooted_system.put("/var/lib/dpkg/status", STATUS)
    rooted_system.put("/var/lib/dpkg/info/util-linux.list", "/.\n/bin\n/bin/su\n/usr/bin/mount\n")
    rooted_system.put("/usr/bin/su", "x", 0o4755)
    rooted_system.put("/usr/bin/mount", "x", 0o4755)
    return rooted_system


def test_a_usual_system_has_nothing_to_name(system: RootedSystem) -> None:
    found = rights(system.ask)
    assert (found.writable, found.foreign, found.planted, found.ownerless, found.complete) == ((), (), (), (), True)


def test_a_program_that_no_package_owns_is_named_although_its_name_is_a_pattern(system: RootedSystem) -> None:
    system.put("/usr/bin/moun*", "x", 0o4755)
    system.put("/usr/local/bin/own", "x", 0o2755)
    assert rights(system.ask).foreign == ("/usr/bin/moun*", "/usr/local/bin/own")


def test_what_all_may_change_is_named(system: RootedSystem) -> None:
    system.put("/etc/shadow", "", 0o666)
    (system.root / "opt/a/b").mkdir(parents=True)
    (system.root / "opt/a/b").chmod(0o777)
    assert rights(system.ask).writable == ("/etc/shadow", "/opt/a/b")


def test_programs_planted_where_all_may_write_are_named_apart(system: RootedSystem) -> None:
    system.put("/var/tmp/.x/sh", "x", 0o4755)
    found = rights(system.ask)
    assert (found.planted, found.foreign) == (("/var/tmp/.x/sh",), ())


def test_files_of_no_account_are_named_unless_accounts_come_from_elsewhere(system: RootedSystem) -> None:
    os.chown(system.put("/usr/local/bin/tool"), 1001, 1001)
    os.chown(system.put("/etc/passing"), 61_184, 61_184)
    assert rights(system.ask).ownerless == ("/usr/local/bin/tool (user 1001)",)
    system.put("/etc/nsswitch.conf", "passwd:         files sss\n")
    assert rights(system.ask).ownerless == ()


def test_the_whole_walk_sees_more_but_not_what_is_meant_for_all(system: RootedSystem) -> None:
    for path in ("/usr/share/x/open", "/tmp/open", "/home/ada/open", "/srv/share/open", "/var/lib/docker/x/open"):
        system.put(path, "x", 0o666)
    system.put("/home/ada/.cache/sh", "x", 0o4755)
    assert rights(system.ask).writable == ()
    found = rights(system.ask, whole=True)
    assert (found.writable, found.planted) == (("/usr/share/x/open",), ("/home/ada/.cache/sh",))


def test_without_a_package_manager_only_that_part_is_not_told(rooted_system: RootedSystem) -> None:
    rooted_system.put("/etc/passwd", "root:x:0:0::/root:/bin/sh\n")
    rooted_system.put("/usr/bin/su", "x", 0o4755)
    assert rights(rooted_system.ask).foreign is None


def test_what_lies_in_usr_local_is_of_no_package_whatever_the_package_manager(
    rooted_system: RootedSystem, needs_root: Callable[[], None]
) -> None:
    """Alpine's keeps its own database; packages leave /usr/local to the administrator (hier(7))."""
    needs_root()
    rooted_system.put("/etc/passwd", "root:x:0:0::/root:/bin/sh\n")
    rooted_system.put("/bin/bbsuid", "x", 0o4111)
    assert rights(rooted_system.ask).foreign is None
    rooted_system.put("/usr/local/bin/su2", "x", 0o4755)
    assert rights(rooted_system.ask).foreign == ("/usr/local/bin/su2",)


def test_pacman_tells_what_no_package_owns(rooted_system: RootedSystem, needs_root: Callable[[], None]) -> None:
    needs_root()
    rooted_system.put("/etc/passwd", "root:x:0:0::/root:/bin/sh\n")
    rooted_system.put("/var/lib/pacman/local/util-linux-2.41-4/files", "%FILES%\nusr/\nusr/bin/\nusr/bin/su\n")
    rooted_system.put("/usr/bin/su", "x", 0o4755)
    assert rights(rooted_system.ask).foreign == ()
    rooted_system.put("/usr/bin/s", "x", 0o4755)
    assert rights(rooted_system.ask).foreign == ("/usr/bin/s",)


def body(**more: Any) -> str:
    return json.dumps(
        {"seen": 5, "unseen": 0, "complete": True, "writable": [], "privileged": [], "owners": [[0, "/etc"]], **more}
    )


def walked(recorded: Recorder, first: api.Answer | str, **more: api.Answer | str) -> FileRights:
    absent = api.Answer.missing(api.NotFound("-"))
    answers: dict[api.Question, api.Answer | str] = dict.fromkeys((*PLACES, *FOR_ALL), absent)
    answers |= {PLACES[0]: first, PERSONS: "root:x:0:0::/root:/bin/sh\n"}
    if "rpm" in more:
        answers |= {RPM_RECORDS[0]: "{}", api.Command(("rpm", "--query", "--file", "/a", "/b"), timeout=20.0): more["rpm"]}
    return rights(recorded(answers))


@pytest.mark.parametrize(
    ("output", "code", "foreign"),
    [
        ("util-linux-2.38\nfile /b is not owned by any package\n", 1, ("/b",)),
        ("a-1\nb-1\nb-2\n", 0, ()),
        ("Datei /b gehört zu keinem Paket\n", 1, None),
        ("", 255, None),
    ],
)
def test_rpm_tells_what_no_package_owns(output: str, code: int, foreign: tuple[str, ...] | None, recorded: Recorder) -> None:
    found = walked(recorded, body(privileged=["/a", "/b"]), rpm=api.Answer(body=output, exit_code=code))
    assert found.foreign == foreign


def test_rpm_says_so_in_these_words(needs: Callable[..., str], tmp_path: Path) -> None:
    """Of a database without packages, so that no package owns anything."""
    done = subprocess.run(
        [needs("rpm"), "--dbpath", str(tmp_path), "--query", "--file", "/usr/bin/env", "/etc/passwd"],
        env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert parse_rpm_foreign(done.stdout) == {"/usr/bin/env", "/etc/passwd"}
    assert done.returncode == 2


def test_rpm_that_hangs_tells_nothing(recorded: Recorder) -> None:
    assert walked(recorded, body(privileged=["/a", "/b"]), rpm=api.Answer.missing(api.TimedOut("-"))).foreign is None


def test_what_was_not_looked_at_is_said(recorded: Recorder) -> None:
    assert walked(recorded, body()).complete
    assert not walked(recorded, body(unseen=1)).complete
    assert not walked(recorded, body(complete=False)).complete


def test_when_no_place_can_be_looked_at_it_is_unknown(recorded: Recorder) -> None:
    with pytest.raises(api.AccessDenied):
        walked(recorded, api.Answer.missing(api.AccessDenied("-")))
    with pytest.raises(api.Unreadable):
        walked(recorded, "{}")


def test_the_lists_of_dpkg_say_what_dpkg_says(live: Ask, needs: Callable[..., str]) -> None:
    needs("dpkg-query", "dpkg")
    paths = ["/usr/bin/passwd", "/usr/bin/dpkg", "/usr/bin/pass*", "/usr/bin/none-such"]
    done = subprocess.run(["dpkg-query", "--search", *paths], capture_output=True, text=True, check=False)
    owned = {line.partition(": ")[2] for line in done.stdout.splitlines()} & set(paths)
    assert set(live(dpkg_question(paths)).body.splitlines()) == owned == set(paths[:2])


def test_what_takes_secrets_out_leaves_the_names_of_programs_alone() -> None:
    """It once took "passwd: /usr/bin/passwd", the words of dpkg-query, for a password."""
    names = [f"/usr/bin/{name}" for name in ("passwd", "gpasswd", "chage", "su", "ssh-agent", "crontab")]
    assert redact("\n".join(names)) == "\n".join(names)
    assert redact(body(privileged=names)) == body(privileged=names)
    said = "".join(f"file {name} is not owned by any package\n" for name in names)
    assert redact(said) == said


def test_a_list_that_cannot_be_read_tells_nothing(system: RootedSystem) -> None:
    for file in (system.root / "var/lib/dpkg/info").iterdir():
        file.unlink()
    (system.root / "var/lib/dpkg/info").rmdir()
    assert rights(system.ask).foreign is None


@given(st.recursive(st.none() | st.integers() | st.text(), lambda c: st.lists(c, max_size=3) | st.dictionaries(st.text(), c)))
def test_any_answer_gives_a_fact_or_missing(anything: object) -> None:
    names = ("seen", "unseen", "complete", "writable", "privileged", "owners")
    for value in (anything, dict.fromkeys(names, anything), {**json.loads(body()), "owners": [[anything, anything]]}):
        with contextlib.suppress(api.Missing):
            assert isinstance(rights(Ask(Always(json.dumps(value)))), FileRights)
    text = json.dumps(anything)
    assert isinstance(parse_rpm_foreign(text), frozenset)


def test_a_file_that_two_names_lead_to_is_named_once(recorded: Recorder) -> None:
    """On all systems of today /lib is a link to /usr/lib, and both are walked."""
    found = walked(recorded, body(writable=["/lib/systemd/a", "/usr/lib/systemd/a", "/lib/systemd/b"]))
    assert found.writable == ("/lib/systemd/b", "/usr/lib/systemd/a")
