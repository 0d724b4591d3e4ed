"""Run inside a network namespace: print what PathMtu answers for each host, and the verdict, as JSON.

Arguments: "root" or "none" (give up all rights first), then the hosts.
"""

from __future__ import annotations

import json
import os
import sys

from itaudit import api
from itaudit.checks.connectivity import path_mtu
from itaudit.evidence.live import Live
from itaudit.facts.internet import Target
from itaudit.facts.path_sizes import PathSizes, path_sizes


def judged(hosts: list[str]) -> dict[str, object]:
    """{host: body of the answer or kind of what is missing, "status", "severity", "detail"}."""
    ask = api.Ask(Live())
    answers = {host: ask(api.PathMtu(host)) for host in hosts}
    result: dict[str, object] = {host: answer.problem or json.loads(answer.body) for host, answer in answers.items()}
    try:
        [sizes] = [
            one for one in path_sizes.function(ask, [Target(f"{host}:443", 1.0) for host in hosts]) if isinstance(one, PathSizes)
        ]
        verdict = path_mtu.path_mtu(sizes)
    except api.Missing as missing:
        return {**result, "status": missing.kind}
    return {**result, "status": verdict.status, "severity": verdict.severity, "detail": verdict.detail}


if __name__ == "__main__":
    if sys.argv[1] == "none":
        # What is imported late must be here by then: this interpreter may lie where only root can read.
        judged(["127.0.0.1"])
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    print(json.dumps(judged(sys.argv[2:])))
