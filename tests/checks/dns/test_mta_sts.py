import pytest

from itaudit import api
from itaudit.checks.dns.mta_sts import Settings, mta_sts
from itaudit.facts.mta_sts import Mode, MtaSts, StsPolicy

from .conftest import Plain

OK, FAIL, WARN = api.Status.OK, api.Status.FAIL, api.Status.WARN
LOW, INFO, HIGH = api.Severity.LOW, api.Severity.INFO, api.Severity.HIGH
WEEK = 604800
HOSTS = ("mx1.example.com", "mx2.example.com")


def found(mode: Mode | None = None, age: int = 2 * WEEK, unmatched: tuple[str, ...] = (), faults: tuple[str, ...] = ()) -> MtaSts:
    policy = StsPolicy(mode, age, ("*.example.com",)) if mode else None
    return MtaSts("example.com", "example.com", ("v=STSv1; id=1",), policy, faults, unmatched, HOSTS)


ABSENT = MtaSts("example.com", "example.com", hosts=HOSTS)


@pytest.mark.parametrize(
    ("facts", "status", "severity"),
    [
        (found(Mode.ENFORCE), OK, None),
        (found(Mode.ENFORCE, WEEK), OK, None),
        (found(Mode.ENFORCE, WEEK - 1), WARN, LOW),
        (ABSENT, WARN, LOW),
        (found(faults=("the page is not there",)), FAIL, None),
        (found(Mode.NONE), WARN, LOW),
        (found(Mode.TESTING), WARN, INFO),
        (found(Mode.TESTING, unmatched=HOSTS[:1]), FAIL, None),
        (found(Mode.ENFORCE, unmatched=HOSTS[:1]), FAIL, None),
        (found(Mode.ENFORCE, unmatched=HOSTS), FAIL, HIGH),
    ],
)
def test_what_the_rule_is_worth(judged: Plain, facts: MtaSts, status: api.Status, severity: api.Severity | None) -> None:
    assert judged(mta_sts(facts, Settings())) == (status, severity)


def test_the_shortest_time_is_a_choice() -> None:
    assert mta_sts(found(Mode.ENFORCE, WEEK), Settings(shortest_days=30)).status is WARN


def test_the_record_and_the_policy_can_be_copied() -> None:
    remedy = mta_sts(ABSENT, Settings()).remedy
    assert remedy is not None
    policy = "version: STSv1 | mode: testing | mx: mx1.example.com | mx: mx2.example.com | max_age: 604800"
    assert f"Put this file at https://mta-sts.example.com/.well-known/mta-sts.txt: {policy}" in remedy.steps
    assert any('_mta-sts.example.com. 3600 IN TXT "v=STSv1; id=1"' in step for step in remedy.steps)


def test_each_fault_stands_in_the_detail() -> None:
    detail = mta_sts(found(faults=("one", "two")), Settings()).detail
    assert "one; two" in detail


def test_a_flood_is_shown_in_bounds() -> None:
    flood = ("v=STSv1; " + "x" * 60_000,) * 100
    policy = StsPolicy(Mode.ENFORCE, 1_209_600, tuple(f"{number}.{'x' * 60}.example.com" for number in range(100)))
    assert len(mta_sts(MtaSts("example.com", "example.com", flood, policy), Settings()).detail) < 2000
