from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.checks.disks.health import health
from itaudit.checks.disks.temperature import Settings, temperature
from itaudit.contributions import Ask
from itaudit.evidence.questions import Answer, Question
from itaudit.facts.drive import Drive
from itaudit.facts.drive_alarms import Alarm
from itaudit.facts.drive_contents import LSBLK, drive_contents
from itaudit.facts.drives import smart_drives
from lab.disks import DiskLab
from lab.providers import ran

Recorder = Callable[[Mapping[Question, Answer | str]], Ask]
Answers = dict[Question, Answer | str]
SCAN = api.Command(("smartctl", "--scan-open", "--json=c"), timeout=15)
EVERYTHING = api.Glob("/sys/block/*")
GLOB = api.Glob("/sys/block/*/device")
FILES = ("device/vendor", "device/model", "device/modalias", "device/serial", "device/vpd_pg80", "removable")


def ask_of(device: str, kind: str) -> api.Command:
    return api.Command(("smartctl", "-a", "--json=c", "-d", kind, device), timeout=25)


def kernel(devices: Mapping[str, Mapping[str, str]]) -> Answers:
    """What sysfs says: {"sda": {"vendor": "ATA", ...}}; the other files are not there."""
    answers: Answers = {EVERYTHING: '["/sys/block/loop0"]', GLOB: json.dumps([f"/sys/block/{name}/device" for name in devices])}
    for name, files in devices.items():
        for file in FILES:
            path = f"/sys/block/{name}/{file}"
            given = files.get(file.removeprefix("device/"))
            answers[api.ReadFile(path)] = given if given is not None else Answer.missing(api.NotFound(path))
    return answers


def scan(*devices: tuple[str, str]) -> Answers:
    return {
        SCAN: json.dumps({"smartctl": {"exit_status": 0}, "devices": [{"name": name, "type": kind} for name, kind in devices]})
    }


SDA = {
    "vendor": "ATA     \n",
    "model": "WDC WD20EFRX-68E\n",
    "vpd_pg80": "\x00\ufffd\x00\x14     WD-WCC4M1234567\n",
    "removable": "0\n",
}
NVME = {"model": "Samsung SSD 970 EVO Plus 250GB\n", "serial": "S4EUNX0M123456  \n", "removable": "0\n"}


def ata(number: int, name: str, raw: str, *, value: int = 100, prefailure: bool = False, when_failed: str = "") -> dict[str, Any]:
    return {
        "id": number,
        "name": name,
        "value": value,
        "worst": value,
        "thresh": 10,
        "when_failed": when_failed,
        "flags": {"prefailure": prefailure},
        "raw": {"value": 1 << 40, "string": raw},
    }


def disk(*attributes: dict[str, Any], exit_status: int = 0, **others: Any) -> dict[str, Any]:
    """The report of a hard disk, in the shape that smartctl 7.3 gives."""
    return {
        "smartctl": {"version": [7, 3], "exit_status": exit_status},
        "device": {"name": "/dev/sda", "type": "sat", "protocol": "ATA"},
        "model_name": "WDC WD20EFRX-68EUZN0",
        "serial_number": "WD-WCC4M1234567",
        "rotation_rate": 5400,
        "smart_support": {"available": True, "enabled": True},
        "smart_status": {"passed": True},
        "ata_smart_attributes": {"table": list(attributes)},
        "temperature": {"current": 34},
        **others,
    }


def the_disk(recorded: Recorder, machine: api.Machine, report: dict[str, Any]) -> Any:
    answers = kernel({"sda": SDA}) | scan(("/dev/sda", "sat")) | {ask_of("/dev/sda", "sat"): json.dumps(report)}
    (found,) = ran(smart_drives.function(recorded(answers), machine))
    return found


def test_a_healthy_hard_disk_is_read(recorded: Recorder, machine: api.Machine) -> None:
    attributes = [
        ata(5, "Reallocated_Sector_Ct", "2"),
        ata(187, "Reported_Uncorrect", "1"),
        ata(197, "Current_Pending_Sector", "3"),
        ata(198, "Offline_Uncorrectable", "4"),
    ]
    report = disk(*attributes, exit_status=64, ata_smart_error_log={"summary": {"count": 9}})
    assert the_disk(recorded, machine, report) == Drive(
        subject="drive WD-WCC4M1234567",
        device="/dev/sda",
        model="WDC WD20EFRX-68EUZN0",
        serial="WD-WCC4M1234567",
        way="-d sat /dev/sda",
        spinning=True,
        unreadable=4,
        replaced=2,
        uncorrected=1,
        errors_logged=9,
        celsius=34,
    )


@pytest.mark.parametrize(
    ("raw", "count"),
    [
        ("8 (0 3)", 8),
        ("0 (2000 0)", 0),
        ("281474976710655", None),
        ("4294967295", None),
        ("0x0000", None),
        ("", None),
        ("-1", None),
        ("7", 7),
    ],
)
def test_of_a_packed_raw_value_only_a_plausible_count_is_taken(
    recorded: Recorder, machine: api.Machine, raw: str, count: int | None
) -> None:
    assert the_disk(recorded, machine, disk(ata(5, "Reallocated_Sector_Ct", raw))).replaced == count


