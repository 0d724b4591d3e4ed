from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.facts.updates import InstalledPackage, Patches
from itaudit.facts.updates.dpkg import dpkg_packages, parse_records, records_folder

if TYPE_CHECKING:
    from lab.apt import AptLab

Recorder = Callable[[Mapping[api.Question, api.Answer | str]], Ask]


def packages_of(ask: Ask, section: Patches) -> list[InstalledPackage]:
    return [package for package in dpkg_packages.function(ask, section) if isinstance(package, InstalledPackage)]


def test_held_and_half_installed_packages_of_the_lab_are_seen(empty_apt_lab: AptLab, live: Ask) -> None:
    lab = empty_apt_lab
    lab.install("acme-ok", "1.0")
    lab.install("acme-held", "2.9", "hold ok installed")
    lab.install("acme-torn", "1", "install ok half-configured")
    lab.install("acme-damaged", "1", "install reinstreq half-installed")
    lab.install("acme-gone", "1", "deinstall ok config-files")
    lab.update()
    assert {p.name: (p.held, p.state) for p in packages_of(live, lab.section)} == {
        "acme-ok": (False, "installed"),
        "acme-held": (True, "installed"),
        "acme-torn": (False, "half-configured"),
        "acme-damaged": (False, "needs to be installed again"),
    }


def test_this_machine_has_as_many_packages_as_dpkg_lists(live: Ask, needs: Callable[..., str]) -> None:
    def selected() -> int:
        argv = [needs("dpkg"), "--get-selections"]
        listed = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()
        return sum(line.split("\t")[-1] not in ("deinstall", "purge") for line in listed)

    # Somebody may install software meanwhile.
    before, found, after = selected(), len(packages_of(live, Patches())), selected()
    assert min(before, after) <= found <= max(before, after)


def test_a_folder_that_apt_quotes_strangely_is_refused(recorded: Recorder) -> None:
    question = api.Command(("apt-config", "shell", "STATUS", "Dir::State::status/f"))
    with pytest.raises(api.Unreadable):
        records_folder(recorded({question: "STATUS='relative/status'\n"}), Patches())


def test_no_packages_at_all_is_not_a_clean_machine() -> None:
    with pytest.raises(api.Unreadable):
        parse_records("\n")


@given(st.text())
def test_hostile_records_give_packages_or_missing(text: str) -> None:
    with contextlib.suppress(api.Missing):
        assert all(isinstance(package, InstalledPackage) for package in parse_records(text))
