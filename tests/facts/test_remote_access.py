from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from itaudit import api
from itaudit.contributions import Ask
from itaudit.evidence.live import Live
from itaudit.evidence.rooted import Rooted
from itaudit.facts.remote_access import KNOWN, RemoteTool, remote_tools
from itaudit.facts.security_section import Security
from lab.providers import ran


@pytest.fixture
def system(tmp_path: Path) -> Iterator[tuple[Path, Ask]]:
    """A system in a folder, and an Ask of it."""
    (tmp_path / "etc/systemd/system/multi-user.target.wants").mkdir(parents=True)
    rooted = Rooted(tmp_path, Live())
    yield tmp_path, Ask(rooted)
    rooted.close()


def put(root: Path, *paths: str) -> None:
    for path in paths:
        place = root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()


def found(ask: Ask, *accepted: str) -> list[RemoteTool]:
    return ran(remote_tools.function(ask, Security(remote_access=accepted)))


def test_a_program_is_found_where_its_package_lays_it(system: tuple[Path, Ask]) -> None:
    root, ask = system
    put(root, "/usr/bin/anydesk", "/etc/systemd/system/multi-user.target.wants/anydesk.service", "/opt/splashtop-streamer/x")
    assert found(ask) == [
        RemoteTool("anydesk", "AnyDesk", ("/usr/bin/anydesk",), True, False, False),
        RemoteTool("splashtop", "Splashtop", ("/opt/splashtop-streamer",), False, False, False),
    ]


def test_a_program_from_flathub_is_one_too(system: tuple[Path, Ask]) -> None:
    root, ask = system
    put(root, "/var/lib/flatpak/app/com.anydesk.Anydesk/current", "/var/lib/flatpak/app/com.rustdesk.RustDesk/current")
    assert [tool.key for tool in found(ask)] == ["anydesk", "rustdesk"]


@pytest.mark.parametrize("name", ["anydesk", " AnyDesk ", "ANYDESK"])
def test_what_the_owner_named_is_accepted(system: tuple[Path, Ask], name: str) -> None:
    root, ask = system
    put(root, "/usr/bin/anydesk", "/usr/bin/rustdesk")
    assert [tool.accepted for tool in found(ask, name)] == [True, False]


def test_it_may_be_named_as_people_know_it(system: tuple[Path, Ask]) -> None:
    put(system[0], "/opt/google/chrome-remote-desktop/host")
    assert [tool.accepted for tool in found(system[1], "Chrome Remote Desktop")] == [True]


def test_what_systems_bring_along_counts_only_when_it_starts(system: tuple[Path, Ask]) -> None:
    root, ask = system
    put(root, "/usr/bin/vncserver-x11")
    with pytest.raises(api.NotApplicable):
        found(ask)
    put(root, "/etc/systemd/system/multi-user.target.wants/vncserver-x11-serviced.service")
    assert [tool.key for tool in found(ask)] == ["realvnc"]


def test_a_system_without_any_is_left_out(system: tuple[Path, Ask]) -> None:
    put(system[0], "/usr/bin/ssh", "/usr/bin/xrdp-keygen", "/opt/other")
    with pytest.raises(api.NotApplicable):
        found(system[1])


def test_where_nothing_can_be_read_it_is_unknown(recorded: Callable[..., Ask]) -> None:
    with pytest.raises(api.NotRecorded):
        found(recorded({}))


def test_names_and_keys_are_unique() -> None:
    assert len({known.key for known in KNOWN}) == len({known.name for known in KNOWN}) == len(KNOWN)


def test_hostile_answers_give_tools_or_missing(always: Callable[[str], Ask]) -> None:
    for body in ("", "{}", "[1, null, {}]", '["/opt/x"]' * 2, "7", '["\\u202e"]'):
        try:
            assert all(isinstance(tool, RemoteTool) for tool in found(always(body)))
        except api.Missing:
            continue
