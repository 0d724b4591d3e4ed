"""What the owner reads is plain English: in every check's title, reason, sentences and remedies, as the source says them."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from itaudit.plugins import FoundCheck, discover
from lab._owner_texts import Library, Text
from reports.test_html import NEVER

KEYS = re.compile(r"`[^`]*`|\(\[[^()]*\)|\[[^\[\]]*\]")
"""Keys of the configuration, as (`[table] key`) or [table]: they are typed as they are."""
CATALOGUE = discover()
CHECKS = sorted(CATALOGUE.checks.values(), key=lambda found: found.id)
PACKAGES = ("itaudit.checks", "itaudit.facts")
OWN_CHOICE = re.compile(r"#.*\bour(?: own)? choice\b", re.IGNORECASE)


def modules() -> Iterator[ModuleType]:
    """All modules of checks and facts; discovering has imported them."""
    return (module for name, module in sorted(sys.modules.items()) if name.startswith(PACKAGES))


LIBRARY = Library({module.__name__: inspect.getsource(module) for module in modules()})
TEXTS = list(LIBRARY.texts())


def forbidden(words: str) -> list[str]:
    return [match[0] for match in NEVER.finditer(KEYS.sub("", words))]


def of_module(name: str) -> list[Text]:
    return [text for text in TEXTS if text.module == name]


def test_every_check_was_found() -> None:
    assert not CATALOGUE.problems
    assert {module.__name__ for module in modules()} >= {found.module.__name__ for found in CHECKS}


@pytest.mark.parametrize("found", CHECKS, ids=lambda found: found.id)
def test_the_title_and_the_reason_of_a_check_are_plain(found: FoundCheck) -> None:
    assert found.title
    assert found.why
    assert forbidden(f"{found.title}. {found.why}") == []


@pytest.mark.parametrize("found", CHECKS, ids=lambda found: found.id)
def test_every_sentence_that_a_check_can_say_is_plain(found: FoundCheck) -> None:
    texts = of_module(found.module.__name__)
    assert "summary" in {text.place for text in texts}, "the reader found nothing that this check says"
    assert [(text.words, text.line) for text in texts if forbidden(text.words)] == []


def test_what_is_said_of_things_not_checked_is_plain() -> None:
    texts = [text for text in TEXTS if text.module.startswith("itaudit.facts")]
    assert {"does not apply", "unlock"} <= {text.place for text in texts}
    assert [(text.module, text.line, text.words) for text in texts if forbidden(text.words)] == []


@pytest.mark.parametrize("remedy", LIBRARY.remedies(), ids=lambda remedy: f"{remedy.module}:{remedy.line}")
def test_every_remedy_says_what_to_do_how_to_verify_it_and_what_waiting_costs(remedy: Text) -> None:
    assert remedy.words.endswith(".")
    assert {"steps", "verify", "if_you_wait"} <= remedy.given


@pytest.mark.parametrize("found", CHECKS, ids=lambda found: found.id)
def test_every_check_tells_where_its_limits_come_from(found: FoundCheck) -> None:
    assert found.check.sources or OWN_CHOICE.search(inspect.getsource(found.module))


PLANTED = """
from itaudit.facts.planted import FAR, Alarm, far
NEAR = "near constant"
WORDS = {1: "in a table"}

def check(thing, other):
    status, words = _judge(thing)
    if (walrus := "by a walrus"): pass
    api.verdict(status, words, detail="never read: detail", unlock="an unlock")
    api.verdict(status, f"in an f-string {NEAR:%B} and {far(thing)} {thing.title}{walrus}")
    api.verdict(status, "joined " + ", ".join(WORDS[n] for n in other) if thing == "never read: comparison" else FAR)
    return api.verdict(status, summary=str(Alarm.HEAT), fix=api.Remedy("An action", steps=("never read: step",), who="a who"))

def _judge(thing):
    match thing:
        case 1:
            words, fix = "in a case", "never read: beside"
    return status, words
"""
PLANTED_FACTS = """
FAR = "far constant"
class Alarm(StrEnum):
    HEAT = "an enum member"
class Thing:
    @property
    def title(self):
        return "a property"
def far(thing):
    if not thing:
        raise api.NotApplicable("nothing here")
    raise api.Unreadable("never read: technical", "a second argument")
    return "from a far function"
"""


def test_the_reader_finds_words_wherever_they_can_stand() -> None:
    library = Library({"itaudit.checks.planted": PLANTED, "itaudit.facts.planted": PLANTED_FACTS})
    said = {text.words.strip() for text in library.texts()}
    assert said >= {
        *("near constant", "in a table", "by a walrus", "an unlock", "in an f-string", "in a case", "joined", "An action"),
        *("a who", "far constant", "an enum member", "a property", "nothing here", "a second argument", "from a far function"),
    }
    assert not [words for words in said if words.startswith("never read")]
    [remedy] = library.remedies()
    assert remedy == Text("An action", "action", "itaudit.checks.planted", remedy.line, frozenset({"steps", "who"}))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Install the Patch.", ["Patch"]),
        ("It drifts and is dispatched.", []),
        ("Name it in itaudit.toml ([targets] domains).", []),
        ("Look at [patches] and `dns.spf`.", []),
        ("Your domain (or domains) expired.", ["domain", "domains", "expired"]),
    ],
)
def test_whole_words_are_forbidden_and_keys_of_the_configuration_are_not(words: str, found: list[str]) -> None:
    assert forbidden(words) == found
