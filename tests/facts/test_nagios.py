"""Monitoring plugins of others, run as checks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.checks.nagios.plugin import plugin
from itaudit.facts.nagios import Nagios, PluginResult, nagios_plugins, read_result

STATUS = {0: api.Status.OK, 1: api.Status.WARN, 2: api.Status.FAIL, 3: api.Status.UNKNOWN}


def script(folder: Path, body: str) -> list[str]:
    path = folder / "check_it"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return [str(path)]


@pytest.mark.parametrize("code", [0, 1, 2, 3])
def test_the_exit_code_of_a_real_plugin_is_the_status(code: int, tmp_path: Path, live: api.Ask) -> None:
    words = script(tmp_path, f"echo \"LOAD - all is so | load=0.5;1;2 'disk /'=12MB time=30ms;;;; bad=x\"; exit {code}")
    results = list(nagios_plugins.function(live, Nagios(plugins={"load": words})))
    assert results == [
        PluginResult(
            "load",
            STATUS[code],
            "LOAD - all is so",
            (
                api.Measurement("load", 0.5, api.Unit.COUNT),
                api.Measurement("disk /", 12e6, api.Unit.BYTES),
                api.Measurement("time", 30, api.Unit.MILLISECONDS),
            ),
        )
    ]
    (result,) = results
    assert isinstance(result, PluginResult)
    assert plugin(result).status is STATUS[code]
    assert len(plugin(result).measurements) == 3


def test_a_plugin_that_hangs_or_is_missing_is_a_gap_and_the_others_run(tmp_path: Path, live: api.Ask) -> None:
    settings = Nagios(
        plugins={"a": script(tmp_path, "echo fine"), "b": ["sleep", "60"], "c": ["/none"], "d": ["sh", "-c", "exit 9"]},
        timeout_seconds=0.5,
    )
    fine, slow, missing, odd = nagios_plugins.function(live, settings)
    assert isinstance(fine, PluginResult)
    assert [type(gap.error) for gap in (slow, missing, odd) if isinstance(gap, api.Gap)] == [
        api.TimedOut,
        api.ToolMissing,
        api.Unreadable,
    ]


def test_without_plugins_it_does_not_apply(recorded: Callable[..., api.Ask]) -> None:
    with pytest.raises(api.NotApplicable):
        list(nagios_plugins.function(recorded({}), Nagios()))


@given(st.text(), st.sampled_from([0, 1, 2, 3, 4, 127]))
def test_whatever_a_plugin_prints_becomes_a_result_or_a_gap(output: str, code: int) -> None:
    try:
        result = read_result("x", api.Answer(body=output, exit_code=code))
    except api.Unreadable:
        assert code > 3
    else:
        assert plugin(result).status is STATUS[code]
