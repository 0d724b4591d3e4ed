"""Nobody controls the machine from elsewhere unless that is wanted.

Helpers leave such programs behind, and swindlers on the telephone have people install them. Whoever knows the number and the
password is then at the keyboard, past every other door.
"""

import shlex
from dataclasses import replace

from itaudit import api
from itaudit.facts.remote_access import FLATPAKS, RemoteTool

FIX = api.Remedy(
    "Ask whose the program for remote control is, and remove it if nobody needs it.",
    api.Effort.MINUTES,
    steps=(
        "Ask who installed it, when it was last used, and who knows its password.",
        "Nobody knows of it? dpkg --search PLACE   # names its package; then: sudo apt-get purge PACKAGE",
        "On Fedora, openSUSE: rpm --query --file PLACE; then: sudo dnf remove PACKAGE, or sudo zypper remove PACKAGE",
    ),
    verify="ls PLACE says: No such file or directory; scan again.",
    if_you_wait="Somebody outside may watch and use this machine at any time, and it looks like ordinary work.",
    who="you and your IT person",
)


def _fix(tool: RemoteTool) -> api.Remedy:
    place = shlex.quote(tool.places[0])
    removal = FIX.steps[1:]
    if tool.places[0].startswith(FLATPAKS):
        removal = (f"Nobody knows of it? sudo flatpak uninstall {shlex.quote(tool.places[0].removeprefix(FLATPAKS))}",)
    steps = (
        *(step.replace("PLACE", place) for step in (FIX.steps[0], *removal)),
        f'It is yours? itaudit.toml: [security] remote_access = ["{tool.key}"]',
    )
    return replace(FIX, steps=steps, verify=FIX.verify.replace("PLACE", place))


@api.check(severity=api.Severity.MEDIUM, sources=("CIS v8.1 2.3, Address Unauthorized Software", "CIS v8.1 13.5"))
def remote_access(tool: RemoteTool) -> api.Verdict:
    """A question rather than a fault, so a warning. Private networks and tunnels give reach only: for the records."""
    detail = f"{', '.join(tool.places)}; starts with the machine: {tool.starts}"
    if tool.accepted:
        return api.verdict(api.Status.OK, f"{tool.name} is here, and named as wanted.", detail=detail)
    if tool.tunnel:
        summary = f"{tool.name} can connect this machine with networks elsewhere. Is this yours?"
        return api.verdict(api.Status.WARN, summary, detail=detail, fix=_fix(tool), severity=api.Severity.INFO)
    summary = f"{tool.name} lets somebody control this machine from elsewhere. Is this yours?"
    return api.verdict(api.Status.WARN, summary, detail=detail, fix=_fix(tool))
