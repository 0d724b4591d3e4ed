"""A system in a folder: links stay inside, nothing of it runs, and what only a running machine knows is not guessed."""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.errors import NotRunning, UserError
from itaudit.evidence.live import Live
from itaudit.evidence.rooted import Rooted
from itaudit.evidence.rooted_paths import expand, inside
from itaudit.evidence.rooted_programs import native_architecture

SECRET = "this file is not of the disk"


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    (tmp_path / "secret").write_text(SECRET)
    root = tmp_path / "disk"
    for folder in ("etc/cron.d", "usr/lib", "home/ada"):
        (root / folder).mkdir(parents=True)
    (root / "etc/hostname").write_text("old-server\n")
    (root / "usr/lib/os-release").write_text('PRETTY_NAME="Debian GNU/Linux 11 (bullseye)"\nID=debian\n')
    (root / "etc/os-release").symlink_to("/usr/lib/os-release")
    return root


@pytest.fixture
def rooted(disk: Path) -> Iterator[Rooted]:
    source = Rooted(disk, Live())
    yield source
    source.close()


def test_the_machine_is_the_one_of_the_disk(rooted: Rooted) -> None:
    assert (rooted.machine.host, rooted.machine.system) == ("old-server", "linux")
    assert rooted.machine.release == "Debian GNU/Linux 11 (bullseye)"


def test_an_absolute_link_means_the_disk(rooted: Rooted) -> None:
    assert "bullseye" in rooted.ask(api.ReadFile("/etc/os-release")).text
    assert rooted.ask(api.FileStatus("/etc/os-release")).json["kind"] == "link"


@pytest.mark.parametrize("target", ["../../secret", "/../../../secret", "../../../../../../../../../{secret}", "{secret}"])
def test_no_link_leads_out_of_the_disk(disk: Path, rooted: Rooted, target: str) -> None:
    (disk / "etc/out").symlink_to(target.format(secret=disk.parent / "secret"))
    answer = rooted.ask(api.ReadFile("/etc/out"))
    assert answer.problem == "not_found"
    assert SECRET not in answer.body


def test_dots_do_not_lead_out_either(rooted: Rooted) -> None:
    assert rooted.ask(api.ReadFile("/etc/../../secret")).problem == "not_found"
    assert rooted.ask(api.Glob("/../sec*")).json == []


def test_links_in_a_circle_are_unreadable(disk: Path, rooted: Rooted) -> None:
    (disk / "etc/a").symlink_to("b")
    (disk / "etc/b").symlink_to("a")
    assert rooted.ask(api.ReadFile("/etc/a")).problem == "unreadable"
    assert rooted.ask(api.FileStatus("/etc/a")).json["kind"] == "link"


def test_patterns_are_matched_inside_and_follow_the_disks_own_links(disk: Path, rooted: Rooted) -> None:
    (disk / "etc/cron.d/backup").write_text("")
    (disk / "etc/cron.d/.hidden").write_text("")
    (disk / "srv").symlink_to("/etc")
    (disk / "away").symlink_to("/../../..")
    assert rooted.ask(api.Glob("/srv/cron.*/*")).json == ["/srv/cron.d/backup"]
    assert rooted.ask(api.Glob("/etc/cron.d/.*")).json == ["/etc/cron.d/.hidden"]
    assert rooted.ask(api.Glob("/away/etc/host*")).json == ["/away/etc/hostname"], "above the top is the top"
    assert rooted.ask(api.Glob("/etc/nothing")).json == []
    assert rooted.ask(api.Glob("/etc/*", most=1)).json == ["/etc/cron.d"]


@pytest.mark.parametrize(
    "question",
    [
        api.ReadFile("/proc/meminfo"),
        api.Glob("/sys/block/*"),
        api.FileStatus("/run/reboot-required"),
        api.Psutil("boot_time"),
        api.KernelClock(),
        api.Command(("lsblk", "--json")),
        api.Command(("systemctl", "is-active", "cron")),
    ],
)
def test_what_only_a_running_machine_knows_is_not_guessed(rooted: Rooted, question: api.Question) -> None:
    answer = rooted.ask(question)
    assert answer.problem == NotRunning.kind
    assert "while it runs" in (answer.error.unlock if answer.error else "")


