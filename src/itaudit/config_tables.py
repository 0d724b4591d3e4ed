"""The tables of itaudit.toml that belong to itaudit itself. Facts and checks declare their own beside what they look at."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Words: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class ScanTable(_Table):
    """[scan]: how a scan runs."""

    deadline_seconds: float = Field(120.0, gt=0, le=86_400)
    """The whole scan ends within this time; what has not answered is unknown."""
    fail_on: Literal["low", "medium", "high", "critical"] = "high"
    """Exit code 1 when a finding of at least this severity fails."""
    strict: bool = False
    """Exit code 3 when something could not be checked."""


class AcceptedRisk(_Table):
    """[[accepted]]: a risk the owner chose to live with."""

    check: str
    """Id of the check, for example dns.dmarc."""
    subject: str = "*"
    """The subject as the report prints it; * and ? are wildcards."""
    by: Words
    """Who decided."""
    reason: Words
    """Why, in words the owner will recognise in a year."""
    since: date | None = None
    """When it was decided; counts for the longest life (critical 90, high 180, other 365 days)."""
    until: date
    """The last day it holds."""


class PluginsTable(_Table):
    """[plugins]: checks of your own."""

    folder: str = ""
    """Drop-in folder with <area>/<name>.py files. As root it must belong to root and be writable by nobody else."""
