"""A realistic visit of a small office server, and a hostile one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from itaudit.model import (
    Acceptance,
    Asset,
    CheckCard,
    Effort,
    Finding,
    Flag,
    LeadTime,
    Machine,
    Measurement,
    NodeTiming,
    Remedy,
    Scan,
    Severity,
    Status,
    Unit,
    Verdict,
)
from itaudit.outcome import Action, AreaScore, Assessment, Cap, Changes, CheckScore, Grade, Score, Tier

NOW = datetime(2026, 11, 22, 9, 14, 5, tzinfo=UTC)

HOSTILE = (
    "<script>alert(1)</script>",
    '#import "x" *b* _c_ $d$ @e `f`',
    "\x1b[31mred\x1b[0m \x1b]8;;http://evil.example\x07link",
    "nul\x00nul",
    "over\u202eride\u2066iso",
    "café 📶 network",
    "日本語の名前",
    "lone \ud800 surrogate",
    "x" * 300,
    '=cmd|"/C calc"!A0',
    "a | b \\ [c](javascript:alert(1)) ![d](e)\r\n# heading",
    "</style><img src=x onerror=alert(1)> {{ 7*7 }} {% raw %}",
    "'\"&<>",
)

MOVE = Remedy(
    "Replace the drive that has started to report damage.",
    Effort.DAY,
    (80, 150),
    ("smartctl -a /dev/sdb", "mdadm --manage /dev/md0 --fail /dev/sdb1 --remove /dev/sdb1"),
    "mdadm --manage /dev/md0 --add /dev/sdb1",
    "smartctl -H /dev/sdb",
    "The drive may stop on any day, and then the files on it are gone.",
    lead=LeadTime.COMPUTER,
)
UPDATE = Remedy(
    "Install the waiting safety fixes from the maker.",
    Effort.HOURS,
    None,
    ("apt-get update", "apt-get dist-upgrade"),
    "apt-get install PACKAGE=VERSION",
    "apt list --upgradable",
    "Flaws that are publicly known stay open.",
)
OPEN_FILES = Remedy(
    "Try a restore: open five files from the newest backup.",
    Effort.HOURS,
    None,
    ("restic restore latest --target /tmp/drill --include /srv/files",),
    "",
    "itaudit drill",
    "You learn whether the backup works on the day you need it.",
)
STRANGERS = Remedy(
    "Publish the two records that stop strangers from sending email as you.",
    Effort.MINUTES,
    (0, 50),
    ('publish TXT "v=DMARC1; p=quarantine"',),
    "remove the record",
    "dig TXT _dmarc.example.com",
    "Your customers may receive invoices in your name that are not yours.",
    "whoever manages your web address",
)
SPACE = Remedy("Archive what is not needed, or enlarge the volume.", Effort.HOURS, (0, 120), ("du -xh / | sort -h",))
SYSTEM = Remedy(
    "Plan the move to a version that its maker looks after.",
    Effort.PROJECT,
    (400, 1200),
    (),
    "",
    "",
    "From that day no safety fixes come any more.",
    "your supplier",
    LeadTime.SERVER_OR_LINE,
)
LINE = Remedy("Ask the provider why the line is slower than ordered.", Effort.MINUTES)

G, W, F, U, S = Status.OK, Status.WARN, Status.FAIL, Status.UNKNOWN, Status.SKIPPED
LOW, MEDIUM, HIGH, CRITICAL = Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL

ROOT = "Run itaudit as administrator (sudo itaudit scan)."
WHERE = "Name the backup in itaudit.toml, under [facts.backups]."

# check, subject, severity, status, title, sentence, remedy
ROWS: tuple[tuple[str, str, Severity, Status, str, str, Remedy | None], ...] = (
    (
        "disks.failing",
        "/dev/sdb",
        CRITICAL,
        F,
        "Drives are healthy",
        "The second drive has started to report damage: 48 spots.",
        MOVE,
    ),
    ("disks.failing", "/dev/sda", CRITICAL, G, "Drives are healthy", "The first drive reports no damage.", None),
    ("disks.space", "/", HIGH, F, "Disks have room to grow", "The main volume has 6% free and fills in about 19 days.", SPACE),
    ("disks.space", "/srv", HIGH, W, "Disks have room to grow", "The files volume has 17% free.", SPACE),
    ("disks.space", "/boot", HIGH, G, "Disks have room to grow", "The start volume has 62% free.", None),
    (
        "disks.inodes",
        "/",
        MEDIUM,
        G,
        "Disks have room for more files",
        "The main volume has room for 3 million more files.",
        None,
    ),
    ("disks.readonly", "/", CRITICAL, G, "Disks accept writing", "All volumes accept writing.", None),
    ("disks.encryption", "/", MEDIUM, W, "A stolen disk reveals nothing", "The main volume is not locked with a key.", None),
    ("disks.wear", "/dev/nvme0", MEDIUM, U, "Drives are not worn out", "The wear of the fast drive could not be read.", None),
    ("disks.raid", "md0", CRITICAL, G, "Mirrored disks are complete", "Both halves of the mirror are in place.", None),
    (
        "patches.security",
        "apt",
        CRITICAL,
        F,
        "Safety fixes are installed",
        "14 safety fixes have been waiting, the oldest 33 days.",
        UPDATE,
    ),
    ("patches.security", "snap", CRITICAL, G, "Safety fixes are installed", "No safety fix waits in the second store.", None),
    ("patches.other", "apt", LOW, W, "Other updates are installed", "41 other updates are waiting.", UPDATE),
    ("patches.reboot", "web-01", MEDIUM, F, "Updates are in use", "A restart has been waiting for 33 days.", UPDATE),
    ("patches.auto", "apt", MEDIUM, G, "Safety fixes come by themselves", "Safety fixes are fetched every night.", None),
    ("patches.metadata", "apt", MEDIUM, G, "The list of fixes is fresh", "The list of fixes is 4 hours old.", None),
    ("patches.held", "apt", LOW, G, "Nothing is held back", "No program is held back.", None),
    (
        "patches.firmware",
        "board",
        MEDIUM,
        U,
        "The machine's own program is current",
        "It could not be asked for its version.",
        None,
    ),
    ("dns.resolve", "example.com", CRITICAL, G, "Your web address answers", "Your web address answers everywhere.", None),
    ("dns.delegation", "example.com", HIGH, G, "Your web address has a safety net", "Two name servers answer for you.", None),
    (
        "dns.dmarc",
        "example.com",
        HIGH,
        F,
        "Strangers cannot send email as you",
        "Nothing stops strangers from writing as you.",
        STRANGERS,
    ),
    ("dns.dmarc", "old.example.com", HIGH, F, "Strangers cannot send email as you", "Nothing protects your old name.", STRANGERS),
    ("dns.spf", "example.com", HIGH, W, "Your email is recognised", "The list of your senders ends too softly.", STRANGERS),
    ("dns.mx", "example.com", HIGH, G, "Email reaches you", "Email for you reaches two servers.", None),
    ("dns.caa", "example.com", LOW, W, "Only your supplier makes padlocks", "Anyone may make a padlock for your website.", None),
    ("dns.mtasts", "example.com", LOW, S, "Email to you is locked on its way", "This is not used here.", None),
    (
        "connectivity.internet",
        "line",
        CRITICAL,
        G,
        "The internet is reached",
        "Three of three places on the internet answered.",
        None,
    ),
    ("connectivity.loss", "line", MEDIUM, G, "Nothing is lost on the way", "None of 50 packets was lost.", None),
    ("connectivity.latency", "line", MEDIUM, G, "Answers come quickly", "Answers come in 18 ms.", None),
    ("connectivity.speed", "line", MEDIUM, W, "The line is as fast as ordered", "The line brings 71 of 100 Mbit/s.", LINE),
    ("connectivity.bufferbloat", "line", LOW, G, "Calls survive a download", "Answers stay quick while the line is busy.", None),
    ("connectivity.ipv6", "line", LOW, S, "The new internet works", "Your provider does not offer it.", None),
    ("connectivity.clock", "web-01", MEDIUM, G, "The clock is right", "The clock is right to 4 ms.", None),
    ("backups.exists", "restic", CRITICAL, G, "There is a backup", "The newest backup holds 214 GB.", None),
    ("backups.age", "restic", HIGH, G, "The backup is recent", "The newest backup is 7 hours old.", None),
    (
        "backups.restore",
        "restic",
        CRITICAL,
        W,
        "Files can be got back",
        "Nobody has opened files from the backup yet.",
        OPEN_FILES,
    ),
    ("backups.offsite", "restic", HIGH, U, "One copy is elsewhere", "We could not see where the second copy is.", None),
    ("backups.integrity", "restic", CRITICAL, U, "The backup is undamaged", "The backup could not be read in full.", None),
    ("backups.encrypted", "restic", MEDIUM, G, "A stolen backup reveals nothing", "The backup is locked with a key.", None),
    ("backups.copies", "restic", MEDIUM, W, "There are two copies", "There is one copy of your files.", OPEN_FILES),
    ("lifecycle.system", "web-01", HIGH, W, "The system is looked after", "Its maker looks after it until 30 June 2028.", SYSTEM),
    (
        "lifecycle.certificate",
        "example.com",
        HIGH,
        G,
        "The padlock on your website is valid",
        "It is valid until 3 February 2027.",
        None,
    ),
    ("lifecycle.registration", "example.com", HIGH, G, "Your web address is paid for", "It is paid until 14 May 2027.", None),
    ("lifecycle.age", "web-01", MEDIUM, W, "The machine is not too old", "The machine is 4 years old.", SYSTEM),
    ("lifecycle.battery", "web-01", LOW, S, "The battery holds", "This machine has no battery.", None),
)

WHY = {
    "disks": "A drive that stops takes the work of days with it. Most drives give a sign before.",
    "patches": "A known flaw is an open door. Criminals try every machine on the internet for it within days.",
    "dns": "Your name is how customers find you. Whoever can write in your name can ask them for money.",
    "connectivity": "When the line is down, so are telephones, payments and email.",
    "backups": "A backup is worth what can be got back from it. Only opening files shows that.",
    "lifecycle": "What its maker no longer looks after gets weaker every month.",
}


def finding(row: tuple[str, str, Severity, Status, str, str, Remedy | None]) -> Finding:
    """The row as the engine would make it."""
    check, subject, severity, status, title, summary, remedy = row
    verdict = Verdict(
        status,
        summary,
        f"raw record of {check} on {subject}",
        (Measurement("value", 6.25, Unit.PERCENT),),
        remedy,
        due=date(2026, 12, 11) if (check, subject) == ("disks.space", "/") else None,
        flags=frozenset({Flag.FAILING_NOW, Flag.BUSINESS_STOPPER} if check == "disks.failing" and status is F else ()),
        unlock=(WHERE if check.startswith("backups") else ROOT) if status is U else "",
    )
    accepted = Acceptance("Ada Owner", "we stop using it next year", date(2026, 9, 1), date(2026, 12, 15))
    return Finding(
        "web-01",
        check,
        subject,
        title,
        severity,
        severity,
        verdict,
        (f"command:{check}",),
        first_seen=NOW - timedelta(days=40),
        times_seen=2 if check == "patches.reboot" else 1,
        acceptance=accepted if subject == "old.example.com" else None,
    )


def make_score(findings: tuple[Finding, ...]) -> Score:
    """A score of the shape that the ranking makes; its numbers are set by hand."""
    areas = []
    for number, area in enumerate(dict.fromkeys(item.area for item in findings)):
        checks = dict.fromkeys(item.check for item in findings if item.area == area)
        lines = tuple(CheckScore(check, 6, 0.5, 0.75, 0.9, 2) for check in checks)
        areas.append(AreaScore(area, 15.0, 50.0 + number, 75.0, 90.0, 6 * len(lines), lines))
    caps = (
        Cap(Grade.F, "One thing could stop your business: a drive that is failing."),
        Cap(Grade.D, "A serious problem is open: safety fixes have been waiting too long."),
    )
    return Score(66.99, 59.0, Grade.F, 91.4, 78.2, Grade.C, caps, tuple(areas))


def make_actions(findings: tuple[Finding, ...]) -> tuple[Action, ...]:
    """One action per remedy, in the order of the findings."""
    folded: dict[str, list[Finding]] = {}
    for item in findings:
        if item.verdict.remedy and item.status in (F, W) and not item.acceptance:
            folded.setdefault(item.verdict.remedy.action, []).append(item)
    tiers = (Tier.FIX_NOW, Tier.FIX_NOW, Tier.THIS_MONTH, Tier.THIS_QUARTER, Tier.PLAN)
    after = (
        (69.5, Grade.D),
        (76.2, Grade.C),
        (81.0, Grade.B),
        (84.4, Grade.B),
        (86.9, Grade.B),
        (91.0, Grade.A),
        (92.0, Grade.A),
    )
    return tuple(
        Action(
            title,
            tuple(items),
            tiers[min(number, 4)],
            date(2026, 12, 6) + timedelta(days=20 * number),
            date(2026, 11, 22) + timedelta(days=20 * number),
            12.5,
            "10 \u00d7 1 \u00d7 2 \u00d7 1.5 \u00d7 3 / 3 = 30.00",
            *after[min(number, 6)],
        )
        for number, (title, items) in enumerate(folded.items())
    )


def make_assessment(findings: tuple[Finding, ...], changes: Changes | None = None, **scan: Any) -> Assessment:
    """An assessment around findings."""
    checks = {item.check: item for item in findings}
    cards = tuple(
        CheckCard(
            check, item.title, WHY.get(item.area, item.title), item.base_severity, ("CIS 11.2",), "warn below 25, fail below 10"
        )
        for check, item in checks.items()
    )
    values: dict[str, Any] = {
        "id": "2026-11-22T091405Z-web-01",
        "machine": Machine("web-01", "linux", NOW, True, "Debian GNU/Linux 12 (bookworm)"),
        "started": NOW - timedelta(seconds=3.4),
        "ended": NOW,
        "version": "0.1.0",
        "rule_set": "2026.11",
        "findings": findings,
        "cards": cards,
        "timings": (NodeTiming("facts.updates.apt", 0.24), NodeTiming("facts.drives", 5.0, True)),
        "evidence_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "notes": ("No configuration file was found: default limits are used.",),
        "assets": (Asset("drive", "sda", "WDC WD20EFRX", "WD-WCC4", 2_000_398_934_016, (("Kind", "hard disk"),)),),
    }
    return Assessment(Scan(**values | scan), make_score(findings), make_actions(findings), changes or Changes())


@pytest.fixture(scope="session")
def assessment() -> Assessment:
    """45 results on a small office server, with a visit before it."""
    findings = tuple(map(finding, ROWS))
    changes = Changes(
        "2026-10-03T080000Z-web-01", date(2026, 10, 3), 62.0, Grade.D, findings[:2], findings[4:7], findings[2:3], findings[13:14]
    )
    return make_assessment(findings, changes)


@pytest.fixture(scope="session")
def first_visit(assessment: Assessment) -> Assessment:
    """The same server, with no visit before."""
    return replace(assessment, changes=Changes())


@pytest.fixture(scope="session")
def hostile(assessment: Assessment) -> Assessment:
    """Every string that a machine, a plugin or an attacker can choose is one of HOSTILE."""
    findings = []
    for number, text in enumerate(HOSTILE):
        remedy = Remedy(text, Effort.DAY, (1, 2), (text, text), text, text, text, text)
        verdict = Verdict((F, W, U)[number % 3], text, text, (Measurement(text, 1.0, Unit.COUNT),), remedy, unlock=text)
        kept = Acceptance(text, text, date(2026, 1, 1), date(2026, 12, 1)) if number % 4 == 0 else None
        findings.append(
            Finding(text, f"area{number % 2}.{text}", text, text, HIGH, HIGH, verdict, (text,), moves=(text,), acceptance=kept)
        )
    chosen = tuple(findings)
    machine = Machine(HOSTILE[0] + HOSTILE[2], HOSTILE[3], NOW, False, "".join(HOSTILE[4:8]))
    built = make_assessment(
        chosen,
        Changes("before", date(2026, 10, 3), 1.0, Grade.F, chosen),
        machine=machine,
        notes=HOSTILE,
        areas_left_out=HOSTILE,
        assets=tuple(Asset(text, text, text, text, 1, ((text, text),)) for text in HOSTILE),
    )
    cards = tuple(CheckCard(item.check, item.title, item.title, HIGH, (item.title,), item.title) for item in chosen)
    caps = tuple(Cap(Grade.F, text) for text in HOSTILE)
    return replace(built, scan=replace(built.scan, cards=cards), score=replace(built.score, caps=caps))


@pytest.fixture(scope="session")
def huge() -> Assessment:
    """500 results in twelve areas."""
    rows = tuple(
        (
            f"area{n % 12}.check{n % 60}",
            f"subject {n}",
            HIGH,
            tuple(Status)[n % 5],
            f"Title {n}",
            f"Sentence number {n} of many.",
            SPACE,
        )
        for n in range(500)
    )
    return make_assessment(tuple(map(finding, rows)))


@pytest.fixture(scope="session")
def healthy(assessment: Assessment) -> Assessment:
    """Everything is good, and nothing is left to do."""
    findings = tuple(item for item in assessment.scan.findings if item.status is G)
    score = replace(
        assessment.score, raw=100.0, score=100.0, grade=Grade.A, coverage=100.0, could_be=100.0, could_be_grade=Grade.A, caps=()
    )
    return replace(make_assessment(findings), score=score)


@pytest.fixture(scope="session")
def empty() -> Assessment:
    """Nothing was found at all."""
    score = Score(0.0, 0.0, Grade.NONE, 0.0, 0.0, Grade.NONE, (Cap(Grade.NONE, "Not enough was checked to grade."),), ())
    return replace(make_assessment(()), score=score)


@pytest.fixture(scope="session")
def unseen(assessment: Assessment) -> Assessment:
    """Nothing fails. Eight results could not be seen, five of one check; one step shows six, another the two that matter."""
    findings = tuple(item for item in assessment.scan.findings if item.status in (G, U))
    wear = next(item for item in findings if item.check == "disks.wear")
    more = tuple(replace(wear, subject=f"/dev/nvme{number}") for number in (1, 2, 3, 4))
    score = replace(assessment.score, raw=85.0, score=79.0, grade=Grade.C, caps=())
    return replace(make_assessment((*findings, *more)), score=score)


@pytest.fixture(scope="session")
def part(assessment: Assessment) -> Assessment:
    """The same server, asked for a part only: no grade, so each score is the ceiling of what is not graded."""
    score = replace(assessment.score, score=59.0, grade=Grade.NONE, could_be=59.0, could_be_grade=Grade.NONE)
    actions = tuple(replace(action, score_after=59.0, grade_after=Grade.NONE) for action in assessment.actions)
    return replace(assessment, scan=replace(assessment.scan, areas_left_out=("services",)), score=score, actions=actions)


@pytest.fixture(scope="session")
def wordy(first_visit: Assessment) -> Callable[[int], Assessment]:
    """A first visit of which every sentence has as many characters as asked."""

    def made(length: int) -> Assessment:
        text = ("WORDS THAT AN OWNER READS " * 12)[:length]
        findings = tuple(
            replace(item, verdict=replace(item.verdict, summary=f"{text} {item.subject}")) for item in first_visit.scan.findings
        )
        actions = tuple(replace(action, title=text) for action in first_visit.actions)
        score = replace(first_visit.score, caps=tuple(Cap(Grade.F, f"{number} {text}") for number in range(3)))
        cards = tuple(replace(card, why=text) for card in first_visit.scan.cards)
        scan = replace(first_visit.scan, findings=findings, cards=cards)
        return replace(first_visit, scan=scan, actions=actions, score=score)

    return made


Needs = Callable[..., str]


@pytest.fixture(scope="session")
def pdf_path(assessment: Assessment, needs: Needs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The PDF of the realistic visit, rendered once."""
    needs("typst", module=True)
    from itaudit.reports.pdf import render_pdf

    path = tmp_path_factory.mktemp("pdf") / "report.pdf"
    path.write_bytes(render_pdf(assessment))
    return path
