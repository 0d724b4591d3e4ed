"""Passwords within calls of programs: mysqldump -px, sshpass -p x, curl -u user:x; and how a found secret is covered."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from itaudit.evidence.secret_shapes import MORE, NEXT, QUOTED_FOR_SHELL

MARK = "[redacted]"
_QUOTES = ("\\", '"', "'")
_OPENING = re.compile(r"\\*[\"']|")


def covered(secret: str, after: str = "") -> str:
    """[redacted] in the quotes of the secret; with `after` only what follows that sign, as in user:password."""
    quote = closed_quote(secret) if secret[:1] in _QUOTES else ""
    inner = secret[len(quote) : len(secret) - len(quote)]
    kept, sign, hidden = inner.partition(after) if after else ("", "", inner)
    return f"{quote}{kept}{sign}{MARK}{quote}" if hidden else secret


def closed_quote(text: str) -> str:
    """The quote that the text begins and ends with; "" without one."""
    opening = _OPENING.match(text)
    quote = opening[0] if opening else ""
    return quote if len(text) >= 2 * len(quote) and text.endswith(quote) else ""


def replaced(match: re.Match[str], cover: Callable[[str], str]) -> str:
    """The match with its group `secret` covered."""
    if match["secret"] == MARK:
        return match[0]
    start, end = (place - match.start() for place in match.span("secret"))
    return f"{match[0][:start]}{cover(match['secret'])}{match[0][end:]}"


@dataclass(frozen=True, slots=True)
class Tool:
    """Programs that take a password with an option, in it or (`separate`) behind it; in user:password `after` a sign.

    once: what follows the first may be the call of another program, as in `sshpass -p x ssh -p 22`.
    """

    needles: tuple[str, ...]
    options: str
    separate: bool = True
    after: str = ""
    once: bool = False

    @property
    def names(self) -> str:
        return rf"(?:{'|'.join(self.needles)})[\w-]*+"

    def in_call(self, call: str) -> str:
        """A call as a shell reads it, from behind the program's name."""
        between = rf"(?P<between>=|{NEXT})?+" if self.separate else "(?P<between>(?!))?+"
        secret = rf"(?P<secret>(?(between){QUOTED_FOR_SHELL}?+){MORE}*+)"
        pattern = rf"(?<=[\s\"'])(?:{self.options}){between}{secret}"
        return re.sub(pattern, lambda match: replaced(match, self._cover), call, count=int(self.once))

    def in_arguments(self, arguments: Sequence[str]) -> list[str]:
        """The same word by word."""
        left = list(arguments)
        for index, argument in enumerate(arguments):
            match = re.fullmatch(rf"(?P<option>(?:{self.options})=?)(?P<secret>.*)", argument, re.DOTALL)
            if match and match["secret"]:
                left[index] = match["option"] + self._cover(match["secret"])
            elif match and self.separate and index + 1 < len(left):
                left[index + 1] = self._cover(left[index + 1])
            if match and self.once:
                break
        return left

    def _cover(self, secret: str) -> str:
        return covered(secret, self.after)


_USER = r"-[A-Za-z]*[uU]|--(?:proxy-)?user"
TOOLS = (
    Tool(("mysql", "mariadb", "mariabackup", "xtrabackup"), "-p", separate=False),
    Tool(("sshpass",), "-p", once=True),
    Tool(("curl",), _USER, after=":"),
    Tool(("smbclient", "rpcclient"), _USER, after="%"),
    Tool(("lftp",), _USER, after=","),
)
