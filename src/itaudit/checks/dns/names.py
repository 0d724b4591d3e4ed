"""The web addresses that are looked after are really yours.

When none is named, itaudit looks at the name this machine seems to belong to. That is a guess: it may be the name of somebody
else, and your other names are not looked at.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.names import OwnName


@api.check(severity=api.Severity.INFO, sources=("itaudit's own choice: a guess is said to be one",))
def names(name: OwnName) -> api.Verdict:
    """Did the owner name it?"""
    if not name.guessed_from:
        return api.verdict(
            api.Status.OK, f"{name.subject} is looked after, because you named it.", detail=f"[targets] {name.name}"
        )
    words = f"{name.subject} was looked at because {name.guessed_from} on this machine names it: this is a guess."
    fix = api.Remedy(
        "Name your web addresses in itaudit.toml.",
        steps=("Write into itaudit.toml, with all names that you own:", "[targets]", f'domains = ["{name.name}"]'),
        undo="Remove the line.",
        verify="itaudit scan --only dns says of each name that it is looked after because you named it",
        if_you_wait="Names that nobody looks after can stop working, or run out, unnoticed.",
    )
    detail = f"[targets] domains is empty; {name.guessed_from} gives {name.name}"
    return api.verdict(api.Status.WARN, words, detail=detail, fix=fix, severity=api.Severity.INFO)
