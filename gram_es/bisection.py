"""Finding the item of a batch that makes the work on it raise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from gram_es.errors import GramError

Item = TypeVar("Item")
Result = TypeVar("Result")


def isolate(
    work: Callable[[Sequence[Item]], Result], items: Sequence[Item]
) -> tuple[list[Result], list[tuple[Item, Exception]]]:
    """Work on items together, on each half where that raises, and so on to single items.

    :return: the results of what went well, in order, and the items that raise by themselves.
    :raises GramError: as ``work`` does: such an error is not about an item.
    """
    try:
        return [work(items)], []
    except GramError:
        raise
    except Exception as error:  # noqa: BLE001  # there is no telling what makes a model raise
        if len(items) == 1:
            return [], [(items[0], error)]
    middle = len(items) // 2
    (results, faults), (more, others) = (
        isolate(work, half) for half in (items[:middle], items[middle:])
    )
    return results + more, faults + others
