from __future__ import annotations

import pytest

from itaudit import api
from itaudit.checks.patches.sources import sources
from itaudit.facts.updates import Archive, PackageManager

DEBIAN = Archive("Debian", "Debian", "stable")
SECURITY = Archive("Debian", "Debian-Security", "stable-security")
VENDOR = Archive("Docker", "Docker CE", "bookworm")
RASPBIAN = Archive("Raspbian", "Raspbian", "stable")


@pytest.mark.parametrize(
    ("archives", "expected"),
    [
        ((DEBIAN, SECURITY, VENDOR), api.Status.OK),
        ((DEBIAN, VENDOR), api.Status.FAIL),
        ((Archive("Ubuntu", "Ubuntu", "noble-updates"),), api.Status.FAIL),
        ((RASPBIAN, VENDOR), api.Status.OK),
        ((Archive("Debian", "Debian", "unstable"),), api.Status.OK),
        ((Archive("Debian", "Debian", "unstable"), Archive("Debian", "Debian", "experimental")), api.Status.OK),
        ((DEBIAN, Archive("Debian", "Debian", "experimental")), api.Status.FAIL),
        ((), api.Status.UNKNOWN),
    ],
)
def test_a_debian_or_ubuntu_without_its_security_archive_fails(archives: tuple[Archive, ...], expected: api.Status) -> None:
    assert sources(PackageManager("apt", (), archives)).status is expected


def test_the_maker_is_named() -> None:
    assert "Debian" in sources(PackageManager("apt", (), (DEBIAN,))).summary
