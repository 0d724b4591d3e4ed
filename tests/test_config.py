"""itaudit.toml: what is written applies, and a typo is one line with the nearest name."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit.config import Configuration, find_file, read_document
from itaudit.config_validation import validate
from itaudit.errors import UserError
from itaudit.limits import AtLeast, AtMost
from itaudit.model import Importance, Status
from itaudit.plugins import Catalogue, discover


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return discover()


def configured(text: str, catalogue: Catalogue) -> Configuration:
    return validate(tomllib.loads(text), catalogue, "itaudit.toml")


def test_without_a_file_the_defaults_apply(catalogue: Catalogue) -> None:
    space = catalogue.checks["disks.space"]
    assert Configuration().limits(space) == space.settings()
    assert Configuration().enabled("disks.space")


def test_limits_can_differ_for_some_subjects(catalogue: Catalogue) -> None:
    text = """
    [checks.disks.space]
    free_percent = { warn = 20, fail = 8 }
    [checks.disks.space.where."/mnt/archive*"]
    free_percent = { warn = 2, fail = 1 }
    """
    configuration = configured(text, catalogue)
    space = catalogue.checks["disks.space"]
    assert configuration.limits(space, "/home").free_percent == AtLeast(warn=20, fail=8)  # type: ignore[attr-defined] # its own Settings
    assert configuration.limits(space, "/mnt/archive2").free_percent == AtLeast(warn=2, fail=1)  # type: ignore[attr-defined] # its own Settings


def test_an_area_can_be_switched_off_and_one_check_left_on(catalogue: Catalogue) -> None:
    configuration = configured("[checks.disks]\nenabled = false\n[checks.disks.space]\nenabled = true", catalogue)
    assert not configuration.enabled("disks.inodes")
    assert configuration.enabled("disks.space")


def test_importance_goes_to_the_last_pattern_that_matches(catalogue: Catalogue) -> None:
    configuration = configured('[importance]\n"/srv*" = "vital"\n"/srv/old" = "spare"', catalogue)
    assert configuration.importance_of("/srv/data") is Importance.VITAL
    assert configuration.importance_of("/srv/old") is Importance.SPARE
    assert configuration.importance_of("/") is Importance.NORMAL


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[chekcs.disks.space]", "did you mean 'checks'?"),
        ("[checks.disk.space]", "did you mean 'disks'?"),
        ("[checks.disks.spcae]", "did you mean 'space'?"),
        ("[checks.disks.space]\nfree_percnt = 3", "did you mean 'free_percent'?"),
        ("[checks.disks.space]\nfree_percent = { warn = 5, fial = 3 }", "did you mean 'fail'?"),
        ("[checks.disks.space]\nfree_percent = { warn = 5, fail = 10 }", "warn must not be below fail"),
        ("[checks.disks.space]\nfree_percent = 3", "free_percent"),
        ("[checks.disks.space]\nenabled = 1", "must be true or false"),
        ('[checks.disks.space.where."/x"]\nfree_percnt = 3', "did you mean 'free_percent'?"),
        ("[checks]\ndisks = 3", "must be a table"),
        ("[scan]\nfail_on = 'hihg'", "fail_on"),
        ("[scan]\ndeadline_seconds = -1", "deadline_seconds"),
        ("[weights]\ndiskz = 3", "did you mean 'disks'?"),
        ("[weights]\ndisks = 'a'", "must be a number"),
        ("[weights]\ndisks = nan", "must be a number"),
        ("[importance]\n'/' = 'huge'", "must be one of"),
        ("[accepted]\ncheck = 'a'", "two brackets"),
        ("[[accepted]]\ncheck = 'disks.spcae'\nby='o'\nreason='r'\nuntil=2027-01-01", "did you mean 'disks.space'?"),
        ("[[accepted]]\ncheck = 'disks.space'\nby='o'\nreason='r'", "until is missing"),
        ("[[accepted]]\ncheck = 'disks.space'\nby=' '\nreason='r'\nuntil=2027-01-01", "by must not be empty"),
        ("[[accepted]]\ncheck = 'disks.space'\nby='o'\nreason=\"\\t\"\nuntil=2027-01-01", "reason must not be empty"),
        ("[checks.disks.space]\nfree_percent = { warn = -1, fail = -5 }", "must not be negative"),
        ("[checks.backups.age]\nage_hours = { warn = -1, fail = 5 }", "must not be negative"),
        ("[checks.disks.space]\nfree_percent = 3", "free_percent must be a table"),
        ("[checks.disks.space]\nfree_percent = { warn = 'a', fail = 3 }", "free_percent.warn must be a number"),
        ("[backups]\nrepositories = 5", "repositories must be a list in square brackets"),
        ("[backups]\nfind = 'perhaps'", "find must be true or false"),
        ("[plugins]\nfolder = 3", "folder must be text in quotes"),
        ("[scan]\nfail_on = 'hihg'", "fail_on must be 'low', 'medium', 'high' or 'critical'"),
        ("[scan]\ndeadline_seconds = -1", "deadline_seconds must be greater than 0"),
    ],
)
def test_a_mistake_is_one_line_that_says_where_and_what(text: str, words: str, catalogue: Catalogue) -> None:
    with pytest.raises(UserError) as caught:
        configured(text, catalogue)
    assert words in str(caught.value)
    assert str(caught.value).startswith("itaudit.toml: ")
    assert "\n" not in str(caught.value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["checks", "disks", "space", "scan", "accepted", "where", "x"]), inner, max_size=3)
        ),
        max_leaves=12,
    )
)
def test_any_document_is_valid_or_a_user_error(document: object) -> None:
    if not isinstance(document, dict):
        document = {"checks": document}
    said = ""
    try:
        validate(document, _CATALOGUE, "f")
    except UserError as error:
        said = str(error)
    assert "\n" not in said


_CATALOGUE = discover()


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[", b"a = [" + b"[" * 100_000, b"a = 1\n" * 2_000_000])
def test_a_file_that_is_no_configuration_is_one_line(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "itaudit.toml").write_bytes(content)
    with pytest.raises(UserError) as caught:
        read_document(tmp_path / "itaudit.toml")
    assert "\n" not in str(caught.value)


def test_a_missing_file_that_was_asked_for_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--config"):
        find_file(tmp_path / "none.toml")


def test_the_file_in_the_present_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "itaudit.toml").touch()
    monkeypatch.chdir(tmp_path)
    found = find_file(None)
    assert found is not None
    assert found.resolve() == tmp_path / "itaudit.toml"


@pytest.mark.parametrize(
    ("limit", "value", "status"),
    [
        (AtLeast(warn=25, fail=10), 25, Status.OK),
        (AtLeast(warn=25, fail=10), 24.9, Status.WARN),
        (AtLeast(warn=25, fail=10), 10, Status.WARN),
        (AtLeast(warn=25, fail=10), 9.9, Status.FAIL),
        (AtLeast(warn=25, fail=10), None, Status.OK),
        (AtMost(warn=1, fail=5), 1, Status.OK),
        (AtMost(warn=1, fail=5), 1.1, Status.WARN),
        (AtMost(warn=1, fail=5), 5, Status.WARN),
        (AtMost(warn=1, fail=5), 5.1, Status.FAIL),
    ],
)
def test_limits_judge_in_their_direction(limit: AtLeast | AtMost, value: float | None, status: Status) -> None:
    assert limit.judge(value) is status