def test_attributes_that_mean_something_else_are_left_alone(recorded: Recorder, machine: api.Machine) -> None:
    other = [
        ata(188, "Command_Timeout", "4295032833"),
        ata(197, "Not_In_Use", "5"),
        ata(202, "Data_Address_Mark_Errs", "3", value=1),
    ]
    drive = the_disk(recorded, machine, disk(*other))
    assert (drive.unreadable, drive.life_left_percent) == (None, None)


def test_bit_3_of_the_exit_status_is_the_drives_own_warning(recorded: Recorder, machine: api.Machine) -> None:
    assert the_disk(recorded, machine, disk(exit_status=8)).passed is False
    assert the_disk(recorded, machine, disk(smart_status={"passed": False})).passed is False


def test_an_attribute_at_its_limit_counts_only_when_it_precedes_failure(recorded: Recorder, machine: api.Machine) -> None:
    report = disk(
        ata(5, "Reallocated_Sector_Ct", "900", value=9, prefailure=True, when_failed="now"),
        ata(9, "Power_On_Hours", "90000", value=1, when_failed="now"),
        ata(190, "Airflow_Temperature_Cel", "60", value=40, when_failed="past"),
        exit_status=16 + 32 + 128,
    )
    drive = the_disk(recorded, machine, report)
    assert drive.failing == ("5 Reallocated_Sector_Ct 9, limit 10",)
    assert drive.failed_before == ("190 Airflow_Temperature_Cel 40, limit 10",)
    assert drive.tests.failed
    assert not drive.unclear


@pytest.mark.parametrize(
    ("family", "attribute", "left"),
    [
        ("Samsung based SSDs", ata(177, "Wear_Leveling_Count", "1661", value=91), 91),
        ("Intel S4510", ata(233, "Media_Wearout_Indicator", "0", value=22), 22),
        ("Phison Driven SSDs", ata(231, "SSD_Life_Left", "74"), 74),
        ("SandForce Driven SSDs", ata(231, "SSD_Life_Left", "1", value=99), 99),
        ("Phison Driven SSDs", ata(233, "Flash_Writes_GiB", "840007", value=3), None),
        ("Seagate Barracuda", ata(231, "Temperature_Celsius", "40", value=40), None),
        ("", ata(177, "Wear_Leveling_Count", "12", value=0), None),  # not in smartctl's database: the name is a guess
        ("", ata(233, "Media_Wearout_Indicator", "900", value=0), None),
    ],
)
def test_wear_is_read_by_the_name_that_the_vendor_gave(
    recorded: Recorder, machine: api.Machine, family: str, attribute: dict[str, Any], left: int | None
) -> None:
    assert the_disk(recorded, machine, disk(attribute, rotation_rate=0, model_family=family)).life_left_percent == left


@pytest.mark.parametrize(
    ("model", "number", "left"),
    [("SAMSUNG MZ7L3480HCHQ", 177, 98), ("INTEL SSDSC2KB960GZ", 233, 98), ("INTEL SSDSC2KB960GZ", 177, None), ("X", 177, None)],
)
def test_of_a_drive_that_smartctl_does_not_know_the_maker_tells_which_attribute_is_wear(
    recorded: Recorder, machine: api.Machine, model: str, number: int, left: int | None
) -> None:
    name = {177: "Wear_Leveling_Count", 233: "Media_Wearout_Indicator"}[number]
    report = disk(ata(number, name, "33", value=98), rotation_rate=0, model_name=model)
    assert the_disk(recorded, machine, report).life_left_percent == left


def test_a_log_of_an_nvme_drive_that_cannot_be_true_tells_no_wear(recorded: Recorder, machine: api.Machine) -> None:
    odd = the_disk(recorded, machine, nvme_log(available_spare=64, available_spare_threshold=255, percentage_used=255))
    assert (odd.life_left_percent, odd.spare_percent, odd.spare_least_percent) == (None, None, None)
    for warning in (-1, 256, 1 << 70):
        assert isinstance(the_disk(recorded, machine, nvme_log(critical_warning=warning)).error, api.Unreadable)


def test_an_attribute_at_its_limit_that_the_report_does_not_show_is_doubtful(recorded: Recorder, machine: api.Machine) -> None:
    well = ata(5, "Reallocated_Sector_Ct", "0", prefailure=True)
    assert the_disk(recorded, machine, disk(well, exit_status=16)).unclear
    assert not the_disk(recorded, machine, disk(well, exit_status=32)).unclear


def test_the_pending_count_that_flips_on_healthy_drives_is_left_alone(recorded: Recorder, machine: api.Machine) -> None:
    flips = [ata(197, "Current_Pending_ECC_Cnt", "1"), ata(198, "Offline_Uncorrectable", "0")]
    assert the_disk(recorded, machine, disk(*flips)).unreadable == 0


