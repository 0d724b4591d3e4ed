from __future__ import annotations

from itaudit import api
from itaudit.checks.patches.held import held
from itaudit.facts.updates import InstalledPackage, PackageManager, Update

FREE = InstalledPackage("bash", "5.2", "amd64")
HELD = InstalledPackage("mariadb-server", "10.5", "amd64", held=True)


def manager(*, security: bool) -> PackageManager:
    return PackageManager("apt", (Update("mariadb-server", "10.5", "10.6", (), security=security, held=True),), ())


def test_nothing_held_is_ok() -> None:
    assert held([FREE], [manager(security=True)]).status is api.Status.OK


def test_a_held_program_fails_at_its_usual_low_severity() -> None:
    found = held([FREE, HELD], [manager(security=False)])
    assert (found.status, found.severity) == (api.Status.FAIL, None)
    assert "1 program is kept" in found.summary


def test_a_held_program_for_which_a_security_update_waits_is_high() -> None:
    found = held([FREE, HELD], [manager(security=True)])
    assert (found.status, found.severity) == (api.Status.FAIL, api.Severity.HIGH)
    assert "mariadb-server" in found.summary
