"""The manual that is made from the program itself: one page per check, their index, and the reference of itaudit.toml.

`python -m itaudit.docs docs` writes docs/checks/ and docs/configuration.md, and the index of our modules (plugin_index.py).
A test fails when they are stale.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from itaudit.docs_configuration import configuration_page
from itaudit.docs_models import cell, field_docs, in_words
from itaudit.document import assessment_schema
from itaudit.needs import produces
from itaudit.plugin_index import PACKAGES, PATH, Index, name_of
from itaudit.plugins import Catalogue, FoundCheck, discover
from itaudit.toml_text import as_toml

_HEAD = "<!-- Made from the check itself by `make docs`. Change the check, not this page. -->\n"


def page(found: FoundCheck) -> str:
    """The manual page of one check, in Markdown."""
    parts = [f"# {found.id}", f"**{found.title}.**", found.why, f"Severity when it fails: **{found.check.severity}**."]
    if settings := _settings_text(found):
        parts.append(settings)
    if found.check.sources:
        parts.append("Where the limits come from:\n\n" + "\n".join(f"- {source}" for source in found.check.sources))
    elif settings:
        parts.append("The limits are our own choice: change them where they do not fit.")
    parts.append(_how_to_change(found))
    return "\n\n".join(part for part in parts if part) + "\n"


def as_dict(found: FoundCheck) -> dict[str, Any]:
    """The same as data."""
    meanings = field_docs(found.settings)
    return {
        "id": found.id,
        "area": found.area,
        "title": found.title,
        "why": found.why,
        "severity": str(found.check.severity),
        "sources": list(found.check.sources),
        "settings": {
            name: {"default": value, "meaning": meanings.get(name, "")}
            for name, value in found.settings().model_dump(mode="json").items()
        },
    }


def _settings_text(found: FoundCheck) -> str:
    meanings = field_docs(found.settings)
    rows = [f"| `{name}` | {in_words(value)} | {cell(meanings.get(name, ''))} |" for name, value in found.settings()]
    return "| setting | default | meaning |\n|---|---|---|\n" + "\n".join(rows) if rows else ""


def _how_to_change(found: FoundCheck) -> str:
    lines = [f"{name} = {as_toml(value)}" for name, value in found.settings() if value is not None]
    lines = lines or ["enabled = false    # it stays in the score as not checked"]
    return "In `itaudit.toml`:\n\n```toml\n" + "\n".join([f"[checks.{found.id}]", *lines]) + "\n```"


def index(catalogue: Catalogue) -> str:
    """The list of all checks, by area."""
    lines = [_HEAD, "# The checks", ""]
    area = ""
    for found in sorted(catalogue.checks.values(), key=lambda one: one.id):
        if found.area != area:
            area = found.area
            lines += ["", f"## {area}", "", "| check | severity | what is well |", "|---|---|---|"]
        lines.append(f"| [{found.id}]({found.id}.md) | {found.check.severity} | {cell(found.title)} |")
    return "\n".join(lines).replace("\n\n\n", "\n\n") + "\n"


def manual(catalogue: Catalogue) -> dict[str, str]:
    """Path below docs/ -> content, of every page that is made, and of the JSON Schema of `--json`.

    Plugins that happen to be installed are not in our manual.
    """
    ours = replace(
        catalogue,
        checks={name: found for name, found in catalogue.checks.items() if _is_ours(found.module.__name__)},
        sections={name: kind for name, kind in catalogue.sections.items() if _is_ours(kind.__module__)},
    )
    pages = {f"checks/{found.id}.md": f"{_HEAD}\n{page(found)}" for found in ours.checks.values()}
    reference = configuration_page(ours.sections.values(), ours.checks.values())
    schema = json.dumps(assessment_schema(), indent=1, sort_keys=True) + "\n"
    return {**pages, "checks/README.md": index(ours), "configuration.md": reference, "report.schema.json": schema}


def plugin_index(catalogue: Catalogue) -> Index:
    """Where everything of ours is, of a catalogue with everything in it."""
    facts: dict[str, set[str]] = {}
    for provider in catalogue.providers.values():
        for kind in produces(provider) if _is_ours(provider.function.__module__) else ():
            facts.setdefault(name_of(kind), set()).add(provider.function.__module__)
    return Index(
        {found.id: found.module.__name__ for found in catalogue.checks.values() if _is_ours(found.module.__name__)},
        {kind: tuple(sorted(modules)) for kind, modules in facts.items()},
        {table: kind.__module__ for table, kind in catalogue.sections.items() if _is_ours(kind.__module__)},
    )


def _is_ours(module: str) -> bool:
    return module.startswith(tuple(f"{package}." for package in PACKAGES))


def write(folder: Path) -> None:
    """Write every page and the index, and remove the pages of checks that are gone."""
    catalogue = discover()
    PATH.write_text(plugin_index(catalogue).as_json(), encoding="utf-8")
    wanted = manual(catalogue)
    (folder / "checks").mkdir(parents=True, exist_ok=True)
    for old in (folder / "checks").glob("*.md"):
        if f"checks/{old.name}" not in wanted:
            old.unlink()
    for name, content in wanted.items():
        (folder / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
