"""Public data that an earlier `itaudit data update` brought: files of ours in the state folder. Nothing is fetched here."""

from __future__ import annotations

import re
from pathlib import Path

from itaudit.errors import NotFound, Unreadable
from itaudit.evidence.live_files import read_file
from itaudit.evidence.questions import Answer, PublicData
from itaudit.evidence.questions_machine import ReadFile


def public_data(question: PublicData, folder: Path | None) -> Answer:
    """The text of the file of that name. Raises NotFound where it was never fetched."""
    if not re.fullmatch(r"[a-z]{1,40}", question.name):
        raise Unreadable(f"not a kind of public data: {question.name!r}")
    unlock = "Run: itaudit data update"
    if folder is None:
        raise NotFound(question.name, unlock)
    try:
        return read_file(ReadFile(str(folder / f"{question.name}.json"), limit_bytes=question.limit_bytes))
    except NotFound as error:
        raise NotFound(question.name, unlock) from error
