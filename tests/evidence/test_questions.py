"""Questions and the keys by which recordings find them."""

import pytest

from itaudit import api


@pytest.mark.parametrize(
    ("question", "key"),
    [
        (api.Dns("a.test", "MX"), "26a86b491274f640"),
        (api.ReadFile("/etc/x"), "0cc76001090d62d3"),
        (api.Command(("tool", "--password", "hunter2"), timeout=5.0), "28976be43235d2bc"),
    ],
    ids=["name", "file", "command with a secret"],
)
def test_the_key_of_a_question_is_that_of_older_recordings(question: api.Question, key: str) -> None:
    assert question.key == key
    assert question.key == key, "the second time too, when it is remembered"
