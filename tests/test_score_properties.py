"""The seven properties of the score, over random result sets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from itaudit.model import Acceptance, Finding, Flag, Importance, Severity, Status, Verdict
from itaudit.outcome import Grade, Score
from itaudit.score import assess_score, comparable

CHECKS = ("backups.exists", "backups.age", "disks.space", "disks.smart", "dns.mail", "nagios.load")
ACCEPTANCE = Acceptance("owner", "will be retired", date(2026, 11, 1), date(2027, 1, 31))

# Mostly in order, else three open criticals hide what all other caps do.
statuses = st.sampled_from((*[Status.OK] * 6, *Status))
verdicts = st.builds(
    Verdict, status=statuses, summary=st.just("measured"), flags=st.frozensets(st.sampled_from(Flag), max_size=3)
)
bases = st.fixed_dictionaries({check: st.sampled_from(Severity) for check in CHECKS})


@st.composite
def result_sets(draw: st.DrawFn) -> list[Finding]:
    """Any findings a scan may hold: unique keys, one base severity for each check."""
    base = draw(bases)
    keys = draw(
        st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(CHECKS), st.sampled_from("xyz")), unique=True, max_size=14)
    )
    return [
        Finding(
            host, check, subject, check, base[check], draw(st.sampled_from(Severity)), draw(verdicts),
            importance=draw(st.sampled_from(Importance)),
            sticky=draw(st.booleans()),
            acceptance=draw(st.sampled_from((None, None, ACCEPTANCE))),
        )
        for host, check, subject in keys
    ]  # fmt: skip


def hidden(finding: Finding) -> Finding:
    """It can no longer be seen. Of what failed, the store remembers severity and flags; of the rest only the base stays."""
    if finding.verdict.status is Status.UNKNOWN:
        return finding
    unseen = Verdict(Status.UNKNOWN, "could not be seen", flags=finding.verdict.flags if finding.open else frozenset())
    severity = finding.severity if finding.open else finding.base_severity
    return replace(finding, verdict=unseen, severity=severity, sticky=finding.open)


def fixed(finding: Finding) -> Finding:
    return replace(finding, verdict=Verdict(Status.OK, "in order"), sticky=False)


def accepted(finding: Finding) -> Finding:
    return replace(finding, acceptance=ACCEPTANCE)


def not_accepted(finding: Finding) -> Finding:
    return replace(finding, acceptance=None)


def each_changed(findings: Sequence[Finding], change: Callable[[Finding], Finding]) -> list[list[Finding]]:
    """The set as often as it has findings, each time with another one changed."""
    return [[change(each) if each is one else each for each in findings] for one in findings]


def assert_not_better(worse: Score, better: Score) -> None:
    order = list(Grade)
    assert worse.score <= better.score
    assert order.index(worse.grade) >= order.index(better.grade)


@given(result_sets())
def test_hiding_any_result_never_raises_score_or_grade(findings: list[Finding]) -> None:
    score = assess_score(findings)
    for changed in each_changed(findings, hidden):
        after = assess_score(changed)
        assert_not_better(after, score)
        assert after.coverage <= score.coverage


@given(result_sets(), st.data())
def test_hiding_many_results_never_raises_score_or_grade(findings: list[Finding], data: st.DataObject) -> None:
    unseen = [hidden(finding) if data.draw(st.booleans()) else finding for finding in findings]
    assert_not_better(assess_score(unseen), assess_score(findings))


@given(result_sets())
def test_fixing_a_finding_never_lowers_score_or_grade(findings: list[Finding]) -> None:
    score = assess_score(findings)
    applicable = [finding for finding in findings if finding.status is not Status.SKIPPED]
    skipped = [finding for finding in findings if finding.status is Status.SKIPPED]
    for changed in each_changed(applicable, fixed):
        assert_not_better(score, assess_score([*changed, *skipped]))


@given(result_sets())
def test_accepting_never_beats_fixing_nor_failing(findings: list[Finding]) -> None:
    for one, finding in enumerate(findings):
        if finding.status in (Status.OK, Status.SKIPPED):
            continue
        others = findings[:one] + findings[one + 1 :]
        living_with_it = assess_score([*others, accepted(finding)])
        assert_not_better(living_with_it, assess_score([*others, fixed(finding)]))
        assert_not_better(living_with_it, assess_score([*others, not_accepted(finding)]))


@given(result_sets())
def test_unknown_never_beats_ok(findings: list[Finding]) -> None:
    for unseen, seen in zip(each_changed(findings, hidden), each_changed(findings, fixed), strict=True):
        assert_not_better(assess_score(unseen), assess_score(seen))


@given(result_sets(), st.sampled_from(CHECKS), st.sampled_from(Importance))
def test_a_crashing_check_never_improves_anything(findings: list[Finding], check: str, importance: Importance) -> None:
    score = assess_score(findings)
    crashed = [hidden(finding) if finding.check == check else finding for finding in findings]
    assert_not_better(assess_score(crashed), score)
    of_the_check = [finding for finding in findings if finding.check == check]
    if of_the_check:
        # The crash came before its subjects were known: one unknown takes their place, and the store remembers what failed.
        verdict = Verdict(Status.UNKNOWN, "it stopped with an error")
        base = of_the_check[0].base_severity
        single = Finding("a", check, "", check, base, base, verdict, importance=importance)
        remembered = [hidden(finding) for finding in of_the_check if finding.status in (Status.FAIL, Status.UNKNOWN)]
        others = [finding for finding in findings if finding.check != check]
        assert_not_better(assess_score([*others, *remembered, single]), score)


@given(result_sets(), st.data())
def test_the_order_of_results_changes_nothing(findings: list[Finding], data: st.DataObject) -> None:
    assert assess_score(data.draw(st.permutations(findings))) == assess_score(findings)


@given(result_sets())
def test_the_names_of_hosts_and_subjects_change_no_number(findings: list[Finding]) -> None:
    swapped = {"a": "b", "b": "a", "x": "z", "y": "y", "z": "x"}
    renamed = [replace(finding, host=swapped[finding.host], subject=swapped[finding.subject]) for finding in findings]
    before, after = assess_score(findings), assess_score(renamed)
    assert (after.score, after.grade, after.coverage, after.areas) == (before.score, before.grade, before.coverage, before.areas)
    assert [cap.grade for cap in after.caps] == [cap.grade for cap in before.caps]


@given(result_sets(), bases, st.data())
def test_new_rules_alone_never_look_like_a_change(
    findings: list[Finding], rules: dict[str, Severity], data: st.DataObject
) -> None:
    """Property 7: later rules weigh checks otherwise and bring or drop some, while the machine stayed as it was."""
    later = [replace(finding, base_severity=rules[finding.check]) for finding in findings]
    earlier = [finding for finding in findings if data.draw(st.booleans())]
    later = [finding for finding in later if data.draw(st.booleans())]
    before, after = comparable(earlier, later)
    assert {finding.key for finding in before} == {finding.key for finding in after}
    assert assess_score(before) == assess_score(after)


@given(result_sets())
def test_every_number_stays_in_its_bounds(findings: list[Finding]) -> None:
    score = assess_score(findings)
    assert 0 <= score.score <= score.raw <= score.coverage <= 100
    assert score.score <= score.could_be <= 100
    assert list(Grade).index(score.could_be_grade) <= list(Grade).index(score.grade)
    assert (score.grade is Grade.NONE) is (score.coverage < 60)
