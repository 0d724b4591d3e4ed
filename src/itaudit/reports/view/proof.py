"""Page 7, proof of work: the newest restore test of each backup, where it went well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from itaudit.model import Finding
from itaudit.reports.view.context import SHORT, Book
from itaudit.reports.viewmodel import Certificate, Proof, Row
from itaudit.reports.words import counted, day, moment, readable_time, sentence
from itaudit.text import clean

if TYPE_CHECKING:
    from itaudit.facts.backups.certificates import NotedTest

CHECK = "backups.restore_proven"
MOST = 12
"""Certificates on the page; the appendix has the line of every test."""

_INTRO = (
    "A backup is worth what comes back from it. These tests brought files back from the newest saved state, "
    "compared them with the originals, and removed them again."
)


def build_proof(book: Book) -> Proof:
    """A certificate for each backup whose newest test went well; the detail of the finding is the line of the log."""
    tests = [finding for finding in book.findings if finding.check == CHECK]
    good = [(finding, noted) for finding in tests if (noted := _read(finding)) and noted.drill.proven]
    rest = len(good) - MOST
    return Proof(
        intro=_INTRO if good else "",
        certificates=tuple(_certificate(book, finding, noted) for finding, noted in good[:MOST]),
        more=sentence(f"{counted(rest, 'more certificate')} can be made from the lines in the appendix") if rest > 0 else "",
    )


def _read(finding: Finding) -> NotedTest | None:
    # What checks lines is loaded only where there are some: the summary on the terminal needs neither.
    from itaudit.facts.backups.certificates import read_certificate

    return read_certificate(finding.verdict.detail)


def _certificate(book: Book, finding: Finding, noted: NotedTest) -> Certificate:
    return Certificate(
        ref=book.ref(finding),
        backup=clean(noted.drill.backup, SHORT),
        tone=finding.status.value,
        age=sentence(f"tested on {day(noted.drill.when)}{_too_old(finding)}"),
        verdict=_verdict(noted),
        rows=_filled(_owner(noted)),
        technical=_filled(_technical(noted)),
    )


def _too_old(finding: Finding) -> str:
    return ", which is long ago: it is time for the next test" if finding.open else ""


def _verdict(noted: NotedTest) -> str:
    back = noted.drill.restored
    if noted.same is None:
        return sentence(f"{counted(back, 'file')} came back")
    if noted.same >= back:
        return sentence(f"{counted(back, 'file')} came back, and every one equals its original to the last character")
    if not noted.same:
        return sentence(f"{counted(back, 'file')} came back, and none has an original left to compare it with")
    others = (
        "the original of the other one is" if back - noted.same == 1 else f"the originals of the other {back - noted.same} are"
    )
    equal = f"{noted.same} of them equal their originals to the last character"
    return sentence(f"{counted(back, 'file')} came back; {equal}, and {others} changed, gone or closed to us")


def _owner(noted: NotedTest) -> tuple[tuple[str, str], ...]:
    from itaudit.api import readable_bytes

    size = f" ({readable_bytes(noted.bytes)})" if noted.bytes else ""
    whole = (
        f"{noted.all_files:,} files, {readable_bytes(noted.all_bytes)}" if noted.all_files and noted.all_bytes is not None else ""
    )
    return (
        ("Computer", noted.host),
        ("Saved on", day(noted.saved) if noted.saved else ""),
        ("Tested by", noted.who),
        ("Brought back", f"{counted(noted.drill.restored, 'file')}{size}"),
        ("Opened", counted(noted.opened, "archive or database", "archives and databases") if noted.opened else ""),
        ("This took", readable_time(noted.drill.seconds) if noted.drill.seconds else ""),
        ("All of it would take", _whole_time(noted)),
        ("All of it is", whole),
        ("What the test leaves open", noted.limits),
    )


def _whole_time(noted: NotedTest) -> str:
    if noted.estimate is None:
        return ""
    low, high = map(readable_time, sorted(noted.estimate))
    return low if low == high else f"between {low} and {high}"


def _technical(noted: NotedTest) -> tuple[tuple[str, str], ...]:
    signed = "Ed25519, and it fits" if noted.signed else "none: noted by hand"
    return (
        ("Place", " ".join(filter(None, (noted.place, noted.product and f"({noted.product})"))) if noted.place else ""),
        ("Saved state", noted.state),
        ("Tested at", moment(noted.drill.when)),
        ("Seed of the sample", "" if noted.seed is None else str(noted.seed)),
        ("SHA-256 of the list", noted.list_sha256),
        ("Signature", signed),
        ("Signature in full", noted.signature if noted.signed else ""),
        ("Public key", noted.key if noted.signed else ""),
    )


def _filled(pairs: tuple[tuple[str, str], ...]) -> tuple[Row, ...]:
    return tuple(Row(label, value) for label, value in pairs if value)
