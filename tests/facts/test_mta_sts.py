import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from itaudit import api
from itaudit.evidence.questions import Source
from itaudit.facts.internet import Internet
from itaudit.facts.mta_sts import Mode, MtaSts, StsPolicy, mta_sts
from itaudit.facts.replaced_certificates import Replaced
from lab.connectivity import OFFLINE
from lab.dns import scripted, silence
from lab.mail import MailLab
from lab.tls import context_of, listening, shakes_hands


def found(mail_lab: MailLab, live: api.Ask, name: str) -> MtaSts:
    (one,) = mta_sts.function(live, mail_lab.targets(name), OFFLINE)
    assert isinstance(one, MtaSts), one
    return one


def gap(mail_lab: MailLab, live: api.Ask, name: str, **more: Any) -> api.Missing:
    (one,) = mta_sts.function(live, mail_lab.targets(name, **more), OFFLINE)
    assert isinstance(one, api.Gap), one
    return one.error


def test_a_healthy_policy_is_read(mail_lab: MailLab, live: api.Ask) -> None:
    assert found(mail_lab, live, "stsgood.test") == MtaSts(
        "stsgood.test",
        "stsgood.test",
        ("v=STSv1; id=20261122T120000",),
        StsPolicy(Mode.ENFORCE, 1209600, ("mx1.stsgood.test",)),
        hosts=("mx1.stsgood.test",),
    )


def test_no_record_is_no_policy_and_nothing_is_fetched(mail_lab: MailLab, live: api.Ask) -> None:
    one = found(mail_lab, live, "halfmail.test")
    assert (one.records, one.policy, one.faults) == ((), None, ())


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("ststwice.test", "there are 2 records"),
        ("stsnoid.test", "id= with 1 to 32"),
        ("stshome.test", "mta-sts.stshome.test has no address"),
        ("stslost.test", "answers with status 404"),
        ("stsredirect.test", "answers with status 301 (redirects are not followed)"),
        ("stshtml.test", "is served as text/html"),
        ("stscert.test", "mta-sts.stscert.test has no valid certificate: Hostname mismatch"),
        ("stswrong.test", "mode: 'strict' is unknown"),
    ],
)
def test_a_policy_that_senders_cannot_use(mail_lab: MailLab, live: api.Ask, name: str, fault: str) -> None:
    one = found(mail_lab, live, name)
    assert one.policy is None
    assert fault in "; ".join(one.faults)


@pytest.mark.parametrize(
    ("name", "mode", "unmatched"),
    [
        ("stsother.test", Mode.ENFORCE, ("mx1.stsother.test",)),
        ("stshalf.test", Mode.ENFORCE, ("mx2.stshalf.test",)),
        ("ststesting.test", Mode.TESTING, ()),
        ("stsnone.test", Mode.NONE, ()),
        ("stsshort.test", Mode.ENFORCE, ()),
    ],
)
def test_what_a_valid_policy_says(mail_lab: MailLab, live: api.Ask, name: str, mode: Mode, unmatched: tuple[str, ...]) -> None:
    one = found(mail_lab, live, name)
    assert one.policy is not None
    assert (one.policy.mode, one.unmatched, one.faults) == (mode, unmatched, ())


def test_a_page_without_end_is_unknown(mail_lab: MailLab, live: api.Ask) -> None:
    assert isinstance(gap(mail_lab, live, "stsendless.test"), api.Unreadable)


def test_a_web_server_that_does_not_answer_is_unknown(mail_lab: MailLab, live: api.Ask) -> None:
    targets = mail_lab.targets("stsgood.test").model_copy(update={"https_port": 1})
    (one,) = mta_sts.function(live, targets, OFFLINE)
    assert isinstance(one, api.Gap)
    assert isinstance(one.error, api.Unreachable)


def test_a_resolver_that_is_silent_gives_unknown(mail_lab: MailLab, live: api.Ask) -> None:
    with scripted(silence) as port:
        assert isinstance(gap(mail_lab, live, "stsgood.test", resolver_port=port), api.TimedOut)


@pytest.mark.parametrize(("name", "more"), [("nullmx.test", {}), ("stsgood.test", {"without_mail": ("stsgood.test",)})])
def test_names_without_email_need_none(mail_lab: MailLab, live: api.Ask, name: str, more: dict[str, Any]) -> None:
    assert isinstance(gap(mail_lab, live, name, **more), api.NotApplicable)


def test_the_policy_of_an_untrusted_issuer_is_no_policy(
    mail_lab: MailLab, live: api.Ask, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path_factory.mktemp("empty") / "nothing.pem"))
    one = found(mail_lab, live, "stsgood.test")
    assert one.policy is None
    assert "no valid certificate" in one.faults[0]


def test_a_policy_behind_the_certificate_of_a_firewall_is_unknown(
    mail_lab: MailLab, live: api.Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its issuer shows the whole world: the policy's host and, here, another web server of the laboratory."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nothing.pem"))
    certificate = mail_lab.issuer.issue_cert("127.0.20.51")
    with listening(shakes_hands(context_of(certificate, tmp_path, "world")), "127.0.20.51") as port:
        world = Internet(targets=[f"127.0.20.51:{port}"])
        (one,) = mta_sts.function(live, mail_lab.targets("stsgood.test"), world)
    assert isinstance(one, api.Gap)
    assert isinstance(one.error, Replaced)


class Strange:
    """The live machine, but for pages of the web."""

    abandoned: Mapping[str, int] = {}

    def __init__(self, source: Source, page: str = '{"status": "x"}') -> None:
        self.machine, self._source, self._page = source.machine, source, page

    def ask(self, question: api.Question) -> api.Answer:
        return api.Answer(self._page) if isinstance(question, api.Http) else self._source.ask(question)


def test_an_answer_of_another_shape_is_unreadable(mail_lab: MailLab, live_source: Source) -> None:
    assert isinstance(gap(mail_lab, api.Ask(Strange(live_source)), "stsgood.test"), api.Unreadable)


@pytest.mark.parametrize("status", [403, 429, 503])
def test_a_web_server_that_refuses_us_may_serve_others(mail_lab: MailLab, live_source: Source, status: int) -> None:
    page = json.dumps({"status": status, "headers": {}, "text": "prove that you are a person"})
    error = gap(mail_lab, api.Ask(Strange(live_source, page)), "stsgood.test")
    assert isinstance(error, api.Unreadable)
    assert "https://mta-sts.stsgood.test" in error.unlock
