"""All that a check or a fact may import: this module is the plugin API.

    from itaudit import api

A fact's module imports the questions from here too. What is not exported here may change without notice.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from itaudit.addresses import is_address, listed_resolvers
from itaudit.contributions import Ask, CheckSettings, Fact, Facts, Gap, History, Section, check, provider
from itaudit.errors import (
    AccessDenied,
    Missing,
    NotApplicable,
    NotFound,
    NotRecorded,
    TimedOut,
    ToolMissing,
    Unreachable,
    Unreadable,
)
from itaudit.evidence.questions import Answer, Past, PublicData, Question
from itaudit.evidence.questions_machine import (
    AccountTable,
    Command,
    FileStatus,
    FileSystemUsage,
    FolderSizes,
    Glob,
    KernelClock,
    LinkModes,
    ListeningSockets,
    LoginRecords,
    Psutil,
    ReadFile,
    ReplacedFiles,
    WideRights,
)
from itaudit.evidence.questions_network import (
    Dns,
    Http,
    NetworkTime,
    PathMtu,
    Ping,
    Registration,
    Speed,
    TcpConnect,
    Tls,
    ZoneTransfer,
)
from itaudit.limits import AtLeast, AtMost
from itaudit.model import (
    Asset,
    Effort,
    Flag,
    LeadTime,
    Machine,
    Measurement,
    Remedy,
    Severity,
    Status,
    Unit,
    Verdict,
    worst,
)
from itaudit.text import readable_bytes, readable_days
from itaudit.trend import Forecast, Point, forecast_until

__all__ = [
    "AccessDenied",
    "AccountTable",
    "Answer",
    "Ask",
    "Asset",
    "AtLeast",
    "AtMost",
    "CheckSettings",
    "Command",
    "Dns",
    "Effort",
    "Fact",
    "Facts",
    "FileStatus",
    "FileSystemUsage",
    "Flag",
    "FolderSizes",
    "Forecast",
    "Gap",
    "Glob",
    "History",
    "Http",
    "KernelClock",
    "LeadTime",
    "LinkModes",
    "ListeningSockets",
    "LoginRecords",
    "Machine",
    "Measurement",
    "Missing",
    "NetworkTime",
    "NotApplicable",
    "NotFound",
    "NotRecorded",
    "Past",
    "PathMtu",
    "Ping",
    "Point",
    "Psutil",
    "PublicData",
    "Question",
    "ReadFile",
    "Registration",
    "Remedy",
    "ReplacedFiles",
    "Section",
    "Severity",
    "Speed",
    "Status",
    "TcpConnect",
    "TimedOut",
    "Tls",
    "ToolMissing",
    "Unit",
    "Unreachable",
    "Unreadable",
    "Verdict",
    "WideRights",
    "ZoneTransfer",
    "check",
    "forecast_until",
    "is_address",
    "listed_resolvers",
    "provider",
    "readable_bytes",
    "readable_days",
    "verdict",
    "worst",
]


def verdict(
    status: Status,
    summary: str,
    *measurements: Measurement,
    detail: str = "",
    fix: Remedy | None = None,
    severity: Severity | None = None,
    due: date | None = None,
    flags: Iterable[Flag] = (),
    unlock: str = "",
) -> Verdict:
    """Make a Verdict. `summary` is for the owner, `detail` for the technician; `fix` is dropped when all is well."""
    needs_fix = status in (Status.WARN, Status.FAIL)
    return Verdict(
        status=status,
        summary=summary,
        detail=detail,
        measurements=measurements,
        remedy=fix if needs_fix else None,
        severity=severity if needs_fix else None,
        due=due if needs_fix else None,
        flags=frozenset(flags) if needs_fix else frozenset(),
        unlock=unlock,
    )
