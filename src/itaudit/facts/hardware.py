"""What the machine is made of, for the register of assets: make, model, serial number, processor, memory, drives, network cards.

Sources: Documentation/ABI/testing/sysfs-firmware-dmi-entries and stable/sysfs-block, proc(5), the devicetree's model and serial.
A serial number is told to root only; what a part does not tell is left out.
"""

from __future__ import annotations

import re

from itaudit import api
from itaudit.facts.block_devices import block_devices
from itaudit.facts.dmi_words import told
from itaudit.facts.machine_age import Hardware
from itaudit.facts.network import cards_with

COMPUTER, PROCESSOR, MEMORY, DRIVE, NETWORK_CARD = "computer", "processor", "memory", "drive", "network card"
KINDS = (COMPUTER, PROCESSOR, MEMORY, DRIVE, NETWORK_CARD)
_DMI = ("sys_vendor", "product_name", "product_serial", "chassis_asset_tag", "bios_vendor", "bios_version", "bios_date")
CPU_INFO = api.ReadFile("/proc/cpuinfo", limit_bytes=2**21)
MEMORY_INFO = api.ReadFile("/proc/meminfo", limit_bytes=65536)
_SECTOR_BYTES = 512
"""Of /sys/block/*/size, whatever the drive's own sectors are."""


def dmi_question(name: str) -> api.ReadFile:
    return api.ReadFile(f"/sys/class/dmi/id/{name}", limit_bytes=4096)


def tree_question(name: str) -> api.ReadFile:
    return api.ReadFile(f"/sys/firmware/devicetree/base/{name}", limit_bytes=4096)


def _word(answer: api.Answer) -> str:
    return "" if answer.problem else told(answer.body)


@api.provider("linux", seconds=15)
def linux_computer(ask: api.Ask, section: Hardware) -> api.Facts[api.Asset]:
    """One fact. Raises api.NotFound where neither the firmware nor a devicetree tells what it is (containers)."""
    dmi = dict(zip(_DMI, map(_word, ask.many([dmi_question(name) for name in _DMI])), strict=True))
    tree_model, tree_serial = map(_word, ask.many([tree_question("model"), tree_question("serial-number")]))
    maker, model = dmi["sys_vendor"], dmi["product_name"]
    whole = (model if maker and model.startswith(maker) else f"{maker} {model}".strip()) or tree_model
    if not whole:
        raise api.NotFound("the name of its model")
    details = (
        ("Asset tag", dmi["chassis_asset_tag"]),
        ("Firmware", " ".join(filter(None, (dmi["bios_vendor"], dmi["bios_version"], dmi["bios_date"])))),
        ("Bought", str(section.bought or "")),
        ("Warranty until", str(section.warranty_until or "")),
    )
    shown = tuple((label, value) for label, value in details if value)
    yield api.Asset(COMPUTER, "", whole, dmi["product_serial"] or tree_serial, None, shown)


def parse_processors(text: str) -> list[tuple[str, int]]:
    """[(model, how many logical processors)] of /proc/cpuinfo. Raises api.Unreadable where it counts none."""
    models: dict[str, int] = {}
    for block in re.split(r"\n[ \t]*\n", text):
        fields = {key.strip(): value for key, _, value in (line.partition(":") for line in block.splitlines())}
        if "processor" in fields:
            model = told(fields.get("model name", "") or fields.get("cpu model", ""))
            models[model] = models.get(model, 0) + 1
    if not models:
        raise api.Unreadable("/proc/cpuinfo names no processor")
    return list(models.items())


@api.provider("linux", seconds=15)
def linux_processors(ask: api.Ask) -> api.Facts[api.Asset]:
    """One for each model."""
    for number, (model, count) in enumerate(parse_processors(ask(CPU_INFO).text), 1):
        yield api.Asset(PROCESSOR, str(number) if number > 1 else "", model, details=(("Logical processors", str(count)),))


def parse_memory(text: str) -> int:
    """Bytes of MemTotal: what the firmware left to the system, a little less than is built in. Raises api.Unreadable."""
    if match := re.search(r"^MemTotal:\s+(\d{1,15}) kB$", text, re.MULTILINE | re.ASCII):
        return int(match[1]) * 1024
    raise api.Unreadable("/proc/meminfo: no MemTotal")


@api.provider("linux", seconds=15)
def linux_memory(ask: api.Ask) -> api.Facts[api.Asset]:
    """One fact."""
    yield api.Asset(MEMORY, "", size_bytes=parse_memory(ask(MEMORY_INFO).text))


def drive_question(name: str, file: str) -> api.ReadFile:
    return api.ReadFile(f"/sys/block/{name}/{file}")


@api.provider("linux", seconds=15)
def linux_drive_parts(ask: api.Ask) -> api.Facts[api.Asset]:
    """Each drive that the kernel knows, without waking any."""
    for device in block_devices(ask):
        files = ("device/vendor", "device/model", "size", "queue/rotational")
        vendor, model, sectors, spinning = ask.many([drive_question(device.name, file) for file in files])
        # SCSI's vendor of a SATA drive is "ATA", which is nobody.
        maker = "" if _word(vendor) == "ATA" else _word(vendor)
        count = "" if sectors.problem else sectors.body.strip()
        size = int(count) * _SECTOR_BYTES if re.fullmatch(r"\d{1,16}", count, re.ASCII) else None
        kind = {"0": "solid state", "1": "hard disk"}.get("" if spinning.problem else spinning.body.strip())
        whole = f"{maker} {_word(model)}".strip()
        yield api.Asset(DRIVE, device.name, whole, told(device.serial), size, (("Kind", kind),) if kind else ())


@api.provider("linux", seconds=15)
def linux_network_cards(ask: api.Ask) -> api.Facts[api.Asset]:
    """Each network card; nothing on a machine that has only virtual ones."""
    physical, wireless = cards_with(ask, "device"), cards_with(ask, "phy80211")
    for name in sorted(physical):
        address = ask(api.ReadFile(f"/sys/class/net/{name}/address"))
        shown = "" if address.problem else address.body.strip()
        mac = shown if re.fullmatch(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}", shown) else ""
        details = (("Hardware address", mac), ("Kind", "wireless" if name in wireless else "wired"))
        yield api.Asset(NETWORK_CARD, name, details=tuple((label, value) for label, value in details if value))