def test_of_an_attribute_told_twice_the_worse_counts(recorded: Recorder, machine: api.Machine) -> None:
    twice = [ata(5, "Reallocated_Sector_Ct", "3"), ata(5, "Reallocated_Sector_Ct", "7"), ata(5, "Reallocated_Sector_Ct", "0")]
    assert the_disk(recorded, machine, disk(*twice)).replaced == 7


def test_numbers_as_text_are_numbers_and_impossible_ones_are_none(recorded: Recorder, machine: api.Machine) -> None:
    text = disk(rotation_rate="7200", temperature={"current": "41"}, user_capacity={"bytes": "2000398934016"})
    drive = the_disk(recorded, machine, text | {"power_on_time": {"hours": "1000"}})
    assert (drive.spinning, drive.celsius, drive.size_bytes, drive.hours) == (True, 41, 2000398934016, 1000)
    odd = the_disk(
        recorded,
        machine,
        disk(
            user_capacity={"bytes": -2000398934016},
            power_on_time={"hours": -5},
            temperature={"current": -300},
            ata_smart_error_log={"summary": {"count": -1}},
            scsi_grown_defect_list=-8,
            scsi_percentage_used_endurance_indicator=-50,
        ),
    )
    assert (odd.size_bytes, odd.hours, odd.celsius, odd.errors_logged) == (None, None, None, None)
    assert (odd.replaced, odd.life_left_percent) == (None, None)


def test_a_counter_of_its_own_counts_however_large_it_is(recorded: Recorder, machine: api.Machine) -> None:
    lost = {"total_uncorrected_errors": 5_000_000}
    assert the_disk(recorded, machine, disk(scsi_error_counter_log={"read": lost})).uncorrected == 1_000_000
    assert the_disk(recorded, machine, nvme_log(media_errors=7_000_000)).uncorrected == 1_000_000
    odd = {"read": {"total_uncorrected_errors": -9}, "write": {"total_uncorrected_errors": 2}}
    assert the_disk(recorded, machine, disk(scsi_error_counter_log=odd)).uncorrected == 2


def test_the_minutes_in_heat_are_added(recorded: Recorder, machine: api.Machine) -> None:
    assert the_disk(recorded, machine, nvme_log(warning_temp_time=5, critical_comp_time=2)).hot_minutes == 7
    assert the_disk(recorded, machine, nvme_log()).hot_minutes is None


def test_entries_in_the_log_of_an_nvme_drive_are_no_errors(recorded: Recorder, machine: api.Machine) -> None:
    # They count refused requests too: the recorded drives have up to 22 of them, and grow with every start of the machine.
    assert the_disk(recorded, machine, nvme_log(num_err_log_entries=22)).errors_logged is None


def test_a_name_that_a_drive_gives_itself_is_cleaned_and_cut(recorded: Recorder, machine: api.Machine) -> None:
    drive = the_disk(recorded, machine, disk(model_name="\x1b[31mX\n\u202eY" + "z" * 500, serial_number="  A\tB  "))
    assert drive.model == "[31mX Y" + "z" * 53
    assert drive.serial == "A B"


def test_a_drive_is_told_with_size_and_what_it_holds(recorded: Recorder, machine: api.Machine) -> None:
    tree = {
        "name": "sda",
        "mountpoint": None,
        "children": [
            {"name": "sda1", "mountpoint": "/boot"},
            {"name": "sda2", "children": [{"name": "crypt", "children": [{"name": "vg-root", "mountpoint": "/"}]}]},
            {"name": "sda3", "mountpoint": "[SWAP]"},
        ],
    }
    other = {"name": "sdb", "mountpoint": "/srv"}
    answers = kernel({"sda": SDA}) | scan(("/dev/sda", "sat")) | {LSBLK: json.dumps({"blockdevices": [tree, other]})}
    answers[ask_of("/dev/sda", "sat")] = json.dumps(disk(user_capacity={"bytes": 2000398934016}))
    (drive,) = ran(smart_drives.function(recorded(answers), machine))
    assert drive.title == (
        "The drive WDC WD20EFRX-68EUZN0 (2.0 TB, serial number WD-WCC4M1234567, /dev/sda, holds /, /boot and swap space)"
    )
    assert replace(drive, holds=("/", "/a", "/b", "/c", "/d")).title.endswith("holds /, /a, /b and 2 more)")
    assert replace(drive, holds=("/",)).title.endswith("/dev/sda, holds /)")


def test_what_an_nvme_drive_holds_hangs_on_its_namespaces(recorded: Recorder, machine: api.Machine) -> None:
    blocks = [
        {"name": "nvme0n1", "mountpoint": "/"},
        {"name": "nvme0n2", "mountpoint": "/a"},
        {"name": "nvme01n1", "mountpoint": "/b"},
    ]
    answers = kernel({"nvme0n1": NVME}) | scan(("/dev/nvme0", "nvme")) | {LSBLK: json.dumps({"blockdevices": blocks})}
    answers[ask_of("/dev/nvme0", "nvme")] = json.dumps(nvme_log())
    (drive,) = ran(smart_drives.function(recorded(answers), machine))
    assert drive.holds == ("/", "/a")


