"""Built-in software: recorded from fwupd 2.0.20 with its own test devices and a made-up list beside the one of its tests."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.facts.machine_age import BIOS_DATE, MAKER, MODEL, VIRTUAL
from itaudit.facts.updates.fwupd import (
    DEVICES,
    REMOTES,
    UPDATES,
    Firmware,
    FirmwareUpdate,
    firmware,
    parse_devices,
    parse_remotes,
    parse_updates,
)

Recorder = Callable[[Mapping[api.Question, api.Answer | str]], Ask]
Facts = Callable[..., list[Any]]
# As recorded, without what no check reads: texts, licences, sums.
WEBCAM: dict[str, Any] = {
    "Name": "Integrated Webcam™",
    "DeviceId": "08d460be0f1f9f128413f816022a6439e0078018",
    "Guid": ["b585990a-003e-5270-89d5-3705a17f9a43"],
    "Plugin": "test",
    "Flags": ["updatable", "supported", "can-verify", "can-verify-image", "unsigned-payload", "can-emulation-tag"],
    "Vendor": "ACME Corp.",
    "Version": "1.2.2",
    "Created": 1795414104,
    "Releases": [
        {
            "RemoteId": "fwupd-tests",
            "Version": "1.2.4",
            "Created": 1497499200,
            "Flags": ["trusted-payload", "trusted-metadata", "is-upgrade"],
        },
        {
            "RemoteId": "lab",
            "Version": "1.2.4",
            "Issues": ["CVE-2026-1234"],
            "Created": 1788000000,
            "Flags": ["trusted-payload", "trusted-metadata", "is-upgrade"],
        },
        {
            "RemoteId": "fwupd-tests",
            "Version": "1.2.3",
            "Created": 1497499200,
            "Flags": ["trusted-payload", "trusted-metadata", "is-upgrade"],
        },
    ],
}
PROCESSOR = {"Name": "Xeon Processor", "Plugin": "cpu", "Flags": ["internal"], "Vendor": "Intel", "Created": 1795414104}
RECORDED_REMOTES = {
    "Remotes": [
        {"Id": "vendor-directory", "Kind": "directory", "Enabled": True, "Mtime": 1795413942},
        {"Id": "lvfs-testing", "Kind": "download", "Enabled": False, "Mtime": 1795413943},
        {"Id": "lvfs", "Kind": "download", "Enabled": True, "Mtime": 1795240800},
    ]
}
NO_DAEMON = {"Error": {"Domain": "g-io-error-quark", "Code": 1, "Message": "Failed to connect to daemon: Could not connect"}}
PHYSICAL = api.Answer("none\n", 1)
NOT_INSTALLED = api.Answer.missing(api.ToolMissing("fwupdmgr"))


def answers(
    updates: api.Answer | str, *, virtual: api.Answer | str = PHYSICAL, board: api.Answer | str = "03/15/2025\n"
) -> dict[api.Question, api.Answer | str]:
    return {
        VIRTUAL: virtual,
        MAKER: "LENOVO\n",
        MODEL: "20W0003AGE\n",
        BIOS_DATE: board,
        DEVICES: json.dumps({"Devices": [WEBCAM, PROCESSOR]}),
        UPDATES: updates,
        REMOTES: json.dumps(RECORDED_REMOTES),
    }


def test_a_recorded_machine_is_read_to_the_letter(recorded: Recorder, facts_of: Facts, machine: api.Machine) -> None:
    (found,) = facts_of(firmware, recorded(answers(json.dumps({"Devices": [WEBCAM]}))), machine)
    # 1788000000 is 2026-08-29 10:40:00 UTC, 1795240800 is 2026-11-21 06:00:00 UTC (date -u -d @...).
    august = datetime(2026, 8, 29, 10, 40, tzinfo=UTC)
    update = FirmwareUpdate("Integrated Webcam™", "ACME Corp.", "1.2.2", "1.2.4", august, True, ("CVE-2026-1234",))
    fetched = datetime(2026, 11, 21, 6, tzinfo=UTC)
    assert found == Firmware(True, 1, False, (update,), fetched, date(2025, 3, 15))


def test_without_a_hole_the_first_version_that_is_missing_counts() -> None:
    release = {"Version": "2", "Created": 1788000000, "Flags": ["is-upgrade"]}
    older = {"Version": "1.5", "Created": 1785000000, "Flags": ["is-upgrade"]}
    (update,) = parse_updates({"Devices": [{"Name": "Dock", "Version": "1", "Releases": [release, older]}]})
    assert (update.security, update.released, update.candidate) == (False, datetime.fromtimestamp(1785000000, UTC), "2")


@pytest.mark.parametrize(
    ("urgency", "security"), [("critical", True), ("high", True), ("medium", False), ("unknown", False), (7, False)]
)
def test_what_its_maker_calls_urgent_closes_a_hole(urgency: object, security: bool) -> None:
    release = {"Version": "2", "Created": -1, "Flags": ["is-upgrade"], "Urgency": urgency}
    (update,) = parse_updates({"Devices": [{"Name": "Dock", "Releases": [release]}]})
    assert (update.security, update.released) == (security, None)


def test_older_versions_are_no_updates() -> None:
    assert parse_updates({"Devices": [{"Name": "Dock", "Releases": [{"Version": "1", "Flags": ["is-downgrade"]}]}]}) == ()


def test_the_main_board_is_known_where_its_maker_publishes() -> None:
    board = {"Name": "System Firmware", "Plugin": "uefi_capsule", "Flags": ["internal", "updatable", "supported"]}
    assert parse_devices({"Devices": [board, PROCESSOR]}) == (1, True)
    assert parse_devices({"Devices": [{**board, "Flags": ["internal", "updatable"]}, WEBCAM]}) == (1, False)


def test_a_list_that_was_never_fetched_has_no_date() -> None:
    assert parse_remotes({"Remotes": [{"Kind": "download", "Enabled": "true", "Mtime": -1}]}) is None
    old_style = {"Remotes": [{"Kind": "download", "Enabled": "true", "Mtime": 1795240800}]}
    assert parse_remotes(old_style) == datetime(2026, 11, 21, 6, tzinfo=UTC)


def test_nothing_to_do_has_its_own_exit_code(recorded: Recorder, facts_of: Facts, machine: api.Machine) -> None:
    (found,) = facts_of(firmware, recorded(answers(api.Answer("No updates available\n", 2))), machine)
    assert found.updates == ()


@pytest.mark.parametrize(
    "updates",
    [
        api.Answer(json.dumps(NO_DAEMON), 1),
        api.Answer("", 1, "Failed to connect to daemon"),
        "[]",
        '{"Devices": 1}',
        '{"Devices": [1]}',
        '{"Devices": [{"Releases": 1}]}',
    ],
)
def test_what_is_not_understood_is_unknown(
    recorded: Recorder, facts_of: Facts, machine: api.Machine, updates: api.Answer | str
) -> None:
    with pytest.raises(api.Unreadable):
        facts_of(firmware, recorded(answers(updates)), machine)


def test_what_its_service_said_is_told(recorded: Recorder, facts_of: Facts, machine: api.Machine) -> None:
    with pytest.raises(api.Unreadable, match="connect to daemon") as caught:
        facts_of(firmware, recorded(answers(api.Answer(json.dumps(NO_DAEMON), 1))), machine)
    assert caught.value.unlock == "systemctl status fwupd"


def test_one_that_hangs_is_unknown(recorded: Recorder, facts_of: Facts, machine: api.Machine) -> None:
    with pytest.raises(api.TimedOut):
        facts_of(firmware, recorded(answers(api.Answer.missing(api.TimedOut("fwupdmgr")))), machine)


def test_virtual_machines_and_containers_have_none_of_their_own(
    recorded: Recorder, facts_of: Facts, machine: api.Machine
) -> None:
    with pytest.raises(api.NotApplicable):
        facts_of(firmware, recorded(answers("", virtual="kvm\n")), machine)


def test_without_fwupd_the_date_of_the_main_board_remains(recorded: Recorder, facts_of: Facts, machine: api.Machine) -> None:
    without: dict[api.Question, api.Answer | str] = {DEVICES: NOT_INSTALLED, UPDATES: NOT_INSTALLED, REMOTES: NOT_INSTALLED}
    (found,) = facts_of(firmware, recorded({**answers(""), **without}), machine)
    assert found == Firmware(False, 0, False, (), None, date(2025, 3, 15))
    mute = api.Answer.missing(api.NotFound("/sys/class/dmi/id/bios_date"))
    with pytest.raises(api.ToolMissing):
        facts_of(firmware, recorded({**answers("", board=mute), **without}), machine)


def test_a_date_in_the_future_is_not_believed(recorded: Recorder, facts_of: Facts, machine: api.Machine) -> None:
    (found,) = facts_of(firmware, recorded(answers('{"Devices": []}', board="11/23/2026\n")), machine)
    assert found.dated is None


KEYS = st.sampled_from(["Devices", "Remotes", "Releases", "Flags", "Version", "Created", "Mtime", "Issues", "Enabled", "Kind"])
WORDS = st.sampled_from(["is-upgrade", "download", "updatable", "supported"]) | st.text()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner)
)


@given(JSON, JSON)
def test_hostile_json_gives_facts_or_missing(inner: object, created: object) -> None:
    release = {"Flags": ["is-upgrade"], "Created": created, "Issues": inner}
    documents: list[Any] = [inner, {"Devices": inner, "Remotes": inner}, {"Devices": [{"Releases": [release]}]}]
    documents.append({"Devices": [{"Flags": inner}], "Remotes": [{"Enabled": True, "Kind": "download", "Mtime": created}]})
    for document in documents:
        for parse in (parse_updates, parse_devices, parse_remotes):
            with contextlib.suppress(api.Missing):
                parse(document)
