import pytest

from itaudit import api
from itaudit.checks.dns.version_shown import version_shown
from itaudit.facts.name_servers import State

from ._servers import answer, of
from .conftest import Plain


@pytest.mark.parametrize("text", ["9.18.28-1~deb12u2-Debian", "NSD 4.1.0", "PowerDNS Authoritative Server 4.8.3", "dnsmasq-2.80"])
def test_a_version_is_shown(judged: Plain, text: str) -> None:
    verdict = version_shown(of(answer(), answer("192.0.2.2", version=text)))
    assert judged(verdict) == (api.Status.WARN, None)
    assert verdict.detail == f"version.bind at 192.0.2.2: {text!r}"


@pytest.mark.parametrize("text", ["", "none", "unknown", "get lost", "BIND", "007"])
def test_other_words_show_nothing(judged: Plain, text: str) -> None:
    assert judged(version_shown(of(answer(version=text)))) == (api.Status.OK, None)


def test_where_none_could_be_asked_nothing_is_known(judged: Plain) -> None:
    assert judged(version_shown(of(answer(state=State.SILENT, recursive=None)))) == (api.Status.UNKNOWN, None)
