"""Joins the variants of an export with their parents, whichever row comes first.

A parent is no product of its own once a variant of it is read. Only the last rows are kept, so that
memory does not grow with the feed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from ingest.feeds.rows.records import InvalidRow, RawRow

_MAX_PARENTS = 1_000
_MAX_WAITING = 1_000
_GROUP = "item_group_id"
_OWN = frozenset({"id", "gtin", "mpn", "availability"})

AnyRow = RawRow | InvalidRow
Attributes = Mapping[str, tuple[str, ...]]


@dataclass
class _Parent:
    """A parent; ``links`` gives, by link, the attributes that it states of the variant there."""

    row: AnyRow
    links: Mapping[str, Attributes]
    has_variants: bool = False


class Variants:
    """The parents and variants of one feed that were read lately.

    A variant and its parent have the same link: the name that one row gives to the other.

    :param orphan: returns what becomes of a variant whose parent is in no row.
    """

    def __init__(self, orphan: Callable[[RawRow], AnyRow]) -> None:
        self._orphan = orphan
        self._parents: OrderedDict[int, _Parent] = OrderedDict()
        self._parent_of: dict[str, int] = {}
        self._waiting: OrderedDict[int, tuple[str, RawRow]] = OrderedDict()
        self._waiting_for: dict[str, list[int]] = {}
        self._count = 0

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
            for number in self._waiting_for.pop(link, ()):
                yield _join(self._waiting.pop(number)[1], parent, link)
        if len(self._parents) > _MAX_PARENTS:
            yield from self._forget_parent()

    def add_variant(self, row: RawRow, link: str) -> Iterator[AnyRow]:
        """Yield a variant if its parent was read; otherwise keep it until the parent is read."""
        number = self._parent_of.get(link)
        if number is not None:
            yield _join(row, self._parents[number], link)
            return
        self._count += 1
        self._waiting[self._count] = link, row
        self._waiting_for.setdefault(link, []).append(self._count)
        if len(self._waiting) > _MAX_WAITING:
            yield self._forget_variant()

    def end(self) -> Iterator[AnyRow]:
        """Yield the variants without a parent, and the parents without a variant."""
        while self._waiting:
            yield self._forget_variant()
        while self._parents:
            yield from self._forget_parent()

    def _forget_variant(self) -> AnyRow:
        number, (link, row) = self._waiting.popitem(last=False)
        numbers = self._waiting_for[link]
        numbers.remove(number)
        if not numbers:
            del self._waiting_for[link]
        return self._orphan(row)

    def _forget_parent(self) -> Iterator[AnyRow]:
        number, parent = self._parents.popitem(last=False)
        for link in parent.links:
            if self._parent_of.get(link) == number:
                del self._parent_of[link]
        if not parent.has_variants:
            yield parent.row


def _join(variant: RawRow, parent: _Parent, link: str) -> AnyRow:
    """Return the variant with what it lacks from its parent, and with the parent's id as group."""
    parent.has_variants = True
    row = parent.row
    if isinstance(row, InvalidRow):
        return replace(row, line=variant.line, excerpt=variant.excerpt, file=variant.file)
    fields = {n: v for n, v in row.fields.items() if n not in _OWN} | dict(variant.fields)
    if "price" in variant.fields:  # the parent's sale is not the variant's
        for name in ("sale_price", "sale_price_effective_date"):
            if name not in variant.fields:
                fields.pop(name, None)
    attributes = dict(parent.links[link]) | dict(variant.attributes)
    own = {name.lower() for name in attributes}
    inherited = {n: v for n, v in row.attributes.items() if n.lower() not in own}
    group = {_GROUP: row.fields.get("id", ())}
    return replace(
        variant,
        fields=fields,
        attributes=inherited | attributes | group,
        origins={**row.origins, **variant.origins},
    )
