"""A real systemd with services of ours: the manager that it runs for a user, in namespaces of its own.

systemctl then answers as it does for the whole machine. The manager would take over every control group that it sees: it sees
only one, made for it. It would start what this machine starts for a user: it is shown our units only, and no bus of the machine.
Needs root.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from itaudit import api
from lab._running import RUN_SECONDS, short_folder, wait_until

_PROGRAM = "/lib/systemd/systemd"
_WANTS = "[Unit]\nWants={0}\nAfter={0}\n"
_INSTALL = "[Install]\nWantedBy=default.target\n"
UNITS = {
    "bad.service": "[Unit]\nDescription=It fails\n[Service]\nExecStart=/bin/false\n",
    "job.service": "[Service]\nType=oneshot\nExecStart=/bin/false\n",
    "job.timer": "[Timer]\nOnActiveSec=1\nOnUnitActiveSec=1h\n",
    "stopped.service": f"[Service]\nExecStart=/bin/sleep 1000\n{_INSTALL}",
    "done.service": f"[Service]\nExecStart=/bin/true\n{_INSTALL}",
    "good.service": f"[Service]\nExecStart=/bin/sleep 1000\n{_INSTALL}",
    "mistyped.service": f"[Service]\nExecStart=no/whole/path\n{_INSTALL}",
    "default.target": _WANTS.format("bad.service job.timer stopped.service done.service good.service mistyped.service"),
    **dict.fromkeys(("basic.target", "shutdown.target", "timers.target"), "[Unit]\n"),
}
_SCRIPT = """
test $$ = 1 && test "$(grep ^0: /proc/self/cgroup)" = 0::/ || exit
mount -t tmpfs tmpfs /run/systemd && mkdir /run/systemd/system || exit
umount --recursive --lazy /sys/fs/cgroup; mount -t cgroup2 cgroup2 /sys/fs/cgroup || exit
"$0" --user >/dev/null 2>&1 &
for turn in $(seq 300); do
    failed=$(systemctl --user list-units --state=failed --plain --no-legend 2>/dev/null)
    others=$(systemctl --user show --property=ActiveState --value done.service good.service stopped.service 2>/dev/null)
    case "$failed" in *bad.service*job.service*) test "$(echo $others)" = "inactive active active" && break ;; esac
    sleep 0.1
done
systemctl --user stop stopped.service
"""
"""In a process namespace of its own: at the end of the script the kernel ends all that it started."""
GROUPS = "itaudit-lab-"
"""How the names of our control groups begin; the number of this process follows."""
_UNSHARE = ("unshare", "--cgroup", "--mount", "--propagation=private", "--pid", "--fork", "--kill-child", "--mount-proc")


@pytest.fixture
def service_manager(
    needs_root: Callable[[], None], needs: Callable[..., str], tmp_path: Path
) -> Iterator[Callable[[Sequence[api.Command]], dict[api.Question, api.Answer]]]:
    """`service_manager([question, ...])` is what systemctl says of the units in UNITS, once bad and job have failed."""
    needs_root()
    needs(_PROGRAM, "systemd")
    units = tmp_path / "systemd" / "user"
    (units / "default.target.wants").mkdir(parents=True)
    for name, text in UNITS.items():
        (units / name).write_text(text)
        if _INSTALL in text:
            (units / "default.target.wants" / name).symlink_to(f"../{name}")
    with short_folder("systemd") as run:
        yield lambda questions: dict(zip(questions, _answers(questions, units, run), strict=True))


@contextmanager
def _control_group() -> Iterator[Path]:
    """One of our own, which is all that the namespace sees; gone at the end."""
    mounts = (line.split() for line in Path("/proc/self/mounts").read_text().splitlines())
    top = next((mount[1] for mount in mounts if mount[2] == "cgroup2"), "")
    if not top or not os.access(top, os.W_OK):
        pytest.skip("this machine has no control groups of version 2 that may be written to")
    for left in Path(top).glob(f"{GROUPS}*-*"):
        number = left.name.removeprefix(GROUPS).partition("-")[0]
        if not Path("/proc", number).exists():
            _removed(left)  # of a test run that was killed
    group = Path(tempfile.mkdtemp(prefix=f"{GROUPS}{os.getpid()}-", dir=top))
    try:
        yield group
    finally:
        wait_until(lambda: _removed(group), f"{group} is removed, since the kernel has ended what the namespace held")


def _removed(group: Path) -> bool:
    """Only what is empty goes: the kernel removes no control group with a process in it."""
    with suppress(OSError):  # another test process may be at it too
        for folder in sorted((each for each in group.rglob("*") if each.is_dir()), reverse=True):
            with suppress(OSError):
                folder.rmdir()
    with suppress(OSError):
        group.rmdir()
    return not group.exists()


def _answers(questions: Sequence[api.Command], units: Path, run: Path) -> list[api.Answer]:
    environment = {
        "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin",
        "LC_ALL": "C",
        "XDG_RUNTIME_DIR": str(run),
        "XDG_CONFIG_HOME": str(units.parent.parent),
        "HOME": str(run),
        # Without these it starts all that this machine has for its users' sessions, as root.
        "SYSTEMD_UNIT_PATH": str(units),
        "SYSTEMD_GENERATOR_PATH": f"{run}/none",
        "SYSTEMD_ENVIRONMENT_GENERATOR_PATH": f"{run}/none",
        "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={run}/none",
    }
    script = _SCRIPT
    for number, question in enumerate(questions):
        asked = shlex.join((question.argv[0], "--user", *question.argv[1:]))
        script += f"{asked} >answer{number} 2>errors{number}; echo $? >code{number}\n"
    with _control_group() as group:
        # A manager takes over the control group that it starts in, with all processes there.
        command = ["bash", "-c", 'echo $$ >"$0/cgroup.procs" && exec "$@"', str(group), *_UNSHARE, "bash", "-c", script, _PROGRAM]
        ended = subprocess.run(
            command, cwd=run, env=environment, capture_output=True, text=True, check=False, timeout=RUN_SECONDS
        )
    answers = []
    for number in range(len(questions)):
        code, answer, errors = (run / f"{name}{number}" for name in ("code", "answer", "errors"))
        if not code.is_file() or "Failed to connect" in errors.read_text():
            pytest.skip(f"this machine lets no service manager run: {ended.stderr[-300:]}")
        answers.append(api.Answer(answer.read_text(), int(code.read_text()), errors.read_text()))
    return answers
