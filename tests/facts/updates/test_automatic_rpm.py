from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.checks.patches.automatic import Settings, automatic
from itaudit.contributions import Ask
from itaudit.facts.operating_system import OS_RELEASE
from itaudit.facts.updates import AutomaticUpdates, InstalledPackage, Patches
from itaudit.facts.updates.automatic_rpm import (
    INSTALLING,
    OBEYING,
    SETTINGS,
    SETTINGS5,
    SUSE,
    YAST,
    Runs,
    cron_question,
    enabled_question,
    parse_runs,
    parse_settings,
    parse_switches,
    rpm_automatic,
    runs_question,
    stamp_question,
)

Recorder = Callable[[Mapping[api.Question, api.Answer | str]], Ask]
NOT_THERE = api.Answer.missing(api.NotFound(""))
OFF = api.Answer("", 1, "Failed to get unit file state: No such file or directory")
# /etc/dnf/automatic.conf as dnf 4.14 installs it, without its comments.
STOCK = (
    "[commands]\nupgrade_type = default\nrandom_sleep = 0\ndownload_updates = yes\napply_updates = no\n[base]\ndebuglevel = 1\n"
)
DAY = datetime(2026, 11, 20, 6, tzinfo=UTC)


def ended(day: int, result: str) -> str:
    moment = int(datetime(2026, 11, day, 6, tzinfo=UTC).timestamp() * 1e6)
    return json.dumps({"__REALTIME_TIMESTAMP": str(moment), "UNIT": "dnf-automatic.service", "JOB_RESULT": result}) + "\n"


def automatic_of(
    recorded: Recorder,
    *,
    on: tuple[str, ...] = (),
    settings: str | api.Answer = STOCK,
    packages: tuple[str, ...] = ("dnf", "dnf-automatic"),
    journal: str | api.Answer = "",
    stamp: datetime | None = None,
    more: Mapping[api.Question, api.Answer | str] | None = None,
) -> AutomaticUpdates:
    timers = (*OBEYING, INSTALLING, *SUSE.values())
    mark = json.dumps({"modified": stamp.timestamp()}) if stamp else NOT_THERE
    answers: dict[api.Question, api.Answer | str] = {
        OS_RELEASE: "ID=fedora\n",
        SETTINGS: settings,
        SETTINGS5: NOT_THERE,
        YAST: NOT_THERE,
        **{enabled_question((timer,)): "enabled\n" if timer in on else OFF for timer in timers},
        **{stamp_question(timer): mark for timer in timers},
        runs_question(tuple(timer.replace(".timer", ".service") for timer in on)): journal,
        **(more or {}),
    }
    (found,) = rpm_automatic.function(recorded(answers), Patches(), [InstalledPackage(name, "1", "x") for name in packages])
    assert isinstance(found, AutomaticUpdates)
    return found


def test_as_it_is_installed_it_only_downloads(recorded: Recorder) -> None:
    found = automatic_of(recorded, on=("dnf-automatic.timer",))
    assert (found.installer, found.looks, found.installs, found.covers_security) == (True, True, False, True)
    assert found.timer == "enabled"


def test_told_to_install_and_seen_to_work_it_is_well(recorded: Recorder) -> None:
    settings = STOCK.replace("apply_updates = no", "apply_updates = yes")
    journal = ended(18, "failed") + "not json\n" + ended(20, "done")
    found = automatic_of(recorded, on=("dnf-automatic.timer",), settings=settings, journal=journal)
    assert (found.installs, found.last_run, found.failed_runs) == (True, DAY, 0)


def test_one_timer_installs_whatever_the_settings_say(recorded: Recorder) -> None:
    assert automatic_of(recorded, on=(INSTALLING,)).installs


def test_where_the_journal_holds_nothing_the_mark_of_the_timer_counts(recorded: Recorder) -> None:
    refused = api.Answer("", 1, "No journal files were opened due to insufficient permissions.")
    assert automatic_of(recorded, on=("dnf-automatic.timer",), journal=refused, stamp=DAY).last_run == DAY
    assert automatic_of(recorded, on=("dnf-automatic.timer",), journal=refused).last_run is None


def test_a_bare_system_has_nothing_switched_on(recorded: Recorder) -> None:
    found = automatic_of(recorded, settings=NOT_THERE, packages=("dnf5",))
    assert (found.installer, found.looks, found.installs, found.timer) == (False, False, False, "")
    assert found.setup[0] == "sudo dnf install dnf5-plugin-automatic"


def test_of_dnf_5_the_makers_settings_come_first_and_ours_over_them(recorded: Recorder) -> None:
    own = "[commands]\napply_updates = True\n"
    maker: dict[api.Question, api.Answer | str] = {SETTINGS5: "[commands]\nupgrade_type = security\napply_updates = no\n"}
    found = automatic_of(
        recorded, on=("dnf5-automatic.timer",), settings=own, packages=("dnf5", "dnf5-plugin-automatic"), more=maker
    )
    assert (found.installs, found.covers_security, found.name) == (True, True, "dnf5-plugin-automatic")


