"""Drives record no new errors.

Every drive keeps a diary of commands that failed.
New entries point at a loose cable, a weak power supply or a drive that begins to fail.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.drive import Drive


@api.check(severity=api.Severity.LOW, sources=("smartctl(8), exit status bit 6",))
def error_log(drive: Drive, past: api.History) -> api.Verdict:
    count = drive.errors_logged
    if count is None:
        return api.verdict(api.Status.SKIPPED, f"{drive.title} keeps no diary of errors.")
    # Old entries never leave the log, so only what came since the last scan says something. Without a serial number there may be
    # another drive at the same place since.
    before = past.series("errors")[-1:] if drive.serial else ()
    new = max(0, count - int(before[0].value)) if before else 0
    return api.verdict(
        api.Status.WARN if new else api.Status.OK,
        f"{drive.title} has recorded {new or 'no'} new error{'' if new == 1 else 's'} since the last scan."
        if before
        else f"{drive.title} has recorded {count or 'no'} error{'' if count == 1 else 's'} in its life; we watch for new ones.",
        api.Measurement("errors", count, api.Unit.COUNT),
        detail=f"{drive.record}: ATA error count {count}",
        fix=_fix(drive),
    )


def _fix(drive: Drive) -> api.Remedy:
    return api.Remedy(
        f"Check the cables of the drive {drive.name} and watch whether the errors go on.",
        steps=(f"smartctl -l xerror {drive.way}", f"smartctl -A {drive.way} (199 counts cable errors)"),
        verify=f"smartctl -l error {drive.way}",
        if_you_wait="The computer may become slow or stop at times.",
    )
