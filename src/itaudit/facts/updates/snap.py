"""Updates of snaps. snapd asks its store, as it does by itself four times a day; nothing is changed, and no rights are needed.

Snaps install their updates by themselves: what waits here is held, is in use, or came out within hours.
Nobody tells which of these updates close holes.
"""

from __future__ import annotations

import re

from itaudit import api
from itaudit.facts.updates import Archive, PackageManager, Update
from itaudit.facts.updates.listed import exists, modified, unseen

FOLDER = "/var/lib/snapd/snaps"
SUBJECT = "programs from snap"
INSTALLED = api.Command(("snap", "list", "--color=never", "--unicode=never"), timeout=15.0)
WAITING = api.Command(("snap", "refresh", "--list", "--color=never", "--unicode=never"), timeout=20.0)
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,99})")
_NONE = "All snaps up to date."
_OFFLINE = re.compile(r"unable to contact snap store|no such host|network is unreachable|connection refused|Client\.Timeout")


def parse_table(text: str) -> list[dict[str, str]]:
    """Rows by the words of the first line: Name, Version, Rev, ..., Notes. Raises api.Unreadable on a row that does not fit."""
    lines = [line for line in text.splitlines() if line.strip() and line.strip() != _NONE]
    if not lines:
        return []
    header = lines[0].split()
    rows = [dict(zip(header, line.split(), strict=False)) for line in lines[1:] if len(line.split()) == len(header)]
    if header[:3] != ["Name", "Version", "Rev"] or len(rows) != len(lines) - 1:
        raise api.Unreadable(f"snap: {lines[0][:100]!r}")
    if not all(_NAME.fullmatch(row["Name"]) for row in rows):
        raise api.Unreadable("snap: a strange name of a snap")
    return rows


def _waiting(answer: api.Answer) -> list[dict[str, str]]:
    """Raises api.Unreachable without a way to the store."""
    text = answer.text
    if answer.exit_code not in (0, None) and _OFFLINE.search(answer.errors):
        raise api.Unreachable(answer.errors[:200])
    if answer.exit_code in (0, None) and not text.strip() and _NONE not in answer.errors:
        raise api.Unreadable(f"snap refresh --list says nothing: {answer.errors[:200]!r}")
    return parse_table(answer.checked_text)


def _versions(row: dict[str, str] | None, new: dict[str, str]) -> tuple[str, str]:
    """Many snaps keep their version; then the revision tells them apart."""
    if row is None:
        return "", new["Version"]
    if row["Version"] != new["Version"]:
        return row["Version"], new["Version"]
    return f"{row['Version']} ({row['Rev']})", f"{new['Version']} ({new['Rev']})"


@api.provider("linux", seconds=45)
def snap(ask: api.Ask, machine: api.Machine) -> api.Facts[PackageManager]:
    """What snapd knows. Nothing where no snap is installed."""
    if not exists(ask, f"{FOLDER}/*.snap"):
        return
    try:
        installed, waiting = ask.many([INSTALLED, WAITING])
        rows = {row["Name"]: row for row in parse_table(installed.checked_text)}
        updates = []
        for new in _waiting(waiting):
            own = rows.get(new["Name"])
            held = "held" in (own or {}).get("Notes", "").split(",")
            updates.append(Update(new["Name"], *_versions(own, new), ("snap store",), security=None, held=held))
    except api.Missing as error:
        yield unseen("snap", SUBJECT, error, "snap refresh --list")
        return
    # The store was asked just now.
    archives = (Archive("snap store", "snap store", "snap store", machine.now),)
    changed = modified(ask, FOLDER)
    yield PackageManager("snap", tuple(updates), archives, changed, False, SUBJECT, "snap refresh --list", ("sudo snap refresh",))
