"""Notes of fixes: a real apt names their pages, a web server on loopback has them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.facts.updates import PackageManager
from itaudit.facts.updates.apt import apt
from itaudit.facts.updates.changelogs import Notes, parse_addresses, parse_notes

if TYPE_CHECKING:
    from lab.apt import AptLab
    from lab.pages import Serve

TLS = """acme-tls (1.0-1+deb12u3) bookworm-security; urgency=high

  * Mends CVE-2026-1111.

 -- Lab <lab@example.test>  Fri, 20 Nov 2026 10:00:00 +0000

acme-tls (1.0-1+deb12u2) bookworm-security; urgency=high

  * CVE-2026-2222, CVE-2026-3333: two more

 -- Lab <lab@example.test>  Sun, 01 Nov 2026 12:00:00 +0100

acme-tls (1.0-1) unstable; urgency=low

  * CVE-2020-9999

 -- Lab <lab@example.test>  Wed, 01 Jan 2020 00:00:00 +0000
"""
HOLES = ("CVE-2026-1111", "CVE-2026-2222", "CVE-2026-3333")
FIRST_OF_NOVEMBER = datetime(2026, 11, 1, 11, tzinfo=UTC)


def test_what_is_new_is_as_old_as_the_oldest_entry_that_is_not_installed() -> None:
    assert parse_notes(TLS, "1.0-1") == Notes(FIRST_OF_NOVEMBER, HOLES)


def test_what_is_installed_already_is_not_new() -> None:
    assert parse_notes(TLS, "1.0-1+deb12u2") == Notes(datetime(2026, 11, 20, 10, tzinfo=UTC), ("CVE-2026-1111",))


def test_a_package_that_was_only_built_again_has_the_notes_of_its_source() -> None:
    assert parse_notes(TLS, "1.0-1+deb12u2+b1").holes == ("CVE-2026-1111",)


def test_where_the_installed_version_is_not_named_only_the_first_entry_is_surely_new() -> None:
    assert parse_notes(TLS, "0.9-7").holes == ("CVE-2026-1111",)


def test_nothing_new_is_nothing() -> None:
    assert parse_notes(TLS, "1.0-1+deb12u3") == Notes(None, ())


def test_addresses_other_than_of_the_web_are_left_out() -> None:
    text = "'http://a.test/x' acme.changelog\n'file:/etc/shadow' evil.changelog\n'copy:/x' c.changelog\nE: something\n"
    assert parse_addresses(text) == {"acme": "http://a.test/x"}


@given(st.text() | st.sampled_from(["x (1) y\n -- a <b>  never\n", "x (1)\n -- a <b>  Sat, 99 Nov 2026\n", TLS[:200]]), st.text())
def test_hostile_notes_give_a_date_or_none(text: str, installed: str) -> None:
    notes = parse_notes(text, installed)
    assert notes.released is None or notes.released.tzinfo is UTC
    assert len(notes.holes) <= 200


def manager_of(live: Ask, machine: api.Machine, lab: AptLab, *, changelogs: bool) -> PackageManager:
    (found,) = apt.function(live, machine, lab.section.model_copy(update={"changelogs": changelogs}))
    assert isinstance(found, PackageManager)
    return found


def test_the_notes_are_asked_of_the_makers_server_only_where_the_owner_wants_it(
    apt_lab: AptLab, web_pages: Serve, live: Ask, machine: api.Machine
) -> None:
    path = "/main/a/acme-tls/acme-tls_1.0-1+deb12u1_changelog"
    address = web_pages({path: (200, TLS.replace("deb12u3", "deb12u1"), "")})
    with (apt_lab.folder / "apt.conf").open("a") as file:
        file.write(f'Acquire::Changelogs::URI::Override::Origin::Debian "{address}/@CHANGEPATH@_changelog";\n')
    silent = manager_of(live, machine, apt_lab, changelogs=False)
    told = manager_of(live, machine, apt_lab, changelogs=True)
    assert [update.holes for update in silent.pending] == [()] * 4
    updates = {update.package: update for update in told.pending}
    assert (updates["acme-tls"].holes, updates["acme-tls"].released) == (HOLES, FIRST_OF_NOVEMBER)
    # Its page is not there: what the lists say of it stays.
    assert updates["acme-point"] == {update.package: update for update in silent.pending}["acme-point"]


def test_a_server_that_is_not_there_changes_nothing(apt_lab: AptLab, live: Ask, machine: api.Machine) -> None:
    with (apt_lab.folder / "apt.conf").open("a") as file:
        file.write('Acquire::Changelogs::URI::Override::Origin::Debian "http://127.0.0.1:1/@CHANGEPATH@_changelog";\n')
    told = manager_of(live, machine, apt_lab, changelogs=True)
    assert told.pending == manager_of(live, machine, apt_lab, changelogs=False).pending
