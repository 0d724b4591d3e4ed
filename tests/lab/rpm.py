"""Real dnf, zypper and rpm with a private root each: packages built by rpmbuild, a repository made by createrepo_c with notices.

Nothing is fetched but from a folder. The roots hold no program: dnf and zypper read their records and lists, and solve.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from itaudit.facts.updates import Patches

_SPEC = """Name: {name}
Version: {version}
Release: {release}
{epoch}Summary: lab
License: MIT
BuildArch: noarch
%description
lab
%files
"""
_NOTICE = """<update from="lab@example.test" status="final" type="{kind}" version="1"><id>{id}</id><title>{package}</title>
<severity>{severity}</severity><issued date="{issued}"/><updated date="{updated}"/><references>{references}</references><pkglist>
<collection short="lab"><name>lab</name><package name="{package}" version="{version}" release="{release}" epoch="{epoch}"
arch="noarch" src="x"><filename>{package}-{version}-{release}.noarch.rpm</filename></package></collection></pkglist></update>
"""
INSTALLED = ("acme-tls-1.0-1", "acme-web-1.0-1", "acme-bug-1.0-1", "acme-ok-1.0-1", "acme-held-2.9-1", "acme-epoch-1:1.0-1")
OFFERED = ("acme-tls-1.0-2", "acme-web-2.0-1", "acme-bug-1.0-2", "acme-ok-1.0-1", "acme-held-3.0-1", "acme-epoch-1:1.0-3")


@dataclass(frozen=True)
class Notice:
    """One entry of updateinfo.xml. fixed: "name-[epoch:]version-release"."""

    id: str
    fixed: str
    kind: str = "security"
    severity: str = "Important"
    issued: str = "2026-11-02 00:00:00"
    updated: str = ""
    holes: tuple[str, ...] = ()

    @property
    def xml(self) -> str:
        name, epoch, version, release = split(self.fixed)
        references = "".join(f'<reference href="https://x.test" id="{hole}" type="cve" title="{hole}"/>' for hole in self.holes)
        return _NOTICE.format(
            kind=self.kind, id=self.id, package=name, severity=self.severity, issued=self.issued,
            updated=self.updated or self.issued, references=references, version=version, release=release, epoch=epoch or "0",
        )  # fmt: skip


NOTICES = (
    # Changed after it came out: dnf and zypper tell that day only.
    Notice("LAB-2026:1", "acme-tls-1.0-2", severity="Critical", updated="2026-11-20 00:00:00", holes=("CVE-2026-0001",)),
    Notice("LAB-2026:2", "acme-bug-1.0-2", kind="bugfix", severity="None", issued="2026-10-03 00:00:00"),
    Notice("LAB-2026:3", "acme-held-3.0-1", severity="Moderate", issued="2026-11-15 00:00:00"),
    # Two for one package: the first was mended again.
    Notice("LAB-2026:4", "acme-epoch-1:1.0-2", severity="Low", issued="2026-09-01 00:00:00", holes=("CVE-2026-0004",)),
    Notice("LAB-2026:5", "acme-epoch-1:1.0-3", severity="Important", issued="2026-11-10 00:00:00", holes=("CVE-2026-0005",)),
    Notice("LAB-2026:6", "acme-absent-9-9", severity="Critical", issued="2026-01-01 00:00:00"),
)


def split(package: str) -> tuple[str, str, str, str]:
    """ "acme-epoch-1:1.0-2" -> ("acme-epoch", "1", "1.0", "2")."""
    match = re.fullmatch(r"(.+)-(?:(\d+):)?([^-]+)-([^-]+)", package)
    assert match is not None
    return match[1], match[2] or "", match[3], match[4]


@dataclass
class RpmLab:
    """One private system. Change its files, then `fetch_dnf` or `fetch_zypper`, and ask with `section`."""

    folder: Path

    @property
    def root(self) -> Path:
        return self.folder / "root"

    @property
    def repository(self) -> Path:
        return self.folder / "repository"

    @property
    def section(self) -> Patches:
        return Patches(rpm_root=str(self.root))

    def run(self, *argv: str, codes: tuple[int, ...] = (0,)) -> str:
        environment = {**os.environ, "LC_ALL": "C", "TZ": "UTC"}
        done = subprocess.run(argv, capture_output=True, text=True, env=environment, timeout=60, check=False)
        assert done.returncode in codes, f"{argv}: {done.returncode} {done.stderr} {done.stdout}"
        return done.stdout

    def is_a(self, system: str, like: str) -> None:
        (self.root / "etc/os-release").write_text(f'NAME=Lab\nID={system}\nID_LIKE="{like}"\nVERSION_ID=1\n')

    def source(self, folder: str, name: str = "lab", more: str = "") -> None:
        """`folder`: "yum.repos.d" or "zypp/repos.d"."""
        place = self.root / "etc" / folder
        place.mkdir(parents=True, exist_ok=True)
        address = f"file://{self.repository}"
        (place / f"{name}.repo").write_text(f"[{name}]\nname={name}\nbaseurl={address}\nenabled=1\ngpgcheck=0\n{more}")

    def publish(self, notices: tuple[Notice, ...]) -> None:
        """The notices of the repository; none at all where the tuple is empty."""
        data = self.repository / "repodata"
        if any(data.glob("*updateinfo*")):
            self.run("modifyrepo_c", "--remove", "updateinfo", str(data))
        if notices:
            file = self.folder / "updateinfo.xml"
            entries = "".join(notice.xml for notice in notices)
            file.write_text(f'<?xml version="1.0" encoding="UTF-8"?>\n<updates>{entries}</updates>\n')
            self.run("modifyrepo_c", "--mdtype=updateinfo", str(file), str(data))

    def date_lists(self, seconds: int) -> None:
        """As if the repository had been made then. No notices or packages change, so the list may be edited where it lies."""
        file = self.repository / "repodata" / "repomd.xml"
        file.write_text(re.sub(r"<timestamp>\d+</timestamp>", f"<timestamp>{seconds}</timestamp>", file.read_text()))

    def dnf(self, *arguments: str, codes: tuple[int, ...] = (0,)) -> str:
        where = (f"--installroot={self.root}", "--releasever=1")
        return self.run("dnf", *where, "--noplugins", *arguments, codes=codes)

    def zypper(self, *arguments: str, codes: tuple[int, ...] = (0,)) -> str:
        return self.run("zypper", "--root", str(self.root), "--non-interactive", "--no-gpg-checks", *arguments, codes=codes)

    def fetch_dnf(self) -> None:
        self.dnf("-q", "makecache", "--refresh")

    def fetch_zypper(self) -> None:
        self.zypper("--quiet", "refresh", "--force")


@pytest.fixture(scope="session")
def rpm_packages_built(tmp_path_factory: pytest.TempPathFactory, needs: Callable[..., str]) -> Path:
    """A folder with a repository of new packages, and a database of rpm in which the old ones are installed."""
    for program, package in (("rpmbuild", "rpm"), ("createrepo_c", "createrepo-c")):
        needs(program, package)
    lab = RpmLab(tmp_path_factory.mktemp("rpm"))
    specs = lab.folder / "specs"
    specs.mkdir()
    for package in {*INSTALLED, *OFFERED}:
        name, epoch, version, release = split(package)
        text = _SPEC.format(name=name, version=version, release=release, epoch=f"Epoch: {epoch}\n" if epoch else "")
        (specs / f"{name}-{version}-{release}.spec").write_text(text)
    built = lab.folder / "built"
    defines = ("--define", f"_topdir {lab.folder}/top", "--define", f"_rpmdir {built}", "--define", "_build_id_links none")
    # Debian's rpm makes a database in the home folder of whoever calls it.
    lab.run("env", f"HOME={lab.folder}", "rpmbuild", "-bb", *defines, *sorted(map(str, specs.iterdir())))
    lab.repository.mkdir()
    for package in OFFERED:
        shutil.copy(built / "noarch" / _file(package), lab.repository)
    lab.run("createrepo_c", "-q", str(lab.repository))
    database = lab.root / "var/lib/rpm"
    database.mkdir(parents=True)
    files = [str(built / "noarch" / _file(package)) for package in INSTALLED]
    lab.run("rpm", "--dbpath", str(database), "--justdb", "--nodeps", "--nosignature", "--force-debian", "-i", *files)
    return lab.folder


def _file(package: str) -> str:
    name, _, version, release = split(package)
    return f"{name}-{version}-{release}.noarch.rpm"


@pytest.fixture
def rpm_lab(tmp_path: Path, rpm_packages_built: Path, needs_root: Callable[[], None]) -> RpmLab:
    """A system of six packages: three with security updates (one of them mended twice), a faulty one, an ordinary update, one
    without news. Neither dnf nor zypper has fetched anything yet."""
    needs_root()
    lab = RpmLab(tmp_path / "rpm")
    for folder in ("repository", "root"):
        shutil.copytree(rpm_packages_built / folder, lab.folder / folder)
    # Debian's rpm keeps its records in the home folder; dnf looks there, zypper in /var/lib/rpm.
    home = lab.root / Path.home().relative_to("/")
    home.mkdir(parents=True, exist_ok=True)
    (home / ".rpmdb").symlink_to(os.path.relpath(lab.root / "var/lib/rpm", home))
    (lab.root / "etc").mkdir()
    lab.publish(NOTICES)
    return lab


@pytest.fixture
def dnf_lab(rpm_lab: RpmLab, needs: Callable[..., str]) -> RpmLab:
    """The same as a system made from Fedora, with its lists fetched."""
    needs("dnf")
    rpm_lab.is_a("lab", "fedora")
    rpm_lab.source("yum.repos.d")
    rpm_lab.fetch_dnf()
    return rpm_lab


@pytest.fixture
def zypper_lab(rpm_lab: RpmLab, needs: Callable[..., str]) -> RpmLab:
    """The same as an openSUSE, with its lists fetched."""
    needs("zypper")
    rpm_lab.is_a("opensuse-leap", "suse opensuse")
    rpm_lab.source("zypp/repos.d", more="autorefresh=1\ntype=rpm-md\n")
    rpm_lab.fetch_zypper()
    return rpm_lab
