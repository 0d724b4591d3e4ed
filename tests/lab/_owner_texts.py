"""Reads the source of checks and facts for all that can reach the owner: a text is followed from where it is used to where it
is written, through variables, constants, tables, functions, properties and imports. Better one text too many than one missed.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Function: TypeAlias = ast.FunctionDef | None
SILENT = ("Remedy", "Measurement", "verdict", "Verdict")
"""Calls whose arguments are no part of the sentence that they stand in; they are read on their own."""
MISSING = ("Unreadable", "NotFound", "ToolMissing", "AccessDenied", "TimedOut", "Unreachable", "NotApplicable")


@dataclass(frozen=True)
class Text:
    """One piece of writing, where it stands, and what it is for. `given`: of a remedy, its other arguments that are not empty."""

    words: str
    place: str
    module: str
    line: int
    given: frozenset[str] = frozenset()


@dataclass
class Source:
    """One module: its tree, what its names are bound to, its functions, and which module an imported name comes from."""

    name: str
    tree: ast.Module
    bound: dict[str, list[ast.expr]]
    functions: dict[str, ast.FunctionDef]
    imported: dict[str, str]
    within: dict[ast.FunctionDef, dict[str, list[ast.expr]]] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, code: str) -> Source:
        tree = ast.parse(code)
        functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
        imported = {alias.asname or alias.name: node.module or "" for node in imports for alias in node.names}
        top = [node for node in tree.body if not isinstance(node, ast.FunctionDef | ast.ClassDef)]
        return cls(name, tree, bindings(*top), functions, imported)

    def locals(self, function: Function) -> Mapping[str, list[ast.expr]]:
        if function is None:
            return {}
        return self.within.setdefault(function, bindings(function))


def bindings(*nodes: ast.AST) -> dict[str, list[ast.expr]]:
    """Every expression that a name is bound to, anywhere below."""
    found: dict[str, list[ast.expr]] = defaultdict(list)

    def bind(target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            found[target.id].append(value)
        elif isinstance(target, ast.Tuple):
            alike = isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts)
            for number, part in enumerate(target.elts):
                bind(part, value.elts[number] if alike and isinstance(value, ast.Tuple) else value)

    for top in nodes:
        for node in ast.walk(top):
            for target, value in _bound_by(node):
                bind(target, value)
    return found


def _bound_by(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What one statement or expression binds, and to what."""
    match node:
        case ast.Assign(targets=targets, value=value):
            yield from ((target, value) for target in targets)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield target, value
        case ast.NamedExpr(target=target, value=value) | ast.AugAssign(target=target, value=value):
            yield target, value
        case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
            yield target, value


def returned(function: ast.FunctionDef) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        if isinstance(node, ast.Return | ast.Yield) and node.value:
            yield node.value


def callee(call: ast.Call) -> str:
    """The last part of the name that is called."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""


def argument(call: ast.Call, place: int, name: str) -> Iterator[ast.expr]:
    if place < len(call.args):
        yield call.args[place]
    yield from (keyword.value for keyword in call.keywords if keyword.arg == name)


class Library:
    """Modules by name, given as source text."""

    def __init__(self, code: Mapping[str, str]) -> None:
        self.sources = {name: Source.of(name, text) for name, text in code.items()}
        self.members: dict[str, list[tuple[Source, Function, ast.expr]]] = defaultdict(list)
        for source in self.sources.values():
            for node in ast.walk(source.tree):
                if isinstance(node, ast.ClassDef):
                    self._learn(source, node)

    def _learn(self, source: Source, node: ast.ClassDef) -> None:
        for inner in node.body:
            if isinstance(inner, ast.FunctionDef):
                self.members[inner.name] += [(source, inner, value) for value in returned(inner)]
            elif isinstance(inner, ast.Assign):
                for name, values in bindings(inner).items():
                    self.members[name] += [(source, None, value) for value in values]

    def texts(self) -> Iterator[Text]:
        """All that can reach the owner, each piece once."""
        found = (
            Text(words, place, source.name, expression.lineno)
            for source, function, call in self._calls()
            for place, expression in _for_the_owner(call)
            for words in self._words(expression, source, function, set())
        )
        return iter(dict.fromkeys(found))

    def remedies(self) -> list[Text]:
        """The action of every remedy that is made."""
        return [
            Text(" ".join(self._words(action, source, None, set())), "action", source.name, call.lineno, _given(call))
            for source, function, call in self._calls()
            if callee(call) == "Remedy"
            for action in argument(call, 0, "action")
        ]

    def _calls(self) -> Iterator[tuple[Source, Function, ast.Call]]:
        for source in self.sources.values():
            inside = self._in_functions(source)
            for node in ast.walk(source.tree):
                if isinstance(node, ast.Call):
                    yield source, inside.get(node), node

    @staticmethod
    def _in_functions(source: Source) -> dict[ast.Call, ast.FunctionDef]:
        functions = [node for node in ast.walk(source.tree) if isinstance(node, ast.FunctionDef)]
        return {node: function for function in functions for node in ast.walk(function) if isinstance(node, ast.Call)}

    def _words(self, node: ast.expr, source: Source, function: Function, seen: set[ast.AST]) -> Iterator[str]:
        """The constants that make up this expression."""
        if node in seen:
            return
        seen.add(node)
        if isinstance(node, ast.Constant):
            yield from [node.value] if isinstance(node.value, str) else []
        elif isinstance(node, ast.Name):
            yield from self._of_name(node.id, source, function, seen)
        else:
            if isinstance(node, ast.Attribute):
                for home, method, value in self.members.get(node.attr, ()):
                    yield from self._words(value, home, method, seen)
            for part in _parts(node):
                yield from self._words(part, source, function, seen)

    def _of_name(self, name: str, source: Source, function: Function, seen: set[ast.AST]) -> Iterator[str]:
        for value in source.locals(function).get(name, ()):
            yield from self._words(value, source, function, seen)
        for value in source.bound.get(name, ()):
            yield from self._words(value, source, None, seen)
        if name in source.functions:
            for value in returned(source.functions[name]):
                yield from self._words(value, source, source.functions[name], seen)
        elif name in source.imported and source.imported[name] in self.sources:
            yield from self._of_name(name, self.sources[source.imported[name]], None, seen)


def _for_the_owner(call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    name = callee(call)
    places = [("if_you_wait", 99), ("who", 99), ("unlock", 1 if name in MISSING else 99)]
    places += {"verdict": [("summary", 1)], "Remedy": [("action", 0)], "NotApplicable": [("does not apply", 0)]}.get(name, [])
    for place, number in places:
        for value in argument(call, number, place):
            yield place, value


def _given(call: ast.Call) -> frozenset[str]:
    empty = [ast.dump(ast.Constant("")), ast.dump(ast.Tuple([], ast.Load()))]
    return frozenset(keyword.arg for keyword in call.keywords if keyword.arg and ast.dump(keyword.value) not in empty)


def _parts(node: ast.expr) -> Iterator[ast.expr]:
    """What an expression is made of, without what only decides, selects or formats."""
    match node:
        case ast.Compare():
            return
        case ast.IfExp(body=body, orelse=orelse):
            yield from (body, orelse)
        case ast.Subscript(value=value) | ast.FormattedValue(value=value):
            yield value
        case ast.Call(func=func, args=args, keywords=keywords):
            if callee(node) not in SILENT:
                yield from (func, *args, *(keyword.value for keyword in keywords))
        case _:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    yield child
                elif isinstance(child, ast.comprehension):
                    yield child.iter
