"""Which of many paths exist, asked all at once."""

from __future__ import annotations

from collections.abc import Sequence

from itaudit import api


def paths_question(pattern: str) -> api.Glob:
    return api.Glob(pattern, most=20)


def paths_there(ask: api.Ask, patterns: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Pattern -> paths that match it, at most 20, without the patterns that match none.

    Raises api.Missing when none was answered. A folder that this user may not read counts as empty, as for every program.
    """
    found, errors = {}, []
    for pattern, answer in zip(patterns, ask.many([paths_question(pattern) for pattern in patterns]), strict=True):
        try:
            paths = answer.json
        except api.Missing as error:
            errors.append(error)
            continue
        if isinstance(paths, list) and paths:
            found[pattern] = tuple(str(path)[:300] for path in paths[:20])
    if len(errors) == len(patterns) and errors:
        raise errors[0]
    return found
