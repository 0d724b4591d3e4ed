"""The live machine answers within its time, and leaves nothing running behind."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from itaudit.errors import AccessDenied, NotFound, TimedOut, ToolMissing, Unreadable
from itaudit.evidence import live_commands
from itaudit.evidence.live import Live
from itaudit.evidence.questions_machine import Command, FileStatus, FileSystemUsage, Glob, Psutil, ReadFile
from itaudit.evidence.questions_network import Http, Ping, TcpConnect

PATIENCE_SECONDS = 60


@pytest.fixture
def source() -> Live:
    return Live()


@pytest.fixture
def word() -> str:
    """A number of seconds, far beyond any test, that no other process on this machine names."""
    return f"4711.{secrets.randbits(48)}"


def wait_for(condition: Callable[[], object]) -> bool:
    """Wait until it is so; False when it is not after all our patience."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not (so := bool(condition())) and time.monotonic() < end:
        time.sleep(0.02)
    return so


def processes_with(word: str) -> list[int]:
    """Processes, zombies left out, whose command line holds a word that only the test knows."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        if process.info["status"] != psutil.STATUS_ZOMBIE and word in " ".join(process.info["cmdline"] or ()):
            found.append(process.pid)
    return found


def wait_until_gone(word: str) -> list[int]:
    wait_for(lambda: not processes_with(word))
    return processes_with(word)


def test_a_command_gives_its_output_its_errors_and_its_exit_code(source: Live) -> None:
    answer = source.ask(Command(("sh", "-c", "echo out; echo err >&2; exit 3"), timeout=60))
    assert (answer.body, answer.errors, answer.exit_code, answer.problem) == ("out\n", "err\n", 3, "")


def test_what_a_program_said_in_time_counts_where_this_machine_slept_meanwhile(
    source: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, before = time.monotonic, psutil.Process().children()
    asked: list[float] = []

    def clock() -> float:
        """Sixty seconds are over when it is asked again, and the program has ended long ago."""
        if asked:
            wait_for(
                lambda: all(each.status() == psutil.STATUS_ZOMBIE for each in psutil.Process().children() if each not in before)
            )
        asked.append(real())
        return asked[0] + 60 * (len(asked) > 1)

    monkeypatch.setattr(live_commands, "time", SimpleNamespace(monotonic=clock))
    answer = source.ask(Command(("sh", "-c", "head -c 50000 /dev/zero; echo err >&2; exit 3"), timeout=5))
    assert (len(answer.body), answer.errors, answer.exit_code) == (50_000, "err\n", 3)


def test_a_program_that_is_not_installed_is_named(source: Live) -> None:
    error = source.ask(Command(("itaudit-no-such-program",))).error
    assert isinstance(error, ToolMissing)
    assert error.detail == "itaudit-no-such-program"


def test_commands_speak_the_c_locale_and_cannot_ask_a_question(source: Live) -> None:
    assert source.ask(Command(("sh", "-c", "echo $LC_ALL; read answer || echo closed"), timeout=60)).body == "C\nclosed\n"


def test_a_tree_that_ignores_the_end_is_ended_with_all_its_children(source: Live, word: str) -> None:
    script = f"trap '' TERM INT HUP; (setsid sleep {word} &) ; sleep {word} & sleep {word}"
    answer = source.ask(Command(("sh", "-c", script), timeout=0.7))
    assert isinstance(answer.error, TimedOut)
    assert wait_until_gone(word) == []


def test_a_daemon_that_forked_twice_is_ended_too(source: Live, word: str) -> None:
    script = (
        "import os, time\nready, tell = os.pipe()\nif os.fork() == 0:\n os.setsid()\n if os.fork() == 0:\n"
        f"  os.write(tell, b'daemon')\n  time.sleep({word})\n os._exit(0)\nprint(os.read(ready, 6))"
    )
    assert source.ask(Command((sys.executable, "-c", script), timeout=60)).body == "b'daemon'\n"
    assert wait_until_gone(word) == []


def test_one_that_forks_while_it_is_looked_for_is_ended_too(
    source: Live, word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The looking is held up, by nothing but time, until the program that was seen is gone and its child is there."""
    script = f"""
import os, time
from pathlib import Path

if os.fork() == 0:
    os.setsid()
    while not Path("{tmp_path}/seen").exists():
        time.sleep(0.01)
    parent = os.getpid()
    if os.fork() == 0:
        while os.getppid() == parent:
            time.sleep(0.01)
        Path("{tmp_path}/forked").touch()
        time.sleep(300)
    os._exit(0)
"{word}"
"""
    looked = live_commands._children

    def slowly(pid: str) -> list[str]:
        found = looked(pid)
        if not (tmp_path / "seen").exists():
            (tmp_path / "seen").touch()
            wait_for((tmp_path / "forked").exists)
        return found

    monkeypatch.setattr(live_commands, "_children", slowly)
    source.ask(Command((sys.executable, "-c", script), timeout=60))
    assert (tmp_path / "forked").exists()
    assert wait_until_gone(word) == []