@pytest.mark.parametrize(
    "answer", ["", "[]", '{"blockdevices": 3}', '{"blockdevices": [3, {"name": 1}, {"name": "sda", "children": 4}]}']
)
def test_a_drive_is_judged_also_where_nobody_knows_what_it_holds(recorded: Recorder, machine: api.Machine, answer: str) -> None:
    answers = kernel({"sda": SDA}) | scan(("/dev/sda", "sat")) | {LSBLK: answer, ask_of("/dev/sda", "sat"): json.dumps(disk())}
    (drive,) = ran(smart_drives.function(recorded(answers), machine))
    assert (drive.passed, drive.holds) == (True, ())


def test_a_mounted_file_system_is_found_on_its_device(live: Ask, disk_lab: DiskLab, needs: Callable[..., str]) -> None:
    needs("lsblk", "util-linux")
    made = disk_lab.ext4()
    assert drive_contents(live)[made.device.removeprefix("/dev/")] == (str(made.mount)[:60],)


def test_a_smartctl_without_json_is_told_to_be_too_old(recorded: Recorder, machine: api.Machine) -> None:
    old = (
        "smartctl 6.6 2017-11-05 r4594 [x86_64-linux-4.19.0-18-amd64] (local build)\n"
        "Copyright (C) 2002-17, Bruce Allen, Christian Franke, www.smartmontools.org\n\n"
        "=======> UNRECOGNIZED OPTION: json=c\n\nUse smartctl -h to get a usage summary\n\n"
    )
    (gap,) = ran(smart_drives.function(recorded(kernel({"sda": SDA}) | {SCAN: Answer(body=old, exit_code=1)}), machine))
    assert (type(gap.error), gap.error.unlock) == (api.Unreadable, "Install smartmontools 7.0 or newer.")
    assert gap.subject == "drive WD-WCC4M1234567"


@pytest.mark.parametrize("kept", [0, 1, 100, 0.5, -1])
def test_a_report_that_was_cut_is_unknown(recorded: Recorder, machine: api.Machine, kept: float) -> None:
    whole = json.dumps(disk(ata(5, "Reallocated_Sector_Ct", "0")))
    cut = whole[: int(len(whole) * kept) if 0 < kept < 1 else int(kept)]
    answers = kernel({"sda": SDA}) | scan(("/dev/sda", "sat")) | {ask_of("/dev/sda", "sat"): cut}
    (gap,) = ran(smart_drives.function(recorded(answers), machine))
    assert isinstance(gap.error, api.Unreadable)


def test_a_drive_that_says_only_that_it_fails_is_heard(recorded: Recorder, machine: api.Machine) -> None:
    bare = {"smartctl": {"exit_status": 8}, "model_name": "X"}
    assert the_disk(recorded, machine, bare).passed is False


def test_a_drive_too_old_to_know_is_unknown(recorded: Recorder, machine: api.Machine) -> None:
    old = {"smartctl": {"exit_status": 4}, "model_name": "QUANTUM FIREBALL", "smart_support": {"available": False}}
    gap = the_disk(recorded, machine, old)
    assert (gap.subject, type(gap.error)) == ("drive WD-WCC4M1234567", api.Unreadable)


def test_the_good_word_of_a_device_that_keeps_no_record_counts_for_nothing(recorded: Recorder, machine: api.Machine) -> None:
    adapter = {"smartctl": {"exit_status": 4}, "model_name": "USB3 HDD", "smart_support": {"available": False}}
    for passed, kind in ((True, api.Gap), (False, Drive)):
        assert isinstance(the_disk(recorded, machine, adapter | {"smart_status": {"passed": passed}}), kind)


@pytest.mark.parametrize(
    "kind", ["sat+megaraid,4", "megaraid,31", "usbjmicron", "sntasmedia", "areca,3/1", "cciss,0", "aacraid,0,0,1"]
)
def test_a_drive_is_asked_in_the_way_that_the_scan_reports(recorded: Recorder, machine: api.Machine, kind: str) -> None:
    answers = kernel({"sda": SDA}) | scan(("/dev/sda", kind)) | {ask_of("/dev/sda", kind): json.dumps(disk())}
    (drive,) = ran(smart_drives.function(recorded(answers), machine))
    assert drive.way == f"-d {kind} /dev/sda"


def nvme_log(**changes: int) -> dict[str, Any]:
    log = {
        "critical_warning": 0,
        "available_spare": 100,
        "available_spare_threshold": 10,
        "percentage_used": 16,
        "media_errors": 0,
    }
    device = {"name": "/dev/nvme0", "type": "nvme", "protocol": "NVMe"}
    return {
        "smartctl": {"exit_status": 0},
        "device": device,
        "model_name": "Samsung SSD 970 EVO Plus 250GB",
        "serial_number": "S4EUNX0M123456",
        "smart_status": {"passed": True},
        "nvme_smart_health_information_log": log | changes,
        "temperature": {"current": 35},
    }


