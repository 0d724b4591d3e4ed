"""Programs that wait for others and belong to no package: a real PostgreSQL outside of its package, what others were seen to
print, and what must not be run."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask, Gap
from itaudit.evidence.live import Live
from itaudit.evidence.rooted import Rooted
from itaudit.facts.listening import QUESTION
from itaudit.facts.listening_names import KNOWN, Told, told_of
from itaudit.facts.packages_of_files import dpkg_question, rpm_question, without_package
from itaudit.facts.software import Runtime, Software
from itaudit.facts.software_listening import (
    OWN_MOUNTS,
    listening_runtimes,
    listening_software,
    mounts_question,
    version_question,
)
from itaudit.facts.updates import InstalledPackage
from itaudit.model import Machine
from lab._ports import claimed_port
from lab.postgresql import PostgresqlLab, bounded

Recorder = Callable[[Mapping[api.Question, api.Answer | str]], Ask]
Facts = list[Runtime | Software | Gap]
NGINX = "/opt/nginx/sbin/nginx"
HERE = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n23 22 0:21 / /proc rw - proc proc rw\n"
CONTAINER = "90 80 0:52 / / rw - overlay o rw\n"
PATIENCE_SECONDS = 60


def status(kind: str = "directory", mode: int = 0o755, uid: int = 0) -> str:
    return json.dumps({"kind": kind, "mode": mode, "uid": uid, "gid": 0, "size_bytes": 1, "modified": 0, "device": 1})


def said(errors: str = "", body: str = "", code: int = 0) -> api.Answer:
    return api.Answer(body=body, errors=errors, exit_code=code)


def no_package(file: str) -> api.Answer:
    return said(f"dpkg-query: no path found matching pattern {file}\n", code=1)


def sockets(*files: str, pid: int = 7) -> str:
    every = [{"protocol": "tcp", "address": "0.0.0.0", "port": 80, "pid": pid, "program": "x", "file": file} for file in files]
    return json.dumps({"complete": True, "sockets": every})


def nginx_machine(**changed: api.Answer | str) -> dict[api.Question, api.Answer | str]:
    """A healthy one in /opt, with some answers changed."""
    told = told_of(NGINX)
    assert told
    answers: dict[str, tuple[api.Question, api.Answer | str]] = {
        "sockets": (QUESTION, sockets(NGINX, NGINX)),
        "mounts": (mounts_question(7), HERE),
        "own": (api.ReadFile(OWN_MOUNTS), HERE),
        "dpkg": (dpkg_question([NGINX]), no_package(NGINX)),
        "rpm": (rpm_question([NGINX]), api.Answer.missing(api.ToolMissing("rpm"))),
        "file": (api.FileStatus(NGINX), status("file")),
        **{folder: (api.FileStatus(folder), status()) for folder in ("/", "/opt", "/opt/nginx", "/opt/nginx/sbin")},
        "version": (version_question(NGINX, told), said("nginx version: nginx/1.18.0\n")),
    }
    return {question: changed.get(name, answer) for name, (question, answer) in answers.items()}


def software(recorded: Recorder, machine: api.Machine, *packages: InstalledPackage, **changed: api.Answer | str) -> Facts:
    return list(listening_software.function(recorded(nginx_machine(**changed)), machine, list(packages)))


@contextlib.contextmanager
def unpacked(program: Path) -> Iterator[Path]:
    """A copy in a folder of root's own: below pytest's, others could put something in its way."""
    with tempfile.TemporaryDirectory(dir="/opt", prefix="itaudit-") as name:
        Path(name).chmod(0o755)
        yield Path(shutil.copy2(program, name))


class Given:
    """Answers made by hand; what is not among them was not recorded."""

    abandoned: Mapping[str, int] = {}
    machine = Machine("office-server", "linux", datetime(2026, 11, 22, 12, tzinfo=UTC), admin=True)

    def __init__(self, answers: Mapping[api.Question, api.Answer | str]) -> None:
        self._answers = answers

    def ask(self, question: api.Question) -> api.Answer:
        answer = self._answers.get(question, api.Answer.missing(api.NotFound("not given")))
        return answer if isinstance(answer, api.Answer) else api.Answer(body=answer, exit_code=0)


class Listening:
    """This machine, where exactly this process waits for others: what else listens here is not the test's business."""

    abandoned: Mapping[str, int] = {}

    def __init__(self, live: Live, process: int) -> None:
        self._live, self._process = live, process
        self.machine = live.machine

    def ask(self, question: api.Question) -> api.Answer:
        return api.Answer(body=json.dumps(self._own_sockets())) if question == QUESTION else self._live.ask(question)

    def _own_sockets(self) -> dict[str, Any]:
        """A helper that the server has just forked holds its sockets too, until it lets go of them, and is named in its place."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            every: dict[str, Any] = self._live.ask(QUESTION).json
            if own := [each for each in every["sockets"] if each["pid"] == self._process]:
                return {**every, "sockets": own}
            time.sleep(0.1)
        raise AssertionError(f"process {self._process} does not listen")


def real_runtimes(process: int) -> Facts:
    live = Live()
    return list(listening_runtimes.function(Ask(Listening(live, process)), live.machine, []))


def process_of(data: Path) -> int:
    """Of the server that works in this folder."""
    return int((data / "postmaster.pid").read_text().split()[0])


@pytest.fixture
def postgres_by_hand(needs_root: Callable[[], None], needs: Callable[..., str]) -> Iterator[tuple[Path, int, str]]:
    """(its file, its process, its release as the package names it): a real server, copied out of its package, on loopback."""
    needs_root()
    server = max(Path("/usr/lib/postgresql").glob("*/bin/postgres"), default=None)
    if server is None:
        needs("postgres", "postgresql")
    assert server
    with unpacked(server) as file, tempfile.TemporaryDirectory(prefix="itaudit-") as folder:
        os.chown(folder, 65534, 65534)
        as_nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
        bounded(*as_nobody, str(server.with_name("initdb")), "-D", f"{folder}/data", "-A", "trust", "--no-sync", "-U", "lab")
        control = (*as_nobody, str(server.with_name("pg_ctl")), "-D", f"{folder}/data", "-w", "-l", f"{folder}/log")
        options = f"-c listen_addresses=127.0.0.1 -c port={claimed_port()} -c unix_socket_directories={folder} -c fsync=off"
        bounded(*control, "-p", str(file), "-o", options, "start")
        try:
            yield file, process_of(Path(folder) / "data"), server.parts[4]
        finally:
            bounded(*control, "-m", "immediate", "stop")


def test_a_real_server_copied_out_of_its_package_is_found_and_asked(postgres_by_hand: tuple[Path, int, str]) -> None:
    """Its release is the one in the path of its package."""
    file, process, release = postgres_by_hand
    (found,) = real_runtimes(process)
    assert isinstance(found, Runtime)
    assert (found.subject, found.package, found.with_system) == (f"PostgreSQL {release}", str(file), False)
    # Whatever the copy itself says to us.
    assert found.version in subprocess.check_output([file, "--version"], text=True)
    file.chmod(0o775)
    (gap,) = real_runtimes(process)
    assert isinstance(gap, Gap)
    assert f"others than root can change {file}" in gap.error.detail


def test_the_packages_own_server_is_left_to_what_its_package_tells(
    needs_root: Callable[[], None], postgresql: PostgresqlLab
) -> None:
    needs_root()
    assert real_runtimes(process_of(postgresql.socket_folder / "data")) == []


def test_one_in_opt_is_judged_by_its_own_maker(recorded: Recorder, machine: api.Machine) -> None:
    (found,) = software(recorded, machine)
    assert isinstance(found, Software)
    assert (found.subject, found.version, found.package) == ("nginx 1.18", "1.18.0", NGINX)
    assert (found.with_system, found.support_end, found.known) == (False, date(2021, 4, 20), True)


def test_beside_a_package_of_the_same_product_its_folder_tells_them_apart(recorded: Recorder, machine: api.Machine) -> None:
    (found,) = software(recorded, machine, InstalledPackage("nginx", "1.22.1-9", "amd64"))
    assert found.subject == "nginx 1.18 in /opt/nginx/sbin"


def test_each_kind_is_told_by_its_own_provider_only(recorded: Recorder, machine: api.Machine) -> None:
    assert list(listening_runtimes.function(recorded(nginx_machine()), machine, [])) == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"file": status("file", 0o775)}, f"others than root can change {NGINX}"),
        ({"file": status("file", 0o757)}, f"others than root can change {NGINX}"),
        ({"file": status("file", uid=1000)}, f"others than root can change {NGINX}"),
        ({"file": status("link", 0o777)}, "is a link"),
        ({"file": status("other")}, "is a other"),
        ({"/opt/nginx/sbin": status(uid=33)}, "others than root can change /opt/nginx/sbin,"),
        ({"/opt/nginx": status(mode=0o777)}, "others than root can change /opt/nginx,"),
        ({"/opt": status(mode=0o1777)}, "others than root can change /opt,"),
        ({"/": status(uid=1)}, "others than root can change /,"),
        ({"/opt": status("link")}, "/opt is a link"),
        ({"/opt": status(mode=0o750)}, "/opt is closed to other users"),
        ({"file": status("file", 0o700)}, f"{NGINX} is closed to other users"),
        ({"file": "[]"}, f"the status of {NGINX}"),
    ],
)
def test_what_somebody_else_could_have_changed_is_not_run(
    recorded: Recorder, machine: api.Machine, changed: dict[str, str], words: str
) -> None:
    ask = recorded(nginx_machine(**changed))
    (gap,) = listening_software.function(ask, machine, [])
    assert isinstance(gap, Gap)
    assert gap.subject == "nginx in /opt/nginx/sbin"
    assert words in gap.error.detail
    assert not any("setpriv" in key for key in ask.taken_keys())


def test_the_question_gives_up_all_rights_and_names_the_whole_path() -> None:
    told = told_of(NGINX)
    assert told
    argv = version_question(NGINX, told).argv
    assert argv[:3] == ("setpriv", "--reuid=65534", "--regid=65534")
    assert argv[-3:] == ("--", NGINX, "-v")


def test_an_ordinary_user_runs_nothing_and_is_told_so(recorded: Recorder, machine: api.Machine) -> None:
    user = replace(machine, admin=False)
    for file in (NGINX, ""):
        with pytest.raises(api.AccessDenied):
            list(listening_software.function(recorded({QUESTION: sockets(file)}), user, []))
    assert list(listening_software.function(recorded({QUESTION: sockets("/usr/bin/cups")}), user, [])) == []


def test_on_a_disk_in_a_folder_nothing_runs(tmp_path: Path, machine: api.Machine) -> None:
    (tmp_path / "etc").mkdir()
    rooted = Rooted(tmp_path, Live())
    try:
        assert list(listening_software.function(Ask(rooted), machine, [])) == []
    finally:
        rooted.close()


@pytest.mark.parametrize(
    "changed",
    [
        {"dpkg": said(body=f"nginx-core: {NGINX}\n")},
        {"dpkg": said(body=f"diversion by other from: {NGINX}\n", errors=no_package(NGINX).errors, code=1)},
        {"rpm": said(body="nginx-core\n")},
        {"mounts": CONTAINER},
        {"mounts": api.Answer.missing(api.NotFound("/proc/7/mountinfo"))},
        {"sockets": sockets("/snap/nextcloud/1/bin/nginx", "/usr/bin/busybox", "/usr/sbin/sshd")},
        {"sockets": sockets()},
    ],
)
def test_what_others_mend_or_run_elsewhere_is_left_out(
    recorded: Recorder, machine: api.Machine, changed: dict[str, api.Answer | str]
) -> None:
    assert software(recorded, machine, **changed) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"dpkg": said("dpkg-query: error: parsing file '/var/lib/dpkg/status'", code=2)},
        {"dpkg": api.Answer.missing(api.TimedOut("dpkg-query"))},
        {"rpm": said(body="")},
        {"sockets": "{}"},
    ],
)
def test_what_cannot_be_told_is_unknown(recorded: Recorder, machine: api.Machine, changed: dict[str, api.Answer | str]) -> None:
    with pytest.raises(api.Missing):
        software(recorded, machine, **changed)


@pytest.mark.parametrize(
    "answer",
    [
        said("nginx version: openresty/1.21.4.1"),
        said("nginx version: nginx/1.25.1 (nginx-plus-r30)"),
        said("nginx: error while loading shared libraries: libpcre.so.3: cannot open", code=127),
        said("nginx version: nginx/1.18.0", code=1),
        said("nginx version: nginx/" + "9" * 600),
        said(),
        api.Answer.missing(api.TimedOut("setpriv")),
        api.Answer.missing(api.ToolMissing("setpriv")),
    ],
)
def test_another_answer_is_unknown(recorded: Recorder, machine: api.Machine, answer: api.Answer) -> None:
    (gap,) = software(recorded, machine, version=answer)
    assert isinstance(gap, Gap)


def test_a_file_that_is_gone_is_unknown_and_not_asked_of_packages(recorded: Recorder, machine: api.Machine) -> None:
    (gap,) = software(recorded, machine, file=api.Answer.missing(api.NotFound(NGINX)))
    assert isinstance(gap, Gap)
    assert gap.error.kind == "not_found"


def test_without_dpkg_and_rpm_only_the_administrators_own_folder_is_without_package(recorded: Recorder) -> None:
    files = ["/opt/nginx/nginx", "/usr/local/bin/node"]
    missing: dict[api.Question, api.Answer | str] = {
        dpkg_question(files): api.Answer.missing(api.ToolMissing("dpkg-query")),
        rpm_question(files): api.Answer.missing(api.ToolMissing("rpm")),
    }
    assert without_package(recorded(missing), files) == {"/usr/local/bin/node"}


@pytest.mark.parametrize(
    ("file", "output", "expected"),
    [
        # As people have shown what theirs print; PostgreSQL 15, Node.js 20 and Python 3.11 as seen by ourselves.
        ("nginx", "nginx version: nginx/1.10.3 (Ubuntu)", ("nginx", "1.10.3")),
        ("httpd", "Server version: Apache/2.4.6 (CentOS)\nServer built:   Apr  2 2020 13:13:23", ("apache", "2.4.6")),
        ("apache2", "Server version: Apache/2.4.16 (Unix)", ("apache", "2.4.16")),
        ("httpd", "Server version: IBM_HTTP_Server/9.0.5 (Unix)", None),
        ("mysqld", "/usr/sbin/mysqld  Ver 8.0.21 for Linux on x86_64 (MySQL Community Server - GPL)", ("mysql", "8.0.21")),
        ("mysqld", "/usr/local/libexec/mysqld  Ver 5.1.46 for pc-linux-gnu on i686 (Source distribution)", ("mysql", "5.1.46")),
        ("mysqld", "mysqld  Ver 8.0.35-27 for Linux on x86_64 (Percona Server (GPL), Release 27, Revision 2f8)", None),
        ("mysqld", "mysqld  Ver 10.4.12-MariaDB for Linux on x86_64 (MariaDB Server)", ("mariadb", "10.4.12")),
        (
            "mariadbd",
            "mysqld  Ver 10.6.12-MariaDB-1:10.6.12+maria~ubu2004 for debian-linux-gnu on x86_64"
            " (mariadb.org binary distribution)",
            ("mariadb", "10.6.12"),
        ),
        ("mariadbd", "mariadbd  Ver 10.6.16-11-MariaDB-enterprise for Linux on x86_64 (MariaDB Enterprise Server)", None),
        ("postgres", "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", ("postgresql", "15.18")),
        ("mysqld", "mysqld  Ver 10.2.18-MariaDB-enterprise-log for Linux on x86_64 (MariaDB Enterprise Server)", None),
        ("postgres", "postgres (PostgreSQL) 17beta1", None),
        ("node", "v20.20.2", ("nodejs", "20.20.2")),
        ("node", "v22.0.0-nightly20240401", None),
        ("php-fpm", "PHP 7.4.2 (fpm-fcgi) (built: Jan 24 2020 07:18:09)\nCopyright (c) The PHP Group", ("php", "7.4.2")),
        ("php-fpm8.5", "PHP 8.5.7 (fpm-fcgi) (built: Jun 24 2026 01:24:52) (NTS)", ("php", "8.5.7")),
        ("php", "PHP 5.3.10-1ubuntu3.7 with Suhosin-Patch (cli) (built: Jul 15 2013 18:10:56)", ("php", "5.3.10")),
        ("python3.11", "Python 3.11.2", ("python", "3.11.2")),
        ("python2.7", "Python 2.7.18", ("python", "2.7.18")),
    ],
)
def test_what_programs_print_is_read_by_the_line_of_their_makers(
    file: str, output: str, expected: tuple[str, str] | None
) -> None:
    told = told_of(f"/opt/{file}")
    assert told
    for answer in (said(body=output), said(errors=output)):
        with contextlib.nullcontext() if expected else pytest.raises(api.Unreadable):
            assert told.version(answer) == expected


@pytest.mark.parametrize("name", ["nginx-debug", "mysqld_safe", "mynode", "pypy3", "php-fpm-healthcheck", "sshd", ""])
def test_other_names_are_not_run(name: str) -> None:
    assert told_of(f"/opt/{name}") is None


@given(st.text(), st.text(), st.sampled_from(KNOWN))
def test_hostile_output_is_a_version_or_unreadable(body: str, errors: str, told: Told) -> None:
    with contextlib.suppress(api.Missing):
        product, version = told.version(said(errors, body))
        assert product in told.says
        assert set(version) <= set("0123456789.")


@given(st.text(), st.text(), st.text())
def test_hostile_mounts_and_packages_raise_nothing_else(mounts: str, packages: str, refused: str) -> None:
    """Whatever the machine answers, only Missing flies."""
    live = {
        **nginx_machine(mounts=mounts, dpkg=said(refused, packages, 1)),
        rpm_question([NGINX]): said(body=packages),
    }
    with contextlib.suppress(api.Missing):
        list(listening_software.function(Ask(Given(live)), Given.machine, []))
