"""The table [backups]."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from itaudit.facts.backups.settings import Backups, RepositorySettings

GOOD = {"name": "office", "product": "restic", "location": "/mnt/usb", "password_file": "/etc/restic/password"}


def test_a_repository_is_taken() -> None:
    settings = Backups.model_validate({"repositories": [GOOD]})
    assert settings.repositories[0].location == "/mnt/usb"


@pytest.mark.parametrize(
    "change",
    [
        {"location": ""},
        {"location_file": "/etc/restic/location"},
        {"password_command": "cat /x"},
        {"product": "tar"},
        {"paths": ["home"]},
        {"pasword_file": "/x"},
        {"environment": {"AWS_SECRET_ACCESS_KEY": "x"}},
        {"environment": {"BORG_PASSPHRASE": "x"}},
        {"product": "borg", "location": "", "location_file": "/x"},
        {"source": "/home"},
        {"product": "rclone", "location": ":webdav,pass=x:office"},
        {"product": "rclone", "location": "drive,token=x:office"},
        {"product": "rclone", "location": "drive:office", "source": "home"},
        {"product": "rsnapshot", "location": "rsnapshot.conf"},
        {"product": "dumps", "location": "nas:dumps"},
    ],
)
def test_what_contradicts_itself_or_holds_a_secret_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        RepositorySettings.model_validate(GOOD | change)


@pytest.mark.parametrize("name", ["AWS_SHARED_CREDENTIALS_FILE", "RCLONE_CONFIG", "BORG_RSH", "BORG_KEY_FILE"])
def test_variables_that_only_point_somewhere_are_taken(name: str) -> None:
    assert RepositorySettings.model_validate(GOOD | {"environment": {name: "/x"}}).environment == {name: "/x"}


@pytest.mark.parametrize(
    "change",
    [
        {"product": "rclone", "location": "drive:a,b", "source": "/home"},
        {"product": "rsnapshot", "location": "/etc/rsnapshot.conf"},
        {"product": "dumps", "location": "/var/backups/postgresql"},
        {"product": "duplicity", "location": "file:///mnt/usb", "source": "/"},
    ],
)
def test_every_product_has_its_kind_of_location(change: dict[str, object]) -> None:
    assert RepositorySettings.model_validate(GOOD | change).location == change["location"]


def test_two_repositories_of_one_name_are_refused() -> None:
    with pytest.raises(ValidationError, match="office"):
        Backups.model_validate({"repositories": [GOOD, GOOD]})
