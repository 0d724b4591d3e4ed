"""What this machine demands of passwords, and what happens to who guesses.

Sources: pam.d(5), pam_unix(8), pam_pwquality(8), pam_faillock(8), jail.conf(5).
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from itaudit import api

# Debian and its kin, openSUSE, then Fedora and its kin; Alpine and Arch.
NEW_PASSWORDS = ("/etc/pam.d/common-password", "/etc/pam.d/system-auth", "/etc/pam.d/base-password", "/etc/pam.d/passwd")
LOGINS = ("/etc/pam.d/common-auth", "/etc/pam.d/password-auth", "/etc/pam.d/system-auth", "/etc/pam.d/sshd")
QUALITY = api.ReadFile("/etc/security/pwquality.conf", limit_bytes=65536)
QUALITY_PARTS = api.Glob("/etc/security/pwquality.conf.d/*.conf", most=50)
GUARDS = {
    "/usr/bin/fail2ban-server": "fail2ban",
    "/usr/sbin/sshguard": "sshguard",
    "/usr/bin/crowdsec": "crowdsec",
    "/usr/sbin/denyhosts": "denyhosts",
}
"""Programs that keep an address out after wrong passwords, and their services."""
_STARTS = ("/etc/systemd/system/*.wants/{}.service", "/etc/runlevels/*/{}", "/etc/rc[2-5].d/S??{}")
"""What says that a service starts with the machine: systemd, OpenRC, SysV."""
JAILS = (
    api.Glob("/etc/fail2ban/jail.conf", most=1),
    api.Glob("/etc/fail2ban/jail.d/*.conf", most=50),
    api.Glob("/etc/fail2ban/jail.local", most=1),
    api.Glob("/etc/fail2ban/jail.d/*.local", most=50),
)
"""What fail2ban is told to watch; a later file counts for more."""
_ENTRY = re.compile(r"^(?:\[([^\]\n]{1,60})\]|(enabled|filter)[ \t]*+[=:][ \t]*+(\S{1,60}))", re.MULTILINE)
_LINE = re.compile(
    r"^[ \t]*+-?(auth|password|account)[ \t]++(?:\[[^\]\n]*\]|\S++)[ \t]++(\S{0,60}?pam_[a-z0-9_]{1,40})\.so([^\n#]*)",
    re.MULTILINE,
)
_LENGTH_OF = {"pam_unix": 6, "pam_pwquality": 8, "pam_cracklib": 9}
"""Shortest password of each without a setting, from its manual."""
_ON = ("true", "yes", "1", "on")
_LOCKS = ("pam_faillock", "pam_tally2", "pam_tally", "pam_abl")


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """least_length: of a new password, in characters. length_from, guard: where it comes from; no guard: guessing is free."""

    least_length: int
    length_from: str
    guard: str

    @property
    def subject(self) -> str:
        return "passwords"


@api.provider("linux", seconds=10)
def password_policy(ask: api.Ask) -> api.Facts[PasswordPolicy]:
    """One fact. Raises what keeps the rules for new passwords from being read."""
    length, source = _least_length(ask)
    yield PasswordPolicy(length, source, _guard(ask))


def _first_of(ask: api.Ask, paths: tuple[str, ...]) -> tuple[str, str]:
    for path in paths:
        answer = ask(api.ReadFile(path, limit_bytes=2**18))
        if not isinstance(answer.error, api.NotFound):
            return path, answer.text
    raise api.NotFound("rules for new passwords (PAM)", "Look yourself at the files in /etc/pam.d.")


def _least_length(ask: api.Ask) -> tuple[int, str]:
    """The longest that any of the modules demands."""
    path, text = _first_of(ask, NEW_PASSWORDS)
    found = [(0, f"{path}: no rule")]
    for kind, module, arguments in _LINE.findall(text):
        name = module.rpartition("/")[2]
        if kind == "password" and name in _LENGTH_OF:
            given = re.search(r"\bminlen=(\d{1,4})\b", arguments)
            # The arguments of pam_pwquality count for more than its file.
            own = [_LENGTH_OF[name], *(_quality_lengths(ask) if name == "pam_pwquality" else ())][-1]
            found.append((int(given[1]) if given else own, f"{path}: {name}"))
        if kind == "password" and name == "pam_passwdqc":
            found.append((_LENGTH_OF["pam_pwquality"], f"{path}: {name}"))
    return max(found)


def _quality_lengths(ask: api.Ask) -> Iterator[int]:
    """The last one counts: pwquality.conf(5) reads the folder first."""
    parts = ask(QUALITY_PARTS)
    listed = parts.json if parts.error is None else []
    paths = sorted(path for path in listed if isinstance(path, str)) if isinstance(listed, list) else []
    for answer in ask.many([*(api.ReadFile(path) for path in paths), QUALITY]):
        for match in re.finditer(r"^[ \t]*+minlen[ \t]*+=[ \t]*+(\d{1,4})[ \t]*+$", answer.body, re.MULTILINE):
            yield int(match[1])


def _guard(ask: api.Ask) -> str:
    for path in LOGINS:
        for kind, module, _ in _LINE.findall(ask(api.ReadFile(path, limit_bytes=2**18)).body):
            if kind == "auth" and module.rpartition("/")[2] in _LOCKS:
                return f"{path}: {module}"
    there = (path for path in GUARDS if ask(api.FileStatus(path)).error is None)
    started = (path for path in there if _starts(ask, GUARDS[path]))
    return next((path for path in started if GUARDS[path] != "fail2ban" or _watches_remote_login(ask)), "")


def _watches_remote_login(ask: api.Ask) -> bool:
    """Does fail2ban? Of Fedora and Arch it starts and watches nothing. In doubt it does."""
    jails: dict[str, dict[str, str]] = {}
    try:
        paths = [path for answer in ask.many(JAILS) for path in answer.json]
        texts = [answer.text for answer in ask.many([api.ReadFile(str(path), limit_bytes=2**18) for path in paths])]
    except (api.Missing, TypeError):
        return True
    for text in texts:
        name = ""
        for section, key, value in _ENTRY.findall(text):
            name = section or name
            jails.setdefault(name, {}).update({key: value.lower()} if key else {})
    common = jails.pop("DEFAULT", {})
    watching = ((name, {**common, **jail}) for name, jail in jails.items())
    return not texts or any(
        jail.get("enabled") in _ON and ("ssh" in name.lower() or jail.get("filter", "").startswith("sshd"))
        for name, jail in watching
    )


def _starts(ask: api.Ask, service: str) -> bool:
    """Does it start with the machine? On Fedora, what is installed does not."""
    for answer in ask.many([api.Glob(pattern.format(service), most=1) for pattern in _STARTS]):
        with contextlib.suppress(api.Missing):
            if answer.json:
                return True
    return False
