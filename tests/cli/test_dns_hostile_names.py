"""`itaudit scan --only dns` where the records themselves attack the reader: no report moves a cursor, hides, runs or floods."""

from __future__ import annotations

import functools
import json
import re
import unicodedata
from pathlib import Path

import dns.message
import dns.name
import dns.query
import dns.rdatatype
import dns.rrset
import pytest

from cli.conftest import TRIES, Run, findings_of, late
from lab.dns import DnsLab, scripted

pytestmark = pytest.mark.timeout(400)  # some are asked again
NAME = "good.test"
OWN = dns.name.from_text(NAME)
TEXT = b"\x1b[31m\x1b]0;owned\x07<script>alert(1)</script>" + "\u202egpj.exe\u200b\u2066".encode() + b"\r\n=cmd|'calc'!A0\x9b31m"
FLOOD = 500
SHOWN_AT_MOST = 20_000
"""Characters of one finding: a page or two, however much the answers hold."""


def written(data: bytes) -> str:
    return "".join(f"\\{byte:03d}" for byte in data)


HOST = ".".join(map(written, (TEXT[:20], b"<b onload=1>", "\u202e|[x](http://e)".encode()))) + ".evil.test."
ATTACK = {
    "TXT": [
        '"' + written(before + TEXT) + '"'
        for before in (b"", b"v=spf1 include:", b"v=DMARC1; p=none; rua=mailto:", b"v=STSv1; id=")
    ],
    "MX": [f"10 {HOST}"],
    "NS": [HOST, f"ns.{HOST}"],
    "CAA": ['0 issue "' + written(TEXT) + '"', '0 iodef "' + written(TEXT) + '"'],
    "CNAME": [HOST],
    "PTR": [HOST],
}
LONG = "x" * 50
FLOODS = {
    "TXT": [f'"v=spf1 include:a{number}.{LONG}.{NAME} -all"' for number in range(FLOOD)],
    "MX": [f"{number} m{number}.{LONG}.{NAME}." for number in range(FLOOD)],
    "NS": [f"n{number}.{LONG}.{NAME}." for number in range(FLOOD)],
    "CAA": [f'0 issue "a{number}.{LONG}.example"' for number in range(FLOOD)],
    "A": [f"127.66.{number // 250}.{number % 250 + 1}" for number in range(FLOOD)],
}


def scan(itaudit: Run, dns_lab: DnsLab, folder: Path, records: dict[str, list[str]], aliases: tuple[str, ...] = ()) -> str:
    """Write every report into the folder and return what the console shows."""
    asked: list[str] = []

    @functools.cache  # reading hundreds takes long, and who is to be answered in time waits
    def made(name: dns.name.Name, kind: str) -> dns.rrset.RRset:
        return dns.rrset.from_text(name, 60, "IN", kind, *records[kind])

    def script(query: dns.message.Message) -> dns.message.Message:
        answer, _ = dns.query.udp_with_fallback(query, dns_lab.resolver, timeout=30, port=dns_lab.resolver_port)
        name, type_ = query.question[0].name, dns.rdatatype.to_text(query.question[0].rdtype)
        asked.append(name.to_text())
        alias = name.to_text() in aliases
        if not (name.is_subdomain(OWN) and (alias or type_ in records) and (type_ != "CNAME" or alias)):
            return answer
        response = dns.message.make_response(query, recursion_available=True)
        response.request_payload = 65535
        kind = "CNAME" if alias else type_
        response.answer.append(made(name, kind))
        return response

    with scripted(script) as port:
        targets = dns_lab.targets(NAME, resolver_port=port).model_dump(mode="json", exclude_defaults=True)
        lines = "".join(f"{key} = {value!r}\n" for key, value in targets.items())
        (folder / "lab.toml").write_text(f"[targets]\n{lines}smtp_port = 1\nhttps_port = 1\n")
        reports = [part for kind in ("json", "html", "csv", "md", "pdf") for part in (f"--{kind}", folder / f"out.{kind}")]
        for _ in range(TRIES):  # what is late each time is no accident
            asked.clear()
            done = itaudit("scan", "--only", "dns", "--no-save", "--config", folder / "lab.toml", *reports)
            if done.returncode > 1 or not late(findings_of(folder / "out.json")):
                break
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr
    assert len(asked) < 1000
    return done.stdout + done.stderr


def hidden(text: str) -> set[str]:
    """Characters that nobody sees and that do something: controls, direction marks."""
    return {sign for sign in text if unicodedata.category(sign) in ("Cc", "Cf", "Cs") and sign not in "\r\n\t\u00ad"}


def test_what_records_hold_is_shown_as_text_in_every_report(itaudit: Run, dns_lab: DnsLab, tmp_path: Path) -> None:
    console = scan(itaudit, dns_lab, tmp_path, ATTACK, aliases=(f"www.{NAME}.", f"shop.{NAME}."))
    assert re.sub(r"\x1b\[[0-9;]*m", "", console) == console
    shown = {kind: (tmp_path / f"out.{kind}").read_text(encoding="utf-8") for kind in ("json", "html", "csv", "md")}
    for text in (console, *shown.values()):
        assert hidden(text) == set()
    found = {one["check"] for one in findings_of(tmp_path / "out.json") if one["verdict"]["status"] == "fail"}
    assert {"dns.mx", "dns.spf", "dns.caa", "dns.dangling_alias"} <= found  # the records did arrive
    assert "alert(1)" in shown["html"]
    assert "<script>alert" not in shown["html"] + shown["md"]
    assert "<b onload" not in shown["html"] + shown["md"]
    assert "](http" not in shown["md"]
    assert not re.search(r'(^|,)"?=cmd', shown["csv"], re.MULTILINE)
    assert (tmp_path / "out.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("type_", FLOODS)
def test_hundreds_of_records_cost_few_questions_and_little_room(
    type_: str, itaudit: Run, dns_lab: DnsLab, tmp_path: Path
) -> None:
    scan(itaudit, dns_lab, tmp_path, {type_: FLOODS[type_]})
    findings = findings_of(tmp_path / "out.json")
    long = {one["check"]: len(json.dumps(one)) for one in findings if len(json.dumps(one)) > SHOWN_AT_MOST}
    assert long == {}
    if type_ in ("TXT", "MX"):
        unheard = [one["check"] for one in findings if "in time" in one["verdict"]["summary"]]
        assert "dns.mx" not in unheard
        assert "dns.spf" not in unheard
