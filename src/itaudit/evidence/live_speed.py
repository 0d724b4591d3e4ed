"""Internet speed, by programs of others run as guarded children; one line of the table below for each.

speedtest-cli 2.1.3 takes over standard output when imported, so it is run, never imported.
Several of these programs end well though nothing was moved: the fact that reads the answer must demand more than nothing.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

from itaudit.errors import ToolMissing
from itaudit.evidence.live_commands import Commands
from itaudit.evidence.live_load import watched
from itaudit.evidence.questions import Answer
from itaudit.evidence.questions_machine import Command
from itaudit.evidence.questions_network import Speed

Arguments = tuple[str, ...]
_PAUSE_SECONDS = 1.0
"""Between two runs: after a test an iperf3 server shuts its port for a moment and resets who comes then."""


def _speedtest_cli(question: Speed) -> tuple[Arguments, ...]:
    server = ("--mini", question.mini_url) if question.mini_url else ()
    # The public service refuses plain HTTP; a server of one's own may have nothing else.
    secure = () if question.mini_url.startswith("http://") else ("--secure",)
    return ((sys.executable, "-m", "speedtest", "--json", *secure, *server),)


def _iperf3(question: Speed) -> tuple[Arguments, ...]:
    # Four streams: one alone seldom fills a fast line. First down (-R), then up.
    server = ("-c", question.host, "-p", str(question.port), "--connect-timeout", "5000")
    common = ("iperf3", *server, "-J", "-t", str(question.seconds), "-P", "4")
    return (*common, "-R"), common


def _librespeed(question: Speed) -> tuple[Arguments, ...]:
    return (("librespeed-cli", "--json", "--secure", "--duration", str(question.seconds)),)


def _ookla(_: Speed) -> tuple[Arguments, ...]:
    return (("speedtest", "--format=json", "--progress=no", "--accept-license", "--accept-gdpr"),)


def _ndt7(_: Speed) -> tuple[Arguments, ...]:
    return (("ndt7-client", "-format=json", "-quiet"),)


_BACKENDS: dict[str, Callable[[Speed], tuple[Arguments, ...]]] = {
    "speedtest-cli": _speedtest_cli,
    "iperf3": _iperf3,
    "librespeed": _librespeed,
    "ookla": _ookla,
    "ndt7": _ndt7,
}


def speed(question: Speed, commands: Commands) -> Answer:
    """Body: JSON as Speed says. Raises ToolMissing for a backend that is not known, and all that running a program raises."""
    backend = _BACKENDS.get(question.backend)
    if backend is None:
        raise ToolMissing(question.backend)
    deadline = time.monotonic() + question.timeout
    outputs = []
    with watched(question.ping_host, question.ping_tcp_port) as moments:
        for number, argv in enumerate(backend(question)):
            time.sleep(_PAUSE_SECONDS if number else 0.0)
            done = commands.run(Command(argv, timeout=max(1.0, deadline - time.monotonic())))
            outputs.append({"text": done.body, "errors": done.errors[:4000], "exit_code": done.exit_code})
    return Answer(body=json.dumps({"outputs": outputs, "moments": list(moments)}))
