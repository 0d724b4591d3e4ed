"""Checks every name and value of itaudit.toml. The first fault is one line: where, what, and the nearest valid name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from itaudit.config import Configuration
from itaudit.config_tables import AcceptedRisk, PluginsTable, ScanTable
from itaudit.errors import UserError
from itaudit.model import Importance
from itaudit.plugins import Catalogue, FoundCheck
from itaudit.text import did_you_mean

S = TypeVar("S", bound=BaseModel)
_LIST, _TABLE, _NUMBER = "must be a list in square brackets", "must be a table", "must be a number"
_IN_WORDS = {
    "missing": "is missing",
    "tuple_type": _LIST,
    "list_type": _LIST,
    "model_type": _TABLE,
    "model_attributes_type": _TABLE,
    "dict_type": _TABLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "int_type": _NUMBER,
    "int_parsing": _NUMBER,
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "string_type": "must be text in quotes",
    "string_too_short": "must not be empty",
    "date_type": "must be a date, as 2027-01-31",
    "date_from_datetime_parsing": "must be a date, as 2027-01-31",
}
"""What a person can use in the place of pydantic's words for an error, by its type."""


def validate(document: Mapping[str, Any], catalogue: Catalogue, origin: str) -> Configuration:
    """Check every name and value of a document. Raises UserError: one line, where, what, and the nearest valid name."""
    own = ("scan", "weights", "importance", "plugins", "accepted", "checks")
    for name in document:
        if name not in own and catalogue.section(name) is None:
            raise UserError(f"{origin}: [{name}] is unknown{did_you_mean(name, [*own, *catalogue.tables])}.")
    configuration = Configuration(
        origin=origin,
        document=document,
        scan=_model(ScanTable, document.get("scan", {}), origin, "scan"),
        plugins=_model(PluginsTable, document.get("plugins", {}), origin, "plugins"),
        accepted=_accepted(document.get("accepted", []), catalogue, origin),
        importance=_importance(document.get("importance", {}), origin),
        weights=_weights(document.get("weights", {}), catalogue, origin),
        sections={
            name: _model(kind, table, origin, name) for name, table in document.items() if (kind := catalogue.section(name))
        },
    )
    _validate_checks(document.get("checks", {}), catalogue, origin)
    return configuration


def with_value(configuration: Configuration, table: str, name: str, value: Any, catalogue: Catalogue) -> Configuration:
    """The same with one value of a section set, as the command line does."""
    document = configuration.document
    return validate({**document, table: {**document.get(table, {}), name: value}}, catalogue, configuration.origin)


def known_part(document: Mapping[str, Any], catalogue: Catalogue) -> dict[str, Any]:
    """What of a recording's settings this installation knows: a check of a plugin that is not here is no typo there."""
    known = {name: document[name] for name in ("scan", "importance", "weights") if name in document}
    if isinstance(rows := document.get("accepted"), list):
        known["accepted"] = [row for row in rows if isinstance(row, dict) and row.get("check") in catalogue.check_ids]
    areas = document.get("checks")
    known["checks"] = {
        area: {name: one for name, one in table.items() if name == "enabled" or f"{area}.{name}" in catalogue.check_ids}
        for area, table in (areas.items() if isinstance(areas, dict) else ())
        if isinstance(table, dict) and area in catalogue.areas
    }
    return known


def _accepted(rows: Any, catalogue: Catalogue, origin: str) -> tuple[AcceptedRisk, ...]:
    if not isinstance(rows, list):
        raise UserError(f"{origin}: write accepted risks as [[accepted]], with two brackets.")
    risks = tuple(_model(AcceptedRisk, row, origin, "accepted") for row in rows)
    for risk in risks:
        if risk.check not in catalogue.check_ids and not risk.check.startswith("nagios."):
            raise UserError(
                f"{origin}: [[accepted]] names the unknown check {risk.check!r}{did_you_mean(risk.check, catalogue.check_ids)}."
            )
    return risks


def _importance(table: Any, origin: str) -> dict[str, str]:
    words = [one.name.lower() for one in Importance]
    for subject, word in _as_table(table, origin, "importance").items():
        if word not in words:
            raise UserError(f"{origin}: [importance] {subject!r} must be one of {', '.join(words)}, not {word!r}.")
    return dict(table)


def _weights(table: Any, catalogue: Catalogue, origin: str) -> dict[str, float]:
    areas = sorted({*catalogue.areas, "security", "services", "nagios"})
    for area, weight in _as_table(table, origin, "weights").items():
        if area not in areas:
            raise UserError(f"{origin}: [weights] names the unknown area {area!r}{did_you_mean(area, areas)}.")
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight <= 1000:
            raise UserError(f"{origin}: [weights] {area} must be a number above 0, not {weight!r}.")
    return {area: float(weight) for area, weight in table.items()}


def _validate_checks(table: Any, catalogue: Catalogue, origin: str) -> None:
    areas = catalogue.areas
    for area, checks in _as_table(table, origin, "checks").items():
        if area not in areas:
            raise UserError(f"{origin}: [checks.{area}] is an unknown area{did_you_mean(area, areas)}.")
        for name, values in _as_table(checks, origin, f"checks.{area}").items():
            where = f"checks.{area}.{name}"
            if name == "enabled":
                _must_be_bool(values, origin, f"checks.{area}")
            elif (found := catalogue.check(f"{area}.{name}")) is None:
                names = [one.removeprefix(f"{area}.") for one in catalogue.ids_in([area])]
                raise UserError(f"{origin}: [{where}] is an unknown check{did_you_mean(name, [*names, 'enabled'])}.")
            else:
                _validate_check(_as_table(values, origin, where), found, origin, where)


def _validate_check(table: Mapping[str, Any], found: FoundCheck, origin: str, where: str) -> None:
    values = {name: value for name, value in table.items() if name not in ("enabled", "where")}
    _must_be_bool(table.get("enabled", True), origin, where)
    _model(found.settings, values, origin, where, extra=("enabled", "where"))
    for pattern, more in _as_table(table.get("where", {}), origin, f"{where}.where").items():
        place = f'{where}.where."{pattern}"'
        _model(found.settings, {**values, **_as_table(more, origin, place)}, origin, place)


def _must_be_bool(value: Any, origin: str, where: str) -> None:
    if not isinstance(value, bool):
        raise UserError(f"{origin}: [{where}] enabled must be true or false, not {value!r}.")


def _as_table(value: Any, origin: str, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise UserError(f"{origin}: [{where}] must be a table, not {value!r:.60}.")
    return value


def _model(kind: type[S], values: Any, origin: str, where: str, extra: Iterable[str] = ()) -> S:
    """Validate one table; the first fault becomes one line."""
    _as_table(values, origin, where)
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        # A misspelled name also makes the right one missing: say what was written, not what follows from it.
        first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    place = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        known = [*kind.model_fields, *extra] if len(first["loc"]) == 1 else ["warn", "fail"]
        raise UserError(f"{origin}: [{where}] has the unknown setting {place!r}{did_you_mean(str(first['loc'][-1]), known)}.")
    reason = first["msg"].removeprefix("Value error, ")
    words = _IN_WORDS.get(first["type"]) or reason.replace("Input should be ", "must be ")
    if words.startswith(("must ", "is ")):
        raise UserError(f"{origin}: [{where}] {place} {words}.".replace("]  ", "] "))
    raise UserError(f"{origin}: [{where}] {place}: {words[:1].lower()}{words[1:]}.".replace(" : ", ": "))
