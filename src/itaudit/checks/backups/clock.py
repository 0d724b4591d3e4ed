"""The copies carry believable dates.

A copy dated in the future was written under a wrong clock. Nobody can tell how old it is, and the tidying of old copies
may throw away the wrong ones.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.backups.fact import Backup

FIX = api.Remedy(
    "Set the clock of the computer that writes the backup, then remove the copies with wrong dates.",
    api.Effort.MINUTES,
    steps=(
        "timedatectl status; timedatectl set-ntp true (on the machine that runs the backup, this one included)",
        "list what is dated ahead: restic snapshots; borg list; take a new backup first",
        "restic forget ID; borg delete ::ARCHIVE for those only; until then check what forget --dry-run or prune --dry-run keeps",
    ),
    verify="itaudit scan --only backups",
    if_you_wait="The age of the backup cannot be relied on, and a good copy may be thrown away for one with a wrong date.",
)


@api.check(severity=api.Severity.MEDIUM, sources=("restic manual, Removing snapshots according to a policy",))
def clock(backup: Backup, machine: api.Machine) -> api.Verdict:
    """The fact leaves an hour for clocks that differ a little."""
    detail = f"{backup.product} {backup.place}; now is {machine.now:%Y-%m-%d %H:%M} UTC"
    if not backup.future:
        return api.verdict(api.Status.OK, f"No copy in {backup.subject} is dated in the future.", detail=detail)
    copies = "One copy" if backup.future == 1 else f"{backup.future} copies"
    is_or_are = "is" if backup.future == 1 else "are"
    return api.verdict(api.Status.FAIL, f"{copies} in {backup.subject} {is_or_are} dated in the future.", detail=detail, fix=FIX)
