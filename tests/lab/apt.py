"""A real apt with its own root: archives on disk, lists fetched by apt-get update, packages "installed" in dpkg's records.
No rights needed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest

from itaudit.facts.updates import Patches

_FOLDERS = (
    "etc/apt/apt.conf.d", "etc/apt/preferences.d", "etc/apt/trusted.gpg.d", "etc/apt/sources.list.d", "var/lib/apt/lists/partial",
    "var/cache/apt/archives/partial", "var/lib/dpkg", "var/log/apt",
)  # fmt: skip
_COMMON = "Architecture: all\nMaintainer: Lab <lab@example.test>\n"


@dataclass
class AptLab:
    """One private system. Publish archives, install packages, `update`, then ask with `section`."""

    folder: Path
    architecture: str
    suites: list[str] = field(default_factory=list)
    status: list[str] = field(default_factory=list)

    @property
    def section(self) -> Patches:
        return Patches(apt_config=str(self.folder / "apt.conf"))

    def run(self, *argv: str, cwd: Path | None = None) -> str:
        environment = {**os.environ, "APT_CONFIG": str(self.folder / "apt.conf"), "LC_ALL": "C"}
        done = subprocess.run(argv, capture_output=True, text=True, env=environment, cwd=cwd, timeout=60, check=False)
        assert done.returncode == 0, f"{argv}: {done.stderr}"
        return done.stdout

    def prepare(self) -> None:
        for name in _FOLDERS:
            (self.folder / "root" / name).mkdir(parents=True)
        root = f"{self.folder}/root"
        (self.folder / "apt.conf").write_text(
            f'Dir "{root}/"; Dir::State::status "{root}/var/lib/dpkg/status"; Dir::Bin::methods "/usr/lib/apt/methods/";'
            f'APT::Architecture "{self.architecture}"; APT::Architectures {{"{self.architecture}";}}; APT::Sandbox::User "";\n'
        )

    def publish(
        self,
        suite: str,
        label: str,
        packages: dict[str, str],
        date: datetime,
        *,
        origin: str = "Debian",
        phased: int | None = None,
    ) -> None:
        """An archive as it is on a mirror: pool, Packages, Release with this date (unsigned, so it is marked as trusted)."""
        repository = self.folder / "repository"
        index = repository / "dists" / suite / "main" / f"binary-{self.architecture}"
        pool = repository / "pool" / suite
        index.mkdir(parents=True)
        pool.mkdir(parents=True)
        for name, version in packages.items():
            self._build(pool, name, version)
        text = self.run("apt-ftparchive", "packages", f"pool/{suite}", cwd=repository)
        if phased is not None:
            text = re.sub(r"^(Version: .*)$", rf"\1\nPhased-Update-Percentage: {phased}", text, flags=re.MULTILINE)
        (index / "Packages").write_text(text)
        fields = {"Origin": origin, "Label": label, "Suite": suite, "Codename": suite, "Components": "main"}
        options = [f"-oAPT::FTPArchive::Release::{name}={value}" for name, value in fields.items()]
        release = self.run("apt-ftparchive", *options, "release", f"dists/{suite}", cwd=repository)
        written = format_datetime(date).replace("+0000", "UTC")
        (index.parent.parent / "Release").write_text(re.sub(r"^Date: .*$", f"Date: {written}", release, flags=re.MULTILINE))
        self.suites.append(suite)

    def _build(self, pool: Path, name: str, version: str) -> None:
        """Made once and copied, as on a mirror: apt holds files of one version with different sums for different packages."""
        tree = self.folder / "build" / f"{name}_{version}"
        built = tree.with_name(f"{tree.name}_all.deb")
        if not built.exists():
            (tree / "DEBIAN").mkdir(parents=True)
            (tree / "DEBIAN" / "control").write_text(f"Package: {name}\nVersion: {version}\n{_COMMON}Description: lab\n")
            self.run("dpkg-deb", "--build", "--root-owner-group", str(tree), str(built))
        shutil.copy(built, pool)

    def install(self, name: str, version: str, status: str = "install ok installed") -> None:
        """As dpkg would have recorded it; "hold ok installed" holds it."""
        self.status.append(f"Package: {name}\nStatus: {status}\n{_COMMON}Version: {version}\nDescription: lab\n")

    def update(self) -> None:
        etc = self.folder / "root" / "etc" / "apt"
        repository = self.folder / "repository"
        (etc / "sources.list").write_text("".join(f"deb [trusted=yes] file:{repository} {suite} main\n" for suite in self.suites))
        (self.folder / "root" / "var" / "lib" / "dpkg" / "status").write_text("\n".join(self.status))
        self.run("apt-get", "update")


@pytest.fixture
def empty_apt_lab(tmp_path: Path, needs: Callable[..., str]) -> AptLab:
    """A prepared root without archives and packages."""
    needs("apt", "apt")
    needs("apt-ftparchive", "apt-utils")
    dpkg = needs("dpkg", "dpkg")
    done = subprocess.run([dpkg, "--print-architecture"], capture_output=True, text=True, check=True, timeout=20)
    lab = AptLab(tmp_path / "apt", done.stdout.strip())
    lab.prepare()
    return lab


@pytest.fixture
def apt_lab(empty_apt_lab: AptLab) -> AptLab:
    """A Debian with three archives and six packages: three security updates (one held, one also in the main archive),
    one ordinary update, one package without news, one of which no archive knows."""
    lab = empty_apt_lab
    july, november = datetime(2026, 7, 11, 10, 16, 37, tzinfo=UTC), datetime(2026, 11, 21, 0, 53, 2, tzinfo=UTC)
    lab.publish("oldstable", "Debian", {"acme-ok": "1.0", "acme-point": "1.1-2+deb12u1"}, july)
    lab.publish("oldstable-updates", "Debian", {"acme-web": "2.0-2"}, november)
    security = {"acme-tls": "1.0-1+deb12u1", "acme-held": "3.0", "acme-point": "1.1-2+deb12u1"}
    lab.publish("oldstable-security", "Debian-Security", security, november)
    installed = {"acme-tls": "1.0-1", "acme-web": "2.0-1", "acme-ok": "1.0", "acme-point": "1.1-2", "acme-local": "7"}
    for name, version in installed.items():
        lab.install(name, version)
    lab.install("acme-held", "2.9", "hold ok installed")
    lab.update()
    return lab
