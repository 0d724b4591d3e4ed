"""The score, its caps and its reasons, against values worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from itaudit.ledger import letter
from itaudit.model import Acceptance, Finding, Flag, Importance, Severity, Status, Verdict
from itaudit.outcome import Cap, Grade
from itaudit.score import assess_score, comparable

ACCEPTED = Acceptance("owner", "will be retired", date(2026, 11, 1), date(2027, 1, 31))


def finding(
    check: str,
    status: Status,
    base: Severity = Severity.MEDIUM,
    *,
    subject: str = "",
    severity: Severity | None = None,
    flags: frozenset[Flag] = frozenset(),
    importance: Importance = Importance.NORMAL,
    sticky: bool = False,
    acceptance: Acceptance | None = None,
) -> Finding:
    verdict = Verdict(status, f"{check} is broken.", flags=flags)
    return Finding(
        "office", check, subject, f"{check} is fine.", base, severity or base, verdict,
        importance=importance, sticky=sticky, acceptance=acceptance,
    )  # fmt: skip


# Five critical checks in order, in the area of the finding under test: its one point of 51 leaves the raw score at 98.04.
SOUND = [finding(f"disks.part{number}", Status.OK, Severity.CRITICAL) for number in range(5)]


def with_one_low(status: Status, severity: Severity, **facts: object) -> Finding:
    return finding("disks.odd", status, Severity.LOW, severity=severity, **facts)  # type: ignore[arg-type]  # passed through as they are


def test_a_mixed_machine_scores_as_worked_out_by_hand() -> None:
    score = assess_score(
        [
            finding("backups.exists", Status.OK, Severity.CRITICAL),
            finding("backups.age", Status.WARN, Severity.HIGH),
            finding("disks.space", Status.OK, Severity.CRITICAL, subject="/", importance=Importance.VITAL),
            finding("disks.space", Status.FAIL, Severity.CRITICAL, subject="/srv", severity=Severity.HIGH),
            finding("dns.mail", Status.UNKNOWN, Severity.MEDIUM, subject="example.com"),
            finding("patches.auto", Status.SKIPPED, Severity.CRITICAL),
            finding("services.uptime", Status.FAIL, Severity.INFO),
        ]
    )
    # backups (10 x 1 + 6 x 0.5) / 16 = 81.25; disks 10 x (2 x 1 + 1 x 0) / 3 = 66.67; dns 0; weights 25, 15, 10.
    assert score.raw == score.score == 60.625
    assert score.grade is Grade.D
    assert score.coverage == 80
    assert score.could_be == 80.625  # dns adds 10 / 50
    assert score.could_be_grade is Grade.B
    assert [(area.area, area.weight, area.points, area.coverage) for area in score.areas] == [
        ("backups", 25, 16, 100),
        ("disks", 15, 10, 100),
        ("dns", 10, 3, 0),
    ]
    assert [area.score for area in score.areas] == pytest.approx([81.25, 200 / 3, 0])
    assert [area.could_be for area in score.areas] == pytest.approx([81.25, 200 / 3, 100])
    space = score.areas[1].checks[0]
    assert (space.check, space.points, space.subjects, space.seen) == ("disks.space", 10, 2, 1)
    assert (space.credit, space.best_credit) == pytest.approx((2 / 3, 2 / 3))
    assert score.caps == (
        Cap(Grade.B, "One serious problem is open: disks.space is broken."),
        Cap(Grade.B, "Only 80% of what matters could be checked."),
    )


def test_everything_in_order_is_an_a_without_caps() -> None:
    score = assess_score(SOUND)
    assert (score.score, score.grade, score.coverage, score.caps) == (100, Grade.A, 100, ())


def test_nothing_that_counts_is_no_grade_at_all() -> None:
    for findings in ([], [finding("disks.a", Status.SKIPPED)], [finding("disks.a", Status.OK, Severity.INFO)]):
        score = assess_score(findings)
        assert (score.raw, score.score, score.coverage, score.grade, score.areas) == (0, 0, 0, Grade.NONE, ())


@pytest.mark.parametrize(
    ("found", "grade", "ceiling"),
    [
        ([with_one_low(Status.FAIL, Severity.MEDIUM)], Grade.A, None),
        ([with_one_low(Status.FAIL, Severity.HIGH)], Grade.B, 89),
        ([with_one_low(Status.FAIL, Severity.HIGH, subject=str(disk)) for disk in range(2)], Grade.B, 89),
        ([with_one_low(Status.FAIL, Severity.HIGH, subject=str(disk)) for disk in range(3)], Grade.C, 79),
        ([with_one_low(Status.FAIL, Severity.CRITICAL)], Grade.D, 69),
        ([with_one_low(Status.FAIL, Severity.CRITICAL, subject=str(disk)) for disk in range(2)], Grade.D, 69),
        ([with_one_low(Status.FAIL, Severity.CRITICAL, subject=str(disk)) for disk in range(3)], Grade.F, 59),
        ([with_one_low(Status.WARN, Severity.CRITICAL)], Grade.A, None),
        ([with_one_low(Status.UNKNOWN, Severity.HIGH)], Grade.A, None),
        ([with_one_low(Status.UNKNOWN, Severity.CRITICAL)], Grade.C, 79),
        ([with_one_low(Status.UNKNOWN, Severity.CRITICAL, sticky=True)], Grade.D, 69),
        ([with_one_low(Status.OK, Severity.CRITICAL, sticky=True)], Grade.A, None),
        ([with_one_low(Status.FAIL, Severity.CRITICAL, acceptance=ACCEPTED)], Grade.D, 69),
        ([with_one_low(Status.FAIL, Severity.HIGH, acceptance=ACCEPTED)], Grade.B, 89),
        ([with_one_low(Status.OK, Severity.CRITICAL, acceptance=ACCEPTED)], Grade.A, None),
        # Only the case is critical, not the check: hidden, it would be an unknown of a low check, which has no cap either.
        ([with_one_low(Status.WARN, Severity.CRITICAL, acceptance=ACCEPTED)], Grade.A, None),
        ([with_one_low(Status.FAIL, Severity.LOW, flags=frozenset({Flag.BUSINESS_STOPPER}))], Grade.F, 59),
        ([with_one_low(Status.WARN, Severity.LOW, flags=frozenset({Flag.BUSINESS_STOPPER}))], Grade.A, None),
        ([with_one_low(Status.FAIL, Severity.LOW, flags=frozenset({Flag.EXPLOITED, Flag.REACHABLE}))], Grade.F, 59),
        ([with_one_low(Status.FAIL, Severity.LOW, flags=frozenset({Flag.EXPLOITED}))], Grade.A, None),
        ([with_one_low(Status.FAIL, Severity.LOW, flags=frozenset({Flag.FAILING_NOW}))], Grade.A, None),
    ],
)
def test_each_cap_holds_where_the_table_says(found: Sequence[Finding], grade: Grade, ceiling: float | None) -> None:
    score = assess_score([*SOUND, *found])
    assert score.raw > 98
    assert score.grade is grade
    assert score.score == (score.raw if ceiling is None else ceiling)


def test_an_accepted_warning_of_a_critical_check_caps_at_c() -> None:
    warned = finding("disks.part0", Status.WARN, Severity.CRITICAL, acceptance=ACCEPTED)
    score = assess_score([warned, *SOUND[1:]])
    assert score.raw == 90  # 45 of 50 points
    assert (score.grade, score.score) == (Grade.C, 79)
    assert score.caps == (Cap(Grade.C, "You chose to live with a critical problem: disks.part0 is broken."),)


@pytest.mark.parametrize(
    ("backup", "disk_area", "grade"),
    [
        (Status.FAIL, "disks", Grade.F),
        (Status.UNKNOWN, "disks", Grade.A),
        (Status.OK, "disks", Grade.A),
        (Status.FAIL, "services", Grade.A),
    ],
)
def test_a_failing_disk_stops_the_business_only_without_a_backup(backup: Status, disk_area: str, grade: Grade) -> None:
    others = [finding(f"backups.part{number}", Status.OK, Severity.CRITICAL) for number in range(9)]
    disk = finding(
        f"{disk_area}.smart",
        Status.FAIL,
        Severity.LOW,
        severity=Severity.MEDIUM,
        flags=frozenset({Flag.FAILING_NOW}),
        subject="sda",
    )
    around = finding(f"{disk_area}.rest", Status.OK, Severity.CRITICAL)
    score = assess_score([*SOUND, *others, finding("backups.exists", backup, Severity.LOW), disk, around])
    assert score.grade is grade
    if grade is Grade.F:
        reason = "A disk is failing and there is no backup of it: disks.smart is broken and backups.exists is broken."
        assert score.caps == (Cap(Grade.F, reason),)


@pytest.mark.parametrize(
    ("seen", "grade", "cap"),
    [
        (10, Grade.A, ()),
        (9, Grade.A, ()),
        (8, Grade.B, (Cap(Grade.B, "Only 80% of what matters could be checked."),)),
        (7, Grade.C, (Cap(Grade.C, "Only 70% of what matters could be checked."),)),
        (6, Grade.D, (Cap(Grade.C, "Only 60% of what matters could be checked."),)),
        (5, Grade.NONE, (Cap(Grade.NONE, "Not enough was checked to grade: only 50% of what matters could be checked."),)),
    ],
)
def test_what_was_not_seen_lowers_score_and_coverage_and_names_its_cap(seen: int, grade: Grade, cap: tuple[Cap, ...]) -> None:
    findings = [finding(f"disks.part{number}", Status.OK if number < seen else Status.UNKNOWN) for number in range(10)]
    score = assess_score(findings)
    assert (score.score, score.coverage, score.grade, score.caps) == (10 * seen, 10 * seen, grade, cap)
    assert (score.could_be, score.could_be_grade) == (100, Grade.A)


@pytest.mark.parametrize(("percent", "grade"), [(75, Grade.B), (74, Grade.C)])
def test_a_coverage_below_three_quarters_caps_harder(percent: int, grade: Grade) -> None:
    findings = [finding("disks.a", Status.OK), finding("dns.a", Status.UNKNOWN)]
    score = assess_score(findings, {"disks": percent, "dns": 100 - percent})
    assert score.caps == (Cap(grade, f"Only {percent}% of what matters could be checked."),)


def test_a_problem_that_was_seen_last_time_only_is_named_as_such() -> None:
    hidden = finding("disks.odd", Status.UNKNOWN, Severity.CRITICAL, subject="sda", sticky=True)
    (cap, *_) = assess_score([*SOUND, hidden]).caps
    assert cap.reason == (
        'One critical problem is open: "disks.odd is fine" (sda) failed when last seen, and could not be seen now.'
    )


def test_a_point_that_was_never_seen_is_named_by_what_should_be_so() -> None:
    hidden = finding("disks.odd", Status.UNKNOWN, Severity.CRITICAL, subject="sda")
    (cap, *_) = assess_score([*SOUND, hidden]).caps
    assert cap.reason == 'A critical point could not be checked: "disks.odd is fine" (sda).'
    caps = assess_score([*SOUND, replace(hidden, acceptance=ACCEPTED)]).caps
    kept = 'You chose to live with a critical point that could not be checked: "disks.odd is fine" (sda).'
    assert Cap(Grade.C, kept) in caps


def test_what_last_failed_and_cannot_be_seen_is_failed_and_unseen() -> None:
    score = assess_score(
        [*SOUND[:4], finding("disks.part4", Status.UNKNOWN, Severity.CRITICAL, severity=Severity.LOW, sticky=True)]
    )
    assert (score.score, score.coverage, score.could_be) == (80, 80, 100)


def test_areas_left_out_on_purpose_leave_no_grade() -> None:
    score = assess_score(SOUND, areas_left_out=("dns", "nagios", "backups"))
    assert (score.raw, score.score, score.grade) == (100, 59, Grade.NONE)
    reason = "Only part of the machine was looked at (left out: backups, web address and email, your own checks)."
    assert score.caps == (Cap(Grade.NONE, reason),)
    assert score.could_be_grade is Grade.NONE


def test_caps_are_listed_worst_first_and_count_their_findings() -> None:
    found = [finding(f"services.c{number}", Status.FAIL, Severity.CRITICAL, subject=f"s{number}") for number in range(3)]
    serious = [finding(f"services.h{number}", Status.FAIL, Severity.HIGH) for number in range(2)]
    score = assess_score([*found, *serious, finding("services.u", Status.UNKNOWN)])
    # 30 + 12 + 3 points, of which the unknown 3 are not seen: coverage 42 / 45 = 93 %.
    assert score.caps == (
        Cap(Grade.F, "3 critical problems are open, the first: services.c0 is broken."),
        Cap(Grade.B, "2 serious problems are open, the first: services.h0 is broken."),
    )


def test_points_come_from_the_check_and_never_from_the_case() -> None:
    mild = finding("disks.a", Status.FAIL, Severity.HIGH, severity=Severity.LOW)
    score = assess_score([mild, finding("disks.b", Status.OK, Severity.LOW)])
    assert score.raw == pytest.approx(100 / 7)


def test_differing_bases_of_one_check_count_as_the_highest_even_of_a_subject_that_left() -> None:
    subjects = [
        finding("disks.a", Status.FAIL, Severity.LOW, subject="1"),
        finding("disks.a", Status.SKIPPED, Severity.CRITICAL, subject="2"),
    ]
    score = assess_score([*subjects, finding("disks.b", Status.OK, Severity.CRITICAL)])
    assert score.raw == 50


def test_skipped_subjects_leave_the_mean() -> None:
    subjects = [finding("disks.a", Status.SKIPPED, subject="1"), finding("disks.a", Status.WARN, subject="2")]
    score = assess_score(subjects)
    assert score.raw == 50
    assert score.areas[0].checks[0].subjects == 1


def test_an_area_of_a_plugin_weighs_five() -> None:
    score = assess_score([finding("backups.a", Status.OK, Severity.LOW), finding("nagios.a", Status.FAIL, Severity.LOW)])
    assert score.raw == pytest.approx(100 * 25 / 30)


def test_weights_given_replace_only_their_own() -> None:
    findings = [finding("backups.a", Status.OK, Severity.LOW), finding("dns.a", Status.FAIL, Severity.LOW)]
    assert assess_score(findings, {"dns": 75}).raw == 25
    assert assess_score(findings, {"dns": 0}).raw == 100
    assert assess_score(findings, {"dns": 0, "backups": 0}).grade is Grade.NONE


@pytest.mark.parametrize("weight", [-1, float("nan"), float("inf")])
def test_a_weight_that_is_no_weight_is_an_error(weight: float) -> None:
    with pytest.raises(ValueError, match="the weight of disks"):
        assess_score(SOUND, {"disks": weight})


@pytest.mark.parametrize(("ok", "failed", "grade"), [(0.9, 0.1, Grade.A), (89.99, 10.01, Grade.B), (59.99, 40.01, Grade.F)])
def test_a_letter_is_reached_exactly_and_never_rounded_up(ok: float, failed: float, grade: Grade) -> None:
    findings = [finding("disks.a", Status.OK, Severity.LOW), finding("dns.a", Status.FAIL, Severity.LOW)]
    assert assess_score(findings, {"disks": ok, "dns": failed}).grade is grade


@pytest.mark.parametrize(
    ("score", "grade"),
    [
        (100, Grade.A),
        (90, Grade.A),
        (89.99, Grade.B),
        (80, Grade.B),
        (70, Grade.C),
        (60, Grade.D),
        (59.99, Grade.F),
        (0, Grade.F),
    ],
)
def test_letters_by_floor(score: float, grade: Grade) -> None:
    assert letter(score) is grade


def test_only_what_was_known_both_times_is_compared_by_the_points_of_today() -> None:
    gone, kept = finding("disks.gone", Status.FAIL), finding("disks.kept", Status.WARN, Severity.LOW)
    kept_now, new = finding("disks.kept", Status.OK, Severity.HIGH), finding("disks.new", Status.FAIL)
    before, after = comparable([gone, kept], [kept_now, new])
    assert after == (kept_now,)
    assert before == (finding("disks.kept", Status.WARN, Severity.HIGH, severity=Severity.LOW),)
