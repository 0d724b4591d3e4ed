from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from itaudit import api
from itaudit.checks.patches.libraries import Settings, libraries
from itaudit.facts.libraries_in_use import OldProgram, ProgramsInUse


def judged(machine: api.Machine, *days: float | None, seen: int = 90, unseen: int = 0, complete: bool = True) -> api.Verdict:
    old = tuple(
        OldProgram(
            f"program{number}", "x.service", 2, ("/usr/lib/a.so",), None if day is None else machine.now - timedelta(days=day)
        )
        for number, day in enumerate(days)
    )
    return libraries(ProgramsInUse(old, seen, unseen, complete), machine, Settings())


def test_nothing_old_is_ok(machine: api.Machine) -> None:
    assert judged(machine).status is api.Status.OK


def test_one_that_refused_among_many_does_not_make_it_unknown_but_is_told(machine: api.Machine) -> None:
    found = judged(machine, unseen=1)
    assert (found.status, found.detail) == (api.Status.OK, "1 process refused to be looked at")


def test_without_rights_the_programs_of_others_are_not_known(machine: api.Machine) -> None:
    found = judged(replace(machine, admin=False), unseen=1)
    assert found.status is api.Status.UNKNOWN
    assert "as root" in found.unlock


@pytest.mark.parametrize(
    "unit",
    [
        "user@1000.service",
        "session-3.scope",
        "dbus.service",
        "gdm3.service",
        "getty@tty1.service",
        "init.scope",
        "NetworkManager.service",
        "wpa_supplicant.service",
        "docker.service",
        "systemd-logind.service",
        # Where dhclient runs, on a Debian: restarting it takes the machine, and the guests of a Proxmox, off the network.
        "networking.service",
        "network.service",
        "ifup@eno1.service",
        "dhcpcd.service",
        "wicked.service",
        "ModemManager.service",
        "strongswan-starter.service",
        "frr.service",
        "tailscaled.service",
        # Without it the containers of a Proxmox lose what they know of their own memory.
        "lxcfs.service",
        "corosync.service",
        "open-iscsi.service",
        "rc-local.service",
    ],
)
def test_a_unit_whose_restart_ends_sessions_or_connections_is_left_to_the_next_restart(machine: api.Machine, unit: str) -> None:
    """The remedy says to restart each unit that the detail names as one."""
    old = OldProgram("x", unit, 1, ("/usr/lib/a.so",), None)
    found = libraries(ProgramsInUse((old,), 90, 0, True), machine, Settings())
    assert f"({unit}: with the machine, or log out)" in found.detail


@pytest.mark.parametrize("unit", ["ssh.service", "nginx.service", "postgresql@15-main.service", "smbd.service", "cron.service"])
def test_an_ordinary_service_may_be_restarted_alone(machine: api.Machine, unit: str) -> None:
    found = libraries(ProgramsInUse((OldProgram("x", unit, 1, ("/usr/lib/a.so",), None),), 90, 0, True), machine, Settings())
    assert f"({unit})" in found.detail


def test_one_day_is_one_day(machine: api.Machine) -> None:
    assert "the first 1 day ago" in judged(machine, 1.0).summary


@pytest.mark.parametrize(("seen", "complete"), [(3, True), (90, False)])
def test_where_most_could_not_be_seen_it_is_unknown(machine: api.Machine, seen: int, complete: bool) -> None:
    found = judged(machine, seen=seen, unseen=50, complete=complete)
    assert found.status is api.Status.UNKNOWN
    # It ran as root already: in a container, or on a machine with very many programs.
    assert "as root" not in found.unlock
    assert found.unlock


@pytest.mark.parametrize(
    ("days", "status"), [(0.9, api.Status.OK), (2, api.Status.WARN), (15, api.Status.FAIL), (None, api.Status.WARN)]
)
def test_the_days_since_the_file_was_replaced_decide(machine: api.Machine, days: float | None, status: api.Status) -> None:
    assert judged(machine, days).status is status


def test_the_longest_counts_and_each_is_named(machine: api.Machine) -> None:
    found = judged(machine, 1, 20, None)
    assert found.status is api.Status.FAIL
    assert "3 running programs still use" in found.summary
    assert "the first 20 days ago" in found.summary
    assert found.detail.count("x.service") == 3


def test_the_detail_is_bounded(machine: api.Machine) -> None:
    assert judged(machine, *[5.0] * 500).detail.endswith("... and 470 more")
