"""Which packages are which program, by their names on Debian's and Red Hat's family and by those that makers give their own."""

from __future__ import annotations

import re

from itaudit.facts.lifecycle import table
from itaudit.facts.updates import InstalledPackage

RUNTIMES = ("php", "python", "postgresql", "mariadb", "mysql", "nodejs")
# {product of lifecycle.toml: names of its packages}; the release is in the name, or else in the package's version.
_PACKAGES = {
    "php": re.compile(r"php(?P<cycle>\d+\.\d+)-common|(?:php\d{2}-)?php-common"),
    "python": re.compile(r"python(?P<cycle>\d+\.\d+)-minimal"),
    "postgresql": re.compile(r"postgresql-(?P<cycle>\d+(?:\.\d+)?)|postgresql(?P<joined>\d{1,2})?-server"),
    "mariadb": re.compile(r"(?:mariadb|MariaDB)-server(?:-\d+\.\d+)?"),
    "mysql": re.compile(r"mysql-(?:community-)?server(?:-\d+\.\d+)?"),
    "nodejs": re.compile(r"nodejs"),
    "apache": re.compile(r"apache2|httpd"),
    "nginx": re.compile(r"nginx(?:-common|-core)?"),
    # Not "openssl": that is the tool; the library is what other programs run on, and what stays behind after an upgrade.
    "openssl": re.compile(r"libssl(?:1\.0\.\d|1\.1|3)(?:t64)?|openssl-libs"),
    "openvpn": re.compile(r"openvpn"),
    "samba": re.compile(r"samba"),
    "libreoffice": re.compile(r"libreoffice-core|libreoffice\d+\.\d+"),
    "firefox": re.compile(r"firefox|firefox-esr"),
    "chrome": re.compile(r"google-chrome-stable"),
    "dotnet": re.compile(r"(?:dotnet|aspnetcore)-runtime-(?P<cycle>\d+\.\d+)"),
    "mssqlserver": re.compile(r"mssql-server"),
    "proxmox-ve": re.compile(r"pve-manager"),
    "wordpress": re.compile(r"wordpress"),
}
_STANDS_FOR_A_SNAP = re.compile(r"(?:\d+:)?1snap1")
_VERSION = re.compile(r"\d{1,9}(?:\.\d{1,9}){0,5}", re.ASCII)


def numbers_of(version: str) -> str:
    """The version without epoch and packaging: "1:10.11.6-0+deb12u1" -> "10.11.6"; "" for a version that is none."""
    match = _VERSION.match(version.rpartition(":")[2])
    return match[0] if match else ""


def recognise(package: InstalledPackage) -> tuple[str, str] | None:
    """(product, release) of a package, or None: postgresql-13 -> ("postgresql", "13"), nodejs 18.20.4 -> ("nodejs", "18")."""
    if _STANDS_FOR_A_SNAP.match(package.version):
        return None  # Ubuntu's empty package, which installs the snap
    for product, pattern in _PACKAGES.items():
        if match := pattern.fullmatch(package.name):
            groups = match.groupdict()
            named = groups.get("cycle") or groups.get("joined") or numbers_of(package.version)
            if package.name == "php-common" and "." not in named:
                return None  # Debian's is no PHP: its version ("2:93") is that of the packaging
            return product, table().product[product].cycle(named) or named
    return None