@pytest.mark.parametrize("target", ["/proc/self/mounts", "../proc/self/mounts", "../run/../proc/self/mounts"])
def test_a_link_into_what_only_a_running_machine_knows_is_not_followed(disk: Path, rooted: Rooted, target: str) -> None:
    """In a chroot these are the folders of the machine that looks; mtab(5) is such a link on every disk."""
    (disk / "proc/self").mkdir(parents=True)
    (disk / "run").mkdir()
    (disk / "proc/self/mounts").write_text("/dev/sda1 / ext4 rw 0 0\n")
    (disk / "etc/mtab").symlink_to(target)
    assert rooted.ask(api.ReadFile("/etc/mtab")).problem == NotRunning.kind
    assert rooted.ask(api.ReadFile("/etc/../proc/self/mounts")).problem == NotRunning.kind
    assert rooted.ask(api.FileStatus("/etc/mtab")).json["kind"] == "link"


def test_a_unit_that_is_switched_off_by_a_link_to_nothing_is_no_matter_of_a_running_machine(disk: Path, rooted: Rooted) -> None:
    (disk / "etc/off.service").symlink_to("/dev/null")
    assert rooted.ask(api.ReadFile("/etc/off.service")).problem == api.NotFound.kind


@pytest.mark.parametrize(
    "question", [api.Dns("example.com", "MX", "127.0.0.1"), api.TcpConnect("127.0.0.1", 9), api.Psutil("net_if_addrs")]
)
def test_a_disk_has_no_network(rooted: Rooted, question: api.Question) -> None:
    assert rooted.ask(question).problem == api.NotApplicable.kind


def test_no_program_of_the_disk_runs(disk: Path, rooted: Rooted, needs: object, tmp_path: Path) -> None:
    trap = disk / "usr/bin/trap"
    trap.parent.mkdir(parents=True)
    trap.write_text(f"#!/bin/sh\necho run >> {tmp_path}/ran\n")
    trap.chmod(0o755)
    for name in ("apt", "apt-get", "apt-config", "dpkg", "dpkg-query", "systemctl"):
        (disk / "usr/bin" / name).symlink_to("trap")
    conf = disk / "etc/apt/apt.conf.d"
    conf.mkdir(parents=True)
    (conf / "99trap").write_text(
        f'Dir::Bin::dpkg "{trap}"; Dir::Bin::methods "{trap.parent}"; APT::Solver "trap"; Dir::Bin::solvers "{trap.parent}";'
        f'APT::Update::Pre-Invoke {{"{trap}";}}; DPkg::Pre-Invoke {{"{trap}";}}; Dir::Bin::solvers:: "{trap.parent}";\n'
    )
    (disk / "var/lib/dpkg").mkdir(parents=True)
    (disk / "var/lib/dpkg/status").write_text(
        "Package: dpkg\nStatus: install ok installed\nArchitecture: amd64\nMaintainer: a <a@example.test>\nVersion: 1.20\n"
        "Description: x\n\n"
    )
    for argv in (
        ("apt", "list", "--upgradable"),
        ("apt-get", "--simulate", "dist-upgrade"),
        ("apt-config", "dump"),
        ("apt-cache", "policy", "--", "dpkg"),
        ("dpkg-query", "--show"),
        ("systemctl", "is-enabled", "cron.service"),
    ):
        rooted.ask(api.Command(argv))
    assert not (tmp_path / "ran").exists()
    assert trap.exists()
    assert "dpkg" in rooted.ask(api.Command(("dpkg-query", "--show"), timeout=60.0)).text


