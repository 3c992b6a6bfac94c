"""The mapping of a feed's own names to the fields of a product, read from a short YAML file.

::

    id: Artikelnummer
    title: Bezeichnung
    price: [Aktionspreis, Preis]   # the first that is not empty in a row
    attributes: [Farbe, technik]   # no other name becomes an attribute
    drop: [Interne Notiz]
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model

from gram_es.errors import SettingsError
from ingest.feeds.formats.tables.header import Headers
from ingest.feeds.rows.field_names import READ_FROM, field_name, names_read_as, use_of_name
from ingest.feeds.rows.index_document import language_of
from ingest.feeds.rows.records import FileFault, InvalidRow, RawRow
from ingest.feeds.sources.feed import Feed, OnRead

_DROP = "drop"
_ATTRIBUTES = "attributes"
_GROUP = "item_group_id"
_FIELDS = tuple(name for names in READ_FROM.values() for name in names)


@dataclass(frozen=True)
class FieldMapping:
    """The names in a feed from which product fields are read, and the names that are dropped.

    ``names_by_field`` lists the names of each field; the first one with a value in a row is used.
    ``attributes`` are the names that become attributes, each with the members of its object; if
    there are none, all names do that are not read otherwise. All names are spelt as in the mapping
    file, whose name is ``file``. A name also matches a name in a feed that differs only in case and
    separators.
    """

    file: str
    names_by_field: Mapping[str, tuple[str, ...]]
    dropped: tuple[str, ...]
    attributes: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All names that the mapping reads, each once."""
        fields = (name for names in self.names_by_field.values() for name in names)
        return tuple(dict.fromkeys((*fields, *self.attributes)))

    @property
    def language(self) -> str | None:
        """The language in which the title is read, if its name ends in one: ``title.en``."""
        return language_of(self.names_by_field.get("title", ()))

    @property
    def headers(self) -> Headers:
        """The headers that identify a table: each pair of a name for id and a name for title."""
        ids = self.names_by_field.get("id", ("id", "product_id"))
        titles = self.names_by_field.get("title", ("title", "product_title"))
        return [frozenset(map(field_name, pair)) for pair in product(ids, titles)]

    def apply(self, row: RawRow) -> RawRow:
        """Return the row with its mapped names replaced by those of product fields.

        A mapped field is read only from the mapped names, even if the row has the field's own name
        or the name of another shop system.
        """
        key_of = keys_by_name(row)
        values = {**row.attributes, **row.fields}
        fields: dict[str, tuple[str, ...]] = {}
        origins: dict[str, str] = {}
        sources: set[str] = set()
        for field, names in self.names_by_field.items():
            for name in names:
                key = key_of.get(field_name(name))
                if key is None:
                    continue
                sources.add(key)
                if field not in fields and any(values.get(key, ())):
                    fields[field], origins[field] = values[key], name
        dropped = {key for name in self.dropped if (key := key_of.get(field_name(name)))}
        others = {name for field in self.names_by_field for name in names_read_as(field)}
        unlisted = self._unlisted(row) if self.attributes else set()
        hidden = (dropped | self.names_by_field.keys() | others | unlisted) - sources
        removed = hidden | sources
        return replace(
            row,
            fields={k: v for k, v in row.fields.items() if k not in removed} | fields,
            attributes={k: v for k, v in row.attributes.items() if k not in removed},
            origins={k: v for k, v in row.origins.items() if k not in removed} | origins,
            ignored=[*row.ignored, *(row.origins.get(k, k) for k in values if k in hidden)],
        )

    def _unlisted(self, row: RawRow) -> set[str]:
        """Return the keys that would become attributes and that ``attributes`` does not list."""
        listed = {field_name(name) for name in self.attributes} | {_GROUP}
        if _ATTRIBUTES in listed:  # the members of an object of this name lack its name
            listed |= {field_name(key) for key in row.attributes if "." not in key}
        keys = (key for key in (*row.fields, *row.attributes))
        names = {key: field_name(key) for key in keys}
        return {
            key
            for key, name in names.items()
            if use_of_name(name)[0] == "attribute" and not _is_in(name, listed)
        }


def _is_in(name: str, listed: Collection[str]) -> bool:
    """Return whether a name, or an object that it is a member of, is listed."""
    parts = name.split(".")
    return any(".".join(parts[:length]) in listed for length in range(1, len(parts) + 1))