@pytest.mark.parametrize("timer", [*OBEYING, INSTALLING, SUSE["os-update"]])
def test_where_it_failed_the_remedy_begins_with_its_own_log(recorded: Recorder, machine: api.Machine, timer: str) -> None:
    service, package = timer.replace(".timer", ".service"), timer.removesuffix(".timer").removesuffix("-install")
    system: dict[api.Question, api.Answer | str] = {OS_RELEASE: "ID=opensuse-leap\n" if package == "os-update" else "ID=fedora\n"}
    found = automatic_of(
        recorded,
        on=(timer,),
        settings="[commands]\napply_updates = yes\n",
        packages=("dnf5-plugin-automatic" if package == "dnf5-automatic" else package,),
        journal=ended(18, "failed") + ended(19, "failed") + ended(20, "failed"),
        more=system,
    )
    verdict = automatic(found, machine, Settings())
    assert (verdict.status, found.failed_runs) == (api.Status.WARN, 3)
    assert verdict.remedy is not None
    assert verdict.remedy.steps[0].startswith(f"sudo journalctl --unit {service} ")
    assert f"--unit {service}" in verdict.detail
    assert not any("unattended-upgrades" in step for step in verdict.remedy.steps)


def test_settings_that_cannot_be_read_are_unknown(recorded: Recorder) -> None:
    with pytest.raises(api.Unreadable):
        automatic_of(recorded, on=("dnf-automatic.timer",), settings="apply_updates = yes\n")


@pytest.mark.parametrize(("package", "timer"), SUSE.items())
def test_suse_by_a_timer(recorded: Recorder, package: str, timer: str) -> None:
    system: dict[api.Question, api.Answer | str] = {OS_RELEASE: "ID=opensuse-leap\n"}
    found = automatic_of(recorded, on=(timer,), packages=(package,), journal=ended(20, "done"), more=system)
    assert (found.installer, found.installs, found.timer, found.last_run, found.name) == (True, True, "enabled", DAY, package)
    none = automatic_of(recorded, packages=(package,), more=system)
    assert (none.installer, none.looks, none.installs, none.timer) == (True, False, False, "")


def test_suse_by_yast_and_cron(recorded: Recorder) -> None:
    more: dict[api.Question, api.Answer | str] = {
        OS_RELEASE: "ID=sles\n",
        YAST: '## Type: yesno\nAOU_ENABLE_CRONJOB="true"\nAOU_CRON_JOB_INTERVAL="daily"\nAOU_PATCH_CATEGORIES="recommended"\n',
        cron_question("daily"): json.dumps({"modified": DAY.timestamp()}),
    }
    found = automatic_of(recorded, packages=("yast2-online-update-configuration",), more=more)
    assert (found.installs, found.timer, found.covers_security, found.last_run) == (True, "cron", False, DAY)


def test_on_a_debian_there_is_no_such_fact(recorded: Recorder) -> None:
    assert list(rpm_automatic.function(recorded({OS_RELEASE: "ID=debian\n"}), Patches(), [])) == []


def test_failures_count_from_the_last_good_run() -> None:
    text = ended(17, "failed") + ended(18, "done") + ended(20, "timeout") + ended(19, "failed") + ended(21, "canceled")
    assert parse_runs(text) == Runs(datetime(2026, 11, 18, 6, tzinfo=UTC), 2)


def test_a_real_journal_is_read(tmp_path: Path, needs: Callable[..., str]) -> None:
    """Written by systemd's own tool, asked with the question's own words."""
    remote = "/lib/systemd/systemd-journal-remote"
    if not Path(remote).exists():
        needs("systemd-journal-remote")
    journalctl = needs("journalctl", "systemd")
    entries = ""
    for number, (unit, result) in enumerate([("dnf-automatic", "failed"), ("other", "failed"), ("dnf-automatic", "done")]):
        moment = int(datetime(2026, 11, 18 + number, 6, tzinfo=UTC).timestamp() * 1e6)
        entries += (
            f"__REALTIME_TIMESTAMP={moment}\n__MONOTONIC_TIMESTAMP={number + 1}\n_BOOT_ID={'0' * 31}1\n_PID=1\nPRIORITY=6\n"
            f"JOB_TYPE=start\nJOB_RESULT={result}\nUNIT={unit}.service\nMESSAGE=Finished.\n\n"
        )
    (tmp_path / "entries").write_text(entries)
    journal = tmp_path / "lab.journal"
    subprocess.run([remote, "-o", str(journal), str(tmp_path / "entries")], check=True, capture_output=True, timeout=60)
    argv = list(runs_question(("dnf-automatic.service", "dnf5-automatic.service")).argv)
    told = subprocess.run([journalctl, f"--file={journal}", *argv[1:]], check=True, capture_output=True, text=True, timeout=60)
    assert parse_runs(told.stdout) == Runs(DAY, 0)
    assert len(told.stdout.splitlines()) == 2


@given(st.text())
def test_hostile_text_gives_values_or_missing(text: str) -> None:
    assert isinstance(parse_runs(text), Runs)
    assert isinstance(parse_switches(text), dict)
    with contextlib.suppress(api.Missing):
        parse_settings(text)
