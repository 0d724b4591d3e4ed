from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import dns.dnssec
import dns.name
import dns.rdatatype
import dns.zone
import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit import api
from itaudit.facts.denial_proofs import denial_proof
from itaudit.facts.lookups import Record, Reply
from itaudit.facts.signature_proofs import Hold, Keys, named_by, signatures_of
from itaudit.facts.wish_proofs import wish_faults
from itaudit.facts.zone_proofs import ServerProof, control_name, outdated, server_proof
from lab._dns_signing import Signer
from lab._dns_zones import Zone, without_signatures

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
# RFC 6605 6.1: a key, its DS record, and a record that it signed.
RFC_KEY = "257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA=="
RFC_DS = "55648 13 2 b4c8c1fe2e7477127b27115656ad6256f424625bf5c1e2770ce6d6e37df61d17"
RFC_SIGNATURE = (
    "A 13 3 3600 20100909100439 20100812100439 55648 example.net. "
    "qx6wLYqmh+l9oCKTN6qIc+bw6ya+KJ8oMz0YP107epXAyGmt+3SNruPFKG7tZoLBLlUzGGus7ZwmwWep666VCw=="
)
RFC_RECORDS = (Record("www.example.net", "A", "192.0.2.1"), Record("www.example.net", "RRSIG", RFC_SIGNATURE))
RFC_KEYS = Keys("example.net", (RFC_KEY,))


@pytest.mark.parametrize(
    ("now", "hold"),
    [
        (datetime(2010, 8, 12, 10, 4, 38, tzinfo=UTC), Hold.EARLY),
        (datetime(2010, 8, 12, 10, 4, 39, tzinfo=UTC), Hold.GOOD),
        (datetime(2010, 9, 9, 10, 4, 38, tzinfo=UTC), Hold.GOOD),
        (datetime(2010, 9, 9, 10, 4, 39, tzinfo=UTC), Hold.EXPIRED),
    ],
)
def test_the_example_of_the_standard_holds_in_its_time_only(now: datetime, hold: Hold) -> None:
    (made,) = signatures_of(RFC_RECORDS, "www.example.net", "A", RFC_KEYS, now)
    assert (made.key, made.hold, made.ends) == ("55648/13", hold, datetime(2010, 9, 9, 10, 4, 39, tzinfo=UTC))


def test_a_changed_record_does_not_match_whatever_the_time() -> None:
    changed = (replace(RFC_RECORDS[0], data="192.0.2.2"), RFC_RECORDS[1])
    (made,) = signatures_of(changed, "www.example.net", "A", RFC_KEYS, NOW)
    assert made.hold is Hold.FALSE


def test_a_signature_by_a_key_that_is_not_shown_is_a_strangers() -> None:
    (made,) = signatures_of(RFC_RECORDS, "www.example.net", "A", Keys("example.net", ()), NOW)
    assert made.hold is Hold.STRANGER


def test_a_signature_of_an_unknown_kind_is_not_called_wrong() -> None:
    unknown = (RFC_RECORDS[0], replace(RFC_RECORDS[1], data=RFC_SIGNATURE.replace("A 13 3", "A 23 3")))
    (made,) = signatures_of(unknown, "www.example.net", "A", RFC_KEYS, NOW)
    assert made.hold is Hold.UNCHECKED


def test_a_signature_of_which_a_part_was_taken_for_a_secret_is_not_called_wrong() -> None:
    cut = (RFC_RECORDS[0], replace(RFC_RECORDS[1], data=RFC_SIGNATURE[:-6] + "psk=[redacted] 13 3"))
    with pytest.raises(api.Unreadable, match="taken for a secret"):
        signatures_of(cut, "www.example.net", "A", RFC_KEYS, NOW)


def test_the_ds_record_of_the_standard_names_its_key_and_is_the_fitting_one() -> None:
    anchors, wrong, checkable = named_by(RFC_KEYS, (RFC_DS,))
    assert (len(anchors.records), wrong, checkable) == (1, (), True)
    assert RFC_KEYS.fitting_ds() == (f"example.net. IN DS {RFC_DS}",)


@pytest.mark.parametrize(
    ("ds", "found"),
    [
        (RFC_DS.replace("b4c8", "0000"), (0, 1, True)),
        (RFC_DS.replace("55648", "55649"), (0, 0, True)),
        ("55648 13 3 " + "ab" * 32, (0, 0, False)),
        ("55648 23 2 " + "ab" * 32, (0, 0, False)),
    ],
)
def test_ds_records_that_name_no_key(ds: str, found: tuple[int, int, bool]) -> None:
    anchors, wrong, checkable = named_by(RFC_KEYS, (ds,))
    assert (len(anchors.records), len(wrong), checkable) == found


