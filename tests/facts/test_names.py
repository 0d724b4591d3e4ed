import json
from collections.abc import Callable

import pytest

from itaudit import api
from itaudit.facts.names import CERTIFICATES, HOST_NAME, HOSTS, MAIL_NAME, POSTFIX, OwnName, own_names
from itaudit.facts.targets import Targets

Recorded = Callable[[dict[api.Question, api.Answer]], api.Ask]
NOT_THERE = api.Answer.missing(api.NotFound(""))


@pytest.fixture
def names_on(recorded: Recorded) -> Callable[..., list[OwnName]]:
    """The names that a machine with these files suggests; whatever is not given does not exist there."""

    def found(
        *, mail: str = "", postfix: str = "", host: str = "", hosts: str = "", certificates: list[str] | None = None
    ) -> list[OwnName]:
        texts = {MAIL_NAME: mail, POSTFIX: postfix, HOST_NAME: host, HOSTS: hosts}
        answers: dict[api.Question, api.Answer] = {one: api.Answer(text) if text else NOT_THERE for one, text in texts.items()}
        answers[CERTIFICATES] = api.Answer(json.dumps(certificates or []))
        facts = list(own_names.function(recorded(answers), Targets()))
        assert all(isinstance(one, OwnName) for one in facts)
        return [one for one in facts if isinstance(one, OwnName)]

    return found


def test_names_that_the_owner_gave_are_no_guess(recorded: Recorded) -> None:
    facts = list(own_names.function(recorded({}), Targets(domains=("example.com",))))
    assert facts == [OwnName("example.com", "example.com")]


@pytest.mark.parametrize(
    ("files", "name", "place"),
    [
        ({"mail": "mail.example.co.uk\n"}, "example.co.uk", "/etc/mailname"),
        ({"postfix": "# comment\nmyhostname = mx.example.com\n"}, "example.com", "/etc/postfix/main.cf"),
        ({"host": "srv1.example.com\n"}, "example.com", "/etc/hostname"),
        (
            {"host": "srv1\n", "hosts": "127.0.1.1 srv1.example.com srv1\n192.0.2.1 other.example.net\n"},
            "example.com",
            "/etc/hosts",
        ),
        (
            {"certificates": ["/etc/letsencrypt/live/www.bücher.de/cert.pem"]},
            "xn--bcher-kva.de",
            "/etc/letsencrypt/live",
        ),
    ],
)
def test_a_machine_suggests_the_registered_name_it_belongs_to(
    names_on: Callable[..., list[OwnName]], files: dict[str, str], name: str, place: str
) -> None:
    assert [(one.name, one.guessed_from) for one in names_on(**files)] == [(name, place)]


@pytest.mark.parametrize(
    "host",
    [
        "pc",
        "pc.lan",
        "pc.local",
        "server.fritz.box",
        "ec2-192-0-2-1.compute-1.amazonaws.com",
        "com",
        "x" * 300,
        "-.com",
        "192.0.2.1",
        "a b",
    ],
)
def test_names_that_no_registry_sells_suggest_nothing(names_on: Callable[..., list[OwnName]], host: str) -> None:
    with pytest.raises(api.NotApplicable, match=r"\[targets\]") as caught:
        names_on(host=host, mail=host, postfix=f"mydomain = {host}")
    assert "domains = " in caught.value.unlock


def test_few_are_guessed_and_each_once(names_on: Callable[..., list[OwnName]]) -> None:
    paths = [f"/etc/letsencrypt/live/www.example{number}.com/cert.pem" for number in range(9)]
    found = names_on(mail="www.example1.com", certificates=paths)
    assert [one.name for one in found] == ["example1.com", "example0.com", "example2.com"]


@pytest.mark.parametrize(
    "host",
    [
        "vmi1234567.contaboserver.net",
        "vps-1a2b3c4d.vps.ovh.net",
        "static.1.2.0.192.clients.your-server.de",
        "h2987654.stratoserver.net",
        "server12345.some-hoster.example.com",
        "static-192-0-2-77.some-hoster.com",
        "ip-192-0-2-77.some-hoster.com",
    ],
)
def test_the_name_that_a_provider_gave_a_rented_server_says_nothing_of_the_business(
    names_on: Callable[..., list[OwnName]], host: str
) -> None:
    with pytest.raises(api.NotApplicable):
        names_on(host=host, mail=host, postfix=f"myhostname = {host}")
    assert [one.name for one in names_on(host=host, mail="business.com")] == ["business.com"]


@pytest.mark.parametrize("host", ["srv2024.business.com", "mail-1-2.business.com", "web01.4711.com", "12345678.com"])
def test_numbers_of_the_business_itself_are_no_providers(names_on: Callable[..., list[OwnName]], host: str) -> None:
    assert len(names_on(host=host)) == 1
