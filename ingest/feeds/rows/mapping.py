"""A feed that names things its own way: a short YAML says which of its names are ours.

::

    id: Artikelnummer
    title: Bezeichnung
    price: [Aktionspreis, Preis]   # the first that a row fills
    drop: [Interne Notiz]
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model

from gram_es.errors import SettingsError
from ingest.feeds.formats.delimited import Headers
from ingest.feeds.rows.product import READ_FROM, field_name
from ingest.feeds.rows.records import BadRow, FileFault, RawRow
from ingest.feeds.sources.feed import Feed, OnRead

_DROP = "drop"
_FIELDS = tuple(name for names in READ_FROM.values() for name in names)


@dataclass(frozen=True)
class FieldMapping:
    """Which names of a feed each field is taken from, in order, and which names are dropped.

    Names are as the file writes them; how they are spelt in the feed makes no difference.
    """

    file: str
    taken: Mapping[str, tuple[str, ...]]
    dropped: tuple[str, ...]

    @property
    def headers(self) -> Headers:
        """The headers by which a table of the feed is recognised."""
        ids = self.taken.get("id", ("id", "product_id"))
        titles = self.taken.get("title", ("title", "product_title"))
        return [frozenset(map(field_name, pair)) for pair in product(ids, titles)]

    def apply(self, row: RawRow) -> RawRow:
        """Return the row under our names; a field that is mapped is taken from nowhere else."""
        key_of = keys_by_name(row)
        values = {**row.attributes, **row.fields}
        fields: dict[str, tuple[str, ...]] = {}
        origins: dict[str, str] = {}
        sources: set[str] = set()
        for own, names in self.taken.items():
            for name in names:
                key = key_of.get(field_name(name))
                if key is None:
                    continue
                sources.add(key)
                if own not in fields and any(values.get(key, ())):
                    fields[own], origins[own] = values[key], name
        dropped = {key for name in self.dropped if (key := key_of.get(field_name(name)))}
        hidden = (dropped | self.taken.keys()) - sources
        gone = hidden | sources
        return replace(
            row,
            fields={k: v for k, v in row.fields.items() if k not in gone} | fields,
            attributes={k: v for k, v in row.attributes.items() if k not in gone},
            origins={k: v for k, v in row.origins.items() if k not in gone} | origins,
            ignored=[*row.ignored, *(row.origins.get(k, k) for k in values if k in hidden)],
        )


def keys_by_name(row: RawRow) -> dict[str, str]:
    """Return under what each name of a row stands in it, its feed's own names included."""
    written = {field_name(name): key for key, name in row.origins.items()}
    return written | {field_name(key): key for key in (*row.attributes, *row.fields)}


def _as_list(value: object) -> object:
    return value if isinstance(value, list) else [value]


_Name = Annotated[str, Field(min_length=1)]
_Names = Annotated[tuple[_Name, ...], BeforeValidator(_as_list), Field(min_length=1)]
_columns: dict[str, Any] = dict.fromkeys((*_FIELDS, _DROP), (_Names, ()))
_Written: type[BaseModel] = create_model(
    "_Written", __config__=ConfigDict(extra="forbid"), **_columns
)


def read_mapping(path: Path) -> FieldMapping:
    """Return the mapping that a YAML file holds.

    :raises SettingsError: naming all that is wrong with it.
    """
    try:
        text = path.read_text(encoding="utf-8")
        found = yaml.safe_load(text)
        repeated = _repeated_fields(text)
        written = _Written.model_validate(found).model_dump(exclude_unset=True)
    except OSError as error:
        reason = (error.strerror or "cannot be opened").lower()
        raise SettingsError(f"the mapping {path} cannot be read: {reason}") from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise SettingsError(f"the mapping {path} is not YAML: {_one_line(error)}") from None
    except ValidationError as error:
        faults = "; ".join(_fault(each) for each in error.errors())
        raise SettingsError(f"the mapping {path} cannot be used: {faults}") from None
    if repeated:
        raise SettingsError(
            f"the mapping {path} cannot be used: {', '.join(repeated)} given twice; write all the"
            f" names of a field in one list, as {repeated[0]}: [A, B]"
        )
    dropped = written.pop(_DROP, ())
    return FieldMapping(path.name, written, dropped)


def _repeated_fields(text: str) -> list[str]:
    """Return the names that YAML itself would take for the last of them, in silence."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    counted = Counter(str(name.value) for name, _ in pairs)
    return [name for name, times in counted.items() if times > 1]


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _fault(error: Any) -> str:
    place = error["loc"]
    if error["type"] == "extra_forbidden":
        return f"{place[0]!r} is no field of a product; there are {', '.join(_FIELDS)}, and {_DROP}"
    if not place:
        return "it holds no list of fields; write one a line, as title: Bezeichnung"
    return f"{place[0]} is {error['input']!r}; write a name of the feed, or a list of names"


class MappedFeed(Feed):
    """Another feed's rows under our names.

    A mapped name that no row has is a fault at the end: a shop that renames a column is told so.
    """

    def __init__(self, feed: Feed, mapping: FieldMapping) -> None:
        self._feed = feed
        self._mapping = mapping

    def __str__(self) -> str:
        return str(self._feed)

    def format_name(self) -> str:
        """Return the format of the feed beneath.

        :raises FeedError: if nothing of it can be read.
        """
        return self._feed.format_name()

    def read(self, on_read: OnRead | None = None) -> Iterator[RawRow | BadRow | FileFault]:
        """Yield the rows with our names."""
        unmet = {field_name(n): n for names in self._mapping.taken.values() for n in names}
        rows = 0
        for found in self._feed.read(on_read):
            if not isinstance(found, RawRow):
                yield found
                continue
            rows += 1
            if unmet:
                for name in unmet.keys() & keys_by_name(found):
                    del unmet[name]
            yield self._mapping.apply(found)
        if rows and unmet:
            names = ", ".join(map(repr, unmet.values()))
            yield FileFault(
                rows, 0, f"no row has {names}, which the mapping {self._mapping.file} names"
            )

    def content_hash(self) -> str:
        """Return a SHA-256 of the feed's and of the mapping."""
        mapping = repr((self._mapping.taken, self._mapping.dropped))
        return hashlib.sha256(f"{self._feed.content_hash()} {mapping}".encode()).hexdigest()
