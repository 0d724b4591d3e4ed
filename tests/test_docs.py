"""The manual that is made is fresh and true, and every snippet of CONTRIBUTING.md runs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from cli.conftest import environment, findings_of
from itaudit.config_validation import validate
from itaudit.contributions import CheckSettings
from itaudit.docs import manual, write
from itaudit.docs_models import cell, field_docs, kind_in_words
from itaudit.limits import AtLeast
from itaudit.plugins import Catalogue, discover
from itaudit.toml_text import as_toml

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def snippets(path: Path) -> list[tuple[str, str]]:
    """(language, content) of every fenced block of a page."""
    return [(match[1], match[2]) for match in _FENCE.finditer(path.read_text(encoding="utf-8"))]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return discover()


def test_the_manual_in_the_tree_is_what_the_program_makes(catalogue: Catalogue) -> None:
    wanted = manual(catalogue)
    present = {f"checks/{path.name}" for path in (DOCS / "checks").iterdir()} | {"configuration.md", "report.schema.json"}
    assert present == set(wanted), "run `make docs`"
    for name, content in wanted.items():
        assert (DOCS / name).read_text(encoding="utf-8") == content, f"docs/{name} is stale: run `make docs`"


def test_writing_the_manual_removes_the_page_of_a_check_that_is_gone(tmp_path: Path) -> None:
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "gone.check.md").touch()
    (tmp_path / "own.md").touch()
    write(tmp_path)
    assert not (tmp_path / "checks" / "gone.check.md").exists()
    assert (tmp_path / "own.md").exists()
    assert (tmp_path / "checks" / "disks.space.md").exists()


def test_every_setting_of_ours_says_what_it_means(catalogue: Catalogue) -> None:
    kinds: list[type[BaseModel]] = [*catalogue.sections.values(), *(found.settings for found in catalogue.checks.values())]
    silent = [f"{kind.__module__}: {name}" for kind in kinds for name in kind.model_fields if not field_docs(kind).get(name)]
    assert silent == []


def test_every_section_and_every_limit_is_in_the_reference(catalogue: Catalogue) -> None:
    text = (DOCS / "configuration.md").read_text(encoding="utf-8")
    for table, kind in catalogue.sections.items():
        part = text.partition(f"\n## [{table}]\n")[2].partition("\n## [")[0]
        assert [name for name in kind.model_fields if f"| `{name}` |" not in part] == []
    for found in catalogue.checks.values():
        part = text.partition(f"\n### [checks.{found.id}]\n")[2].partition("\n### [")[0]
        assert [name for name in found.settings.model_fields if f"| `{name}` |" not in part] == []


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.name)
def test_every_toml_block_of_the_manual_is_a_valid_configuration(page: Path, catalogue: Catalogue) -> None:
    for language, content in snippets(page):
        if language == "toml":
            validate(tomllib.loads(content), catalogue, page.name)


def test_the_reference_shows_the_defaults_that_apply(catalogue: Catalogue) -> None:
    blocks = [tomllib.loads(content) for language, content in snippets(DOCS / "configuration.md") if language == "toml"]
    for name, kind in catalogue.sections.items():
        defaults: object = next((block[name] for block in blocks if name in block), {})
        assert kind.model_validate(defaults) == kind()
    for found in catalogue.checks.values():
        ((_, content),) = snippets(DOCS / "checks" / f"{found.id}.md")
        area, name = found.id.split(".")
        values = {key: value for key, value in tomllib.loads(content)["checks"][area][name].items() if key != "enabled"}
        assert found.settings.model_validate(values) == found.settings()


class _Base(CheckSettings):
    free_percent: AtLeast = AtLeast(warn=2, fail=1)
    """Free | space,
    in percent."""


class _Derived(_Base):
    word: str = "a"
    """A word."""
    silent: int = 0


def test_the_meaning_of_a_setting_is_read_below_it_and_inherited() -> None:
    assert field_docs(_Derived) == {"free_percent": "Free | space, in percent.", "word": "A word."}


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer", "minimum": 2, "maximum": 9}, "whole number, at least 2, at most 9"),
        ({"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "null"}]}, "number, above 0"),
        ({"type": "array", "items": {"type": "string"}}, "list of text"),
        ({"type": "array", "items": {"$ref": "#/$defs/Repository"}}, "list of tables"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "table: name = text"),
        ({"$ref": "#/$defs/AtMost"}, "limit: `{ warn = …, fail = … }`"),
        ({"enum": ["low", "high"]}, 'one of `"low"`, `"high"`'),
        ({"type": "string", "format": "date"}, "day, as 2027-01-31"),
    ],
)
def test_a_schema_is_told_in_words(schema: dict[str, object], words: str) -> None:
    assert kind_in_words(schema) == words


@given(
    st.recursive(
        st.booleans()
        | st.integers(-(2**63), 2**63 - 1)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(st.characters(codec="utf-8")),
        lambda inner: st.lists(inner, max_size=3),
        max_leaves=6,
    )
)
def test_a_value_written_as_toml_is_read_back(value: object) -> None:
    assert tomllib.loads(f"value = {as_toml(value)}")["value"] == value


@given(st.text())
def test_a_text_stays_within_its_cell(text: str) -> None:
    written = cell(text)
    assert "\n" not in written
    assert "<" not in written
    assert not re.search(r"(?<!\\)\|", written)


def plain_copy(name: str, target: Path) -> None:
    """A file or folder of the project, with rights that root accepts, whatever those of the checkout are."""
    source = ROOT / name
    if source.is_dir():
        shutil.copytree(source, target / name, copy_function=shutil.copyfile, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copyfile(source, target / name)
    for path in (target / name, *(target / name).rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which a newcomer has saved every snippet of CONTRIBUTING.md under the name it begins with."""
    folder = tmp_path_factory.mktemp("newcomer")
    for name in ("src", "examples", "docs", "pyproject.toml", "tests/lab", "tests/conftest.py"):
        (folder / name).parent.mkdir(exist_ok=True)
        plain_copy(name, folder)
    for language, content in snippets(ROOT / "CONTRIBUTING.md"):
        if language != "sh":
            first = content.partition("\n")[0]
            assert first.startswith("# "), f"a snippet that nobody runs: {content}"
            (folder / first[2:]).parent.mkdir(parents=True, exist_ok=True)
            (folder / first[2:]).write_text(content, encoding="utf-8")
    return folder


