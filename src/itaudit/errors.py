"""Why something could not be known, as one small tree; and what a user did wrong.

A provider raises a `Missing` (or yields it inside a Gap); the engine turns it into a finding. Check authors never catch these.
"""

from __future__ import annotations

from typing import ClassVar


class ItauditError(Exception):
    """Base of every error of ours."""


class UserError(ItauditError):
    """Wrong use, configuration or input: one line that says what to do. The command line prints it and exits with 2."""


class Missing(ItauditError):
    """A fact could not be had. `kind` is recorded in bundles; `unlock` says what makes it visible, for the report."""

    kind: ClassVar[str] = "missing"
    words: ClassVar[str] = "nothing could be read"
    """Read as a reason ("..., because "), after a name ("192.0.2.1: ") and before a detail: so never "it"."""

    def __init__(self, detail: str = "", unlock: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.unlock = unlock or self.default_unlock()

    def default_unlock(self) -> str:
        return ""


class NotApplicable(Missing):
    """Proved not to apply here: the finding is skipped, not unknown."""

    kind = "not_applicable"
    words = "it does not apply here"


class ToolMissing(Missing):
    """The program that would answer is not installed. `detail` is the program's name."""

    kind = "tool_missing"
    words = "the program that can tell is not installed"

    def default_unlock(self) -> str:
        return f"Install {self.detail}." if self.detail else "Install the missing program."


class AccessDenied(Missing):
    """The operating system refused to show it to this user."""

    kind = "access_denied"
    words = "this user may not see it"

    def default_unlock(self) -> str:
        return "Run itaudit as root (sudo itaudit scan)."


class TimedOut(Missing):
    """No answer within the time allowed."""

    kind = "timed_out"
    words = "no answer came in time"

    def default_unlock(self) -> str:
        return "Find out why it hangs, then scan again; --deadline gives it more time."


class Unreachable(Missing):
    """The network or the other side refused: no route, refused connection, reset."""

    kind = "unreachable"
    words = "no connection could be made"

    def default_unlock(self) -> str:
        return "Scan again when the network connection works."


class NotFound(Missing):
    """The file or record is not there."""

    kind = "not_found"
    words = "what is needed for it is missing"


class NotRunning(Missing):
    """Only a running machine could tell, and a disk is looked at (scan --root)."""

    kind = "not_running"
    words = "only the running machine can tell"

    def default_unlock(self) -> str:
        return "Scan that machine itself while it runs."


class NotRecorded(Missing):
    """The recording was made by an older version, or under other settings, and never asked this."""

    kind = "not_recorded"
    words = "the recording does not hold it"

    def default_unlock(self) -> str:
        return "Record the machine again with this version."


class Unreadable(Missing):
    """It answered, but not in a form that can be trusted: empty, cut, binary, too long or not what the tool documents."""

    kind = "unreadable"
    words = "the answer made no sense"

    def default_unlock(self) -> str:
        return "Run the command in the evidence by hand and look at what it prints."


class Crashed(Missing):
    """A check or provider of ours or of a plugin failed on something it should have handled: a bug, never a verdict."""

    kind = "crashed"
    words = "the part of itaudit that looks at it failed"

    def default_unlock(self) -> str:
        return "This is a bug: report it with the recording (itaudit scan --record F.jsonl.gz)."


class Interrupted(Missing):
    """The scan was stopped (Ctrl-C) before this was looked at."""

    kind = "interrupted"
    words = "the scan was stopped before it got there"

    def default_unlock(self) -> str:
        return "Scan again and let it finish."


class SwitchedOff(Missing):
    """The configuration disables the check. It stays in the score: not looking never raises a grade."""

    kind = "switched_off"
    words = "it is switched off in the configuration"

    def default_unlock(self) -> str:
        return "Remove enabled = false from itaudit.toml."


KINDS: dict[str, type[Missing]] = {
    error.kind: error
    for error in (
        NotApplicable,
        ToolMissing,
        AccessDenied,
        TimedOut,
        Unreachable,
        NotFound,
        NotRunning,
        NotRecorded,
        Unreadable,
        Crashed,
        Interrupted,
        SwitchedOff,
    )
}
