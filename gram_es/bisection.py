"""Find the items of a batch for which a function raises an exception."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from gram_es.errors import GramError

Item = TypeVar("Item")
Result = TypeVar("Result")


def find_failing_items(
    process: Callable[[Sequence[Item]], Result], items: Sequence[Item]
) -> tuple[list[Result], list[tuple[Item, Exception]]]:
    """Process ``items`` in one call and find those for which ``process`` raises an exception.

    If the call raises an exception, process each half of the items in the same way, down to
    single items.

    :return: the results of the successful calls, in order, and each failing item with its error.
    :raises GramError: as soon as ``process`` raises it, because no single item is its cause.
    """
    try:
        return [process(items)], []
    except GramError:
        raise
    except Exception as error:  # noqa: BLE001  # a model may raise any exception
        if len(items) == 1:
            return [], [(items[0], error)]
    middle = len(items) // 2
    (results, failures), (later_results, later_failures) = (
        find_failing_items(process, half) for half in (items[:middle], items[middle:])
    )
    return results + later_results, failures + later_failures
