"""Answers in the form that systemctl 252 and rc-status print, and one real systemd."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.facts.units import FAILED, OPENRC, SERVICES, ServiceManager, Trouble, failed_units, units_of
from itaudit.facts.units import service_manager as manager_provider
from lab import service_manager as service_manager_lab
from lab.providers import Always, ran

Recorder = Callable[..., Ask]
NOT_BOOTED = api.Answer(
    "", 1, "System has not been booted with systemd as init system (PID 1). Can't operate.\nFailed to connect\n"
)
NO_OPENRC = api.Answer.missing(api.ToolMissing("rc-status"))


def unit(name: str, **values: str) -> str:
    healthy = {
        "Type": "simple", "Restart": "no", "NRestarts": "0", "ExecMainCode": "0", "ExecMainStatus": "0", "Id": name,
        "Description": f"What {name} does", "ActiveState": "active", "SubState": "running", "UnitFileState": "enabled",
        "Result": "success", "ConditionResult": "yes", "InactiveExitTimestampMonotonic": "12345", "TriggeredBy": "",
    }  # fmt: skip
    return "".join(f"{key}={value}\n" for key, value in (healthy | values).items())


STOPPED = {"ActiveState": "inactive", "SubState": "dead"}
SIGTERM = {"ExecMainCode": "2", "ExecMainStatus": "15"}


def failed(*names: str) -> str:
    return json.dumps(
        [{"unit": name, "load": "loaded", "active": "failed", "sub": "failed", "description": "It fails"} for name in names]
    )


def manager(recorded: Recorder, machine: api.Machine, units: list[str], listed: str = "[]") -> ServiceManager:
    [found] = ran(manager_provider.function(recorded({FAILED: listed, SERVICES: "\n".join(units)}), machine))
    assert isinstance(found, ServiceManager)
    return found


def test_a_failed_service_is_named_with_its_result(recorded: Recorder, machine: api.Machine) -> None:
    shop = unit("shop.service", ActiveState="failed", SubState="failed", Result="exit-code")
    found = manager(recorded, machine, [shop, unit("ssh.service")], failed("shop.service", "data.mount"))
    assert [(each.name, each.trouble, each.scheduled) for each in found.troubled] == [
        ("data.mount", Trouble.FAILED, False),
        ("shop.service", Trouble.FAILED, False),
    ]
    assert found.troubled[1].record == "shop.service: failed/failed, exit-code (It fails)"
    assert (found.name, found.count) == ("systemd", 2)


def test_names_that_others_mention_and_nobody_installed_are_not_counted(recorded: Recorder, machine: api.Machine) -> None:
    units = [unit("ssh.service"), unit("auditd.service", LoadState="not-found", ActiveState="inactive", UnitFileState="")]
    assert manager(recorded, machine, units).count == 1


def test_a_failed_job_of_a_timer_is_told_apart(recorded: Recorder, machine: api.Machine) -> None:
    job = unit("backup.service", Type="oneshot", ActiveState="failed", TriggeredBy="backup.timer")
    [found] = manager(recorded, machine, [job], failed("backup.service")).troubled
    assert found.scheduled


@pytest.mark.parametrize(
    "values",
    [
        {**STOPPED, **SIGTERM},
        {**STOPPED, "Restart": "always", "ExecMainCode": "1"},
        {**STOPPED, "Type": "forking", "ExecMainCode": "1"},
        {**STOPPED, "Type": "notify", "ExecMainCode": "1"},
    ],
)
def test_a_service_that_starts_with_the_machine_and_was_stopped_is_seen(
    recorded: Recorder, machine: api.Machine, values: dict[str, str]
) -> None:
    [found] = manager(recorded, machine, [unit("nginx.service", **values)]).troubled
    assert (found.name, found.trouble) == ("nginx.service", Trouble.STOPPED)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {**STOPPED, "ExecMainCode": "1"},  # anacron: its work is done
        {**STOPPED, "Type": "oneshot", **SIGTERM},
        {**STOPPED, "Type": "dbus", "ExecMainCode": "1"},  # ends when nobody needs it
        {**STOPPED, **SIGTERM, "UnitFileState": "disabled"},
        {**STOPPED, **SIGTERM, "UnitFileState": "static"},
        {**STOPPED, **SIGTERM, "TriggeredBy": "cups.socket cups.path"},
        {**STOPPED, **SIGTERM, "ConditionResult": "no"},
        {**STOPPED, "Type": "forking", "InactiveExitTimestampMonotonic": "0"},  # installed, not started since
        {"ActiveState": "activating", "SubState": "auto-restart", **SIGTERM},
    ],
)
def test_what_may_rest_is_no_trouble(recorded: Recorder, machine: api.Machine, values: dict[str, str]) -> None:
    assert manager(recorded, machine, [unit("x.service", **values)]).troubled == ()


def test_the_lines_of_old_versions_are_read_like_json() -> None:
    line = "shop.service loaded failed failed The shop of the office\n"
    assert failed_units(line) == [
        {"unit": "shop.service", "active": "failed", "sub": "failed", "description": "The shop of the office"}
    ]
    assert failed_units("") == []
    with pytest.raises(api.Unreadable):
        failed_units("Running in chroot, ignoring command 'list-units'\n")


def test_without_systemd_openrc_is_asked(recorded: Recorder, machine: api.Machine) -> None:
    text = "[default]\nsshd = started\ncrond = crashed\n[boot]\nhwclock = failed\n[shutdown]\nkillprocs = stopped\n"
    for nobody in (NOT_BOOTED, api.Answer.missing(api.ToolMissing("systemctl"))):
        [found] = ran(manager_provider.function(recorded({FAILED: nobody, SERVICES: nobody, OPENRC: text}), machine))
        assert (found.name, found.count) == ("OpenRC", 4)
        assert [each.name for each in found.troubled] == ["crond", "hwclock"]


def test_what_openrc_starts_with_the_machine_and_does_not_run_is_seen(recorded: Recorder, machine: api.Machine) -> None:
    """Older versions say "stopped" of what could not be started, too. What lost its supervisor is "unsupervised"."""
    text = (
        "[default]\nsshd =  started 2 day(s) 01:02:03 (0)\nnginx =  stopped \nshop =  unsupervised \n"
        "[nonetwork]\nlocal =  stopped \n[shutdown]\nkillprocs =  stopped \n[Dynamic manual]\nold =  stopped \n"
    )
    answers = {FAILED: NOT_BOOTED, SERVICES: NOT_BOOTED, OPENRC: text}
    [found] = ran(manager_provider.function(recorded(answers), machine))
    assert [(each.name, each.trouble) for each in found.troubled] == [("nginx", Trouble.STOPPED), ("shop", Trouble.FAILED)]


def test_openrc_that_lies_in_an_image_and_started_nothing_is_not_in_charge(recorded: Recorder, machine: api.Machine) -> None:
    """As in most containers of Alpine: that nothing has failed would be true, and worth nothing."""
    answers = {FAILED: NOT_BOOTED, SERVICES: NOT_BOOTED, OPENRC: "[default]\nsshd =  stopped \n[boot]\nhostname =  stopped \n"}
    with pytest.raises(api.NotFound):
        ran(manager_provider.function(recorded(answers), machine))


def test_with_neither_manager_it_is_unknown(recorded: Recorder, machine: api.Machine) -> None:
    with pytest.raises(api.NotFound):
        ran(manager_provider.function(recorded({FAILED: NOT_BOOTED, SERVICES: NOT_BOOTED, OPENRC: NO_OPENRC}), machine))


@pytest.mark.parametrize(
    "answer",
    [
        api.Answer("", 1, "Failed to connect to bus: Host is down\n"),
        api.Answer("", 0, "Running in chroot, ignoring command 'list-units'\n"),
        api.Answer.missing(api.TimedOut("systemctl")),
        api.Answer("[" * 100_000, 0),
        api.Answer('[{"unit": 7}]', 0),
        api.Answer("[7]", 0),
    ],
)
def test_a_manager_that_does_not_answer_as_documented_is_unknown(
    recorded: Recorder, machine: api.Machine, answer: api.Answer
) -> None:
    with pytest.raises(api.Missing):
        ran(manager_provider.function(recorded({FAILED: answer, SERVICES: answer, OPENRC: NO_OPENRC}), machine))


def test_this_machine_is_never_called_healthy_without_services(live: Ask, machine: api.Machine) -> None:
    with contextlib.suppress(api.Missing):
        [found] = ran(manager_provider.function(live, machine))
        assert found.count > 0


@given(st.text(max_size=300))
def test_any_answer_is_read_or_missing(body: str) -> None:
    always = Always(body)
    with contextlib.suppress(api.Missing):
        ran(manager_provider.function(Ask(always), always.machine))


@given(st.text(alphabet="Id=\nService.x ", max_size=200))
def test_any_blocks_are_units_or_unreadable(text: str) -> None:
    with contextlib.suppress(api.Unreadable):
        assert units_of(text)


def test_a_real_systemd_tells_which_failed_which_cannot_start_and_which_was_stopped(
    recorded: Recorder, machine: api.Machine, service_manager: Callable[..., dict[api.Question, api.Answer]]
) -> None:
    [found] = ran(manager_provider.function(recorded(service_manager([FAILED, SERVICES])), machine))
    assert isinstance(found, ServiceManager)
    assert {each.name: (each.trouble, each.scheduled) for each in found.troubled} == {
        "bad.service": (Trouble.FAILED, False),
        "job.service": (Trouble.FAILED, True),
        "mistyped.service": (Trouble.FAILED, False),
        "stopped.service": (Trouble.STOPPED, False),
    }
    assert "bad-setting" in next(each.record for each in found.troubled if each.name == "mistyped.service")


def test_the_lab_starts_nothing_of_this_machine_and_leaves_nothing_behind(
    service_manager: Callable[..., dict[api.Question, api.Answer]],
) -> None:
    files = api.Command(("systemctl", "list-unit-files", "--no-legend", "--no-pager"))
    loaded = api.Command(("systemctl", "list-units", "--type=service,socket,timer,path", "--no-legend", "--plain", "--no-pager"))
    names = {question: {line.split()[0] for line in answer.body.splitlines()} for question, answer in
             service_manager([files, loaded]).items()}  # fmt: skip
    assert names[files] == set(service_manager_lab.UNITS)
    assert "good.service" in names[loaded]
    assert names[loaded] <= set(service_manager_lab.UNITS)
    assert not list(Path("/sys/fs/cgroup").rglob(f"{service_manager_lab.GROUPS}{os.getpid()}-*"))
