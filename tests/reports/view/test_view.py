"""The view says what the assessment holds. Expected words and numbers are worked out by hand from the rows in conftest.py."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import date
from typing import Any

import pytest

from itaudit.model import Finding, Flag, Severity, Status
from itaudit.outcome import Assessment, Changes, Grade, Tier
from itaudit.reports.view import View, build_view
from itaudit.reports.viewmodel import Fact
from itaudit.text import clean


def only(assessment: Assessment, *findings: Finding) -> View:
    return build_view(replace(assessment, scan=replace(assessment.scan, findings=findings)))


def named(assessment: Assessment, check: str, subject: str) -> Finding:
    return next(finding for finding in assessment.scan.findings if (finding.check, finding.subject) == (check, subject))


def strings(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, str) and name != "svg":
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from strings(item, key)
    elif isinstance(value, tuple):
        for item in value:
            yield from strings(item)


def test_every_string_is_cleaned(hostile: Assessment) -> None:
    found = list(strings(asdict(build_view(hostile))))
    assert len(found) > 500
    assert [text for text in found if clean(text) != text] == []


class TestPageOne:
    def test_what_could_stop_the_business_comes_first(self, assessment: Assessment) -> None:
        said = build_view(assessment).page_one.verdict
        assert said == "One problem on web-01 could stop your business. It can be mended, and comes first."

    def test_then_what_is_serious(self, assessment: Assessment) -> None:
        page = only(assessment, named(assessment, "patches.security", "apt")).page_one
        assert page.verdict == "web-01 has one critical problem to mend."

    def test_too_little_seen_is_said_before_what_is_serious(self, assessment: Assessment) -> None:
        seen = (named(assessment, "patches.security", "apt"), named(assessment, "dns.dmarc", "example.com"))
        ungraded = replace(assessment, score=replace(assessment.score, grade=Grade.NONE))
        assert only(ungraded, *seen).page_one.verdict == (
            "Not enough of web-01 could be checked to say where you stand. "
            "What was seen has one critical problem and one serious problem to mend."
        )
        stopper = named(assessment, "disks.failing", "/dev/sdb")
        assert only(ungraded, stopper).page_one.verdict.endswith(" Not enough could be checked to say what else.")
        left = replace(ungraded, scan=replace(ungraded.scan, areas_left_out=("dns",)))
        assert only(left, stopper).page_one.verdict.endswith(" Only a part of it was looked at.")

    def test_a_part_asked_for_is_not_called_the_whole(self, assessment: Assessment) -> None:
        ungraded = replace(assessment.score, grade=Grade.NONE)
        scan = replace(assessment.scan, areas_left_out=("dns",), findings=())
        said = build_view(replace(assessment, score=ungraded, scan=scan)).page_one.verdict
        assert said == "Only a part of web-01 was looked at, too little to say where you stand."

    @pytest.mark.parametrize(
        ("accepted", "said"),
        [
            ((True,), "One problem on web-01 that you chose to live with could stop your business."),
            ((True, True), "Two problems on web-01 that you chose to live with could stop your business."),
            ((True, True, False), "Three problems on web-01 could stop your business; you chose to live with two of them."),
            ((True, False), "Two problems on web-01 could stop your business; you chose to live with one of them."),
            ((False, False), "Two problems on web-01 could stop your business. They can be mended, and come first."),
        ],
    )
    def test_an_accepted_stopper_is_still_a_stopper(self, accepted: tuple[bool, ...], said: str, assessment: Assessment) -> None:
        kept = named(assessment, "dns.dmarc", "old.example.com").acceptance
        stopper = named(assessment, "disks.failing", "/dev/sdb")
        stoppers = [replace(stopper, subject=str(n), acceptance=kept if yes else None) for n, yes in enumerate(accepted)]
        assert only(assessment, *stoppers).page_one.verdict == said

    def test_a_disk_and_a_missing_backup_stop_together_though_one_is_accepted(self, assessment: Assessment) -> None:
        kept = named(assessment, "dns.dmarc", "old.example.com").acceptance
        disk = named(assessment, "disks.failing", "/dev/sdb")
        disk = replace(disk, acceptance=kept, verdict=replace(disk.verdict, flags=frozenset({Flag.FAILING_NOW})))
        backup = named(assessment, "backups.exists", "restic")
        backup = replace(backup, verdict=replace(backup.verdict, status=Status.FAIL))
        said = only(assessment, disk, backup).page_one.verdict
        assert said == "Two problems on web-01 could stop your business; you chose to live with one of them."

    def test_an_open_door_that_is_used_stops_the_business(self, assessment: Assessment) -> None:
        finding = named(assessment, "patches.security", "apt")
        flags = frozenset({Flag.EXPLOITED, Flag.REACHABLE})
        page = only(assessment, replace(finding, verdict=replace(finding.verdict, flags=flags))).page_one
        assert page.verdict.startswith("One problem on web-01 could stop your business.")
        half = replace(finding, verdict=replace(finding.verdict, flags=frozenset({Flag.EXPLOITED})))
        assert only(assessment, half).page_one.verdict == "web-01 has one critical problem to mend."

    def test_then_what_is_weak(self, assessment: Assessment) -> None:
        page = only(assessment, named(assessment, "dns.dmarc", "example.com")).page_one
        assert page.verdict == "web-01 has one serious problem to mend."

    def test_an_accepted_problem_is_named_as_accepted(self, assessment: Assessment) -> None:
        kept, other = named(assessment, "dns.dmarc", "old.example.com"), named(assessment, "patches.security", "apt")
        assert only(assessment, kept).page_one.verdict == "web-01 has one serious problem that you chose to live with."
        assert only(assessment, kept, other).page_one.verdict == (
            "web-01 has one critical problem to mend, and one serious problem that you chose to live with."
        )

    @pytest.mark.parametrize(
        ("grade", "tier", "said"),
        [
            (Grade.A, Tier.FIX_NOW, "web-01 is in good shape; a few smaller things should be done now."),
            (Grade.B, Tier.THIS_MONTH, "web-01 is in good shape; a few smaller things should be done this month."),
            (Grade.B, Tier.THIS_QUARTER, "web-01 is in good shape; a few smaller things should be done this quarter."),
            (Grade.A, Tier.PLAN, "web-01 is in good order: nothing needs you this month."),
            (Grade.B, Tier.PLAN, "web-01 is in good shape: nothing needs you this month."),
            (Grade.C, Tier.PLAN, "web-01 has gaps to close: the reasons are below."),
        ],
    )
    def test_without_problems_grade_and_plan_decide(self, grade: Grade, tier: Tier, said: str, assessment: Assessment) -> None:
        action, score = replace(assessment.actions[0], tier=tier), replace(assessment.score, grade=grade)
        visit = replace(assessment, actions=(action,), score=score)
        assert only(visit, named(assessment, "dns.mx", "example.com")).page_one.verdict == said

    def test_a_low_grade_without_caps_says_that_small_things_add_up(self, assessment: Assessment) -> None:
        visit = replace(assessment, score=replace(assessment.score, grade=Grade.D, caps=()))
        assert only(visit).page_one.verdict == "web-01 has gaps to close: many small things add up."

    def test_what_works_comes_from_areas_without_failures_first(self, assessment: Assessment) -> None:
        assert [fact.text for fact in build_view(assessment).page_one.works] == [
            "The newest backup holds 214 GB.",
            "Three of three places on the internet answered.",
            "It is valid until 3 February 2027.",
            "The newest backup is 7 hours old.",
        ]

    def test_a_server_that_lies_is_not_praised_for_answering(self, assessment: Assessment) -> None:
        answers = replace(named(assessment, "dns.resolve", "example.com"), check="dns.resolver_reachable")
        honest = replace(named(assessment, "dns.dmarc", "example.com"), check="dns.resolver_honest")
        assert only(assessment, answers, honest).page_one.works[0].text == "Nothing could be confirmed as good yet."
        assert only(assessment, answers, honest).health.questions[0].good == Fact("Nothing that we could confirm yet.")
        honest = replace(honest, verdict=replace(honest.verdict, status=Status.OK))
        assert only(assessment, answers, honest).page_one.works[0].text == "Your web address answers everywhere."

    def test_a_door_that_others_can_reach_is_not_praised(self, assessment: Assessment) -> None:
        door = replace(named(assessment, "dns.resolve", "example.com"), check="security.ports")
        assert only(assessment, door).page_one.works[0].text == "Nothing could be confirmed as good yet."

    def test_then_that_too_little_was_seen(self, empty: Assessment) -> None:
        page = build_view(empty).page_one
        assert page.verdict == "Not enough of web-01 could be checked to say where you stand."
        assert page.standing.letter == "\u2013"
        assert page.works[0].text == "Nothing could be confirmed as good yet."

    def test_silence_is_said(self, healthy: Assessment) -> None:
        assert build_view(healthy).page_one.verdict == "web-01 is in good order: nothing needs you this month."

    @pytest.mark.parametrize(
        ("grade", "said"),
        [
            (
                Grade.A,
                "web-01 is in good order: nothing found that needs you this month; two important things could not be checked.",
            ),
            (
                Grade.B,
                "web-01 is in good shape: nothing found that needs you this month; two important things could not be checked.",
            ),
        ],
    )
    def test_no_silence_over_what_matters_and_was_not_seen(self, grade: Grade, said: str, unseen: Assessment) -> None:
        assert build_view(replace(unseen, score=replace(unseen.score, grade=grade))).page_one.verdict == said

    @pytest.mark.parametrize(("severity", "calm"), [(Severity.CRITICAL, False), (Severity.HIGH, False), (Severity.MEDIUM, True)])
    def test_what_is_important_is_critical_or_high(self, severity: Severity, calm: bool, unseen: Assessment) -> None:
        hidden = replace(named(unseen, "backups.offsite", "restic"), severity=severity)
        view = only(unseen, hidden)
        assert (view.page_one.nothing_to_do == "Nothing needs you this month.") is calm
        assert view.plan.good == ("Nothing needs you now." if calm else "")
        assert ("one important thing could not be checked" in view.plan.unseen) is not calm
        assert ("one important thing could not be checked" in view.page_one.nothing_to_do) is not calm

    def test_what_the_owner_chose_not_to_see_is_no_news(self, unseen: Assessment, assessment: Assessment) -> None:
        kept = named(assessment, "dns.dmarc", "old.example.com").acceptance
        hidden = replace(named(unseen, "backups.offsite", "restic"), acceptance=kept)
        assert only(unseen, hidden).plan.good == "Nothing needs you now."

    def test_without_a_grade_scores_are_not_compared(self, part: Assessment, assessment: Assessment) -> None:
        assert build_view(assessment).page_one.standing.trend
        assert build_view(part).page_one.standing.trend == ""
        earlier = replace(assessment.changes, previous_grade=Grade.NONE)
        assert build_view(replace(assessment, changes=earlier)).page_one.standing.trend == ""
        reach = replace(part.score, score=30.0)
        assert build_view(replace(part, score=reach)).page_one.standing.could_be == ""
        assert build_view(part).page_one.chart is None

    def test_the_numbers_are_cut_and_the_reasons_are_given(self, assessment: Assessment) -> None:
        standing = build_view(assessment).page_one.standing
        assert (standing.letter, standing.score, standing.coverage, standing.could_be) == ("F", "59 of 100", "91 %", "78 (C)")
        assert standing.caps[0] == "One thing could stop your business: a drive that is failing."

    def test_every_status_is_counted(self, assessment: Assessment) -> None:
        counts = {count.tone: count.number for count in build_view(assessment).page_one.counts}
        assert counts == {"fail": 6, "warn": 10, "unknown": 4, "ok": 22, "skipped": 3}

    def test_there_are_three_actions_with_cost_person_and_day(self, assessment: Assessment) -> None:
        first, second, third = build_view(assessment).page_one.actions
        assert (first.title, first.refs) == ("Replace the drive that has started to report damage.", ("R1",))
        assert (first.cost, first.who, first.when) == ("80 to 150", "your IT person", "start now, done by 6 December 2026")
        assert (first.after, third.cost) == ("69 (D)", "no purchase")
        assert second.when == "start by 12 December 2026, done by 26 December 2026"

    def test_what_only_the_owner_can_decide_is_listed(self, assessment: Assessment) -> None:
        assert [fact.text for fact in build_view(assessment).page_one.decisions] == [
            "Approve 80 to 150 (your currency) for: Replace the drive that has started to report damage.",
            "Approve up to 120 (your currency) for: Archive what is not needed, or enlarge the volume.",
            "Nothing protects your old name: your decision to live with this ends on 15 December 2026. Mend it or renew?",
            "Two results could not be seen. To see more: Name the backup in itaudit.toml, under [facts.backups].",
        ]

    @pytest.mark.parametrize(("until", "asked"), [(date(2026, 12, 22), True), (date(2026, 12, 23), False)])
    def test_a_decision_is_asked_again_thirty_days_before_it_ends(self, until: date, asked: bool, assessment: Assessment) -> None:
        finding = named(assessment, "dns.dmarc", "old.example.com")
        assert finding.acceptance
        page = only(assessment, replace(finding, acceptance=replace(finding.acceptance, until=until))).page_one
        assert any("your decision to live with this" in fact.text for fact in page.decisions) is asked

    @pytest.mark.parametrize(
        ("before", "said"),
        [
            (62.0, "Down from 62 (D) on 3 October 2026"),
            (50.0, "Up from 50 (D) on 3 October 2026"),
            (59.4, "Unchanged: 59 (D) on 3 October 2026"),
            (None, ""),
        ],
    )
    def test_the_trend_names_the_last_visit(self, before: float | None, said: str, assessment: Assessment) -> None:
        changes = Changes("x", date(2026, 10, 3), before, Grade.D)
        assert build_view(replace(assessment, changes=changes)).page_one.standing.trend == said

    def test_changes_are_counted_against_the_last_visit(self, assessment: Assessment, first_visit: Assessment) -> None:
        said = build_view(assessment).page_one.changes
        assert said == "Since 3 October 2026: 2 new, 3 fixed, 1 worse, 1 keeps coming back."
        first = build_view(first_visit).page_one.changes
        assert first == "This is the first visit: there is nothing to compare with yet."


class TestHealth:
    def test_each_question_has_its_answer(self, assessment: Assessment) -> None:
        answers = {item.question: item.answer for item in build_view(assessment).health.questions}
        assert answers == {
            "Could we get your data back?": "We cannot be sure: 2 of 7 results could not be seen.",
            "Are the doors locked?": "Not yet: 2 of 8 results need work.",
            "Is the equipment sound?": "Not yet: 2 of 14 results need work.",
            "Can customers reach you, and trust it is you?": "Not yet: 2 of 7 results need work.",
            "Does the connection hold?": "Mostly: 1 of 6 results is worth watching.",
        }

    def test_each_question_has_one_good_fact(self, assessment: Assessment) -> None:
        good = [item.good.text if item.good else "" for item in build_view(assessment).health.questions]
        assert good[0] == "The newest backup holds 214 GB."
        assert all(good)

    def test_areas_of_plugins_have_a_question_of_their_own(self, huge: Assessment) -> None:
        (question,) = build_view(huge).health.questions
        assert question.question == "What do your own checks say?"
        assert question.more == "and 296 more results, in the appendix"  # 3 of 5 of 500 need attention, four are shown

    def test_what_does_not_apply_is_not_called_good(self, assessment: Assessment) -> None:
        (question,) = only(assessment, named(assessment, "lifecycle.battery", "web-01")).health.questions
        assert (question.answer, question.good) == ("This does not apply here.", None)

    def test_the_only_result_is_not_counted(self, assessment: Assessment) -> None:
        (question,) = only(assessment, named(assessment, "backups.age", "restic")).health.questions
        assert question.answer == "Yes: the only result is good."


class TestPlan:
    def test_a_card_answers_every_question(self, assessment: Assessment) -> None:
        card = build_view(assessment).plan.cards[2]
        assert [fact.text for fact in card.found] == [
            "14 safety fixes have been waiting, the oldest 33 days.",
            "41 other updates are waiting.",
            "A restart has been waiting for 33 days.",
        ]
        assert card.means == ("A known flaw is an open door. Criminals try every machine on the internet for it within days.",)
        assert card.how_we_know == "Measured on 22 November 2026. It keeps coming back: 2 times within 12 months."
        assert card.takes == "Work: 2 hours. No purchase."
        assert card.by_when.startswith("Done by 15 January 2027. Start by 1 January 2027. That follows from how serious it is")
        assert card.if_you_wait == "Flaws that are publicly known stay open."

    def test_ordering_takes_time_and_is_said(self, assessment: Assessment) -> None:
        card = build_view(assessment).plan.cards[0]
        assert card.takes.endswith(
            "80 to 150 to buy, in your currency and without labour. Allow 14 days for ordering or arranging."
        )

    @pytest.mark.parametrize(
        ("due", "said"), [(date(2026, 11, 22), "done by 22 November 2026"), (date(2026, 11, 21), "late since 21 November 2026")]
    )
    def test_what_should_be_done_already_is_called_late(self, due: date, said: str, assessment: Assessment) -> None:
        card = build_view(replace(assessment, actions=(replace(assessment.actions[0], due=due),))).plan.cards[0]
        assert card.by == said
        assert card.by_when.startswith(said.capitalize().replace("november", "November") + ". Start now.")

    def test_a_forecast_is_called_worked_out(self, assessment: Assessment) -> None:
        action = replace(assessment.actions[1], due=date(2026, 12, 11))
        card = build_view(replace(assessment, actions=(action,))).plan.cards[0]
        assert card.how_we_know == "Measured on 22 November 2026. The date it will matter is worked out, not measured."
        assert card.takes == "Work: 2 hours. Up to 120 to buy, in your currency and without labour."
        assert card.by_when.endswith("That is when it is expected to matter.")

    def test_a_date_that_is_past_is_told_as_past(self, assessment: Assessment) -> None:
        finding = named(assessment, "disks.space", "/")
        past = replace(finding, verdict=replace(finding.verdict, due=date(2026, 4, 30)))
        action = replace(assessment.actions[1], findings=(past,), due=date(2026, 4, 30), start_by=date(2026, 4, 30))
        card = build_view(replace(assessment, actions=(action,))).plan.cards[0]
        assert card.by_when == "Late since 30 April 2026. Start now. That is when it was expected to matter."
        assert card.how_we_know == "Measured on 22 November 2026."

    def test_one_day_is_named_once(self, assessment: Assessment) -> None:
        action = replace(assessment.actions[0], due=date(2026, 12, 7), start_by=date(2026, 12, 7))
        card = build_view(replace(assessment, actions=(action,))).plan.cards[0]
        assert card.when == "done by 7 December 2026"
        assert card.by_when.startswith("Done by 7 December 2026. That follows")

    def test_an_action_on_what_was_not_seen_says_so(self, assessment: Assessment) -> None:
        finding = named(assessment, "disks.failing", "/dev/sdb")
        hidden = replace(finding, verdict=replace(finding.verdict, status=Status.UNKNOWN), sticky=True)
        card = build_view(replace(assessment, actions=(replace(assessment.actions[0], findings=(hidden,)),))).plan.cards[0]
        assert card.how_we_know == "One result could not be seen this time, and needed work when last seen."

    def test_many_results_fold_and_many_actions_become_lines(self, huge: Assessment, assessment: Assessment) -> None:
        (card,) = build_view(huge).plan.cards
        assert (len(card.found), card.more_found) == (5, "and 195 more results")
        many = build_view(replace(assessment, actions=assessment.actions * 2)).plan
        assert ([c.number for c in many.cards], [c.number for c in many.others]) == (list(range(1, 9)), list(range(9, 15)))

    def test_without_a_grade_no_score_is_promised(self, part: Assessment) -> None:
        view = build_view(part)
        assert (view.plan.chart, view.plan.scored) == (None, False)
        assert {card.after for card in view.plan.cards} == {""}
        assert view.plan.good == "All of this can be mended: it takes seven actions."
        assert view.appendix.priority_headers[-1] == "Priority"
        assert {len(row) for row in view.appendix.priorities} == {4}

    def test_the_chart_starts_today(self, assessment: Assessment) -> None:
        chart = build_view(assessment).plan.chart
        assert chart
        assert chart.rows[:2] == (("Now", "59", "F"), ("After 1", "69", "D"))


class TestLimits:
    def test_accepted_risks_are_listed_with_name_reason_and_end(self, assessment: Assessment) -> None:
        (item,) = build_view(assessment).limits.accepted
        assert (item.by, item.reason, item.until, item.now) == (
            "Ada Owner",
            "we stop using it next year",
            "15 December 2026",
            "Needs work",
        )

    @pytest.mark.parametrize("place", ["accepted", "area", "limits", "action"])
    def test_what_failed_when_last_seen_says_so_wherever_it_is_shown(self, place: str, assessment: Assessment) -> None:
        finding = named(assessment, "dns.dmarc", "old.example.com")
        hidden = replace(finding, verdict=replace(finding.verdict, status=Status.UNKNOWN, summary="It is silent."), sticky=True)
        action = replace(assessment.actions[0], findings=(hidden,))
        view = only(replace(assessment, actions=(action,)), hidden)
        shown = {
            "accepted": view.limits.accepted[0].what,
            "area": view.health.questions[0].attention[0].text,
            "limits": view.limits.unlocks[0].things[0].text,
            "action": view.plan.cards[0].found[0].text,
        }[place]
        assert shown == (
            "Strangers cannot send email as you: It is silent. "
            "It needed work when last seen, and counts so until it is seen again."
        )

    def test_what_was_not_seen_is_grouped_by_what_shows_it(self, assessment: Assessment) -> None:
        groups = {group.unlock: len(group.things) for group in build_view(assessment).limits.unlocks}
        assert groups == {
            "Name the backup in itaudit.toml, under [facts.backups].": 2,
            "Run itaudit as administrator (sudo itaudit scan).": 2,
        }

    @pytest.mark.parametrize(
        ("count", "names"),
        [
            (1, ""),
            (2, " Two times: /dev/nvme0 and /dev/nvme1."),
            (4, " Four times: /dev/nvme0, /dev/nvme1, /dev/nvme2 and /dev/nvme3."),
            (5, " Five times: /dev/nvme0, /dev/nvme1, /dev/nvme2 and two more."),
        ],
    )
    def test_what_is_unseen_for_the_same_reason_is_one_line(self, count: int, names: str, unseen: Assessment) -> None:
        hidden = sorted((item for item in unseen.scan.findings if item.check == "disks.wear"), key=lambda item: item.subject)[
            :count
        ]
        view = only(unseen, *hidden)
        line = f"Drives are not worn out: The wear of the fast drive could not be read.{names}"
        refs = tuple(f"R{number + 1}" for number in range(count))
        assert [group.things for group in view.limits.unlocks] == [(Fact(line, refs),)]
        assert view.limits.unlocks[0].results == count
        assert view.health.questions[0].attention == (Fact(line, refs),)
        assert view.health.questions[0].more == ""
        number = {1: "One result", 2: "Two results", 4: "Four results", 5: "Five results"}[count]
        assert view.page_one.decisions[0].text.startswith(f"{number} could not be seen.")
        assert len(view.appendix.results) == count

    def test_other_words_and_what_failed_when_last_seen_keep_their_own_line(self, unseen: Assessment) -> None:
        one, other, third = (replace(named(unseen, "disks.wear", f"/dev/nvme{number}")) for number in (0, 1, 2))
        other = replace(other, verdict=replace(other.verdict, summary="It hangs."))
        assert len(only(unseen, one, other, replace(third, sticky=True)).limits.unlocks[0].things) == 3

    def test_the_whole_machine_is_no_name(self, unseen: Assessment) -> None:
        one = named(unseen, "disks.wear", "/dev/nvme0")
        whole = [replace(one, subject=subject) for subject in ("this machine", "this machine (2)")]
        assert only(unseen, *whole).limits.unlocks[0].things[0].text.endswith("could not be read. Two times.")
        assert only(unseen, one, *whole).limits.unlocks[0].things[0].text.endswith(" Three times: /dev/nvme0 and two more.")

    def test_a_decision_leads_to_three_results_at_most(self, unseen: Assessment) -> None:
        assert {len(fact.refs) for fact in build_view(unseen).page_one.decisions} == {2, 3}

    def test_a_folded_line_keeps_its_names_when_it_is_cut(self, unseen: Assessment) -> None:
        hidden = [replace(item, subject=item.subject + "x" * 90) for item in unseen.scan.findings if item.check == "disks.wear"]
        hidden = [replace(item, verdict=replace(item.verdict, summary="word " * 99)) for item in hidden]
        (fact,) = only(unseen, *hidden).limits.unlocks[0].things
        assert len(fact.text) <= 300
        assert fact.text.endswith("and two more.")

    def test_what_no_step_shows_is_listed_last(self, assessment: Assessment) -> None:
        hidden = [finding for finding in assessment.scan.findings if finding.status is Status.UNKNOWN]
        bare = [replace(finding, verdict=replace(finding.verdict, unlock="")) for finding in hidden[:3]]
        assert only(assessment, *bare, hidden[3]).limits.unlocks[-1].unlock == "Ask your IT person: no simple step is known."

    def test_what_was_seen_is_counted_and_what_was_left_out_is_named(self, assessment: Assessment) -> None:
        scan = replace(assessment.scan, areas_left_out=("dns", "backups"))
        limits = build_view(replace(assessment, scan=scan)).limits
        assert limits.good == "38 of 42 results that apply here could be seen; weighted by importance, 91 % of what matters."
        assert limits.left_out == "Not asked for on this visit: Web address and email and Backups."
        assert limits.skipped == "Three checks did not apply here; the appendix lists them."


class TestAppendix:
    def test_the_arithmetic_can_be_redone(self, assessment: Assessment) -> None:
        extra = build_view(assessment).appendix
        assert extra.sums[0].lines[0] == ("disks.failing", "2", "90 %", "6", "0.500", "3.00", "4.50")
        assert extra.sums[0].total.startswith("100 \u00d7 21.00 / 42 = 50.00 with weight 15; seven checks")
        assert extra.overall[0].endswith("/ 90 = 66.99")
        assert extra.overall[1] == "Cap F: One thing could stop your business: a drive that is failing."

    def test_a_result_shows_all_it_rests_on(self, assessment: Assessment) -> None:
        finding = replace(
            named(assessment, "disks.failing", "/dev/sdb"), severity=Severity.HIGH, moves=("spare machine: one lower",)
        )
        (result,) = only(assessment, finding).appendix.results
        rows = {row.label: row.value for row in result.rows}
        assert rows["Severity"] == "high (base critical)"
        assert rows["Moved because"] == "spare machine: one lower"
        assert rows["Flags"] == "business stopper, failing now"
        assert rows["Limits"] == "warn below 25, fail below 10"
        assert rows["Verify"] == "smartctl -H /dev/sdb"
        assert rows["Measured"] == "value 6.25 %"
        assert result.steps[0] == "smartctl -a /dev/sdb"

    def test_an_interrupted_run_says_so_on_page_one_and_in_the_run_data(self, assessment: Assessment) -> None:
        view = build_view(replace(assessment, scan=replace(assessment.scan, partial=True)))
        assert view.partial == "This visit was interrupted: what had not run is shown as not checked."
        assert {row.label: row.value for row in view.appendix.run}["Complete"].startswith("no: interrupted")
        assert build_view(assessment).partial == ""
