"""What the owner of a faulty SPF record most likely meant, as a record to copy; and how to write it into a zone."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterable

from itaudit.facts.spf_records import SpfRecord, parse
from itaudit.facts.spf_terms import MECHANISMS, Term

STRING_BYTES = 255
"""RFC 1035 3.3: of one string of a TXT record; a longer record is cut into several, joined without a space (RFC 7208 3.3)."""
RESPONSE_BYTES = 512
"""RFC 7208 3.4: the whole response should fit into this, since what does not may need a second try that fails."""
COPIED_AT_MOST = 2000
"""Characters of a record to copy, which cannot be shown in part: no honest one is longer. Our own choice."""
_HEADER_BYTES, _QUESTION_BYTES, _RECORD_BYTES = 12, 6, 12
_PARTS = re.compile(r"(?P<signs>[+?~-]*)(?P<name>[A-Za-z0-9]*)(?P<separator>[:=/]?)(?P<value>.*)", re.DOTALL)
_DASHES = str.maketrans({"\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-"})
_NAMES = {"ip": "ip4", "ipv4": "ip4", "ipv6": "ip6", "includes": "include", "inc": "include"}
_NO_SPACE = re.compile(r"[\s,;\"']+")
_RUN_TOGETHER = re.compile(
    r"(?<=[a-z0-9}.])(?=[+?~-]?(?:include:|ip4:|ip6:|exists:|redirect=|mx:))|(?<=[a-z0-9}.])(?=[+?~-]all$)", re.IGNORECASE
)
_NAME_APART = re.compile(r"(?<= )([+?~-]?(?:include|a|mx|ip4|exists|redirect)[:=]) +(?=[^ :=]*[.][^ :=]*(?: |$))", re.IGNORECASE)
_SIGN_APART = re.compile(r"(?<= )([+?~-]) +(?=all(?: |$))", re.IGNORECASE)
_BEGINNING = re.compile(r"\W{0,3}(v\s{0,3}[=:-]\s{0,3})?spf\s{0,3}[:=]?\s{0,3}[12]?[\s:;,=]*", re.IGNORECASE)
_ALMOST = re.compile(r"\W{0,3}(v\s{0,3}=\s{0,3}spf|spf\s{0,3}[12:=]|v\s{0,3}[:-]\s{0,3}spf)", re.IGNORECASE)


def is_almost_spf(text: str) -> bool:
    """Was this text, which is no SPF record, probably meant as one: `v=spf1;mx`, ` v=spf1 -all`, `v = spf1 mx`?"""
    return bool(_ALMOST.match(text)) and not text.lower().startswith("spf2.0/")


def response_bytes(name: str, texts: Iterable[str]) -> int:
    """Size of a response with these TXT records and nothing else (RFC 1035 4.1), its name written once."""
    lengths = [len(text.encode(errors="replace")) for text in texts]
    records = sum(_RECORD_BYTES + length + max(1, -(-length // STRING_BYTES)) for length in lengths)
    return _HEADER_BYTES + len(name) + _QUESTION_BYTES + records


def quoted(record: str) -> str:
    """As the data of a TXT record in a zone file (RFC 1035 5.1), cut into strings; what is not visible as \\DDD."""
    data = record.encode(errors="replace")
    parts = [data[start : start + STRING_BYTES] for start in range(0, len(data), STRING_BYTES)] or [b""]
    return " ".join('"' + "".join(map(_written, part)) + '"' for part in parts)


def _written(byte: int) -> str:
    sign = chr(byte)
    return "\\" + sign if sign in '\\"' else sign if " " <= sign <= "~" else f"\\{byte:03d}"


def meant(text: str) -> str:
    """The record that a text with a faulty beginning was probably meant as (is_almost_spf)."""
    return repaired(parse("v=spf1 " + _BEGINNING.sub("", text, count=1).rstrip("\"' ")))


def repaired(record: SpfRecord, useless: Collection[str] = ()) -> str:
    """The record with each faulty term as it was most likely meant, or without it, and with an end that excludes strangers.

    useless: further terms that are left out, since they lead nowhere, unless they are several without a space between.
    Where one is left out, the end is ~all: its senders may be genuine.
    """
    joined = parse(_NAME_APART.sub(r"\1", _SIGN_APART.sub(r"\1", record.text)))
    slips = {term.text for term in joined.misread} | {fault.term for fault in joined.faults}
    words: list[str] = []
    loses = False
    for word in re.findall(r"[^ ]+", joined.text):
        parts = [word]
        if word in useless or word in slips:
            parts = _parts(word)
            alone = len(parts) == 1 and word in useless
            parts = [] if alone else [better for part in parts if (better := repaired_term(part))]
            loses = loses or not parts
            parts = [part for part in dict.fromkeys(parts) if part not in words]
        words.extend(parts)
    return " ".join(_with_end(_one_of_each_modifier(words), loses))


def _parts(word: str) -> list[str]:
    """The terms that stand in a word without a space between."""
    return [part for one in _NO_SPACE.split(word.translate(_DASHES)) for part in _RUN_TOGETHER.split(one) if part]


def _one_of_each_modifier(words: Iterable[str]) -> list[str]:
    """Without a second redirect, exp or version."""
    found: dict[str, str] = {}
    for word in words:
        name = word.lower().partition("=")[0]
        found.setdefault(name if name in ("redirect", "exp", "v") else f"{len(found)} {word}", word)
    return list(found.values())


def with_address(record: SpfRecord, address: str, *, first: bool = False) -> str:
    """The record with one more address that may send, before the term that ends it; `first`: before all others."""
    term = f"ip{ipaddress.ip_address(address).version}:{address}"
    words = record.text.split()
    if term in words:
        return record.text  # mending a mistake already lets it pass
    ends = (index for index, word in enumerate(words) if _is_all(word) or _is_redirect(word))
    words.insert(1 if first else next(ends, len(words)), term)
    return " ".join(words)


def merged(records: Iterable[str]) -> str:
    """One record with the terms of several; "" where a redirect forbids that."""
    parsed = [parse(text) for text in records]
    if any(record.redirect for record in parsed):
        return ""
    terms: list[Term] = [term for record in parsed for term in record.mechanisms if term.name != "all"]
    strict = all(record.all_qualifier == "-" for record in parsed)
    return " ".join(["v=spf1", *dict.fromkeys(term.text for term in terms), "-all" if strict else "~all"])


def _with_end(words: list[str], loses: bool) -> list[str]:
    """A record that allows everybody, or says nothing of the others, sets them aside: ~all. Nothing that counts follows."""
    ends = [index for index, word in enumerate(words) if _is_all(word)]
    end = words[ends[0]].lower() if ends else ""
    if not ends and any(map(_is_redirect, words)):
        return words
    last = "-all" if end == "-all" and not loses else "~all"
    if ends and all("=" in word for word in words[ends[0] + 1 :]):
        return [*words[: ends[0]], words[ends[0]] if end == last else last, *words[ends[0] + 1 :]]
    return [*(word for word in words if not _is_all(word)), last]


def _is_all(word: str) -> bool:
    return word.lower().lstrip("+-~?") == "all"


def _is_redirect(word: str) -> bool:
    return word.lower().startswith("redirect=")


def repaired_term(text: str) -> str:
    """A faulty term as it was most likely meant, "" when that cannot be told: ipv4:192.0.2.1 -> ip4:192.0.2.1, --all -> -all."""
    visible = "".join(sign for sign in text.translate(_DASHES) if "!" <= sign <= "~").strip("\"',;")
    match = _PARTS.fullmatch(visible)
    if not match or len(visible) > STRING_BYTES:
        return ""
    sign, name = match["signs"][:1], _NAMES.get(match["name"].lower(), match["name"].lower())
    value = re.sub("^https?://", "", match["value"]).rstrip("./")
    tries = [f"{name}={value}"] if name in ("redirect", "exp") else []
    address = value if name in MECHANISMS else visible.lstrip("+-~?")
    address = address if _network(address) else value
    if network := _network(address):
        tries.append(f"{sign}ip{network.version}:{address}")
    tries += [f"{sign}{name}:{value}"] if value else []
    tries += [f"{sign}{name}"] if name in ("all", "a", "mx") else []
    return next((one for one in tries if _is_sound(one)), "")


def _is_sound(term: str) -> bool:
    record = parse(f"v=spf1 {term}")
    return not record.faults and not record.misread and bool(record.terms)


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
