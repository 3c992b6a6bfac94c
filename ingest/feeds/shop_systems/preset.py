"""A preset: the columns of one shop system, in a YAML file, and the conversion of its rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from io import BufferedIOBase
from typing import Any, Protocol

import yaml

from ingest.feeds.formats.tables import delimited
from ingest.feeds.rows.field_names import field_name
from ingest.feeds.rows.records import BrokenFeedError, InvalidRow, RawRow
from ingest.feeds.shop_systems.columns import Columns
from ingest.feeds.shop_systems.draft import Draft


class Converter(Protocol):
    """Converts the rows of one feed, in order."""

    def add(self, draft: Draft) -> Iterator[RawRow | InvalidRow]:
        """Yield the rows that are complete now; a row may have to wait for a later one."""

    def reject(self, row: InvalidRow) -> Iterator[RawRow | InvalidRow]:
        """Yield a row that the table's format rejects; it may have been any kind of row."""

    def end(self) -> Iterator[RawRow | InvalidRow]:
        """Yield the rows that still wait."""


class _Format(Protocol):
    NAME: str

    def recognises(self, head: bytes) -> bool: ...
    def read(self, stream: BufferedIOBase) -> Iterator[RawRow | InvalidRow]: ...


@dataclass(frozen=True)
class Preset:
    """How the export of a shop system is read.

    ``headers`` are the sets of column names by which a table is recognised. ``fields`` gives the
    columns of the fields of a product; ``new_converter`` returns what reads all other columns but
    the ``ignored`` ones. ``translations`` gives the English name of columns in other languages.
    """

    name: str
    title: str
    headers: Collection[frozenset[str]]
    fields: Mapping[str, tuple[str, ...]]
    ignored: tuple[str, ...]
    translations: Mapping[str, str]
    new_converter: Callable[[], Converter]

    def table(self) -> PresetFormat:
        """Return the format of a table with one of the preset's headers."""
        name = f"{self.title} (preset {self.name})"
        return PresetFormat(self, delimited.Table(self.headers, name), name)

    def over(self, inner: _Format) -> PresetFormat:
        """Return a format that converts the rows of another one."""
        return PresetFormat(self, inner, f"{inner.NAME}, with the preset {self.name}")


@dataclass
class PresetFormat:
    """A format whose rows a preset converts."""

    preset: Preset
    inner: _Format
    NAME: str

    def recognises(self, head: bytes) -> bool:
        """Return whether a file is of the inner format."""
        return self.inner.recognises(head)

    def read(self, stream: BufferedIOBase) -> Iterator[RawRow | InvalidRow]:
        """Yield the converted rows.

        :raises BrokenFeedError: as the inner format does, after the rows that still wait.
        """
        preset = self.preset
        converter = preset.new_converter()
        columns = Columns(preset.fields, preset.ignored, preset.translations)
        try:
            for row in self.inner.read(stream):
                if isinstance(row, InvalidRow):
                    yield from converter.reject(row)
                else:
                    yield from converter.add(Draft(columns.apply(row)))
        except BrokenFeedError:
            yield from converter.end()
            raise
        yield from converter.end()


def load_preset(name: str, new_converter: Callable[[], Converter]) -> Preset:
    """Return a preset with the columns in its YAML file of this package."""
    file = files(__package__) / "presets" / f"{name}.yml"
    columns: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    headers = [frozenset(map(field_name, names)) for names in columns["headers"]]
    fields = {field: tuple(names) for field, names in columns["fields"].items()}
    ignored = tuple(columns["ignored"])
    translations = columns.get("other_languages", {})
    return Preset(name, columns["title"], headers, fields, ignored, translations, new_converter)
