from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.checks.patches.repositories import Settings, repositories
from itaudit.contributions import Ask
from itaudit.facts.operating_system import OS_RELEASE
from itaudit.facts.updates import Archive, PackageManager, Patches
from itaudit.facts.updates.dnf import dnf
from itaudit.facts.updates.rpm_lists import parse_sections
from itaudit.facts.updates.rpm_sources import is_unsigned, rpm_sources, source
from itaudit.facts.updates.sources import Sources
from itaudit.facts.updates.zypper import zypper

if TYPE_CHECKING:
    from lab.rpm import RpmLab

Recorder = Callable[[Mapping[api.Question, api.Answer | str]], Ask]
# A source of Fedora 41 as it is installed, shortened.
FEDORA = (
    "[updates]\nname=Fedora $releasever - Updates\nmetalink=https://mirrors.fedoraproject.org/metalink?repo=updates\n"
    "enabled=1\ncountme=1\nrepo_gpgcheck=0\ntype=rpm\ngpgcheck=1\ngpgkey=file:///etc/pki/rpm-gpg/KEY\nskip_if_unavailable=False\n"
)


def sources_of(ask: Ask, section: Patches) -> Sources:
    (found,) = rpm_sources.function(ask, section)
    assert isinstance(found, Sources)
    return found


def judged(found: Sources, machine: api.Machine) -> tuple[api.Status, str]:
    verdict = repositories.function(found, machine, Settings())
    return verdict.status, verdict.detail


def test_a_healthy_source_is_silent_and_a_gone_one_is_named(dnf_lab: RpmLab, live: Ask, machine: api.Machine) -> None:
    folder = dnf_lab.root / "etc/yum.repos.d"
    (folder / "off.repo").write_text("[off]\nbaseurl=http://192.0.2.1/\nenabled=0\ngpgcheck=0\n")
    assert judged(sources_of(live, dnf_lab.section), machine)[0] is api.Status.OK
    (folder / "gone.repo").write_text("[gone]\nbaseurl=http://192.0.2.1/\ngpgcheck=1\n")
    status, detail = judged(sources_of(live, dnf_lab.section), machine)
    assert (status, detail.split(" (")[0]) == (api.Status.FAIL, "http://192.0.2.1/ gone")


def test_a_list_of_zypper_is_found_by_the_name_of_its_source(zypper_lab: RpmLab, live: Ask, machine: api.Machine) -> None:
    (found,) = sources_of(live, zypper_lab.section).sources
    assert (found.release, found.fetched, found.local) == ("lab", True, True)


def test_a_source_of_dnf_with_colons_in_its_name_is_found(dnf_lab: RpmLab, live: Ask, machine: api.Machine) -> None:
    """As those of copr, Fedora's place for everybody's packages."""
    file, name = dnf_lab.root / "etc/yum.repos.d/lab.repo", "copr:copr.example.test:group:lab"
    file.write_text(file.read_text().replace("[lab]", f"[{name}]"))
    dnf_lab.fetch_dnf()
    assert [(one.release, one.fetched) for one in sources_of(live, dnf_lab.section).sources] == [(name, True)]
    (found,) = dnf.function(live, machine, dnf_lab.section)
    assert isinstance(found, PackageManager)
    assert len(found.archives) == 1


def test_a_source_of_zypper_with_colons_in_its_name_is_found(zypper_lab: RpmLab, live: Ask, machine: api.Machine) -> None:
    """As openSUSE itself names its sources."""
    file, name = zypper_lab.root / "etc/zypp/repos.d/lab.repo", "openSUSE:repo-oss"
    file.write_text(file.read_text().replace("[lab]", f"[{name}]"))
    zypper_lab.fetch_zypper()
    assert [(one.release, one.fetched) for one in sources_of(live, zypper_lab.section).sources] == [(name, True)]
    (found,) = zypper.function(live, machine, zypper_lab.section)
    assert isinstance(found, PackageManager)
    assert len(found.archives) == 1


@pytest.mark.parametrize(
    ("written", "main", "unsigned"),
    [
        ("gpgcheck=1", "", False),
        ("gpgcheck=0", "gpgcheck=1", True),
        ("gpgcheck=0\nrepo_gpgcheck=1", "", False),
        ("name=x", "gpgcheck=0", True),
        ("name=x", "gpgcheck=True", False),
        # Distributions have defaults of their own: what nobody says is no fault.
        ("name=x", "", False),
    ],
)
def test_what_proves_nothing_says_so_in_so_many_words(written: str, main: str, unsigned: bool) -> None:
    assert is_unsigned(parse_sections(f"[x]\n{written}\n")["x"], parse_sections(f"[main]\n{main}\n")["main"]) is unsigned


