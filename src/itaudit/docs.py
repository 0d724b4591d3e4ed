"""One manual page per check, made from the check itself: docstring, limits with their comments, sources.

`python -m itaudit.docs FOLDER` writes them all and an index; a test fails when docs/checks/ is stale.
"""

from __future__ import annotations

import ast
import inspect
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from itaudit.limits import AtLeast, AtMost
from itaudit.plugins import Catalogue, FoundCheck, discover

_HEAD = "<!-- Made from the check itself by `make docs`. Change the check, not this page. -->\n"


def page(found: FoundCheck) -> str:
    """The manual page of one check, in Markdown."""
    parts = [f"# {found.id}", f"**{found.title}.**", found.why, f"Severity when it fails: **{found.check.severity}**."]
    if settings := _settings_text(found):
        parts.append(settings)
    if found.check.sources:
        parts.append("Where the limits come from:\n\n" + "\n".join(f"- {source}" for source in found.check.sources))
    else:
        parts.append("The limits are our own choice: change them where they do not fit.")
    parts.append(_how_to_change(found))
    return "\n\n".join(part for part in parts if part) + "\n"


def as_dict(found: FoundCheck) -> dict[str, Any]:
    """The same as data."""
    defaults = found.settings()
    return {
        "id": found.id,
        "area": found.area,
        "title": found.title,
        "why": found.why,
        "severity": str(found.check.severity),
        "sources": list(found.check.sources),
        "settings": {
            name: {"default": value, "meaning": field_docs(found.settings).get(name, "")}
            for name, value in defaults.model_dump(mode="json").items()
        },
    }


def _settings_text(found: FoundCheck) -> str:
    defaults = found.settings()
    meanings = field_docs(found.settings)
    rows = [f"| `{name}` | {getattr(defaults, name)} | {meanings.get(name, '')} |" for name in type(defaults).model_fields]
    return "| setting | default | meaning |\n|---|---|---|\n" + "\n".join(rows) if rows else ""


def _how_to_change(found: FoundCheck) -> str:
    lines = [f"[checks.{found.id}]"]
    for name, value in found.settings():
        if isinstance(value, AtLeast | AtMost):
            lines.append(f"{name} = {{ warn = {value.warn:g}, fail = {value.fail:g} }}")
    lines = lines if len(lines) > 1 else [*lines, "enabled = false    # it stays in the score as not checked"]
    return "In `itaudit.toml`:\n\n```toml\n" + "\n".join(lines) + "\n```"


def field_docs(model: type[BaseModel]) -> dict[str, str]:
    """Name -> the text below the field in the class, as the check's author wrote it."""
    try:
        tree = ast.parse(inspect.cleandoc(inspect.getsource(model)))
    except (OSError, TypeError, SyntaxError):
        return {}
    body = tree.body[0].body if tree.body and isinstance(tree.body[0], ast.ClassDef) else []
    docs: dict[str, str] = {}
    for statement, following in pairwise(body):
        if (
            isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
            and isinstance(following.value.value, str)
        ):
            docs[statement.target.id] = " ".join(following.value.value.split())
    return docs


def index(catalogue: Catalogue) -> str:
    """The list of all checks, by area."""
    lines = [_HEAD, "# The checks", ""]
    area = ""
    for found in sorted(catalogue.checks.values(), key=lambda one: one.id):
        if found.area != area:
            area = found.area
            lines += ["", f"## {area}", "", "| check | severity | what is well |", "|---|---|---|"]
        lines.append(f"| [{found.id}]({found.id}.md) | {found.check.severity} | {found.title} |")
    return "\n".join(lines).replace("\n\n\n", "\n\n") + "\n"


def pages(catalogue: Catalogue) -> dict[str, str]:
    """File name -> content of every page of docs/checks/."""
    made = {f"{found.id}.md": _HEAD + "\n" + page(found) for found in catalogue.checks.values()}
    return {**made, "README.md": index(catalogue)}


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    wanted = pages(discover())
    for old in folder.glob("*.md"):
        if old.name not in wanted:
            old.unlink()
    for name, content in wanted.items():
        (folder / name).write_text(content, encoding="utf-8")
