"""The codes that the index holds now; decoding at search walks no others."""

from __future__ import annotations

from elasticsearch import Elasticsearch

from gram_es.index.scan import count_values
from gram_es.index.slots import codes_field


def read_live_codes(client: Elasticsearch, index: str, slot: str) -> dict[str, int]:
    """Return how many products carry each code of the slot, in the order of the codes' bytes.

    :param index: an index or an alias; refresh it first to see what was just written.
    :raises ClusterError: if the cluster refuses or does not answer.
    """
    return count_values(client, index, codes_field(slot))
