"""Sources of programs, against a real apt whose lists are good, missing, without a signature, old, or full of mistakes."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.facts.updates.sources import (
    Sources,
    apt_sources,
    own_codename,
    parse_targets,
    targets_question,
    trusts_blindly,
)

if TYPE_CHECKING:
    from lab.apt import AptLab

NOVEMBER = datetime(2026, 11, 21, 0, 53, 2, tzinfo=UTC)


def sources_of(lab: AptLab, live: Ask, machine: api.Machine) -> Sources:
    (found,) = apt_sources.function(live, machine, lab.section)
    assert isinstance(found, Sources)
    return found


def write(lab: AptLab, text: str, name: str = "sources.list") -> None:
    (lab.folder / "root/etc/apt" / name).write_text(text.replace("REPOSITORY", f"file:{lab.folder}/repository"))


def test_the_archives_of_the_lab_are_there_and_said_to_be_trusted_blindly(
    apt_lab: AptLab, live: Ask, machine: api.Machine
) -> None:
    found = sources_of(apt_lab, live, machine).sources
    assert [(s.release, s.origin, s.codename, s.fetched, s.unsigned, s.local) for s in found] == [
        ("oldstable", "Debian", "oldstable", True, True, True),
        ("oldstable-updates", "Debian", "oldstable-updates", True, True, True),
        ("oldstable-security", "Debian", "oldstable-security", True, True, True),
    ]


def test_a_list_without_a_signature_that_apt_was_not_told_to_believe_is_unsigned(
    apt_lab: AptLab, live: Ask, machine: api.Machine
) -> None:
    write(apt_lab, "deb REPOSITORY oldstable main\n")
    (found,) = sources_of(apt_lab, live, machine).sources
    assert (found.fetched, found.unsigned) == (True, True)


def test_an_archive_that_never_answered_is_named(apt_lab: AptLab, live: Ask, machine: api.Machine) -> None:
    write(apt_lab, "Types: deb\nURIs: REPOSITORY\nSuites: oldstable gone\nComponents: main\n", "sources.list.d/lab.sources")
    write(apt_lab, "")
    found = sources_of(apt_lab, live, machine).sources
    assert {source.release: source.fetched for source in found} == {"oldstable": True, "gone": False}


def test_an_archive_that_holds_nothing_yet_has_answered(empty_apt_lab: AptLab, live: Ask, machine: api.Machine) -> None:
    """As Debian's archive of updates is for weeks after a new release."""
    empty_apt_lab.publish("trixie", "Debian", {"acme": "1"}, NOVEMBER)
    empty_apt_lab.publish("trixie-updates", "Debian", {}, NOVEMBER)
    empty_apt_lab.install("acme", "1")
    empty_apt_lab.update()
    found = sources_of(empty_apt_lab, live, machine).sources
    assert {source.release: source.fetched for source in found} == {"trixie": True, "trixie-updates": True}


def test_a_part_that_an_archive_does_not_have_never_answered(apt_lab: AptLab, live: Ask, machine: api.Machine) -> None:
    write(apt_lab, "deb [trusted=yes] REPOSITORY oldstable main\ndeb [trusted=yes] REPOSITORY oldstable-updates mian\n")
    apt_lab.run("apt-get", "update")
    found = sources_of(apt_lab, live, machine).sources
    assert {source.release: source.fetched for source in found} == {"oldstable": True, "oldstable-updates": False}


def test_the_end_of_the_makers_word_is_read(empty_apt_lab: AptLab, live: Ask, machine: api.Machine) -> None:
    empty_apt_lab.publish("bookworm-security", "Debian-Security", {"acme": "1"}, NOVEMBER)
    release = empty_apt_lab.folder / "repository/dists/bookworm-security/Release"
    release.write_text(
        re.sub(r"^(Date: .*)$", r"\1\nValid-Until: Sun, 27 Dec 2099 00:00:00 UTC", release.read_text(), flags=re.M)
    )
    empty_apt_lab.install("acme", "1")
    empty_apt_lab.update()
    (found,) = sources_of(empty_apt_lab, live, machine).sources
    assert (found.codename, found.expired) == ("bookworm-security", datetime(2099, 12, 27, tzinfo=UTC))


