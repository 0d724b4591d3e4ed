"""Your own monitoring checks are content.

Programs that were written for this business's equipment are run too, so that what they watch is part of the same picture.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.nagios import PluginResult

FIX = api.Remedy(
    "Look at what your own monitoring check reports and mend it.",
    api.Effort.HOURS,
    steps=("Run the plugin by hand: its command is in itaudit.toml [nagios].",),
    verify="itaudit scan --only nagios",
    if_you_wait="What the check watches stays broken or gets worse.",
)


@api.check(severity=api.Severity.HIGH, sources=("Monitoring Plugins Development Guidelines",))
def plugin(result: PluginResult) -> api.Verdict:
    words = {
        api.Status.OK: "is content",
        api.Status.WARN: "gives a warning",
        api.Status.FAIL: "reports a failure",
        api.Status.UNKNOWN: "could not tell",
    }
    return api.verdict(
        result.status,
        f"The monitoring check {result.subject} {words[result.status]}: {result.text or 'it printed nothing'}",
        *result.measurements,
        detail=f"exit code as {result.status}; output: {result.text}",
        fix=FIX,
        unlock="Run the plugin by hand and see why it cannot tell.",
    )