@pytest.mark.parametrize(("bit", "alarm"), list(enumerate(Alarm)))
def test_each_bit_of_the_critical_warning_has_its_words(recorded: Recorder, machine: api.Machine, bit: int, alarm: Alarm) -> None:
    report = json.dumps(nvme_log(critical_warning=1 << bit, percentage_used=130))
    answers = kernel({"nvme0n1": NVME}) | scan(("/dev/nvme0", "nvme")) | {ask_of("/dev/nvme0", "nvme"): report}
    (drive,) = ran(smart_drives.function(recorded(answers), machine))
    assert (drive.alarms, drive.life_left_percent, drive.spinning, drive.uncorrected) == ((alarm,), 0, False, 0)


@pytest.mark.parametrize(
    ("asc", "ascq", "status"),
    [
        (0x5D, 0x10, api.Status.FAIL),  # general hard drive failure foreseen
        (0x0B, 0x05, api.Status.FAIL),  # the background scan found a place it cannot read
        (0x0B, 0x01, api.Status.OK),  # too hot: disks.temperature judges heat
        (0x0B, 0x0A, api.Status.OK),
        (0x0B, 0x06, api.Status.WARN),  # its cache is no longer safe from power cuts
        (0x5D, 0x01, api.Status.FAIL),
    ],
)
def test_a_scsi_drive_that_warns_of_heat_alone_is_not_failing(
    recorded: Recorder, machine: api.Machine, asc: int, ascq: int, status: api.Status
) -> None:
    said = {"passed": False, "scsi": {"asc": asc, "ascq": ascq, "ie_string": "words"}}
    drive = the_disk(recorded, machine, disk(smart_status=said, exit_status=8))
    assert health(drive).status is status
    hot = Alarm.TEMPERATURE in drive.alarms
    assert temperature(drive, api.History(), Settings()).status is (api.Status.FAIL if hot else api.Status.OK)


def test_a_drive_that_stops_answering_keeps_its_name(recorded: Recorder, machine: api.Machine) -> None:
    silent = {"smartctl": {"exit_status": 2, "messages": [{"string": "Read Device Identity failed: Input/output error"}]}}
    answers = kernel({"sda": SDA, "nvme0n1": NVME, "sr0": {}, "loop0": {}}) | scan(("/dev/sda", "sat"), ("/dev/nvme0", "nvme"))
    answers |= {ask_of("/dev/sda", "sat"): json.dumps(silent), ask_of("/dev/nvme0", "nvme"): Answer.missing(api.TimedOut("25 s"))}
    gaps = ran(smart_drives.function(recorded(answers), machine))
    assert [(gap.subject, type(gap.error)) for gap in gaps] == [
        ("drive WD-WCC4M1234567", api.Unreadable),
        ("drive S4EUNX0M123456", api.TimedOut),
    ]
    assert gaps[0].error.detail == "Read Device Identity failed: Input/output error"


def test_an_ordinary_user_learns_that_root_may_see_more(recorded: Recorder, machine: api.Machine) -> None:
    denied = {
        "smartctl": {"exit_status": 2, "messages": [{"string": "Smartctl open device: /dev/sda failed: Permission denied"}]}
    }
    answers = kernel({"sda": SDA, "sdb": {}}) | scan(("/dev/sda", "sat")) | {ask_of("/dev/sda", "sat"): json.dumps(denied)}
    gaps = ran(smart_drives.function(recorded(answers), replace(machine, admin=False)))
    assert [(gap.subject, type(gap.error)) for gap in gaps] == [
        ("drive WD-WCC4M1234567", api.AccessDenied),
        ("/dev/sdb", api.AccessDenied),
    ]


def test_without_smartctl_every_drive_is_a_gap(recorded: Recorder, machine: api.Machine) -> None:
    missing = {SCAN: Answer.missing(api.ToolMissing("smartctl"))}
    (gap,) = ran(smart_drives.function(recorded(kernel({"sda": SDA}) | missing), machine))
    assert (type(gap.error), gap.error.unlock) == (api.ToolMissing, "Install smartmontools.")


@pytest.mark.parametrize(
    ("name", "files", "excuse"),
    [
        ("vda", {"modalias": "virtio:d00000002v00001AF4\n"}, "virtual disk"),
        ("sda", {"vendor": "VMware  \n", "model": "Virtual disk    \n"}, "virtual disk"),
        ("sda", {"vendor": "Google  \n", "model": "PersistentDisk  \n"}, "virtual disk"),
        ("nvme0n1", {"model": "Microsoft NVMe Direct Disk v2\n"}, "virtual disk"),
        ("sda", {"vendor": "LIO-ORG \n", "model": "lun0\n"}, "disk on the network"),
        ("sdb", {"vendor": "IET     \n", "model": "VIRTUAL-DISK\n"}, "disk on the network"),
        ("xvda", {"modalias": "xen:vbd\n"}, "virtual disk"),
        ("nvme0n1", {"model": "Amazon Elastic Block Store\n", "serial": "vol0123\n"}, "virtual disk"),
        ("sdb", {"vendor": "SanDisk\n", "model": "Cruzer\n", "removable": "1\n"}, "removable stick"),
        ("mmcblk0", {"modalias": "mmc:block\n"}, "memory card"),
    ],
)
def test_what_provably_keeps_no_record_does_not_apply(
    recorded: Recorder, machine: api.Machine, name: str, files: dict[str, str], excuse: str
) -> None:
    for answer in (json.dumps({"smartctl": {"exit_status": 0}}), Answer.missing(api.ToolMissing("smartctl"))):
        (gap,) = ran(smart_drives.function(recorded(kernel({name: files}) | {SCAN: answer}), machine))
        assert isinstance(gap.error, api.NotApplicable)
        assert excuse in gap.error.detail