def run(project: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    """Run a program in the copy, with the copy's itaudit; pip works offline and installs beside it."""
    variables = {
        **environment(project),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": f"{project / 'src'}{os.pathsep}{project / 'installed'}",
        "PIP_TARGET": str(project / "installed"),
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        # Off means: build with what is here. pip reads the variable of a --no-option as the option it negates.
        "PIP_NO_BUILD_ISOLATION": "0",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    return subprocess.run(argv, cwd=project, env=variables, capture_output=True, text=True, timeout=110, check=False)


def test_every_snippet_is_python_toml_or_a_command() -> None:
    assert {language for language, _ in snippets(ROOT / "CONTRIBUTING.md")} == {"python", "toml", "sh"}


def test_a_newcomer_who_follows_contributing_ends_with_a_check_a_page_and_a_plugin(project: Path) -> None:
    commands = "".join(content for language, content in snippets(ROOT / "CONTRIBUTING.md") if language == "sh")
    done = run(project, "sh", "-exc", commands)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 passed" in done.stdout
    assert "# connectivity.printer\n" in done.stdout
    assert "# power.ups_battery\n" in done.stdout
    assert (project / "docs" / "checks" / "connectivity.printer.md").is_file()
    assert "## [printers]" in (project / "docs" / "configuration.md").read_text(encoding="utf-8")
    for path in project.glob("*.toml"):
        if path.name != "pyproject.toml":
            checked = run(project, "itaudit", "config", "check", "--config", path.name)
            assert checked.returncode == 0, checked.stderr


def test_the_drop_in_folder_of_contributing_brings_its_check(project: Path) -> None:
    listed = run(project, sys.executable, "-c", "import itaudit; print(itaudit.__file__)")
    assert listed.stdout.startswith(str(project))
    shown = run(project, "itaudit", "checks", "show", "power.ups_battery", "--config", "drop_in.toml")
    assert shown.returncode == 0, shown.stderr


def test_the_nagios_plugin_of_contributing_is_run(project: Path) -> None:
    done = run(project, "itaudit", "scan", "--only", "nagios", "--no-save", "--config", "nagios.toml", "--json", "nagios.json")
    assert done.returncode == 1, done.stderr
    (finding,) = findings_of(project / "nagios.json")
    assert (finding["subject"], finding["verdict"]["status"]) == ("shop-export", "fail")
    assert "no export" in finding["verdict"]["summary"]
