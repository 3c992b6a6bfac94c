"""An override as a page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gram_es.overrides.rules import Kind, Override
from query_api import wording
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
