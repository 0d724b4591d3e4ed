"""Which paths are left to a child process, against a table of mounts and links on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from itaudit.evidence import live_mounts
from itaudit.evidence.live_mounts import Mounted, is_remote, mount_table


@pytest.fixture
def dead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that the table of mounts calls a share; nothing there is touched."""
    table = {"/": Mounted("8:1", "/", "ext4"), f"{tmp_path}/nas": Mounted("0:50", "/", "nfs4")}
    table[f"{tmp_path}/nas/disk"] = Mounted("8:2", "/", "ext4")
    monkeypatch.setattr(live_mounts, "mount_table", lambda: table)
    (tmp_path / "here" / "deep").mkdir(parents=True)
    for name, target in {
        "link": "nas",
        "absolute": str(tmp_path / "nas"),
        "chain": "link",
        "up": "here/deep/../../nas/x",
        "circle": "circle",
        "local": "here/deep",
    }.items():
        (tmp_path / name).symlink_to(target)
    (tmp_path / "here" / "back").symlink_to("../nas")
    return tmp_path


THROUGH = (
    *("nas", "nas/x/y", "nas/", "./nas", "here/../nas", "here/deep/../../nas", "nas/..", "link", "link/x", "link/../nas/.."),
    *("absolute/x", "chain/x", "up/y", "here/back", "here/back/x", "local/../../nas/x", "nas/disk/x"),
    *("*", "n*/x", "na[s]/x", "*/x", "nas/*", "link/*.conf"),
)


@pytest.mark.parametrize("path", THROUGH)
def test_what_leads_through_a_share_is_left_to_a_child(dead: Path, path: str) -> None:
    assert is_remote(f"{dead}/{path}")


@pytest.mark.parametrize("path", ["", "nass", "here", "here/*", "local/x", "circle/x", "nothing/x", "nothing/*"])
def test_what_does_not_is_asked_here(dead: Path, path: str) -> None:
    assert not is_remote(f"{dead}/{path}")


def test_a_relative_path_is_looked_up_from_where_we_are(dead: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(dead)
    assert is_remote("link/x")
    assert not is_remote("here/x")


def test_a_whole_machine_on_a_share_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_mounts, "mount_table", lambda: {"/": Mounted("0:20", "/", "nfs4")})
    assert is_remote("/")
    assert is_remote("/etc/passwd")


def test_names_are_read_as_the_kernel_writes_them() -> None:
    table = b"1 0 0:50 /a\\040b /mnt/a\\040b\\134 rw - nfs4 nas:/x rw\n2 0 8:1 / /x\x0cy rw - ext4 /dev/sda rw\n"
    assert live_mounts._parsed(table) == {
        "/mnt/a b\\": Mounted("0:50", "/a b", "nfs4"),
        "/x\x0cy": Mounted("8:1", "/", "ext4"),
    }
    assert "/" in mount_table()
