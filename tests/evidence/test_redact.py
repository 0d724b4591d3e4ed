"""Secrets never reach a recording, a log or a report."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit.evidence.redact import redact

SECRET = "hunter2Zq9"


@pytest.mark.parametrize(
    "text",
    [
        f"rest:https://bob:{SECRET}@backup.example/",
        f"sftp://bob:{SECRET}@backup.example:22/x",
        f"RESTIC_PASSWORD={SECRET}",
        f"export AWS_SECRET_ACCESS_KEY={SECRET}",
        f"password: {SECRET}",
        f'RESTIC_PASSWORD="{SECRET}"',
        f"BORG_PASSPHRASE='x {SECRET} y'",
        f'encryption_passphrase: "{SECRET}"',
        json.dumps(f'RESTIC_PASSWORD="{SECRET}"'),
        f'{{"password": "{SECRET}"}}',
        json.dumps({"body": json.dumps({"api_key": SECRET})}),
        f"--password {SECRET}",
        json.dumps(["tool", "--password", SECRET]),
        f"Authorization: Bearer {SECRET}",
        f"-----BEGIN OPENSSH PRIVATE KEY-----\n{SECRET}\n-----END OPENSSH PRIVATE KEY-----",
        f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET}",
        f"root:$6$saltsalt${SECRET}xyz:19000:0:99999:7:::",
        f"root:$y$j9T$salt${SECRET}xyz:19000:0:99999:7:::",
    ],
)
def test_a_secret_in_a_known_shape_is_taken_out(text: str) -> None:
    assert SECRET not in redact(text)
    assert "[redacted]" in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "RESTIC_PASSWORD_FILE=/etc/restic/password",
        "PasswordAuthentication no",
        'RESTIC_PASSWORD_FILE="/etc/restic/password"',
        "BORG_PASSCOMMAND='cat /etc/borg/password'",
        "Package: libpam-passwdqc",
        "https://example.com/path",
        '{"mode": 416, "path": "/etc/restic/password"}',
    ],
)
def test_what_is_no_secret_stays_as_evidence(text: str) -> None:
    assert redact(text) == text


@given(st.text(alphabet='abk:=/@"\\ -$6.{}[],\npasswordtoken', max_size=200))
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    assert redact(redact(text)) == redact(text)


@given(st.text(alphabet="abcXYZ019", min_size=12, max_size=40), st.sampled_from(["PASSWORD=", "token=", "://u:", "passphrase: "]))
def test_any_secret_behind_a_telling_word_goes(secret: str, front: str) -> None:
    assert secret not in redact(f"x {front}{secret}@host")