def keys_by_name(row: RawRow) -> dict[str, str]:
    """Return the keys of a row by normalised name: by the key and by its name in the feed."""
    written = {field_name(name): key for key, name in row.origins.items()}
    return written | {field_name(key): key for key in (*row.attributes, *row.fields)}


def _as_list(value: object) -> object:
    return value if isinstance(value, list) else [value]


_Name = Annotated[str, Field(min_length=1)]
_Names = Annotated[tuple[_Name, ...], BeforeValidator(_as_list), Field(min_length=1)]
_columns: dict[str, Any] = dict.fromkeys((*_FIELDS, _ATTRIBUTES, _DROP), (_Names, ()))
_MappingFile: type[BaseModel] = create_model(
    "_MappingFile", __config__=ConfigDict(extra="forbid"), **_columns
)


def read_mapping(path: Path) -> FieldMapping:
    """Return the mapping in a YAML file.

    :raises SettingsError: if the file cannot be used; the message lists all of its faults.
    """
    try:
        text = path.read_text(encoding="utf-8")
        document = yaml.safe_load(text)
        repeated = _repeated_fields(text)
        mapping = _MappingFile.model_validate(document).model_dump(exclude_unset=True)
    except OSError as error:
        reason = (error.strerror or "cannot be opened").lower()
        raise SettingsError(f"the mapping {path} cannot be read: {reason}") from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise SettingsError(f"the mapping {path} is not YAML: {_one_line(error)}") from None
    except ValidationError as error:
        faults = "; ".join(_fault(details) for details in error.errors())
        raise SettingsError(f"the mapping {path} cannot be used: {faults}") from None
    if repeated:
        raise SettingsError(
            f"the mapping {path} cannot be used: {', '.join(repeated)} given twice; write all the"
            f" names of a field in one list, as {repeated[0]}: [A, B]"
        )
    dropped, attributes = mapping.pop(_DROP, ()), mapping.pop(_ATTRIBUTES, ())
    return FieldMapping(path.name, mapping, dropped, attributes)


def _repeated_fields(text: str) -> list[str]:
    """Return the fields that a YAML text has more than once; the parser keeps the last value."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    counts = Counter(str(name.value) for name, _ in pairs)
    return [name for name, count in counts.items() if count > 1]


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _fault(error: Any) -> str:
    location = error["loc"]
    if error["type"] == "extra_forbidden":
        return (
            f"{location[0]!r} is not a field of a product; write one of {', '.join(_FIELDS)},"
            f" {_ATTRIBUTES} or {_DROP}"
        )
    if not location:
        return "it has no fields; write one per line, as title: Bezeichnung"
    return f"{location[0]} is {error['input']!r}; write a name of the feed, or a list of names"


class MappedFeed(Feed):
    """A feed that wraps another one and replaces the names in its rows by those of product fields.

    If a mapped name occurs in no row, the last item is a fault: a column may have been renamed.
    """

    def __init__(self, feed: Feed, mapping: FieldMapping) -> None:
        self._feed = feed
        self._mapping = mapping

    def __str__(self) -> str:
        return str(self._feed)

    def format_name(self) -> str:
        """Return the name of the mapped feed's format.

        :raises FeedError: if nothing of the mapped feed can be read.
        """
        return self._feed.format_name()

    def read(self, on_read: OnRead | None = None) -> Iterator[RawRow | InvalidRow | FileFault]:
        """Yield the mapped rows, and at the end a fault if a mapped name occurred in no row."""
        names_by_field = self._mapping.names_by_field
        unseen_names = {field_name(n): n for names in names_by_field.values() for n in names}
        rows = 0
        for row in self._feed.read(on_read):
            if not isinstance(row, RawRow):
                yield row
                continue
            rows += 1
            if unseen_names:
                for name in unseen_names.keys() & keys_by_name(row):
                    del unseen_names[name]
            yield self._mapping.apply(row)
        if rows and unseen_names:
            names = ", ".join(map(repr, unseen_names.values()))
            yield FileFault(
                rows, 0, f"no row has {names}, which the mapping {self._mapping.file} maps"
            )

    def content_hash(self) -> str:
        """Return a SHA-256 of the wrapped feed's hash and the mapping."""
        mapping = repr(self._mapping)
        return hashlib.sha256(f"{self._feed.content_hash()} {mapping}".encode()).hexdigest()
