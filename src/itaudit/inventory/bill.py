"""The inventory as a bill of materials: CycloneDX 1.6 JSON (ECMA-424), each package with its package URL (ECMA-427)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cyclonedx.model import Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.bom_ref import BomRef
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.contact import OrganizationalEntity
from cyclonedx.model.dependency import Dependency
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from itaudit import __version__
from itaudit.inventory import Installed, Inventory
from itaudit.model import Asset

_TYPES = {"dpkg": "deb", "rpm": "rpm", "apk": "apk", "pacman": "alpm"}
"""Source of a package -> its type in a package URL. Others have none that is agreed on: their components go without."""
_VENDORS = {
    "opensuse-leap": "opensuse",
    "opensuse-tumbleweed": "opensuse",
    "rhel": "redhat",
    "ol": "oracle",
    "raspbian": "raspbian",
}
"""ID of os-release -> the namespace that package URLs use, where it differs."""
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._~^:-]*", re.ASCII)
"""Names and versions as package managers allow them; of anything else no address is made."""


def bill_of_materials(inventory: Inventory) -> str:
    """The JSON text. Its serial number is new each time, as the standard asks; everything else follows from the inventory."""
    bom = Bom()
    bom.metadata.timestamp = inventory.seen
    whole = Component(
        name=inventory.host or "this machine", type=ComponentType.DEVICE, bom_ref=BomRef("machine"), properties=_facts(inventory)
    )
    bom.metadata.component = whole
    bom.metadata.tools.components.add(Component(name="itaudit", version=__version__, type=ComponentType.APPLICATION))
    components = [*_system(inventory), *_parts(inventory.assets), *_packages(inventory)]
    bom.components = components
    # Not register_dependency: it looks at all of them for each, which takes minutes for some thousand packages.
    bom.dependencies = [Dependency(whole.bom_ref, (Dependency(one.bom_ref) for one in components))]
    return str(JsonV1Dot6(bom).output_as_string(indent=1)) + "\n"


def package_url(package: Installed, inventory: Inventory) -> PackageURL | None:
    """pkg:deb/debian/bash@5.2.15-2+b7?arch=amd64&distro=debian-12; None where there is no type for its source."""
    kind = _TYPES.get(package.source)
    if kind is None or not all(map(_PLAIN.fullmatch, (inventory.system, package.name, package.version))):
        return None
    version, qualifiers = package.version, {"arch": package.architecture}
    if kind == "rpm" and (epoch := re.match(r"(\d+):(?=.)", version)):
        version, qualifiers["epoch"] = version[epoch.end() :], epoch[1]
    if inventory.release:
        qualifiers["distro"] = f"{inventory.system}-{inventory.release}"
    namespace = _VENDORS.get(inventory.system, inventory.system)
    return PackageURL(
        kind, namespace, package.name, version, {key: value for key, value in qualifiers.items() if _PLAIN.fullmatch(value)}
    )


def _properties(pairs: Iterator[tuple[str, str]] | list[tuple[str, str]]) -> list[Property]:
    return [Property(name=f"itaudit:{name}", value=value) for name, value in pairs if value]


def _facts(inventory: Inventory) -> list[Property]:
    return _properties([("not seen", f"{what}: {why}") for what, why in inventory.unseen])


def _system(inventory: Inventory) -> Iterator[Component]:
    if inventory.system:
        end = str(inventory.support_end or "")
        yield Component(
            name=inventory.system,
            version=inventory.release or None,
            description=inventory.system_name or None,
            type=ComponentType.OPERATING_SYSTEM,
            bom_ref=BomRef("system"),
            properties=_properties([("support end", end)]),
        )


def _parts(assets: tuple[Asset, ...]) -> Iterator[Component]:
    for number, asset in enumerate(assets, 1):
        size = "" if asset.size_bytes is None else str(asset.size_bytes)
        pairs = [("kind", asset.kind), ("name", asset.name), ("serial number", asset.serial), ("size in bytes", size)]
        yield Component(
            name=asset.model or asset.kind,
            type=ComponentType.DEVICE,
            bom_ref=BomRef(f"part-{number}"),
            properties=_properties([*pairs, *((label.lower(), value) for label, value in asset.details)]),
        )


def _packages(inventory: Inventory) -> Iterator[Component]:
    for number, package in enumerate(inventory.software, 1):
        end = str(package.support_end or "")
        yield Component(
            name=package.name or "unnamed",
            version=package.version or None,
            type=ComponentType.LIBRARY if package.name.startswith("lib") else ComponentType.APPLICATION,
            bom_ref=BomRef(f"package-{number}"),
            purl=package_url(package, inventory),
            supplier=OrganizationalEntity(name=package.maker) if package.maker else None,
            properties=_properties([("source", package.source), ("architecture", package.architecture), ("support end", end)]),
        )