def test_a_child_left_behind_does_not_hold_a_finished_command(source: Live, word: str) -> None:
    answer = source.ask(Command(("sh", "-c", f"sleep {word} & echo done"), timeout=60))
    assert answer.body == "done\n"  # held up until its time is over, it would have none
    assert wait_until_gone(word) == []


def test_output_without_end_is_cut_off_and_unreadable(source: Live) -> None:
    assert isinstance(source.ask(Command(("yes",), limit_bytes=100_000, timeout=60)).error, Unreadable)


def test_binary_output_is_text_with_replacements(source: Live) -> None:
    assert source.ask(Command(("printf", r"\377\000ok"), timeout=60)).body == "\ufffd\0ok"


def test_closing_ends_what_still_runs(source: Live, word: str) -> None:
    import threading

    thread = threading.Thread(target=source.ask, args=(Command(("sleep", word), timeout=600),), daemon=True)
    thread.start()
    assert wait_for(lambda: processes_with(word))
    source.close()
    thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()
    assert wait_until_gone(word) == []


def test_a_fifo_is_refused_and_not_waited_for(source: Live, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    # Waited for, it would never come back.
    assert isinstance(source.ask(ReadFile(str(tmp_path / "fifo"))).error, Unreadable)


def test_what_is_no_regular_file_is_refused(source: Live) -> None:
    assert isinstance(source.ask(ReadFile("/dev/zero")).error, Unreadable)
    assert isinstance(source.ask(ReadFile("/etc")).error, Unreadable)
    assert isinstance(source.ask(ReadFile("/etc/pass\0wd")).error, Unreadable)


def test_a_file_that_is_not_there_and_one_that_is_too_long_differ(source: Live, tmp_path: Path) -> None:
    (tmp_path / "long").write_text("x" * 100)
    assert isinstance(source.ask(ReadFile(str(tmp_path / "none"))).error, NotFound)
    assert isinstance(source.ask(ReadFile(str(tmp_path / "long"), limit_bytes=99)).error, Unreadable)
    assert source.ask(ReadFile(str(tmp_path / "long"), limit_bytes=100)).text == "x" * 100


def test_a_file_that_only_root_may_read_is_access_denied_for_others(tmp_path: Path, needs_root: Callable[[], None]) -> None:
    needs_root()
    script = (
        "import os; from itaudit.evidence.live import Live; from itaudit.evidence.questions_machine import ReadFile;"
        "source = Live(); os.seteuid(65534); print(source.ask(ReadFile('/etc/shadow')).problem)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True)
    assert done.stdout.strip() == AccessDenied.kind


def test_the_kernels_own_settings_can_be_read(source: Live) -> None:
    assert source.ask(ReadFile("/proc/sys/kernel/ostype")).text == "Linux\n"


def test_globbing_is_sorted_and_bounded(source: Live, tmp_path: Path) -> None:
    for name in ("c", "a", "b"):
        (tmp_path / name).touch()
    assert source.ask(Glob(f"{tmp_path}/*", most=2)).json == [f"{tmp_path}/a", f"{tmp_path}/b"]


def test_a_file_name_that_is_not_utf8_does_not_break_the_list(source: Live, tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9\n")).touch()
    assert source.ask(Glob(f"{tmp_path}/*")).json == [f"{tmp_path}/caf\ufffd\n"]


def test_the_status_of_a_link_is_the_links_own(source: Live, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("12345")
    (tmp_path / "secret").chmod(0o640)
    (tmp_path / "link").symlink_to("secret")
    status = source.ask(FileStatus(str(tmp_path / "secret"))).json
    assert (status["kind"], status["mode"], status["size_bytes"]) == ("file", 0o640, 5)
    assert source.ask(FileStatus(str(tmp_path / "link"))).json["kind"] == "link"


def test_usage_agrees_with_the_operating_system(source: Live, tmp_path: Path) -> None:
    def both() -> tuple[int, int]:
        # Some file systems make room for more files, or share their size, while others write to them.
        return psutil.disk_usage(str(tmp_path)).total, os.statvfs(tmp_path).f_files

    def agree() -> bool:
        before, usage, after = both(), source.ask(FileSystemUsage(str(tmp_path))).json, both()
        return before == (usage["size_bytes"], usage["files"]) == after

    assert wait_for(agree)


def test_the_child_that_looks_at_mounts_gives_the_same_answers(tmp_path: Path) -> None:
    from itaudit.evidence import live_files

    (tmp_path / "note").write_text("hello")
    answer = live_files._ask_child("ReadFile", {"path": str(tmp_path / "note"), "limit_bytes": 10}, PATIENCE_SECONDS)
    assert answer.text == "hello"
    missing = live_files._ask_child("FileStatus", {"path": str(tmp_path / "none")}, PATIENCE_SECONDS)
    assert isinstance(missing.error, NotFound)


def test_only_named_psutil_functions_can_be_asked(source: Live) -> None:
    # It is the time of day without the time since: setting the clock moves it.
    before, told, after = psutil.boot_time(), source.ask(Psutil("boot_time")).json, psutil.boot_time()
    assert min(before, after) - 2 <= told <= max(before, after) + 2
    assert isinstance(source.ask(Psutil("Process")).error, Unreadable)


def test_a_closed_port_is_unreachable(source: Live) -> None:
    assert source.ask(TcpConnect("127.0.0.1", 1, timeout=PATIENCE_SECONDS)).problem == "unreachable"
    assert source.ask(Http("http://127.0.0.1:1/", timeout=PATIENCE_SECONDS)).problem == "unreachable"


def test_pings_are_counted(source: Live) -> None:
    def all_came_back() -> bool:
        answer = source.ask(Ping("127.0.0.1", count=7, interval_seconds=0.01, timeout=PATIENCE_SECONDS)).json
        assert answer["sent"] == 7
        assert answer["received"] == len(answer["round_trips_ms"])
        return bool(answer["received"] == 7)

    assert wait_for(all_came_back)  # a machine that stops for two seconds loses one


def test_what_is_no_address_is_unreadable(source: Live) -> None:
    assert source.ask(Http("http://", timeout=PATIENCE_SECONDS)).problem == "unreadable"


def test_a_question_key_is_stable_and_holds_no_secret() -> None:
    first = Command(("restic", "-r", "rest:https://bob:hunter2@backup/", "snapshots"))
    other = Command(("restic", "-r", "rest:https://bob:other@backup/", "snapshots"))
    assert first.key == other.key == Command(**{k: v for k, v in first.as_dict().items() if k != "kind"}).key
    assert json.dumps(first.as_dict()) != json.dumps(other.as_dict())
