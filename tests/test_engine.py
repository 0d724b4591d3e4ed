"""The engine: each fact once, gaps become unknown findings, one crash costs one subject, and nothing stuck holds a scan."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import pytest

from itaudit import api
from itaudit.config import Configuration
from itaudit.contributions import Check, Provider
from itaudit.engine import Outcome, Progress, run
from itaudit.evidence.bundle import Bundle, Recorder
from itaudit.evidence.questions import Answer, Question
from itaudit.model import Finding, Machine, Status
from itaudit.plugins import Catalogue, FoundCheck, Problem


@dataclass(frozen=True)
class Apple:
    subject: str
    weight_grams: float = 100.0


@dataclass(frozen=True)
class Pear:
    subject: str


@api.provider("linux", seconds=5)
def apples(ask: api.Ask) -> api.Facts[Apple]:
    ask(api.ReadFile("/list-of-apples"))
    for name in ("cox", "gala"):
        ask(api.ReadFile(f"/apples/{name}"))
        yield Apple(name)


@api.provider("linux")
def pears(apples: list[Apple]) -> api.Facts[Pear]:
    for apple in apples:
        yield Pear(f"pear beside {apple.subject}")


@api.check(severity=api.Severity.HIGH)
def ripe(apple: Apple) -> api.Verdict:
    return api.verdict(api.Status.OK, f"{apple.subject} is ripe.")


@api.check(severity=api.Severity.LOW)
def counted(apples: list[Apple], pears: list[Pear]) -> api.Verdict:
    return api.verdict(api.Status.OK, f"{len(apples)} apples and {len(pears)} pears.")


class Silent:
    """A source without answers that counts what it is asked."""

    def __init__(self, machine: Machine, abandoned: Mapping[str, int] | None = None) -> None:
        self.machine = machine
        self.abandoned = abandoned or {}
        self.asked: list[Question] = []

    def ask(self, question: Question) -> api.Answer:
        self.asked.append(question)
        return api.Answer()


def catalogue(providers: list[Provider[Any, Any]], checks: dict[str, Check[Any]]) -> Catalogue:
    found = Catalogue()
    for provider in providers:
        found.providers[provider.name] = provider
    for check_id, check in checks.items():
        settings = api.CheckSettings
        found.checks[check_id] = FoundCheck(check_id, check_id.title(), "Because.", check, settings, ModuleType("test"))
    return found


@pytest.fixture
def judge(machine: Machine) -> Callable[..., Outcome]:
    def run_it(providers: list[Provider[Any, Any]], checks: dict[str, Check[Any]], **more: Any) -> Outcome:
        source = more.pop("source", None) or Silent(machine)
        return run(source, catalogue(providers, checks), more.pop("settings", Configuration()), **more)

    return run_it


class Clock:
    """Stands in for the engine's clock, which stands still: no slow moment of this machine makes anything late."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def passes(self, seconds: float, done: int, ready: threading.Event) -> Callable[[Progress], None]:
        """Once so much is done and somebody is ready, and not before, so many seconds pass."""

        def watch(progress: Progress) -> None:
            if progress.planned and progress.done >= done and ready.is_set():
                self.now = seconds

        return watch


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the engine: a test says itself what is late."""
    clock = Clock()
    monkeypatch.setattr("itaudit.engine.time", clock)
    return clock


def by_subject(outcome: Outcome, check: str) -> dict[str, Finding]:
    return {finding.subject: finding for finding in outcome.findings if finding.check == check}


def test_a_check_of_one_fact_runs_for_each_and_one_of_lists_runs_once(judge: Callable[..., Outcome]) -> None:
    outcome = judge([apples, pears], {"fruit.ripe": ripe, "fruit.counted": counted})
    assert {subject: f.verdict.summary for subject, f in by_subject(outcome, "fruit.ripe").items()} == {
        "cox": "cox is ripe.",
        "gala": "gala is ripe.",
    }
    assert by_subject(outcome, "fruit.counted")["this machine"].verdict.summary == "2 apples and 2 pears."


def test_each_fact_is_collected_once_however_many_checks_need_it(machine: Machine) -> None:
    source = Silent(machine)
    run(source, catalogue([apples, pears], {"a.one": ripe, "a.two": ripe, "a.three": counted}), Configuration())
    assert len(source.asked) == 3


def test_providers_that_nobody_needs_are_not_asked(machine: Machine) -> None:
    source = Silent(machine)
    run(source, catalogue([apples, pears], {}), Configuration())
    assert source.asked == []


def test_a_finding_names_the_answers_it_rests_on_and_no_others(judge: Callable[..., Outcome]) -> None:
    cox = by_subject(judge([apples], {"fruit.ripe": ripe}), "fruit.ripe")["cox"]
    gala = by_subject(judge([apples], {"fruit.ripe": ripe}), "fruit.ripe")["gala"]
    common, own = api.ReadFile("/list-of-apples").key, {n: api.ReadFile(f"/apples/{n}").key for n in ("cox", "gala")}
    assert cox.evidence == (common, own["cox"])
    assert set(gala.evidence) == {common, own["cox"], own["gala"]}


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (api.NotApplicable("no fruit here"), Status.SKIPPED),
        (api.ToolMissing("fruitctl"), Status.UNKNOWN),
        (api.AccessDenied("/fruit"), Status.UNKNOWN),
        (api.TimedOut("slow"), Status.UNKNOWN),
        (api.Unreadable("binary"), Status.UNKNOWN),
        (ValueError("a bug"), Status.UNKNOWN),
        (RecursionError("a bug"), Status.UNKNOWN),
    ],
)
def test_a_failure_to_look_is_unknown_and_never_green(judge: Callable[..., Outcome], error: Exception, status: Status) -> None:
    @api.provider("linux")
    def broken() -> api.Facts[Apple]:
        yield Apple("cox")
        raise error

    findings = by_subject(judge([broken], {"fruit.ripe": ripe}), "fruit.ripe")
    assert findings["cox"].status is Status.OK
    assert findings["this machine"].status is status
    if status is Status.UNKNOWN:
        assert findings["this machine"].verdict.unlock or isinstance(error, api.Missing)


def test_a_gap_names_its_subject_and_the_rest_is_judged(judge: Callable[..., Outcome]) -> None:
    @api.provider("linux")
    def partly() -> api.Facts[Apple]:
        yield api.Gap("rotten", api.AccessDenied("/rotten"))
        yield Apple("cox")

    findings = by_subject(judge([partly], {"fruit.ripe": ripe}), "fruit.ripe")
    assert findings["rotten"].status is Status.UNKNOWN
    assert "root" in findings["rotten"].verdict.unlock
    assert findings["cox"].status is Status.OK


def test_a_gap_reaches_the_checks_of_what_is_made_from_it_once(judge: Callable[..., Outcome]) -> None:
    @api.provider("linux")
    def partly() -> api.Facts[Apple]:
        yield api.Gap("rotten", api.AccessDenied("/rotten"))
        yield Apple("cox")

    @api.check(severity=api.Severity.LOW)
    def sweet(pear: Pear, apples: list[Apple]) -> api.Verdict:
        return api.verdict(api.Status.OK, f"{pear.subject} is sweet.")

    outcome = judge([partly, pears], {"fruit.sweet": sweet})
    assert {f.subject: f.status for f in outcome.findings} == {"pear beside cox": Status.OK, "rotten": Status.UNKNOWN}


def test_a_gap_that_left_nothing_to_make_more_of_is_told_once(judge: Callable[..., Outcome]) -> None:
    @api.provider("linux")
    def unseen() -> api.Facts[Apple]:
        yield api.Gap("rotten", api.AccessDenied("/rotten"))
        yield api.Gap("mouldy", api.AccessDenied("/mouldy"))

    @api.check(severity=api.Severity.LOW)
    def sweet(apple: Apple, pears: list[Pear]) -> api.Verdict:
        return api.verdict(api.Status.OK, f"{apple.subject} is sweet.")

    outcome = judge([unseen, pears], {"fruit.sweet": sweet})
    assert {f.subject: f.status for f in outcome.findings} == {"rotten": Status.UNKNOWN, "mouldy": Status.UNKNOWN}


def test_an_empty_list_with_a_gap_is_not_judged_as_empty(judge: Callable[..., Outcome]) -> None:
    @api.provider("linux")
    def unseen() -> api.Facts[Apple]:
        raise api.ToolMissing("fruitctl")
        yield

    outcome = judge([unseen, pears], {"fruit.counted": counted})
    assert [finding.status for finding in outcome.findings] == [Status.UNKNOWN] * len(outcome.findings)
    assert outcome.findings


@pytest.mark.parametrize(
    "past",
    [
        '[["0001-01-01T00:00:00+14:00", 1]]',
        '[["9999-12-31T23:59:59-14:00", 1]]',
        f'[["2026-11-01T00:00:00+00:00", {10**400}]]',
        '[["2026-11-01T00:00:00", 1]]',
        '[["2026-11-01T00:00:00+00:00", NaN]]',
        "[[1, 1]]",
        "[1]",
        '{"a": 1}',
    ],
)
def test_a_past_that_makes_no_sense_does_not_keep_the_present_from_being_judged(machine: Machine, past: str) -> None:
    class Remembering(Silent):
        def ask(self, question: Question) -> api.Answer:
            return api.Answer(body=past) if isinstance(question, api.Past) else api.Answer()

    @api.check(severity=api.Severity.LOW)
    def heavier(apple: Apple, past: api.History, machine: Machine) -> api.Verdict:
        forecast = api.forecast_until(200, past.series("weight"), machine.now)
        return api.verdict(api.Status.OK, f"{apple.subject} {forecast.days}.")

    outcome = run(Remembering(machine), catalogue([apples], {"fruit.heavier": heavier}), Configuration())
    assert {f.verdict.summary for f in outcome.findings} == {"cox None.", "gala None."}


def test_no_facts_and_no_gap_is_skipped(judge: Callable[..., Outcome]) -> None:
    @api.provider("linux")
    def none() -> api.Facts[Apple]:
        yield from ()

    assert [finding.status for finding in judge([none], {"fruit.ripe": ripe}).findings] == [Status.SKIPPED]


def test_a_system_nobody_can_look_at_is_unknown(judge: Callable[..., Outcome], machine: Machine) -> None:
    outcome = judge([apples], {"fruit.ripe": ripe}, source=Silent(replace(machine, system="plan9")))
    assert [finding.status for finding in outcome.findings] == [Status.UNKNOWN]


def test_one_crash_costs_one_subject(judge: Callable[..., Outcome]) -> None:
    @api.check(severity=api.Severity.HIGH)
    def touchy(apple: Apple) -> api.Verdict:
        assert apple.subject != "cox", "no cox please"
        return api.verdict(api.Status.OK, "fine")

    findings = by_subject(judge([apples], {"fruit.touchy": touchy}), "fruit.touchy")
    assert (findings["cox"].status, findings["gala"].status) == (Status.UNKNOWN, Status.OK)
    assert "AssertionError: no cox please" in findings["cox"].verdict.detail


def test_a_check_that_returns_no_verdict_is_unknown(judge: Callable[..., Outcome]) -> None:
    def lazy(apple: Apple) -> api.Verdict:
        return None  # type: ignore[return-value] # what a careless plugin does

    findings = judge([apples], {"fruit.lazy": api.check(severity=api.Severity.HIGH)(lazy)}).findings
    assert {finding.status for finding in findings} == {Status.UNKNOWN}


def test_a_provider_that_is_stuck_is_abandoned_and_the_rest_is_judged(judge: Callable[..., Outcome], clock: Clock) -> None:
    release, given = threading.Event(), threading.Event()

    @api.provider("linux", seconds=0.4)
    def stuck() -> api.Facts[Pear]:
        yield Pear("first")
        given.set()
        release.wait(60)
        yield Pear("too late")

    @api.check(severity=api.Severity.LOW)
    def sweet(pear: Pear) -> api.Verdict:
        return api.verdict(api.Status.OK, "sweet")

    checks = {"fruit.ripe": ripe, "fruit.sweet": sweet}
    outcome = judge([apples, stuck], checks, progress=clock.passes(1.0, done=2, ready=given))
    assert not release.is_set()
    release.set()
    assert {f.status for f in by_subject(outcome, "fruit.ripe").values()} == {Status.OK}
    assert {s: f.status for s, f in by_subject(outcome, "fruit.sweet").items()} == {
        "first": Status.OK,
        "this machine": Status.UNKNOWN,
    }
    assert list(outcome.abandoned.values()) == [1]


def test_a_check_that_is_stuck_is_abandoned_at_the_deadline_of_the_scan(judge: Callable[..., Outcome], clock: Clock) -> None:
    release, asleep = threading.Event(), threading.Event()

    @api.check(severity=api.Severity.LOW)
    def sleepy(apple: Apple) -> api.Verdict:
        asleep.set()
        release.wait(60)
        return api.verdict(api.Status.OK, "at last")

    passes = clock.passes(2.0, done=2, ready=asleep)
    outcome = judge([apples], {"fruit.sleepy": sleepy, "fruit.ripe": ripe}, deadline_seconds=1.0, progress=passes)
    release.set()
    assert [f.status for f in outcome.findings if f.check == "fruit.sleepy"] == [Status.UNKNOWN]
    assert {f.status for f in by_subject(outcome, "fruit.ripe").values()} == {Status.OK}
    assert len(by_subject(outcome, "fruit.ripe")) == 2


def test_a_replay_of_an_abandoned_node_gives_the_same_findings(machine: Machine, clock: Clock) -> None:
    release, given = threading.Event(), threading.Event()

    @api.provider("linux", seconds=0.3)
    def slow(ask: api.Ask) -> api.Facts[Apple]:
        yield Apple("cox")
        yield Apple("gala")
        given.set()
        release.wait(0.0 if ask(api.ReadFile("/replayed")).problem else 60)
        yield Apple("late")

    found = catalogue([slow], {"fruit.ripe": ripe})
    recorder = Recorder(Silent(machine))
    visit = run(recorder, found, Configuration(), progress=clock.passes(1.0, done=0, ready=given))
    release.set()
    assert list(visit.abandoned.values()) == [2]
    recorder.abandoned.update(visit.abandoned)
    bundle = Bundle(machine, {}, {}, abandoned=dict(recorder.abandoned))
    replay = run(bundle, found, Configuration())
    assert {(f.key, f.status) for f in replay.findings} == {(f.key, f.status) for f in visit.findings}
    assert replay.abandoned == visit.abandoned


def test_a_replay_on_a_busy_machine_judges_what_the_visit_did(judge: Callable[..., Outcome], clock: Clock) -> None:
    asleep, awake = threading.Event(), threading.Event()

    @api.provider("linux", seconds=0.3)
    def slow(ask: api.Ask) -> api.Facts[Apple]:
        asleep.set()
        awake.wait(60)
        yield Apple("cox")

    passes = clock.passes(100.0, done=0, ready=asleep)

    def wakes_later(progress: Progress) -> None:
        if clock.now:
            awake.set()
        passes(progress)

    outcome = judge([slow], {"fruit.ripe": ripe}, replay=True, progress=wakes_later)
    assert not outcome.abandoned
    assert {finding.subject for finding in outcome.findings} == {"cox"}


def test_a_switched_off_check_stays_as_unknown(judge: Callable[..., Outcome]) -> None:
    settings = Configuration(document={"checks": {"fruit": {"ripe": {"enabled": False}}}})
    outcome = judge([apples], {"fruit.ripe": ripe}, settings=settings)
    assert [(f.status, f.verdict.summary) for f in outcome.findings] == [
        (Status.UNKNOWN, "Could not be checked, because it is switched off in the configuration.")
    ]


def test_only_the_areas_asked_for_are_run(judge: Callable[..., Outcome]) -> None:
    outcome = judge([apples], {"fruit.ripe": ripe, "garden.ripe": ripe}, areas=["garden"])
    assert {finding.area for finding in outcome.findings} == {"garden"}


def test_what_a_machine_says_cannot_move_the_cursor(judge: Callable[..., Outcome]) -> None:
    @api.provider("linux")
    def evil() -> api.Facts[Apple]:
        yield Apple("\x1b[2Jcox\u202e\n")

    finding = judge([evil], {"fruit.ripe": ripe}).findings[0]
    assert finding.subject == "\\x1b[2Jcox\\u202e "
    assert "\x1b" not in finding.verdict.summary


def test_two_facts_of_one_name_give_two_keys(judge: Callable[..., Outcome]) -> None:
    @api.provider("linux")
    def twins() -> api.Facts[Apple]:
        yield Apple("cox")
        yield Apple("cox")

    assert set(by_subject(judge([twins], {"fruit.ripe": ripe}), "fruit.ripe")) == {"cox", "cox (2)"}


def test_providers_in_a_circle_end_in_unknown(judge: Callable[..., Outcome]) -> None:
    @api.provider("linux")
    def hen(pears: list[Pear]) -> api.Facts[Apple]:
        yield Apple(str(len(pears)))

    @api.provider("linux")
    def egg(apples: list[Apple]) -> api.Facts[Pear]:
        yield Pear(str(len(apples)))

    assert {finding.status for finding in judge([hen, egg], {"fruit.ripe": ripe}).findings} == {Status.UNKNOWN}


def test_a_wrong_signature_is_one_unknown_finding_and_the_rest_runs(judge: Callable[..., Outcome]) -> None:
    def untyped(apple) -> api.Verdict:  # type: ignore[no-untyped-def] # what a careless plugin does
        return api.verdict(api.Status.OK, "fine")

    outcome = judge([apples], {"fruit.untyped": api.check(severity=api.Severity.HIGH)(untyped), "fruit.ripe": ripe})
    assert [f.subject for f in outcome.findings if f.check == "plugins.load"] == ["fruit.untyped"]
    assert len(by_subject(outcome, "fruit.ripe")) == 2


def test_a_plugin_that_did_not_load_is_an_unknown_finding(machine: Machine) -> None:
    found = catalogue([], {})
    found.problems.append(Problem("/etc/itaudit/checks/a/b.py", "ImportError: no\x1b[0m"))
    finding = run(Silent(machine), found, Configuration()).findings[0]
    assert (finding.check, finding.status) == ("plugins.load", Status.UNKNOWN)
    assert "\x1b" not in finding.verdict.detail


def test_interrupting_keeps_what_is_known_and_names_the_rest(machine: Machine) -> None:
    release = threading.Event()

    @api.provider("linux", seconds=60)
    def slow() -> api.Facts[Pear]:
        release.wait(60)
        yield Pear("late")

    @api.check(severity=api.Severity.LOW)
    def sweet(pear: Pear) -> api.Verdict:
        return api.verdict(api.Status.OK, "sweet")

    def interrupt(progress: Any) -> None:
        if progress.done >= 2:
            raise KeyboardInterrupt

    found = catalogue([apples, slow], {"fruit.ripe": ripe, "fruit.sweet": sweet})
    outcome = run(Silent(machine), found, Configuration(), progress=interrupt)
    release.set()
    assert outcome.interrupted
    assert {f.status for f in by_subject(outcome, "fruit.ripe").values()} == {Status.OK}
    assert {f.status for f in by_subject(outcome, "fruit.sweet").values()} == {Status.UNKNOWN}


def test_a_finding_names_a_bounded_number_of_answers(judge: Callable[..., Outcome]) -> None:
    @api.provider("linux")
    def many(ask: api.Ask) -> api.Facts[Apple]:
        ask.many([api.ReadFile(f"/{number}") for number in range(3000)])
        for number in range(3000):
            yield Apple(str(number))

    findings = judge([many], {"fruit.ripe": ripe}).findings
    assert len(findings) == 3000
    assert max(len(finding.evidence) for finding in findings) <= 50


def test_a_provider_without_end_is_stopped(judge: Callable[..., Outcome]) -> None:
    @api.provider("linux")
    def endless() -> api.Facts[Apple]:
        number = 0
        while True:
            yield Apple(str(number := number + 1))

    unknown = [f for f in judge([endless], {"fruit.ripe": ripe}).findings if f.status is Status.UNKNOWN]
    assert [finding.verdict.detail for finding in unknown] == ["more than 10000 of them"]


def test_questions_asked_together_come_back_in_order(recorded: Callable[..., api.Ask]) -> None:
    questions = [api.ReadFile(f"/{number}") for number in range(100)]
    answers = recorded({question: question.path for question in questions}).many(questions)
    assert [answer.text for answer in answers] == [question.path for question in questions]


def test_a_question_that_hangs_costs_only_itself(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    never = threading.Event()

    class Hanging(Silent):
        def ask(self, question: Question) -> Answer:
            if question == api.ReadFile("/0", timeout=0.1):
                never.wait(60)
            return Answer("here")

    # None of the others may stay away for so long, on a busy machine either.
    monkeypatch.setattr("itaudit.contributions._Batch._SLACK_SECONDS", 2.0)
    answers = api.Ask(Hanging(machine)).many([api.ReadFile(f"/{number}", timeout=0.1) for number in range(40)])
    never.set()
    assert [answer.body for answer in answers] == ["", *["here"] * 39]
    assert isinstance(answers[0].error, api.TimedOut)


def test_facts_whose_names_look_numbered_have_keys_of_their_own(judge: Callable[..., Outcome]) -> None:
    @api.provider("linux")
    def alike() -> api.Facts[Apple]:
        yield from (Apple("cox"), Apple("cox (2)"), Apple("cox"), Apple("cox (2)"))

    assert len({finding.key for finding in judge([alike], {"fruit.ripe": ripe}).findings}) == 4


@pytest.mark.parametrize("error", [SystemExit(0), GeneratorExit(), BaseException("a panic of a library")])
def test_what_ends_threads_costs_one_provider_and_is_a_crash_at_once(judge: Callable[..., Outcome], error: BaseException) -> None:
    @api.provider("linux", seconds=90)
    def leaving() -> api.Facts[Pear]:
        yield Pear("first")
        raise error

    @api.check(severity=api.Severity.LOW)
    def sweet(pear: Pear) -> api.Verdict:
        return api.verdict(api.Status.OK, "sweet")

    outcome = judge([leaving], {"fruit.sweet": sweet}, deadline_seconds=60)
    found = by_subject(outcome, "fruit.sweet")
    assert {subject: finding.status for subject, finding in found.items()} == {
        "first": Status.OK,
        "this machine": Status.UNKNOWN,
    }
    assert found["this machine"].verdict.detail.startswith(type(error).__name__)
    assert not outcome.abandoned


def test_a_number_out_of_range_costs_one_subject(judge: Callable[..., Outcome]) -> None:
    @api.check(severity=api.Severity.LOW)
    def heavy(apple: Apple) -> api.Verdict:
        grams = 10**400 if apple.subject == "cox" else 1
        return api.verdict(api.Status.OK, "heavy", api.Measurement("weight", grams, api.Unit.COUNT))

    found = by_subject(judge([apples], {"fruit.heavy": heavy}), "fruit.heavy")
    assert {subject: finding.status for subject, finding in found.items()} == {"cox": Status.UNKNOWN, "gala": Status.OK}


def test_what_is_done_when_the_scan_is_stopped_is_kept_whole(machine: Machine) -> None:
    done = threading.Event()

    class Finished(Silent):
        def ask(self, question: Question) -> api.Answer:
            return api.Answer()

    @api.check(severity=api.Severity.LOW)
    def last(apple: Apple) -> api.Verdict:
        if apple.subject == "gala":
            done.set()
        return api.verdict(api.Status.OK, "fine")

    def interrupt(progress: Any) -> None:
        if progress.running == ("fruit",):
            assert done.wait(60)
            for thread in threading.enumerate():
                if thread.name == "checks.fruit.last":
                    thread.join(60)
            raise KeyboardInterrupt

    outcome = run(Finished(machine), catalogue([apples], {"fruit.last": last}), Configuration(), progress=interrupt)
    assert outcome.interrupted
    assert [finding.status for finding in outcome.findings] == [Status.OK, Status.OK]


def test_the_last_area_is_told_too(judge: Callable[..., Outcome]) -> None:
    told: list[tuple[str, ...]] = []
    judge([apples], {"fruit.ripe": ripe, "garden.ripe": ripe}, progress=lambda progress: told.append(progress.areas_done))
    assert told[-1] == ("fruit", "garden")


@pytest.mark.parametrize("given", [0, 1])
def test_the_replay_of_an_abandoned_node_has_the_same_gaps_and_evidence(machine: Machine, given: int, clock: Clock) -> None:
    release, late, stuck = threading.Event(), threading.Event(), threading.Event()

    @api.provider("linux")
    def partly(ask: api.Ask) -> api.Facts[Apple]:
        ask(api.ReadFile("/list-of-apples"))
        yield api.Gap("rotten", api.AccessDenied("/rotten"))
        yield Apple("cox")

    @api.provider("linux", seconds=0.3)
    def slow(ask: api.Ask, apples: list[Apple]) -> api.Facts[Pear]:
        ask(api.ReadFile("/list-of-pears"))
        for number in range(given):
            yield Pear(f"pear {number} of {len(apples)}")
        ask(api.ReadFile("/slow"))
        stuck.set()
        release.wait(0.0 if late.is_set() else 60)
        yield Pear("late")

    @api.check(severity=api.Severity.LOW)
    def sweet(pear: Pear) -> api.Verdict:
        return api.verdict(api.Status.OK, f"{pear.subject} is sweet.")

    passes = clock.passes(1.0, done=1, ready=stuck)

    def stop_waiting(progress: Progress) -> None:
        """Its thread goes on and ends while the rest is judged."""
        passes(progress)
        if "fruit" in progress.running or progress.areas_done:
            release.set()
            for thread in threading.enumerate():
                if thread.name.endswith(".slow"):
                    thread.join(60)

    found = catalogue([partly, slow], {"fruit.sweet": sweet})
    visit = run(Silent(machine), found, Configuration(), progress=stop_waiting)
    late.set()
    replay = run(Bundle(machine, {}, {}, abandoned=visit.abandoned), found, Configuration())
    assert list(visit.abandoned.values()) == [given]
    assert set(replay.findings) == set(visit.findings)