@pytest.mark.parametrize("mark", ["/run/systemd/container", "/.dockerenv", "/run/.containerenv"])
def test_in_a_container_the_drives_of_the_host_do_not_apply(recorded: Recorder, machine: api.Machine, mark: str) -> None:
    node = api.Glob("/dev/sda")
    inside = kernel({"sda": SDA}) | scan() | {api.Glob(mark): json.dumps([mark]), node: "[]"}
    assert found_in(recorded, machine, inside) == [("drive WD-WCC4M1234567", api.NotApplicable)]
    # Handed into the container, or of a machine that is none: then it must be seen.
    for answers in (inside | {node: '["/dev/sda"]'}, inside | {node: "{"}, inside | {api.Glob(mark): "[]"}):
        assert found_in(recorded, machine, answers) == [("drive WD-WCC4M1234567", api.Unreadable)]


@pytest.mark.parametrize("name", ["nvme0c0n1", "nvme12c3n1", "mtdblock0", "loop0", "sr0"])
def test_what_is_no_drive_is_no_gap(recorded: Recorder, machine: api.Machine, name: str) -> None:
    answers = kernel({name: NVME, "nvme0n1": NVME}) | scan(("/dev/nvme0", "nvme"))
    answers[ask_of("/dev/nvme0", "nvme")] = json.dumps(nvme_log())
    (drive,) = ran(smart_drives.function(recorded(answers), machine))
    assert drive.subject == "drive S4EUNX0M123456"


@pytest.mark.parametrize("answer", [Answer.missing(api.TimedOut("25 s")), '{"smartctl": {"exit_status": 2}}'])
def test_a_drive_in_a_bay_for_changing_is_no_stick(recorded: Recorder, machine: api.Machine, answer: Answer | str) -> None:
    # The kernel calls a drive on a port marked as hot-pluggable removable: when it stops answering, that is no excuse.
    answers = kernel({"sda": SDA | {"vendor": "ATA     \n", "removable": "1\n"}}) | scan(("/dev/sda", "sat"))
    (gap,) = ran(smart_drives.function(recorded(answers | {ask_of("/dev/sda", "sat"): answer}), machine))
    assert gap.subject == "drive WD-WCC4M1234567"
    assert not isinstance(gap.error, api.NotApplicable)


HOSTS = api.Glob("/sys/class/scsi_host/host*/device/target*/*/block/*")
VOLUME = {"vendor": "LSI\n", "model": "MR9361-8i\n", "removable": "0\n"}
NOTHING = json.dumps({"smartctl": {"exit_status": 4}, "smart_support": {"available": False}})


def behind_a_controller(*reports: dict[str, Any] | str, host: int = 0) -> Answers:
    """/dev/sda is a volume of the controller that the kernel calls host 0; the drives behind it answer one by one."""
    members = [("/dev/bus/0", f"megaraid,{number}") for number in range(len(reports))]
    answers = kernel({"sda": VOLUME}) | scan(("/dev/sda", "scsi"), *members) | {ask_of("/dev/sda", "scsi"): NOTHING}
    answers[HOSTS] = json.dumps([f"/sys/class/scsi_host/host{host}/device/target{host}:2:0/{host}:2:0:0/block/sda"])
    for member, report in zip(members, reports, strict=True):
        answers[ask_of(*member)] = report if isinstance(report, str) else json.dumps(report)
    return answers


def found_in(recorded: Recorder, machine: api.Machine, answers: Answers) -> list[tuple[str, type]]:
    found = ran(smart_drives.function(recorded(answers), machine))
    return [(each.subject, type(each.error) if isinstance(each, api.Gap) else Drive) for each in found]


def test_drives_behind_a_controller_are_told_apart_and_its_volume_does_not_apply(
    recorded: Recorder, machine: api.Machine
) -> None:
    twins = [disk(serial_number="TWIN")] * 2
    assert found_in(recorded, machine, behind_a_controller(*twins)) == [
        ("drive TWIN at /dev/bus/0 megaraid,0", Drive),
        ("drive TWIN at /dev/bus/0 megaraid,1", Drive),
        ("/dev/sda", api.NotApplicable),
    ]


