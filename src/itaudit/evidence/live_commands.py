"""Running programs: bounded in time and output, with everything they started ended afterwards.

Killing the child alone leaves its children and blocks on their pipes; a child that called setsid leaves the process group.
So we kill the group, then every descendant that carries our mark in its environment.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import signal
import subprocess
import threading
import time
import uuid

from itaudit.errors import AccessDenied, TimedOut, ToolMissing, Unreadable
from itaudit.evidence.questions import Answer
from itaudit.evidence.questions_machine import Command

_SYSTEM_FOLDERS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_KEPT_VARIABLES = (
    *("HOME", "USER", "LOGNAME", "TMPDIR", "XDG_RUNTIME_DIR"),
    # Behind a company's proxy nothing else gets out.
    *("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"),
)
_MARK = "ITAUDIT_QUESTION"
_LINGER_SECONDS = 0.2
"""How long a finished program's pipes may stay open, held by something that it left behind."""
_ERRORS_LIMIT_BYTES = 64 * 2**10
_LATE_READS_MOST = 40
"""For what lies in the pipes of a program that ended in time, while this machine slept or was too busy to look (64 KiB each)."""
_LOOKS_MOST = 20
"""For what a program left behind; one that starts others faster than we look is left to the end of the scan."""


class Commands:
    """Runs Command questions and knows which are running, so that `close` can end them."""

    def __init__(self) -> None:
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._lock = threading.Lock()
        self._closed = False

    def run(self, question: Command) -> Answer:
        """Body: standard output. Raises ToolMissing, AccessDenied, TimedOut, or Unreadable when it prints too much."""
        environment = _environment(question)
        # Resolved by us, not by the child's exec: a tool in /usr/sbin is there for an ordinary user too.
        program = shutil.which(question.argv[0], path=environment["PATH"])
        if program is None:
            raise ToolMissing(question.argv[0])
        mark = uuid.uuid4().hex
        try:
            process = subprocess.Popen(  # noqa: S603 - argv is a tuple from a question, never a shell string
                question.argv,
                executable=program,
                env={**environment, _MARK: mark},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
                cwd="/",
            )
        except PermissionError as error:
            raise AccessDenied(str(error)) from error
        except (OSError, ValueError) as error:
            raise Unreadable(f"{question.argv[0]} does not start: {error}") from error
        with self._lock:
            self._running[mark] = process
            if self._closed:
                _end(process, mark)
        try:
            return _collect(process, question)
        finally:
            _end(process, mark)
            with self._lock:
                self._running.pop(mark, None)

    def close(self) -> None:
        """End every program still running, with all its descendants."""
        with self._lock:
            self._closed = True
            running = list(self._running.items())
        for mark, process in running:
            _end(process, mark)


def _environment(question: Command) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    path = f"{os.environ.get('PATH', '')}:{_SYSTEM_FOLDERS}".lstrip(":")
    return {**kept, "PATH": path, "LC_ALL": "C", "LANGUAGE": "", **dict(question.environment)}


def _collect(process: subprocess.Popen[bytes], question: Command) -> Answer:
    """Read both pipes until they close, the time is up or too much came."""
    assert process.stdout is not None
    assert process.stderr is not None
    deadline = time.monotonic() + question.timeout
    limits = {process.stdout.fileno(): question.limit_bytes, process.stderr.fileno(): _ERRORS_LIMIT_BYTES}
    parts = {descriptor: bytearray() for descriptor in limits}
    exited_at: float | None = None
    late_reads = 0
    with selectors.DefaultSelector() as selector:
        for descriptor in limits:
            selector.register(descriptor, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(0.05)
            now = time.monotonic()
            if now > deadline:
                late_reads += 1
                if process.poll() is None or late_reads > _LATE_READS_MOST:
                    raise TimedOut(f"{question.argv[0]} was ended after {question.timeout:g} s")
                exited_at = deadline - _LINGER_SECONDS
            if exited_at is not None and not ready and now > exited_at + _LINGER_SECONDS:
                break
            for key, _ in ready:
                if _read_some(key.fd, parts[key.fd], limits[key.fd]):
                    selector.unregister(key.fd)
            if len(parts[process.stdout.fileno()]) > question.limit_bytes:
                raise Unreadable(f"{question.argv[0]} printed more than {question.limit_bytes / 2**20:g} MiB")
            if exited_at is None and process.poll() is not None:
                exited_at = now
    output, errors = (bytes(parts[pipe.fileno()]) for pipe in (process.stdout, process.stderr))
    return _finished(process, question, output, errors, deadline)


def _read_some(descriptor: int, part: bytearray, limit: int) -> bool:
    """Read what is there; past the limit it is thrown away. True at the end of the pipe."""
    chunk = os.read(descriptor, 65536)
    if len(part) <= limit:
        part += chunk
    return not chunk


def _finished(process: subprocess.Popen[bytes], question: Command, output: bytes, errors: bytes, deadline: float) -> Answer:
    try:
        code = process.wait(max(0.05, deadline - time.monotonic()))
    except subprocess.TimeoutExpired as error:
        raise TimedOut(f"{question.argv[0]} was ended after {question.timeout:g} s") from error
    return Answer(body=output.decode(errors="replace"), exit_code=code, errors=errors.decode(errors="replace"))


def _end(process: subprocess.Popen[bytes], mark: str) -> None:
    """Kill the process group and all that left it, and close the pipes. Never waits for one that cannot be killed."""
    if process.poll() is None or _group_alive(process.pid):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    _end_strays(process, mark)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(1.0)
    for pipe in (process.stdout, process.stderr):
        if pipe:
            with contextlib.suppress(OSError):
                pipe.close()


def _group_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _end_strays(process: subprocess.Popen[bytes], mark: str) -> None:
    """Kill and reap descendants of ours that carry the mark: they left the group with setsid or a double fork."""
    own, needle = str(os.getpid()), f"{_MARK}={mark}".encode()
    looked_at = {str(process.pid)}
    # Again until there is no new one: a program may start another while we look, and be gone before we come to it.
    for _ in range(_LOOKS_MOST):
        if not (new := set(_children(own)) - looked_at):
            return
        for pid in new:
            with contextlib.suppress(OSError), open(f"/proc/{pid}/environ", "rb") as file:
                if needle in file.read():
                    os.kill(int(pid), signal.SIGKILL)
                    os.waitpid(int(pid), os.WNOHANG)
        looked_at |= new


def end_descendants() -> None:
    """Kill everything below this process: also what left its group and hid our mark."""
    for pid in _children(str(os.getpid())):
        with contextlib.suppress(OSError):
            os.kill(int(pid), signal.SIGKILL)


def _children(pid: str) -> list[str]:
    """All descendants, by /proc (cheaper than psutil: 0.1 ms). Empty where /proc has no children files."""
    found: list[str] = []
    waiting = [pid]
    while waiting:
        parent = waiting.pop()
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{parent}/task"):
                with contextlib.suppress(OSError), open(f"/proc/{parent}/task/{task}/children") as file:
                    waiting.extend(children := file.read().split())
                    found.extend(children)
    return found
