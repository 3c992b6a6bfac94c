"""The regular expressions of the packages, and the methods that they are used with."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import regex

PACKAGES = ("gram_es", "ingest", "mappings", "query_api")
_METHODS = {"match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"}
_EXCEPTED = re.compile(r"#.*\b(?:at most [\d,]+ (?:characters|bytes)|linear because)\b")
_FLAGS = re.IGNORECASE | re.DOTALL | re.VERBOSE | re.MULTILINE
_PROPERTY = re.compile(r"\\p\{\w{1,9}\}")


@dataclass(frozen=True)
class Expression:
    """An expression, the place where it is written, and the method to check it with.

    ``is_excepted`` is true if a comment at its line says how long its texts are at most, or why it
    takes linear time all the same.
    """

    place: str
    pattern: str | bytes
    flags: int
    method: str
    is_excepted: bool = False


def expressions(root: Path) -> Iterator[Expression]:
    """Yield each expression of the packages in the folder ``root``."""
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            if path.name != "__main__.py":
                yield from _in_file(path, root)


def _in_file(path: Path, root: Path) -> Iterator[Expression]:
    source = path.read_text(encoding="utf-8")
    tree, lines = ast.parse(source), source.splitlines()
    where = path.relative_to(root)
    if "re" not in source and "regex" not in source:
        return
    module = import_module(".".join(where.with_suffix("").parts).removesuffix(".__init__"))
    methods = _methods_by_name(tree)
    for name, node in _assignments(tree):
        for pattern in _compiled(getattr(module, name, None)):
            place = f"{where}:{node.lineno} {name}"
            method = _method(methods.get(name, {"search"}))
            yield _expression(place, pattern.pattern, pattern.flags, method, lines[node.lineno - 1])
    for call in ast.walk(tree):
        if (method := _direct_method(call)) is not None:
            assert isinstance(call, ast.Call)
            pattern_text = _text_of(call.args[0], module)
            place = f"{where}:{call.lineno}"
            yield _expression(place, pattern_text, 0, method, lines[call.lineno - 1])


def _expression(place: str, pattern: str | bytes, flags: int, method: str, line: str) -> Expression:
    """Return an expression; a property of the package ``regex`` counts as a word character."""
    if isinstance(pattern, str):
        pattern = _PROPERTY.sub(r"\\w", pattern)
    return Expression(place, pattern, flags & int(_FLAGS), method, bool(_EXCEPTED.search(line)))


def _assignments(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        yield from ((target.id, node) for target in targets if isinstance(target, ast.Name))


def _compiled(value: object) -> Iterator[Any]:
    """Yield the compiled expressions in a value of a module."""
    if isinstance(value, (re.Pattern, regex.Pattern)):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _compiled(inner)
    elif isinstance(value, (tuple, list)):
        for inner in value:
            yield from _compiled(inner)


def _methods_by_name(tree: ast.Module) -> dict[str, set[str]]:
    """Return the methods that a module uses of each name; a match from a position is a search."""
    methods: dict[str, set[str]] = {}
    searches = {
        id(call.func) for call in ast.walk(tree) if isinstance(call, ast.Call) and call.args[1:]
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            method = "search" if id(node) in searches else node.attr
            if method in _METHODS:
                methods.setdefault(node.value.id, set()).add(method)
    return methods


def _method(used: set[str]) -> str:
    """Return the method that takes the most steps."""
    return next((name for name in ("match", "fullmatch") if used == {name}), "search")


def _direct_method(node: ast.AST) -> str | None:
    """Return the method of a call such as ``re.sub(...)``, ``None`` for any other node."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return None
    owner, method = node.func.value, node.func.attr
    is_direct = isinstance(owner, ast.Name) and owner.id in ("re", "regex") and method in _METHODS
    return _method({method}) if is_direct else None


def _text_of(node: ast.expr, module: ModuleType) -> str:
    """Return an expression that is written where it is used; escaped parts count as one ``a``.

    :raises ValueError: if it is put together of parts that are not known.
    """
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_text_of(part, module) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return _text_of(node.value, module)
    if isinstance(node, ast.Name) and isinstance(known := getattr(module, node.id, None), str):
        return known
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "re.escape":
        return "a"
    raise ValueError(f"{module.__name__}:{node.lineno}: {ast.unparse(node)} is not known")
