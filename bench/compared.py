"""What `itaudit scan` and `lynis audit system --quick` say of the same machine, written to docs/compared.md.

    sudo python bench/compared.py

Ends with 1 when Lynis warns of something that itaudit neither reports nor leaves out for a reason that is written below.
Both run without the internet (a network namespace of their own), so that neither asks its maker or a stranger for anything.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path[0] += "/lib"
from measuring import Run, run

PAGE = Path(__file__).parent.parent / "docs" / "compared.md"
ANSWERED_BY = {
    "AUTH-9229": ("security.password_policy",),
    "AUTH-9262": ("security.password_policy",),
    "AUTH-9284": ("security.dormant_accounts",),
    "BOOT-5264": (),
    "DEB-0880": ("security.ssh",),
    "FILE-6310": ("disks.space",),
    "FILE-7524": ("security.files",),
    "FIRE-4512": ("security.firewall",),
    "FIRE-4590": ("security.firewall",),
    "HRDN-7230": ("security.malware",),
    "KRNL-5788": ("patches.reboot",),
    "KRNL-5830": ("patches.reboot",),
    "LOGG-2130": ("security.logs",),
    "LOGG-2138": ("security.logs",),
    "LOGG-2190": ("patches.libraries",),
    "MAIL-8818": (),
    "NAME-4028": ("dns.names",),
    "NAME-4036": ("dns.resolver_reachable", "dns.resolver_honest"),
    "NETW-2705": ("dns.resolver_reachable",),
    "PKGS-7346": ("patches.unfinished",),
    "PKGS-7390": ("patches.unfinished",),
    "PKGS-7392": ("patches.security",),
    "PKGS-7420": ("patches.automatic",),
    "PROC-3612": ("services.load",),
    "SSH-7408": ("security.ssh",),
    "TIME-3104": ("connectivity.clock_synchronized",),
}
"""{test of Lynis: checks of ours that look at the same thing}"""
REASONS = {
    "NAME-4036": "Unbound is here for the tests and answers nobody. Whether the look-up server that is used answers, and truly, "
    "is what dns.resolver_reachable and dns.resolver_honest try.",
    "PKGS-7390": "`apt-get check` fails for broken dependencies, which patches.unfinished finds in dpkg's own records; it also "
    "fails while apt is at work elsewhere, which is no fault.",
    "FIRE-4512": "The machine says that it is a container: whoever runs it opens its ports. On any other machine, a firewall "
    "without rules is a failure of security.firewall.",
    "LOGG-2138": "klogd belongs to a log service of the nineties; journald and rsyslog read the kernel's messages themselves. "
    "security.logs judges whether anything is kept.",
}
_STATUSES = ("fail", "warn", "unknown", "ok", "skipped")


@dataclass(frozen=True)
class Said:
    """What both said, and what it cost."""

    findings: list[dict[str, Any]]
    warnings: list[tuple[str, str]]
    suggestions: list[tuple[str, str]]
    ours: Run
    theirs: Run


def asked() -> Said:
    """Run both, one after the other."""
    lynis = shutil.which("lynis", path=f"{os.environ['PATH']}:/usr/sbin")
    if lynis is None:
        raise SystemExit("lynis is not installed: apt install lynis")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        alone = ["unshare", "--net"]
        itaudit = os.fspath(Path(sys.executable).with_name("itaudit"))
        scan = [*alone, itaudit, "scan", "--no-save", "--json", os.fspath(folder / "a.json")]
        ours = run(scan, {**os.environ, "ITAUDIT_STATE": os.fspath(folder)}, (0, 1))
        report = folder / "lynis.dat"
        audit = [*alone, lynis, "audit", "system", "--quick", "--logfile", "/dev/null", "--report-file", os.fspath(report)]
        theirs = run(audit, dict(os.environ), (0,))
        findings = json.loads((folder / "a.json").read_text())["scan"]["findings"]
        text = report.read_text(errors="replace")
    return Said(findings, list(_lines(text, "warning")), list(_lines(text, "suggestion")), ours, theirs)


def _lines(text: str, kind: str) -> Iterator[tuple[str, str]]:
    """`warning[]=FIRE-4512|iptables module(s) loaded, but no rules active|-|-|` -> (id, words)."""
    for match in re.finditer(rf"^{kind}\[\]=([^|\n]+)\|([^|\n]*)", text, re.MULTILINE):
        yield match[1], match[2]


def answer(said: Said, test: str) -> str:
    """Our findings on the same thing, the worst first; "" where there are none."""
    checks = ANSWERED_BY.get(test, ())
    found = sorted({(_STATUSES.index(one["verdict"]["status"]), one["check"], one["verdict"]["status"]) for one in said.findings})
    return ", ".join(f"{check}: {status}" for _, check, status in found if check in checks)


def page(said: Said) -> Iterator[str]:
    """The page, line by line."""
    now = datetime.now(UTC)
    yield "<!-- Made by bench/compared.py. To write it anew, as root: python bench/compared.py -->"
    yield "# Beside Lynis\n"
    yield (
        f"{now:%-d %B %Y}, {platform.freedesktop_os_release()['PRETTY_NAME']}, {os.cpu_count()} cores; "
        "`itaudit scan` and `lynis audit system --quick`, one after the other, both without the internet.\n"
    )
    yield "| | wall s | CPU s | findings |\n|---|---|---|---|"
    counts = {status: sum(one["verdict"]["status"] == status for one in said.findings) for status in _STATUSES}
    told = ", ".join(f"{counts[status]} {status}" for status in _STATUSES)
    yield f"| itaudit | {said.ours.wall_seconds:.1f} | {said.ours.cpu_seconds:.1f} | {told} |"
    many = f"{len(said.warnings)} warnings, {len(said.suggestions)} suggestions"
    yield f"| Lynis | {said.theirs.wall_seconds:.1f} | {said.theirs.cpu_seconds:.1f} | {many} |"
    yield f"\nCPU of Lynis / itaudit: {said.theirs.cpu_seconds / said.ours.cpu_seconds:.1f}\n"
    yield "## What Lynis warns of\n\n| Lynis | its words | itaudit | why it is no failure here |\n|---|---|---|---|"
    for test, words in said.warnings:
        yield f"| {test} | {words} | {answer(said, test) or '-'} | {REASONS.get(test, '')} |"
    yield "\n## What itaudit says needs work\n\n| itaudit | | says | Lynis |\n|---|---|---|---|"
    theirs = {check: test for test, checks in ANSWERED_BY.items() for check in checks}
    mentioned = {test: kind for kind in ("suggestion", "warning") for test, _ in getattr(said, f"{kind}s")}
    for one in said.findings:
        if one["verdict"]["status"] in ("fail", "warn"):
            test = theirs.get(one["check"], "")
            beside = f"{test} ({mentioned[test]})" if test in mentioned else "-"
            words = one["verdict"]["summary"].replace("|", "\\|")
            yield f"| {one['check']} | {one['verdict']['status']} {one['severity']} | {words} | {beside} |"
    yield "\n## What Lynis suggests\n"
    yield (
        "Lynis hardens; itaudit says what will hurt. A suggestion without a finding of ours beside it is one that a small "
        "business would not act on (banners, separate partitions, kernel switches), or that needs no work here.\n"
    )
    yield "| Lynis | its words | itaudit |\n|---|---|---|"
    for test, words in said.suggestions:
        yield f"| {test} | {words} | {answer(said, test) or '-'} |"


def missed(said: Said) -> list[str]:
    """Warnings that nothing of ours answers with fail or warn, and no reason."""
    return [test for test, _ in said.warnings if test not in REASONS and not re.search(r": (?:fail|warn)", answer(said, test))]


def main() -> None:
    said = asked()
    PAGE.write_text("\n".join(page(said)) + "\n", encoding="utf-8")
    print(f"{PAGE}: CPU of lynis / itaudit {said.theirs.cpu_seconds / said.ours.cpu_seconds:.1f}")
    if silent := missed(said):
        raise SystemExit(f"Lynis warns of {', '.join(silent)}, and nothing here answers it.")


if __name__ == "__main__":
    main()
