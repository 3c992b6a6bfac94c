"""What the page of one product shows, computed before the template renders it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from gram_es.inspection.origins import Origin
from gram_es.inspection.products import Neighbour, ProductSheet, SlotCodes
from gram_es.overrides.rules import Kind, Override
from query_api import wording
from query_api.api.serializers import product_json
from query_api.pages import urls

_DONE: Final = {Kind.LOCK: "Locked", Kind.BAN: "Banned", Kind.PIN: "Pinned"}


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule in words; ``remove`` is the command that removes it."""

    id: str
    code: str
    code_page: str
    what: str
    product: tuple[str, str] | None
    query: tuple[str, str] | None
    who: str
    note: str
    remove: str


def rule_row(rule: Override) -> RuleRow:
    """Return what a page shows of ``rule``: what it does, where, and who set it when and why."""
    by = f"by {rule.by}" if rule.by else ""
    at = wording.moment(rule.at) if rule.at else ""
    weight = f" with weight {rule.weight:g}" if rule.weight is not None else ""
    everywhere = " everywhere" if rule.is_everywhere else ""
    product_id, query = rule.product_id, rule.query
    return RuleRow(
        id=rule.id,
        code=rule.code,
        code_page=urls.code_url(rule.code),
        what=f"{_DONE[rule.kind]}{everywhere}{weight}",
        product=(product_id, urls.product_url(product_id)) if product_id else None,
        query=(query, urls.text_url(query.replace("*", " "))) if query else None,
        who=", ".join(part for part in (by, at) if part),
        note=rule.note,
        remove=f"gram-es override remove {rule.id}",
    )


_NOT_LISTED: Final = frozenset({"id", "title", "attributes", "category", "price", "currency"})
_A_CODE: Final = "a code"


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A code of the product; ``products`` carry it, where it is live."""

    label: str
    page: str
    search: str
    products: str | None
    source: str
    rule: RuleRow | None


@dataclass(frozen=True, slots=True)
class SlotTable:
    """A slot's codes: those that the product carries, and those that a ban removes."""

    slot: SlotCodes
    carried: tuple[CodeRow, ...]
    banned: tuple[CodeRow, ...]


@dataclass(frozen=True, slots=True)
class NeighbourRow:
    """Another product and the codes that it shares."""

    title: str
    page: str
    shared: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ProductView:
    """The whole page; ``lock`` and ``ban`` are commands for a terminal."""

    sheet: ProductSheet
    shop: str | None
    fields: tuple[tuple[str, str], ...]
    written: str | None
    tables: tuple[SlotTable, ...]
    neighbours: tuple[NeighbourRow, ...]
    rules: tuple[RuleRow, ...]
    lock: str
    ban: str


def product_view(sheet: ProductSheet) -> ProductView:
    """Return what the page of ``sheet`` shows."""
    product = sheet.product
    first = next((o.code for s in sheet.slots for o in s.codes if o.carried), _A_CODE)
    return ProductView(
        sheet=sheet,
        shop=wording.web_link(product),
        fields=_fields(sheet),
        written=_written(sheet.feed),
        tables=tuple(_table(slot, sheet) for slot in sheet.slots),
        neighbours=tuple(_neighbour(one) for one in sheet.neighbours),
        rules=tuple(rule_row(rule) for rule in sheet.rules),
        lock=_command("lock", product.id, _A_CODE),
        ban=_command("ban", f"--product={product.id}", first),
    )


def _fields(sheet: ProductSheet) -> tuple[tuple[str, str], ...]:
    """Return the fields that the shop filled, in words."""
    product = sheet.product
    price = wording.price(product)
    named = [("price", price)] if price else []
    named += [("category", " › ".join(product.category))] if product.category else []
    plain = product_json(product)
    named += [(n.replace("_", " "), str(v)) for n, v in plain.items() if n not in _NOT_LISTED]
    named += [(name.replace("_", " "), ", ".join(v)) for name, v in product.attributes.items()]
    return tuple(named)


def _written(feed: Mapping[str, Any]) -> str | None:
    if "run" not in feed:
        return None
    return f"Row {feed.get('row', 0):,} of run {feed['run']}, {wording.moment(feed.get('at', ''))}"


def _table(slot: SlotCodes, sheet: ProductSheet) -> SlotTable:
    rows = [(origin.carried, _code_row(origin, slot, sheet)) for origin in slot.codes]
    return SlotTable(
        slot=slot,
        carried=tuple(row for carried, row in rows if carried),
        banned=tuple(row for carried, row in rows if not carried),
    )


def _code_row(origin: Origin, slot: SlotCodes, sheet: ProductSheet) -> CodeRow:
    products = sheet.postings.get(origin.code) if slot.live else None
    return CodeRow(
        label=origin.code,
        page=urls.code_url(origin.code),
        search=urls.text_url(origin.code),
        products=wording.products(products) if products else None,
        source=_source(origin),
        rule=rule_row(origin.rule) if origin.rule else None,
    )


def _source(origin: Origin) -> str:
    """Return who set the code, and whether its words are the product's own."""
    words = "its words are in the product's own text"
    if origin.lacking:
        words = f"the product's own text lacks {', '.join(origin.lacking)}"
    if origin.by_model:
        return f"The model; {words}"
    return f"A person; {words}"


def _neighbour(one: Neighbour) -> NeighbourRow:
    return NeighbourRow(
        title=one.product.title,
        page=urls.product_url(one.product.id),
        shared=tuple((code, urls.code_url(code)) for code in one.shared),
    )


def _command(*words: str) -> str:
    """Return a command for a terminal, its words quoted; none is taken for an option."""
    name, *rest = words
    options = [word for word in rest if word.startswith("--product=")]
    names = [word for word in rest if word not in options]
    end = ["--"] if any(word.startswith("-") for word in names) else []
    return shlex.join(["gram-es", "override", name, *options, *end, *names])