@pytest.mark.parametrize(
    "line", ["deb nonsense\n", "dep REPOSITORY oldstable main\n", "deb [trusted=yes REPOSITORY oldstable main\n"]
)
def test_a_mistake_in_the_list_of_sources_is_a_fact(apt_lab: AptLab, live: Ask, machine: api.Machine, line: str) -> None:
    write(apt_lab, line)
    found = sources_of(apt_lab, live, machine)
    assert found.sources == ()
    assert "sources.list" in found.fault


def test_a_stanza_with_a_mistake_is_a_fact_too(apt_lab: AptLab, live: Ask, machine: api.Machine) -> None:
    write(apt_lab, "Types: deb\nURIs: REPOSITORY\nSuites: x\n", "sources.list.d/lab.sources")
    assert "lab.sources" in sources_of(apt_lab, live, machine).fault


def test_without_apt_there_is_no_fact(recorded: Callable[..., Ask], machine: api.Machine) -> None:
    from itaudit.facts.updates import Patches

    missing = api.Answer.missing(api.ToolMissing("apt-get"))
    ask = recorded({targets_question(Patches(), admin=True, planned=planned): missing for planned in (True, False)})
    assert list(apt_sources.function(ask, machine, Patches())) == []


def test_stanzas_are_counted_as_apt_counts_them(apt_lab: AptLab, live: Ask) -> None:
    """A comment between empty lines is no stanza, neither to apt nor to us; one that is switched off is."""
    text = (
        "# first\n\nTypes: deb\nEnabled: no\nURIs: REPOSITORY\nSuites: oldstable\nComponents: main\n\n\n# second\n\n"
        "Types: deb\nURIs: REPOSITORY\nSuites: oldstable-updates\nComponents: main\nTrusted: yes\n"
    )
    write(apt_lab, text, "sources.list.d/lab.sources")
    write(apt_lab, "")
    records = parse_targets(live(targets_question(apt_lab.section, admin=False, planned=True)).checked_text)
    (entry,) = {record["SOURCESENTRY"] for record in records}
    assert trusts_blindly(text, int(entry.rpartition(":")[2]))
    assert not trusts_blindly(text, int(entry.rpartition(":")[2]) - 1)


@pytest.mark.parametrize(
    ("text", "number", "blind"),
    [
        ("deb http://x.test a main\ndeb [arch=amd64 trusted=yes] http://y.test a main\n", 1, False),
        ("deb http://x.test a main\ndeb [arch=amd64 trusted=yes] http://y.test a main\n", 2, True),
        ("deb [ allow-insecure=yes ] http://y.test a main\n", 1, True),
        ("deb [trusted=no] http://y.test a main\n", 1, False),
        ("# deb [trusted=yes] http://y.test a main\ndeb http://y.test a main\n", 1, False),
        ("Types: deb\nURIs: http://x.test\n\nTypes: deb\nTrusted: yes\n", 1, False),
        ("Types: deb\nURIs: http://x.test\n\nTypes: deb\nTrusted: yes\n", 2, True),
        ("Types: deb\n#Trusted: yes\nURIs: http://x.test\n", 1, False),
        ("", 7, False),
    ],
)
def test_only_what_the_entry_itself_says_counts(text: str, number: int, blind: bool) -> None:
    assert trusts_blindly(text, number) is blind


@pytest.mark.parametrize(
    ("release", "codename"),
    [
        ({"ID": "debian", "VERSION_CODENAME": "bookworm"}, "bookworm"),
        ({"ID": "linuxmint", "VERSION_CODENAME": "wilma", "UBUNTU_CODENAME": "noble"}, "noble"),
        ({"ID": "linuxmint", "VERSION_CODENAME": "faye", "DEBIAN_CODENAME": "bookworm"}, "bookworm"),
        ({"ID": "kali", "ID_LIKE": "debian", "VERSION_CODENAME": "kali-rolling"}, ""),
        ({}, ""),
    ],
)
def test_the_release_that_a_system_is_made_from(release: Mapping[str, str], codename: str) -> None:
    assert own_codename(release) == codename


@given(st.text(), st.integers())
def test_hostile_text_gives_records_or_unreadable(text: str, number: int) -> None:
    with contextlib.suppress(api.Unreadable):
        assert all(len(record) == 7 for record in parse_targets(text))
    assert isinstance(trusts_blindly(text, number), bool)
