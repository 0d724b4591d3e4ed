"""Disks are locked against thieves.

Without a lock on the disk itself, whoever takes the computer or its drive reads everything on it, without any password.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.luks import Locked

FIX = api.Remedy(
    "Set the computer up anew with a locked disk, at the latest when it is replaced.",
    api.Effort.DAY,
    steps=(
        "make a backup and prove that it can be restored",
        "install again and choose encryption of the whole disk (LUKS), or: cryptsetup reencrypt --encrypt from a rescue system",
        "keep the recovery key apart from the computer: cryptsetup luksHeaderBackup DEVICE --header-backup-file FILE",
    ),
    verify="lsblk -o NAME,TYPE,MOUNTPOINTS (a line of type crypt lies above MOUNT)",
    if_you_wait="A stolen or discarded computer hands over everything that is on it.",
)


@api.check(severity=api.Severity.MEDIUM, sources=("CIS Controls v8, safeguard 3.6, Encrypt Data on End-User Devices",))
def encryption(place: Locked) -> api.Verdict:
    return api.verdict(
        api.Status.OK if place.encrypted else api.Status.FAIL,
        f"The disk that holds {place.mount} is {'locked' if place.encrypted else 'not locked: whoever has it can read it'}.",
        detail=f"{place.mount}: {' > '.join(place.layers)}; a layer of type crypt: {place.encrypted}",
        fix=FIX,
    )
