"""The shop of the soak: feeds that change at random, and what the index must contain after each."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

COLOURS = ("red", "blue", "green", "black", "white", "oak", "steel", "copper")
NOUNS = (
    *("cordless drill", "bath towel", "running shoes", "kettle", "wool rug", "office chair"),
    *("garden hose", "led bulb", "rain jacket", "chef knife", "desk lamp", "tool box"),
)
KINDS = ("changes", "prices", "same", "deletes", "many deletes", "partial", "partial prices")
"""The kinds of feeds; the first of a shop is of the kind ``changes``."""

_FEW, _MANY = 0.06, 0.3  # shares of the products; 10 % are deleted without --allow-deletes
_REJECTED = 3
_SHOWN = 5


@dataclass(frozen=True)
class Item:
    """A product as the index must have it."""

    id: str
    title: str
    price: float


@dataclass(frozen=True)
class FeedFile:
    """A feed in the file ``path``, and the products of the source after its ingest.

    ``rejected`` of its ``rows`` have no title.
    """

    path: Path
    kind: str
    rows: int
    rejected: int
    items: Mapping[str, Item]

    @property
    def options(self) -> list[str]:
        """The options of ``gram-es ingest`` for this feed."""
        if self.kind.startswith("partial"):
            return ["--partial"]
        return ["--allow-deletes"] if self.kind == "many deletes" else []


class Shop:
    """The products of one source, of about ``size``; each feed changes them.

    ``items`` are those after the last accepted feed, and ``deleted`` the ids that no feed lists any
    more.
    """

    def __init__(self, source: str, *, size: int, seed: str, folder: Path) -> None:
        self.source = source
        self._size = size
        self._rng = random.Random(seed)  # noqa: S311
        self._path = folder / f"{source}.ndjson"
        self._made = 0
        self._feeds = 0
        self.items: Mapping[str, Item] = {}
        self.deleted: set[str] = set()

    def next_feed(self) -> FeedFile:
        """Write the next feed to the shop's file and return it; the same seed gives the same."""
        kind = self._rng.choice(KINDS) if self._feeds else KINDS[0]
        self._feeds += 1
        items, listed = self._changed(kind)
        broken = self._rng.sample(sorted(listed), min(_REJECTED, len(listed))) if items else []
        broken = broken if self._feeds > 1 and kind == "changes" else []
        rows = [
            {"id": item.id, "title": item.title, "price": item.price}
            for name, item in items.items()
            if name in listed and name not in broken
        ]
        # A rejected row keeps the last good version of its product.
        items = {
            name: self.items.get(name, item) if name in broken else item
            for name, item in items.items()
            if name not in broken or name in self.items
        }
        rows += [{"id": name, "title": "", "price": 1.0} for name in broken]
        self._rng.shuffle(rows)
        self._path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return FeedFile(self._path, kind, len(rows), len(broken), items)

    def accept(self, feed: FeedFile) -> None:
        """Note that a feed was ingested."""
        self.deleted |= self.items.keys() - feed.items.keys()
        self.items = feed.items

    def _changed(self, kind: str) -> tuple[dict[str, Item], set[str]]:
        """Return the products after a feed of this kind, and the ids that the feed lists."""
        items = dict(self.items)
        if kind == "same":
            return items, {*items}
        if kind in ("deletes", "many deletes"):
            for name in self._some(items, _FEW if kind == "deletes" else _MANY):
                del items[name]
            return items, {*items}
        if kind.startswith("partial"):
            listed = {*self._some(items, _MANY)}
            for name in listed:
                items[name] = self._changed_item(items[name], new_title=kind == "partial")
            return items, listed
        changed = items if kind == "prices" else self._some(items, _MANY)
        for name in [*changed]:
            items[name] = self._changed_item(items[name], new_title=kind == "changes")
        while kind == "changes" and len(items) < self._size:
            self._made += 1
            name = f"{self.source}-{self._made:05}"
            items[name] = Item(name, self._title(), self._price())
        return items, {*items}

    def _some(self, items: Mapping[str, Item], share: float) -> list[str]:
        return self._rng.sample(sorted(items), int(len(items) * share))

    def _changed_item(self, item: Item, *, new_title: bool) -> Item:
        changed = replace(item, price=self._price())
        return replace(changed, title=self._title()) if new_title else changed

    def _title(self) -> str:
        words = self._rng.choice(COLOURS), self._rng.choice(NOUNS), self._rng.randrange(10, 900)
        return " ".join(map(str, words))

    def _price(self) -> float:
        return self._rng.randrange(100, 90_000) / 100


def wrong_documents(
    expected: Mapping[str, Item], stored: Mapping[str, Mapping[str, Any]], slot: str
) -> Iterator[str]:
    """Yield a message for each kind of difference between the index and the shops.

    :param stored: the documents of the index, by id.
    :param slot: the field below ``gram`` that contains the live model's codes.
    """
    wrong = [
        name
        for name in expected.keys() & stored.keys()
        if (stored[name]["title"], stored[name].get("price"))
        != (expected[name].title, expected[name].price)
    ]
    lacking = [name for name in stored if "input" not in stored[name]["gram"].get(slot, {})]
    for problem, names in (
        ("are missing", expected.keys() - stored.keys()),
        ("are in no feed", stored.keys() - expected.keys()),
        ("differ from the last feed", wrong),
        (f"lack codes of {slot}", lacking),
    ):
        if names:
            yield f"{len(names)} documents {problem}: {', '.join(sorted(names)[:_SHOWN])}"
