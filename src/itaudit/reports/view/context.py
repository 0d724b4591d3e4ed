"""What every page of the view needs: the assessment, the references (R1, R2, ...) and the day of the visit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from itaudit.model import Finding, Status, in_order
from itaudit.outcome import Assessment, Grade
from itaudit.reports.viewmodel import Count, Fact
from itaudit.reports.words import MARK, STATUS, counted, figure, listed, sentence
from itaudit.text import clean

SHORT, LONG = 170, 300
"""Characters that one text may take on page one and on the other owner's pages; the appendix shows all of it."""

NAMED, NAME, WHOLE = 3, 40, "this machine"
"""Subjects named in a folded line, the characters of each, and how those begin that name nothing."""

STICKY = " It needed work when last seen, and counts so until it is seen again."

MADE_WORTHLESS = dict.fromkeys(("dns.resolver_reachable", "dns.resolver_latency"), "dns.resolver_honest")
"""Checks whose good results are no comfort while the other fails: that a liar answers, and quickly, is nothing good."""

NO_MERIT = frozenset(("security.ports",))
"""Checks whose good results say that something is in order as it is: a door that others can reach is nothing to be praised."""

SHOWN = (Status.FAIL, Status.WARN, Status.UNKNOWN, Status.OK, Status.SKIPPED)
"""The order in which counts are listed."""


class Book:
    """An assessment, numbered: `findings` in the one order, `ref` by finding."""

    def __init__(self, assessment: Assessment) -> None:
        self.assessment = assessment
        self.scan = assessment.scan
        self.findings = in_order(assessment.scan.findings)
        self._refs = {finding.key: f"R{number}" for number, finding in enumerate(self.findings, start=1)}

    @property
    def today(self) -> date:
        """The day of the visit by the recorded clock, so that a replay reads the same."""
        return self.scan.machine.now.date()

    @property
    def graded(self) -> bool:
        """Is a grade given? Where not, a score is at most the ceiling of what has none: what it would become says nothing."""
        return self.assessment.score.grade is not Grade.NONE

    def ref(self, finding: Finding) -> str:
        """R12; empty for a finding that this scan does not have (one that is gone since the last)."""
        return self._refs.get(finding.key, "")

    def refs(self, findings: Iterable[Finding]) -> tuple[str, ...]:
        return tuple(ref for finding in findings if (ref := self.ref(finding)))

    def fact(self, finding: Finding, limit: int = LONG) -> Fact:
        """The finding's own sentence. What could not be seen does not name itself: its title does, and what is known of it."""
        words = said(finding)
        if finding.verdict.status is Status.UNKNOWN:
            words = f"{finding.title}: {words}{STICKY if finding.open else ''}"
        return Fact(clean(words, limit), self.refs([finding]))

    def facts(self, findings: Iterable[Finding]) -> tuple[Fact, ...]:
        """One line for each; what one check could not see for the same reason is one line, with the count and the first names."""
        folded: dict[tuple[object, ...], list[Finding]] = {}
        for finding in findings:
            unseen = finding.verdict.status is Status.UNKNOWN
            alike = (finding.host, finding.check, finding.title, said(finding), finding.open) if unseen else finding.key
            folded.setdefault(alike, []).append(finding)
        return tuple(self._line(group) for group in folded.values())

    def _line(self, alike: list[Finding]) -> Fact:
        names = _named(alike) if len(alike) > 1 else ""
        return Fact(self.fact(alike[0], LONG - len(names)).text + names, self.refs(alike))

    def why(self, finding: Finding) -> str:
        """What it means for the business: the check's own words; empty when it says nothing."""
        card = self.scan.card(finding.check)
        return card.why if card else ""

    def good(self, findings: Iterable[Finding]) -> list[Finding]:
        """What was measured and is good, the weightiest first; without what an open finding makes worthless."""
        failing = {(finding.host, finding.check) for finding in self.findings if finding.open}
        comforting = (f for f in findings if (f.host, MADE_WORTHLESS.get(f.check, "")) not in failing and f.check not in NO_MERIT)
        return sorted(
            (finding for finding in comforting if finding.status is Status.OK),
            key=lambda finding: (-finding.base_severity.rank, finding.key),
        )


def said(finding: Finding) -> str:
    """The finding's sentence; its title when a plugin said nothing."""
    return sentence(finding.verdict.summary or finding.title)


def _named(findings: list[Finding]) -> str:
    """ " Five times: sda, sdb, sdc and two more." """
    # A check that judges the whole machine has no name to tell: "this machine", and "this machine (2)" for the next of it.
    names = [clean(finding.subject, NAME) for finding in findings if not finding.subject.startswith(WHOLE)]
    # A last name is as short as "one more".
    shown = names if len(findings) <= NAMED + 1 else names[:NAMED]
    rest = [f"{figure(len(findings) - len(shown))} more"] if shown and len(findings) > len(shown) else []
    told = f": {listed([*shown, *rest])}" if shown else ""
    return " " + sentence(counted(len(findings), "time") + told)


def counts(findings: Iterable[Finding]) -> tuple[Count, ...]:
    """How many have each status, all five of them."""
    statuses = [finding.status for finding in findings]
    return tuple(Count(status.value, MARK[status], STATUS[status], statuses.count(status)) for status in SHOWN)
