from itaudit import api
from itaudit.checks.dns.names import names
from itaudit.facts.names import OwnName
from itaudit.facts.targets import readable

from .conftest import Plain


def test_a_name_that_the_owner_gave_is_ok(judged: Plain) -> None:
    assert judged(names(OwnName("example.com", "example.com"))) == (api.Status.OK, None)


def test_a_guess_is_said_to_be_one_with_the_place_it_comes_from(judged: Plain) -> None:
    verdict = names(OwnName("example.com", "example.com", "/etc/mailname"))
    assert judged(verdict) == (api.Status.WARN, api.Severity.INFO)
    assert "/etc/mailname" in verdict.summary
    assert "guess" in verdict.summary


def test_the_lines_to_write_are_ready_to_copy() -> None:
    remedy = names(OwnName("example.com", "example.com", "/etc/hosts")).remedy
    assert remedy
    assert 'domains = ["example.com"]' in remedy.steps


def test_an_international_name_is_shown_as_people_read_it_and_as_it_is_asked_for() -> None:
    name = "xn--bcher-kva.example"
    verdict = names(OwnName(readable(name), name, "/etc/hostname"))
    assert "bücher.example (xn--bcher-kva.example)" in verdict.summary
    assert name in verdict.detail
