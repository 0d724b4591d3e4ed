"""What the owner tells of the business: read, refused in one line, and needed by backups."""

from __future__ import annotations

from typing import Any

import pytest

from itaudit.config_validation import validate
from itaudit.errors import UserError
from itaudit.facts.backups.data import ImportantData, named_data
from itaudit.facts.backups.settings import Backups, RepositorySettings
from itaudit.facts.business import Business, BusinessProcess, ProcessSettings, business_processes
from itaudit.plugins import discover

GOOD = {"name": "invoicing", "folders": ["/srv/office"], "most_lost_hours": 4}


def test_a_process_is_told_with_its_folders_and_hours() -> None:
    configuration = validate({"business": {"processes": [GOOD, {"name": "letters", "folders": ["/home"]}]}}, discover(), "here")
    business = configuration.section(Business)
    assert isinstance(business, Business)
    assert list(business_processes.function(business)) == [
        BusinessProcess("invoicing", ("/srv/office",), 4.0),
        BusinessProcess("letters", ("/home",), 24.0),
    ]


@pytest.mark.parametrize(
    ("processes", "words"),
    [
        ([{**GOOD, "most_lost_hours": 0}], "greater than 0"),
        ([{**GOOD, "most_lost_hours": float("inf")}], "must be"),
        ([{**GOOD, "most_lost_hours": "four"}], "must be a number"),
        ([{**GOOD, "folders": []}], "folders must name at least one"),
        ([{**GOOD, "folders": ["srv"]}], "begin with a slash: srv"),
        ([{**GOOD, "name": ""}], "must not be empty"),
        ([{**GOOD, "hours": 4}], "unknown setting"),
        ([GOOD, GOOD], "two processes are called 'invoicing'"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(processes: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(UserError) as refused:
        validate({"business": {"processes": processes}}, discover(), "here")
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_the_business_needs_must_be_in_a_backup_once() -> None:
    """/home is looked at anyway, as one of the folders that hold data on most machines."""
    given = RepositorySettings(name="office", product="restic", location="/mnt/usb", paths=("/srv/x", "/srv/x"))
    business = Business(
        processes=(
            ProcessSettings(name="invoicing", folders=("/srv/office", "/home")),
            ProcessSettings(name="letters", folders=("/srv/office",)),
        )
    )
    found = list(named_data.function(Backups(repositories=(given,)), business))
    assert found == [ImportantData("/srv/x", "office"), ImportantData("/srv/office")]
