"""The remedies for certificates, one for each cause: findings that share one are one action."""

from __future__ import annotations

import shlex

from itaudit import api
from itaudit.facts.certificates import Certificate

FRIGHTENED = "Visitors and email programs are warned away, and programs that connect stop working."


def verify(found: Certificate) -> str:
    start = {25: "smtp", 587: "smtp", 143: "imap", 110: "pop3"}.get(found.port, "")
    if api.is_address(found.host):
        asked = f"-connect {_endpoint(found)} -verify_ip {found.host}"
    else:
        asked = f"-connect {_endpoint(found)} -servername {_quoted(found)} -verify_hostname {_quoted(found)}"
    return f"openssl s_client {f'-starttls {start} ' if start else ''}{asked} -verify_return_error </dev/null"


def _endpoint(found: Certificate) -> str:
    return f"[{found.host}]:{found.port}" if ":" in found.host else f"{_quoted(found)}:{found.port}"


def _quoted(found: Certificate) -> str:
    """For a command: the DNS tells the names of mail servers, and allows any byte in them."""
    return shlex.quote(found.host)


def renew(found: Certificate) -> api.Remedy:
    return api.Remedy(
        "Renew the certificate, and have it renewed by itself from now on.",
        steps=(
            "Renew: certbot renew --cert-name NAME; at a web host: in its customer menu; a device: in its own settings.",
            "A server of a provider: tell the provider, who alone can renew it.",
            "Find out why it was not renewed by itself: certbot renew --dry-run; systemctl list-timers '*certbot*' 'acme*'",
            "Renewed, but not shown: reload the server after each renewal: certbot renew --deploy-hook 'systemctl reload SERVER'",
        ),
        verify=verify(found),
        if_you_wait=FRIGHTENED,
    )


def correct_clock(found: Certificate) -> api.Remedy:
    return api.Remedy(
        "Find out why the certificate is not valid yet.",
        steps=("Compare the clock of the server with the true time: timedatectl", "Issue the certificate again: certbot renew"),
        verify=verify(found),
        if_you_wait=FRIGHTENED,
    )


def right_name(found: Certificate) -> api.Remedy:
    held = ", ".join(found.parts.names) if found.parts else ""
    order = f"Order one that also holds {found.host}: certbot certonly --expand -d {_quoted(found)} -d ..."
    own = f"Connect by a name that it holds ({held or 'none'}), or have your own issuer make one that holds {found.host}."
    return api.Remedy(
        "Get a certificate that is made out to the right name.",
        steps=(
            own if found.private else order,
            f"Does the server show another site's certificate? Name {found.host} in its configuration (server_name, ServerName).",
            f"Is {found.host} not in use? Remove its A and AAAA records at the DNS host, and take it out of itaudit.toml.",
        ),
        undo="Put the former certificate back.",
        verify=verify(found),
        if_you_wait=FRIGHTENED,
    )


def own_issuer(found: Certificate) -> api.Remedy:
    """In a network of one's own no public issuer vouches for a name or an address."""
    return api.Remedy(
        "Let your own computers know who made the certificate.",
        steps=(
            "Install the certificate, or that of its issuer, on each of them (update-ca-certificates, group policy).",
            "Or give the device a name below a public one of yours, such as nas.example.com, and a certificate for that name:"
            " certbot certonly --manual --preferred-challenges dns -d NAME",
        ),
        undo="Remove the certificate from the computers again.",
        verify=verify(found),
        if_you_wait="People get used to ignoring the warning that would show them a forgery.",
    )


def public_issuer(found: Certificate) -> api.Remedy:
    if found.private:
        return own_issuer(found)
    return api.Remedy(
        "Replace the certificate by one from an issuer that everybody trusts.",
        steps=(
            f"Free of charge: certbot certonly -d {_quoted(found)}",
            "Only for machines of your own: install your issuer's certificate on each (update-ca-certificates, group policy).",
        ),
        undo="Put the former certificate back.",
        verify=verify(found),
        if_you_wait=f"{FRIGHTENED} People get used to ignoring the warning that would show them a forgery.",
    )


def whole_chain(found: Certificate) -> api.Remedy:
    return api.Remedy(
        "Send the certificates that belong to the server's own one.",
        steps=(
            "Use the file with the whole chain, fullchain.pem, not cert.pem (nginx ssl_certificate, Apache SSLCertificateFile).",
            "Bought: append the issuer's intermediate certificate behind your own in that file, then reload the server.",
        ),
        undo="Put the former file back.",
        verify=verify(found),
        if_you_wait="Some visitors get in and others are warned away, as are programs and telephones.",
    )


def stronger_key(found: Certificate) -> api.Remedy:
    return api.Remedy(
        "Replace the certificate by one with a strong key.",
        steps=(
            "Have your own issuer, or the device itself, make it again with an EC key."
            if found.private
            else f"certbot certonly --key-type ecdsa --force-renewal -d {_quoted(found)}",
            "Or RSA with 2048 bits or more, and SHA-256.",
        ),
        undo="Put the former certificate back.",
        verify=verify(found),
        if_you_wait="New programs refuse the connection, and the key can be broken by those who try hard.",
    )


def protect(found: Certificate) -> api.Remedy:
    return api.Remedy(
        "Let the server offer a protected connection there.",
        api.Effort.HOURS,
        steps=(
            f"See what answers: openssl s_client -connect {_endpoint(found)} </dev/null",
            f"At a web host: switch SSL on for {found.host} in its customer menu.",
            f"nginx: listen {found.port} ssl; Apache: SSLEngine on; or correct the port in itaudit.toml ([targets] services).",
        ),
        verify=verify(found),
        if_you_wait="What passes there can be read and changed on its way, or nobody gets in at all.",
    )


def new_versions(found: Certificate) -> api.Remedy:
    return api.Remedy(
        "Switch off the old kinds of encryption.",
        steps=(
            "nginx: ssl_protocols TLSv1.2 TLSv1.3; Apache: SSLProtocol -all +TLSv1.2 +TLSv1.3",
            "Dovecot: ssl_min_protocol = TLSv1.2; Windows: IIS Crypto, or the SCHANNEL keys of the registry.",
            "Old devices may need an update before; look at the server's log for who still uses TLSv1 and TLSv1.1.",
        ),
        undo="Put the former setting back.",
        verify=f"openssl s_client -connect {_endpoint(found)} -tls1_1 -cipher ALL:@SECLEVEL=0 </dev/null must fail",
        if_you_wait="Card companies and auditors object, and recorded connections of old programs can be broken.",
    )
