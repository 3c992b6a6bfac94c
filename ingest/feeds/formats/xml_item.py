"""One item of a Google Merchant XML feed, collected from the events of a parser."""

from __future__ import annotations

from ingest.feeds.formats.lines import printable
from ingest.feeds.rows.field_names import PRICES, field_name
from ingest.feeds.rows.markup import parts_words
from ingest.feeds.rows.nested_values import nested_price
from ingest.feeds.rows.records import InvalidRow, RawRow
from ingest.feeds.rows.values import as_text

MAX_DEPTH = 256

_GOOGLE = "//base.google.com/ns/"  # "http:" or "https:" precedes it; a version follows
_PLAIN = (
    "",
    "http://www.w3.org/2005/Atom",
    "http://base.google.com/cns/1.0",
    "http://purl.org/rss/1.0/",
)
_DETAIL = "product_detail"
_SOURCE_TYPE, _CONTENT = "digital_source_type", "content"
_BRAND, _NAME = "brand", "name"
_Texts = dict[str, list[str]]


class Item:
    """The children of one item.

    The children in Google's namespace take precedence over those of the same name in no namespace,
    in the item's own namespace, in Atom's namespace, or in Google's namespace for custom
    attributes. All other children are ignored.

    :param namespace: the namespace of the item's own tag.
    :param max_characters: of its texts and tags together; an item with more is rejected.
    """

    def __init__(self, line: int, namespace: str, max_characters: int) -> None:
        self._line = line
        self._namespaces = (namespace, *_PLAIN)
        self._max_characters = max_characters
        self._characters = 0
        self._google: _Texts = {}
        self._plain: _Texts = {}
        self._details: _Texts = {}
        self._foreign: set[str] = set()
        self._depth = 0
        self._text: list[str] = []  # of the child, with a blank wherever an element parts words
        self._has_elements = False
        self._nested: dict[str, str] = {}  # the texts of the child's own children by local name
        self._nested_from = 0  # index in _text at which the text of such a child starts

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Start an element inside the item."""
        self._depth += 1
        self._characters += len(tag) + sum(map(len, attributes.values()))
        if self._is_too_long():
            return
        if self._depth == 1:
            self._text, self._nested, self._has_elements = [], {}, False
            if attributes.get("href") and attributes.get("rel", "alternate") == "alternate":
                self._text.append(attributes["href"])
            return
        self._has_elements = True
        self._part_words(tag)
        if self._depth == 2:
            self._nested_from = len(self._text)

    def data(self, text: str) -> None:
        """Add text to the element that is open."""
        self._characters += len(text)
        if self._depth and not self._is_too_long():
            self._text.append(text)

    def end(self, tag: str) -> bool:
        """End an element; return false if it is the item itself."""
        if not self._depth:
            return False
        self._depth -= 1
        if self._is_too_long():
            return True
        if self._depth == 1:
            self._nested[local_name(tag)] = _words("".join(self._text[self._nested_from :]))
        if self._depth:
            self._part_words(tag)
        else:
            self._add_child(tag)
        return True

    def row(self) -> RawRow | InvalidRow:
        """Return the row of the item, after its end."""
        fields = _as_tuples(self._plain | self._google)
        texts = self._google or self._plain
        excerpt = printable(" ".join(values[0][:200] for values in texts.values()))
        if self._is_too_long():
            reason = f"the item is longer than {self._max_characters:,} characters"
            ids = fields.get("id", ())
            return InvalidRow(
                self._line, reason, excerpt, possible_ids=ids, may_have_any_id=not ids
            )
        origins = {name: f"g:{name}" for name in self._google}
        details = _as_tuples(self._details)
        return RawRow(self._line, fields, details, excerpt, origins, self._foreign)

    def _part_words(self, tag: str) -> None:
        if _GOOGLE in namespace_of(tag) or parts_words(local_name(tag).lower()):
            self._text.append(" ")

    def _is_too_long(self) -> bool:
        return self._characters > self._max_characters

    def _add_child(self, tag: str) -> None:
        name, namespace = field_name(local_name(tag)), namespace_of(tag)
        if name == _DETAIL:
            detail = (self._nested.get(f"attribute_{part}", "") for part in ("name", "value"))
            _add(self._details, *detail)
        elif _GOOGLE in namespace:
            _add(self._google, name, self._child_text(name))
        elif namespace in self._namespaces:
            _add(self._plain, name, self._child_text(name))
        else:
            self._foreign.add(tag)

    def _child_text(self, name: str) -> str:
        """Return the text of a child: of a structured text or a brand only what belongs to it."""
        if _SOURCE_TYPE in self._nested:
            return self._nested.get(_CONTENT, "")
        if name in PRICES and (price := nested_price(self._nested)[0]):
            return price
        if name == _BRAND and self._nested.get(_NAME):
            return self._nested[_NAME]
        text = "".join(self._text)
        return _words(text) if self._has_elements else as_text(text)


def local_name(tag: str) -> str:
    """Return a tag without its namespace, which ElementTree writes as ``{namespace}name``."""
    return tag[tag.rfind("}") + 1 :]


def namespace_of(tag: str) -> str:
    """Return the namespace of a tag, or an empty text."""
    return tag[1 : max(1, tag.rfind("}"))]


def _words(text: str) -> str:
    return " ".join(as_text(text).split())


def _add(texts: _Texts, name: str, text: str) -> None:
    if text:
        texts.setdefault(name, []).append(text)


def _as_tuples(texts: _Texts) -> dict[str, tuple[str, ...]]:
    return {name: tuple(values) for name, values in texts.items()}
