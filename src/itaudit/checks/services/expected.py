"""The services that the business needs do answer.

Only you know which services must be there: the shared files, the shop, the mailboxes. Name them, and each is tried at every scan.
"""

from __future__ import annotations

from itaudit import api
from itaudit.facts.expected_services import ExpectedService
from itaudit.facts.services import UNIT_PREFIX

FIX = api.Remedy(
    "Bring the service back that does not answer.",
    api.Effort.HOURS,
    steps=(
        "systemctl status UNIT; journalctl -u UNIT -n 100 (on the machine that offers it)",
        "ss --listening --numeric --tcp --processes",
        "nc -vz HOST PORT; curl -v URL; openssl s_client -connect HOST:PORT -servername HOST (from this machine)",
        "when it is no longer needed, take it out of itaudit.toml ([services] expected)",
    ),
    verify="itaudit scan --only services",
    if_you_wait="Whoever needs it cannot work.",
)


@api.check(severity=api.Severity.HIGH, sources=("itaudit.toml, [services] expected: chosen by the owner, not our own choice",))
def expected(service: ExpectedService) -> api.Verdict:
    # Of a unit only its manager was asked.
    fine = "runs" if service.subject.startswith(UNIT_PREFIX) else "answers"
    measured = []
    if service.milliseconds is not None:
        measured.append(api.Measurement("answer", service.milliseconds, api.Unit.MILLISECONDS))
    return api.verdict(
        api.Status.FAIL if service.problem else api.Status.OK,
        f"{service.subject} {service.problem or fine}.",
        *measured,
        detail=f"{service.subject}: {service.record}",
        fix=FIX,
        flags=(api.Flag.FAILING_NOW,),
    )
