"""Search by the service of the demo, and print what it answers."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from typing import Any, Final

import click
import requests

from gram_es.demo.processes import Worker
from gram_es.errors import GramError

_SEARCH_TIMEOUT_S: Final = 120
_FIRST_ANSWER_S: Final = 300  # the worker first loads the language model: half a minute or more
_NEXT_ANSWER_S: Final = 60
_POLL_S: Final = 0.5

Answer = dict[str, Any]


def search(address: str, query: str) -> Answer:
    """Return what the service at ``address`` answers to a query.

    :raises GramError: if the search fails.
    """
    with requests.Session() as session:
        session.trust_env = False  # a request to this machine must not go through a proxy
        try:
            response = session.get(
                f"{address}search",
                params={"q": query, "size": "3"},
                timeout=_SEARCH_TIMEOUT_S,
            )
            response.raise_for_status()
        except requests.RequestException as error:
            raise GramError(f"the demo stopped: a search failed: {error}") from None
    result: Answer = json.loads(response.text)
    return result


def search_twice(
    address: str, queries: Iterable[str], worker: Worker
) -> Iterator[tuple[str, Answer, Answer]]:
    """Yield each query with its first answer, and with the one that a language model has coded.

    The first searches send the queries to ``worker``, which answers them in this order. A query
    that it skips, or does not answer in time, is yielded with its first answer twice.

    :raises GramError: if a search fails, or if the worker ends.
    """
    waiting = {query: search(address, query) for query in dict.fromkeys(queries)}
    give_up_at = time.monotonic() + _FIRST_ANSWER_S
    while waiting:
        # The last first: if it has an answer, those before it have been answered or skipped.
        latest = {query: search(address, query) for query in reversed(waiting)}
        answered = [query for query in waiting if is_coded_by_both(latest[query])]
        last = len(waiting) if time.monotonic() > give_up_at else 0
        if answered:
            last = list(waiting).index(answered[-1]) + 1
            give_up_at = time.monotonic() + _NEXT_ANSWER_S
        for query in list(waiting)[:last]:
            first = waiting.pop(query)
            yield query, first, latest[query] if query in answered else first
        if waiting:
            worker.check()
            time.sleep(_POLL_S)


def is_coded_by_both(answer: Answer) -> bool:
    """Return whether a language model chose the codes of the query together with the encoder."""
    return answer["query"]["language_model"] is not None


def to_text(query: str, answer: Answer, note: str = "") -> str:
    """Return an answer as lines for the terminal.

    :param note: what stands behind the query, such as ``, asked again``.
    """
    codes = ", ".join(f"{c['code']} {c['weight']:.2f}" for c in answer["query"]["codes"][:5])
    chosen_by = f" (with {answer['query']['language_model']})" if is_coded_by_both(answer) else ""
    lines = [
        "",
        click.style(query, bold=True)
        + f"{note}  ({answer['mode']}, {answer['took_ms']['total']:.0f} ms)",
        f"  codes{chosen_by}: {codes or 'none'}",
    ]
    for hit in answer["hits"]:
        matched = ", ".join(hit["matched_codes"][:3])
        lines.append(f"  - {hit['product']['title']}" + (f"  [{matched}]" if matched else ""))
    return "\n".join(lines)
