"""Expectations follow the grammar of RFC 6376 3.2."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit.facts.tag_lists import TagList, shown, tags_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", TagList()),
        ("v=DKIM1; p=abc=", TagList({"v": "DKIM1", "p": "abc="}, "v")),
        (" v = DKIM1 ;\tp =\r\n abc ; ", TagList({"v": "DKIM1", "p": "abc"}, "v")),
        ("p=1; P=2", TagList({"p": "1", "P": "2"}, "p")),
        ("p=1; p=2; p=3", TagList({"p": "1"}, "p", ("p",))),
        ("p=1; reject; =x; 1a=2", TagList({"p": "1"}, "p", (), ("reject", "=x", "1a=2"))),
        ("p=r\u00e9ject;n=\u200b", TagList({}, "", (), ("p=r\u00e9ject", "n=\u200b"))),
        ("p=", TagList({"p": ""}, "p")),
    ],
)
def test_what_a_record_holds(text: str, expected: TagList) -> None:
    assert tags_of(text) == expected


def test_where_case_does_not_matter_a_name_in_both_cases_stands_there_twice() -> None:
    assert tags_of("p=1; P=2", any_case=True) == TagList({"p": "1"}, "p", ("p",))


NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,5}", fullmatch=True)
VALUES = st.from_regex(r"[!-:<-~]{0,20}", fullmatch=True)


@given(st.dictionaries(NAMES, VALUES, max_size=6), st.sampled_from([";", "; ", " ;\t"]))
def test_what_was_written_is_read_again(tags: dict[str, str], separator: str) -> None:
    found = tags_of(separator.join(f"{name}={value}" for name, value in tags.items()))
    assert found == TagList(tags, next(iter(tags), ""))


def test_a_long_text_is_cut_where_it_is_shown() -> None:
    assert shown("x" * 40) == "x" * 40
    assert shown("x" * 41) == "x" * 39 + "…"
