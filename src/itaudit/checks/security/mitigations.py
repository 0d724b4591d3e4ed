"""Known flaws of the processor are closed.

Processors have flaws that let one program read what another one holds, passwords included. The system closes them in software.
"""

from dataclasses import replace

from itaudit import api
from itaudit.facts.mitigations import ProcessorFlaws

_PACKAGES = {"GenuineIntel": "intel-microcode", "AuthenticAMD": "amd64-microcode"}
FIX = api.Remedy(
    "Install the updates of the system and of its processor, and restart.",
    api.Effort.MINUTES,
    steps=(
        "sudo apt-get update && sudo apt-get dist-upgrade   # or the package manager of this system: a newer kernel",
        "sudo systemctl reboot   # outside working hours",
    ),
    verify="grep . /sys/devices/system/cpu/vulnerabilities/* shows no line that begins with Vulnerable.",
    if_you_wait="A program that somebody runs here, even inside a web page, may read what others hold in memory.",
)
BACK_ON = replace(
    FIX,
    action="Turn the protection against flaws of the processor back on.",
    steps=(
        "In /etc/default/grub, take the setting named in the detail out of GRUB_CMDLINE_LINUX and GRUB_CMDLINE_LINUX_DEFAULT.",
        "sudo update-grub   # Fedora and the like: sudo grubby --update-kernel=ALL --remove-args='mitigations=off'",
        "sudo systemctl reboot   # outside working hours",
    ),
    undo="Put the setting back. Measure first whether the speed is needed.",
)


def _fix(flaws: ProcessorFlaws) -> api.Remedy:
    package = _PACKAGES.get(flaws.maker) if flaws.microcode else None
    if not package:
        return FIX
    install = f"sudo apt-get install {package}   # from non-free-firmware; elsewhere: microcode_ctl, linux-firmware"
    return replace(FIX, steps=(install, *FIX.steps))


@api.check(severity=api.Severity.LOW, sources=("CIS v8.1 7.3, 4.1", "kernel: admin-guide/hw-vuln"))
def mitigations(flaws: ProcessorFlaws) -> api.Verdict:
    """Switched off on purpose is worse than not closed yet. What no x86 processor leaves open, only its maker can close."""
    detail = "\n".join(f"{name}: {text}" for name, text in flaws.flaws)
    many = len(flaws.open)
    count = api.Measurement("open_flaws", many, api.Unit.COUNT)
    if not many:
        return api.verdict(api.Status.OK, "The known flaws of the processor are closed.", count, detail=detail)
    flaw = f"{many} known {'flaw' if many == 1 else 'flaws'} of the processor"
    if flaws.switched_off:
        detail = f"kernel command line: {' '.join(flaws.switched_off)}\n{detail}"
        summary = f"The protection against {flaw} is switched off."
        return api.verdict(api.Status.FAIL, summary, count, detail=detail, fix=BACK_ON, severity=api.Severity.MEDIUM)
    mild = None if flaws.maker else api.Severity.INFO
    return api.verdict(
        api.Status.WARN, f"{flaw} {'is' if many == 1 else 'are'} open.", count, detail=detail, fix=_fix(flaws), severity=mild
    )
