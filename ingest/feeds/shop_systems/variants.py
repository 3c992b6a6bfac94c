"""Joins the variants of an export with their parents, whichever row comes first.

A parent is no product of its own once a variant of it is read. The rows that were read lately are
in memory, earlier ones on disk.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from ingest.feeds.rows.records import InvalidRow, RawRow
from ingest.feeds.shop_systems.row_store import AnyRow, Attributes, RowStore

_MAX_PARENTS = 1_000
_MAX_WAITING = 1_000
_GROUP = "item_group_id"
_OWN = frozenset({"id", "gtin", "mpn", "availability"})


@dataclass
class _Parent:
    """A parent; ``links`` gives, by link, the attributes that it states of the variant there."""

    row: AnyRow
    links: Mapping[str, Attributes]
    has_variants: bool = False


class Variants:
    """The parents and variants of one feed.

    A variant and its parent have the same link: the name that one row gives to the other.

    :param stands_alone: whether a row is a product even if its parent is in no row. Such a row
        waits for its parent only for a while, and others until the end of the feed.
    """

    def __init__(self, stands_alone: Callable[[RawRow], bool]) -> None:
        self._stands_alone = stands_alone
        self._parents: OrderedDict[int, _Parent] = OrderedDict()
        self._parent_of: dict[str, int] = {}
        self._waiting: OrderedDict[int, tuple[str, RawRow]] = OrderedDict()
        self._waiting_for: dict[str, list[int]] = {}
        self._count = 0
        self._disk: RowStore | None = None

    def add_parent(self, row: AnyRow, links: Mapping[str, Attributes]) -> Iterator[AnyRow]:
        """Add a parent, and yield its variants that were read before.

        :param row: an :class:`InvalidRow` if the shop has withdrawn the parent and its variants.
        """
        parent = _Parent(row, links, has_variants=isinstance(row, InvalidRow))
        self._count += 1
        self._parents[self._count] = parent
        self._parent_of.update(dict.fromkeys(links, self._count))
        if isinstance(row, InvalidRow):
            yield row
        for link in links:
            for variant in self._take_waiting(link):
                parent.has_variants = True
                yield _join(variant, row, links[link])
        if len(self._parents) > _MAX_PARENTS:
            self._move_parent()

    def add_variant(self, row: RawRow, link: str) -> Iterator[AnyRow]:
        """Yield a variant if its parent was read; otherwise keep it until the parent is read."""
        if (number := self._parent_of.get(link)) is not None:
            parent = self._parents[number]
            parent.has_variants = True
            yield _join(row, parent.row, parent.links[link])
        elif self._disk is not None and (found := self._disk.parent_of(link)) is not None:
            yield _join(row, *found)
        else:
            self._count += 1
            self._waiting[self._count] = link, row
            self._waiting_for.setdefault(link, []).append(self._count)
            if len(self._waiting) > _MAX_WAITING:
                yield from self._move_variant()

    def end(self) -> Iterator[AnyRow]:
        """Yield the variants without a parent, and then the parents without a variant."""
        if self._disk is not None:
            yield from self._disk.variants()
        yield from (row for _, row in self._waiting.values())
        if self._disk is not None:
            yield from self._disk.childless_parents()
            self._disk.close()
        yield from (parent.row for parent in self._parents.values() if not parent.has_variants)

    def _take_waiting(self, link: str) -> Iterator[RawRow]:
        if self._disk is not None:
            yield from self._disk.take_variants(link)
        for number in self._waiting_for.pop(link, ()):
            yield self._waiting.pop(number)[1]

    def _move_variant(self) -> Iterator[RawRow]:
        """Move the variant that waits longest to the disk, or yield it if it stands alone."""
        number, (link, row) = self._waiting.popitem(last=False)
        numbers = self._waiting_for[link]
        numbers.remove(number)
        if not numbers:
            del self._waiting_for[link]
        if self._stands_alone(row):
            yield row
        else:
            self._store().add_variant(row, link)

    def _move_parent(self) -> None:
        number, parent = self._parents.popitem(last=False)
        links = {n: a for n, a in parent.links.items() if self._parent_of.get(n) == number}
        for link in links:
            del self._parent_of[link]
        self._store().add_parent(parent.row, links, parent.has_variants)

    def _store(self) -> RowStore:
        self._disk = self._disk or RowStore()
        return self._disk


def _join(variant: RawRow, parent: AnyRow, stated: Attributes) -> AnyRow:
    """Return the variant with what it lacks from its parent, and with the parent's id as group.

    :param stated: the attributes that the parent's row states of the variant.
    """
    if isinstance(parent, InvalidRow):
        return replace(parent, line=variant.line, excerpt=variant.excerpt, file=variant.file)
    fields = {n: v for n, v in parent.fields.items() if n not in _OWN} | dict(variant.fields)
    if "price" in variant.fields:  # the parent's sale is not the variant's
        for name in ("sale_price", "sale_price_effective_date"):
            if name not in variant.fields:
                fields.pop(name, None)
    attributes = dict(stated) | dict(variant.attributes)
    own = {name.lower() for name in attributes}
    inherited = {n: v for n, v in parent.attributes.items() if n.lower() not in own}
    group = {_GROUP: parent.fields.get("id", ())}
    return replace(
        variant,
        fields=fields,
        attributes=inherited | attributes | group,
        origins={**parent.origins, **variant.origins},
    )
