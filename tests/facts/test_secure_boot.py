from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.facts.secure_boot import FIRMWARE, SETUP, STATE, VARIABLES, SecureBoot, parse_variable, secure_boot
from itaudit.facts.virtual import DETECTOR
from lab.providers import ran

Recorder = Callable[[Mapping[api.Question, api.Answer | str]], Ask]
ABSENT = api.Answer.missing(api.NotFound("-"))
DIRECTORY = '{"kind": "directory"}'


def boot(recorded: Recorder, **more: Any) -> Any:
    answers: dict[api.Question, api.Answer | str] = {
        FIRMWARE: more.get("firmware", DIRECTORY),
        DETECTOR: more.get("virtual", "none"),
        STATE: more.get("state", "\x06\x00\x00\x00\x01"),
        SETUP: more.get("setup", "\x06\x00\x00\x00\x00"),
        VARIABLES: more.get("variables", '["/sys/firmware/efi/efivars/BootOrder-8be4df61-93ca-11d2-aa0d-00e098032b8c"]'),
    }
    (found,) = ran(secure_boot.function(recorded(answers)))
    return found


def test_the_fifth_byte_tells(recorded: Recorder) -> None:
    assert boot(recorded) == SecureBoot(True, False)
    assert boot(recorded, state="\x06\x00\x00\x00\x00", setup="\x06\x00\x00\x00\x01") == SecureBoot(False, True)
    assert boot(recorded, setup=ABSENT) == SecureBoot(True, None)


def test_the_five_bytes_come_whole_through_a_real_file(tmp_path: Path, live: Ask) -> None:
    file = tmp_path / "SecureBoot"
    file.write_bytes(bytes((6, 0, 0, 0, 1)))
    assert parse_variable(live(api.ReadFile(str(file), limit_bytes=64)).text)


def test_a_firmware_without_the_variable_checks_nothing(recorded: Recorder) -> None:
    assert boot(recorded, state=ABSENT).on is False


def test_without_any_variable_it_is_unknown(recorded: Recorder) -> None:
    """The kernel's folder of variables may not be mounted."""
    with pytest.raises(api.NotFound):
        boot(recorded, state=ABSENT, variables="[]")


def test_virtual_machines_and_older_firmware_are_left_out(recorded: Recorder) -> None:
    for more in ({"virtual": "kvm"}, {"virtual": "docker", "firmware": ABSENT}, {"firmware": ABSENT}):
        with pytest.raises(api.NotApplicable):
            boot(recorded, **more)


def test_what_may_not_be_read_is_unknown(recorded: Recorder) -> None:
    denied = api.Answer.missing(api.AccessDenied("-"))
    for more in ({"firmware": denied}, {"state": denied}):
        with pytest.raises(api.AccessDenied):
            boot(recorded, **more)


@pytest.mark.parametrize("text", ["", "\x01", "\x06\x00\x00\x00", "\x06\x00\x00\x00\x02", "\x06\x00\x00\x00\x01\x01", "00001"])
def test_another_form_is_unreadable(text: str) -> None:
    with pytest.raises(api.Unreadable):
        parse_variable(text)


@given(st.binary(max_size=8))
def test_any_bytes_are_a_state_or_unreadable(content: bytes) -> None:
    try:
        on = parse_variable(content.decode(errors="replace"))
    except api.Unreadable:
        return
    assert content[-1] == int(on)