def test_a_source_of_fedora_is_read_to_the_letter() -> None:
    found = source("updates", parse_sections(FEDORA)["updates"], {}, {"updates"})
    assert found is not None
    assert (found.site, found.release) == ("https://mirrors.fedoraproject.org/metalink?repo=updates", "updates")
    assert (found.fetched, found.unsigned, found.local) == (True, False, False)


@pytest.mark.parametrize("who", ["0123456789abcdef:@", "joe:secret@", "0123456789abcdef@"])
def test_what_lets_its_customer_in_is_no_part_of_an_address_that_is_shown(who: str) -> None:
    """Some makers write the customer's key as the name of the user."""
    found = source("x", {"baseurl": f"https://{who}packages.example.test/x"}, {}, set())
    assert found is not None
    assert found.site == "https://packages.example.test/x"


def test_what_dnf_5_was_told_of_a_source_later_counts(dnf_lab: RpmLab, live: Ask, machine: api.Machine) -> None:
    """`dnf config-manager setopt gone.enabled=0` leaves the file of the source as it is, and writes one of its own."""
    (dnf_lab.root / "etc/yum.repos.d/gone.repo").write_text("[gone]\nbaseurl=http://192.0.2.1/\ngpgcheck=1\n")
    makers, own = (dnf_lab.root / folder / "repos.override.d" for folder in ("usr/share/dnf5", "etc/dnf"))
    for folder in (makers, own):
        folder.mkdir(parents=True)
    assert judged(sources_of(live, dnf_lab.section), machine)[0] is api.Status.FAIL
    (own / "99-config_manager.repo").write_text("[gon?]\nenabled=0\n")
    assert judged(sources_of(live, dnf_lab.section), machine)[0] is api.Status.OK
    # The later name counts, wherever it lies; of one name, the administrator's.
    (makers / "99-zz.repo").write_text("[gone]\nenabled=1\n")
    assert judged(sources_of(live, dnf_lab.section), machine)[0] is api.Status.FAIL
    (own / "99-zz.repo").write_text("")
    assert judged(sources_of(live, dnf_lab.section), machine)[0] is api.Status.OK


def archives_of(ask: Ask, machine: api.Machine, section: Patches) -> tuple[Archive, ...]:
    (found,) = dnf.function(ask, machine, section)
    assert isinstance(found, PackageManager)
    return found.archives


def test_what_dnf_5_switched_off_gives_no_list(dnf_lab: RpmLab, live: Ask, machine: api.Machine) -> None:
    folder = dnf_lab.root / "etc/dnf/repos.override.d"
    folder.mkdir(parents=True)
    (folder / "99-config_manager.repo").write_text("[lab]\nenabled=0\n")
    assert archives_of(live, machine, dnf_lab.section) == ()
    (folder / "99-config_manager.repo").unlink()
    assert len(archives_of(live, machine, dnf_lab.section)) == 1


def test_the_remedy_speaks_of_the_manager_that_is_here(dnf_lab: RpmLab, live: Ask, machine: api.Machine) -> None:
    (dnf_lab.root / "etc/yum.repos.d/gone.repo").write_text("[gone]\nbaseurl=http://192.0.2.1/\n")
    remedy = repositories.function(sources_of(live, dnf_lab.section), machine, Settings()).remedy
    assert remedy is not None
    words = " ".join((*remedy.steps, remedy.undo, remedy.verify))
    assert "dnf" in words
    assert "apt" not in words


def test_discs_do_not_count_and_a_name_with_variables_is_not_called_gone() -> None:
    assert source("dvd", {"baseurl": "dvd:///?devices=/dev/sr0"}, {}, set()) is None
    found = source("x-$basearch", {"baseurl": "https://x.test"}, {}, set())
    assert found is not None
    assert found.fetched


def test_on_a_debian_there_is_no_such_fact(recorded: Recorder) -> None:
    assert list(rpm_sources.function(recorded({OS_RELEASE: "ID=debian\n"}), Patches())) == []


@given(st.text())
def test_hostile_files_give_sources(text: str) -> None:
    for name, values in parse_sections(f"[x]\nbaseurl={text}\n{text}").items():
        source(name, values, {}, set())
