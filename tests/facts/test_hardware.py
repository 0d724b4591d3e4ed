from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.facts.dmi_words import told
from itaudit.facts.hardware import (
    MEMORY_INFO,
    dmi_question,
    linux_computer,
    linux_drive_parts,
    linux_memory,
    linux_network_cards,
    linux_processors,
    parse_memory,
    parse_processors,
    tree_question,
)
from itaudit.facts.machine_age import Hardware

Recorder = Callable[[Mapping[api.Question, api.Answer | str]], Ask]
DENIED = api.Answer.missing(api.AccessDenied("product_serial"))
DELL = {
    "sys_vendor": "Dell Inc.\n",
    "product_name": "OptiPlex 7090\n",
    "product_serial": "4XK2ZL3\n",
    "chassis_asset_tag": "Default string\n",
    "bios_vendor": "Dell Inc.\n",
    "bios_version": "1.8.0\n",
    "bios_date": "03/14/2022\n",
}


def test_a_computer_is_named_by_its_firmware_and_by_what_the_owner_wrote_down(recorded: Recorder) -> None:
    ask = recorded({dmi_question(name): text for name, text in DELL.items()})
    (found,) = linux_computer.function(ask, Hardware(bought=date(2022, 4, 1), warranty_until=date(2027, 4, 1)))
    assert found == api.Asset(
        "computer",
        "",
        "Dell Inc. OptiPlex 7090",
        "4XK2ZL3",
        None,
        (("Firmware", "Dell Inc. 1.8.0 03/14/2022"), ("Bought", "2022-04-01"), ("Warranty until", "2027-04-01")),
    )


def test_without_root_the_serial_number_is_left_out(recorded: Recorder) -> None:
    answers: dict[api.Question, api.Answer | str] = {dmi_question(name): text for name, text in DELL.items()}
    (found,) = linux_computer.function(recorded({**answers, dmi_question("product_serial"): DENIED}), Hardware())
    assert isinstance(found, api.Asset)
    assert (found.model, found.serial) == ("Dell Inc. OptiPlex 7090", "")


def test_a_board_without_dmi_is_named_by_its_devicetree(recorded: Recorder) -> None:
    model, serial = tree_question("model"), tree_question("serial-number")
    (found,) = linux_computer.function(
        recorded({model: "Raspberry Pi 4 Model B Rev 1.4\0", serial: "10000000abcdef01\0"}), Hardware()
    )
    assert isinstance(found, api.Asset)
    assert (found.model, found.serial) == ("Raspberry Pi 4 Model B Rev 1.4", "10000000abcdef01")


def test_a_container_that_tells_nothing_is_no_computer(recorded: Recorder) -> None:
    with pytest.raises(api.NotFound):
        list(linux_computer.function(recorded({}), Hardware()))


@pytest.mark.parametrize(
    "filler",
    ["To Be Filled By O.E.M.", "Default string", "System Serial Number", "Not Specified", "0", "0000000", "None", "0x1af4", ""],
)
def test_what_makers_write_instead_of_something_is_nothing(filler: str) -> None:
    assert told(f" {filler}\n") == ""
    assert told("PF-3XK0") == "PF-3XK0"


def test_processors_memory_drives_and_cards_equal_what_the_kernel_tells_elsewhere(live: Ask) -> None:
    """Read a second time, in another way."""
    processors = [asset for asset in linux_processors.function(live) if isinstance(asset, api.Asset)]
    counted = sum(int(dict(asset.details)["Logical processors"]) for asset in processors)
    assert counted == len([path for path in Path("/sys/devices/system/cpu").glob("cpu[0-9]*") if (path / "topology").exists()])
    (memory,) = linux_memory.function(live)
    first = Path("/proc/meminfo").read_text().splitlines()[0].split()
    assert isinstance(memory, api.Asset)
    assert memory.size_bytes == int(first[1]) * 1024
    partitions = {line.split()[3]: int(line.split()[2]) for line in Path("/proc/partitions").read_text().splitlines()[2:]}
    drives = [asset for asset in linux_drive_parts.function(live) if isinstance(asset, api.Asset)]
    assert {asset.name: asset.size_bytes for asset in drives} == {asset.name: partitions[asset.name] * 1024 for asset in drives}
    cards = {asset.name for asset in linux_network_cards.function(live) if isinstance(asset, api.Asset)}
    assert cards == {path.parent.name for path in Path("/sys/class/net").glob("*/device")}


def test_two_kinds_of_processor_are_two_parts() -> None:
    text = (
        "processor\t: 0\nmodel name\t: A\n\nprocessor\t: 1\nmodel name\t: A\n\nprocessor\t: 2\nmodel name\t: B\n\nHardware\t: X\n"
    )
    assert parse_processors(text) == [("A", 2), ("B", 1)]


def test_a_drive_of_a_disk_is_told_with_its_size_and_kind(recorded: Recorder) -> None:
    block: dict[api.Question, api.Answer | str] = {
        api.Glob("/sys/block/*"): json.dumps(["/sys/block/sda"]),
        api.Glob("/sys/block/*/device"): json.dumps(["/sys/block/sda/device"]),
    }
    files = {
        "device/vendor": "ATA     \n",
        "device/model": "WDC WD20EFRX-68E\n",
        "device/serial": "WD-1\n",
        "size": "3907029168\n",
        "queue/rotational": "1\n",
    }
    ask = recorded({**block, **{api.ReadFile(f"/sys/block/sda/{file}"): text for file, text in files.items()}})
    (found,) = linux_drive_parts.function(ask)
    # 3,907,029,168 sectors of 512 bytes: the 2 TB that its label says.
    assert found == api.Asset("drive", "sda", "WDC WD20EFRX-68E", "WD-1", 2_000_398_934_016, (("Kind", "hard disk"),))


@given(st.text())
def test_hostile_records_give_text_or_a_missing_fact(text: str) -> None:
    assert len(told(text)) <= 100
    with contextlib.suppress(api.Missing):
        assert parse_processors(text)
    with contextlib.suppress(api.Missing):
        assert parse_memory(text) >= 0


def test_memory_that_is_not_told_is_no_zero(recorded: Recorder) -> None:
    with pytest.raises(api.Unreadable):
        list(linux_memory.function(recorded({MEMORY_INFO: "MemFree: 1 kB\n"})))
