"""The live machine: the only source that touches the operating system or the network.

Each kind of question is answered in a module beside this one: live_commands, _files, _dns, _http, _tls, _network, _echo, _path,
_link, _clock, _speed.
Answers never raise: what went wrong is in the Answer.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from itaudit.errors import Missing, NotRecorded, Unreadable
from itaudit.evidence import (
    live_accounts,
    live_clock,
    live_commands,
    live_dns,
    live_echo,
    live_files,
    live_http,
    live_known,
    live_link,
    live_listening,
    live_network,
    live_path,
    live_registration,
    live_replaced,
    live_speed,
    live_tls,
    live_transfer,
    live_walk,
)
from itaudit.evidence.questions import Answer, Past, PastFindings, PublicData, Question, StoreAnswers
from itaudit.evidence.questions_machine import (
    AccountTable,
    Command,
    FileStatus,
    FileSystemUsage,
    FolderSizes,
    Glob,
    KernelClock,
    LinkModes,
    ListeningSockets,
    LoginRecords,
    Psutil,
    ReadFile,
    ReplacedFiles,
    WideRights,
)
from itaudit.evidence.questions_network import (
    Dns,
    Http,
    NetworkTime,
    PathMtu,
    Ping,
    Registration,
    Speed,
    TcpConnect,
    Tls,
    ZoneTransfer,
)
from itaudit.model import Machine
from itaudit.text import clean

_PSUTIL_FUNCTIONS = {
    "disk_partitions",
    "virtual_memory",
    "swap_memory",
    "boot_time",
    "cpu_count",
    "net_if_addrs",
    "net_if_stats",
    "net_io_counters",
    "sensors_temperatures",
    "sensors_battery",
}
_PR_SET_CHILD_SUBREAPER = 36


def _no_store(_: Question) -> Answer:
    return Answer.missing(NotRecorded("nothing is kept of earlier scans"))


class Live:
    """This machine, now. Call `close()` at the end of the scan."""

    abandoned: Mapping[str, int] = {}

    def __init__(self, *, alone: bool = False) -> None:
        """`alone`: nothing else in this process starts programs, so at `close` every descendant is ours to end."""
        self._alone = alone
        self._known: Path | None = None
        self.machine = _this_machine()
        self._commands = live_commands.Commands()
        self._answer: dict[type[Question], Callable[[Any], Answer]] = {
            Command: self._commands.run,
            ReadFile: live_files.read_file,
            Glob: live_files.glob,
            FileStatus: live_files.file_status,
            FileSystemUsage: live_files.file_system_usage,
            ReplacedFiles: live_replaced.replaced_files,
            WideRights: live_walk.wide_rights,
            AccountTable: live_accounts.account_table,
            LoginRecords: live_accounts.login_records,
            ListeningSockets: live_listening.listening_sockets,
            FolderSizes: live_files.folder_sizes,
            Psutil: _ask_psutil,
            Dns: live_dns.dns,
            ZoneTransfer: live_transfer.zone_transfer,
            Http: live_http.http,
            Tls: live_tls.tls,
            Registration: live_registration.registration,
            TcpConnect: live_network.tcp_connect,
            Ping: live_echo.ping,
            PathMtu: live_path.path_mtu,
            LinkModes: live_link.link_modes,
            KernelClock: live_clock.kernel_clock,
            NetworkTime: live_echo.network_time,
            Speed: lambda question: live_speed.speed(question, self._commands),
            Past: _no_store,
            PastFindings: _no_store,
            PublicData: lambda question: live_known.public_data(question, self._known),
        }
        if sys.platform == "linux":
            # Grandchildren that fork twice come to us instead of to process 1, so that they can be found and ended.
            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def ask(self, question: Question) -> Answer:
        """Answer one question within its timeout. Whatever goes wrong becomes the Answer's problem."""
        started = time.monotonic()
        try:
            answer = self._answer[type(question)](question)
        except Missing as error:
            answer = Answer.missing(error)
        except Exception as error:  # noqa: BLE001 - hostile input may break any library; a failure to look is a value
            answer = Answer.missing(Unreadable(f"{type(error).__name__}: {error}"[:300]))
        return Answer(**{**_fields(answer), "seconds": round(time.monotonic() - started, 6)})

    def remember_with(self, store: StoreAnswers) -> None:
        """Let the store answer Past and PastFindings; without one nothing is known of earlier scans."""
        self._answer[Past] = self._answer[PastFindings] = store

    def know(self, folder: Path) -> None:
        """Where public data lies that was fetched before (see itaudit.known)."""
        self._known = folder

    def close(self) -> None:
        """End every program that is still running."""
        self._commands.close()
        if self._alone:
            live_commands.end_descendants()


def utc_now() -> datetime:
    """The clock, for the run data. What judges takes `machine.now`, which is recorded."""
    return datetime.now(UTC)


def _fields(answer: Answer) -> dict[str, Any]:
    return {name: getattr(answer, name) for name in Answer.__slots__}


def _this_machine() -> Machine:
    system = {"linux": "linux", "win32": "windows", "darwin": "macos"}.get(sys.platform, sys.platform)
    release = platform.platform(terse=True)
    if system == "linux":
        with contextlib.suppress(OSError):
            release = platform.freedesktop_os_release().get("PRETTY_NAME", release)
    admin = os.geteuid() == 0 if hasattr(os, "geteuid") else False
    return Machine(
        host=clean(platform.node(), 255) or "unnamed",
        system=system,
        now=datetime.now(UTC).replace(microsecond=0),
        admin=admin,
        release=clean(release, 200),
    )


def _ask_psutil(question: Psutil) -> Answer:
    import psutil

    if question.function not in _PSUTIL_FUNCTIONS:
        return Answer.missing(Unreadable(f"psutil.{question.function} is not a question that can be asked"))
    function = getattr(psutil, question.function, None)
    if function is None:
        return Answer.missing(Unreadable(f"psutil has no {question.function} on this system"))
    arguments = {"disk_partitions": {"all": True}, "net_io_counters": {"pernic": True}}.get(question.function, {})
    return Answer(body=json.dumps(_plain(function(**arguments))))


def _plain(value: Any) -> Any:
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: _plain(part) for name, part in value._asdict().items()}
    if isinstance(value, dict):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)
