"""The whole pipeline on one page: ask -> type -> judge -> rank -> keep. Showing is the command line's."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from itaudit import RULE_SET, __version__
from itaudit.config import Configuration, find_file, folders, read_document
from itaudit.config_validation import known_part, validate, with_value
from itaudit.engine import Outcome, Progress, run
from itaudit.errors import UserError
from itaudit.evidence.bundle import Bundle, Recorder
from itaudit.evidence.live import Live, utc_now
from itaudit.evidence.questions import PastFindings
from itaudit.files import write_private
from itaudit.ledger import DEFAULT_WEIGHTS
from itaudit.model import Asset, CheckCard, Scan, in_order
from itaudit.outcome import Assessment, Changes
from itaudit.plan import make_plan
from itaudit.plugins import Catalogue, open_catalogue
from itaudit.score import assess_score
from itaudit.standing import read_past, stand
from itaudit.store.changes import compare
from itaudit.store.opening import OpeningStore
from itaudit.text import did_you_mean

if TYPE_CHECKING:
    from itaudit.evidence.rooted import Rooted


@dataclass(frozen=True, slots=True)
class Request:
    """What the caller asked for. `replay` judges a recording instead of this machine; replays are not kept.

    root: the folder of a system that does not run (a mounted disk), to be looked at instead of this machine.
    run_programs: may programs of that system be run?
    state: the folder in which public data was kept (itaudit.known).
    """

    config: Path | None = None
    areas: tuple[str, ...] = ()
    deadline_seconds: float | None = None
    record: Path | None = None
    replay: Path | None = None
    speed_test: bool = False
    root: Path | None = None
    run_programs: bool = False
    state: Path | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What a scan gave. `not_kept`: why the store or the recording could not be written; the assessment is whole all the same."""

    assessment: Assessment
    configuration: Configuration
    not_kept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything found and validated before anything is asked."""

    catalogue: Catalogue
    configuration: Configuration


def prepare(config: Path | None, document: dict[str, Any] | None = None, origin: str = "") -> Setup:
    """Find plugins and configuration. `document` stands in for the file (a recording's settings). Raises UserError."""
    path = None if document is not None else find_file(config)
    if path:
        document, origin = read_document(path), str(path)
    plugins = (document or {}).get("plugins", {})
    asked = plugins.get("folder", "") if isinstance(plugins, dict) else ""
    catalogue = open_catalogue(_plugin_folder(str(asked)))
    configuration = validate(document or {}, catalogue, origin) if document is not None else Configuration()
    return Setup(catalogue, configuration)


def _plugin_folder(asked: str) -> Path | None:
    if asked:
        # A name that begins with ~ and belongs to nobody cannot be expanded; it is no folder either.
        with contextlib.suppress(RuntimeError):
            asked = str(Path(asked).expanduser())
        folder = Path(asked)
        if not folder.is_dir():
            raise UserError(f"[plugins] folder {folder} is not a folder. Create it or remove the setting.")
        return folder
    return next((folder / "checks" for folder in folders() if (folder / "checks").is_dir()), None)


def scan_machine(request: Request, store: OpeningStore | None, progress: Callable[[Progress], None] = lambda _: None) -> Result:
    """Look at this machine (or a recording), judge, rank and keep. Without a store nothing is kept.

    Raises UserError for what is wrong before it begins; what cannot be written at the end never loses the scan.
    """
    if request.replay:
        bundle = Bundle.open(request.replay)
        setup = _replay_setup(request, bundle)
        notes = [f"judged again from a recording of {bundle.machine.now:%Y-%m-%d %H:%M} UTC"]
        notes += [] if bundle.complete else ["the recording is cut short: what it lacks is unknown"]
        return _judge(request, setup, Recorder(bundle), None, notes, progress)
    setup = prepare(request.config)
    if request.speed_test:
        setup = replace(setup, configuration=with_value(setup.configuration, "internet", "speedtest", True, setup.catalogue))
    source = _source(request)
    if request.state:
        from itaudit.known import folder_in

        source.know(folder_in(request.state))
    if store:
        source.remember_with(store.answer(source.machine.host, source.machine.now))
    try:
        notes = [f"the system in the folder {request.root} was looked at; it did not run"] if request.root else []
        return _judge(request, setup, Recorder(source), store, notes, progress)
    finally:
        source.close()


def _source(request: Request) -> Live | Rooted:
    live = Live(alone=True)
    if request.root is None:
        return live
    from itaudit.evidence.rooted import Rooted

    return Rooted(request.root, live, run_programs=request.run_programs)


def _replay_setup(request: Request, bundle: Bundle) -> Setup:
    """A recording is judged with the settings of the visit, unless others are given: so it gives the same on any machine.

    Plugins are those of this machine: where to find them is never taken from a recording, which would let it run code.
    """
    given = prepare(request.config) if request.config else prepare(None, {})
    visit = {name: table for name, table in bundle.settings.items() if given.catalogue.section(name)}
    if request.config:
        document, origin = {**given.configuration.document, **visit}, given.configuration.origin
    else:
        document = {**known_part(bundle.settings, given.catalogue), **visit}
        origin = f"{request.replay} (settings of the visit)"
    return Setup(given.catalogue, validate(document, given.catalogue, origin))


def _judge(
    request: Request,
    setup: Setup,
    recorder: Recorder,
    store: OpeningStore | None,
    notes: list[str],
    progress: Callable[[Progress], None],
) -> Result:
    configuration = setup.configuration
    started = recorder.machine.now if request.replay else utc_now()
    left_out = _areas_left_out(request.areas, setup.catalogue.areas)
    outcome = run(
        recorder,
        setup.catalogue,
        configuration,
        areas=request.areas,
        kinds=() if left_out else (Asset,),
        deadline_seconds=request.deadline_seconds or configuration.scan.deadline_seconds,
        progress=progress,
    )
    recorder.abandoned.update(outcome.abandoned)
    scan = _scan(setup, recorder, outcome, started, notes)
    if not (left_out or outcome.interrupted):
        from itaudit.inventory.collecting import assets_of

        scan = replace(scan, assets=assets_of(outcome.facts[Asset]))
    bundle = gzip.compress("".join(recorder.lines(configuration.plain())).encode(), mtime=0)
    scan = replace(
        scan,
        ended=recorder.machine.now if request.replay else utc_now(),
        areas_left_out=left_out,
        evidence_sha256=hashlib.sha256(bundle).hexdigest(),
    )
    assessment = _compared(scan, store)
    return Result(assessment, configuration, tuple(_keep(request, assessment, store, bundle)))


def _scan(setup: Setup, recorder: Recorder, outcome: Outcome, started: datetime, notes: list[str]) -> Scan:
    """The findings in their context. Asks what the store remembers, so the recording is written after it."""
    configuration, machine = setup.configuration, recorder.machine
    findings, stand_notes = stand(outcome.findings, read_past(recorder.ask(PastFindings())), configuration, machine.now)
    return Scan(
        id=f"{started:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}",
        machine=machine,
        started=started,
        ended=started,
        version=__version__,
        rule_set=RULE_SET,
        findings=in_order(findings),
        cards=_cards(setup, outcome),
        partial=outcome.interrupted,
        timings=outcome.timings,
        weights=tuple(sorted({**DEFAULT_WEIGHTS, **configuration.weights}.items())),
        notes=(*notes, *stand_notes, f"configuration: {configuration.origin}"),
    )


def _compared(scan: Scan, store: OpeningStore | None) -> Assessment:
    """The assessment, compared with the last scan where that can be read."""
    try:
        return assess(scan, store.store.previous(scan) if store else None)
    except UserError as error:
        return assess(replace(scan, notes=(*scan.notes, f"not compared with the last scan: {error}")), None)


def _keep(request: Request, assessment: Assessment, store: OpeningStore | None, bundle: bytes) -> Iterator[str]:
    """Write recording and store; what goes wrong with one does not stop the other."""
    try:
        if request.record:
            write_private(request.record, bundle)
    except UserError as error:
        yield str(error)
    try:
        if store:
            store.store.save(assessment.scan, assessment.score, bundle)
    except UserError as error:
        yield str(error)


def assess(scan: Scan, previous: Scan | None) -> Assessment:
    """Work out score, plan and changes of a scan: of a new one, or of a stored one again."""
    weights = dict(scan.weights)
    return Assessment(
        scan=scan,
        score=assess_score(scan.findings, weights, scan.areas_left_out),
        actions=make_plan(scan.findings, scan.machine.now.date(), weights, scan.areas_left_out),
        changes=compare(previous, scan, weights) if previous or not scan.partial else Changes(),
    )


def _areas_left_out(asked: tuple[str, ...], known: list[str]) -> tuple[str, ...]:
    for area in asked:
        if area not in known:
            raise UserError(f"There is no area {area!r}{did_you_mean(area, known)}. Areas: {', '.join(known)}.")
    return tuple(area for area in known if area not in asked) if asked else ()


def _cards(setup: Setup, outcome: Outcome) -> tuple[CheckCard, ...]:
    used = sorted({finding.check for finding in outcome.findings})
    return tuple(
        CheckCard(
            id=found.id,
            title=found.title,
            why=found.why,
            severity=found.check.severity,
            sources=found.check.sources,
            limits=limits_in_words(setup, found.id),
        )
        for check_id in used
        if (found := setup.catalogue.check(check_id))
    )


def limits_in_words(setup: Setup, check_id: str) -> str:
    """The limits in force: "free_percent: warn below 25, fail below 10; days_left: …"."""
    found = setup.catalogue.check(check_id)
    assert found, check_id
    settings = setup.configuration.limits(found)
    return "; ".join(f"{name}: {getattr(settings, name)}" for name in type(settings).model_fields)
