"""Only the administrator can read the password of the backup.

Who has that password can read every file in the backup, and delete the backup before locking the originals.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.backups.secrets import SecretFile

FIX = api.Remedy(
    "Let only the administrator read the password file of the backup.",
    api.Effort.MINUTES,
    steps=(
        "chown root:root FILE",
        "chmod 600 FILE",
        "change the password if others had access: restic key passwd, borg key change-passphrase",
    ),
    undo="chmod back to the mode in the detail",
    verify="stat -c '%a %U:%G' FILE",
    if_you_wait="Any program or person with an account on this machine can read and delete the backup.",
)


@api.check(severity=api.Severity.MEDIUM, sources=("CIS v8.1 3.3", "restic manual, Preparing a new repository"))
def secret_files(secret: SecretFile) -> api.Verdict:
    """The file counts as open only when its folder lets people in."""
    detail = f"{secret.subject}: mode {secret.mode:04o}, group {secret.group}, folder {secret.folder_mode:04o}"
    if secret.for_everybody:
        summary = f"Everyone with an account on this machine can get at the password of {secret.backup}."
        return api.verdict(api.Status.FAIL, summary, detail=detail, fix=FIX)
    if secret.for_a_group:
        summary = f"A group of people on this machine can get at the password of {secret.backup}."
        return api.verdict(api.Status.WARN, summary, detail=detail, fix=FIX)
    return api.verdict(api.Status.OK, f"Only the administrator can read the password of {secret.backup}.", detail=detail)
