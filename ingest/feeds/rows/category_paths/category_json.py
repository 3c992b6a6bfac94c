"""Category paths in JSON: lists, lists of lists, and objects with names, parents or levels."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ingest.feeds.rows.values import as_text

_MAX_DEPTH = 16
_LEVEL = re.compile(r"(?:lvl|level)?_?(\d{1,2})", re.IGNORECASE)
_LANGUAGE = re.compile(r"[a-z]{2}(?:[-_][A-Za-z]{2})?")
_NAMES = ("name", "title", "label", "text", "value", "@value")
_PATHS = ("breadcrumbs", "breadcrumb", "full_path", "fullPath", "full_name", "fullName")
_CHILDREN = ("children", "subcategories", "child", "subcategory")
_PARENTS = ("parent", "parent_id", "parentId")
_SEPARATOR = re.compile(r"[>»›|\\]|::|→| / |/.*/")

Names = list[str]
Object = Mapping[str, Any]


def json_paths(value: object, *, list_is_path: bool) -> list[Names]:
    """Return the paths in a JSON value, each as a list of names; a name may be a whole path.

    :param list_is_path: whether a list of plain names is one path, rather than one path a name.
    """
    return [path for path in _paths(value, list_is_path, 0) if path]


def _paths(value: object, list_is_path: bool, depth: int) -> Iterator[Names]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, Mapping):
        yield from _object_paths(value, depth)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        yield from _list_paths(value, list_is_path, depth)
    elif text := as_text(value):
        yield [text]


def _list_paths(items: Sequence[object], list_is_path: bool, depth: int) -> Iterator[Names]:
    objects = [item for item in items if isinstance(item, Mapping)]
    if len(objects) == len(items) and any(_parent_id(item) for item in objects):
        yield from _chains(objects)
        return
    paths = [
        path
        for item in items
        for path in _paths(item, True, depth + 1)  # a list within a list is a path
    ]
    is_flat = all(len(path) == 1 and not _SEPARATOR.search(path[0]) for path in paths)
    is_flat = is_flat and not (paths and "/" in paths[0][0])  # but "TV/Video" can follow "Home"
    has_lists = any(isinstance(item, (list, tuple)) for item in items)
    are_numbers = all(path[0].isdecimal() for path in paths)
    if list_is_path and is_flat and not has_lists and not are_numbers:
        yield [path[0] for path in paths]
    else:
        yield from paths


def _object_paths(node: Object, depth: int) -> Iterator[Names]:
    """Yield the paths of an object: a category with its name, or the levels of a path."""
    for key in _PATHS:
        if node.get(key):
            yield from _paths(node[key], True, depth + 1)
            return
    if path := _path_of(node, depth):
        yield path
        return
    name = next((as_text(node[key]) for key in _NAMES if _is_scalar(node.get(key))), "")
    if not name:
        yield from _level_paths(node, depth)
        return
    parent = node.get("parent")
    parents = list(_paths(parent, True, depth + 1)) if isinstance(parent, Mapping) else []
    above = parents[0] if parents else []
    children = next((node[key] for key in _CHILDREN if node.get(key)), None)
    below = list(_paths(children, False, depth + 1)) if children is not None else []
    for path in below or [[]]:
        yield [*above, name, *path]


def _path_of(node: Object, depth: int) -> Names:
    """Return the names in ``path``, which other systems fill with numbers or an address."""
    path = node.get("path")
    if isinstance(path, str):
        name = next((as_text(node[key]) for key in _NAMES if _is_scalar(node.get(key))), "")
        last = _SEPARATOR.split(path.replace("/", " / "))[-1].strip()
        return [path] if last == name != path else []
    paths = list(_paths(path, True, depth + 1)) if isinstance(path, list) else []
    is_named = len(paths) == 1 and not any(name.isdecimal() for name in paths[0])
    return paths[0] if is_named else []


def _level_paths(node: Object, depth: int) -> Iterator[Names]:
    """Yield the paths in an object whose values are levels, whole paths or translations."""
    levels = {int(m[1]): v for key, v in node.items() if (m := _LEVEL.fullmatch(str(key)))}
    if not levels and node and all(_LANGUAGE.fullmatch(str(key)) for key in node):
        yield from _paths(next(iter(node.values())), True, depth + 1)
        return
    values = [levels[level] for level in sorted(levels)] or list(node.values())
    paths = [list(_paths(value, False, depth + 1)) for value in values]
    names = [found[0][0] for found in paths if len(found) == 1 and len(found[0]) == 1]
    if len(names) == len(paths) and not any(map(_SEPARATOR.search, names)):
        yield names
    else:
        yield from (path for found in paths for path in found)


def _chains(objects: Sequence[Object]) -> Iterator[Names]:
    """Yield the path of each object that names its parent by id; the parent is in the list too."""
    by_id = {as_text(node.get("id")): node for node in objects}
    for node in objects:
        names: Names = []
        above: Object | None = node
        while above is not None and len(names) <= len(objects) and len(names) < _MAX_DEPTH:
            name = next((as_text(above[key]) for key in _NAMES if above.get(key)), "")
            names = [name, *names] if name else names
            above = by_id.get(_parent_id(above)) if _parent_id(above) else None
        yield names


def _parent_id(node: Object) -> str:
    """Return the id of an object's parent, or an empty text; 0 is no parent."""
    parents = (node[key] for key in _PARENTS if _is_scalar(node.get(key)))
    return next((text for parent in parents if (text := as_text(parent)) != "0"), "")


def _is_scalar(value: object) -> bool:
    return value is not None and not isinstance(value, (Mapping, list, tuple))
