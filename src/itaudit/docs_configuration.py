"""The reference of itaudit.toml, made from the models that validate it: docs/configuration.md."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from itaudit.config_tables import AcceptedRisk, PluginsTable, ScanTable
from itaudit.contributions import Section
from itaudit.docs_models import cell, field_docs, in_words, kind_in_words
from itaudit.ledger import DEFAULT_WEIGHTS, OTHER_WEIGHT
from itaudit.model import Importance
from itaudit.plugins import FoundCheck
from itaudit.toml_text import as_toml

_HEAD = """<!-- Made from the models themselves by `make docs`. Change the model, not this page. -->

# itaudit.toml

itaudit works without a configuration file. To change something, write `itaudit.toml` and leave out what may stay as it is.
The first one found counts: the path given with `--config`, then the present folder, the user's and the system's
configuration folder. `itaudit config check` checks it, `itaudit config show` prints every setting in force.
A misspelled name anywhere stops the program before it begins, with the nearest name that is valid.

The blocks below show the defaults, unless they say otherwise."""

_WEIGHTS = """## [weights]

How much each area counts in the score: any number above 0. An area that only a plugin has counts {other}."""

_IMPORTANCE = """## [importance]

How much the business leans on a subject: {words}.
The subject is written as the report prints it; `*` and `?` are wildcards; the last pattern that matches counts; what matches
none is normal. An example:

```toml
[importance]
"/srv/*" = "vital"
"/srv/scratch" = "spare"
```"""

_ACCEPTED_EXAMPLE = """An example:

```toml
[[accepted]]
check = "dns.dmarc"
subject = "old.example.com"
by = "the owner"
reason = "the address is given up at the end of January"
until = 2027-01-31
```"""

_CHECKS = """## [checks]

Each check has a table of its own, `[checks.<area>.<name>]`, with its limits. Two more settings work everywhere: `enabled`
(for a whole area, or for one check, which then beats its area; what is switched off stays in the score as not checked), and
`where`, for other limits on some subjects; the last pattern that matches counts. An example:

```toml
[checks.disks.space]
free_percent = { warn = 20, fail = 8 }

[checks.disks.space.where."/mnt/archive*"]
free_percent = { warn = 2, fail = 1 }

[checks.lifecycle]
enabled = false

[checks.lifecycle.os]
enabled = true
```

A limit says when to warn and when to fail; its direction is fixed by the check. A value equal to a limit has not
crossed it."""

_EXAMPLES = {
    "backups": """An example with a backup that is not found by itself:

```toml
[[backups.repositories]]
name = "office to cellar"
product = "restic"
location = "sftp:cellar:/backups"
password_file = "/root/restic-password"
paths = ["/srv/office"]
vital = true
```""",
    "business": """An example: of the invoices four hours of work may be lost, so a copy has to be made every few hours.

```toml
[[business.processes]]
name = "invoicing"
folders = ["/srv/office", "/var/lib/postgresql"]
most_lost_hours = 4
```""",
    "nagios": """An example:

```toml
[nagios.plugins]
load = ["/usr/lib/nagios/plugins/check_load", "-w", "5", "-c", "10"]
```""",
    "targets": """An example:

```toml
[targets]
domains = ["example.com", "example.org"]
without_mail = ["example.org"]
```""",
}


def configuration_page(sections: Iterable[type[Section]], checks: Iterable[FoundCheck]) -> str:
    """The whole page, in Markdown."""
    parts = [_HEAD, _model_part("scan", ScanTable), _model_part("plugins", PluginsTable)]
    parts += [_model_part(kind.table, kind) for kind in sorted(sections, key=lambda kind: kind.table)]
    parts += [_weights_part(), _IMPORTANCE.format(words=", ".join(_importance_words()))]
    parts += [f"## [[accepted]]\n\n{_about(AcceptedRisk)}", _table(AcceptedRisk), _ACCEPTED_EXAMPLE, _CHECKS]
    by_id = sorted((found for found in checks if found.settings.model_fields), key=lambda found: found.id)
    parts += [f"### [checks.{found.id}]\n\n[{found.title}](checks/{found.id}.md).\n\n{_table(found.settings)}" for found in by_id]
    return "\n\n".join(parts) + "\n"


def _model_part(table: str, kind: type[BaseModel]) -> str:
    parts = [f"## [{table}]", _about(kind), _table(kind), _defaults_block(table, kind)]
    for name, inner in _list_entries(kind):
        parts += [f"### [[{table}.{name}]]", _about(inner), _table(inner)]
    parts.append(_EXAMPLES.get(table, ""))
    return "\n\n".join(part for part in parts if part)


def _about(kind: type[BaseModel]) -> str:
    """The docstring, without the name of the table that some begin with."""
    text = re.sub(r"^\[+\w+\]+: ", "", " ".join((kind.__doc__ or "").split()))
    return cell(text[:1].upper() + text[1:])


def _table(kind: type[BaseModel]) -> str:
    schema = kind.model_json_schema()["properties"]
    meanings = field_docs(kind)
    rows = ["| setting | what to write | default | meaning |", "|---|---|---|---|"]
    for name, field in kind.model_fields.items():
        default = "**required**" if field.is_required() else in_words(field.get_default(call_default_factory=True))
        rows.append(f"| `{name}` | {cell(kind_in_words(schema[name]))} | {default} | {cell(meanings.get(name, ''))} |")
    return "\n".join(rows)


def _defaults_block(table: str, kind: type[BaseModel]) -> str:
    values = ((name, field.get_default(call_default_factory=True)) for name, field in kind.model_fields.items())
    # A table inside the table, or nothing at all, reads better in an example than as a default.
    lines = [f"{name} = {as_toml(value)}" for name, value in values if value is not None and not isinstance(value, dict)]
    return "```toml\n" + "\n".join([f"[{table}]", *lines]) + "\n```" if lines else ""


def _list_entries(kind: type[BaseModel]) -> Iterable[tuple[str, type[BaseModel]]]:
    """(field, model) of every field that is a list of tables."""
    for name, field in kind.model_fields.items():
        arguments: tuple[Any, ...] = getattr(field.annotation, "__args__", ())
        if arguments and isinstance(arguments[0], type) and issubclass(arguments[0], BaseModel):
            yield name, arguments[0]


def _weights_part() -> str:
    lines = [f"{area} = {weight:g}" for area, weight in DEFAULT_WEIGHTS.items()]
    return _WEIGHTS.format(other=f"{OTHER_WEIGHT:g}") + "\n\n```toml\n[weights]\n" + "\n".join(lines) + "\n```"


def _importance_words() -> list[str]:
    return [f"`{as_toml(one.name.lower())}` ({one.value:g})" for one in Importance]
