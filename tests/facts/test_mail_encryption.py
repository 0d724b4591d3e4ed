import json
from datetime import UTC, datetime, timedelta

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.facts.mail_encryption import MailEncryption, asked_addresses, mail_encryption
from itaudit.facts.mail_handshakes import Protection, server_tls
from itaudit.facts.mail_servers import MailHost
from lab._dns_zones import MAIL
from lab._zones_mail import DEAF
from lab.mail import MailLab

MACHINE = api.Machine("pc", "Linux", datetime.now(UTC), admin=False)


def encryption(mail_lab: MailLab, live: api.Ask, *names: str) -> list[MailEncryption | api.Gap]:
    return list(mail_encryption.function(live, mail_lab.targets(*names), MACHINE))


@pytest.mark.parametrize(
    ("name", "protection"),
    [
        ("stsgood.test", Protection.GOOD),
        ("plainmail.test", Protection.NONE),
        ("refusingmail.test", Protection.NONE),
        ("brokenmail.test", Protection.BROKEN),
        ("untrustedmail.test", Protection.UNTRUSTED),
        ("othernamemail.test", Protection.OTHER_NAME),
        ("expiredmail.test", Protection.OUTDATED),
        ("oldmail.test", Protection.OLD),
        ("danewrong.test", Protection.OTHER_KEY),
        ("daneunsigned.test", Protection.GOOD),
    ],
)
def test_how_a_server_protects_email(mail_lab: MailLab, live: api.Ask, name: str, protection: Protection) -> None:
    (found,) = encryption(mail_lab, live, name)
    assert isinstance(found, MailEncryption)
    assert [server.protection for server in found.servers] == [protection], found.servers


def test_a_server_that_does_not_come_to_the_point_is_not_seen(mail_lab: MailLab, live: api.Ask) -> None:
    (found,) = encryption(mail_lab, live, "deafmail.test")
    assert isinstance(found, MailEncryption)
    assert {server.host.partition(".")[0]: server.protection for server in found.servers} == dict.fromkeys(
        DEAF, Protection.UNSEEN
    )
    assert "on a list" in next(server.why for server in found.servers if server.host.startswith("unwilling"))


def test_a_server_that_cannot_be_reached_is_not_seen_beside_one_that_can(mail_lab: MailLab, live: api.Ask) -> None:
    (found,) = encryption(mail_lab, live, "halfmail.test")
    assert isinstance(found, MailEncryption)
    assert {server.host: server.protection for server in found.servers} == {
        "mx1.halfmail.test": Protection.GOOD,
        "mx2.halfmail.test": Protection.UNSEEN,
    }


@pytest.mark.parametrize(
    ("name", "demanded"), [("stsenforced.test", True), ("ststesting.test", False), ("plainmail.test", False)]
)
def test_a_policy_can_demand_the_proof(mail_lab: MailLab, live: api.Ask, name: str, demanded: bool) -> None:
    (found,) = encryption(mail_lab, live, name)
    assert isinstance(found, MailEncryption)
    assert found.demanded is demanded


def test_several_names_are_looked_at_together(mail_lab: MailLab, live: api.Ask) -> None:
    found = encryption(mail_lab, live, "nullmx.test", "stsgood.test", "mxgone.test", "nomx.test")
    assert [type(one.error) if isinstance(one, api.Gap) else one.servers[0].address for one in found] == [
        api.NotApplicable,
        MAIL,
        api.NotApplicable,
        api.NotApplicable,
    ]


def test_one_address_of_each_family_is_asked() -> None:
    host = MailHost("mx.example.com", ("192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2"))
    assert asked_addresses(host) == ("192.0.2.1", "2001:db8::1")
    assert asked_addresses(MailHost("mx.example.com", None)) == ()


