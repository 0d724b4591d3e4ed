from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import pytest

from itaudit import api
from itaudit.contributions import Ask
from itaudit.facts.virtual import DETECTOR, MOUNTS, PROCESSOR, is_container, virtual_kind

Recorder = Callable[[Mapping[api.Question, api.Answer | str]], Ask]
MISSING = api.Answer.missing(api.ToolMissing("systemd-detect-virt"))


@pytest.mark.parametrize(("said", "kind"), [("kvm\n", "kvm"), ("none\n", ""), ("docker\n", "docker"), ("vm-other\n", "vm-other")])
def test_systemd_tells(said: str, kind: str, recorded: Recorder) -> None:
    assert virtual_kind(recorded({DETECTOR: api.Answer(body=said, exit_code=int(not kind))})) == kind


@pytest.mark.parametrize(
    ("flags", "kind"), [("flags\t\t: fpu hypervisor sse2", "virtual machine"), ("flags\t\t: fpu nohypervisor", ""), ("", "")]
)
def test_without_systemd_the_processor_tells(flags: str, kind: str, recorded: Recorder) -> None:
    assert virtual_kind(recorded({DETECTOR: MISSING, PROCESSOR: f"vendor_id\t: x\n{flags}\n"})) == kind


def test_hostile_words_are_not_believed(recorded: Recorder) -> None:
    answers: dict[api.Question, api.Answer | str] = {DETECTOR: "Ich weiß nicht\n" * 50, PROCESSOR: "flags : hypervisor"}
    assert virtual_kind(recorded(answers)) == "virtual machine"


def test_what_nobody_tells_is_missing(recorded: Recorder) -> None:
    with pytest.raises(api.Missing):
        virtual_kind(recorded({DETECTOR: MISSING}))


def test_a_container_is_no_machine() -> None:
    assert is_container("docker")
    assert is_container("lxc")
    assert not is_container("kvm")
    assert not is_container("")


@pytest.mark.parametrize(
    ("mark", "kind"), [("/.dockerenv", "docker"), ("/run/.containerenv", "podman"), ("/run/systemd/container", "container-other")]
)
def test_a_small_container_without_systemd_is_known_by_the_mark_of_its_maker(mark: str, kind: str, recorded: Recorder) -> None:
    """Else it would count as the virtual or physical machine that holds it."""
    answers: dict[api.Question, api.Answer | str] = {
        DETECTOR: MISSING,
        PROCESSOR: "flags : hypervisor",
        api.Glob(mark): json.dumps([mark]),
    }
    assert virtual_kind(recorded(answers)) == kind
    assert is_container(kind)


@pytest.mark.parametrize(
    ("mounts", "kind"),
    [
        ("612 580 0:51 /proc/meminfo /proc/meminfo rw,nosuid,nodev - fuse.lxcfs lxcfs rw,user_id=0,group_id=0\n", "lxc"),
        ("40 28 0:38 / /var/lib/lxcfs rw,nosuid,nodev shared:7 - fuse.lxcfs lxcfs rw,user_id=0,group_id=0\n", ""),
    ],
)
def test_lxc_without_systemd_is_known_by_what_covers_the_numbers_of_its_host(mounts: str, kind: str, recorded: Recorder) -> None:
    """Alpine on Proxmox. The host itself has the same file system, in a place of its own."""
    answers: dict[api.Question, api.Answer | str] = {DETECTOR: MISSING, PROCESSOR: "flags : fpu", MOUNTS: mounts}
    assert virtual_kind(recorded(answers)) == kind
