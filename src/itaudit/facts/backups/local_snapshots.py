"""Earlier states of a file system that snapper keeps on the same disk: a help against mistakes, and no backup alone.

Read from its files (snapper-configs(5)): SUBVOLUME of each configuration, and NUMBER/info.xml, whose dates are UTC.
"""

from __future__ import annotations

import glob
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from itaudit import api

CONFIGURATIONS = "/etc/snapper/configs/*"
_FOLDER = re.compile(r'^[ \t]*SUBVOLUME="?(?P<folder>/[^"\n]{0,1000})"?[ \t]*$', re.MULTILINE)
_NUMBER = re.compile(r"/(?P<number>\d{1,18})/info\.xml$")
# Not an XML parser: of a file that anybody may have damaged, one date is wanted.
_DATE = re.compile(r"<date>(?P<date>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)</date>")
_LIMIT_BYTES = 64 * 2**10


@dataclass(frozen=True, slots=True)
class LocalSnapshots:
    """subject: the folder, the pool, or "the system". count: how many earlier states of it are kept.

    newest: UTC time of the last, None without any. own_disk: are they on the file system that they are states of?
    """

    subject: str
    product: str
    count: int
    newest: datetime | None
    own_disk: bool = True


@api.provider("linux", seconds=20)
def snapper_snapshots(ask: api.Ask) -> api.Facts[LocalSnapshots]:
    """Yield what each configuration of snapper keeps; a Gap where it cannot be read."""
    for path in ask(api.Glob(CONFIGURATIONS, most=50)).json:
        try:
            text = ask(api.ReadFile(str(path), limit_bytes=_LIMIT_BYTES)).text
            if not (match := _FOLDER.search(text)):
                raise api.Unreadable(f"{path} names no SUBVOLUME")
            yield _kept(ask, match["folder"])
        except api.Missing as error:
            yield api.Gap(str(path), error)


def parse_date(text: str) -> datetime:
    """Return the UTC time in an info.xml. Raises Unreadable where there is none."""
    try:
        if not (match := _DATE.search(text)):
            raise ValueError("no date")
        return datetime.fromisoformat(match["date"]).replace(tzinfo=UTC)
    except ValueError as error:
        raise api.Unreadable(f"info.xml of a snapshot: {error}") from error


def _kept(ask: api.Ask, folder: str) -> LocalSnapshots:
    top = folder.rstrip("/")
    # Without root the folder shows nothing: that is not "no snapshots".
    error = ask(api.FileStatus(f"{top}/.snapshots/.")).error
    if error:
        raise error
    names = ask(api.Glob(f"{glob.escape(top)}/.snapshots/*/info.xml", most=100_000)).json
    numbered = {int(match["number"]): str(name) for name in names if (match := _NUMBER.search(str(name)))}
    newest = parse_date(ask(api.ReadFile(numbered[max(numbered)], limit_bytes=_LIMIT_BYTES)).text) if numbered else None
    return LocalSnapshots(folder, "snapper", len(numbered), newest)
