"""The whole pipeline on one page: ask -> type -> judge -> rank -> keep. Showing is the command line's."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from itaudit.config import Configuration
from itaudit.config_validation import known_part, validate, with_value
from itaudit.engine import Outcome, Progress, run
from itaudit.errors import UserError
from itaudit.evidence.bundle import Bundle, Recorder
from itaudit.evidence.live import Live, utc_now
from itaudit.model import Asset, Scan
from itaudit.preparing import Setup, prepare
from itaudit.text import did_you_mean

if TYPE_CHECKING:
    from itaudit.evidence.rooted import Rooted
    from itaudit.outcome import Assessment
    from itaudit.store.opening import OpeningStore


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
        progress = _opening(store, progress)
    try:
        notes = [f"the system in the folder {request.root} was looked at; it did not run"] if request.root else []
        return _judge(request, setup, Recorder(source), store, notes, progress)
    finally:
        source.close()


def _opening(store: OpeningStore, progress: Callable[[Progress], None]) -> Callable[[Progress], None]:
    """The same callback, which opens the store once all questions are under way."""

    def update(state: Progress) -> None:
        if state.planned:
            store.begin()
        progress(state)

    return update


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
        replay=bool(request.replay),
    )
    recorder.abandoned.update(outcome.abandoned)
    if store:
        store.begin()  # where the deadline came before all was planned
    # Here and not above: see itaudit.assessing.
    from itaudit.assessing import compared, keep, make_scan

    scan = make_scan(setup, recorder, outcome, started, notes)
    if not (left_out or outcome.interrupted):
        scan = _with_assets(scan, outcome)
    bundle = gzip.compress("".join(recorder.lines(configuration.plain())).encode(), 6, mtime=0)
    scan = replace(
        scan,
        ended=recorder.machine.now if request.replay else utc_now(),
        areas_left_out=left_out,
        evidence_sha256=hashlib.sha256(bundle).hexdigest(),
    )
    assessment = compared(scan, store)
    return Result(assessment, configuration, tuple(keep(request.record, assessment, store, bundle)))


def _with_assets(scan: Scan, outcome: Outcome) -> Scan:
    try:
        from itaudit.inventory.collecting import assets_of
    except Exception as error:  # noqa: BLE001 - a damaged module among its facts is told as unknown; it must not lose the scan
        return replace(scan, notes=(*scan.notes, f"no inventory: {type(error).__name__}: {error}"[:300]))
    return replace(scan, assets=assets_of(outcome.facts[Asset]))


def _areas_left_out(asked: tuple[str, ...], known: list[str]) -> tuple[str, ...]:
    for area in asked:
        if area not in known:
            raise UserError(f"There is no area {area!r}{did_you_mean(area, known)}. Areas: {', '.join(known)}.")
    return tuple(area for area in known if area not in asked) if asked else ()
