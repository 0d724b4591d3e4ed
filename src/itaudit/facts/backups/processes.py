"""Backup programs that run at this moment, by their command lines: what no schedule of this machine tells of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from itaudit import api
from itaudit.facts.backups.products import PRODUCTS
from itaudit.facts.backups.repository import Repository
from itaudit.facts.backups.script_text import repositories_in

_TOOLS = "restic|borg|duplicity|rclone|rsnapshot|rsync|kopia|rdiff-backup|proxmox-backup-client|tarsnap|tar|dar|vzdump|syncoid"
_AGENTS = "|".join(re.escape(name) for product in PRODUCTS for name in product.programs)
_MOST_LINES = 500
_LINE_LENGTH = 4000
_LINE = re.compile(r"\d{1,10} (?P<command>.+)")


def processes_question() -> api.Command:
    """Only backup programs: what else people run is nobody's business. pgrep leaves itself out."""
    return api.Command(("pgrep", "-a", "-f", f"(^|/)({_TOOLS}|{_AGENTS})( |$)"), timeout=5.0)


def running_commands(answer: api.Answer) -> tuple[str, ...]:
    """Command lines, words parted by blanks. None where they could not be had: then only the schedules tell."""
    if answer.error or answer.exit_code not in (0, None):
        return ()
    lines = answer.body.split("\n")[:_MOST_LINES]
    return tuple(match["command"][:_LINE_LENGTH] for line in lines if (match := _LINE.fullmatch(line)))


def repositories_of(commands: tuple[str, ...]) -> Iterator[Repository]:
    """What runs is told and not opened: anybody can start a program under any name, and choose what root would read."""
    for command in commands:
        for found in repositories_in(command, {}, "a running program"):
            yield replace(found, problem=f"{found.product} was seen saving to it, and itaudit opens nothing unasked")