def test_a_key_that_may_not_sign_zones_is_no_anchor() -> None:
    keys = Keys("example.net", (RFC_KEY.replace("257", "1", 1),))
    ds = dns.dnssec.make_ds("example.net.", keys.records[0], "SHA256").to_text()
    anchors, wrong, _ = named_by(keys, (ds,))
    assert not anchors
    assert "may not sign" in wrong[0]


Served = tuple[tuple[str, ...], dict[str, Reply]]


def served(how: Zone, now: datetime = NOW) -> Served:
    """The DS records of a zone that was signed as `how` says, and the answers of a server that holds it."""
    signer = Signer(now)
    text = signer.sign("a.test", how.text("a.test"), how)
    zone = dns.zone.from_text(text, origin="a.test.", relativize=False)

    def records(type_: str, name: str = "a.test") -> tuple[Record, ...]:
        kinds = [zone.get_rdataset(f"{name}.", type_), zone.get_rdataset(f"{name}.", "RRSIG", type_)]
        return tuple(Record(name, dns.rdatatype.to_text(kind.rdtype), one.to_text()) for kind in kinds if kind for one in kind)

    last = max((name for name in zone.nodes if name < dns.name.from_text(control_name("a.test"))), default=None)
    denial = Reply("NXDOMAIN", authority=(*records("SOA"), *records("NSEC", str(last).rstrip("."))))
    ds = signer.delegation_signers("a.test", how).splitlines()
    replies = {type_: Reply("NOERROR", answer=records(type_)) for type_ in ("DNSKEY", "SOA", "NS", "CDS", "CDNSKEY")}
    return tuple(line.split(" DS ")[1] for line in ds), {**replies, "": denial}


GOOD = Zone("@ 3600 IN A 192.0.2.1\n", signed=True)


def proof(how: Zone, now: datetime = NOW) -> ServerProof:
    return server_proof("192.0.2.53", "a.test", *served(how), now)


@pytest.mark.parametrize("algorithm", ["RSASHA1", "RSASHA256", "ECDSAP256SHA256", "ECDSAP384SHA384", "ED25519"])
@pytest.mark.parametrize("digest", ["SHA1", "SHA256", "SHA384"])
def test_a_well_signed_zone_holds(algorithm: str, digest: str) -> None:
    found = proof(replace(GOOD, algorithm=algorithm, digests=(digest,)))
    assert (found.broken, found.partly, found.small, found.unchecked) == ((), (), (), False)
    assert {window.type: window.ends - NOW for window in found.windows} == dict.fromkeys(
        ("DNSKEY", "SOA", "NS"), timedelta(days=30)
    )


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (replace(GOOD, wrong_ds=True), "no DNSKEY matches"),
        (replace(GOOD, spoil=without_signatures("DNSKEY")), "DNSKEY is not signed"),
        (replace(GOOD, spoil=without_signatures("SOA")), "SOA is not signed"),
        (replace(GOOD, inception_days=-9, expiration_days=-1), "has expired"),
        (replace(GOOD, inception_days=1), "is not valid yet"),
    ],
)
def test_what_breaks_a_zone_is_said(how: Zone, words: str) -> None:
    found = proof(how)
    assert words in found.broken[0]
    assert found.late is (words in ("has expired", "is not valid yet"))


def test_keys_that_are_signed_only_by_a_key_that_the_parent_does_not_name_are_not_believed() -> None:
    _, replies = served(GOOD)
    (other,) = [one.data for one in replies["DNSKEY"].answer if one.type == "DNSKEY" and one.data.startswith("256")]
    ds = dns.dnssec.make_ds("a.test.", Keys("a.test", (other,)).records[0], "SHA256").to_text()
    found = server_proof("192.0.2.53", "a.test", (ds,), replies, NOW)
    assert "DNSKEY" in found.broken[0]
    assert not found.late


def test_what_cannot_be_computed_is_neither_good_nor_bad() -> None:
    _, replies = served(GOOD)
    found = server_proof("192.0.2.53", "a.test", ("4711 23 2 " + "ab" * 32,), replies, NOW)
    assert (found.broken, found.unchecked) == ((), True)


WISHES: dict[str, tuple[tuple[str, ...], str]] = {
    "another key": (("CDS 4711 13 2 " + "ab" * 32,), "fits no key"),
    "another whole key": ((f"CDNSKEY {RFC_KEY}",), "is no key of the zone"),
    "keep and delete": (("CDS 0 0 0 00", "CDS 4711 13 2 " + "ab" * 32), "keep and to delete"),
    "two that differ": (("CDS 4711 13 2 " + "ab" * 32, f"CDNSKEY {RFC_KEY}"), "different keys"),
}


