"""Speed tests that run for real here: iperf3 and speedtest-cli. (librespeed-cli, Ookla's speedtest and ndt7-client do not.)"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from itaudit import api
from itaudit.evidence.live import Live
from itaudit.evidence.questions_network import Speed
from itaudit.facts.internet import endpoint
from itaudit.facts.loaded_line import parse_moments
from itaudit.facts.speed_backends import figures


def test_iperf3_is_run_down_and_up_while_the_host_is_pinged(iperf3_server: str, open_port: int) -> None:
    host, port = endpoint(iperf3_server)
    answer = Live().ask(Speed("iperf3", host=host, port=port, seconds=1, ping_host="127.0.0.1", ping_tcp_port=open_port))
    found = figures(answer, "iperf3")
    assert found.down_mbps > 1
    assert found.up_mbps > 1
    # The server's own word of what it sent and got: first -R, then without.
    reverse = [output["text"].count('"reverse":\t1') for output in answer.json["outputs"]]
    assert reverse == [1, 0]
    moments = parse_moments(answer)
    assert found.bytes_moved
    # Without what was moved before the first echo and after the last: most of it, on a machine that has nothing else to do.
    assert moments[-1][2] - moments[0][2] >= found.bytes_moved / 10
    assert any(one[1] is not None for one in moments)


def test_iperf3_ends_well_when_refused_and_still_nothing_is_measured(needs: Callable[..., str], closed_port: int) -> None:
    needs("iperf3")
    answer = Live().ask(Speed("iperf3", host="127.0.0.1", port=closed_port, seconds=1))
    with pytest.raises(api.Unreadable, match="Connection refused"):
        figures(answer, "iperf3")


def test_an_iperf3_server_that_never_speaks_is_a_timeout(needs: Callable[..., str], mute_server: str) -> None:
    needs("iperf3")
    host, port = endpoint(mute_server)
    answer = Live().ask(Speed("iperf3", host=host, port=port, seconds=1, ping_host="127.0.0.1", timeout=2.0))
    with pytest.raises(api.TimedOut):
        figures(answer, "iperf3")


def test_programs_that_are_not_installed_are_named_with_where_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    for backend, program in (("librespeed", "librespeed-cli"), ("ndt7", "ndt7-client")):
        with pytest.raises(api.ToolMissing, match=program) as raised:
            figures(Live().ask(Speed(backend)), backend)
        assert "https://" in raised.value.unlock


def test_the_other_program_of_the_name_speedtest_is_not_taken_for_ooklas(monkeypatch: pytest.MonkeyPatch) -> None:
    # speedtest-cli installs a program called speedtest too, beside this interpreter.
    folder = Path(sys.executable).parent
    assert (folder / "speedtest").is_file()
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(api.ToolMissing, match="is speedtest-cli"):
        figures(Live().ask(Speed("ookla")), "ookla")


def test_a_backend_nobody_knows_is_missing() -> None:
    assert Live().ask(Speed("carrier pigeon")).problem == "tool_missing"
