"""Backups made by programs that itaudit cannot look into: what they save is unknown, never "no backup".

Their traces are looked for (products.py); nothing in those files is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from itaudit import api
from itaudit.facts.backups.processes import processes_question, running_commands
from itaudit.facts.backups.products import PRODUCTS, Product
from itaudit.facts.backups.repository import Repository, seen
from itaudit.facts.backups.settings import Backups

_INTERPRETER = re.compile(r"python[\d.]*|perl|sh|bash|dash")


@api.provider("linux", seconds=30)
def unread_products(ask: api.Ask, settings: Backups) -> api.Facts[Repository]:
    """Yield one Repository for each product that left a trace: it is known, and cannot be looked into."""
    if not settings.find:
        return
    commands = running_commands(ask(processes_question()))
    patterns = [pattern for product in PRODUCTS for pattern in product.traces]
    answers = ask.many([api.Glob(pattern, most=1) for pattern in patterns])
    found = dict(zip(patterns, map(_first, answers), strict=True))
    for product in PRODUCTS:
        trace = next((found[pattern] for pattern in product.traces if found[pattern]), "")
        if trace := trace or _running(product, commands):
            yield seen(product.name, trace)


def _running(product: Product, commands: Sequence[str]) -> str:
    return next((f"the running program {name}" for name in product.programs if name in set(_names(commands))), "")


def _names(commands: Sequence[str]) -> Iterator[str]:
    """The file name of each program, and of the script that it runs (`python3 /usr/bin/vorta`)."""
    for command in commands:
        program, *others = (word.rpartition("/")[2] for word in command.split(maxsplit=2)[:2])
        yield program
        if _INTERPRETER.fullmatch(program):
            yield from others


def _first(answer: api.Answer) -> str:
    try:
        paths = answer.json
    except api.Missing:
        return ""
    return str(paths[0]) if isinstance(paths, list) and paths else ""
