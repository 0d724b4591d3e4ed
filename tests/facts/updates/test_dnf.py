"""Updates that wait, against a real dnf 4 with its own root; dnf 5, which Debian 12 lacks, by the shapes in its source."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.contributions import Ask
from itaudit.facts.operating_system import OS_RELEASE
from itaudit.facts.updates import PackageManager, Patches, Update
from itaudit.facts.updates import dnf as module
from itaudit.facts.updates.advisories import Advisory, with_advisories
from itaudit.facts.updates.dnf import IMAGE, OWNER, dnf, notices_question, pending_question
from itaudit.facts.updates.dnf_output import notices_of, parse_notices, parse_notices5, parse_pending
from itaudit.facts.updates.rpm import packages_question
from itaudit.facts.updates.rpm_lists import list_question, lists_question, sources_question

if TYPE_CHECKING:
    from lab.rpm import RpmLab

Recorder = Callable[[Mapping[api.Question, api.Answer | str]], Ask]
DAY = datetime(2026, 11, 2, tzinfo=UTC)


def manager_of(ask: Ask, machine: api.Machine, section: Patches) -> PackageManager:
    (found,) = dnf.function(ask, machine, section)
    assert isinstance(found, PackageManager)
    return found


def by_name(manager: PackageManager) -> dict[str, Update]:
    return {update.package: update for update in manager.pending}


def test_counts_ages_grades_and_holes_are_those_that_were_published(dnf_lab: RpmLab, live: Ask, machine: api.Machine) -> None:
    manager = manager_of(live, machine, dnf_lab.section)
    # Counted another way: by the table for people, and by dnf's own summary of notices.
    table = dnf_lab.dnf("-q", "-C", "check-update", codes=(100,))
    waiting = {line.split()[0].removesuffix(".noarch"): line.split()[1] for line in table.splitlines() if line.strip()}
    assert {u.package: u.candidate for u in manager.pending} == waiting
    told = dnf_lab.dnf("-q", "-C", "updateinfo", "list", "--security", "--updates")
    assert {u.package for u in manager.security_pending} == set(re.findall(r" (acme-\w+)-\S+\.noarch$", told, re.MULTILINE))
    found = {u.package: (u.security, u.severity, u.released, u.holes) for u in manager.pending}
    assert found == {
        # Issued on that day, and changed on 20 November, which is the day that dnf tells.
        "acme-tls": (True, "critical", DAY, ("CVE-2026-0001",)),
        "acme-bug": (False, "", datetime(2026, 10, 3, tzinfo=UTC), ()),
        "acme-held": (True, "medium", datetime(2026, 11, 15, tzinfo=UTC), ()),
        # The older of its two notices is a slight one.
        "acme-epoch": (True, "high", datetime(2026, 11, 10, tzinfo=UTC), ("CVE-2026-0004", "CVE-2026-0005")),
        "acme-web": (False, "", None, ()),
    }
    assert (by_name(manager)["acme-epoch"].installed, by_name(manager)["acme-epoch"].advisories) == (
        "1:1.0-1",
        ("LAB-2026:4", "LAB-2026:5"),
    )
    assert manager.tells_security
    assert manager.changed is not None


def test_locked_and_excluded_packages_are_counted_as_held(dnf_lab: RpmLab, live: Ask, machine: api.Machine) -> None:
    plugins = dnf_lab.root / "etc/dnf/plugins"
    plugins.mkdir(parents=True)
    (plugins / "versionlock.list").write_text("# Added lock on Sat\nacme-held-0:2.9-1.*\n")
    (dnf_lab.root / "etc/dnf/dnf.conf").write_text("[main]\ngpgcheck=0\nexcludepkgs=acme-w*\n")
    updates = by_name(manager_of(live, machine, dnf_lab.section))
    assert {name for name, update in updates.items() if update.held} == {"acme-held", "acme-web"}
    assert len(updates) == 5


def test_a_source_without_notices_does_not_tell_what_mends_holes(dnf_lab: RpmLab, live: Ask, machine: api.Machine) -> None:
    dnf_lab.publish(())
    dnf_lab.date_lists(int(datetime(2026, 9, 1, tzinfo=UTC).timestamp()))
    dnf_lab.fetch_dnf()
    manager = manager_of(live, machine, dnf_lab.section)
    assert {update.security for update in manager.pending} == {None}
    assert (len(manager.pending), manager.tells_security, manager.security_pending) == (5, False, ())
    assert manager.list_age_days(machine.now) == pytest.approx(82.5)


def test_of_a_source_without_notices_it_is_not_told_while_another_tells(recorded: Recorder, machine: api.Machine) -> None:
    """A vendor's browser beside the system: none of its updates carries a notice."""
    vendor = f"{module.LISTS}/vendor-0123456789abcdef/repodata/repomd.xml"
    own = vendor.replace("vendor", "updates")
    ask = recorded(
        {
            **answers(listed=LISTED + "browser|0|143.0|1|x86_64|vendor\n", told="vendor: using metadata from x\n" + TOLD),
            list_question("/etc/yum.repos.d/fedora.repo"): "[updates]\n[vendor]\n",
            lists_question(Patches(), module.LISTS): json.dumps([own, vendor]),
            list_question(vendor): REPOSITORY.body.replace("updateinfo", "other"),
        }
    )
    manager = manager_of(ask, machine, Patches())
    assert {name: update.security for name, update in by_name(manager).items()} == {"bash": False, "browser": None}
    assert manager.tells_security


