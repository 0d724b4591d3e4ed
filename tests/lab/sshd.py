"""A real sshd with its own file of settings and its own key, asked with -T. It is never started and listens nowhere."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from itaudit.contributions import Ask
from itaudit.evidence.bundle import Recorder
from itaudit.evidence.live import Live
from itaudit.facts.ssh_server import SshServer, server_of

_OF_SEPARATION = Path("/run/sshd")
"""sshd refuses without it; its unit makes it at every start."""


@dataclass
class SshdLab:
    folder: Path
    program: str

    def write(self, text: str, name: str = "sshd_config") -> Path:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def ask(self) -> Ask:
        return Ask(Recorder(Live()))

    def server(self, settings: str, *people: str) -> SshServer:
        """As the real sshd tells."""
        file = self.write(f"HostKey {self.folder}/key\n{settings}")
        return server_of(self.ask(), self.program, str(file), people)

    def by_files(self, settings: str) -> SshServer:
        """As our own reader of the file tells, without sshd."""
        file = self.write(f"HostKey {self.folder}/key\n{settings}")
        return server_of(self.ask(), "/nowhere/sshd", str(file), ())


@pytest.fixture
def sshd_lab(tmp_path: Path, needs: Callable[..., str], needs_root: Callable[[], None]) -> SshdLab:
    program = needs("sshd", "openssh-server")
    needs_root()
    # It stays: another test process may have its sshd look at it just now, and the next start of the machine takes it away.
    _OF_SEPARATION.mkdir(mode=0o755, exist_ok=True)
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")]
    subprocess.run(command, check=True, timeout=60, capture_output=True)
    return SshdLab(tmp_path, program)
