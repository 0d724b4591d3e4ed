"""The plan: deadlines, ranks and the score after each action, against values worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit.model import Acceptance, Effort, Finding, Flag, Importance, LeadTime, Remedy, Severity, Status, Verdict
from itaudit.outcome import Action, Grade, Tier
from itaudit.plan import due_date, make_plan
from itaudit.score import assess_score

TODAY = date(2026, 12, 14)
NOW = datetime(2026, 12, 14, 12, 0, tzinfo=UTC)
TIDY = Remedy("Tidy up the disk.")


def finding(
    check: str = "disks.space",
    status: Status = Status.FAIL,
    severity: Severity = Severity.HIGH,
    *,
    subject: str = "/",
    remedy: Remedy | None = TIDY,
    due: date | None = None,
    flags: Sequence[Flag] = (),
    importance: Importance = Importance.NORMAL,
    seen_days_ago: int | None = 0,
    times_seen: int = 1,
    sticky: bool = False,
    acceptance: Acceptance | None = None,
) -> Finding:
    verdict = Verdict(status, "measured", remedy=remedy, due=due, flags=frozenset(flags))
    return Finding(
        "office", check, subject, f"{check} is fine", severity, severity, verdict,
        importance=importance,
        first_seen=None if seen_days_ago is None else NOW - timedelta(days=seen_days_ago),
        times_seen=times_seen,
        sticky=sticky,
        acceptance=acceptance,
    )  # fmt: skip


def only_action(*findings: Finding) -> Action:
    (action,) = make_plan(findings, TODAY)
    return action


def test_a_serious_failure_is_due_in_thirty_days_and_ranked_by_the_table() -> None:
    action = only_action(finding(remedy=replace(TIDY, effort=Effort.HOURS)))
    assert (action.title, action.due, action.start_by) == ("Tidy up the disk.", date(2027, 1, 13), date(2027, 1, 13))
    assert action.tier is Tier.THIS_MONTH
    assert (action.priority, action.arithmetic) == (6, "6 x 1 x 1 x 1 x 2 / 2 = 6")


def test_a_vital_disk_failing_now_is_ranked_by_every_factor() -> None:
    action = only_action(
        finding(severity=Severity.CRITICAL, importance=Importance.VITAL, flags=[Flag.FAILING_NOW], seen_days_ago=10)
    )
    # 14 days from first sight, ten of them gone: slack 4.
    assert action.due == date(2026, 12, 18)
    assert (action.priority, action.arithmetic) == (120, "10 x 2 x 2 x 1 x 3 / 1 = 120")


def test_three_subjects_of_one_remedy_are_one_action_with_the_worst_of_each_factor() -> None:
    action = only_action(
        finding(subject="/a", severity=Severity.MEDIUM, importance=Importance.VITAL, remedy=replace(TIDY, effort=Effort.DAY)),
        finding(subject="/b", severity=Severity.HIGH, importance=Importance.SPARE, status=Status.WARN),
        finding(subject="/c", severity=Severity.LOW, times_seen=2, due=date(2026, 12, 20)),
    )
    # B = 1 + log2(3) / 2 = 1.79; slack 6 days; 18 x 1.79 = 32.22.
    assert action.arithmetic == "6 x 2 x 1.5 x 1.79 x 3 / 3 = 32.22"
    assert action.priority == 32.22
    assert [each.subject for each in action.findings] == ["/b", "/a", "/c"]
    assert action.due == action.start_by == date(2026, 12, 20)


def test_one_subject_with_two_faults_is_not_broader_than_one() -> None:
    action = only_action(finding("disks.space"), finding("disks.inodes"))
    assert action.arithmetic == "6 x 1 x 1 x 1 x 2 / 1 = 12"


def test_breadth_ends_at_three() -> None:
    action = only_action(*(finding(subject=str(number)) for number in range(17)))
    assert action.arithmetic == "6 x 1 x 1 x 3 x 2 / 1 = 36"


@pytest.mark.parametrize(
    ("flags", "times_seen", "arithmetic"),
    [
        ([Flag.EARLY_WARNING], 1, "1 x 1 x 1.5 x 1 x 1 / 1 = 1.5"),
        ([], 2, "1 x 1 x 1.5 x 1 x 1 / 1 = 1.5"),
        ([], 1, "1 x 1 x 1 x 1 x 1 / 1 = 1"),
        ([Flag.EXPLOITED, Flag.EARLY_WARNING], 2, "1 x 1 x 2 x 1 x 2 / 1 = 4"),
    ],
)
def test_likelihood_follows_the_named_facts(flags: list[Flag], times_seen: int, arithmetic: str) -> None:
    assert only_action(finding(severity=Severity.LOW, flags=flags, times_seen=times_seen)).arithmetic == arithmetic


@pytest.mark.parametrize(
    ("slack_days", "tier", "urgency"),
    [
        (-400, Tier.FIX_NOW, "3"),
        (7, Tier.FIX_NOW, "3"),
        (8, Tier.THIS_MONTH, "2"),
        (30, Tier.THIS_MONTH, "2"),
        (31, Tier.THIS_QUARTER, "1.5"),
        (90, Tier.THIS_QUARTER, "1.5"),
        (91, Tier.PLAN, "1"),
    ],
)
def test_slack_decides_tier_and_urgency(slack_days: int, tier: Tier, urgency: str) -> None:
    action = only_action(finding(severity=Severity.LOW, due=TODAY + timedelta(days=slack_days)))
    assert action.tier is tier
    assert action.arithmetic.startswith(f"1 x 1 x 1 x 1 x {urgency} / 1 = ")


@pytest.mark.parametrize(("ahead_days", "urgency"), [(185, "1"), (186, "0.5")])
def test_what_is_more_than_a_year_off_presses_least(ahead_days: int, urgency: str) -> None:
    # Low: 180 days from first sight, which a wrong clock may put ahead of today.
    action = only_action(finding(severity=Severity.LOW, seen_days_ago=-ahead_days))
    assert action.tier is Tier.PLAN
    assert action.arithmetic.startswith(f"1 x 1 x 1 x 1 x {urgency} / 1 = ")


@pytest.mark.parametrize(
    ("flags", "due"),
    [
        ([], date(2026, 11, 4) + timedelta(days=90)),
        ([Flag.EXPLOITED], date(2026, 11, 18)),
        ([Flag.REACHABLE], date(2026, 11, 18)),
        ([Flag.EXPLOITED, Flag.REACHABLE], date(2026, 11, 7)),
    ],
)
def test_known_flaws_have_their_own_deadline_from_first_sight(flags: list[Flag], due: date) -> None:
    assert due_date(finding(severity=Severity.MEDIUM, flags=flags, seen_days_ago=40), TODAY) == due


def test_the_day_it_will_hurt_comes_before_the_deadline_when_it_is_earlier() -> None:
    assert due_date(finding(due=date(2026, 12, 20)), TODAY) == date(2026, 12, 20)
    assert due_date(finding(due=date(2027, 12, 20)), TODAY) == date(2027, 1, 13)


def test_what_was_never_seen_before_counts_from_today() -> None:
    assert due_date(finding(seen_days_ago=None), TODAY) == date(2027, 1, 13)


def test_what_must_be_bought_starts_earlier_by_its_lead_time() -> None:
    action = only_action(finding(remedy=replace(TIDY, lead=LeadTime.FIREWALL)))
    assert (action.due, action.start_by) == (date(2027, 1, 13), date(2026, 12, 23))


@pytest.mark.parametrize(
    ("cost", "effort", "divisor"),
    [(None, Effort.HOURS, 2), ((500, 1000), Effort.HOURS, 2), ((500, 1001), Effort.HOURS, 5), ((500, 9000), Effort.PROJECT, 8)],
)
def test_much_money_weighs_as_much_as_a_week(cost: tuple[int, int] | None, effort: Effort, divisor: int) -> None:
    assert f" / {divisor} = " in only_action(finding(remedy=replace(TIDY, cost=cost, effort=effort))).arithmetic


@pytest.mark.parametrize("flags", [[Flag.BUSINESS_STOPPER], [Flag.EXPLOITED, Flag.REACHABLE]])
def test_a_business_stopper_is_fixed_now_whatever_its_slack(flags: list[Flag]) -> None:
    ahead_of_today = -100
    assert only_action(finding(flags=flags, seen_days_ago=ahead_of_today)).tier is Tier.FIX_NOW


def test_a_failing_disk_and_the_missing_backup_are_both_fixed_now() -> None:
    disk = finding("disks.smart", severity=Severity.LOW, flags=[Flag.FAILING_NOW])
    backup = finding("backups.exists", severity=Severity.LOW, remedy=Remedy("Make a backup."))
    assert [action.tier for action in make_plan([disk, backup], TODAY)] == [Tier.FIX_NOW, Tier.FIX_NOW]
    assert only_action(disk).tier is Tier.PLAN
    assert only_action(backup).tier is Tier.PLAN


@pytest.mark.parametrize(
    "harmless",
    [
        finding(status=Status.OK),
        finding(status=Status.SKIPPED),
        finding(status=Status.UNKNOWN),
        finding(status=Status.WARN, remedy=None),
        finding(severity=Severity.INFO),
        finding(acceptance=Acceptance("owner", "retiring", TODAY, TODAY)),
    ],
)
def test_what_needs_no_action_gets_none(harmless: Finding) -> None:
    assert make_plan([harmless], TODAY) == ()


def test_a_failure_without_a_remedy_is_to_be_looked_into() -> None:
    assert only_action(finding(remedy=None)).title == "Look into: disks.space is fine"


def test_what_failed_when_last_seen_still_needs_action() -> None:
    assert only_action(finding(status=Status.UNKNOWN, sticky=True, remedy=None)).title == "Look into: disks.space is fine"


def test_an_acceptance_that_ran_out_counts_no_more() -> None:
    over = Acceptance("owner", "retiring", TODAY - timedelta(days=30), TODAY - timedelta(days=1))
    assert only_action(finding(acceptance=over)).findings[0].acceptance is over


def test_an_exploited_and_reachable_hole_cannot_be_accepted() -> None:
    lasting = Acceptance("owner", "no time", TODAY, TODAY + timedelta(days=30))
    assert only_action(finding(acceptance=lasting, flags=[Flag.EXPLOITED, Flag.REACHABLE])).tier is Tier.FIX_NOW


def test_a_date_from_a_damaged_record_breaks_nothing() -> None:
    action = only_action(finding(due=date.min, remedy=replace(TIDY, lead=LeadTime.SERVER_OR_LINE)))
    assert (action.due, action.start_by, action.tier) == (date.min, date.min, Tier.FIX_NOW)


def test_the_tier_comes_first_and_the_rank_inside_it() -> None:
    soon = finding("disks.a", severity=Severity.LOW, remedy=Remedy("Soon."), due=TODAY + timedelta(days=5))  # 3
    later = finding("disks.b", remedy=Remedy("Later."), importance=Importance.VITAL)  # 24, this month
    month = finding("disks.c", remedy=Remedy("Month."))  # 12, this month
    assert [action.title for action in make_plan([month, later, soon], TODAY)] == ["Soon.", "Later.", "Month."]


def test_ties_are_broken_by_start_then_severity_then_id() -> None:
    def tied(check: str, severity: Severity, importance: Importance, days: int, effort: Effort = Effort.MINUTES) -> Finding:
        remedy = Remedy(check, effort=effort)
        return finding(check, severity=severity, importance=importance, remedy=remedy, due=TODAY + timedelta(days=days))

    actions = make_plan(
        [
            tied("disks.a", Severity.MEDIUM, Importance.VITAL, 20),  # 3 x 2 x 2 = 12
            tied("disks.c", Severity.HIGH, Importance.NORMAL, 20),  # 6 x 1 x 2 = 12
            tied("disks.b", Severity.HIGH, Importance.NORMAL, 20),
            tied("disks.e", Severity.MEDIUM, Importance.VITAL, 15),
        ],
        TODAY,
    )
    assert {action.priority for action in actions} == {12}
    assert [action.title for action in actions] == ["disks.e", "disks.b", "disks.c", "disks.a"]


def test_each_action_shows_the_score_after_it_and_all_before_it() -> None:
    findings = [
        finding("backups.exists", severity=Severity.CRITICAL, remedy=Remedy("Make a backup."), flags=[Flag.BUSINESS_STOPPER]),
        finding("backups.age", Status.OK, Severity.CRITICAL),
        finding("disks.space", severity=Severity.HIGH, subject="/", importance=Importance.VITAL),
        finding("disks.space", Status.WARN, Severity.HIGH, subject="/srv"),
        finding("dns.mail", Status.UNKNOWN, Severity.LOW),
    ]
    first, second = make_plan(findings, TODAY, {"backups": 60, "disks": 30, "dns": 10})
    # Before: backups 50, disks (0 x 2 + 0.5) / 3 = 16.67, dns 0. Then backups 100: 60 + 5 = 65, a D. Then disks 100: 90;
    # dns, never seen, keeps its ten points, and a coverage of 90 does not cap.
    assert assess_score(findings, {"backups": 60, "disks": 30, "dns": 10}).score == 35
    assert (first.title, first.score_after, first.grade_after) == ("Make a backup.", 65, Grade.D)
    assert (second.title, second.score_after, second.grade_after) == ("Tidy up the disk.", 90, Grade.A)


def test_areas_left_out_leave_every_step_without_a_grade() -> None:
    (action,) = make_plan([finding()], TODAY, areas_left_out=["dns"])
    assert (action.score_after, action.grade_after) == (59, Grade.NONE)


@st.composite
def findings_of_a_scan(draw: st.DrawFn) -> list[Finding]:
    checks = st.sampled_from(("backups.exists", "disks.space", "disks.smart", "dns.mail", "nagios.load"))
    keys = draw(st.lists(st.tuples(checks, st.sampled_from("xyz")), unique=True, max_size=12))
    remedies = st.none() | st.builds(Remedy, st.sampled_from(("Tidy up.", "Buy.", "Renew.")), st.sampled_from(Effort))
    return [
        finding(
            check,
            draw(st.sampled_from(Status)),
            draw(st.sampled_from(Severity)),
            subject=subject,
            remedy=draw(remedies),
            due=draw(st.none() | st.dates(date(2020, 1, 1), date(2035, 1, 1))),
            flags=sorted(draw(st.frozensets(st.sampled_from(Flag), max_size=2))),
            importance=draw(st.sampled_from(Importance)),
            seen_days_ago=draw(st.none() | st.integers(0, 400)),
            sticky=draw(st.booleans()),
        )
        for check, subject in keys
    ]


@given(findings_of_a_scan())
def test_the_score_after_each_action_is_that_of_a_full_recount(findings: list[Finding]) -> None:
    state = {each.key: each for each in findings}
    for action in make_plan(findings, TODAY):
        for each in action.findings:
            state[each.key] = replace(each, verdict=Verdict(Status.OK, "mended"), sticky=False)
        score = assess_score(list(state.values()))
        assert (action.score_after, action.grade_after) == (score.score, score.grade)


@given(findings_of_a_scan())
def test_no_step_of_the_plan_lowers_score_or_grade(findings: list[Finding]) -> None:
    start = assess_score(findings)
    steps = [(start.score, start.grade), *((action.score_after, action.grade_after) for action in make_plan(findings, TODAY))]
    assert steps == sorted(steps, key=lambda step: (step[0], -list(Grade).index(step[1])))
    ranks = [list(Grade).index(grade) for _, grade in steps]
    assert ranks == sorted(ranks, reverse=True)


@given(findings_of_a_scan(), st.data())
def test_every_finding_that_fails_is_in_one_action_whatever_the_order(findings: list[Finding], data: st.DataObject) -> None:
    plan = make_plan(findings, TODAY)
    assert make_plan(data.draw(st.permutations(findings)), TODAY) == plan
    planned = [each.key for action in plan for each in action.findings]
    assert len(planned) == len(set(planned))
    assert set(planned) >= {each.key for each in findings if each.open and each.severity is not Severity.INFO}
    assert [list(Tier).index(action.tier) for action in plan] == sorted(list(Tier).index(action.tier) for action in plan)


def test_five_thousand_findings_with_a_remedy_each_are_planned() -> None:
    many = [finding(f"disks.c{number % 50}", subject=str(number), remedy=Remedy(f"Mend {number}.")) for number in range(5000)]
    plan = make_plan(many, TODAY)
    assert len(plan) == 5000
    assert (plan[-1].score_after, plan[-1].grade_after) == (100, Grade.A)
