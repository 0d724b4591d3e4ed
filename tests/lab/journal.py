"""A real journal in a private folder, written by systemd-journal-remote and read by journalctl."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from itaudit.facts.services import Services

_WRITER = "systemd-journal-remote"
_FOLDERS = "/lib/systemd:/usr/lib/systemd"
MACHINE_ID = "0123456789abcdef0123456789abcdef"


@dataclass
class JournalLab:
    """Add messages with `say`, then `write` them; `services` is the setting that leads to the folder."""

    folder: Path
    writer: str
    _text: list[bytes] = field(default_factory=list)
    _count: int = 0

    @property
    def services(self) -> Services:
        return Services(journal_folder=str(self.folder))

    def say(self, when: datetime, message: str | bytes, *, boot: int | str = 1, **fields: str) -> None:
        """One message; `boot` numbers the runs of the machine. In the journal export format (systemd's own documentation)."""
        self._count += 1
        content = message.encode() if isinstance(message, str) else message
        values = {
            "__REALTIME_TIMESTAMP": str(int(when.timestamp() * 1e6)),
            "__MONOTONIC_TIMESTAMP": str(self._count * 1000),
            "_BOOT_ID": f"{int(boot):032x}",
            "_MACHINE_ID": MACHINE_ID,
            "PRIORITY": "6",
            **fields,
        }
        lines = "".join(f"{name}={value}\n" for name, value in values.items()).encode()
        self._text.append(lines + b"MESSAGE\n" + len(content).to_bytes(8, "little") + content + b"\n\n")

    def write(self, name: str = "system.journal") -> None:
        """Write what was said since the last time into one file of the journal, in the order it was said."""
        self.folder.mkdir(exist_ok=True)
        export = self.folder.parent / f"{name}.export"
        export.write_bytes(b"".join(self._text))
        self._text.clear()
        subprocess.run(
            [self.writer, "--split-mode=none", f"--output={self.folder / name}", str(export)],
            check=True,
            capture_output=True,
            timeout=60,
        )


@pytest.fixture
def journal_lab(needs: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> JournalLab:
    """An empty journal. Needs no service and no rights."""
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}:{_FOLDERS}")
    needs("journalctl", "systemd")
    return JournalLab(tmp_path / "journal", needs(_WRITER))
