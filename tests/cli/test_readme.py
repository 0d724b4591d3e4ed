"""What the README shows works as it is written."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

from cli.conftest import Run
from itaudit.config_validation import validate
from itaudit.plugins import discover

README = Path(__file__).parent.parent.parent / "README.md"


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", README.read_text(), re.MULTILINE | re.DOTALL)


def test_the_configuration_shown_is_valid() -> None:
    found = [validate(tomllib.loads(text), discover(), "README.md") for text in blocks("toml")]
    assert [risk.check for configuration in found for risk in configuration.accepted] == ["dns.dmarc"]


def test_every_option_shown_exists(itaudit: Run) -> None:
    lines = [line.split("#")[0] for block in blocks("") for line in block.splitlines() if line.startswith("itaudit ")]
    assert len(lines) > 8
    for words in (shlex.split(line) for line in lines):
        command = [word for word in words[1:3] if re.fullmatch("[a-z]+", word)][: 2 if words[1] in ("checks", "config") else 1]
        described = itaudit(*command, "--help").stdout
        for option in (word for word in words if word.startswith("--")):
            assert re.search(rf"{option}\b", described), f"{' '.join(words)}: no {option}"


def test_the_files_it_points_to_are_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README.read_text()):
        assert (README.parent / target).exists(), target
