"""Object lock of an S3 bucket that restic writes to, by the AWS command line tool, where that is installed.

It signs the request with the keys that restic uses (AWS_SHARED_CREDENTIALS_FILE, ~/.aws); itaudit never sees them.
Three things look like protection and are none. In governance mode keys may be allowed to delete all the same. Without a default
retention nothing is locked, because restic asks for none. And a lock that ends before the oldest copy does leaves open what that
copy, and often all later ones, were made of: restic never saves the same data twice, and prolongs no lock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from pydantic import BaseModel, Field, ValidationError

from itaudit import api
from itaudit.facts.backups.repository import Repository

_PLACE = re.compile(
    r"s3:(?P<scheme>https?://)?(?P<host>[A-Za-z0-9.-]{1,253}(?::\d{1,5})?)/(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/|$)"
)
_LONGEST_DAYS = 36500


class _Retention(BaseModel):
    mode: str = Field(default="", alias="Mode")
    days: int = Field(default=0, alias="Days", ge=0)
    years: int = Field(default=0, alias="Years", ge=0)


class _Rule(BaseModel):
    retention: _Retention = Field(default=_Retention(), alias="DefaultRetention")


class _Configuration(BaseModel):
    enabled: str = Field(alias="ObjectLockEnabled")
    rule: _Rule = Field(default=_Rule(), alias="Rule")


class _Answer(BaseModel):
    configuration: _Configuration = Field(alias="ObjectLockConfiguration")


@dataclass(frozen=True, slots=True)
class ObjectLock:
    """mode: "COMPLIANCE", "GOVERNANCE" or "" for no default retention. lasts: how long every object is locked."""

    mode: str
    lasts: timedelta

    def protects(self, oldest: timedelta) -> bool:
        """Is all locked that the copies are made of, the oldest of this age?"""
        return self.mode == "COMPLIANCE" and self.lasts > oldest

    def __str__(self) -> str:
        return f"object lock, {self.mode.lower()}, {self.lasts.days} days" if self.mode else "object lock without a retention"


def lock_question(repository: Repository) -> api.Command | None:
    """None for a place that is no bucket, or whose name could be taken for something else."""
    if repository.product != "restic" or not (match := _PLACE.match(repository.location)):
        return None
    address = f"{match['scheme'] or 'https://'}{match['host']}"
    argv = ("aws", "s3api", "get-object-lock-configuration", "--output", "json", "--endpoint-url", address)
    bounds = ("--cli-connect-timeout", "5", "--cli-read-timeout", "10", "--bucket", match["bucket"])
    # Its pager would wait for a key; its look for keys at a cloud's own address would wait for nobody.
    quiet = {"AWS_PAGER": "", "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1"}
    environment = tuple(sorted({**dict(repository.environment), **quiet}.items()))
    return api.Command((*argv, *bounds), timeout=20.0, environment=environment)


def parse_lock(text: str) -> ObjectLock:
    """Read `aws s3api get-object-lock-configuration`. Raises Unreadable."""
    try:
        found = _Answer.model_validate_json(text).configuration
    except (ValidationError, ValueError, RecursionError) as error:
        raise api.Unreadable(f"the settings of the bucket: {' '.join(str(error).split())[:200]}") from error
    kept = found.rule.retention
    days = min(kept.days + 365 * kept.years, _LONGEST_DAYS)
    known = found.enabled == "Enabled" and kept.mode in ("COMPLIANCE", "GOVERNANCE") and days
    return ObjectLock(kept.mode if known else "", timedelta(days=days if known else 0))


def object_lock(ask: api.Ask, question: api.Command) -> ObjectLock:
    """Ask for it. Raises Missing; NotFound where the bucket has none."""
    answer = ask(question)
    text = answer.text
    if answer.exit_code:
        said = " ".join(answer.errors.split())[:200]
        error = api.NotFound if "ObjectLockConfigurationNotFound" in said else api.Unreadable
        raise error("the bucket has no object lock" if error is api.NotFound else said)
    return parse_lock(text)
