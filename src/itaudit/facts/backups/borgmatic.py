"""Reads the repositories out of borgmatic's files (YAML; both shapes: before and after version 1.8)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from itaudit import api
from itaudit.facts.backups.fact import place_of
from itaudit.facts.backups.repository import Repository, printed_file


def repositories_in_borgmatic(text: str, found_in: str) -> Iterator[Repository]:
    """Yield the repositories of one file. Raises Unreadable for what is not a borgmatic configuration."""
    import yaml  # only machines with borgmatic pay for it

    try:
        # Depth is bounded by Python itself; dates and numbers that do not exist raise ValueError.
        top = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
        raise api.Unreadable(f"{found_in} is not YAML: {' '.join(str(error).split())[:200]}") from error
    if not isinstance(top, dict):
        raise api.Unreadable(f"{found_in} is not a borgmatic configuration")
    options: dict[Any, Any] = {**top, **_table(top, "location"), **_table(top, "storage")}
    repositories = options.get("repositories")
    for entry in repositories if isinstance(repositories, list) else []:
        location = entry.get("path") if isinstance(entry, dict) else entry
        if isinstance(location, str) and location:
            yield _repository(location, options, found_in)


def _table(top: dict[Any, Any], name: str) -> dict[Any, Any]:
    value = top.get(name)
    return value if isinstance(value, dict) else {}


def _repository(location: str, options: dict[Any, Any], found_in: str) -> Repository:
    command = str(options.get("encryption_passcommand") or "")
    made = Repository(
        subject=place_of(location),
        product="borg",
        location=location,
        password_file=printed_file(command),
        found_in=found_in,
        password_inside="encryption_passphrase" in options and not command,
    )
    problem = ""
    if "[redacted]" in location or "{" in location or "$" in location:
        problem = f"where the backup is kept is worked out from {found_in}, or contains a password"
    elif made.password_inside:
        problem = f"the password is written in {found_in} itself, which itaudit does not take up"
    elif command and not made.password_file:
        problem = f"the password comes from a command in {found_in}, and itaudit runs no commands that it finds"
    return replace(made, problem=problem)
