"""`itaudit scan`: look at this machine, say what matters, keep it, write what is asked."""

from __future__ import annotations

import math
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from itaudit.cli import outputs
from itaudit.errors import UserError

if TYPE_CHECKING:
    from itaudit.outcome import Assessment
    from itaudit.store.opening import OpeningStore

FINDINGS, NOT_CHECKED, INTERRUPTED = 1, 3, 130


class FailOn(StrEnum):
    """The least severity that makes the exit code 1."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


def scan(
    html: outputs.Html = None,
    pdf: outputs.Pdf = None,
    json: outputs.Json = None,
    md: outputs.Markdown = None,
    csv: outputs.Csv = None,
    config: outputs.Config = None,
    state: outputs.State = None,
    only: Annotated[
        str | None, typer.Option("--only", metavar="AREAS", help="Look at these areas only: disks,dns (gives no grade).")
    ] = None,
    fail_on: Annotated[
        FailOn | None, typer.Option("--fail-on", help="Exit 1 when a finding of this severity fails [high].")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 3 when something could not be checked.")] = False,
    deadline: Annotated[
        float | None, typer.Option("--deadline", min=1, max=86_400, metavar="SECONDS", help="End within this time [120].")
    ] = None,
    record: Annotated[Path | None, typer.Option("--record", metavar="F.jsonl.gz", help="Keep what the machine answered.")] = None,
    replay: Annotated[
        Path | None, typer.Option("--from", metavar="F.jsonl.gz", help="Judge a recording instead of this machine.")
    ] = None,
    root: Annotated[
        Path | None, typer.Option("--root", metavar="DIR", help="Look at the system on a disk mounted there, without running it.")
    ] = None,
    run_programs: Annotated[
        bool, typer.Option("--run-programs", help="With --root: let programs of that disk run, with your rights, where it helps.")
    ] = False,
    speedtest: Annotated[
        bool, typer.Option("--speedtest", help="Measure the internet speed too (uses the line for a minute).")
    ] = False,
    no_save: Annotated[bool, typer.Option("--no-save", help="Keep nothing of this scan.")] = False,
) -> None:
    """Look at this machine, say what matters, and keep the result.

    Exit codes: 0 nothing at or above --fail-on; 1 findings; 2 wrong use or configuration, or it could not be saved;
    3 with --strict, something could not be checked; 130 interrupted.
    """
    wanted = outputs.Outputs(html, pdf, json, md, csv, record)
    wanted.check()
    if root and replay:
        raise UserError("--root and --from exclude each other: a recording is no disk. Leave one out.")
    if run_programs and not root:
        raise UserError("--run-programs is for the programs of a disk. Name it: --root DIR")
    if deadline is not None and math.isnan(deadline):
        raise UserError("--deadline takes a number of seconds: --deadline 60")
    from itaudit.cli.progress import importing_meanwhile, showing_progress
    from itaudit.cli.stopping import stopping_once
    from itaudit.scan import Request, scan_machine

    folder = _folder(state, needed=not (no_save or replay))
    store, not_kept = (None, "") if no_save or replay or not folder else _open_store(folder)
    request = Request(config, _areas(only), deadline, record, replay, speedtest, root, run_programs, folder)
    with stopping_once() as stopping, showing_progress() as progress:
        shown = importing_meanwhile(("itaudit.assessing", "itaudit.reports.console"), stopping.heeding(progress))
        result = scan_machine(request, store, shown)
    failed = [problem for problem in (not_kept, *result.not_kept) if problem]
    _show(result.assessment, wanted, store.folder / "itaudit.db" if store and not failed else None)
    if failed:
        raise UserError(f"This scan is not kept. {' '.join(failed)}")
    settings = result.configuration.scan
    raise typer.Exit(exit_code(result.assessment, str(fail_on or settings.fail_on), strict or settings.strict))


def _folder(asked: Path | None, *, needed: bool) -> Path | None:
    """Where scans and public data are kept; None where there is no such place and nothing is to be kept."""
    from itaudit.store.database import state_folder

    try:
        return state_folder(asked)
    except UserError:
        if needed:
            raise
        return None


def _open_store(folder: Path) -> tuple[OpeningStore | None, str]:
    """The store, or why there is none: a full disk is when the scan itself matters most."""
    from itaudit.store.opening import OpeningStore

    try:
        return OpeningStore(folder), ""
    except UserError as error:
        return None, str(error)


def _areas(only: str | None) -> tuple[str, ...]:
    areas = tuple(part.strip() for part in (only or "").split(",") if part.strip())
    if only is not None and not areas:
        raise UserError("--only names no area. Name some: --only disks,backups")
    return areas


def _show(assessment: Assessment, wanted: outputs.Outputs, saved_in: Path | None) -> None:
    from rich.console import Console

    from itaudit.reports.console import print_summary

    if not wanted.to_standard_output:
        saved_as = f"{assessment.scan.id} in {saved_in}" if saved_in else "not kept"
        print_summary(assessment, Console(), saved_as)
    try:
        written = wanted.write(assessment)
    except UserError as error:
        kept = f" The scan itself is saved: itaudit report {assessment.scan.id}" if saved_in else ""
        raise UserError(f"{error}{kept}") from error
    if written and not wanted.to_standard_output:
        outputs.say_written(written)


def exit_code(assessment: Assessment, fail_on: str, strict: bool) -> int:
    """The code of `itaudit scan`. Accepted risks do not count as findings here: the owner has answered them."""
    from itaudit.model import Severity, Status

    least = Severity(fail_on).rank
    findings = assessment.scan.findings
    if assessment.scan.partial:
        return INTERRUPTED
    if any(finding.open and not finding.acceptance and finding.severity.rank >= least for finding in findings):
        return FINDINGS
    if strict and any(finding.verdict.status is Status.UNKNOWN for finding in findings):
        return NOT_CHECKED
    return 0