@pytest.mark.parametrize(
    ("system", "own", "known"),
    [
        ("rhel", "rhel-9-for-x86_64-baseos-rpms", True),
        ("rhel", "rhel-9-baseos-rhui-rpms", True),
        ("almalinux", "baseos", True),
        ("centos", "baseos", True),
        ("fedora", "updates", True),
        ("amzn", "epel", True),
        ("rhel", "pgdg-rhel9-extras", False),
        ("rhel", "docker-ce-stable", False),
        ("almalinux", "remi-safe", False),
        ("fedora", "google-chrome", False),
        ("fedora", "copr:copr.fedorainfracloud.org:some:updates", False),
    ],
)
def test_without_a_source_of_its_own_maker_nothing_is_known_of_a_system(
    recorded: Recorder, machine: api.Machine, system: str, own: str, known: bool
) -> None:
    """A Red Hat without its subscription, but with EPEL, finds a fresh list each day, and never an update of its own."""
    path = f"{module.LISTS}/{own}-0123456789abcdef/repodata/repomd.xml"
    ask = recorded(
        {
            **answers(listed="", told=f"{own}: using metadata from Sat 21 Nov 2026\n"),
            OS_RELEASE: f"ID={system}\nID_LIKE=fedora\nVERSION_ID=9\n",
            list_question("/etc/yum.repos.d/fedora.repo"): f"[{own}]\nenabled=1\n",
            lists_question(Patches(), module.LISTS): json.dumps([path]),
            list_question(path): REPOSITORY,
        }
    )
    if known:
        assert manager_of(ask, machine, Patches()).pending == ()
    else:
        with pytest.raises(api.NotFound, match="own maker"):
            manager_of(ask, machine, Patches())


def test_lists_that_dnf_does_not_use_are_no_proof_that_nothing_waits(dnf_lab: RpmLab, live: Ask, machine: api.Machine) -> None:
    """After the address of a source changed, dnf finds no list, says nothing, and ends with 0."""
    (dnf_lab.root / "etc/yum.repos.d/lab.repo").write_text("[lab]\nname=lab\nbaseurl=http://192.0.2.1/x\nskip_if_unavailable=1\n")
    with pytest.raises(api.NotFound):
        manager_of(live, machine, dnf_lab.section)


def test_a_lock_held_by_another_program_is_unknown(dnf_lab: RpmLab, live: Ask, machine: api.Machine) -> None:
    (dnf_lab.root / "var/cache/dnf/metadata_lock.pid").write_text("1")
    with pytest.raises(api.TimedOut):
        manager_of(live, machine, dnf_lab.section)


REPOSITORY = api.Answer(
    '<repomd><data type="primary"><timestamp>1795219200</timestamp></data><data type="updateinfo"></data></repomd>', 0
)
RECORDS = "kernel-core\t0\t6.8.5\t301.fc41\tx86_64\t1790000000\tFedora\nbash\t0\t5.2.26\t3.fc41\tx86_64\t1780000000\tFedora\n"
TOLD = "updates: using metadata from Sat Nov 21 00:00:00 2026.\n"
LISTED = "bash|0|5.2.32|1.fc41|x86_64|updates\n\n"


def answers(modern: bool = False, **changed: api.Answer | str) -> dict[api.Question, api.Answer | str]:
    """A Fedora with one waiting update. `changed`: other answers for told, listed, holes, records."""
    section, folder = Patches(), module.LISTS5 if modern else module.LISTS
    path = f"{folder}/updates-0123456789abcdef/repodata/repomd.xml"
    return {
        OS_RELEASE: "ID=fedora\nVERSION_ID=41\n",
        IMAGE: api.Answer.missing(api.NotFound("")),
        OWNER: "dnf5\n" if modern else "dnf\n",
        packages_question(section): changed.get("records", RECORDS),
        sources_question(section, module.SOURCES): '["/etc/yum.repos.d/fedora.repo"]',
        list_question("/etc/yum.repos.d/fedora.repo"): "[updates]\nenabled=1\n[updates-testing]\nenabled = 0\n",
        lists_question(section, folder): json.dumps([path, path.replace("updates", "updates-testing")]),
        list_question(path): REPOSITORY,
        pending_question(section, modern=modern): changed.get("listed", LISTED),
        notices_question(section, modern=modern, holes=False): changed.get("told", "[]" if modern else TOLD),
        notices_question(section, modern=modern, holes=True): changed.get("holes", "[]" if modern else TOLD),
        **{question: api.Answer.missing(api.NotFound("")) for question in locks()},
    }


def locks() -> list[api.Question]:
    from itaudit.facts.updates.rpm import settings_question, versionlock5_question, versionlock_question

    return [question(Patches()) for question in (settings_question, versionlock_question, versionlock5_question)]


