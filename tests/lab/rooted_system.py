"""A system in a private folder: its files are laid there, and the same questions are asked of it as of a mounted disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from itaudit.contributions import Ask
from itaudit.evidence.live import Live
from itaudit.evidence.rooted import Rooted


class RootedSystem:
    """`put` lays files, `ask` asks. What only a running machine tells is NotRunning."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "etc").mkdir(parents=True)
        self._source = Rooted(root, Live())
        self.ask = Ask(self._source)

    def put(self, path: str, text: str = "", mode: int = 0o644) -> Path:
        place = self.root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        place.chmod(mode)
        return place

    def starts(self, unit: str) -> None:
        """As `systemctl enable` does."""
        folder = self.root / "etc/systemd/system/multi-user.target.wants"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / unit).symlink_to(f"/lib/systemd/system/{unit}")

    def desktop(self, *sessions: str) -> None:
        """A login screen that offers these sessions."""
        self.put("/etc/systemd/system/display-manager.service")
        for session in sessions:
            self.put(f"/usr/share/wayland-sessions/{session}.desktop")

    def close(self) -> None:
        self._source.close()


@pytest.fixture
def rooted_system(tmp_path: Path) -> Iterator[RootedSystem]:
    system = RootedSystem(tmp_path / "system")
    yield system
    system.close()
