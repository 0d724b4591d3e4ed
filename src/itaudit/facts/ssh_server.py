"""The SSH server of this machine: who it lets in, and how. Source: sshd(8) -T, sshd_config(5)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from itaudit import api
from itaudit.facts.account import Accounts
from itaudit.facts.ssh_settings import Settings, asks_for_second_factor, printed_settings, settings_of

PROGRAMS = ("/usr/sbin/sshd", "/usr/bin/sshd", "/usr/local/sbin/sshd")
FILES = ("/etc/ssh/sshd_config", "/usr/etc/ssh/sshd_config")
ENABLED = api.Command(("systemctl", "is-enabled", "ssh.service", "sshd.service", "ssh.socket", "sshd.socket"))
RUNNING = api.ReadFile("/run/sshd.pid", limit_bytes=64)
OUTSIDE = "host=outside.invalid,addr=203.0.113.7"
"""A stranger, for what the server would do (RFC 5737, RFC 2606). Nothing is sent there."""
_STARTED = frozenset(("enabled", "enabled-runtime", "alias", "linked", "generated"))
_WEAK = re.compile(
    r"(?:3des|blowfish|cast128|rijndael)-cbc(?:@\S+)?|arcfour\w*|des-cbc\S*|hmac-md5\S*|hmac-sha1-96\S*|hmac-ripemd160\S*|umac-32\S*"
    r"|diffie-hellman-group1-sha1|none"
)
"""Broken, and in no list that OpenSSH brings since 7.6: whoever has one of them added it."""
_LISTS = ("ciphers", "macs", "kexalgorithms")
_MOST_PEOPLE = 30
_DROPBEAR = tuple(
    api.Glob(pattern, most=1)
    for pattern in ("/etc/systemd/system/*.wants/dropbear.s*", "/etc/runlevels/*/dropbear", "/etc/rc[2-5].d/S??dropbear")
)
"""What says that the other common server starts with the machine. Its settings stand in its arguments."""


@dataclass(frozen=True, slots=True)
class SshServer:
    """How a stranger is treated. asked: told by the server itself, else read from its files.

    root_password, password: root, or another account, gets in with a password alone. uncertain: settings for some connections
    only, of which it is not known whether they hold. listens: "0.0.0.0:22"; empty for every address. people: whom it was asked
    for. slows_guessing: who guesses wrong is kept out for a while (PerSourcePenalties, OpenSSH 9.8).
    """

    asked: bool
    root_login: str
    root_password: bool
    password: bool
    empty_passwords: bool
    strict_modes: bool
    listens: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    second_factor: bool = False
    uncertain: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    slows_guessing: bool = False

    @property
    def subject(self) -> str:
        return "remote login"

    @property
    def reachable(self) -> bool:
        """Does it listen to more than this machine itself?"""
        return not self.listens or not all(re.match(r"(?:127\.|\[?::1\]?(?::|$)|localhost)", one) for one in self.listens)


@api.provider("linux", seconds=20)
def ssh_server(ask: api.Ask, accounts: list[Accounts]) -> api.Facts[SshServer]:
    """One fact. NotApplicable where no server is installed, or none is started."""
    program = next((path for path in PROGRAMS if not isinstance(ask(api.FileStatus(path)).error, api.NotFound)), "")
    another = any(not answer.problem and answer.json for answer in ask.many(_DROPBEAR))
    started = bool(program) and _is_started(ask)
    if another and not started:
        words = "how Dropbear, a service for remote login beside OpenSSH, lets people in"
        raise api.NotFound(words, "Look yourself at how it is started: -s lets nobody in by password, -w not root.")
    if not program:
        raise api.NotApplicable("no service for remote login (SSH) is installed")
    if not started:
        raise api.NotApplicable("the service for remote login (SSH) is installed, but not started")
    file = next((path for path in FILES if not isinstance(ask(api.FileStatus(path)).error, api.NotFound)), FILES[0])
    open_ones = [one for each in accounts for one in each.accounts if one.opens_from_elsewhere]
    people = [one.name for one in open_ones if one.number]
    homes = [one.home for one in open_ones if one.home.startswith("/")][:_MOST_PEOPLE]
    server = server_of(ask, program, file, people, homes)
    yield replace(server, uncertain=(*server.uncertain, "Dropbear, another server, starts too")) if another else server


def _is_started(ask: api.Ask) -> bool:
    """Without systemd, and in doubt, it is."""
    words = ask(ENABLED).body.split()
    return not words or bool(_STARTED & set(words)) or ask(RUNNING).error is None


def server_of(ask: api.Ask, program: str, file: str, people: Sequence[str], homes: Sequence[str] = ()) -> SshServer:
    """As the server with this file of settings tells; by the file alone where it cannot. Raises what keeps it from being read."""
    second_factor = asks_for_second_factor(ask, homes)
    server = _told(ask, program, file, people, second_factor=second_factor is True)
    if second_factor is None and (server.password or server.root_password):
        return replace(server, uncertain=(*server.uncertain, "PAM lets those in who set up no second factor"))
    return server


def _told(ask: api.Ask, program: str, file: str, people: Sequence[str], *, second_factor: bool) -> SshServer:
    valid = [name for name in people if re.fullmatch(r"[A-Za-z0-9_.][A-Za-z0-9_.@$-]{0,60}", name)]
    people = valid[:_MOST_PEOPLE]
    plain = ask(api.Command((program, "-T", "-f", file, "-C", f"user=root,{OUTSIDE}")))
    if plain.error is not None or plain.exit_code != 0:
        return _by_files(settings_of(ask, file), second_factor=second_factor)
    for_root = printed_settings(plain.body)
    if "permitrootlogin" not in for_root.always:
        raise api.Unreadable("sshd -T does not tell its settings")
    others = [for_root]
    unasked: tuple[str, ...] = ()
    if _has_conditions(ask, file):
        names = people or ["somebody"]
        commands = [api.Command((program, "-T", "-f", file, "-C", f"user={name},{OUTSIDE}")) for name in names]
        others = [printed_settings(answer.checked_text) for answer in ask.many(commands)]
        unasked = (f"{len(valid) - len(people)} more accounts were not asked for",) if len(valid) > len(people) else ()
    server = _server(for_root, others, asked=True, people=tuple(people), second_factor=second_factor)
    return server if server.password else replace(server, uncertain=unasked)


def _has_conditions(ask: api.Ask, file: str) -> bool:
    try:
        return bool(settings_of(ask, file).sometimes)
    except api.Missing:
        return True


_LOOSE = {"permitrootlogin": "yes", "passwordauthentication": "yes", "permitemptypasswords": "yes"}


def _by_files(settings: Settings, *, second_factor: bool) -> SshServer:
    server = _server(settings, [settings], asked=False, people=(), second_factor=second_factor)
    loose = [one for one in settings.sometimes if _LOOSE.get(one[1]) == one[2].lower()]
    uncertain = tuple(f"Match {criteria}: {keyword} {value}"[:200] for criteria, keyword, value in loose[:20])
    return replace(server, uncertain=uncertain)


def _server(
    for_root: Settings, others: Sequence[Settings], *, asked: bool, people: tuple[str, ...], second_factor: bool
) -> SshServer:
    """What a file does not set is as OpenSSH has it since 7.0."""
    root_login = for_root.first("permitrootlogin", "prohibit-password").lower()
    return SshServer(
        asked=asked,
        root_login=root_login,
        root_password=root_login == "yes" and _takes_password(for_root) and _may_come(for_root),
        password=any(_takes_password(one) for one in others),
        empty_passwords=any(_is(one, "permitemptypasswords", "no") and _takes_password(one) for one in (for_root, *others)),
        strict_modes=_is(for_root, "strictmodes", "yes"),
        listens=tuple(for_root.always.get("listenaddress", ())),
        weak=tuple(dict.fromkeys(_weak(for_root))),
        second_factor=second_factor and _is(for_root, "usepam", "no"),
        people=people,
        slows_guessing=for_root.first("persourcepenalties", "no").lower() != "no",
    )


def _is(settings: Settings, keyword: str, otherwise: str) -> bool:
    return settings.first(keyword, otherwise).lower() == "yes"


def _takes_password(settings: Settings) -> bool:
    """A password alone is enough: AuthenticationMethods may ask for more."""
    spoken = _is(settings, "kbdinteractiveauthentication", settings.first("challengeresponseauthentication", "yes"))
    ways = {
        "password": _is(settings, "passwordauthentication", "yes"),
        "keyboard-interactive": spoken and _is(settings, "usepam", "no"),
    }
    methods = settings.first("authenticationmethods", "any").split()
    if "any" in methods:
        return any(ways.values())
    return any(ways.get(method.partition(":")[0], False) for method in methods if "," not in method)


def _may_come(settings: Settings) -> bool:
    """Do the lists of users and groups let root in? Patterns of ssh_config(5), the part before "@"."""

    def listed(keyword: str) -> bool:
        patterns = [word.partition("@")[0] for line in settings.always.get(keyword, ()) for word in line.split()]
        return any(fnmatchcase("root", pattern) for pattern in patterns)

    denied = listed("denyusers") or listed("denygroups")
    left_out = any(keyword in settings.always and not listed(keyword) for keyword in ("allowusers", "allowgroups"))
    return not denied and not left_out


def _weak(settings: Settings) -> Iterator[str]:
    for keyword in _LISTS:
        value = settings.first(keyword, "")
        names = [] if value.startswith("-") else value.lstrip("+^").split(",")
        yield from (name for name in names if _WEAK.fullmatch(name.strip().lower()))
