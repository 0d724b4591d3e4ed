"""Which folders a borg archive holds, from the command that made it: borg records it; listing the files would take minutes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_OPTIONS = """
    -e --exclude --pattern --patterns-from --exclude-from --exclude-if-present -C --compression -c --checkpoint-interval
    --chunker-params --comment --timestamp --files-cache --filter --stdin-name --stdin-user --stdin-group --stdin-mode
    --paths-delimiter --lock-wait --umask --remote-path --remote-ratelimit --remote-buffer --upload-ratelimit
    --upload-buffer --rsh --debug-topic
"""
_TAKE_A_VALUE = frozenset(_OPTIONS.split())
"""Options of `borg create` (1.1 to 1.4) whose value is the next word."""
_LISTS_ELSEWHERE = ("--patterns-from", "--pattern", "--exclude-from", "--paths-from-stdin", "--paths-from-command")


@dataclass(frozen=True, slots=True)
class Saved:
    """paths: absolute ones. sure: nothing else decided what was saved (lists in files, folders relative to an unknown one)."""

    paths: tuple[str, ...] = ()
    sure: bool = False
    excludes: tuple[str, ...] = ()


def saved_paths(command: Sequence[str]) -> Saved:
    """Read `borg [options] create [options] REPOSITORY::ARCHIVE PATH ...`; not sure of anything when it is something else."""
    words = list(_words(command))
    names = [word for option, word in words if not option]
    archive = next((index for index, name in enumerate(names) if "::" in name), None)
    if "create" not in names or archive is None:
        return Saved()
    roots = names[archive + 1 :]
    absolute = tuple(root for root in roots if root.startswith("/"))
    excludes = tuple(_bare(word) for option, word in words if option in ("-e", "--exclude"))
    elsewhere = any(option in _LISTS_ELSEWHERE for option, _ in words)
    return Saved(absolute, bool(roots) and len(absolute) == len(roots) and not elsewhere, excludes)


def _words(command: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield (option, value) pairs; the option is "" for a plain word, the value "" for a switch."""
    rest = iter(command)
    for word in rest:
        option, equals, value = word.partition("=")
        if not word.startswith("-") or word == "-":
            yield "", word
        elif equals:
            yield option, value
        elif word in _TAKE_A_VALUE:
            yield word, next(rest, "")
        else:
            yield word, ""


def _bare(pattern: str) -> str:
    """`pp:/home`, `fm:`, `sh:` without the style; a regular expression (`re:`) is not judged."""
    style, colon, bare = pattern.partition(":")
    return bare if colon and style in ("pp", "pf", "fm", "sh") else pattern
