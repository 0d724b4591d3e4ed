"""Run inside a network namespace: judge the way out, the targets and the line; print {check: status} and the figures as JSON.

Arguments: the TOML-like section [internet] as JSON.
"""

from __future__ import annotations

import json
import sys

from itaudit import api
from itaudit.checks.connectivity import gateway, internet, loss
from itaudit.evidence.live import Live
from itaudit.facts.internet import Internet, Target, targets
from itaudit.facts.line import Line, lines
from itaudit.facts.routes import WayOut, linux_way_out


def judged(section: Internet) -> dict[str, object]:
    """{"gateway": status, "internet": status, "loss": status or the kind of what is missing, "lost": percent or None}."""
    ask = api.Ask(Live())
    found = [one for one in targets.function(ask, section) if isinstance(one, Target)]
    [way] = [one for one in linux_way_out.function(ask, found) if isinstance(one, WayOut)]
    result: dict[str, object] = {
        "gateway": gateway.gateway(way).status,
        "internet": internet.internet(found, internet.Settings()).status,
    }
    try:
        verdict = loss.loss([one for one in lines.function(ask, section, found) if isinstance(one, Line)], loss.Settings())
    except api.Missing as missing:
        return {**result, "loss": missing.kind, "lost": None}
    return {**result, "loss": verdict.status, "lost": verdict.measurements[0].value}


if __name__ == "__main__":
    print(json.dumps(judged(Internet.model_validate_json(sys.argv[1]))))
