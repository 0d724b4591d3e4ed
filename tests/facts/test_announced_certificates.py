"""The expected hashes are made by openssl, the rules by hand from RFC 6698 2 and RFC 7672 3."""

from __future__ import annotations

import hashlib
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from itaudit.facts.announced_certificates import ISSUER, OWN, Announced, Announcement, compare, parse


@pytest.fixture(scope="module")
def chain() -> list[bytes]:
    """The server's own certificate and that of its issuer, DER."""
    issuer = trustme.CA()
    leaf = issuer.create_child_ca().issue_cert("mx.test")
    return [ssl.PEM_cert_to_DER_cert(blob.bytes().decode()) for blob in leaf.cert_chain_pems]


@pytest.fixture
def hash_by_openssl(needs: Callable[..., str], tmp_path: Path) -> Callable[[bytes, int, int], bytes]:
    """`hash_by_openssl(certificate, selector, matching)`."""
    openssl = needs("openssl")

    def run(*words: str, data: bytes) -> bytes:
        return subprocess.run([openssl, *words], input=data, capture_output=True, check=True, timeout=20).stdout

    def content(certificate: bytes, selector: int, matching: int) -> bytes:
        if selector:
            key = run("x509", "-inform", "DER", "-noout", "-pubkey", data=certificate)
            certificate = run("pkey", "-pubin", "-outform", "DER", data=key)
        return certificate if not matching else run("dgst", f"-sha{256 * matching}", "-binary", data=certificate)

    return content


@pytest.mark.parametrize("selector", [0, 1])
@pytest.mark.parametrize("matching", [0, 1, 2])
@pytest.mark.parametrize("usage", [ISSUER, OWN])
def test_what_is_announced_is_recognised(
    chain: list[bytes], hash_by_openssl: Callable[[bytes, int, int], bytes], usage: int, selector: int, matching: int
) -> None:
    certificate = chain[0] if usage == OWN else chain[1]
    record = Announcement(usage, selector, matching, hash_by_openssl(certificate, selector, matching))
    assert compare([record], chain, name_matches=True, signed=True) is Announced.SAME
    other = Announcement(usage, selector, matching, hash_by_openssl(chain[1 - chain.index(certificate)], selector, matching))
    assert compare([other], chain, name_matches=True, signed=True) is (Announced.OTHER if usage == OWN else Announced.NOTHING)
    assert compare([other, record], chain, name_matches=True, signed=True) is Announced.SAME


def test_an_issuer_vouches_only_for_the_right_name(chain: list[bytes]) -> None:
    record = Announcement(ISSUER, 0, 0, chain[1])
    assert compare([record], chain, name_matches=False, signed=True) is Announced.NOTHING
    assert compare([Announcement(OWN, 0, 0, chain[0])], chain, name_matches=False, signed=True) is Announced.SAME


def test_an_announcement_that_is_not_signed_proves_no_fault(chain: list[bytes]) -> None:
    record = Announcement(OWN, 0, 0, b"other")
    assert compare([record], chain, name_matches=True, signed=False) is Announced.NOTHING


def test_nothing_announced_or_nothing_shown_proves_nothing(chain: list[bytes]) -> None:
    assert compare([], chain, name_matches=True, signed=True) is Announced.NOTHING
    assert compare([Announcement(OWN, 0, 0, b"x")], [], name_matches=True, signed=True) is Announced.NOTHING


def test_what_is_no_certificate_fits_no_key() -> None:
    assert compare([Announcement(OWN, 1, 1, b"x")], [b"no certificate"], name_matches=True, signed=True) is Announced.OTHER
    empty = hashlib.sha256(b"").digest()
    assert compare([Announcement(OWN, 1, 1, empty)], [b"no certificate"], name_matches=True, signed=True) is Announced.OTHER


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3 1 1 ABcd", Announcement(3, 1, 1, b"\xab\xcd")),
        ("2 0 2 ab cd", Announcement(2, 0, 2, b"\xab\xcd")),
        ("0 0 1 abcd", None),
        ("1 0 1 abcd", None),
        ("3 2 1 abcd", None),
        ("3 1 3 abcd", None),
        ("3 1 1 abc", None),
        ("3 1 1", None),
        ("3 1 1 xyz", None),
        ("-3 1 1 ab", None),
    ],
)
def test_a_record_is_read(text: str, expected: Announcement | None) -> None:
    assert parse(text) == expected


@given(st.text(max_size=100) | st.from_regex(r"[0-9 ]{5,12}[0-9a-f ]{0,80}", fullmatch=True))
def test_whatever_a_record_holds_it_is_read_or_left_out(text: str) -> None:
    assert parse(text) is None or isinstance(parse(text), Announcement)
