"""The software built into the machine is up to date.

It starts before everything else, so whoever gets in through a hole in it stays, even when all disks are replaced.
Its makers mend such holes for some years, but hardly anybody installs what they publish.
"""

from datetime import timedelta

from itaudit import api
from itaudit.facts.updates.fwupd import Firmware, FirmwareUpdate


class Settings(api.CheckSettings):
    waiting_days: int = 30
    """Days that an update which closes a hole may wait."""
    other_waiting_days: int = 180
    """Days that any other update may wait."""
    lists_days: int = 60
    """A list of updates older than this many days proves nothing."""
    board_years: int = 3
    """Age in years of the main board's built-in software, where nothing tells whether there is a newer one."""


FIX = api.Remedy(
    "Install the newer built-in software of the machine.",
    api.Effort.MINUTES,
    steps=(
        "Make a backup, connect the mains, and keep the recovery key of an encrypted disk at hand.",
        "fwupdmgr refresh --force",
        "fwupdmgr get-updates",
        "fwupdmgr update",
    ),
    undo="fwupdmgr downgrade, where the maker allows it.",
    verify="fwupdmgr get-updates lists nothing; then scan again.",
    if_you_wait="Holes stay open below the operating system, where no other protection sees who comes through them.",
)
BOARD = api.Remedy(
    "Look on the maker's support page for newer built-in software (BIOS or UEFI) of this model.",
    api.Effort.MINUTES,
    steps=(
        "sudo dmidecode -s system-product-name; sudo dmidecode -s bios-version; sudo dmidecode -s bios-release-date",
        "Compare with the newest version on the maker's support page for this model; install it as written there.",
        "sudo apt-get install fwupd, or the same with dnf or zypper; fwupdmgr get-updates tells it from then on.",
    ),
    undo="As the maker's page says; many main boards do not go back.",
    verify="sudo dmidecode -s bios-release-date shows the date of the newest version.",
    if_you_wait="Holes that the maker has long closed may still be open below the operating system.",
)


def _days(update: FirmwareUpdate, machine: api.Machine) -> float | None:
    return max(0.0, (machine.now - update.released) / timedelta(days=1)) if update.released else None


def _line(update: FirmwareUpdate, machine: api.Machine) -> str:
    days = _days(update, machine)
    out = "" if days is None else f", out for {api.readable_days(days)}"
    holes = f" ({', '.join(update.holes[:10])})" if update.holes else ""
    return f"{update.maker} {update.part}: {update.installed or '?'} -> {update.candidate or '?'}{out}{holes}".strip()


def _many(updates: list[FirmwareUpdate]) -> str:
    return f"{len(updates)} {'part' if len(updates) == 1 else 'parts'}"


def _waiting(found: Firmware, machine: api.Machine, limits: Settings) -> api.Verdict | None:
    """None where nothing waits that matters yet."""
    grave = [update for update in found.updates if update.security]
    detail = "\n".join(_line(update, machine) for update in found.updates[:40])
    if grave:
        ages = [_days(update, machine) for update in grave]
        # One without a date may be old: only what is surely young is a warning.
        young = all(age is not None and age <= limits.waiting_days for age in ages)
        longest = max((age for age in ages if age is not None), default=None)
        since = "" if longest is None else f", for up to {api.readable_days(longest)}"
        summary = f"Newer built-in software that closes holes waits to be installed in {_many(grave)} of this machine{since}."
        return api.verdict(api.Status.WARN if young else api.Status.FAIL, summary, detail=detail, fix=FIX)
    late = [update for update in found.updates if (_days(update, machine) or 0.0) > limits.other_waiting_days]
    if late:
        summary = f"Newer built-in software has been out for more than {limits.other_waiting_days} days for {_many(late)}."
        return api.verdict(api.Status.WARN, summary, detail=detail, fix=FIX, severity=api.Severity.LOW)
    return None


def _board(found: Firmware, machine: api.Machine, limits: Settings) -> api.Verdict:
    """Where nothing tells of newer versions for the main board, its age alone speaks."""
    if found.dated is None:
        summary = "How old the built-in software of the main board is cannot be told, nor whether there is a newer one."
        return api.verdict(api.Status.UNKNOWN, summary, unlock="Look on the maker's support page for this model.")
    years = (machine.now.date() - found.dated).days / 365.25
    summary = f"The built-in software of the main board is {years:.1f} years old, by its own date."
    status = api.Status.WARN if years > limits.board_years else api.Status.OK
    detail = f"dated {found.dated}; {'its maker publishes nothing through fwupd' if found.asked else 'fwupd is not installed'}"
    return api.verdict(status, summary, detail=detail, fix=BOARD, severity=api.Severity.LOW)


@api.check(severity=api.Severity.MEDIUM, sources=("CIS v8.1 7.3", "NIST SP 800-193", "our own choice of numbers"))
def firmware(found: Firmware, machine: api.Machine, limits: Settings) -> api.Verdict:
    """Fails for a hole that its maker closed a month ago; what mends no hole may wait for half a year."""
    if verdict := _waiting(found, machine, limits):
        return verdict
    if not found.main_board:
        return _board(found, machine, limits)
    age = (machine.now - found.listed) / timedelta(days=1) if found.listed else None
    if age is None or age > limits.lists_days:
        known = "was never fetched" if age is None else f"is {api.readable_days(age)} old"
        summary = f"Whether newer built-in software waits is not known: the list of it {known}."
        return api.verdict(api.Status.UNKNOWN, summary, unlock="fwupdmgr refresh")
    parts = "the one part that tells" if found.known == 1 else f"{found.known} parts that tell"
    summary = f"No newer built-in software that matters waits, in {parts} (by a list {api.readable_days(age)} old)."
    return api.verdict(api.Status.OK, summary, detail="\n".join(_line(update, machine) for update in found.updates[:40]))
