"""Updates of programs from Homebrew, by the lists that were fetched last. Changes nothing.

Homebrew refuses to work for root: then this is unknown. Nobody tells which of these updates close holes.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from itaudit import api
from itaudit.facts.updates import ARCHIVE, Archive, PackageManager, Update
from itaudit.facts.updates.listed import modified, paths, unseen

SUBJECT = "programs from Homebrew"
PROGRAMS = ("/opt/homebrew/bin/brew", "/usr/local/bin/brew", "/home/linuxbrew/.linuxbrew/bin/brew")
# Without the first, it would fetch its lists before it answers.
_ENVIRONMENT = (("HOMEBREW_NO_AUTO_UPDATE", "1"), ("HOMEBREW_NO_ANALYTICS", "1"), ("HOMEBREW_NO_ENV_HINTS", "1"))
AS_OWNER = "Run itaudit as the user who installed Homebrew, without sudo."


def outdated_question(program: str) -> api.Command:
    return api.Command((program, "outdated", "--json=v2"), timeout=40.0, environment=_ENVIRONMENT)


def cache_question(program: str) -> api.Command:
    return api.Command((program, "--cache"), timeout=10.0, environment=_ENVIRONMENT)


def parse_outdated(document: Any) -> list[Update]:
    """Of `brew outdated --json=v2`. Raises api.Unreadable on another shape."""
    if not isinstance(document, dict) or not {"formulae", "casks"} <= document.keys():
        raise api.Unreadable("brew outdated: not the second version of its JSON")
    entries = [*_list(document["formulae"]), *_list(document["casks"])]
    return [_update(entry) for entry in entries]


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise api.Unreadable("brew outdated: not a list of programs")
    return value


def _update(entry: Any) -> Update:
    if not isinstance(entry, dict):
        raise api.Unreadable("brew outdated: not a program")
    name, new, old = entry.get("name"), entry.get("current_version"), entry.get("installed_versions")
    # Older ones write the one version of a cask as a text.
    versions = [old] if isinstance(old, str) else old
    if not (isinstance(name, str) and name and isinstance(new, str) and isinstance(versions, list)):
        raise api.Unreadable("brew outdated: a program without a name or versions")
    installed = ", ".join(version[:100] for version in versions[-3:] if isinstance(version, str))
    return Update(name[:200], installed, new[:100], (), security=None, held=entry.get("pinned") is True)


def _list_of(ask: api.Ask, program: str) -> Archive:
    """Its list, fetched from its makers' server at that time."""
    folder = ask(cache_question(program)).checked_text.strip()
    if not folder.startswith("/") or "\n" in folder:
        raise api.Unreadable(f"brew --cache: {folder[:200]!r}")
    return Archive("Homebrew", "Homebrew", "formula", modified(ask, f"{folder}/api/formula.jws.json"))


@api.provider("linux", "macos", seconds=60)
def brew(ask: api.Ask) -> api.Facts[PackageManager]:
    """What Homebrew knows. Nothing where it is not installed in one of its three places."""
    for program in PROGRAMS:
        try:
            if not paths(ask, program, 1):
                continue
            answer = ask(outdated_question(program))
            if "as root" in answer.errors:
                raise api.AccessDenied("Homebrew does not work for root", AS_OWNER)
            found, archive = parse_outdated(answer.json), _list_of(ask, program)
        except api.Missing as error:
            yield unseen("brew", SUBJECT, error, "brew update")
            return
        since = archive.published
        dated = tuple(
            Update(u.package, u.installed, u.candidate, ("Homebrew",), None, u.held, None, since, released_from=ARCHIVE)
            if since
            else u
            for u in found
        )
        # Its folder of links changes with every installation and update.
        changed = modified(ask, str(PurePosixPath(program).parent.parent / "opt"))
        yield PackageManager("brew", dated, (archive,), changed, False, SUBJECT, "brew update", ("brew update", "brew upgrade"))
        return
