"""The result of a restore test, as a page and as text."""

from __future__ import annotations

import textwrap
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from itaudit.api import readable_bytes
from itaudit.drill.comparing import Compared, Result
from itaudit.reports.words import readable_time
from itaudit.text import clean

_SHOWN = 20
_FEW = 20
"""Below so many files a test is called small."""
_NAME_LENGTH = 300
_COLUMNS = 80
_VALUE_COLUMN = 34


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was proved of one backup.

    estimate_seconds: how long bringing all of it back would take, from and to; None where too little came back to say.
    opened: how many files of a known kind opened. damaged: (file, what is wrong) of those that did not, though they came back.
    already_damaged: the same of files whose originals are equally damaged: the backup is not to blame.
    asked: how many files were wanted. too_large, unclear: as in Sample, files that could not be in the test.
    signature: as noted in the log, hexadecimal; key: the public key that goes with it.
    """

    backup: str
    place: str
    product: str
    host: str
    who: str
    when: datetime
    saved_at: datetime
    state: str
    seed: int
    compared: tuple[Compared, ...]
    seconds: float
    all_files: int
    all_bytes: int
    estimate_seconds: tuple[float, float] | None = None
    opened: int = 0
    damaged: tuple[tuple[str, str], ...] = ()
    already_damaged: tuple[tuple[str, str], ...] = ()
    asked: int = 0
    too_large: int = 0
    unclear: int = 0
    list_sha256: str = ""
    signature: str = ""
    key: str = ""

    def count(self, result: Result) -> int:
        return Counter(one.result for one in self.compared)[result]

    @property
    def restored(self) -> int:
        """Files that came back."""
        return len(self.compared) - self.count(Result.LOST)

    @property
    def failed(self) -> int:
        """Files that did not come back, or came back unusable."""
        return self.count(Result.LOST) + len(self.damaged)

    @property
    def size_bytes(self) -> int:
        return sum(one.size_bytes for one in self.compared)

    @property
    def proven(self) -> bool:
        """As the scan judges it: something came back, all of it, and unchanged."""
        return self.restored > 0 and not self.failed and not self.count(Result.DIFFERENT)

    @property
    def verdict(self) -> str:
        if not self.proven:
            return "NOT PROVEN: files would be lost"
        same = self.count(Result.SAME)
        if not same:
            return f"PARTLY PROVEN: {_files(self.restored)} came back, and none has an original left to compare it with"
        if same == len(self.compared):
            return f"PROVEN: {same} of {same} files came back and equal their originals, byte for byte"
        return f"PROVEN: all {_files(self.restored)} came back, and {same} of them equal their originals, byte for byte"

    @property
    def limits(self) -> str:
        """What the test leaves open, in words; "" when nothing."""
        tested, same = len(self.compared), self.count(Result.SAME)
        parts = []
        if tested < _FEW:
            holds_more = tested < self.all_files
            why = ("no more were asked for" if tested == self.asked else "no more fit") if holds_more else "it holds no more"
            parts.append(f"a small test of {_files(tested)}: {why}")
        elif same < _FEW:
            parts.append(f"only {same} could be compared with originals")
        if self.too_large:
            parts.append(f"{_files(self.too_large)} too large for this test")
        if self.unclear:
            parts.append(f"{_files(self.unclear)} with names that cannot be told apart")
        return "; ".join(parts)

    @property
    def faults(self) -> list[tuple[str, str]]:
        """(file, what is wrong), safe to show; at most 20."""
        bad = [(one.path, one.why) for one in self.compared if one.result in (Result.LOST, Result.DIFFERENT)]
        return [(clean(path, _NAME_LENGTH), clean(why, _NAME_LENGTH)) for path, why in (*bad, *self.damaged)][:_SHOWN]

    @property
    def more_faults(self) -> int:
        return max(0, self.failed + self.count(Result.DIFFERENT) - _SHOWN)

    @property
    def estimate(self) -> str:
        if self.estimate_seconds is None:
            return "cannot be said: too little came back"
        low, high = (readable_time(seconds) for seconds in self.estimate_seconds)
        return low if low == high else f"between {low} and {high}"

    @property
    def rows(self) -> list[tuple[str, str]]:
        """What the page and the text show, as (name, value), safe to show."""
        changed = self.count(Result.BACK)
        pairs = [
            ("Backup", f"{self.backup} ({self.product}, {self.place})"),
            ("Computer", self.host),
            ("Saved", f"{self.saved_at:%Y-%m-%d %H:%M} UTC"),
            ("Tested", f"{self.when:%Y-%m-%d %H:%M} UTC by {self.who}"),
            ("Files brought back", f"{self.restored} of {len(self.compared)} ({readable_bytes(self.size_bytes)})"),
            ("Equal to the original", f"{self.count(Result.SAME)} (SHA-256)"),
            ("Not comparable", f"{changed}: the original was changed, is gone or cannot be read" if changed else "0"),
            ("Other contents", str(self.count(Result.DIFFERENT))),
            ("Not brought back", str(self.count(Result.LOST))),
            ("Archives and databases opened", f"{self.opened} of {self.opened + len(self.damaged) + len(self.already_damaged)}"),
            ("Not covered", self.limits or "nothing to note"),
            ("This took", readable_time(self.seconds)),
            ("All of it would take", f"{self.estimate} ({_files(self.all_files)}, {readable_bytes(self.all_bytes)})"),
            ("Saved state", self.state),
            ("Seed of the sample", str(self.seed)),
            ("SHA-256 of the list", self.list_sha256),
            ("Signature (Ed25519)", self.signature),
            ("Public key", self.key),
        ]
        return [(name, clean(value, _NAME_LENGTH)) for name, value in pairs]


def as_text(certificate: Certificate) -> str:
    """For the terminal; nothing in it moves the cursor."""
    lines = ["RESTORE CERTIFICATE", *_wrapped(clean(certificate.verdict)), ""]
    for name, value in certificate.rows:
        lines += _row(name, value)
    if certificate.faults:
        lines += ["", "What would be lost:", *(f"  {path}: {why}" for path, why in certificate.faults)]
        lines += [f"  and {certificate.more_faults} more"] if certificate.more_faults else []
    if certificate.already_damaged:
        lines += ["", "Damaged on this computer too, so the backup is not to blame:"]
        lines += [f"  {clean(path, _NAME_LENGTH)}: {clean(why)}" for path, why in certificate.already_damaged[:_SHOWN]]
    return "\n".join(lines) + "\n"


def _wrapped(line: str, indent: int = 0) -> list[str]:
    """Broken between words; one that is too long for a line is left whole, to be copied."""
    return textwrap.wrap(line, _COLUMNS, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False)


def _row(name: str, value: str) -> list[str]:
    if len(value) > _COLUMNS - _VALUE_COLUMN and " " not in value:
        return [f"  {name}:", f"    {value}"]
    return _wrapped(f"  {name + ':':<{_VALUE_COLUMN - 3}} {value}", _VALUE_COLUMN)


def as_html(certificates: list[Certificate]) -> str:
    """One page for all: a single file that runs nothing and fetches nothing."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.get_template("certificate.html.j2").render(certificates=certificates, clean=clean)


def _files(number: int) -> str:
    return f"{number} file{'' if number == 1 else 's'}"