def test_a_drive_behind_a_controller_that_is_silent_is_the_only_one_unknown(recorded: Recorder, machine: api.Machine) -> None:
    assert found_in(recorded, machine, behind_a_controller(disk(serial_number="A"), NOTHING)) == [
        ("drive A", Drive),
        ("/dev/sda", api.NotApplicable),
        ("/dev/bus/0 megaraid,1", api.Unreadable),
    ]


def test_what_is_on_another_adapter_is_no_volume_of_the_controller(recorded: Recorder, machine: api.Machine) -> None:
    elsewhere = behind_a_controller(disk(serial_number="A"), host=6)
    unseen = elsewhere | {HOSTS: Answer.missing(api.TimedOut("5 s"))}
    for answers in (elsewhere, unseen, elsewhere | {HOSTS: "17"}, elsewhere | {HOSTS: "["}, elsewhere | {HOSTS: '[1, "/x"]'}):
        assert found_in(recorded, machine, answers) == [("drive A", Drive), ("/dev/sda", api.Unreadable)]


def seen_twice(recorded: Recorder, machine: api.Machine, first: dict[str, Any], second: dict[str, Any]) -> list[Any]:
    """The same report or two, through /dev/sda and /dev/sdb; the second is mounted."""
    answers = kernel({"sda": SDA, "sdb": SDA}) | scan(("/dev/sda", "sat"), ("/dev/sdb", "sat"), ("/dev/sda", "sat"))
    answers[LSBLK] = json.dumps({"blockdevices": [{"name": "sda"}, {"name": "sdb", "mountpoint": "/srv"}]})
    answers |= {ask_of("/dev/sda", "sat"): json.dumps(first), ask_of("/dev/sdb", "sat"): json.dumps(second)}
    return ran(smart_drives.function(recorded(answers), machine))


WWN: dict[str, Any] = {"wwn": {"naa": 5, "oui": 5358, "id": 11078230145}}


@pytest.mark.parametrize(
    "mark", [WWN, {"logical_unit_id": "0x5000c500a1b2c3d7"}, {"device": {"name": "/dev/nvme0", "protocol": "NVMe"}}]
)
def test_a_drive_that_is_reached_in_two_ways_is_one_drive(recorded: Recorder, machine: api.Machine, mark: dict[str, Any]) -> None:
    (drive,) = seen_twice(recorded, machine, disk(**mark), disk(**mark, temperature={"current": 35}))
    assert (drive.subject, drive.device, drive.holds) == ("drive WD-WCC4M1234567", "/dev/sdb", ("/srv",))


@pytest.mark.parametrize(
    ("first", "second", "names"),
    [
        (disk(), disk(), ("/dev/sda", "/dev/sdb")),  # nothing tells that they are one
        (disk(**WWN), disk(**WWN, smart_status={"passed": False}), ("/dev/sda", "/dev/sdb")),  # a fault is never left out
        (disk(**WWN), disk(ata(5, "Reallocated_Sector_Ct", "1"), **WWN), ("/dev/sda", "/dev/sdb")),
        # The halves of a drive with two actuators: which of them is sda may change with every start of the machine.
        (disk(logical_unit_id="0x1"), disk(logical_unit_id="0x2"), ("unit 0x1", "unit 0x2")),
    ],
)
def test_drives_that_share_a_serial_number_and_nothing_else_are_two(
    recorded: Recorder, machine: api.Machine, first: dict[str, Any], second: dict[str, Any], names: tuple[str, str]
) -> None:
    found = seen_twice(recorded, machine, first, second)
    assert [each.subject for each in found] == [f"drive WD-WCC4M1234567 at {name}" for name in names]


def test_the_name_of_a_unit_is_cleaned_and_cut(recorded: Recorder, machine: api.Machine) -> None:
    odd = [disk(logical_unit_id=f"0x{number}\x1b[31m" + "y" * 500) for number in (1, 2)]
    found = seen_twice(recorded, machine, *odd)
    assert [each.subject[:40] for each in found] == [f"drive WD-WCC4M1234567 at unit 0x{number} [31myy" for number in (1, 2)]
    assert all(len(each.subject) < 100 for each in found)


@pytest.mark.parametrize("name", ["sda\n", "sdä", "-rf", ""])
def test_a_name_that_no_drive_has_is_not_asked_for_either(recorded: Recorder, machine: api.Machine, name: str) -> None:
    answers = kernel({name: {}}) | {SCAN: Answer.missing(api.TimedOut("15 s"))}
    assert len(found_in(recorded, machine, answers)) == 1


def test_a_drive_that_holds_up_the_look_for_all_costs_only_itself(recorded: Recorder, machine: api.Machine) -> None:
    answers = kernel({"sda": SDA, "sdb": {}, "nvme0n1": NVME, "cciss!c0d0": {}, "mmcblk0": {}})
    answers |= {SCAN: Answer.missing(api.TimedOut("15 s")), ask_of("/dev/sda", "auto"): json.dumps(disk())}
    answers |= {ask_of("/dev/sdb", "auto"): Answer.missing(api.TimedOut("25 s"))}
    answers |= {ask_of("/dev/nvme0", "auto"): json.dumps(nvme_log())}
    assert found_in(recorded, machine, answers) == [
        ("drive WD-WCC4M1234567", Drive),
        ("drive S4EUNX0M123456", Drive),
        ("/dev/sdb", api.TimedOut),
        ("/dev/cciss!c0d0", api.Unreadable),
        ("/dev/mmcblk0", api.NotApplicable),
    ]


