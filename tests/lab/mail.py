"""The laboratory of mail: servers that encrypt, well and badly, and the policies that demand it. See _mail_servers.py."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme

from itaudit.facts.targets import Targets
from lab._dns_zones import MAIL
from lab._ports import claimed_port
from lab._zones_mail import ADDRESSES
from lab.dns import DnsLab


@dataclass(frozen=True)
class MailLab:
    """Where it listens; `authority` is the file of the only trusted issuer."""

    dns: DnsLab
    smtp_port: int
    https_port: int
    authority: Path
    issuer: trustme.CA

    def targets(self, *domains: str, **more: Any) -> Targets:
        given = self.dns.targets(*domains, **more)
        return given.model_copy(update={"smtp_port": self.smtp_port, "https_port": self.https_port})


@pytest.fixture(scope="session")
def mail_servers_lab(dns_lab: DnsLab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailLab]:
    """Everything, running; nothing trusts its issuer yet."""
    from lab._mail_servers import mail_running  # it needs another plugin, and pytest wants to load those itself

    issuer = trustme.CA()
    authority = tmp_path_factory.mktemp("mail") / "authority.pem"
    authority.write_bytes(issuer.cert_pem.bytes())
    smtp_port, https_port = claimed_port([MAIL, *ADDRESSES.values()]), claimed_port([MAIL])
    with mail_running(issuer, smtp_port, https_port):
        yield MailLab(dns_lab, smtp_port, https_port, authority, issuer)


@pytest.fixture
def mail_lab(mail_servers_lab: MailLab, monkeypatch: pytest.MonkeyPatch) -> MailLab:
    """The same, with its issuer as the only one that is trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(mail_servers_lab.authority))
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    return mail_servers_lab
