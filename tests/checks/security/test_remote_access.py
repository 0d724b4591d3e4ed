from __future__ import annotations

from dataclasses import replace

from itaudit import api
from itaudit.checks.security.remote_access import remote_access
from itaudit.facts.remote_access import RemoteTool

TOOL = RemoteTool("anydesk", "AnyDesk", ("/usr/bin/anydesk",), starts=True, tunnel=False, accepted=False)


def test_an_unknown_program_is_a_question_with_the_way_to_answer_it() -> None:
    verdict = remote_access(TOOL)
    assert (verdict.status, verdict.severity) == (api.Status.WARN, None)
    assert verdict.summary == "AnyDesk lets somebody control this machine from elsewhere. Is this yours?"
    assert verdict.remedy
    assert any("dpkg --search /usr/bin/anydesk" in step for step in verdict.remedy.steps)
    assert verdict.remedy.steps[-1].endswith('[security] remote_access = ["anydesk"]')
    assert verdict.remedy.verify.startswith("ls /usr/bin/anydesk ")


def test_a_name_that_is_a_command_stays_a_name_in_what_people_copy() -> None:
    verdict = remote_access(replace(TOOL, places=("/opt/anydesk; reboot",)))
    assert verdict.remedy
    assert any("dpkg --search '/opt/anydesk; reboot'" in step for step in verdict.remedy.steps)
    assert verdict.remedy.verify.startswith("ls '/opt/anydesk; reboot' ")


def test_a_program_from_flathub_goes_as_it_came() -> None:
    remedy = remote_access(replace(TOOL, places=("/var/lib/flatpak/app/com.anydesk.Anydesk",))).remedy
    assert remedy
    assert "Nobody knows of it? sudo flatpak uninstall com.anydesk.Anydesk" in remedy.steps
    assert not any("dpkg" in step for step in remedy.steps)


def test_a_named_program_is_well() -> None:
    assert remote_access(replace(TOOL, accepted=True)).status is api.Status.OK


def test_a_tunnel_is_for_the_records() -> None:
    verdict = remote_access(replace(TOOL, tunnel=True))
    assert (verdict.status, verdict.severity) == (api.Status.WARN, api.Severity.INFO)
