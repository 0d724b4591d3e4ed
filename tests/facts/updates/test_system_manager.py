"""Which manager a system is made of; and all providers together, on a Debian, a Fedora, an openSUSE and on none of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from facts.updates.test_dnf import answers as fedora
from itaudit import api
from itaudit.config_validation import validate
from itaudit.contributions import Ask
from itaudit.engine import run
from itaudit.evidence.questions import Answer, Question, Source
from itaudit.facts.operating_system import OS_RELEASE, OS_RELEASE_OF_VENDOR
from itaudit.facts.updates import Patches, zypper
from itaudit.facts.updates.rpm import packages_question
from itaudit.facts.updates.rpm_lists import list_question, lists_question, sources_question
from itaudit.facts.updates.sources import targets_question
from itaudit.facts.updates.system_manager import (
    DPKG_RECORDS,
    RPM_RECORDS,
    RPM_RECORDS_BEFORE,
    ZYPPER_SETTINGS,
    is_of_another,
    manager_named,
    system_manager,
)
from itaudit.model import Finding, Machine, Status
from itaudit.plugins import Catalogue, discover
from lab.apt import AptLab

Recorder = Callable[[Mapping[api.Question, api.Answer | str]], Ask]
NONE = '<?xml version="1.0"?><stream><update-status><update-list></update-list></update-status></stream>'
REPOSITORY = '<repomd><data type="updateinfo"><timestamp>1795219200</timestamp></data></repomd>'
# os-release as these systems ship it.
SYSTEMS = {
    "debian": ("debian", "", "apt"),
    "ubuntu": ("ubuntu", "debian", "apt"),
    "mint": ("linuxmint", "ubuntu debian", "apt"),
    "raspberry": ("raspbian", "debian", "apt"),
    "fedora": ("fedora", "", "dnf"),
    "red hat": ("rhel", "fedora", "dnf"),
    "rocky": ("rocky", "rhel centos fedora", "dnf"),
    "amazon": ("amzn", "fedora", "dnf"),
    "leap": ("opensuse-leap", "suse opensuse", "zypper"),
    "tumbleweed": ("opensuse-tumbleweed", "opensuse suse", "zypper"),
    "enterprise": ("sles", "suse", "zypper"),
    "manjaro": ("manjaro", "arch", "pacman"),
    "alpine": ("alpine", "", "apk"),
    "gentoo": ("gentoo", "", ""),
}


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_system_is_known_by_its_own_word(system: str, recorded: Recorder) -> None:
    name, like, manager = SYSTEMS[system]
    assert manager_named({"ID": name, "ID_LIKE": like}) == manager
    ask = recorded({OS_RELEASE: f'ID={name}\nID_LIKE="{like}"\n', DPKG_RECORDS: "{}"})
    assert system_manager(ask, Patches()) == manager
    assert is_of_another(ask, Patches(), "apt") == (manager not in ("apt", ""))


def test_without_its_word_the_records_decide(recorded: Recorder) -> None:
    missing = Answer.missing(api.NotFound(""))
    base: dict[Question, Answer | str] = dict.fromkeys((OS_RELEASE, OS_RELEASE_OF_VENDOR, DPKG_RECORDS, ZYPPER_SETTINGS), missing)
    none = {**base, RPM_RECORDS: "[]", RPM_RECORDS_BEFORE: "[]"}
    assert system_manager(recorded(none), Patches()) == ""
    assert system_manager(recorded({**none, DPKG_RECORDS: "{}"}), Patches()) == "apt"
    there = {**none, RPM_RECORDS_BEFORE: '["/var/lib/rpm/Packages"]'}
    assert system_manager(recorded(there), Patches()) == "dnf"
    assert system_manager(recorded({**there, ZYPPER_SETTINGS: "{}"}), Patches()) == "zypper"


class Bare:
    """A machine on which nothing is installed but what is recorded."""

    abandoned: Mapping[str, int] = {}

    def __init__(self, machine: Machine, answers: Mapping[Any, Answer | str]) -> None:
        self.machine = machine
        self._answers = {question.key: answer for question, answer in answers.items()}

    def ask(self, question: Question) -> Answer:
        found = self._answers.get(question.key)
        if found is None:
            match question:
                case api.Glob():
                    return Answer("[]")
                case api.Command():
                    return Answer.missing(api.ToolMissing(question.argv[0]))
            return Answer.missing(api.NotFound(""))
        return found if isinstance(found, Answer) else Answer(found, 0)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return discover()


def findings_of(machine: Machine, catalogue: Catalogue, answers: Mapping[Any, Answer | str]) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in run(Bare(machine, answers), catalogue, validate({}, catalogue, "test"), areas=["patches"]).findings:
        found.setdefault(finding.check.removeprefix("patches."), []).append(finding)
    return found


def suse() -> dict[Any, Answer | str]:
    section = Patches()
    path = "/var/cache/zypp/raw/update/repodata/repomd.xml"
    return {
        OS_RELEASE: 'ID="opensuse-leap"\nID_LIKE="suse opensuse"\n',
        packages_question(section): "zypper\t0\t1.14\t1\tx86_64\t1790000000\topenSUSE\n",
        sources_question(section, zypper.SOURCES): '["/etc/zypp/repos.d/update.repo"]',
        list_question("/etc/zypp/repos.d/update.repo"): "[update]\nenabled=1\n",
        lists_question(section, zypper.LISTS[0]): f'["{path}"]',
        list_question(path): REPOSITORY,
        zypper.packages_question(section): NONE,
        zypper.patches_question(section): NONE,
    }


@pytest.mark.parametrize("system", [fedora, suse])
def test_a_healthy_system_is_judged_once_by_its_own_manager(
    system: Callable[[], dict[Any, Answer | str]], machine: Machine, catalogue: Catalogue
) -> None:
    found = findings_of(machine, catalogue, system())
    for name in ("security", "other", "metadata_age", "sources", "held", "unfinished", "repositories"):
        assert [finding.verdict.status for finding in found[name]] == [Status.OK], name
    # Nothing is set up here: one finding, in the words of this system.
    (automatic,) = found["automatic"]
    assert automatic.verdict.status is Status.FAIL
    assert automatic.verdict.remedy is not None
    assert "apt" not in " ".join(automatic.verdict.remedy.steps).split()


def test_a_fedora_with_apt_beside_it_is_judged_once(machine: Machine, catalogue: Catalogue) -> None:
    """As a builder of Debian packages has it: apt knows of no source and of no package here."""
    apt = {targets_question(Patches(), admin=True, planned=planned): "" for planned in (True, False)}
    folder = {api.Command(("apt-config", "shell", "STATUS", "Dir::State::status/f")): "STATUS='/var/lib/dpkg/status'\n"}
    found = findings_of(machine, catalogue, {**fedora(), **apt, **folder})
    for name in ("security", "metadata_age", "held", "repositories"):
        assert [finding.verdict.status for finding in found[name]] == [Status.OK], name


def test_a_debian_with_all_the_other_tools_is_judged_once(apt_lab: AptLab, live_source: Source, catalogue: Catalogue) -> None:
    """dnf and zypper are installed beside this lab; none of them is asked."""
    settings = validate({"patches": {"apt_config": apt_lab.section.apt_config}}, catalogue, "test")
    found = [one for one in run(live_source, catalogue, settings, areas=["patches"]).findings if one.check == "patches.security"]
    assert [(one.subject, one.verdict.status) for one in found] == [("system software", Status.FAIL)]
    assert found[0].verdict.detail.startswith("apt, 3 pending")


def test_a_system_of_which_nothing_is_known_stays_unknown(machine: Machine, catalogue: Catalogue) -> None:
    found = findings_of(machine, catalogue, {OS_RELEASE: "ID=gentoo\n"})
    for name in ("security", "other", "metadata_age", "held", "automatic"):
        assert {finding.verdict.status for finding in found[name]} == {Status.UNKNOWN}, name


def test_a_fedora_without_dnf_is_unknown_and_not_up_to_date(machine: Machine, catalogue: Catalogue) -> None:
    found = findings_of(machine, catalogue, {OS_RELEASE: "ID=fedora\n"})
    for name in ("security", "other", "metadata_age", "held"):
        assert {finding.verdict.status for finding in found[name]} == {Status.UNKNOWN}, name
