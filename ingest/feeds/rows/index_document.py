"""The values of a document of a shop's own index, under the names by which a mapping reads them.

Elasticsearch reads ``{"title": {"en": "Kettle"}}`` and ``{"title.en": "Kettle"}`` alike, and a path
such as ``offers.price`` through lists of objects; so does this module. Where a mapping reads the
title in one language, values in other languages are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

Document = Mapping[str, Any]

# The codes of ISO 639-1: of letters, only these stand between blanks.
_CODES = """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da
    de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz
    ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln
    lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi
    pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti
    tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
# The codes of ISO 3166-1, without which "is_no_en" would end in a language "no_en".
_COUNTRIES = """
    ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bl bm bn bo bq br bs
    bt bv bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee
    eg eh er es et fi fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm
    hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc
    li lk lr ls lt lu lv ly ma mc md me mf mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na
    nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw
    sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st sv sx sy sz tc td tf tg th tj tk tl tm tn to
    tr tt tv tw tz ua ug uk um us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw
"""
_SCRIPTS = ("arab", "cyrl", "hans", "hant", "latn")
_REGIONS = frozenset([*_COUNTRIES.split(), *_SCRIPTS])
_LANGUAGE = re.compile(r"([a-z]{2})(?:[_-]([A-Za-z]{2}|[A-Za-z]{4}|[0-9]{3}))?")
_MARKS = re.compile(r"[._-]")
_MAX_NAME_CHARS = 512
_MAX_DEPTH = 32
_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d[\d:.,]*(?:Z|[+-]\d\d:?\d\d)?)?")
_MAX_TIME_CHARS = 40
_PLACE = frozenset({"lat", "lon", "type", "coordinates"})
_NAMES = ("name", "key", "label", "attribute", "code", "n", "k")
_VALUES = ("value", "values", "text", "v")


def language_of(names: Iterable[str]) -> str | None:
    """Return the language that the first of these names with one has: ``title.en``, ``en.title``.

    Of several in a name, it is the last one.
    """
    tags = (tag for name in names if (tag := _language_parts(name)[1]))
    return next(tags, None)


def mapped_document(
    source: Document, names: Iterable[str], language: str | None = None
) -> dict[str, Any]:
    """Return a document in which each of ``names`` that the source has is a key.

    Values that are nested more than 32 deep are left out.

    :param names: the names of a mapping; a dot parts the names of a path.
    :param language: the language to keep, where values are given in several.
    """
    mapped, source = {*names}, shallow(source)
    document = _in_language(source, language, mapped) if language else dict(source)
    for name, value in document.items():
        if pairs := _pairs(value):
            document[name] = pairs
    for name in mapped:
        values = [*values_at(source, name.split("."))] if name not in source else []
        if values:
            document[name] = values[0] if len(values) == 1 else values
    return document


def shallow(source: Document) -> dict[str, Any]:
    """Return a document without the objects and lists that are nested more than 32 deep."""
    return {name: _shallow(value, 1) for name, value in source.items()}


def _shallow(value: Any, depth: int) -> Any:
    if not isinstance(value, (Mapping, list)):
        return value
    if depth >= _MAX_DEPTH:
        return None
    if isinstance(value, list):
        return [_shallow(item, depth + 1) for item in value]
    return {name: _shallow(each, depth + 1) for name, each in value.items()}


def values_at(node: object, path: Sequence[str]) -> Iterator[Any]:
    """Yield the values at a path, through lists of objects and keys that contain dots.

    A list at the end of the path yields its items.
    """
    if isinstance(node, list):
        for item in node:
            yield from values_at(item, path)
    elif not path:
        yield node
    elif isinstance(node, Mapping):
        for length in range(1, len(path) + 1):
            key = ".".join(path[:length])
            if key in node:
                yield from values_at(node[key], path[length:])


def without_measures(document: Document, kept: Iterable[str]) -> dict[str, Any]:
    """Return a document without values that say nothing about the kind of a product.

    These are numbers, which counters of sales and stock also are, times, vectors, places, and lists
    of objects.

    :param kept: the keys that stay, whatever their values are.
    """
    names = {*kept}
    return {
        name: rest
        for name, value in document.items()
        if (rest := value if name in names else _useful(value)) is not None
    }


