"""What a line of the log of restore tests tells beyond the counts: enough for a certificate that others can verify.

`itaudit drill` writes these fields. Who notes tests by hand may leave out all of them, and what does not fit is left out too.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from itaudit import api
from itaudit.facts.backups.drills import Drill, parse_drills, untouched

Count = Annotated[int, Field(ge=0, le=10**18)]
Seconds = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
Text = Annotated[str, Field(max_length=2000)]


class NotedTest(BaseModel):
    """One restore test, as it was noted.

    saved: when the state that was tested was saved; state: its name in the backup. sampled: files that were asked for.
    same: those that equal their originals by SHA-256. bytes: together. opened: archives and databases that opened.
    all_files, all_bytes: what the state holds; estimate: seconds that bringing back all of it would take, from and to.
    limits: what the test did not cover, in words. list_sha256: of the list of files (`itaudit.drill.running.list_sha256`).
    signed: is there a signature, and does it fit?
    """

    drill: Drill
    signed: bool = False
    product: Text = ""
    place: Text = ""
    host: Text = ""
    who: Text = ""
    saved: AwareDatetime | None = None
    state: Text = ""
    seed: Count | None = None
    sampled: Count | None = None
    same: Count | None = None
    bytes: Count | None = None
    opened: Count | None = None
    all_files: Count | None = None
    all_bytes: Count | None = None
    estimate: tuple[Seconds, Seconds] | None = None
    limits: Text = ""
    list_sha256: Text = ""
    key: Text = ""
    signature: Text = ""


def read_certificate(line: str) -> NotedTest | None:
    """Return what one line of the log tells; None when it is no such line, or was altered after it was signed."""
    try:
        [drill] = parse_drills(line)
        fields = json.loads(line)
    except (api.Missing, ValueError, RecursionError):
        return None
    if drill.altered:
        return None
    given = {name: fields[name] for name in NotedTest.model_fields if name in fields and name not in ("drill", "signed")}
    return _fitting({**given, "drill": drill, "signed": bool(given.get("signature")) and untouched(fields)})


def _fitting(given: dict[str, Any]) -> NotedTest:
    try:
        return NotedTest.model_validate(given)
    except ValidationError as error:
        wrong = {str(one["loc"][0]) for one in error.errors()}
        return NotedTest.model_validate({name: value for name, value in given.items() if name not in wrong})
