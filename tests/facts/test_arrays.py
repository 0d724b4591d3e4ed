from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.evidence.questions import Answer, Question
from itaudit.facts.arrays import Array, md_arrays
from lab.providers import Always, ran

Recorder = Callable[[Mapping[Question, Answer | str]], Ask]
MDSTAT = api.ReadFile("/proc/mdstat")

# As the kernel prints it (Documentation/admin-guide/md.rst; the kernel's Linux RAID wiki, "Mdstat").
STATUS = """Personalities : [raid1] [raid6] [raid5] [raid4] [raid0]
md0 : active raid1 sdb1[1] sda1[0]
      104320 blocks super 1.2 [2/2] [UU]
      bitmap: 0/1 pages [0KB], 65536KB chunk

md1 : active (auto-read-only) raid5 sdd1[3](F) sdc1[2](W) sdb2[1] sda2[0]
      1465151808 blocks level 5, 64k chunk, algorithm 2 [4/3] [UUU_]
      [==>..................]  recovery = 12.6% (37043392/292945152) finish=127.5min speed=33440K/sec

md2 : active raid1 sdf1[1]
      244198464 blocks super 1.2 [2/1] [_U]

md3 : active raid0 sdg1[0] sdh1[1]
      488396800 blocks super 1.2 512k chunks

md4 : inactive sdi1[1](S)
      976630464 blocks super 1.2

md127 : inactive sdj[1](S) sdk[0](S)
      6306 blocks super external:imsm

md5 : active raid1 sdm1[2] sdn1[1] sdl1[0](F)
      104320 blocks super 1.2 [2/2] [UU]
      \tresync=DELAYED

unused devices: <none>
"""


def test_the_state_of_each_set_is_read(recorded: Recorder) -> None:
    assert ran(md_arrays.function(recorded({MDSTAT: STATUS}))) == [
        Array("md0", "md raid1", wanted=2, working=2, present=("sdb1", "sda1")),
        Array(
            "md1",
            "md raid5",
            wanted=4,
            working=3,
            failed=("sdd1",),
            progress="recovery = 12.6%",
            present=("sdc1", "sdb2", "sda2"),
            filling=0,
        ),
        Array("md2", "md raid1", wanted=2, working=1, present=("sdf1",)),
        Array("md3", "md raid0", secure=False, present=("sdg1", "sdh1")),
        Array("md4", "md", active=False),
        Array("md5", "md raid1", wanted=2, working=2, failed=("sdl1",), progress="resync=DELAYED", present=("sdm1", "sdn1")),
    ]


def test_a_kernel_without_software_raid_has_no_set(recorded: Recorder) -> None:
    assert ran(md_arrays.function(recorded({MDSTAT: Answer.missing(api.NotFound("/proc/mdstat"))}))) == []
    assert ran(md_arrays.function(recorded({MDSTAT: "Personalities : \nunused devices: <none>\n"}))) == []


def found_in(recorded: Recorder, body: str) -> list[Array | api.Gap]:
    return ran(md_arrays.function(recorded({MDSTAT: f"Personalities : [raid1]\n{body}\nunused devices: <none>\n"})))


@pytest.mark.parametrize(
    ("members", "filling", "unfilled"),
    [
        ("sde1[4] sdd1[3](F) sdc1[2] sdb1[1] sda1[0]", 1, 0),
        ("sde1[4] sdc1[2](W) sdb1[1] sda1[0]", 1, 0),
        ("sde1[4](S) sdc1[2] sdb1[1] sda1[0]", 0, 1),
        ("sde1[4](F) sdc1[2] sdb1[1] sda1[0]", 0, 1),
        ("sdj1[5](J) sdc1[2] sdb1[1] sda1[0]", 0, 1),
        ("sdr1[5](R) sdc1[2] sdb1[1] sda1[0]", 0, 1),
    ],
)
def test_a_place_is_filled_by_a_member_that_is_neither_failed_nor_spare_nor_for_something_else(
    recorded: Recorder, members: str, filling: int, unfilled: int
) -> None:
    """(F) failed, (S) spare, (J) the diary of the set, (R) is to replace a member that still works (mdadm --replace)."""
    body = f"md1 : active raid5 {members}\n      99 blocks [4/3] [UUU_]\n      [>...]  recovery =  1.6% (1/99) finish=1min\n"
    (found,) = found_in(recorded, body)
    assert isinstance(found, Array)
    assert (found.filling, found.unfilled) == (filling, unfilled)


def test_of_two_that_are_missing_one_is_being_rebuilt(recorded: Recorder) -> None:
    body = "md1 : active raid6 sde1[4] sdb1[1] sda1[0]\n      99 blocks [4/2] [UU__]\n      \trecovery=DELAYED\n"
    (found,) = found_in(recorded, body)
    assert isinstance(found, Array)
    assert (found.absent, found.filling, found.unfilled) == (2, 1, 1)


def test_a_set_that_lost_its_last_drive_does_not_run(recorded: Recorder) -> None:
    (found,) = found_in(recorded, "md0 : broken raid0 sdb1[1] sda1[0]\n      488396800 blocks super 1.2 512k chunks\n")
    assert found == Array("md0", "md raid0", active=False, secure=False, present=("sdb1", "sda1"))


def test_a_set_in_a_state_that_is_not_known_is_unknown_and_never_left_out(recorded: Recorder) -> None:
    (gap,) = found_in(recorded, "md0 : dreaming raid1 sdb1[1] sda1[0]\n      104320 blocks [2/1] [U_]\n")
    assert isinstance(gap, api.Gap)
    assert (gap.subject, type(gap.error)) == ("md0", api.Unreadable)


def test_a_line_without_end_is_given_up_at_once(recorded: Recorder) -> None:
    (gap,) = found_in(recorded, f"md0 : active{' (a)' * 300_000}  x\n")
    assert isinstance(gap, api.Gap)


@pytest.mark.parametrize("kind", ["/md127/0", "-md127/0"])
def test_only_the_container_of_a_mainboards_sets_may_be_inactive(recorded: Recorder, kind: str) -> None:
    (found,) = found_in(recorded, f"md126 : inactive sda[1] sdb[0]\n      976630464 blocks super external:{kind}\n")
    assert found == Array("md126", "md", active=False, present=("sda", "sdb"))


@pytest.mark.parametrize("answer", ["", "\0\0", "md0 : active raid1", Answer.missing(api.AccessDenied("/proc/mdstat"))])
def test_what_cannot_be_read_is_not_the_absence_of_sets(recorded: Recorder, answer: Answer | str) -> None:
    with pytest.raises((api.Unreadable, api.AccessDenied)):
        ran(md_arrays.function(recorded({MDSTAT: answer})))


PIECES = st.sampled_from([*STATUS.split(), "\n", "\n      ", " ", "[9/1] [", "[99999/1] [U]", "(F)(F)", ": active", "\x00"])


@given(st.lists(PIECES | st.text(max_size=5), max_size=60))
def test_any_text_yields_sets_or_is_missing(pieces: list[str]) -> None:
    for text in ("".join(pieces), "Personalities : [raid1]\n" + " ".join(pieces)):
        try:
            found = ran(md_arrays.function(Ask(Always(text))))
        except api.Missing:
            continue
        assert all(isinstance(each, api.Gap) or (isinstance(each, Array) and each.name and each.absent >= 0) for each in found)