def test_a_machine_without_drives_has_none_but_a_hidden_sys_proves_nothing(recorded: Recorder, machine: api.Machine) -> None:
    assert ran(smart_drives.function(recorded(kernel({}) | scan()), machine)) == []
    with pytest.raises(api.Unreadable):
        ran(smart_drives.function(recorded(kernel({}) | {EVERYTHING: "[]"} | scan()), machine))


@pytest.mark.parametrize("name", ["-rf", "/etc/passwd", "/dev/sda; reboot", "/dev/sda\n", "sda"])
def test_a_device_name_that_is_none_is_never_asked(recorded: Recorder, machine: api.Machine, name: str) -> None:
    (gap,) = ran(smart_drives.function(recorded(kernel({"sda": SDA}) | scan((name, "sat"))), machine))
    assert isinstance(gap.error, api.Unreadable)


def test_every_recorded_drive_is_read(recorded: Recorder, machine: api.Machine, shared_data: Path) -> None:
    files = sorted((shared_data / "smartctl").glob("*.json"))
    assert len(files) == 84
    drives = {}
    for file in files:
        answers = kernel({"sda": SDA}) | scan(("/dev/sda", "sat")) | {ask_of("/dev/sda", "sat"): file.read_text()}
        (drives[file.stem],) = ran(smart_drives.function(recorded(answers), machine))
    assert all(isinstance(drive, Drive) and drive.passed is True and drive.celsius for drive in drives.values())
    # Read in the files by hand.
    assert drives["SEAGATE_ST373453LC_26"].replaced == 260
    assert drives["SEAGATE_ST373453LC_26"].uncorrected == 1 + 535
    assert drives["sat-Phison_Driven_SSDs-KINGSTON_SKC400S371T-sda"].life_left_percent == 74
    assert drives["nvme-null-INTEL_SSDPE2KX010T8-nvme1"].life_left_percent == 27
    assert drives["sat-Western_Digital_RE3_Serial_ATA-WDC_WD5002ABYS-02B1B0-sda"].errors_logged == 9


def test_every_recorded_drive_is_unknown_when_its_report_is_cut_in_half(
    recorded: Recorder, machine: api.Machine, shared_data: Path
) -> None:
    for file in sorted((shared_data / "smartctl").glob("*.json")):
        text = file.read_text()
        answers = kernel({"sda": SDA}) | scan(("/dev/sda", "sat")) | {ask_of("/dev/sda", "sat"): text[: len(text) // 2]}
        (gap,) = ran(smart_drives.function(recorded(answers), machine))
        assert isinstance(gap.error, api.Unreadable), file.stem


def test_this_very_machine_answers(live: Ask, machine: api.Machine, needs: Callable[..., str]) -> None:
    needs("smartctl", "smartmontools")
    assert all(isinstance(found, (Drive, api.Gap)) for found in ran(smart_drives.function(live, machine)))


KEYS = sorted(
    {*disk(ata(5, "x", "1")), *ata(5, "x", "1"), *nvme_log(), *nvme_log()["nvme_smart_health_information_log"]}
    | {"power_on_time", "hours", "user_capacity", "bytes", "table", "standard", "status", "type", "lifetime_hours", "exit_status"}
    | {"ata_smart_self_test_log", "nvme_self_test_log", "scsi_self_test_0", "scsi_error_counter_log", "read", "devices", "string"}
    | {"wwn", "naa", "oui", "id", "logical_unit_id", "scsi", "asc", "ascq"}
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=5) | st.just("12"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


class Always:
    """A source that says there is one drive and then whatever it was given."""

    machine = api.Machine("office", "linux", datetime(2026, 11, 22, tzinfo=UTC), admin=True)
    abandoned: ClassVar[dict[str, int]] = {}

    def __init__(self, report: str, listed: str) -> None:
        self.answers = {SCAN.key: listed, EVERYTHING.key: '["/sys/block/sda"]', GLOB.key: '["/sys/block/sda/device"]'}
        self.report = report

    def ask(self, question: Question) -> Answer:
        return Answer(body=self.answers.get(question.key, self.report))


@given(st.dictionaries(st.sampled_from(KEYS), JSON) | JSON, st.booleans())
def test_any_answer_yields_a_drive_or_a_gap(report: Any, hostile_scan: bool) -> None:
    text = json.dumps({**disk(), **report} if isinstance(report, dict) else report)
    listed = text if hostile_scan else '{"devices": [{"name": "/dev/sda", "type": "sat"}]}'
    found = ran(smart_drives.function(Ask(Always(text, listed)), Always.machine))
    assert len(found) == 1
    assert isinstance(found[0], (Drive, api.Gap))
