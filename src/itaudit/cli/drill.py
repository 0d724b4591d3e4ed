"""`itaudit drill`: bring files back from the backups, compare them, and note the result."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from itaudit.cli import outputs
from itaudit.errors import Missing, UserError

if TYPE_CHECKING:
    from itaudit.drill.certificate import Certificate
    from itaudit.drill.running import Prepared, Wish
    from itaudit.evidence.live import Live
    from itaudit.evidence.live_drill import PrivateFolder
    from itaudit.facts.backups.repository import Repository
    from itaudit.facts.backups.settings import Backups

NOT_PROVEN, NOT_TESTED = 1, 3


def drill(
    name: Annotated[str, typer.Argument(help="The backup, as reports call it; all of them when left out.")] = "",
    files: Annotated[int, typer.Option("--files", min=1, max=1000, help="How many files to bring back.")] = 30,
    most_megabytes: Annotated[int, typer.Option("--most-megabytes", min=1, help="How much to bring back at most.")] = 1000,
    seed: Annotated[int | None, typer.Option("--seed", help="Pick the files of an earlier test again.")] = None,
    folder: Annotated[
        Path | None, typer.Option("--folder", metavar="DIR", help="Bring files back below this folder, for the while.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be brought back.")] = False,
    html: Annotated[Path | None, typer.Option("--html", metavar="F", help="Write the restore certificate as a page.")] = None,
    config: outputs.Config = None,
    state: outputs.State = None,
) -> None:
    """Prove that files come back: restore some from the newest backup, compare them, note the result, remove them.

    Exit codes: 0 proven; 1 files are lost or differ; 2 wrong use; 3 a backup could not be tested; 130 interrupted.
    """
    if sys.platform == "win32":
        raise UserError("itaudit drill runs on Linux and macOS.")
    outputs.Outputs(html).check()
    from itaudit.cli.stopping import stopping_once
    from itaudit.drill.running import Wish
    from itaudit.evidence.live import Live
    from itaudit.evidence.live_drill import BusyError, private_folder
    from itaudit.facts.backups.settings import Backups
    from itaudit.preparing import prepare as set_up
    from itaudit.store.database import state_folder

    settings = set_up(config).configuration.section(Backups)
    assert isinstance(settings, Backups)
    kept = _made(state_folder(state))
    wish = Wish(files, most_megabytes * 1_000_000, _new_seed() if seed is None else seed)
    live = Live()
    try:
        repositories = _chosen(live, settings, name)
        with stopping_once(), private_folder(folder or kept, kept) as private:
            code = _drill_all(_Run(live, settings, private, kept, wish, dry_run), repositories, html)
    except BusyError as error:
        raise UserError("Another restore test is running. Wait until it is done.") from error
    finally:
        live.close()
    raise typer.Exit(code)


class _Run:
    """What is the same for every backup of one call."""

    def __init__(self, live: Live, settings: Backups, private: PrivateFolder, state: Path, wish: Wish, dry_run: bool) -> None:
        self.live, self.settings, self.private, self.state = live, settings, private, state
        self.wish, self.dry_run = wish, dry_run
        self.log = Path(settings.drill_log)


def _drill_all(run: _Run, repositories: list[Repository], html: Path | None) -> int:
    from itaudit.drill.signing import check_writable
    from itaudit.files import write_private
    from itaudit.text import clean

    if not run.dry_run:
        check_writable(run.log)
    done: list[Certificate] = []
    not_tested = 0
    for repository in repositories:
        try:
            done += _drill_one(run, repository)
        except Missing as error:
            not_tested += 1
            _say_not_tested(repository, error)
        except UserError as error:
            # Such as a full disk. Another backup may be smaller.
            not_tested += 1
            typer.echo(f"{clean(repository.subject, 200)}: {clean(str(error))}", err=True)
    if html and done:
        from itaudit.drill.certificate import as_html

        write_private(html, as_html(done).encode())
        outputs.say_written([html])
    if any(not certificate.proven for certificate in done):
        return NOT_PROVEN
    return NOT_TESTED if not_tested else 0


def _drill_one(run: _Run, repository: Repository) -> Iterator[Certificate]:
    from itaudit.api import Ask
    from itaudit.drill.certificate import as_text
    from itaudit.drill.rsnapshot import settled
    from itaudit.drill.running import check_space, prepare, prove
    from itaudit.drill.signing import note
    from itaudit.evidence.live import utc_now
    from itaudit.evidence.live_drill import emptied

    if repository.product == "rsnapshot":
        repository = settled(Ask(run.live), repository)
    with emptied(run.private.path):
        prepared = prepare(run.live.ask, run.live.machine, repository, run.private, run.wish)
        check_space(prepared)
        if run.dry_run:
            _say_plan(prepared, run.wish)
            return
        certificate = prove(prepared, run.live.machine, run.wish, utc_now)
    try:
        certificate = note(certificate, run.log, run.state)
    finally:
        typer.echo(as_text(certificate))
    yield certificate


def _say_plan(prepared: Prepared, wish: Wish) -> None:
    from itaudit.api import readable_bytes
    from itaudit.text import clean

    bench, picked = prepared.bench, prepared.sample
    typer.echo(f"{clean(bench.repository.subject)}: saved {bench.state.when:%Y-%m-%d %H:%M} UTC, {len(prepared.files)} files.")
    typer.echo(f"These {len(picked.files)} ({readable_bytes(picked.size_bytes)}, seed {wish.seed}) would be brought back:")
    for file in picked.files:
        typer.echo(f"  {clean(file.path, 300)}")
    typer.echo("Nothing was brought back, and nothing is noted.")


def _say_not_tested(repository: Repository, error: Missing) -> None:
    from itaudit.evidence.redact import redact
    from itaudit.text import clean

    said = clean(redact(f"{error.words}: {error.detail}" if error.detail else error.words), 500).rstrip(".")
    typer.echo(f"{clean(repository.subject, 200)} was not tested: {said}. {clean(error.unlock, 300)}".rstrip(), err=True)


def _chosen(live: Live, settings: Backups, name: str) -> list[Repository]:
    """The repositories that are configured or found. Raises UserError when there is none, or none of this name."""
    from itaudit.api import Ask
    from itaudit.drill.running import PRODUCTS
    from itaudit.facts.backups.discovery import configured_repositories, found_repositories
    from itaudit.facts.backups.repository import Repository
    from itaudit.text import clean, did_you_mean

    found = [
        *configured_repositories.function(settings),
        *(found_repositories.function(Ask(live), settings) if settings.find else ()),
    ]
    known = [one for one in found if isinstance(one, Repository) and one.product in PRODUCTS]
    if not known:
        raise UserError(
            "No backup of restic, borg or rsnapshot is known here. Name it under [[backups.repositories]] in itaudit.toml."
        )
    chosen = [one for one in known if name in ("", one.subject)]
    if not chosen:
        names = [one.subject for one in known]
        raise UserError(f"There is no backup {name!r}{did_you_mean(name, names)}. Known: {clean(', '.join(names), 300)}.")
    return chosen


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"Cannot use {folder}: {error.strerror}. Give another place with --state.") from error
    return folder


def _new_seed() -> int:
    import secrets

    return secrets.randbelow(10**9)
