import pytest

from itaudit import api
from itaudit.checks.dns.dangling_alias import dangling_alias
from itaudit.facts.aliases import Alias, Fate, NameAliases

from .conftest import Plain


def found(*aliases: Alias, unseen: tuple[str, ...] = ()) -> NameAliases:
    return NameAliases("example.com", "example.com", aliases, unseen, looked_at=29)


def alias(fate: Fate, claimable: str = "") -> Alias:
    return Alias("shop.example.com", ("shop.gone.example",), fate, claimable)


@pytest.mark.parametrize(
    ("given", "status", "severity"),
    [
        (found(), api.Status.OK, None),
        (found(alias(Fate.THERE)), api.Status.OK, None),
        (found(alias(Fate.NO_SUCH_NAME)), api.Status.FAIL, None),
        (found(alias(Fate.THERE), alias(Fate.NO_SUCH_NAME), unseen=("x.example.com",)), api.Status.FAIL, None),
        (found(alias(Fate.NO_ADDRESS)), api.Status.WARN, api.Severity.LOW),
        (found(alias(Fate.NO_END)), api.Status.WARN, api.Severity.LOW),
        (found(alias(Fate.THERE), unseen=("x.example.com",)), api.Status.UNKNOWN, None),
    ],
)
def test_how_grave_each_state_is(judged: Plain, given: NameAliases, status: api.Status, severity: api.Severity | None) -> None:
    assert judged(dangling_alias(given)) == (status, severity)


def test_it_is_grave() -> None:
    assert dangling_alias.severity is api.Severity.HIGH


def test_a_name_that_anybody_can_register_is_said() -> None:
    summary = dangling_alias(found(alias(Fate.NO_SUCH_NAME, "gone.example"))).summary
    assert "anybody can register gone.example" in summary
    assert "shop.example.com" in summary


def test_the_record_to_remove_is_ready_to_copy() -> None:
    remedy = dangling_alias(found(alias(Fate.NO_SUCH_NAME), alias(Fate.THERE))).remedy
    assert remedy
    assert [step for step in remedy.steps if "shop.example.com. CNAME shop.gone.example." in step]


def test_the_whole_chain_is_shown() -> None:
    chain = Alias("a.example.com", ("b.example.com", "c.example.com"), Fate.NO_SUCH_NAME)
    assert "a.example.com CNAME b.example.com CNAME c.example.com (no such name)" in dangling_alias(found(chain)).detail
