"""The bill of materials, against the standard's own schema and by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packageurl import PackageURL

from itaudit.inventory import Installed, Inventory
from itaudit.inventory.bill import bill_of_materials, package_url
from itaudit.model import Asset

INVENTORY = Inventory(
    "office-server",
    datetime(2026, 11, 22, 12, tzinfo=UTC),
    "debian",
    "12",
    "Debian GNU/Linux 12 (bookworm)",
    date(2028, 6, 30),
    (
        Asset("computer", "", "Dell OptiPlex", "4XK2ZL3"),
        Asset("drive", "sda", "WDC", "W1", 2_000_000_000_000, (("Kind", "hard disk"),)),
    ),
    (
        Installed("bash", "5.2.15-2+b7", "amd64", "dpkg", "Matthias Klose <doko@debian.org>"),
        Installed("libstdc++6", "12.2.0-14", "amd64", "dpkg"),
        Installed("WordPress", "6.4.3", "", "/var/www/shop", "", date(2024, 4, 2)),
    ),
    (("hardware", "it could not be read"),),
)


def faults(text: str) -> object:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    return JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)


def by_name(text: str) -> dict[str, dict[str, Any]]:
    return {component["name"]: component for component in json.loads(text)["components"]}


def test_it_keeps_to_the_schema_of_the_standard() -> None:
    text = bill_of_materials(INVENTORY)
    assert faults(text) is None
    assert faults(text.replace('"components"', '"komponents"')) is not None, "the validator can say no"


def test_it_holds_every_part_and_every_package_with_its_address() -> None:
    text = bill_of_materials(INVENTORY)
    found = by_name(text)
    assert set(found) == {"debian", "Dell OptiPlex", "WDC", "bash", "libstdc++6", "WordPress"}
    assert found["bash"]["purl"] == "pkg:deb/debian/bash@5.2.15-2%2Bb7?arch=amd64&distro=debian-12"
    assert found["libstdc++6"]["purl"] == "pkg:deb/debian/libstdc%2B%2B6@12.2.0-14?arch=amd64&distro=debian-12"
    assert "purl" not in found["WordPress"]
    assert {"name": "itaudit:support end", "value": "2024-04-02"} in found["WordPress"]["properties"]
    assert {"name": "itaudit:serial number", "value": "W1"} in found["WDC"]["properties"]
    assert found["debian"]["type"] == "operating-system"
    metadata = json.loads(text)["metadata"]
    assert metadata["timestamp"] == "2026-11-22T12:00:00+00:00"
    assert metadata["component"]["name"] == "office-server"


@pytest.mark.parametrize(
    ("package", "system", "release", "url"),
    [
        (
            Installed("bind-libs", "32:9.16.23-11.el9", "x86_64", "rpm"),
            "rhel",
            "9.4",
            "pkg:rpm/redhat/bind-libs@9.16.23-11.el9?arch=x86_64&distro=rhel-9.4&epoch=32",
        ),
        (Installed("pacman", "6.1.0-3", "x86_64", "pacman"), "arch", "", "pkg:alpm/arch/pacman@6.1.0-3?arch=x86_64"),
        (Installed("musl", "1.2.5-r0", "", "apk"), "alpine", "3.20.3", "pkg:apk/alpine/musl@1.2.5-r0?distro=alpine-3.20.3"),
        (
            Installed("openssh-server", "1:9.2p1-2", "amd64", "dpkg"),
            "ubuntu",
            "24.04",
            "pkg:deb/ubuntu/openssh-server@1:9.2p1-2?arch=amd64&distro=ubuntu-24.04",
        ),
    ],
)
def test_a_package_url_says_where_the_package_is_from(package: Installed, system: str, release: str, url: str) -> None:
    found = package_url(package, replace(INVENTORY, system=system, release=release))
    assert found is not None
    assert found == PackageURL.from_string(url)
    assert str(found) == url


def test_a_machine_of_which_nothing_is_known_has_a_bill_too() -> None:
    assert faults(bill_of_materials(Inventory("", INVENTORY.seen, "", "", ""))) is None


@given(st.text(max_size=40), st.text(max_size=40), st.sampled_from(["dpkg", "rpm", "apk", "pacman", "snap"]))
def test_an_address_is_made_of_plain_names_only(name: str, version: str, source: str) -> None:
    found = package_url(Installed(name, version, version, source), replace(INVENTORY, release=name))
    assert found is None or PackageURL.from_string(str(found)) == found


@settings(max_examples=25)
@given(st.text(max_size=40), st.text(max_size=40))
def test_hostile_names_and_versions_are_written_as_text(name: str, version: str) -> None:
    odd = replace(INVENTORY, software=(Installed(name, version, version, "dpkg", name),), system=name, unseen=((name, version),))
    json.loads(bill_of_materials(odd))
