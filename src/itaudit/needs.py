"""Who needs what: reads the parameter types of providers and checks, so that the engine can plan before it runs anything."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from itaudit.contributions import Ask, Check, CheckSettings, Facts, Gap, History, Provider, Section
from itaudit.errors import Crashed, ItauditError
from itaudit.model import Machine


class BadSignature(ItauditError):
    """A provider or check declares something that the engine cannot give."""


@dataclass(frozen=True, slots=True)
class Needs:
    """The parameters of one function: name -> what it takes. `one` is the fact type it is called once for, if any."""

    one: tuple[str, type[Any]] | None
    lists: Mapping[str, type[Any]]
    given: Mapping[str, type[Any]]

    @property
    def fact_types(self) -> tuple[type[Any], ...]:
        return tuple(([self.one[1]] if self.one else []) + list(self.lists.values()))


_GIVEN = (Ask, Machine, History, Section, CheckSettings)


@cache
def needs_of(contribution: Provider[Any, Any] | Check[Any]) -> Needs:
    """Raises BadSignature, with the parameter that is wrong."""
    function = contribution.function
    hints = _hints(function)
    one: tuple[str, type[Any]] | None = None
    lists: dict[str, type[Any]] = {}
    given: dict[str, type[Any]] = {}
    for name in inspect.signature(function).parameters:
        kind = hints.get(name)
        if get_origin(kind) is list and len(get_args(kind)) == 1:
            lists[name] = get_args(kind)[0]
        elif not inspect.isclass(kind):
            raise BadSignature(f"{function.__qualname__}: the parameter {name!r} needs a type that is a class or list[class]")
        elif issubclass(kind, _GIVEN):
            given[name] = kind
        elif one or isinstance(contribution, Provider):
            raise BadSignature(
                f"{function.__qualname__}: take {name!r} as list[{kind.__name__}]; only one fact may be looped over"
            )
        else:
            one = (name, kind)
    if isinstance(contribution, Check) and not (one or lists):
        raise BadSignature(f"{function.__qualname__} judges no fact: give it a parameter whose type is a fact")
    return Needs(one, lists, given)


@cache
def produces(provider: Provider[Any, Any]) -> tuple[type[Any], ...]:
    """The fact types in the return annotation, Facts[A] or Facts[A | B]. Raises BadSignature."""
    returned = _hints(provider.function).get("return")
    arguments = get_args(returned)
    members = get_args(arguments[0]) if arguments and get_origin(arguments[0]) in (Union, types.UnionType) else arguments
    kinds = tuple(kind for kind in members if inspect.isclass(kind) and kind is not Gap)
    if not kinds:
        raise BadSignature(f"{provider.function.__qualname__} must say what it yields: -> Facts[YourFact]")
    return kinds


def _hints(function: Any) -> dict[str, Any]:
    try:
        return get_type_hints(function)
    except Exception as error:
        raise BadSignature(f"{function.__qualname__}: a type cannot be resolved: {error}") from error


def lost_provider(module: str, kind: type[Any], detail: str) -> Provider[Any, Any]:
    """Stands in for what a module of ours would have given of a kind, had it loaded: a gap beside what others give of it."""

    def lost() -> Iterator[Any]:
        raise Crashed(detail)
        yield

    lost.__module__, lost.__name__ = module, f"lost_{kind.__name__}"
    lost.__annotations__ = {"return": Facts[kind]}  # type: ignore[valid-type] # known when it runs
    return Provider(lost, ("linux", "windows", "macos"), 30.0)


def providers_for(
    wanted: Iterable[type[Any]], providers_of: Callable[[type[Any]], Sequence[Provider[Any, Any]]], system: str
) -> dict[type[Any], list[Provider[Any, Any]]]:
    """Fact type -> the providers of this system that yield it, for the wanted types and all that those need in turn."""
    chosen: dict[type[Any], list[Provider[Any, Any]]] = {}
    waiting = list(wanted)
    while waiting:
        kind = waiting.pop()
        if kind in chosen:
            continue
        chosen[kind] = [one for one in providers_of(kind) if system in one.systems]
        for one in chosen[kind]:
            waiting.extend(needs_of(one).fact_types)
    return chosen
