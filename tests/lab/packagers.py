"""A real pacman and a real flatpak in private folders, asked by the providers as if they were this machine's own."""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from itaudit import api
from itaudit.contributions import Ask
from itaudit.evidence.questions import Answer, Question, Source


class Moved:
    """This machine, but with some folders elsewhere, and with more arguments and variables for the programs."""

    abandoned: Mapping[str, int] = {}

    def __init__(
        self,
        source: Source,
        folders: Mapping[str, Path],
        arguments: tuple[str, ...] = (),
        environment: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self.machine = source.machine
        self._source = source
        self._folders = folders
        self._arguments = arguments
        self._environment = environment

    def ask(self, question: Question) -> Answer:
        match question:
            case api.Command(argv=argv):
                moved = (argv[0], *self._arguments, *argv[1:])
                return self._source.ask(replace(question, argv=moved, environment=self._environment))
            case api.ReadFile(path=path) | api.FileStatus(path=path):
                return self._source.ask(replace(question, path=self._there(path)))
            case api.Glob(pattern=pattern):
                answer = self._source.ask(replace(question, pattern=self._there(pattern)))
                return replace(answer, body=functools.reduce(self._back, self._folders, answer.body))
        return self._source.ask(question)

    def _there(self, path: str) -> str:
        return next((path.replace(old, str(new), 1) for old, new in self._folders.items() if path.startswith(old)), path)

    def _back(self, body: str, old: str) -> str:
        return body.replace(str(self._folders[old]), old)


def run(*argv: str, environment: Mapping[str, str] | None = None, codes: tuple[int, ...] = (0,)) -> str:
    variables = {**os.environ, "LC_ALL": "C", **(environment or {})}
    done = subprocess.run(argv, capture_output=True, text=True, env=variables, timeout=60, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode in codes, f"{argv}: {done.stdout}{done.stderr}"
    return done.stdout


@dataclass
class PacmanLab:
    """A private Arch-like system: publish repositories, install packages, `sync`, then ask with `ask`."""

    folder: Path
    source: Source
    repositories: list[str] = field(default_factory=list)
    ignored: str = ""

    def ask(self) -> Ask:
        folders = {"/var/lib/pacman": self.folder / "db", "/etc/pacman.conf": self.folder / "pacman.conf"}
        return Ask(Moved(self.source, folders, ("--config", str(self.folder / "pacman.conf"))))

    def pacman(self, *arguments: str, codes: tuple[int, ...] = (0,)) -> str:
        return run("pacman", "--config", str(self.folder / "pacman.conf"), *arguments, codes=codes)

    def configure(self) -> None:
        for name in ("root", "db", "cache", "hooks", "packages"):
            (self.folder / name).mkdir(exist_ok=True)
        lines = [
            "[options]",
            *(f"{key} = {self.folder}/{name}" for key, name in (("RootDir", "root"), ("DBPath", "db"), ("CacheDir", "cache"))),
            *(f"{key} = {self.folder}/{name}" for key, name in (("LogFile", "log"), ("GPGDir", "gpg"), ("HookDir", "hooks"))),
            "Architecture = auto",
            f"IgnorePkg = {self.ignored}" if self.ignored else "",
            "SigLevel = Never",
            *(f"[{name}]\nServer = file://{self.folder}/{name}" for name in self.repositories),
        ]
        (self.folder / "pacman.conf").write_text("\n".join(lines) + "\n")

    def package(self, name: str, version: str) -> Path:
        """A package with one file, as makepkg would lay it out."""
        built = self.folder / "packages" / f"{name}-{version}-any.pkg.tar.zst"
        tree = self.folder / "packages" / f"{name}-{version}"
        tree.mkdir(exist_ok=True)
        (tree / ".PKGINFO").write_text(
            f"pkgname = {name}\npkgbase = {name}\npkgver = {version}\npkgdesc = lab\nurl = https://example.test\n"
            "builddate = 1763600000\npackager = Lab\nsize = 10\narch = any\n"
        )
        (tree / f"{name}.txt").write_text("lab\n")
        run("bsdtar", "-caf", str(built), "-C", str(tree), ".PKGINFO", f"{name}.txt")
        return built

    def publish(self, repository: str, packages: Mapping[str, str], date: datetime) -> None:
        place = self.folder / repository
        place.mkdir()
        files = [str(shutil.copy(self.package(name, version), place)) for name, version in packages.items()]
        run("repo-add", "-q", f"{place}/{repository}.db.tar.gz", *files)
        os.utime(place / f"{repository}.db.tar.gz", (date.timestamp(), date.timestamp()))
        self.repositories.append(repository)

    def install(self, packages: Mapping[str, str]) -> None:
        self.configure()
        self.pacman("-U", "--noconfirm", *(str(self.package(name, version)) for name, version in packages.items()))

    def sync(self) -> None:
        self.configure()
        self.pacman("-Sy")


def _empty_pacman(folder: Path, needs: Callable[..., str], source: Source) -> PacmanLab:
    needs("pacman", "pacman-package-manager")
    needs("repo-add", "makepkg")
    needs("bsdtar", "libarchive-tools")
    lab = PacmanLab(folder, source)
    lab.configure()
    return lab


@pytest.fixture
def empty_pacman_lab(tmp_path: Path, needs: Callable[..., str], needs_root: Callable[[], None], live_source: Source) -> PacmanLab:
    """pacman installs as root only, even into a private folder."""
    needs_root()
    (tmp_path / "pacman").mkdir()
    return _empty_pacman(tmp_path / "pacman", needs, live_source)


@pytest.fixture(scope="session")
def filled_pacman(
    tmp_path_factory: pytest.TempPathFactory, needs: Callable[..., str], needs_root: Callable[[], None], live_source: Source
) -> PacmanLab:
    needs_root()
    lab = _empty_pacman(tmp_path_factory.mktemp("pacman"), needs, live_source)
    lab.ignored = "acme-h*"
    november, october = datetime(2026, 11, 20, 10, tzinfo=UTC), datetime(2026, 10, 20, 10, tzinfo=UTC)
    lab.publish("core", {"acme-tls": "1.1-1", "acme-held": "2-1", "acme-ok": "1-1", "acme-own": "4-1"}, november)
    lab.publish("extra", {"acme-web": "1:3.0-1"}, october)
    lab.install({"acme-tls": "1.0-1", "acme-web": "2.0-1", "acme-held": "1-1", "acme-ok": "1-1", "acme-own": "5-1"})
    return lab


@pytest.fixture
def pacman_lab(tmp_path: Path, filled_pacman: PacmanLab) -> PacmanLab:
    """Two repositories whose lists were not fetched yet; five packages: two with updates, one held with one, one current, one
    newer than its repository's. Made once and copied."""
    shutil.copytree(filled_pacman.folder, tmp_path / "pacman")
    lab = replace(filled_pacman, folder=tmp_path / "pacman")
    lab.configure()
    return lab


class _Silent(http.server.SimpleHTTPRequestHandler):
    """Gives a file whenever it is asked for: what changed twice within a second would pass for unchanged."""

    def do_GET(self) -> None:
        for header in ("If-Modified-Since", "If-None-Match"):
            del self.headers[header]
        super().do_GET()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        del code, size


@dataclass
class FlatpakLab:
    """A private flatpak with one source on loopback: `publish`, `install`, `fetch` its list, `stop` the server, then ask."""

    folder: Path
    source: Source
    server: http.server.ThreadingHTTPServer

    @property
    def environment(self) -> dict[str, str]:
        names = {"FLATPAK_SYSTEM_DIR": "system", "FLATPAK_USER_DIR": "user", "HOME": "home", "XDG_CACHE_HOME": "cache"}
        return {name: str(self.folder / place) for name, place in names.items()}

    @property
    def list_file(self) -> Path:
        return self.folder / "system/repo/tmp/cache/summaries/lab.idx"

    def ask(self) -> Ask:
        return Ask(Moved(self.source, {"/var/lib/flatpak": self.folder / "system"}, (), tuple(self.environment.items())))

    def flatpak(self, *arguments: str) -> str:
        return run("flatpak", *arguments, environment=self.environment)

    def publish(self, name: str, content: str) -> None:
        """A runtime: it needs no other program to be installed."""
        tree = self.folder / "tree"
        for place in ("files", "usr"):
            (tree / place).mkdir(parents=True, exist_ok=True)
            (tree / place / "content").write_text(content)
        (tree / "metadata").write_text(f"[Runtime]\nname={name}\n")
        self.flatpak("build-export", "--runtime", str(self.folder / "repository"), str(tree), "stable")
        self.flatpak("build-update-repo", str(self.folder / "repository"))

    def install(self, name: str) -> None:
        port = self.server.server_address[1]
        self.flatpak("remote-add", "--system", "--if-not-exists", "--no-gpg-verify", "lab", f"http://127.0.0.1:{port}/")
        self.flatpak("install", "--system", "-y", "--noninteractive", "lab", f"runtime/{name}//stable")

    def fetch(self) -> str:
        """What flatpak itself says when it asks the server; it keeps the list."""
        return self.flatpak("remote-ls", "--system", "--updates", "--columns=application", "lab")


@pytest.fixture
def flatpak_lab(
    tmp_path: Path, needs: Callable[..., str], needs_root: Callable[[], None], live_source: Source
) -> Iterator[FlatpakLab]:
    """One source, empty at first. As root, flatpak needs no helper to install for the whole system."""
    needs("flatpak")
    needs_root()
    folder = tmp_path / "flatpak"
    (folder / "home").mkdir(parents=True)
    (folder / "repository").mkdir()
    handler = functools.partial(_Silent, directory=str(folder / "repository"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield FlatpakLab(folder, live_source, server)
        server.shutdown()