@pytest.mark.parametrize(("records", "words"), WISHES.values(), ids=WISHES)
def test_wishes_to_the_parent_that_cannot_be_granted_are_said(records: tuple[str, ...], words: str) -> None:
    how = replace(GOOD, body="".join(f"@ 3600 IN {one}\n" for one in records))
    ds, replies = served(how)
    faults = server_proof("192.0.2.53", "a.test", ds, replies, NOW).small
    assert any(words in fault for fault in faults), faults


def test_a_wish_that_is_signed_by_another_key_or_not_at_all_is_not_believed() -> None:
    ds, replies = served(replace(GOOD, body="@ 3600 IN CDS 0 0 0 00\n"))
    assert server_proof("192.0.2.53", "a.test", ds, replies, NOW).small == ()
    bare = replace(replies["CDS"], answer=tuple(one for one in replies["CDS"].answer if one.type == "CDS"))
    assert server_proof("192.0.2.53", "a.test", ds, {**replies, "CDS": bare}, NOW).small == ("CDS is not signed",)
    stranger = wish_faults(
        "a.test", Keys("a.test", tuple(one.data for one in replies["DNSKEY"].answer[:2])), (RFC_DS,), replies, NOW
    )
    assert stranger == ("CDS is signed by no key that the parent names",)


def test_a_zone_without_keys_is_broken_only_when_the_parent_says_that_it_is_signed() -> None:
    unsigned = {type_: Reply("NOERROR") for type_ in ("DNSKEY", "SOA", "NS")}
    assert server_proof("192.0.2.53", "a.test", (), unsigned, NOW).broken == ()
    assert "no DNSKEY record" in server_proof("192.0.2.53", "a.test", (RFC_DS,), unsigned, NOW).broken[0]


def test_an_unsigned_list_of_servers_breaks_only_a_part() -> None:
    found = proof(replace(GOOD, spoil=without_signatures("NS")))
    assert (found.broken, found.partly) == ((), ("NS is not signed",))


def without_authority(kind: str) -> Callable[[Served], Served]:
    def change(given: Served) -> Served:
        ds, replies = given
        kept = tuple(record for record in replies[""].authority if record.type != kind)
        return ds, {**replies, "": replace(replies[""], authority=kept)}

    return change


def moved(given: Served) -> Served:
    """The proof of another name."""
    ds, replies = given
    elsewhere = tuple(replace(one, name=f"zz.{one.name}" if one.type == "NSEC" else one.name) for one in replies[""].authority)
    return ds, {**replies, "": replace(replies[""], authority=elsewhere)}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (without_authority("NSEC"), "no NSEC or NSEC3"),
        (without_authority("RRSIG"), "not signed"),
        (moved, "no NSEC record covers the name"),
    ],
)
def test_a_wrong_proof_that_a_name_is_not_there_is_seen(change: Callable[[Served], Served], words: str) -> None:
    found = server_proof("192.0.2.53", "a.test", *change(served(GOOD)), NOW)
    assert found.broken == ()
    assert any(words in fault for fault in found.partly), found.partly


def nsec3(owner: str, following: str, iterations: int = 12) -> Record:
    return Record(f"{owner}.example", "NSEC3", f"1 1 {iterations} aabbccdd {following} A RRSIG")