def test_of_dnf_5_the_json_is_read(recorded: Recorder, machine: api.Machine) -> None:
    told = [
        {
            "name": "FEDORA-2026-1",
            "type": "security",
            "severity": "Moderate",
            "nevra": "bash-5.2.32-1.fc41.x86_64",
            "buildtime": "2026-11-18 01:02:03",
        }
    ]
    holes = [
        {
            "advisory_name": "FEDORA-2026-1",
            "advisory_type": "security",
            "advisory_severity": "security",
            "advisory_buildtime": "2026-11-18 01:02:03",
            "nevra": "bash-5.2.32-1.fc41.x86_64",
            "references": [{"reference_id": "CVE-2026-7", "reference_type": "cve"}, {"reference_id": "CVE-2026-77777", "x": 1}],
        }
    ]
    ask = recorded(answers(modern=True, told=json.dumps(told), holes=json.dumps(holes)))
    manager = manager_of(ask, machine, Patches())
    (update,) = manager.pending
    assert (update.package, update.installed, update.candidate) == ("bash", "5.2.26-3.fc41", "5.2.32-1.fc41")
    assert (update.security, update.severity, update.holes) == (True, "medium", ("CVE-2026-77777",))
    # The lists could not be read for the day it was issued: it is at least that old.
    assert (update.released_by, update.released) == (datetime(2026, 11, 18, 1, 2, 3, tzinfo=UTC), None)
    assert [archive.suite for archive in manager.archives] == ["updates"]


@pytest.mark.parametrize(
    "changed",
    [
        {"listed": "bash|0|5.2.32\n"},
        {"listed": "Fehler: etwas ist schief\n"},
        {"listed": api.Answer("bash|0|5.2.32|1.fc41|x86_64|updates\n", 100, "Error: cut")},
        {"listed": api.Answer("", 0, "error: cannot open Packages database in /var/lib/rpm\n")},
        {"told": TOLD + "FEDORA-2026-1 Moderate/Sec.\n"},
        {"told": TOLD + "FEDORA-2026-1 Moderate/Sec. garbage 2026-11-18 00:00:00\n"},
        {"records": "\0\x80\n"},
        {"records": ""},
    ],
)
def test_what_cannot_be_read_is_unknown(recorded: Recorder, machine: api.Machine, changed: dict[str, api.Answer | str]) -> None:
    with pytest.raises(api.Unreadable):
        manager_of(recorded(answers(False, **changed)), machine, Patches())


def test_the_same_answers_unspoilt_are_one_update(recorded: Recorder, machine: api.Machine) -> None:
    manager = manager_of(recorded(answers()), machine, Patches())
    assert [(u.package, u.security) for u in manager.pending] == [("bash", False)]
    assert manager.list_age_days(machine.now) == pytest.approx(1.5)


def test_a_system_that_is_renewed_as_a_whole_is_unknown(recorded: Recorder, machine: api.Machine) -> None:
    with pytest.raises(api.ToolMissing):
        manager_of(recorded({**answers(), IMAGE: "{}"}), machine, Patches())


def test_five_thousand_updates_are_all_counted(recorded: Recorder, machine: api.Machine) -> None:
    lines = "".join(f"package-{n}|0|2|1|noarch|updates\n\n" for n in range(5000))
    assert len(manager_of(recorded(answers(listed=lines)), machine, Patches()).pending) == 5000


def test_a_second_architecture_carries_its_name(recorded: Recorder, machine: api.Machine) -> None:
    listed = LISTED + LISTED.replace("x86_64", "i686")
    manager = manager_of(recorded(answers(listed=listed)), machine, Patches())
    assert [update.package for update in manager.pending] == ["bash", "bash.i686"]


def test_the_age_is_exact_only_where_every_notice_has_its_day() -> None:
    update = Update("bash", "1", "2", (), None)
    first = Advisory("A", ("bash", "x"), True, "high", DAY + timedelta(days=9))
    second = replace(first, id="B", changed=DAY + timedelta(days=1))
    both = {"bash": [first, second, replace(first, id="C", key=("bash", "other"), changed=DAY - timedelta(days=90))]}
    known = with_advisories(update, ("bash", "x"), both, {"A": DAY, "B": DAY + timedelta(days=1)}, told=True)
    guessed = with_advisories(update, ("bash", "x"), both, {"A": DAY}, told=True)
    assert (known.released, known.advisories) == (DAY, ("A", "B"))
    assert (guessed.released, guessed.released_by) == (None, DAY)


@given(st.text())
def test_hostile_tables_give_notices_or_missing(text: str) -> None:
    for parse in (parse_pending, parse_notices, parse_notices5):
        with contextlib.suppress(api.Missing):
            parse(text)
    with contextlib.suppress(api.Missing):
        notices_of(api.Answer(text, 0), modern=True)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "nevra", "references", "type", "buildtime", "reference_id"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_hostile_json_gives_notices_or_missing(found: object) -> None:
    with contextlib.suppress(api.Missing):
        assert all(isinstance(one, Advisory) for one in parse_notices5(found))
