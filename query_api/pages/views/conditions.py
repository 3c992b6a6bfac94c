"""The conditions in a query's words, as chips that a shopper can remove."""

from __future__ import annotations

from dataclasses import dataclass

from gram_es.retrieval.result import SearchResult
from query_api.condition_wording import ignored_because, meaning
from query_api.pages import urls


@dataclass(frozen=True, slots=True)
class ConditionChip:
    """A condition: its ``words``, what they mean, and why it has no effect, if it has none.

    ``url`` is the URL of the search for these words literally.
    """

    words: str
    meaning: str
    ignored: str | None
    url: str


def condition_chips(result: SearchResult) -> tuple[ConditionChip, ...]:
    """Return the chips of the conditions of ``result``, in the order of their words."""
    request = result.request
    return tuple(
        ConditionChip(
            condition.words,
            meaning(condition),
            ignored_because(condition, request),
            urls.literal_url(request, condition.words),
        )
        for condition in result.conditions
    )
