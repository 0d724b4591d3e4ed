"""Email to you is encrypted on its way.

Without it, every network between the sender and you can read your messages, and change them.
Encrypted email also needs a server that can prove its name: else somebody in between may pretend to be it.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.announced_certificates import Announced
from itaudit.facts.mail_encryption import MailEncryption
from itaudit.facts.mail_handshakes import JUDGED_ELSEWHERE, OPEN, UNPROVED, MailServerTls, Protection

READ = "Others on the way can read your email, and you may owe your customers an explanation."
UNLOCK = "Scan from a network that lets connections to mail servers out (port 25): many offices and providers block them."
UNPROVED_WORDS = {
    Protection.UNTRUSTED: "nobody known vouches for its certificate",
    Protection.OTHER_NAME: "its certificate is made out to another name",
}


@api.check(
    severity=api.Severity.HIGH,
    sources=("RFC 3207", "RFC 7672", "RFC 8461 4", "RFC 8996", "Internet.nl MAIL_TLS_STARTTLS_EXISTS, MAIL_TLS_CERT_*"),
)
def starttls(found: MailEncryption) -> api.Verdict:
    """Does every mail server encrypt, with a certificate that proves its name?

    That a certificate ran out, or has a weak key, is told by lifecycle.certificates.
    A signed announcement of the very certificate (DANE) proves it too, to senders that look at it.
    Most senders encrypt to whatever certificate they meet, so a bad one is only a warning, unless a policy of the name itself
    (MTA-STS) tells them to refuse it.
    """
    name, detail = found.subject, "; ".join(map(str, found.servers))
    if bad := _with(found, OPEN):
        words = f"Email to {name} can be read on its way: {_listed(bad)} does not encrypt."
        return api.verdict(api.Status.FAIL, words, detail=detail, fix=_encrypt(found, bad))
    if bad := _with(found, (Protection.OTHER_KEY,)):
        words = f"Some providers refuse to deliver email to {name}: {bad[0].host} shows another certificate than it announces."
        return api.verdict(api.Status.FAIL, words, detail=detail, fix=_announce(found, bad))
    if bad := [server for server in _with(found, UNPROVED) if found.demanded or server.announced is not Announced.SAME]:
        reason = f"{bad[0].host} cannot prove who it is: {UNPROVED_WORDS[bad[0].protection]}"
        if found.demanded:
            words = f"Large providers refuse to deliver email to {name}: {reason}, and {name} demands that proof."
            return api.verdict(api.Status.FAIL, words, detail=detail, fix=_prove(found, bad))
        words = f"Email to {name} is encrypted, but {reason}."
        return api.verdict(api.Status.WARN, words, detail=detail, fix=_prove(found, bad))
    if bad := _with(found, (Protection.OLD,)):
        words = f"Email to {name} is encrypted in a way that is no longer safe ({bad[0].host})."
        return api.verdict(api.Status.WARN, words, detail=detail, fix=_renew(found, bad))
    hosts = {server.host for server in found.servers}
    if unseen := sorted(hosts - {server.host for server in found.servers if server.protection is not Protection.UNSEEN}):
        words = (
            f"Whether email to {name} is encrypted could not be seen: {len(unseen)} of {len(hosts)} mail servers did not talk."
        )
        return api.verdict(api.Status.UNKNOWN, words, detail=detail, unlock=UNLOCK)
    if other := _with(found, JUDGED_ELSEWHERE):
        words = f"Email to {name} is encrypted on its way. What is wrong with {other[0].host} is told with its certificate."
        return api.verdict(api.Status.OK, words, detail=detail)
    words = f"Email to {name} is encrypted on its way, and its {len(hosts)} mail server(s) prove who they are."
    return api.verdict(api.Status.OK, words, detail=detail)


def _with(found: MailEncryption, kinds: tuple[Protection, ...]) -> list[MailServerTls]:
    return [server for server in found.servers if server.protection in kinds]


def _listed(servers: list[MailServerTls]) -> str:
    names = list(dict.fromkeys(server.host for server in servers))
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _verify(found: MailEncryption, host: str) -> str:
    where = f"-connect {host}:{found.port} -servername {host} -verify_hostname {host}"
    return f"openssl s_client -starttls smtp {where} -verify_return_error </dev/null"


def _encrypt(found: MailEncryption, bad: list[MailServerTls]) -> api.Remedy:
    host = bad[0].host
    return api.Remedy(
        "Switch on encryption at the mail server.",
        api.Effort.HOURS,
        steps=(
            "Look first from another network: some firewalls hide the offer (STARTTLS) from those behind them.",
            "A server of a provider: ask the provider, or move to one that encrypts.",
            f"Your own: certbot certonly --standalone -d {host}",
            f"Postfix: postconf -e smtpd_tls_security_level=may smtpd_tls_chain_files={_files(host)}; systemctl reload postfix",
            "Exchange: bind a certificate to the SMTP service (Enable-ExchangeCertificate -Services SMTP).",
        ),
        undo="postconf -e smtpd_tls_security_level=none; systemctl reload postfix",
        verify=_verify(found, host),
        if_you_wait=READ,
    )


def _prove(found: MailEncryption, bad: list[MailServerTls]) -> api.Remedy:
    host = bad[0].host
    return api.Remedy(
        "Give the mail server a valid certificate in its own name.",
        api.Effort.HOURS,
        steps=(
            f"It must hold the name of the MX record: certbot certonly --standalone -d {host}",
            f"Send the whole chain: postconf -e smtpd_tls_chain_files={_files(host)}; systemctl reload postfix",
            "Have it renewed by itself, with a reload of the mail server: certbot renew --deploy-hook 'systemctl reload postfix'",
            "A server of a provider: the MX record must name it as the provider writes it, not by an alias of yours.",
        ),
        undo="Put the former certificate back.",
        verify=_verify(found, host),
        if_you_wait=(
            "Email from large providers comes back to its senders."
            if found.demanded
            else "Somebody in between can pose as your mail server and read what is sent to you."
        ),
    )


def _announce(found: MailEncryption, bad: list[MailServerTls]) -> api.Remedy:
    host = bad[0].host
    hashed = "openssl x509 -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum"
    return api.Remedy(
        "Announce the certificate that the mail server really shows.",
        steps=(
            f"Its hash: openssl s_client -starttls smtp -connect {host}:{found.port} </dev/null | {hashed}",
            f"Publish: _25._tcp.{host}. 3600 IN TLSA 3 1 1 HASH",
            "Keep the key at renewals (certbot --reuse-key), or publish the next one beside it first (RFC 7671 8.1).",
        ),
        undo="Remove the TLSA records: then nothing is announced.",
        verify=f"dig _25._tcp.{host} TLSA, compared with the hash",
        if_you_wait="Email from providers that look at the announcement does not arrive.",
    )


def _renew(found: MailEncryption, bad: list[MailServerTls]) -> api.Remedy:
    return api.Remedy(
        "Let the mail server speak the present kinds of encryption.",
        api.Effort.HOURS,
        steps=(
            f"It spoke {bad[0].version} at most; TLSv1.2 is the least (RFC 8996).",
            "Update the mail server and its OpenSSL or Windows.",
            "Postfix 3.6 or later: postconf -e 'smtpd_tls_protocols=>=TLSv1.2'; systemctl reload postfix",
        ),
        undo="Put the former setting back.",
        verify=_verify(found, bad[0].host) + " shows TLSv1.2 or TLSv1.3",
        if_you_wait="What is encrypted in the old way can be read by those who record it, and senders stop speaking it.",
    )


def _files(host: str) -> str:
    folder = f"/etc/letsencrypt/live/{host}"
    return f"{folder}/privkey.pem,{folder}/fullchain.pem"
