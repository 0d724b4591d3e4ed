"""The machine was restarted after updates that need it.

Some fixes, above all those of the system's core, take effect only after a restart.
Until then the old, faulty version keeps running.
"""

from datetime import timedelta

from itaudit import api
from itaudit.facts.updates import RestartNeed


class Settings(api.CheckSettings):
    waiting_days: api.AtMost = api.AtMost(warn=0, fail=14)
    """Days that a restart may be due. Where it is not known since when, it is a warning."""


FIX = api.Remedy(
    "Restart the machine outside working hours.",
    api.Effort.MINUTES,
    steps=("sudo systemctl reboot   # somebody must be there where an encrypted disk asks for its password at the start",),
    undo="A restart cannot be undone; the old system core stays in the start menu (GRUB, advanced options).",
    verify="uname -r shows the newest kernel and /run/reboot-required is gone.",
    if_you_wait="Fixes that are installed already do not protect yet.",
)


@api.check(severity=api.Severity.MEDIUM, sources=("CIS v8.1 7.3", "Debian policy on /run/reboot-required (update-notifier)"))
def reboot(restart: RestartNeed, machine: api.Machine, limits: Settings) -> api.Verdict:
    detail = f"running {restart.running_kernel}, up since {restart.booted:%Y-%m-%d}"
    if not restart.needed:
        return api.verdict(api.Status.OK, "No restart is due.", detail=detail)
    detail += f"; newer kernel: {restart.newer_kernel or 'none'}; asked for by: {', '.join(restart.packages) or 'nobody'}"
    if restart.since is None:
        return api.verdict(api.Status.WARN, "A restart is due so that installed updates take effect.", detail=detail, fix=FIX)
    days = max(0.0, (machine.now - restart.since) / timedelta(days=1))
    return api.verdict(
        api.worst(api.Status.WARN, limits.waiting_days.judge(days)),
        f"A restart has been due for {api.readable_days(days)}; until then some installed updates have no effect.",
        api.Measurement("restart_due", days, api.Unit.DAYS),
        detail=detail,
        fix=FIX,
    )
