"""The examples are real plugins: installed or dropped in, they are found, judge, and ask a real server of battery units."""

from __future__ import annotations

import contextlib
import functools
import getpass
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.conftest import environment, findings_of
from conftest import Recorded
from itaudit import api
from itaudit.config import Configuration
from itaudit.engine import run
from itaudit.model import Finding
from itaudit.plugins import Catalogue, discover
from lab._running import short_folder, wait_until
from lab.connectivity import end_group, free_port

EXAMPLES = Path(__file__).parent.parent / "examples"
SERVER = "localhost:3493"
# What upsc 2.8.0 printed of the laboratory below.
OFFICE = """battery.charge: 100
battery.runtime: 240
device.mfr: APC
device.model: Back-UPS 700
driver.name: dummy-ups
ups.mfr: APC
ups.model: Back-UPS 700
ups.status: OL
"""


def copied(source: Path, folder: Path) -> Path:
    """A copy with rights that root accepts, whatever those of the checkout are."""
    shutil.copytree(source, folder, copy_function=shutil.copyfile, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which pip has installed the example package, without any network."""
    folder = tmp_path_factory.mktemp("package")
    source = copied(EXAMPLES / "itaudit-ups", folder / "source")
    words = ("--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--target")
    argv = [sys.executable, "-m", "pip", "install", *words, str(folder / "installed"), str(source)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "installed"


@pytest.fixture(scope="module")
def drop_in_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(EXAMPLES / "drop_in", tmp_path_factory.mktemp("drop_in") / "checks")


@pytest.fixture(params=["package", "drop_in"])
def catalogue(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Catalogue:
    """Everything found with one of the two examples."""
    if request.param == "drop_in":
        return discover(request.getfixturevalue("drop_in_folder"))
    monkeypatch.syspath_prepend(str(request.getfixturevalue("installed")))
    return discover()


@pytest.fixture
def example(catalogue: Catalogue) -> Any:
    """The module of the example's check; Any, because mypy cannot know what is loaded at run time."""
    return catalogue.checks["power.ups_battery"].module


def facts_of(example: Any) -> Any:
    return sys.modules[example.Ups.__module__]


def findings(machine: api.Machine, catalogue: Catalogue, answers: dict[api.Question, api.Answer | str]) -> list[Finding]:
    return list(run(Recorded(machine, answers), catalogue, Configuration(), areas=["power"]).findings)


def test_the_example_is_found_with_its_check_and_its_table(catalogue: Catalogue) -> None:
    assert catalogue.problems == []
    found = catalogue.checks["power.ups_battery"]
    assert found.title == "Battery units carry the machines through a power cut"
    assert "nobody notices" in found.why
    assert catalogue.sections["ups"].model_validate({}).model_dump() == {"server": SERVER}


@pytest.mark.parametrize(
    ("flags", "minutes", "status", "words"),
    [
        ("OL", 30, api.Status.OK, "lasts 30 min"),
        ("OL", 10, api.Status.OK, "lasts 10 min"),
        ("OL", 9.9, api.Status.WARN, "lasts 9 min"),
        ("OL", 5, api.Status.WARN, "lasts 5 min"),
        ("OB DISCHRG", 4.9, api.Status.FAIL, "lasts 4 min"),
        ("OL RB", 30, api.Status.FAIL, "asks for a new battery"),
        ("OL RB", None, api.Status.FAIL, "asks for a new battery"),
        ("OL BYPASS", 30, api.Status.FAIL, "battery carries nothing"),
        ("OFF", 30, api.Status.FAIL, "battery carries nothing"),
        ("OL", None, api.Status.UNKNOWN, "does not say"),
    ],
)
def test_a_battery_that_is_worn_unused_or_unseen_is_not_well(
    example: Any, flags: str, minutes: float | None, status: api.Status, words: str
) -> None:
    ups = example.Ups("office", "APC", frozenset(flags.split()), None if minutes is None else minutes * 60)
    verdict = example.ups_battery(ups, example.Settings())
    assert verdict.status is status
    assert words in verdict.summary
    assert bool(verdict.unlock) == (status is api.Status.UNKNOWN)


def test_a_unit_that_is_switched_off_needs_a_switch_and_no_new_battery(example: Any) -> None:
    verdict = example.ups_battery(example.Ups("office", "", frozenset({"OFF"}), 1800.0), example.Settings())
    assert verdict.remedy.action.startswith("Switch the UPS")
    assert verdict.remedy.cost is None


def test_each_unit_is_judged_and_one_without_its_cable_is_unknown(
    machine: api.Machine, catalogue: Catalogue, example: Any
) -> None:
    facts = facts_of(example)
    stale = api.Answer(exit_code=1, errors="Init SSL without certificate database\nError: Data stale\n")
    office, shop = findings(
        machine,
        catalogue,
        {
            facts.list_question(SERVER): "office\nshop\n",
            facts.unit_question("office", SERVER): OFFICE,
            facts.unit_question("shop", SERVER): stale,
        },
    )
    assert (office.subject, office.status) == ("UPS office", api.Status.FAIL)
    assert office.verdict.measurements == (api.Measurement("runtime", 240.0, api.Unit.SECONDS),)
    assert "APC Back-UPS 700" in office.verdict.detail
    assert (shop.subject, shop.status, shop.verdict.detail) == ("UPS shop", api.Status.UNKNOWN, "Error: Data stale")


def test_a_server_without_units_is_skipped_and_a_missing_program_is_unknown(
    machine: api.Machine, catalogue: Catalogue, example: Any
) -> None:
    question = facts_of(example).list_question(SERVER)
    (none,) = findings(machine, catalogue, {question: ""})
    assert none.status is api.Status.SKIPPED
    (blind,) = findings(machine, catalogue, {question: api.Answer.missing(api.ToolMissing("upsc"))})
    assert (blind.status, blind.verdict.unlock) == (api.Status.UNKNOWN, "Install upsc.")


@pytest.fixture(scope="module")
def facts(drop_in_folder: Path) -> Any:
    return discover(drop_in_folder).checks["power.ups_battery"].module


@given(st.sampled_from(["", "ups.status: OL\n"]), st.text(), st.text(alphabet="0123456789.eE-+naif\u0663", max_size=12))
def test_whatever_a_unit_says_becomes_a_fact_or_is_unreadable(facts: Any, status: str, text: str, seconds: str) -> None:
    with contextlib.suppress(api.Missing):
        ups = facts.read_ups("office", f"{text}\n{status}battery.runtime: {seconds}\n")
        assert ups.flags
        assert ups.runtime_seconds is None or 0 <= ups.runtime_seconds < 10**9


def test_a_unit_that_was_not_heard_yet_is_no_fact(facts: Any) -> None:
    with pytest.raises(api.TimedOut):
        facts.read_ups("office", "driver.name: dummy-ups\nups.status: WAIT\n")


def test_a_server_that_is_no_address_is_refused(facts: Any) -> None:
    for wrong in ("", "-l", "a b", "$(id)"):
        with pytest.raises(ValueError, match="server"):
            facts.UpsServer(server=wrong)
    assert facts.UpsServer(server="[::1]:3493").server == "[::1]:3493"


@pytest.fixture(params=["package", "drop_in"])
def scanned(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], list[dict[str, Any]]]:
    """`scanned("127.0.0.1:3493")`: the findings of `itaudit scan --only power`, run with one of the two examples."""
    dropped = request.param == "drop_in"
    plugins = f"[plugins]\nfolder = {json.dumps(str(request.getfixturevalue('drop_in_folder')))}\n" if dropped else ""
    more = {} if dropped else {"PYTHONPATH": str(request.getfixturevalue("installed"))}

    def scan(server: str) -> list[dict[str, Any]]:
        (tmp_path / "power.toml").write_text(f'{plugins}[ups]\nserver = "{server}"\n')
        argv = [sys.executable, "-m", "itaudit", "scan", "--only", "power", "--config", "power.toml", "--json", "out.json"]
        everything = {**environment(tmp_path), **more}
        done = subprocess.run(argv, env=everything, cwd=tmp_path, capture_output=True, text=True, timeout=90, check=False)
        assert done.returncode in (0, 1), done.stderr
        return findings_of(tmp_path / "out.json")

    return scan


