"""The columns of a table under the names of a preset, worked out once per header."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from ingest.feeds.rows.field_names import field_name
from ingest.feeds.rows.records import RawRow

Texts = dict[str, tuple[str, ...]]
_NUMBERS = range(1, 101)
_UNITS = ("kg", "g", "lbs", "oz", "cm", "m", "mm", "in", "yd")


class Columns:
    """Renames the columns of rows to fields, and drops ignored ones.

    A field is read from the first of its columns that is not empty in a row.

    :param names_by_field: the columns of each field, as the shop system writes them.
    :param ignored: columns that say nothing about a product.
    :param translations: the columns' names in other languages, each with the English one. ``{n}``
        stands for a number and ``{u}`` for a unit.
    """

    def __init__(
        self,
        names_by_field: Mapping[str, Collection[str]],
        ignored: Collection[str],
        translations: Mapping[str, str],
    ) -> None:
        self._english = dict(_expanded(translations))
        self._names_by_field = {f: [*map(field_name, n)] for f, n in names_by_field.items()}
        self._ignored_names = set(map(field_name, ignored))
        self._origins: Mapping[str, str] | None = None

    def apply(self, row: RawRow) -> RawRow:
        """Return the row with the fields of a product, and all other columns as they are."""
        if row.origins is not self._origins:
            self._work_out(row.origins)
        fields: Texts = {
            self._english_of.get(n, n): v for n, v in row.fields.items() if n not in self._removed
        }
        for field, keys in self._keys_by_field.items():
            for key in keys:
                if any(values := row.fields.get(key, ())):
                    fields[field] = values
                    break
        return replace(
            row, fields=fields, origins=self._new_origins, ignored=(*row.ignored, *self._ignored)
        )

    def _work_out(self, origins: Mapping[str, str]) -> None:
        """Prepare for the rows of one header; a row of JSON has a header of its own."""
        key_of = {field_name(written): key for key, written in origins.items()}
        key_of |= {key: key for key in origins}
        self._english_of = {
            key: self._english[name] for name, key in key_of.items() if name in self._english
        }
        key_of |= {name: key for key, name in self._english_of.items()}
        self._keys_by_field = {
            field: [key_of.get(name, name) for name in names]
            for field, names in self._names_by_field.items()
        }
        sources = {key for keys in self._keys_by_field.values() for key in keys}
        dropped = {key_of.get(name, name) for name in self._ignored_names}
        self._removed = sources | dropped | self._names_by_field.keys()
        self._ignored = tuple(origins[key] for key in dropped - sources if key in origins)
        self._new_origins = {
            self._english_of.get(k, k): w for k, w in origins.items() if k not in self._removed
        } | {
            field: ", ".join(origins[key] for key in keys if key in origins)
            for field, keys in self._keys_by_field.items()
            if any(key in origins for key in keys)
        }
        self._origins = origins


def _expanded(translations: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the normalised names with each number and unit in the place of ``{n}`` and ``{u}``."""
    for written, english in translations.items():
        values: Iterable[object] = _NUMBERS if "{n}" in written else _UNITS
        for value in values if "{" in written else ("",):
            names = (name.format(n=value, u=value) for name in (written, english))
            name, english_name = map(field_name, names)
            yield name, english_name
