"""The view of the page of a product: its codes, fields and rules, and similar products.

A rule is an override of a code: a lock, a ban or a pin (:mod:`gram_es.overrides.rules`).
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from gram_es.inspection.origins import CodeOrigin
from gram_es.inspection.products import Neighbour, ProductReport, SlotCodes
from gram_es.overrides.rules import Kind, Override
from query_api import wording
from query_api.api.serializers import product_json
from query_api.http.image_hosts import ImageHosts
from query_api.pages import urls

_ACTIONS: Final = {Kind.LOCK: "Locked", Kind.BAN: "Banned", Kind.PIN: "Pinned"}
_FORMATTED_FIELDS: Final = frozenset(
    {"id", "title", "attributes", "category", "other_categories", "price", "currency"}
)
_PLACEHOLDER_CODE: Final = "a code"


@dataclass(frozen=True, slots=True)
class RuleRow:
    """An override of a code, in words.

    ``action`` is the effect of the override, such as ``Locked``. ``product`` is the id and the URL
    of the product that the override is limited to; ``None`` if there is no such limit. ``query`` is
    the text and the URL of the query that the override is limited to, or ``None``. ``author`` says
    who set the override, and when. ``remove_command`` is the shell command that removes the
    override.
    """

    id: str
    code: str
    code_url: str
    action: str
    product: tuple[str, str] | None
    query: tuple[str, str] | None
    author: str
    note: str
    remove_command: str


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A code of the product.

    ``products`` is the number of all products that have the code, in words; it is ``None`` for a
    slot that searches do not use. ``weight`` is the weight of the code in the product, in words.
    ``source`` says whether the product's data, the model or a person set the code. ``rule`` is the
    override that locks or bans the code.
    """

    label: str
    code_url: str
    search_url: str
    products: str | None
    weight: str
    source: str
    rule: RuleRow | None


@dataclass(frozen=True, slots=True)
class SlotTable:
    """The product's codes in one slot, that is, from one model.

    ``carried`` are the codes that the product has. ``banned`` are the codes that a ban removed from
    the product.
    """

    slot: SlotCodes
    carried: tuple[CodeRow, ...]
    banned: tuple[CodeRow, ...]


@dataclass(frozen=True, slots=True)
class NeighbourRow:
    """A similar product. ``shared_codes`` are the codes that both products have, with URLs."""

    title: str
    product_url: str
    shared_codes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ProductView:
    """The contents of a product's page.

    ``shop_url`` is the URL of the product's page in the shop. ``picture`` is the address of the
    product's picture, or ``None``. ``letter`` is the letter of the product's tile; ``tone`` is the
    tile's colour. ``fields`` are the product's fields
    from the feed. ``feed_row`` says which row of the feed the product comes from, and when that row
    was ingested.
    ``lock_command`` and ``ban_command`` are examples of shell commands.
    """

    report: ProductReport
    shop_url: str | None
    picture: str | None
    letter: str
    tone: int
    fields: tuple[tuple[str, str], ...]
    feed_row: str | None
    tables: tuple[SlotTable, ...]
    neighbours: tuple[NeighbourRow, ...]
    rules: tuple[RuleRow, ...]
    lock_command: str
    ban_command: str


def product_view(report: ProductReport, image_hosts: ImageHosts) -> ProductView:
    """Return the contents of the page for ``report``."""
    product = report.product
    letter, tone = wording.tile(product)
    carried = (origin.code for slot in report.slots for origin in slot.codes if origin.is_carried)
    return ProductView(
        report=report,
        shop_url=wording.web_link(product),
        picture=image_hosts.picture(product),
        letter=letter,
        tone=tone,
        fields=_fields(report),
        feed_row=_feed_row(report.feed),
        tables=tuple(_slot_table(slot, report) for slot in report.slots),
        neighbours=tuple(_neighbour_row(neighbour) for neighbour in report.neighbours),
        rules=tuple(rule_row(rule) for rule in report.rules),
        lock_command=_command("lock", product.id, _PLACEHOLDER_CODE),
        ban_command=_command("ban", f"--product={product.id}", next(carried, _PLACEHOLDER_CODE)),
    )


