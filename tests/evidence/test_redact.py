"""Secrets never reach a recording, a log or a report."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itaudit.evidence.redact import _PASSES_AT_MOST, _RULES, redact, redact_json

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
        f"mysqldump -u root -p{SECRET} shop > /srv/dump.sql",
        f"mysqldump -u root -p'a;b {SECRET}' shop",
        f"0 3 * * * root /usr/bin/mariadb-dump \\\n  --all-databases -p{SECRET}",
        json.dumps(["mysqldump", f"-p{SECRET}", "shop"]),
        f"sshpass -p {SECRET} ssh nas",
        f"sshpass -p'x {SECRET}' rsync -a /srv nas:",
        f"sshpass -v -p{SECRET} scp a b",
        f"curl -u anna:{SECRET} https://nas.example/",
        f"curl -fsSu 'anna:x {SECRET}' https://nas.example/",
        f"curl --user anna:{SECRET} -T a ftp://nas.example/",
        f"curl --proxy-user=anna:{SECRET} https://nas.example/",
        json.dumps({"argv": ["curl", "-u", f"anna:{SECRET}"]}),
        f"smbclient //nas/share -U anna%{SECRET}",
        f"PASSWORD=/{SECRET}+base64==",
        f'RESTIC_PASSWORD="/{SECRET}"',
        f"--password /{SECRET}",
        f"--db-password '{SECRET} x'",
        f"https://anna:p@ss{SECRET}@nas.example/backup",
        f"https://anna:p/ss{SECRET}@nas.example/backup",
        f"https://anna:p@ss/w{SECRET}@nas.example/backup",
        f"http://a.example:80/,http://anna:{SECRET}@nas.example/",
        f"https://anna:{'x' * 600}{SECRET}@nas.example/",
        json.dumps({"password": f'a"{SECRET}'}),
        json.dumps({"body": json.dumps({"password": f'a"{SECRET} b'})}),
        json.dumps({"body": json.dumps({"body": json.dumps({"password": f'a"{SECRET} b'})})}),
        json.dumps({"body": f'PASSWORD="a\\"{SECRET} b"\nX=1'}),
        f"pwd={SECRET}",
        f"pwd=/{SECRET}",
        f"MYSQL_PWD=/{SECRET}",
        f"Server=nas;Uid=anna;Pwd={SECRET};",
        f"B2_ACCOUNT_KEY={SECRET}",
        f"storage_account_key={SECRET}",
        f"AccountName=nas;AccountKey={SECRET}==;EndpointSuffix=x",
        f"<password>{SECRET}</password>",
        f'<db:Password encrypted="false">a {SECRET}</db:Password>',
        f"<password><![CDATA[<{SECRET}]]></password>",
        f"<key>password</key>\n\t<string>{SECRET}</string>",
        f"machine nas\nlogin anna\npassword {SECRET}\n",
        f"machine nas login anna password {SECRET}",
        f"machine nas password {SECRET} login anna",
        f'RESTIC_PASSWORD_COMMAND="echo {SECRET}"',
        f"RESTIC_PASSWORD_COMMAND='printf %s \"{SECRET}\"'",
        f"export BORG_PASSCOMMAND='/bin/echo -n x {SECRET}'",
        f"encryption_passcommand: echo {SECRET}",
        f"restic --password-command 'echo {SECRET}' backup /home",
        json.dumps({"RESTIC_PASSWORD_COMMAND": f"echo {SECRET}"}),
        f"RESTIC_PASSWORD=$(echo x {SECRET})",
        f'RESTIC_PASSWORD="$(echo "x {SECRET}")"',
        f'Environment="RESTIC_PASSWORD=x {SECRET}"',
        f"docker run -e 'MYSQL_PASSWORD=x {SECRET}' mysql",
        f"PASSWORD='a'\\''{SECRET}'",
        f'PASSWORD="a"{SECRET}',
        f"PASSWORD=a\\ {SECRET}",
        f"PASSWORD=a,{SECRET}",
        f"PASSWORD=a&{SECRET}",
        f"PASSWORD=a)]{SECRET}",
        f"encryption_passphrase:   correct horse {SECRET}",
        f"password = correct horse {SECRET}",
        f"'password' => '{SECRET}'",
        f"DB_PASSWORD2={SECRET}",
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
        "PASSWORD=",
        'PASSWORD=""',
        '{"password": "", "user": "anna"}',
        'SSL_KEY_PASSWORD_FILE="/etc/ssl/x y"',
        "--password-file /etc/restic/password",
        "restic -r /mnt/usb -p /etc/restic/password backup /home",
        "restic --insecure-no-password backup /home",
        'RESTIC_PASSWORD_COMMAND="cat /etc/restic/password"',
        "encryption_passcommand: pass show borg",
        "mkdir -p /srv/backup && ssh -p 22 nas",
        "mysqldump -u root -P3306 -p shop && mkdir -p /srv/backup",
        "mysqldump shop; ssh -p22 nas",
        "curl -u anna https://nas.example:8443/",
        "sshpass -f /etc/nas.password ssh nas",
        "http://nas.example:8080/users/@anna",
        "https://nas.example:8443 mail anna@nas.example",
        "PWD=/root\nOLDPWD=/srv",
        "compass=north bypass: no",
        "cat: /etc/restic/password: Permission denied",
        "open /etc/restic/password: no such file or directory",
        "password required pam_unix.so obscure",
        "Password authentication is switched off for everybody",
        "<passwords/><password></password>",
        "<key>password</key><key>name</key><string>anna</string>",
    ],
)
def test_what_is_no_secret_stays_as_evidence(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("restic -r /a PASSWORD=x;restic backup /home", "restic -r /a PASSWORD=[redacted];restic backup /home"),
        ("a?token=x&page=2", "a?token=[redacted]&page=2"),
        ("-o username=anna,password=x,uid=0", "-o username=anna,password=[redacted],uid=0"),
        ('Environment="PASSWORD=x" "B=c d"', 'Environment="PASSWORD=[redacted]" "B=c d"'),
        ('PASSWORD="x y" B="c d"', 'PASSWORD="[redacted]" B="c d"'),
        ('RESTIC_PASSWORD_COMMAND="echo x y"\nB=c', 'RESTIC_PASSWORD_COMMAND="echo [redacted]"\nB=c'),
        ("curl -u anna:x https://nas/", "curl -u anna:[redacted] https://nas/"),
        ("rest:http://anna:x@y/z@nas/", "rest:http://anna:[redacted]@nas/"),
        ("sshpass -p x ssh -p 22 nas", "sshpass -p [redacted] ssh -p 22 nas"),
        ("PASSWORD=$(cat /etc/x) restic backup", "PASSWORD=[redacted] restic backup"),
    ],
)
def test_only_the_secret_goes(text: str, left: str) -> None:
    assert redact(text) == left


WRITTEN = st.text(alphabet="ab\"'\\ ,;:&}])$/@=\n", min_size=1, max_size=12)


@given(WRITTEN, st.sampled_from(["password", "api_key", "RESTIC_PASSWORD", "token"]))
def test_json_stays_json_and_loses_the_whole_value(secret: str, name: str) -> None:
    value = {"a": [{name: secret}, {"b": "c"}], "d": 1}
    left = {"a": [{name: "[redacted]"}, {"b": "c"}], "d": 1}
    assert json.loads(redact(json.dumps(value))) == left
    assert json.loads(redact(json.dumps(value, separators=(",", ":")))) == left
    assert json.loads(redact(json.dumps(value, indent=2))) == left
    assert redact_json(value) == left


@given(st.text(alphabet="ab\" ';&,=)$@", max_size=12))
def test_a_value_in_the_quotes_of_a_shell_goes_whole(secret: str) -> None:
    quoted = secret.replace("'", "'\"'\"'") if len(secret) % 2 else secret.replace("'", "'\\''")
    assert redact(f"PASSWORD='Zq9{quoted}' restic backup") == "PASSWORD='[redacted]' restic backup"


@pytest.mark.parametrize(
    ("value", "left"),
    [
        ({"password": "x y"}, {"password": "[redacted]"}),
        ({"Api_Key": "x", "name": "a"}, {"Api_Key": "[redacted]", "name": "a"}),
        ({"tokens": {"token": ["x", "y"]}}, {"tokens": {"token": ["[redacted]", "[redacted]"]}}),
        ({"password": "", "token": None, "secret": 5}, {"password": "", "token": None, "secret": 5}),
        ({"password_file": "/etc/x"}, {"password_file": "/etc/x"}),
        ({"password_command": "echo x y"}, {"password_command": "echo [redacted]"}),
        ({"password_command": "cat /etc/x"}, {"password_command": "cat /etc/x"}),
        ({"https://u:x@nas/": 1}, {"https://u:[redacted]@nas/": 1}),
        (["restic", "--password", "-x", "b"], ["restic", "--password", "[redacted]", "b"]),
        (["restic", "--no-password", "backup"], ["restic", "--no-password", "backup"]),
        (["restic", "-p", "/etc/x", "backup"], ["restic", "-p", "/etc/x", "backup"]),
        (["/usr/bin/mysqldump", "-px y", "shop"], ["/usr/bin/mysqldump", "-p[redacted]", "shop"]),
        (["mysqldump", "-p", "shop"], ["mysqldump", "-p", "shop"]),
        (["sudo", "sshpass", "-p", "x y", "ssh", "-p", "22"], ["sudo", "sshpass", "-p", "[redacted]", "ssh", "-p", "22"]),
        (["curl", "-u", "anna:x y", "https://nas/"], ["curl", "-u", "anna:[redacted]", "https://nas/"]),
        (["curl", "--user=anna:x:y"], ["curl", "--user=anna:[redacted]"]),
        (["mkdir", "-p", "/srv"], ["mkdir", "-p", "/srv"]),
        ([["RESTIC_PASSWORD", "x"], ["A", "b"]], [["RESTIC_PASSWORD", "[redacted]"], ["A", "b"]]),
        (["password", "username"], ["password", "username"]),
        (("a", "PASSWORD=x y"), ["a", "PASSWORD=[redacted]"]),
        (["sh", "-c", "curl -u a:x nas"], ["sh", "-c", "curl -u a:[redacted] nas"]),
        ([1, 2.5, True, None, "a"], [1, 2.5, True, None, "a"]),
    ],
)
def test_structures_lose_their_secrets_and_nothing_else(value: object, left: object) -> None:
    assert redact_json(value) == left


def test_a_structure_without_end_is_refused_whole_below_a_depth() -> None:
    deep: object = "x"
    for _ in range(5000):
        deep = [deep]
    assert "redacted" in json.dumps(redact_json(deep))


PIECES = (
    "password", "PASSWORD", "token", "_FILE", "_COMMAND", "pwd", "=", ":", " ", "\n", "\"", "'", "\\", ",", ";", "&", "/", "@",
    "://", "u:", "-p", "--", "-u", "mysqldump ", "sshpass ", "curl ", "echo ", "$(", ")", "]", "[", "}", "<password>", "<", ">",
    "x", "yZ9", "login ", "[redacted]", "$6$saltsalt$", "bearer ", "<![CDATA[", "]]>", "=>", "<key>", "</key><string>",
)  # fmt: skip


@settings(max_examples=1000)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_redacting_twice_changes_nothing_more_whatever_stands_beside(text: str) -> None:
    assert redact(redact(text)) == redact(text)
    assert redact_json(redact_json([text, text])) == redact_json([text, text])


@given(st.text(alphabet='abk:=/@"\\ -$6.{}[],\npasswordtoken', max_size=200))
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    assert redact(redact(text)) == redact(text)


@given(st.text(alphabet="abcXYZ019", min_size=12, max_size=40), st.sampled_from(["PASSWORD=", "token=", "://u:", "passphrase: "]))
def test_any_secret_behind_a_telling_word_goes(secret: str, front: str) -> None:
    assert secret not in redact(f"x {front}{secret}@host")


@pytest.mark.parametrize(
    "piece",
    [
        "://",
        "://u:",
        "password='\\'",
        "password='\"'\"'",
        '\\"password=',
        "passcommand=",
        "mysql '",
        "--",
        "<key>password",
        "$(",
        "pass",
    ],
)
def test_a_hostile_text_of_half_a_megabyte_is_redacted_before_the_test_is_stopped(piece: str) -> None:
    """Time that grows with the square of the length would be hours."""
    text = piece * (2**19 // len(piece))
    assert redact(f"{text}\nPASSWORD={SECRET}").find(SECRET) == -1


def rule_by_rule(text: str) -> str:
    """What redact does without looking first which rules can match at all."""
    for _ in range(_PASSES_AT_MOST):
        before = text
        for rule in _RULES:
            text = rule.apply(text)
        if text == before:
            break
    return text


SHAPES = st.sampled_from(
    [
        *("pass", "word", "PWD", "secret", "key", "_domainkey", "token", "psk", "credential", "api", "_", "=", ": ", "'", '"'),
        *("--", "</", "<", ">", "<key>", "</key><string>", "login x ", "passwd ", "bearer ", "basic ", "://", ":", "@", "/"),
        *("mysql", " -p", "curl", " -u ", "sshpass", "AKIA", "ABCDEFGHIJKLMNOP", "ghp_", "abcdefgh12345678", "command"),
        *("-----BEGIN PRIVATE KEY-----", "$6$", "bypass", "x", " ", "\n", ",", "\\"),
    ]
)


@settings(max_examples=500)
@given(st.lists(SHAPES, max_size=14).map("".join))
def test_looking_first_which_rules_can_match_leaves_no_secret(text: str) -> None:
    assert redact(text) == rule_by_rule(text)


@given(st.dictionaries(st.lists(SHAPES, max_size=3).map("".join), st.text(max_size=5), max_size=3))
def test_the_names_of_values_are_remembered_and_change_nothing(value: dict[str, str]) -> None:
    assert redact_json(value) == redact_json(dict(reversed(value.items())))
    assert all(redact(name) in redact_json(value) for name in value)