@pytest.mark.parametrize("package", ["dpkg", "bash"])
@pytest.mark.parametrize(
    "settings",
    [
        'Dir::Bin::dpkg "{trap}";\n',
        '#clear APT::Architectures;\nDir::Bin::dpkg "{trap}";\n',
        '#clear APT::Architectures;\nDPkg::Options:: "x";\nBinary::apt-config::Dir::Bin::dpkg "{trap}";\n'
        'Binary::apt-config::APT::Architectures "";\nBinary::apt::Dir::Bin::dpkg "{trap}";\n',
    ],
)
def test_apt_config_starts_no_program_that_the_settings_of_the_disk_name(
    disk: Path, rooted: Rooted, needs: Callable[..., str], tmp_path: Path, settings: str, package: str
) -> None:
    """It asks dpkg, by whatever name the settings give it, for the architectures where it knows none."""
    needs("apt-config")
    _status(disk, package)
    trap = _trap(disk, tmp_path)
    (disk / "etc/apt/apt.conf.d").mkdir(parents=True)
    (disk / "etc/apt/apt.conf.d/99trap").write_text(settings.format(trap=trap) + 'APT::Periodic::Enable "7";\n')
    assert 'APT::Periodic::Enable "7";' in rooted.ask(api.Command(("apt-config", "dump"), timeout=60.0)).text
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("link", ["etc/apt", "var/lib/apt", "var/lib/apt/lists", "var/lib/dpkg/status"])
def test_the_name_of_a_folder_on_the_disk_carries_no_settings_into_our_own_for_apt(
    disk: Path, rooted: Rooted, needs: Callable[..., str], tmp_path: Path, link: str
) -> None:
    needs("apt-get")
    _status(disk, "dpkg")
    trap = _trap(disk, tmp_path)
    place = disk / link
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    place.symlink_to(f'x";APT::Solver "trap";APT::Sandbox::User "root";Dir::Bin::Solvers:: "{trap.parent}";Y "')
    for argv in (("apt-get", "--simulate", "dist-upgrade"), ("apt", "list", "--upgradable"), ("apt-config", "dump")):
        assert rooted.ask(api.Command(argv)).problem == "unreadable"
    assert not (tmp_path / "ran").exists()


def _trap(disk: Path, tmp_path: Path) -> Path:
    """A program of the disk that leaves a trace when it is run, by whomever."""
    trap = disk / "usr/bin/trap"
    trap.parent.mkdir(parents=True)
    trap.write_text(f"#!/bin/sh\necho run >> {tmp_path}/ran || echo run >> /ran\n")
    trap.chmod(0o755)
    return trap


def _status(disk: Path, package: str) -> None:
    (disk / "var/lib/dpkg").mkdir(parents=True)
    (disk / "var/lib/dpkg/status").write_text(
        f"Package: {package}\nStatus: install ok installed\nArchitecture: amd64\nMaintainer: a <a@example.test>\nVersion: 1.20\n"
        "Description: x\n\n"
    )
    native_architecture.cache_clear()


def test_nothing_is_written_to_the_disk(disk: Path, rooted: Rooted) -> None:
    (disk / "var/lib/dpkg").mkdir(parents=True)
    (disk / "var/lib/dpkg/status").write_text("")
    before = sorted((str(path), path.lstat().st_mtime_ns) for path in disk.rglob("*"))
    for program in ("apt", "apt-get", "apt-cache"):
        rooted.ask(api.Command((program, "-o", "Dir::Cache::pkgcache=/var/cache/x.bin", "policy")))
    rooted.ask(api.Command(("apt", "list", "--upgradable")))
    assert sorted((str(path), path.lstat().st_mtime_ns) for path in disk.rglob("*")) == before


def test_the_private_folder_goes_at_the_end(disk: Path) -> None:
    source = Rooted(disk, Live())
    scratch = source._scratch
    assert scratch.is_dir()
    source.close()
    assert not scratch.exists()


def test_the_private_folder_goes_too_where_nobody_closes_the_source(disk: Path) -> None:
    source = Rooted(disk, Live())
    scratch = source._scratch
    del source
    gc.collect()
    assert not scratch.exists()


