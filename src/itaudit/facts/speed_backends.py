"""What the programs print that measure the speed of a line, read into one shape; one function for each, and the table of them.

Each of them has a way to end well without having measured: a speed of nothing is never believed (`Figures` are above 0).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from itaudit import api

Number = Annotated[float, Field(ge=0, le=1e15, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=2**63)]
INSTALL = {
    "iperf3": "Install iperf3 (apt install iperf3), on this machine and on your server.",
    "librespeed": "Install librespeed-cli (https://github.com/librespeed/speedtest-cli).",
    "ookla": "Install Ookla's speedtest (https://www.speedtest.net/apps/cli).",
    "ndt7": "Install ndt7-client (https://github.com/m-lab/ndt7-client-go).",
}
TRY_AGAIN = "Run the speed test again later, or choose another one in [internet] speed_backend."


@dataclass(frozen=True, slots=True)
class Figures:
    """Mbit/s, both above 0. bytes_moved: None when the program does not tell."""

    down_mbps: float
    up_mbps: float
    bytes_moved: int | None


class Output(BaseModel):
    """One run of a program."""

    text: str
    errors: str = ""
    exit_code: int | None = None

    def documents(self) -> list[dict[str, Any]]:
        """The objects that it printed: one JSON text, a list of objects, or one object a line. Other lines are left out."""
        try:
            whole = json.loads(self.text)
        except (ValueError, RecursionError):
            whole = [_line(line) for line in self.text.splitlines()]
        return [one for one in (whole if isinstance(whole, list) else [whole]) if isinstance(one, dict)]

    def failed(self, why: str = "") -> api.Missing:
        """It measured nothing: why, in its own words."""
        shown = " ".join((why or self.errors or self.text)[:300].split())
        return api.Unreadable(f"exit code {self.exit_code}: {shown}", TRY_AGAIN)


def _line(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


class _Speedtest(BaseModel):
    """speedtest-cli: bit/s. librespeed-cli, in Mbit/s, has the same names."""

    download: Number
    upload: Number
    bytes_received: Count
    bytes_sent: Count


def _one(outputs: list[Output]) -> Output:
    if len(outputs) != 1:
        raise api.Unreadable(f"{len(outputs)} results of a speed test instead of one")
    return outputs[0]


def _last(outputs: list[Output], wanted: Callable[[dict[str, Any]], bool] = lambda _: True) -> tuple[Output, dict[str, Any]]:
    """The last object of the one output that is wanted. Raises Unreadable when the program failed or printed none."""
    output = _one(outputs)
    found = [document for document in output.documents() if wanted(document)]
    if not found or output.exit_code not in (0, None):
        raise output.failed()
    return output, found[-1]


def speedtest_cli(outputs: list[Output], per_megabit: float = 1e6) -> Figures:
    """speedtest-cli 2.1.3: ends well even when every transfer failed, with a download of 0 and an invented upload
    (it counts what it handed to the network). So both sums of bytes must be more than nothing too."""
    body = _Speedtest.model_validate(_last(outputs)[1])
    if not (body.bytes_received and body.bytes_sent):
        raise api.Unreadable(f"the speed test moved {body.bytes_received} bytes down and {body.bytes_sent} up", TRY_AGAIN)
    return Figures(body.download / per_megabit, body.upload / per_megabit, body.bytes_received + body.bytes_sent)


def librespeed(outputs: list[Output]) -> Figures:
    """librespeed-cli --json: a list with one object for each server (an object alone before version 1.0.10), in Mbit/s."""
    return speedtest_cli(outputs, per_megabit=1.0)


class _Sum(BaseModel):
    bits_per_second: Number
    bytes: Count


class _Iperf3End(BaseModel):
    sum_received: _Sum


class _Iperf3(BaseModel):
    end: _Iperf3End


def iperf3(outputs: list[Output]) -> Figures:
    """iperf3 -J, first down (-R), then up: what the receiver got. It ends with 0 even when it was refused; `error` tells."""
    if len(outputs) != 2:
        raise api.Unreadable(f"{len(outputs)} results of iperf3 instead of two")
    sums = []
    for output in outputs:
        document = next(iter(output.documents()), {})
        if "error" in document or output.exit_code not in (0, None):
            raise output.failed(str(document.get("error", "")))
        sums.append(_Iperf3.model_validate(document).end.sum_received)
    down, up = sums
    return Figures(down.bits_per_second / 1e6, up.bits_per_second / 1e6, down.bytes + up.bytes)


class _OoklaWay(BaseModel):
    bandwidth: Number
    bytes: Count


class _Ookla(BaseModel):
    download: _OoklaWay
    upload: _OoklaWay


def ookla(outputs: list[Output]) -> Figures:
    """Ookla's speedtest --format=json: lines, of which one has the type "result"; bandwidth in bytes a second."""
    if "unrecognized arguments: --format" in _one(outputs).errors:
        raise api.ToolMissing("Ookla's speedtest (the speedtest here is speedtest-cli)")
    body = _Ookla.model_validate(_last(outputs, lambda document: document.get("type") == "result")[1])
    return Figures(8 * body.download.bandwidth / 1e6, 8 * body.upload.bandwidth / 1e6, body.download.bytes + body.upload.bytes)


class _Pair(BaseModel):
    Value: Number
    Unit: str


def ndt7(outputs: list[Output]) -> Figures:
    """ndt7-client -format=json -quiet: errors as {"Key": "error"}, and a summary with {"Value", "Unit"} for each direction, which
    newer versions wrap in {"Throughput"}."""
    output = _one(outputs)
    for document in output.documents():
        value = document.get("Value")
        if document.get("Key") == "error":
            raise output.failed(str(value.get("Failure", "")) if isinstance(value, dict) else "")
    summary = _last(outputs, lambda document: "Download" in document)[1]
    ways = []
    for name in ("Download", "Upload"):
        way = summary.get(name)
        pair = _Pair.model_validate(way.get("Throughput", way) if isinstance(way, dict) else way)
        if pair.Unit != "Mbit/s":
            raise api.Unreadable(f"a speed in {pair.Unit[:20]!r}")
        ways.append(pair.Value)
    return Figures(ways[0], ways[1], None)


BACKENDS: Mapping[str, Callable[[list[Output]], Figures]] = {
    "speedtest-cli": speedtest_cli,
    "iperf3": iperf3,
    "librespeed": librespeed,
    "ookla": ookla,
    "ndt7": ndt7,
}
_OUTPUTS = TypeAdapter(Annotated[list[Output], Field(max_length=4)])


def figures(answer: api.Answer, backend: str) -> Figures:
    """Read the answer of a Speed question. Raises the recorded Missing, or Unreadable when nothing was really transferred."""
    try:
        body = answer.json
    except api.ToolMissing as error:
        raise api.ToolMissing(error.detail, INSTALL.get(backend, "")) from error
    try:
        outputs = _OUTPUTS.validate_python(body.get("outputs") if isinstance(body, dict) else None)
        found = BACKENDS[backend](outputs)
    except ValidationError as error:
        raise api.Unreadable(f"not the result of a speed test: {error.errors()[0]['msg']}", TRY_AGAIN) from error
    if not (found.down_mbps > 0 and found.up_mbps > 0) or found.bytes_moved == 0:
        raise api.Unreadable(f"a speed of {found.down_mbps:g} Mbit/s down and {found.up_mbps:g} up", TRY_AGAIN)
    return found