def test_a_server_that_does_not_answer_is_unknown_never_well(scanned: Callable[[str], list[dict[str, Any]]]) -> None:
    (finding,) = scanned("127.0.0.1:1")
    assert (finding["check"], finding["verdict"]["status"]) == ("power.ups_battery", "unknown")
    assert finding["verdict"]["unlock"]


class Units:
    """A real upsd on loopback with two simulated units: office, which lasts 4 minutes, and shop, whose battery is worn."""

    FOLDER = Path("/lib/nut")

    def __init__(self, folder: Path, stack: contextlib.ExitStack) -> None:
        self.server = f"127.0.0.1:{free_port(socket.SOCK_STREAM)}"
        self._folder, self._stack = folder, stack
        shop = OFFICE.replace("ups.status: OL", "ups.status: OL RB")
        sections = "".join(f"[{name}]\ndriver = dummy-ups\nport = {name}.dev\n" for name in ("office", "shop"))
        address = self.server.replace(":", " ")
        files = {
            "ups.conf": sections,
            "upsd.conf": f"LISTEN {address}\n",
            "upsd.users": "",
            "office.dev": OFFICE,
            "shop.dev": shop,
        }
        for name, content in files.items():
            (folder / name).write_text(content)
            (folder / name).chmod(0o640)
        for name in ("office", "shop"):
            self._start("dummy-ups", "-a", name)
        self._start("upsd")
        self._wait_for("office", "shop")

    def _start(self, program: str, *words: str) -> None:
        argv = [str(self.FOLDER / program), *words, "-F", "-u", getpass.getuser()]
        places = dict.fromkeys(("NUT_CONFPATH", "NUT_STATEPATH", "NUT_ALTPIDPATH"), str(self._folder))
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(
            argv, env={**os.environ, **places}, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
        )
        self._stack.callback(end_group, process)

    def _wait_for(self, *names: str) -> None:
        """Until each has said how it is: upsd answers WAIT for a unit that it has not heard yet."""
        for name in names:
            wait_until(functools.partial(self._is_heard, name), f"the laboratory of battery units has heard {name}")

    def _is_heard(self, name: str) -> bool:
        question = ["upsc", f"{name}@{self.server}", "ups.status"]
        return subprocess.run(question, capture_output=True, text=True, timeout=60, check=False).stdout.startswith("OL")


@pytest.fixture
def units(needs: Callable[..., str]) -> Iterator[Units]:
    needs("upsc", "nut-client")
    needs("upsd", "nut-server")
    with contextlib.ExitStack() as stack:
        yield Units(stack.enter_context(short_folder("ups")), stack)


def test_a_scan_asks_a_real_server_for_all_its_units(scanned: Callable[[str], list[dict[str, Any]]], units: Units) -> None:
    verdicts = {finding["subject"]: finding["verdict"] for finding in scanned(units.server)}
    assert {subject: verdict["status"] for subject, verdict in verdicts.items()} == {"UPS office": "fail", "UPS shop": "fail"}
    assert "lasts 4 min" in verdicts["UPS office"]["summary"]
    assert "asks for a new battery" in verdicts["UPS shop"]["summary"]
