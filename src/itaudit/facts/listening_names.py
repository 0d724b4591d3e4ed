"""Programs that wait for others and tell their version: by which file names they are known, how they are asked, what they say."""

from __future__ import annotations

import re
from dataclasses import dataclass

from itaudit import api

_VERSION = r"(?P<version>\d{1,4}(?:\.\d{1,4}){1,3})"
_LINE_MOST = 500


@dataclass(frozen=True, slots=True)
class Told:
    """arguments: that make it print its version and end, before it reads settings. says: {product of lifecycle.toml: the first
    line that its own maker's releases print}; what somebody else makes of it under the same name prints another."""

    product: str
    names: re.Pattern[str]
    arguments: tuple[str, ...]
    says: dict[str, re.Pattern[str]]

    def version(self, answer: api.Answer) -> tuple[str, str]:
        """(product, version), of either stream: nginx and Python 2 print to standard error. Raises api.Missing."""
        output = answer.checked_text.strip() or answer.errors.strip()
        line = output.partition("\n")[0].strip()
        if len(line) <= _LINE_MOST:
            for product, pattern in self.says.items():
                if match := pattern.fullmatch(line):
                    return product, match["version"]
        raise api.Unreadable(f"it says {' '.join(line.split())[:100]!r}, which is no release of its maker")


def _told(product: str, names: str, arguments: tuple[str, ...], **says: str) -> Told:
    return Told(
        product,
        re.compile(names, re.ASCII),
        arguments,
        {one: re.compile(pattern.replace("VERSION", _VERSION), re.ASCII) for one, pattern in says.items()},
    )


KNOWN = (
    _told("nginx", "nginx", ("-v",), nginx=r"nginx version: nginx/VERSION(?: \((?!nginx-plus)[^()]*\))?"),
    _told("apache", "httpd|apache2", ("-v",), apache=r"Server version: Apache/VERSION(?: \([^()]*\))?"),
    _told(
        "mariadb",
        "mariadbd|mysqld",
        # Must come first: then no file of settings is read.
        ("--no-defaults", "--version"),
        mariadb=r".+? +Ver VERSION-MariaDB(?!-enterprise)\S* for .+",
        mysql=r".+? +Ver VERSION(?:-log|-debug)? for \S+ on \S+ "
        r"\((?:MySQL (?:Community|Enterprise) Server\b.*|Source distribution)\)",
    ),
    _told("postgresql", "postgres", ("--version",), postgresql=r"postgres \(PostgreSQL\) VERSION(?: \([^()]*\))?"),
    _told("nodejs", "node|nodejs", ("--version",), nodejs=r"vVERSION"),
    # -n: without php.ini, which loads extensions.
    _told(
        "php",
        r"php(?:-fpm|-cgi)?(?:\d\.?\d?)?",
        ("-n", "-v"),
        php=r"PHP VERSION(?:[-+]\S+)?(?: with Suhosin-Patch)? \((?:fpm-fcgi|cli|cgi-fcgi)\).*",
    ),
    _told("python", r"python(?:\d(?:\.\d{1,2})?)?", ("--version",), python=r"Python VERSION\+?"),
)


def told_of(file: str) -> Told | None:
    """How the program in this file is asked; None for one that is not known."""
    name = file.rpartition("/")[2]
    return next((told for told in KNOWN if told.names.fullmatch(name)), None)
