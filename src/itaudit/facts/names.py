"""The names to look after: those that the owner named, else those that the machine itself seems to belong to: a guess.

Guessed are only names that a registry sells: a machine called pc.lan or printer.local says nothing of the internet.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from itaudit import api
from itaudit.facts.public_suffixes import organisation_of, registered
from itaudit.facts.targets import Targets, readable, validated_name

NONE_NAMED = "no web address of yours is named in itaudit.toml ([targets] domains), and this machine suggests none"
NAME_THEM = 'Name them in itaudit.toml ([targets] domains = ["example.com"]).'
GUESSED_AT_MOST = 3
OF_ROUTERS = ("fritz.box",)
"""Names that routers give to the network behind them, though a registry sells the ending."""
OF_PROVIDERS = (
    *("contaboserver.net", "hstgr.cloud", "kundenserver.de", "linode.com", "linodeusercontent.com", "ovh.net"),
    *("stratoserver.net", "vultrusercontent.com", "your-server.de"),
)
"""Names of companies that rent out servers, and call each by a name of theirs until its tenant changes that."""
_NUMBERED = re.compile(r"\d{5}|(?:\d{1,3}[.-]){3}\d{1,3}")
"""So begin such names with others: the number of a contract, or the server's address."""

MAIL_NAME = api.ReadFile("/etc/mailname")
POSTFIX = api.ReadFile("/etc/postfix/main.cf")
HOST_NAME = api.ReadFile("/etc/hostname")
HOSTS = api.ReadFile("/etc/hosts")
CERTIFICATES = api.Glob("/etc/letsencrypt/live/*/cert.pem")
_POSTFIX_NAME = re.compile(r"^\s*(?:mydomain|myhostname|myorigin)\s*=\s*(\S+)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class OwnName:
    """One name to look after. `guessed_from`: where the machine says so, "" when the owner named it."""

    subject: str
    name: str
    guessed_from: str = ""


@api.provider("linux", "windows", "macos", seconds=15)
def own_names(ask: api.Ask, targets: Targets) -> api.Facts[OwnName]:
    """Every name to look after. Raises NotApplicable when there is none."""
    if targets.domains:
        yield from (OwnName(readable(name), name) for name in targets.domains)
    else:
        yield from (OwnName(readable(name), name, place) for name, place in _guesses(ask).items())


def names_of(ask: api.Ask, targets: Targets) -> tuple[str, ...]:
    """The names in ASCII form. Raises NotApplicable, with words how to name one, when there are none."""
    return targets.domains or tuple(_guesses(ask))


def _guesses(ask: api.Ask) -> dict[str, str]:
    """Registered name -> where it was read. Raises NotApplicable when the machine suggests none."""
    mail, postfix, host, hosts, certificates = ask.many([MAIL_NAME, POSTFIX, HOST_NAME, HOSTS, CERTIFICATES])
    written = [
        ("/etc/mailname", _text(mail).split()[:1]),
        ("/etc/postfix/main.cf", _POSTFIX_NAME.findall(_text(postfix))),
        ("/etc/hostname", _text(host).split()[:1]),
        ("/etc/hosts", _own_lines(_text(hosts), _text(host).strip())),
        ("/etc/letsencrypt/live", [path.split("/")[4] for path in _paths(certificates)]),
    ]
    found: dict[str, str] = {}
    for place, names in written:
        for name in names:
            if own := _sold(name):
                found.setdefault(own, place)
    if not found:
        raise api.NotApplicable(NONE_NAMED, unlock=NAME_THEM)
    return dict(list(found.items())[:GUESSED_AT_MOST])


def _text(answer: api.Answer) -> str:
    return "" if answer.error else answer.text


def _paths(answer: api.Answer) -> list[str]:
    paths = [] if answer.error else answer.json
    return [path for path in paths if isinstance(path, str) and path.count("/") >= 5] if isinstance(paths, list) else []


def _own_lines(hosts: str, host: str) -> list[str]:
    """Names of /etc/hosts on a line that also names this machine (hosts(5))."""
    lines = [line.partition("#")[0].split()[1:] for line in hosts.splitlines()]
    return [name for line in lines if host and host in line for name in line if name != host]


def _sold(name: str) -> str:
    """The registered name that holds `name`, "" when it is none or belongs to a provider whose customers share it."""
    try:
        own = validated_name(name)
    except ValueError:
        return ""
    sold = registered(own)
    if _NUMBERED.search(own.removesuffix(sold)) or sold in (*OF_ROUTERS, *OF_PROVIDERS):
        return ""
    return sold if sold == organisation_of(own) else ""
