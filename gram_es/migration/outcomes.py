"""Writing documents on behalf of a migration, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from elasticsearch import Elasticsearch

from gram_es.errors import ClusterUnavailableError
from gram_es.index.bulk import write_products

_RETRIES = 5  # 2, 4, ... 32 s apart


@dataclass(frozen=True)
class Filled:
    """What writing came to: how many documents, the ids that another writer came to first.

    ``refused`` maps ids of documents to the reason.
    """

    written: int = 0
    overtaken: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)


def write_all(
    client: Elasticsearch, alias: str, actions: Sequence[dict[str, Any]], doing: str
) -> Filled:
    """Send the actions through ``alias`` and return what came of them.

    :param doing: what it is for, to follow "cannot": ``fill m1``.
    :raises ClusterUnavailableError: if Elasticsearch stays away.
    """
    written, overtaken, refused = 0, list[str](), dict[str, str]()
    for one in write_products(client, alias, actions, retries=_RETRIES):
        if not one.error:
            written += 1
        elif one.is_conflict or one.is_gone:
            overtaken.append(one.product_id)
        elif one.may_be_retried:
            raise ClusterUnavailableError(
                f"cannot {doing}: Elasticsearch asks to be left alone "
                f"({one.status}: {one.error}); run the command again to go on"
            )
        else:
            refused[one.product_id] = one.error
    return Filled(written, tuple(overtaken), refused)
