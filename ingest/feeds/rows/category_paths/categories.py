"""Category paths: every path of a row, from any text or JSON that shops write them in.

Between a format and :func:`category_paths`, each text of a category column is one path or a list of
paths. :func:`category_texts` turns JSON into such texts: the names of a path joined by ``>``.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from ingest.feeds.rows.category_paths.category_json import json_paths
from ingest.feeds.rows.markup import single_line, without_markup

Path = tuple[str, ...]

MAX_LEVELS = 32
MAX_PATHS = 500
GOOGLE = "google_product_category"
PATH_COLUMNS = (
    "category",
    "product_type",
    "category_path",
    "category_tree",
    "product_category_tree",
    "category_name",
    "product_category",
    "breadcrumb",
    "breadcrumbs",
)
LIST_COLUMNS = (
    "categories",
    "product_categories",
    "hierarchicalcategories",
    "hierarchical_categories",
    "other_categories",
)
CATEGORY_COLUMNS = (*PATH_COLUMNS[:2], *LIST_COLUMNS, *PATH_COLUMNS[2:], GOOGLE)
"""The names of the columns with categories. The first path of the first column is the main one."""

_ONE_PATH_LISTS = frozenset(PATH_COLUMNS) - {"product_type"}
_LEVEL_COLUMN = re.compile(
    r"(?:hierarchical_?categories|product_?categor(?:y|ies)|categor(?:y|ies))"
    r"[._]?(?:lvl|level)?[._]?(\d)"
)
_ARROW = re.compile(r"-{0,2}[>＞]+|=>|[→⟶➔➜➞➤⇒»›❯▸▶►‣⟩]")
_COMMA = re.compile(r"(?<!\\),")
_PIPE = re.compile(r"(?<!\\)\|")
_LINE = re.compile(r"(?<!\\);|[\n\r]|\|\||&&")
_SEPARATOR = re.compile(r"([,;|])")
_ESCAPED = re.compile(r"\\([,;|])")
_ENUMERATION = re.compile(r"\s(?:&|and|und|et|y|e|en|og|och|i|oder|or|\+)\s")
_GOOGLE_NUMBER = re.compile(r"^\d{1,9} - ")
_MAX_ABBREVIATION = 2
_MAX_LITERAL_CHARACTERS = 10_000


def level_of_column(name: str) -> int | None:
    """Return the level of a column with one level of a path (``categories.lvl1``, ``category_2``).

    Return ``None`` for any other column.
    """
    match = _LEVEL_COLUMN.fullmatch(name)
    return int(match[1]) if match else None


def category_texts(name: str, value: object) -> tuple[str, ...]:
    """Return the texts of a category column's JSON value, each of them one path.

    A list of plain names is one path in a column such as ``category``, and one path a name in a
    column such as ``categories``.
    """
    paths = json_paths(value, list_is_path=name in _ONE_PATH_LISTS)
    texts = (" > ".join(path) for path in paths)
    if not _is_list(value):
        return tuple(texts)
    return tuple(_SEPARATOR.sub(r"\\\1", " ".join(text.split())) for text in texts)


def category_paths(fields: Mapping[str, tuple[str, ...]]) -> tuple[Path, ...]:
    """Return the distinct category paths of a row, the main one first.

    Google's own category counts only if the shop gives none of its own, and only if it is more than
    a number. A path that another one begins with is left out.

    :raises ValueError: if there are more paths or levels than any shop has.
    """
    paths = [
        path
        for name in CATEGORY_COLUMNS
        if name != GOOGLE
        for text in fields.get(name, ())
        for path in _paths_in(text, name)
    ]
    return _longest([path for path in paths if path] or [_google_path(fields)])


def _google_path(fields: Mapping[str, tuple[str, ...]]) -> Path:
    written = single_line(next(iter(fields.get(GOOGLE, ())), ""))
    path = _names(_ARROW.split(_GOOGLE_NUMBER.sub("", written, count=1)))
    return () if len(path) == 1 and path[0].isdecimal() else path


def _longest(paths: Iterable[Path]) -> tuple[Path, ...]:
    distinct = [path for path in dict.fromkeys(paths) if path]
    if len(distinct) > MAX_PATHS:
        raise ValueError(f"has {len(distinct)} category paths; the limit is {MAX_PATHS}")
    if any(len(path) > MAX_LEVELS for path in distinct):
        raise ValueError(f"has a category path of more than {MAX_LEVELS} levels")
    beginnings = {path[:end] for path in distinct for end in range(1, len(path))}
    positions = {path: number for number, path in reversed([*enumerate(distinct)])}
    longest = [path for path in distinct if path not in beginnings]
    return tuple(sorted(longest, key=lambda path: _first_position(path, positions)))


def _first_position(path: Path, positions: Mapping[Path, int]) -> int:
    """Return the position of a path, or of the first path that it begins with."""
    starts = (path[:end] for end in range(1, len(path) + 1))
    return min(positions[start] for start in starts if start in positions)


def _paths_in(text: str, name: str) -> Iterator[Path]:
    text = without_markup(text).strip()
    if text[:1] in ("[", "{") and (value := _literal(text)) is not None:
        for path in category_texts(name, value):
            yield _split_path(_ESCAPED.sub(r"\1", path))
        return
    for part in _split_list(text, has_commas=name in LIST_COLUMNS):
        yield _split_path(_ESCAPED.sub(r"\1", part))


def _literal(text: str) -> object:
    """Return the list or object that a cell holds as JSON or as Python writes it, or ``None``."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    if len(text) > _MAX_LITERAL_CHARACTERS:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        try:
            value = ast.literal_eval(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return None
    return value if isinstance(value, (list, dict)) else None


def _is_list(value: object) -> bool:
    return isinstance(value, (list, tuple, Mapping))


def _split_list(text: str, *, has_commas: bool) -> Iterator[str]:
    """Yield the texts of the paths in a list: by line, semicolon, pipe or comma.

    A pipe parts paths if each part has levels of its own, or if an arrow parts the levels. So does
    a comma if each part has levels, unless it is in an enumeration such as "Pens, Pencils & Ink";
    in ``categories`` every comma parts paths.
    """
    for line in _LINE.split(text):
        parts = _PIPE.split(line)
        are_paths = all(map(_has_levels, parts)) or _ARROW.search(line)
        parts = parts if are_paths else [line]
        for part in parts:
            pieces = _COMMA.split(part)
            yield from pieces if has_commas or _are_paths(pieces) else [part]


def _are_paths(pieces: list[str]) -> bool:
    """Return whether the pieces around commas are paths, and no comma is inside a name."""
    return all(map(_has_levels, pieces)) and not any(
        _ENUMERATION.search(f" {_ARROW.split(after.strip())[0]} ") for _, after in pairwise(pieces)
    )


def _has_levels(text: str) -> bool:
    return len(_split_path(text)) > 1


def _split_path(text: str) -> Path:
    """Return the names of a path.

    Its strongest separator counts alone, so that a slash can be part of a name.
    """
    if len(parts := _ARROW.split(text)) > 1:
        return _names(parts)
    for separator in ("::", "|", "\\", " / "):
        if separator in text:
            return _names(text.split(separator))
    return _names(text.split("/")) if _is_slash_path(text) else _names([text])


def _is_slash_path(text: str) -> bool:
    """Return whether slashes separate names; a single one after "TV" or "1" is part of a name."""
    before, _, after = text.partition("/")
    words = before.split()
    is_abbreviated = bool(words) and len(words[-1]) <= _MAX_ABBREVIATION
    return bool(after) and ("/" in after or not is_abbreviated)


def _names(parts: Iterable[str]) -> Path:
    return tuple(name for part in parts if (name := single_line(part)))