def rule_row(rule: Override) -> RuleRow:
    """Return an override in words: its effect, its scope, its author and its note."""
    by = f"by {rule.by}" if rule.by else ""
    at = wording.timestamp(rule.at) if rule.at else ""
    weight = f" with weight {rule.weight:g}" if rule.weight is not None else ""
    everywhere = " everywhere" if rule.is_everywhere else ""
    product_id, query = rule.product_id, rule.query
    return RuleRow(
        id=rule.id,
        code=rule.code,
        code_url=urls.code_url(rule.code),
        action=f"{_ACTIONS[rule.kind]}{everywhere}{weight}",
        product=(product_id, urls.product_url(product_id)) if product_id else None,
        query=(query, urls.text_url(query.replace("*", " "))) if query else None,
        author=", ".join(part for part in (by, at) if part),
        note=rule.note,
        remove_command=f"gram-es override remove {rule.id}",
    )


def _fields(report: ProductReport) -> tuple[tuple[str, str], ...]:
    """Return the names and values of the non-empty fields, in words."""
    product = report.product
    price = wording.price(product)
    fields = [("price", price)] if price else []
    fields += [("category", " › ".join(path)) for path in product.category_paths]
    fields += [
        (name.replace("_", " "), str(value))
        for name, value in product_json(product).items()
        if name not in _FORMATTED_FIELDS
    ]
    fields += [
        (name.replace("_", " "), ", ".join(values)) for name, values in product.attributes.items()
    ]
    return tuple(fields)


def _feed_row(feed: Mapping[str, Any]) -> str | None:
    if "run" not in feed:
        return None
    at = wording.timestamp(feed.get("at", ""))
    return f"Row {feed.get('row', 0):,} of run {feed['run']}, {at}"


def _slot_table(slot: SlotCodes, report: ProductReport) -> SlotTable:
    rows = [(origin.is_carried, _code_row(origin, slot, report)) for origin in slot.codes]
    return SlotTable(
        slot=slot,
        carried=tuple(row for is_carried, row in rows if is_carried),
        banned=tuple(row for is_carried, row in rows if not is_carried),
    )


def _code_row(origin: CodeOrigin, slot: SlotCodes, report: ProductReport) -> CodeRow:
    count = report.postings.get(origin.code) if slot.is_live else None
    return CodeRow(
        label=origin.code,
        code_url=urls.code_url(origin.code),
        search_url=urls.text_url(origin.code),
        products=wording.products(count) if count else None,
        weight=f"weight {origin.weight:.2f}",
        source=_source(origin),
        rule=rule_row(origin.rule) if origin.rule else None,
    )


def _source(origin: CodeOrigin) -> str:
    """Return who set the code, and whether its words are in the product's text."""
    words = "all its words are in the product's text"
    if origin.unsupported_words:
        words = f"the product's text does not contain {', '.join(origin.unsupported_words)}"
    return f"{_setter(origin)}; {words}"


def _setter(origin: CodeOrigin) -> str:
    if not origin.is_from_model:
        return "Set by a person"
    return "Stated by the product's data" if origin.is_stated else "Inferred by the model"


def _neighbour_row(neighbour: Neighbour) -> NeighbourRow:
    return NeighbourRow(
        title=neighbour.product.title,
        product_url=urls.product_url(neighbour.product.id),
        shared_codes=tuple((code, urls.code_url(code)) for code in neighbour.shared_codes),
    )


def _command(action: str, *arguments: str) -> str:
    """Return a quoted shell command; ``--`` precedes arguments that look like options."""
    options = [argument for argument in arguments if argument.startswith("--product=")]
    names = [argument for argument in arguments if argument not in options]
    end_of_options = ["--"] if any(name.startswith("-") for name in names) else []
    return shlex.join(["gram-es", "override", action, *options, *end_of_options, *names])
