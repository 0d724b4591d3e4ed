"""A private system in a folder with accounts, rules of sudo and records of logins, read as `itaudit scan --root` reads a disk."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from itaudit import api
from itaudit.contributions import Ask, Gap, Provider
from itaudit.evidence.bundle import Recorder
from itaudit.evidence.live import Live
from itaudit.evidence.rooted import Rooted
from itaudit.facts.account import Accounts
from itaudit.facts.accounts import linux_accounts
from itaudit.facts.administrators import Administrators, administrators
from itaudit.facts.logins import PersonalAccount, personal_accounts
from itaudit.facts.sudo_rules import SudoRules, sudo_rules

HASH = "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7"
"""What passwd(1) of Debian 12 writes for a password of the lab."""
_STATES = {"set": HASH, "empty": "", "locked": "!", "starred": "*", "locked hash": f"!{HASH}", "old": "ab01FAX.bQRSU"}


@dataclass
class AccountsLab:
    """Write accounts and files, then ask with `accounts`, `sudo`, `administrators` or `people`."""

    folder: Path
    source: Rooted
    recorder: Recorder = field(init=False)

    def __post_init__(self) -> None:
        self.recorder = Recorder(self.source)

    @property
    def now(self) -> datetime:
        return self.source.machine.now

    def write(self, path: str, text: str) -> Path:
        file = self.folder / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def account(
        self, name: str, number: int, password: str = "set", shell: str = "/bin/bash", *, days: int = 900, more: str = "::::"
    ) -> None:
        """`days`: since the password was set. `more`: the last fields of shadow(5)."""
        changed = (self.now.date() - date(1970, 1, 1)).days - days
        for table, line in (
            ("passwd", f"{name}:x:{number}:{number}:{name.title()},,,:/home/{name}:{shell}\n"),
            ("shadow", f"{name}:{_STATES[password]}:{changed}:0:99999:7{more}\n"),
            ("group", f"{name}:x:{number}:\n"),
        ):
            with (self.folder / "etc" / table).open("a") as file:
                file.write(line)

    def logged_in(self, name: str, days: int, path: str = "var/log/wtmp", kind: int = 7) -> None:
        """By utmpdump(1), from util-linux, as a login of so many days ago; other kinds of records are in utmp(5)."""
        when = (self.now - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S,000000+00:00")
        line = f"[{kind}] [01234] [ts/0] [{name:<8}] [pts/0       ] [{'host':<20}] [10.0.0.1       ] [{when}]\n"
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["utmpdump", "-r"], input=line.encode(), capture_output=True, timeout=20, check=True)
        with file.open("ab") as kept:
            kept.write(done.stdout)

    @property
    def accounts(self) -> Accounts:
        (found,) = self._facts(linux_accounts, self.source.machine)
        assert isinstance(found, Accounts)
        return found

    @property
    def sudo(self) -> SudoRules:
        (found,) = self._facts(sudo_rules, self.source.machine)
        assert isinstance(found, SudoRules)
        return found

    @property
    def administrators(self) -> Administrators:
        (found,) = administrators.function([self.accounts], [self.sudo])
        assert not isinstance(found, Gap)
        return found

    @property
    def people(self) -> dict[str, PersonalAccount]:
        return {one.name: one for one in self._facts(personal_accounts, self.source.machine, [self.accounts])}

    def _facts(self, provider: Provider[..., Any], *more: object) -> list[Any]:
        return list(provider.function(Ask(self.recorder), *more))


@pytest.fixture
def accounts_lab(tmp_path: Path, needs: Callable[..., str]) -> Iterator[AccountsLab]:
    """A system with root (locked) and two accounts of programs."""
    needs("utmpdump", "util-linux")
    folder = tmp_path / "disk"
    (folder / "etc").mkdir(parents=True)
    lab = AccountsLab(folder, Rooted(folder, Live()))
    lab.account("root", 0, "starred")
    lab.account("daemon", 1, "starred", "/usr/sbin/nologin")
    lab.account("postgres", 101, "starred")
    yield lab
    lab.source.close()


def moment(text: str) -> datetime:
    """ "2026-10-01" as its midnight UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def points(*days_ago: float, now: datetime, value: float = 1.0) -> tuple[api.Point, ...]:
    """A series of earlier scans, oldest first."""
    return tuple(api.Point(now - timedelta(days=days), value) for days in days_ago)