def _useful(value: object) -> object:
    """Return what of a value can describe a product, or ``None``."""
    if isinstance(value, Mapping):
        if {*value} <= _PLACE:
            return None
        members = ((name, _useful(each)) for name, each in value.items())
        return {name: rest for name, rest in members if rest is not None} or None
    if isinstance(value, list):
        items = [rest for each in value if (rest := _useful(each)) is not None]
        return [item for item in items if not isinstance(item, Mapping)] or None
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float)) or value is None:
        return None
    text = str(value)
    return None if len(text) <= _MAX_TIME_CHARS and _TIME.fullmatch(text) else text


def _pairs(value: object) -> dict[str, Any]:
    """Return a list of objects with a name and a value each as one object, else an empty one."""
    if not isinstance(value, list) or not value:
        return {}
    pairs: dict[str, Any] = {}
    for item in value:
        name, each = _pair(item)
        if not name:
            return {}
        earlier = pairs.get(name, [])
        pairs[name] = [*earlier, *(each if isinstance(each, list) else [each])]
    return pairs


def _pair(item: object) -> tuple[str, object]:
    if not isinstance(item, Mapping):
        return "", None
    name = next((item[key] for key in _NAMES if isinstance(item.get(key), str)), "")
    value = next((item[key] for key in _VALUES if key in item), None)
    return ("", None) if value is None else (name, value)


def _in_language(source: Document, language: str, mapped: Iterable[str]) -> dict[str, Any]:
    """Return the values of a document in one language, where they are given in several."""
    document: dict[str, Any] = {}
    for name, value in source.items():
        head, tag, tail = _language_parts(name)
        if tag and name not in mapped and f"{head}{language}{tail}" in source:
            bare = f"{head.rstrip('._-')}{tail}" if head else tail[1:]
            if tag == language and bare not in source:
                document[bare] = value
            continue
        document[name] = _of_language(value, language)
    members = source.get(language)
    if isinstance(members, Mapping):  # {"en": {"title": ...}, "fr": {"title": ...}, "sku": ...}
        document = {name: each for name, each in document.items() if not _is_part(name, each)}
        document |= {name: each for name, each in members.items() if name not in document}
    return document


def _is_part(name: str, value: object) -> bool:
    """Return whether a member of a document has its values of one language."""
    return isinstance(value, Mapping) and _is_language(name)


def _of_language(value: Any, language: str) -> Any:
    """Return the member for the language of each object whose members are all of languages."""
    if isinstance(value, list):
        return [_of_language(item, language) for item in value]
    if not isinstance(value, Mapping):
        return value
    if language in value and all(map(_is_language, value)):
        return value[language]
    return {name: _of_language(each, language) for name, each in value.items()}


def _language_parts(name: str) -> tuple[str, str, str]:
    """Return what is before the last language in a name, the language, and what is after it.

    A language is a part of a path, or the end of such a part: ``label.en``, ``i18n.en.title``,
    ``label_en.long``. Without a language, the name comes first, and the others are empty.
    """
    end = len(name) if len(name) <= _MAX_NAME_CHARS else 0
    while end > 0:
        start = name.rfind(".", 0, end) + 1
        first = _start_of_language(name, start, end)
        is_whole = first == 0 and end == len(name)  # the field "no" of a document is no language
        if first >= 0 and not is_whole:
            return name[:first], name[first:end], name[end:]
        end = start - 1
    return name, "", ""


def _start_of_language(name: str, start: int, end: int) -> int:
    """Return where the longest language begins that a part of a path ends in; -1 for none."""
    marks = [start + match.end() for match in _MARKS.finditer(name[start:end])]
    for first in [start, *marks][-3:]:  # a language has at most one mark
        if _is_language(name[first:end]):
            return first
    return -1


def _is_language(tag: str) -> bool:
    match = _LANGUAGE.fullmatch(tag)
    if match is None or match[1] not in _CODES:
        return False
    region = (match[2] or "").lower()
    return not region or region.isdecimal() or region in _REGIONS
