"""Limits that carry their direction, so that no check compares the wrong way round.

`free_percent: AtLeast = AtLeast(warn=25, fail=10)` reads: at least 25, else warn; at least 10, else fail.
Units are in the name of the setting.
"""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, model_validator

from itaudit.model import Status


class _Limit(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    warn: float
    fail: float

    def __init__(self, **values: Any) -> None:
        # Written out, because pydantic's own signature would hide the two names from mypy.
        super().__init__(**values)

    @model_validator(mode="after")
    def _not_negative(self) -> Self:
        # Nothing that we measure is below 0: such a limit could never alarm, or always would.
        if self.warn < 0 or self.fail < 0:
            raise ValueError(f"warn and fail must not be negative (warn = {self.warn:g}, fail = {self.fail:g})")
        return self


class AtLeast(_Limit):
    """Values below `fail` fail, below `warn` warn. A value of None (nothing to fear) is ok."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.fail > self.warn:
            raise ValueError(f"warn must not be below fail (warn = {self.warn:g}, fail = {self.fail:g})")
        return self

    def judge(self, value: float | None) -> Status:
        if value is None:
            return Status.OK
        return Status.FAIL if value < self.fail else Status.WARN if value < self.warn else Status.OK

    def __str__(self) -> str:
        return f"warn below {self.warn:g}, fail below {self.fail:g}"


class AtMost(_Limit):
    """Values above `fail` fail, above `warn` warn. A value of None is ok."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.fail < self.warn:
            raise ValueError(f"warn must not be above fail (warn = {self.warn:g}, fail = {self.fail:g})")
        return self

    def judge(self, value: float | None) -> Status:
        if value is None:
            return Status.OK
        return Status.FAIL if value > self.fail else Status.WARN if value > self.warn else Status.OK

    def __str__(self) -> str:
        return f"warn above {self.warn:g}, fail above {self.fail:g}"