@pytest.mark.parametrize(
    ("name", "words"), [("", "is this machine itself"), ("nowhere", "not a folder"), ("home", "no Linux system")]
)
def test_what_holds_no_system_is_refused(disk: Path, name: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        Rooted(disk / name if name else Path("/"), Live())


NAMES = st.sampled_from(["a", "b", "c", "..", "."])
LINKS = st.dictionaries(st.sampled_from(["a", "b", "a/c", "b/c"]), st.lists(NAMES, min_size=1, max_size=4))


@given(
    links=LINKS,
    parts=st.lists(NAMES),
)
def test_whatever_the_links_the_place_is_inside(
    tmp_path_factory: pytest.TempPathFactory, links: dict[str, list[str]], parts: list[str]
) -> None:
    root = tmp_path_factory.mktemp("root")
    for number, (place, target) in enumerate(sorted(links.items())):
        file = root / place
        if file.parent.is_dir() and not file.is_symlink():
            file.symlink_to(("/" if number % 2 else "") + "/".join(target))
    try:
        found = inside(root, "/".join(parts))
    except api.Missing:
        return
    assert found.is_relative_to(root)
    assert ".." not in found.relative_to(root).parts
    assert not found.is_symlink() or found == root


def test_time_is_of_this_machine(rooted: Rooted) -> None:
    assert abs((rooted.machine.now - datetime.now(UTC)).total_seconds()) < 86_400
    assert list(expand(Path(os.devnull), "/x*")) == []
    assert json.loads(rooted.ask(api.Glob("/etc/host*")).body) == ["/etc/hostname"]


def test_which_programs_run_is_not_asked_of_a_disk(rooted: Rooted) -> None:
    assert rooted.ask(api.ReplacedFiles()).problem == NotRunning.kind


def test_public_data_is_that_of_the_machine_that_looks(rooted: Rooted, tmp_path: Path) -> None:
    (tmp_path / "known").mkdir()
    (tmp_path / "known/exploited.json").write_text("{}")
    rooted.know(tmp_path / "known")
    assert rooted.ask(api.PublicData("exploited")).body == "{}"


def test_what_files_say_is_left_as_it_is(disk: Path, rooted: Rooted) -> None:
    """A disk is mostly mounted on /mnt, which its own fstab may name too."""
    (disk / "etc/fstab").write_text(f"/dev/sdb1 {disk}/backup ext4\n")
    (disk / "etc/passwd").write_text(f"anna:x:1000:1000::{disk}/anna:/bin/sh\n")
    assert rooted.ask(api.ReadFile("/etc/fstab")).text == f"/dev/sdb1 {disk}/backup ext4\n"
    assert f"{disk}/anna" in rooted.ask(api.AccountTable("/etc/passwd")).text


def test_a_folder_with_a_name_that_is_not_ascii_is_left_out_of_paths(disk: Path) -> None:
    other = disk.rename(disk.parent / "Büro-Platte")
    (other / "etc/open").write_text("x")
    (other / "etc/open").chmod(0o666)
    source = Rooted(other, Live())
    assert source.ask(api.WideRights("/etc", timeout=60.0)).json["writable"] == ["/etc/open"]
    source.close()


@pytest.mark.parametrize("path", ["etc/hostname", "usr/lib/os-release", "var/lib/dpkg/status"])
def test_a_pipe_or_an_endless_file_in_place_of_a_record_holds_nothing_up(disk: Path, path: str) -> None:
    file = disk / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    with file.open("wb") as empty:
        empty.truncate(2**40)
    native_architecture.cache_clear()
    assert native_architecture(disk) == ""
    assert Rooted(disk, Live()).machine.system == "linux"
    file.unlink()
    os.mkfifo(file)
    native_architecture.cache_clear()
    assert native_architecture(disk) == ""
    assert Rooted(disk, Live()).machine.system == "linux"


@pytest.mark.parametrize("program", [("grep", "-a", "-e", "x"), ("head", "-c", "9")])
def test_no_program_is_sent_to_read_a_pipe_or_a_device_of_the_disk(disk: Path, rooted: Rooted, program: tuple[str, ...]) -> None:
    """Without end, as /dev/zero is, or until the time is up."""
    (disk / "var/log").mkdir(parents=True)
    os.mkfifo(disk / "var/log/syslog")
    (disk / "var/log/messages").write_text("x\n")
    assert rooted.ask(api.Command((*program, "--", "/var/log/messages"), timeout=60.0)).body == "x\n"
    assert rooted.ask(api.Command((*program, "--", "/var/log/syslog"), timeout=60.0)).problem == "unreadable"
    assert rooted.ask(api.Command((*program, "--", "/var/log/none"), timeout=60.0)).exit_code in (1, 2)


def test_a_disk_without_a_kept_journal_has_none_and_no_strange_answer(rooted: Rooted) -> None:
    answer = rooted.ask(api.Command(("journalctl", "--output=json", "-n", "1")))
    assert (answer.problem, answer.detail) == (api.NotFound.kind, "/var/log/journal")
