"""Collects facts without judging them: the providers of some kinds of facts, each once, with a deadline for all."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from itaudit.contributions import Ask
from itaudit.engine import collect
from itaudit.errors import Missing
from itaudit.evidence.questions import Source
from itaudit.facts.hardware import KINDS
from itaudit.facts.operating_system import OS_RELEASE, OS_RELEASE_OF_VENDOR, OperatingSystem, parse_os_release
from itaudit.facts.software import Runtime, Software
from itaudit.facts.updates import InstalledPackage
from itaudit.inventory import Installed, Inventory
from itaudit.model import Asset
from itaudit.nodes import FactNode, Settings
from itaudit.plugins import Catalogue
from itaudit.text import clean

DEADLINE_SECONDS = 90.0


def take_inventory(source: Source, catalogue: Catalogue, settings: Settings) -> Inventory:
    """Everything that the machine tells of its parts and programs. Never raises for what a provider does."""
    nodes = collect(source, catalogue, settings, (Asset, InstalledPackage, OperatingSystem, Runtime, Software), DEADLINE_SECONDS)
    programs = [program for kind in (Runtime, Software) for _, program in _facts(nodes, kind)]
    ends = {program.package: program.support_end for program in programs if not program.with_system}
    system = next((found for _, found in _facts(nodes, OperatingSystem)), None)
    release = _os_release(source)
    return Inventory(
        source.machine.host,
        source.machine.now,
        clean(release.get("ID", ""), 60),
        clean(release.get("VERSION_ID", ""), 60),
        source.machine.release or (system.subject if system else source.machine.system),
        system.support_end if system else None,
        assets_of(nodes[Asset]),
        tuple(sorted(_installed(nodes, ends), key=lambda one: (one.name, one.architecture, one.version))),
        tuple(dict.fromkeys(_unseen(nodes))),
    )


def _facts(nodes: Mapping[type[Any], list[FactNode]], kind: type[Any]) -> Iterator[tuple[FactNode, Any]]:
    return ((node, fact) for node in nodes[kind] for fact, _ in node.facts(kind))


def assets_of(nodes: Sequence[FactNode]) -> tuple[Asset, ...]:
    """The parts of the machine, in the order in which people look for them."""
    found = [asset for node in nodes for asset, _ in node.facts(Asset)]
    return tuple(sorted(found, key=lambda asset: (KINDS.index(asset.kind) if asset.kind in KINDS else len(KINDS), asset.name)))


def _installed(nodes: Mapping[type[Any], list[FactNode]], ends: Mapping[str, date | None]) -> Iterator[Installed]:
    for node, package in _facts(nodes, InstalledPackage):
        source = node.provider.function.__module__.rpartition(".")[2]
        yield Installed(
            clean(package.name, 300),
            clean(package.version, 300),
            clean(package.architecture, 60),
            source,
            clean(package.maintainer, 300),
            ends.get(package.name),
        )
    for _, program in _facts(nodes, Software):
        if program.place:
            yield Installed(program.name, clean(program.version, 60), "", clean(program.place, 300), "", program.support_end)


def _unseen(nodes: Mapping[type[Any], list[FactNode]]) -> Iterator[tuple[str, str]]:
    """What could not be had; what is proved not to apply here is no loss."""
    words = {Asset: "hardware", InstalledPackage: "installed software", OperatingSystem: "end of support"}
    for kind, what in words.items():
        some = any(True for _ in _facts(nodes, kind))
        for node in nodes[kind]:
            for gap, _ in node.gaps(kind):
                # Another package manager's tool is missed only where no manager told anything.
                if gap.error.kind != "not_applicable" and not (some and gap.error.kind == "tool_missing"):
                    reason = f"{gap.error.words}{f': {gap.error.detail}' if gap.error.detail else ''}"
                    place = node.name.rpartition(".")[2].removeprefix("linux_").replace("_", " ")
                    yield clean(gap.subject or f"{what} ({place})", 200), clean(reason, 300)


def _os_release(source: Source) -> Mapping[str, str]:
    for question in (OS_RELEASE, OS_RELEASE_OF_VENDOR):
        with contextlib.suppress(Missing):
            return parse_os_release(Ask(source)(question).text)
    return {}
