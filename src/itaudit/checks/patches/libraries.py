"""Running programs use the files that are installed now.

An update replaces files on the disk. A program that was running before keeps the old ones, holes included, until it is restarted.
"""

import re
from datetime import datetime, timedelta

from itaudit import api
from itaudit.facts.libraries_in_use import OldProgram, ProgramsInUse

SHOWN = 30
WITH_THE_MACHINE = re.compile(
    r".*\.scope|(?:user|getty|serial-getty|autovt|xrdp|vncserver|rc-local|systemd-logind|elogind|dbus).*"
    r"|(?:network|NetworkManager|ModemManager|systemd-network|ifup|dhc|wicked|connman|iwd|wpa_supplicant|ppp|bluetooth).*"
    r"|(?:openvpn|wg-quick|tailscale|zerotier|tinc|bird|quagga|frr).*|(?:open|free|libre|strong)swan.*"
    r"|(?:gdm|kdm|nodm|slim|lightdm|sddm|wdm|xdm|lxdm|display-manager|greetd).*"
    r"|(?:docker|containerd|libvirt|virt|lxc|pve|xen|corosync|pacemaker|ceph|gluster|iscsi|open-iscsi|multipath|zfs-fuse).*"
)
"""Units whose restart ends sessions, connections, guests or disks; needrestart leaves most of them alone too."""


class Settings(api.CheckSettings):
    waiting_days: api.AtMost = api.AtMost(warn=1, fail=14)
    """Days for which a program may go on with replaced files. Where it is not known since when, it is a warning."""


FIX = api.Remedy(
    "Restart the programs that still run old versions.",
    api.Effort.MINUTES,
    steps=(
        "sudo systemctl restart UNIT   # each service named in the detail; outside working hours where people depend on it",
        "Programs of a person who is logged in: log out and in again.",
        'Those marked "with the machine", and where many are named: sudo systemctl reboot   # outside working hours',
    ),
    undo="Not needed: the old files are gone from the disk.",
    verify="sudo grep -lE '^[^ ]+ ..x. .* /(usr|lib|opt).*\\(deleted\\)$' /proc/[0-9]*/maps names none of them; scan again.",
    if_you_wait="The fixes are installed, but the old, faulty versions go on running.",
)


def _line(program: OldProgram) -> str:
    since = f", since {program.since:%Y-%m-%d}" if program.since else ""
    more = f" and {len(program.files) - 3} more" if len(program.files) > 3 else ""
    marked = ": with the machine, or log out" if WITH_THE_MACHINE.fullmatch(program.unit) else ""
    where = f" ({program.unit}{marked})" if program.unit else ""
    return f"{program.name or '?'}{where}, {program.processes} x: {', '.join(program.files[:3])}{more}{since}"


@api.check(severity=api.Severity.MEDIUM, sources=("CIS v8.1 7.3", "proc_pid_maps(5), needrestart(1)"))
def libraries(programs: ProgramsInUse, machine: api.Machine, limits: Settings) -> api.Verdict:
    """The longest counts."""
    unseen = (
        f"{programs.unseen} {'process' if programs.unseen == 1 else 'processes'} refused to be looked at"
        if programs.unseen
        else ""
    )
    if not programs.old:
        # Those that refuse an ordinary user are the services, and they matter most.
        refused = programs.unseen > (programs.seen if machine.admin else 0)
        if refused or not programs.complete:
            summary = f"Only {programs.seen} of the running programs could be looked at; none of them uses replaced files."
            unlock = "Look by hand: sudo needrestart -b" if machine.admin else "Run itaudit as root (sudo itaudit scan)."
            return api.verdict(api.Status.UNKNOWN, summary, unlock=unlock)
        return api.verdict(api.Status.OK, f"None of the {programs.seen} running programs uses replaced files.", detail=unseen)
    many = len(programs.old)
    detail = "\n".join(map(_line, programs.old[:SHOWN])) + (f"\n... and {many - SHOWN} more" if many > SHOWN else "")
    summary = f"{many} running {'program still uses' if many == 1 else 'programs still use'} files that an update has replaced"
    moments: list[datetime] = [program.since for program in programs.old if program.since]
    if not moments:
        return api.verdict(api.Status.WARN, f"{summary}.", detail=detail, fix=FIX)
    days = max(0.0, (machine.now - min(moments)) / timedelta(days=1))
    return api.verdict(
        limits.waiting_days.judge(days),
        f"{summary}, the first {api.readable_days(days)} ago.",
        api.Measurement("old_programs", many, api.Unit.COUNT),
        detail=detail,
        fix=FIX,
    )
