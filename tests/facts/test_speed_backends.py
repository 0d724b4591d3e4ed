"""What speed programs print.

iperf3 and speedtest-cli are run for real elsewhere (tests/evidence/test_live_speed.py, tests/facts/test_internet_speed.py).
librespeed-cli, Ookla's speedtest and ndt7-client could not be run where this was written: their output here has the shape that
their public sources and documentation give it, with figures of our own.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.facts.speed_backends import BACKENDS, Figures, figures

SPEEDTEST = {"download": 93_500_000.5, "upload": 38_000_000, "ping": 9.1, "bytes_received": 117_000_000, "bytes_sent": 48_000_000}
LIBRESPEED = {
    "timestamp": "2026-11-22T12:00:00Z",
    "server": {"name": "Amsterdam", "url": "https://speed.example.com/"},
    "client": {"ip": "192.0.2.7"},
    "bytes_sent": 48_000_000,
    "bytes_received": 117_000_000,
    "ping": 9,
    "jitter": 0.4,
    "upload": 38.25,
    "download": 93.5,
    "share": "",
}
OOKLA = {
    "type": "result",
    "timestamp": "2026-11-22T12:00:00Z",
    "ping": {"jitter": 0.5, "latency": 8.2, "low": 7.9, "high": 9.3},
    "download": {"bandwidth": 11_687_500, "bytes": 117_000_000, "elapsed": 10_010, "latency": {"iqm": 30.1}},
    "upload": {"bandwidth": 4_781_250, "bytes": 48_000_000, "elapsed": 10_040},
    "isp": "Example",
    "server": {"id": 1, "host": "speed.example.com", "port": 8080},
}
NDT7 = {
    "ServerFQDN": "ndt.example.com",
    "Download": {"UUID": "u-1", "Throughput": {"Value": 93.5, "Unit": "Mbit/s"}, "Latency": {"Value": 9.1, "Unit": "ms"}},
    "Upload": {"UUID": "u-2", "Throughput": {"Value": 38.25, "Unit": "Mbit/s"}},
}
NDT7_OLDER = {
    "Server": "ndt.example.com",
    "Download": {"Value": 93.5, "Unit": "Mbit/s"},
    "Upload": {"Value": 38.25, "Unit": "Mbit/s"},
}
LOG = '{"type": "log", "timestamp": "2026-11-22T12:00:00Z", "message": "cannot be resolved", "level": "warning"}\n'


def iperf3(bits_per_second: float, count: int) -> str:
    return json.dumps(
        {"start": {}, "intervals": [], "end": {"sum_received": {"bytes": count, "bits_per_second": bits_per_second}}}
    )


def answer(*texts: str, exit_code: int = 0, errors: str = "") -> api.Answer:
    outputs = [{"text": text, "exit_code": exit_code, "errors": errors} for text in texts]
    return api.Answer(body=json.dumps({"outputs": outputs, "moments": []}))


GOOD = {
    "speedtest-cli": ([json.dumps(SPEEDTEST)], Figures(93.5000005, 38.0, 165_000_000)),
    "iperf3": ([iperf3(93.5e6, 117_000_000), iperf3(38.25e6, 48_000_000)], Figures(93.5, 38.25, 165_000_000)),
    "librespeed": ([json.dumps([LIBRESPEED])], Figures(93.5, 38.25, 165_000_000)),
    "ookla": ([LOG + json.dumps(OOKLA) + "\n"], Figures(93.5, 38.25, 165_000_000)),
    "ndt7": ([json.dumps(NDT7) + "\n"], Figures(93.5, 38.25, None)),
}


@pytest.mark.parametrize("backend", list(BACKENDS))
def test_every_backend_gives_megabits_down_and_up(backend: str) -> None:
    texts, expected = GOOD[backend]
    assert figures(answer(*texts), backend) == expected


def test_older_versions_print_the_same_otherwise() -> None:
    assert figures(answer(json.dumps(LIBRESPEED)), "librespeed") == GOOD["librespeed"][1]
    assert figures(answer(json.dumps(NDT7_OLDER)), "ndt7") == GOOD["ndt7"][1]


@pytest.mark.parametrize("name", ["download", "upload", "bytes_received", "bytes_sent"])
@pytest.mark.parametrize("backend", ["speedtest-cli", "librespeed"])
def test_a_figure_of_nothing_is_not_a_speed(backend: str, name: str) -> None:
    body = {**(SPEEDTEST if backend == "speedtest-cli" else LIBRESPEED), name: 0}
    with pytest.raises(api.Unreadable):
        figures(answer(json.dumps(body)), backend)


@pytest.mark.parametrize(
    ("backend", "texts"),
    [
        ("iperf3", [iperf3(0, 0), iperf3(38e6, 48_000_000)]),
        ("iperf3", [iperf3(93e6, 10**8), iperf3(0, 0)]),
        ("iperf3", [iperf3(93e6, 10**8)]),
        ("iperf3", ['{"start": {}, "end": {}, "error": "the server is busy running a test"}', iperf3(38e6, 10**7)]),
        ("ookla", [json.dumps({**OOKLA, "upload": {"bandwidth": 0, "bytes": 0, "elapsed": 15_000}})]),
        ("ookla", [LOG]),
        ("ookla", ['{"error": "Configuration - Could not retrieve or read configuration"}']),
        ("ndt7", [json.dumps({**NDT7, "Upload": None})]),
        ("ndt7", [json.dumps({**NDT7, "Upload": {"Throughput": {"Value": 0, "Unit": "Mbit/s"}}})]),
        ("ndt7", [json.dumps({**NDT7, "Upload": {"Throughput": {"Value": 5, "Unit": "furlong/fortnight"}}})]),
        ("ndt7", ['{"Key": "error", "Value": {"Failure": "no server", "Test": "upload"}}\n' + json.dumps(NDT7)]),
        ("librespeed", ["[]"]),
    ],
)  # fmt: skip
def test_a_test_that_failed_in_part_is_unknown_as_a_whole(backend: str, texts: list[str]) -> None:
    with pytest.raises(api.Unreadable):
        figures(answer(*texts), backend)


@pytest.mark.parametrize("backend", list(BACKENDS))
def test_a_program_that_ended_badly_is_not_believed(backend: str) -> None:
    with pytest.raises(api.Unreadable, match="the reason"):
        figures(answer(*GOOD[backend][0], exit_code=1, errors="the reason"), backend)


def test_the_words_of_iperf3_reach_the_technician() -> None:
    refused = (
        '{"start": {"connected": []}, "intervals": [], "end": {}, "error": "unable to connect to server: Connection refused"}'
    )
    with pytest.raises(api.Unreadable, match="Connection refused"):
        figures(answer(refused, refused), "iperf3")


values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["end", "sum_received", "bytes", "bits_per_second", "type", "download", "upload", "Download", "Key", "Value"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.sampled_from(list(BACKENDS)), st.lists(st.text() | values.map(json.dumps), max_size=3), st.text(max_size=20))
def test_any_output_gives_figures_above_nothing_or_a_missing(backend: str, texts: list[str], errors: str) -> None:
    try:
        found = figures(answer(*texts, errors=errors), backend)
    except api.Missing:
        return
    assert found.down_mbps > 0
    assert found.up_mbps > 0


@given(st.sampled_from(list(BACKENDS)), st.text() | values.map(json.dumps) | values.map(lambda one: json.dumps({"outputs": one})))
def test_any_body_is_refused_when_it_holds_no_outputs(backend: str, body: str) -> None:
    with pytest.raises(api.Missing):
        figures(api.Answer(body=body), backend)