@pytest.mark.parametrize(
    ("record", "covers"),
    [
        # RFC 5155 A and B.1: ns1.example hashes to 2t7b4g4vsa5smi47k61mv5bv1a22bojr.
        (nsec3("0p9mhaveqvm6t7vbl5lop2u3t2rp3tom", "35mthgpgcu1qg68fab165klnsnk3dpvl"), True),
        (nsec3("2t7b4g4vsa5smi47k61mv5bv1a22bojr", "35mthgpgcu1qg68fab165klnsnk3dpvl"), True),
        (nsec3("35mthgpgcu1qg68fab165klnsnk3dpvl", "b4um86eghhds6nea196smvmlo4ors995"), False),
        (nsec3("t644ebqk9bibcna874givr6joj62mlhv", "35mthgpgcu1qg68fab165klnsnk3dpvl"), True),
        (nsec3("t644ebqk9bibcna874givr6joj62mlhv", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"), False),
        (nsec3("0p9mhaveqvm6t7vbl5lop2u3t2rp3tom", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"), True),
        (nsec3("35mthgpgcu1qg68fab165klnsnk3dpvl", "b4um86eghhds6nea196smvmlo4ors995", 65535), True),
    ],
)
def test_hashed_proofs_are_read_as_the_standard_computes_them(record: Record, covers: bool) -> None:
    found = denial_proof("ns1.example", Keys("example", ()), Reply("NXDOMAIN", authority=(record,)), NOW)
    assert any("covers" in fault for fault in found.faults) is not covers
    assert found.iterations in (12, 65535)


@pytest.mark.parametrize(
    ("owner", "following", "covers"),
    [
        ("a.example", "c.example", True),
        ("a.example", "b.example", False),
        ("b.example", "c.example", True),
        ("c.example", "d.example", False),
        ("a.example", "example", True),
        ("c.example", "example", False),
        ("example", "example", True),
    ],
)
def test_plain_proofs_cover_what_lies_between_and_the_last_one_the_rest(owner: str, following: str, covers: bool) -> None:
    record = Record(owner, "NSEC", f"{following}. A RRSIG NSEC")
    found = denial_proof("b.example", Keys("example", ()), Reply("NXDOMAIN", authority=(record,)), NOW)
    assert any("covers" in fault for fault in found.faults) is not covers


@pytest.mark.parametrize(
    ("record", "on_demand"),
    [
        (Record("b.example", "NSEC", "\\000.b.example. RRSIG NSEC"), True),
        (Record("example", "NSEC", "\\000.b.example. NS SOA RRSIG NSEC"), True),
        (Record("example", "NSEC", "ns1.example. NS SOA RRSIG NSEC"), False),
        # ns1.example hashes to 2t7b...bojr: one less and one more are made for it alone (RFC 7129 5.2).
        (nsec3("2t7b4g4vsa5smi47k61mv5bv1a22bojq", "2t7b4g4vsa5smi47k61mv5bv1a22bojs"), True),
    ],
)
def test_proofs_that_are_made_at_the_moment_are_recognised(record: Record, on_demand: bool) -> None:
    name = "ns1.example" if record.type == "NSEC3" else "b.example"
    found = denial_proof(name, Keys("example", ()), Reply("NOERROR", authority=(record,)), NOW)
    assert found.on_demand is on_demand


@pytest.mark.parametrize(
    ("algorithm", "digests", "words"),
    [
        ("ECDSAP256SHA256", ("SHA256",), ()),
        ("ED25519", ("SHA384",), ()),
        ("RSASHA256", ("SHA1", "SHA256"), ()),
        ("RSASHA256", ("SHA1",), ("only SHA-1",)),
        ("RSASHA1", ("SHA256",), ("RSA/SHA-1",)),
        ("RSASHA1NSEC3SHA1", ("SHA256",), ("RSASHA1-NSEC3-SHA1",)),
    ],
)
def test_outdated_methods_are_named(algorithm: str, digests: tuple[str, ...], words: tuple[str, ...]) -> None:
    ds, replies = served(replace(GOOD, algorithm=algorithm, digests=digests))
    keys = Keys("a.test", tuple(one.data for one in replies["DNSKEY"].answer if one.type == "DNSKEY"))
    found = " ".join(outdated(ds, keys))
    assert all(word in found for word in words)
    assert bool(found) is bool(words)


TYPES = st.sampled_from(["DNSKEY", "CDS", "CDNSKEY", "SOA", "NS", "RRSIG", "NSEC", "NSEC3", "A"])
WORDS = st.sampled_from([RFC_KEY, RFC_DS, RFC_SIGNATURE, "1 1 0 - 2t7b A", "b.example. A", "ns. h. 1 2 3 4 5", "[redacted]"])
DATA = WORDS | st.text(max_size=60) | WORDS.flatmap(lambda text: st.integers(0, len(text)).map(lambda cut: text[:cut]))
RECORDS = st.builds(
    Record, st.sampled_from(["example.net", "b.example.net", "\\", "a..b", "."]) | st.text(max_size=9), TYPES, DATA
)
REPLIES = st.builds(
    lambda answer, authority: Reply("NOERROR", answer=tuple(answer), authority=tuple(authority)),
    st.lists(RECORDS, max_size=6),
    st.lists(RECORDS, max_size=4),
)


@given(REPLIES, REPLIES, REPLIES, st.lists(DATA, max_size=3))
def test_hostile_answers_are_a_verdict_or_unreadable(keys: Reply, others: Reply, denial: Reply, ds: list[str]) -> None:
    replies = {"DNSKEY": keys, "SOA": others, "NS": others, "CDS": others, "CDNSKEY": keys, "": replace(denial, answer=())}
    try:
        server_proof("192.0.2.53", "example.net", tuple(ds), replies, NOW)
        outdated(ds, Keys("example.net", tuple(one.data for one in keys.answer if one.type == "DNSKEY")))
    except api.Missing:
        pass


def test_many_keys_and_signatures_are_not_all_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []
    original = dns.dnssec.validate_rrsig

    def counted(*given: Any, **named: Any) -> None:
        tried.append(given)
        original(*given, **named)

    monkeypatch.setattr(dns.dnssec, "validate_rrsig", counted)
    many = [Record("www.example.net", "RRSIG", RFC_SIGNATURE.replace("qx6w", f"{number:04}")) for number in range(500)]
    signatures_of((RFC_RECORDS[0], *many), "www.example.net", "A", Keys("example.net", (RFC_KEY,) * 50), NOW)
    assert 0 < len(tried) <= 8
