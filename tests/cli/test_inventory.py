"""`itaudit inventory` as people run it."""

from __future__ import annotations

import json
import stat
import subprocess
from pathlib import Path

from cli.conftest import Run


def installed() -> set[tuple[str, ...]]:
    form = "${db:Status-Status}\\t${Package}\\t${Version}\\t${Architecture}\\n"
    listed = subprocess.run(["dpkg-query", "--show", f"--showformat={form}"], capture_output=True, text=True, check=True)
    return {tuple(line.split("\t")[1:]) for line in listed.stdout.splitlines() if line.startswith("installed\t")}


def test_it_names_every_package_that_dpkg_names(itaudit: Run, needs: object) -> None:
    assert callable(needs)
    needs("dpkg-query")
    before = installed()
    done = itaudit("inventory", "--json")
    after = installed()
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    named = {(one["name"], one["version"], one["architecture"]) for one in found["software"] if one["source"] == "dpkg"}
    # This machine may be given other packages at any moment.
    assert before & after <= named <= before | after
    assert named
    assert {asset["kind"] for asset in found["assets"]} >= {"processor", "memory"}
    assert found["system"]


def test_the_bill_of_materials_is_written_for_its_owner_only(itaudit: Run, tmp_path: Path) -> None:
    (tmp_path / "disk/etc").mkdir(parents=True)
    done = itaudit("inventory", "--root", tmp_path / "disk", "--cyclonedx", tmp_path / "bill.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads((tmp_path / "bill.json").read_text())["bomFormat"] == "CycloneDX"
    assert stat.S_IMODE((tmp_path / "bill.json").stat().st_mode) == 0o600
    assert "Installed:" in done.stdout


def test_two_outputs_to_one_place_and_a_folder_are_refused_at_once(itaudit: Run, tmp_path: Path) -> None:
    for arguments in (("--json", "--cyclonedx", "-"), ("--cyclonedx", tmp_path), ("--cyclonedx", tmp_path / "no" / "bill.json")):
        done = itaudit("inventory", *arguments)
        assert (done.returncode, len(done.stderr.splitlines()), done.stdout) == (2, 1, "")


def test_a_system_in_a_folder_is_taken_stock_of_without_running_it(itaudit: Run, tmp_path: Path) -> None:
    root = tmp_path / "disk"
    (root / "etc").mkdir(parents=True)
    (root / "etc/os-release").write_text(
        'NAME="Debian GNU/Linux"\nPRETTY_NAME="Debian GNU/Linux 10 (buster)"\nVERSION_ID=10\nID=debian\n'
    )
    (root / "etc/hostname").write_text("old-server\n")
    site = root / "var/www/shop/wp-includes"
    site.mkdir(parents=True)
    (site / "version.php").write_text("<?php\n$wp_version = '5.9.1';\n")
    done = itaudit("inventory", "--json", "--root", root)
    found = json.loads(done.stdout)
    assert (found["host"], found["system"], found["release"], found["support_end"]) == (
        "old-server",
        "debian",
        "10",
        "2024-06-30",
    )
    assert any("hardware" in one["what"] for one in found["unseen"])
    assert found["assets"] == []
    assert [(one["name"], one["version"], one["source"]) for one in found["software"]] == [
        ("WordPress", "5.9.1", "/var/www/shop")
    ]
