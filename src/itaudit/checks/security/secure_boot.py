"""The machine starts only systems that it knows.

Without this, somebody with the machine in hand can start another system, or plant a program that runs before all protection.
"""

from itaudit import api
from itaudit.facts.secure_boot import SecureBoot

FIX = api.Remedy(
    "Turn on the check of signatures when the machine starts.",
    api.Effort.HOURS,
    steps=(
        "mokutil --sb-state; dpkg --list shim-signed 'grub-efi-*-signed'   # the signed starter has to be installed first",
        "dkms status   # modules built on this machine must be signed with an enrolled key first: mokutil --import",
        "Have the recovery keys of encrypted disks at hand: they may be asked for once.",
        "Restart into the firmware (sudo systemctl reboot --firmware-setup), restore the factory keys, turn on Secure Boot.",
    ),
    undo="Turn Secure Boot off in the firmware.",
    verify="mokutil --sb-state says: SecureBoot enabled.",
    if_you_wait="Whoever gets hold of the machine for minutes can plant what no later check sees.",
)


@api.check(severity=api.Severity.LOW, sources=("UEFI 2.10, chapter 32", "CIS v8.1 4.1, Secure Configuration Process"))
def secure_boot(boot: SecureBoot) -> api.Verdict:
    """Off is a warning and no failure: many machines with drivers of their own run so for a reason."""
    setup = {True: "; setup mode: no keys are enrolled", False: "; keys are enrolled", None: ""}[boot.setup]
    if boot.on:
        return api.verdict(api.Status.OK, "The machine starts only systems that it knows.", detail=f"SecureBoot = 1{setup}")
    return api.verdict(api.Status.WARN, "The machine starts any system it is given.", detail=f"SecureBoot = 0{setup}", fix=FIX)
