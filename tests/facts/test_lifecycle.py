from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from itaudit.facts.lifecycle import Line, table

# {key of ours: (file of the reference data, its field)}. Raspberry Pi OS is judged by Debian's own end, without the LTS team.
REFERENCE = {
    "debian": ("debian", "eoes"),
    "raspbian": ("debian", "eol"),
    "ubuntu": ("ubuntu", "eol"),
    "linuxmint": ("linuxmint", "eol"),
    "rhel": ("rhel", "eol"),
    "almalinux": ("almalinux", "eol"),
    "rocky": ("rocky-linux", "eol"),
    "ol": ("oracle-linux", "eol"),
    "fedora": ("fedora", "eol"),
    "opensuse-leap": ("opensuse", "eol"),
    "sles": ("sles", "eol"),
    "amzn": ("amazon-linux", "eol"),
    "alpine": ("alpine-linux", "eol"),
}
PRODUCTS = {name: (name, "eol") for name in ("php", "python", "postgresql", "mariadb", "mysql", "nodejs")}


def ends(folder: Path, file: str, field: str) -> dict[str, str]:
    releases = json.loads((folder / "endoflife" / f"{file}.json").read_text())["releases"]
    return {release["releaseCycle"]: release.get(field) for release in releases}


def differences(line: Line, reference: dict[str, str]) -> dict[str, tuple[str, str | None]]:
    pairs = {release: (str(end), reference.get(release)) for release, end in line.end.items()}
    return {release: pair for release, pair in pairs.items() if pair[0] != pair[1]}


@pytest.mark.parametrize("system", sorted(REFERENCE))
def test_the_dates_of_systems_equal_the_reference(shared_data: Path, system: str) -> None:
    assert differences(table().system[system], ends(shared_data, *REFERENCE[system])) == {}


@pytest.mark.parametrize("product", sorted(PRODUCTS))
def test_the_dates_of_products_equal_the_reference(shared_data: Path, product: str) -> None:
    assert differences(table().product[product], ends(shared_data, *PRODUCTS[product])) == {}


def test_centos_is_its_linux_up_to_7_and_its_stream_from_8(shared_data: Path) -> None:
    both = {**ends(shared_data, "centos", "eol"), **ends(shared_data, "centos-stream", "eol")}
    assert differences(table().system["centos"], both) == {}


def test_every_product_and_every_system_but_the_centos_mixture_is_compared() -> None:
    assert set(table().system) == {*REFERENCE, "centos"}
    assert set(table().product) == set(PRODUCTS)


def test_paid_support_ends_later_than_the_free_one() -> None:
    lines = [*table().system.values(), *table().product.values()]
    paid = [(line.end[release], end) for line in lines for release, end in line.paid_end.items()]
    assert paid
    assert all(free < end for free, end in paid)


def test_every_line_names_its_makers_page() -> None:
    lines = [*table().system.values(), *table().product.values()]
    assert all(line.source.startswith("https://") for line in lines)


@pytest.mark.parametrize(
    ("system", "version", "cycle"),
    [
        ("alpine", "3.20.3", "3.20"),
        ("almalinux", "9.4", "9"),
        ("debian", "12", "12"),
        ("debian", "99", ""),
        ("ubuntu", "24.04", "24.04"),
    ],
)
def test_a_release_belongs_to_its_longest_known_prefix(system: str, version: str, cycle: str) -> None:
    assert table().system[system].cycle(version) == cycle


def test_three_dates_by_hand() -> None:
    """Written down a second time, so that a slip in the table shows where the reference data is absent."""
    assert table().system["debian"].end["12"] == date(2028, 6, 30)
    assert table().product["php"].end["8.2"] == date(2026, 12, 31)
    assert table().product["postgresql"].end["13"] == date(2025, 11, 13)