@pytest.mark.parametrize(
    ("body", "protection"),
    [
        ('{"start_tls_offered": false, "error": "no"}', Protection.NONE),
        ('{"start_tls_offered": true, "protocol": ""}', Protection.BROKEN),
        ('{"start_tls_offered": true, "protocol": "TLSv1", "trusted": true, "name_matches": true}', Protection.OLD),
        ('{"start_tls_offered": true, "protocol": "TLSv1.2", "trusted": true, "name_matches": true}', Protection.GOOD),
        ('{"start_tls_offered": true, "protocol": "TLSv1.2", "trusted": true}', Protection.OTHER_NAME),
        ('{"start_tls_offered": true, "protocol": "TLSv1", "name_matches": true, "verify_code": 66}', Protection.OLD),
        ('{"start_tls_offered": true, "protocol": "TLSv1.2", "name_matches": true}', Protection.UNTRUSTED),
        ("{}", Protection.UNSEEN),
        ("[]", Protection.UNSEEN),
        ("<html>", Protection.UNSEEN),
    ],
)
def test_an_answer_is_typed(body: str, protection: Protection) -> None:
    assert server_tls("mx.example.com", "192.0.2.1", api.Answer(body)).protection is protection


@given(
    st.dictionaries(
        st.sampled_from(["start_tls_offered", "protocol", "trusted", "name_matches", "error", "verify_code"]),
        st.none() | st.booleans() | st.integers() | st.text(max_size=300) | st.lists(st.text()),
    )
)
def test_whatever_was_answered_nothing_is_good_without_proof(body: dict[str, object]) -> None:
    seen = server_tls("mx.example.com", "192.0.2.1", api.Answer(json.dumps(body)))
    assert len(seen.why) <= 200
    if seen.protection is Protection.GOOD:
        assert all(body[name] for name in ("start_tls_offered", "trusted", "name_matches", "protocol"))


NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("begins_days", "ends_days", "code", "name_matches", "protection"),
    [
        (-90, -1, 10, True, Protection.OUTDATED),
        (1, 90, 9, True, Protection.OUTDATED),
        (-90, -1, 10, False, Protection.OTHER_NAME),
        (-90, 1, 10, True, Protection.UNTRUSTED),  # not its own end, but that of an issuer in between
        (-90, -1, 18, True, Protection.UNTRUSTED),
        (-90, 1, 66, True, Protection.WEAK),
        (-90, 1, 66, False, Protection.OTHER_NAME),
        (-90, 1, 20, False, Protection.UNTRUSTED),
    ],
)
def test_name_and_issuer_are_judged_here_and_dates_and_keys_elsewhere(
    begins_days: int, ends_days: int, code: int, name_matches: bool, protection: Protection
) -> None:
    begins, ends = NOW + timedelta(days=begins_days), NOW + timedelta(days=ends_days)
    leaf = trustme.CA().issue_cert("mx.example.com", not_before=begins, not_after=ends).cert_chain_pems[0].bytes()
    der = b"".join(leaf.split(b"-----")[2].split()).decode()
    body = {
        "start_tls_offered": True,
        "protocol": "TLSv1.3",
        "certificate": der,
        "chain": [der],
        "name_matches": name_matches,
        "verify_code": code,
    }
    assert server_tls("mx.example.com", "192.0.2.1", api.Answer(json.dumps(body)), now=NOW).protection is protection


@pytest.mark.parametrize(
    ("host", "hidden"),
    [("example-com.mail.protection.outlook.com", True), ("aspmx.l.google.com", True), ("mx.notgoogle.com", False)],
)
@pytest.mark.parametrize("body", ['{"start_tls_offered": false}', '{"start_tls_offered": true, "protocol": ""}'])
def test_where_a_provider_that_always_encrypts_seems_not_to_something_stands_in_between(
    body: str, host: str, hidden: bool
) -> None:
    assert (server_tls(host, "192.0.2.1", api.Answer(body)).protection is Protection.UNSEEN) is hidden


def test_a_failure_to_look_is_not_seen_and_says_why() -> None:
    seen = server_tls("mx.example.com", "192.0.2.1", api.Answer.missing(api.TimedOut("port 25 did not answer")))
    assert (seen.protection, seen.why) == (Protection.UNSEEN, "port 25 did not answer")
