"""Create an index for a measurement, which no alias leads to."""

from __future__ import annotations

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.index.slots import Slot, meta_with_slot, slot_properties
from gram_es.index.templates.bodies import compose_index_body


def create_scratch_index(
    client: Elasticsearch,
    name: str,
    *,
    slot: str,
    fingerprint: str,
    family: str,
    encoder: str = "",
    codes: str = "",
) -> None:
    """Create an index like a products index, but without aliases and with the field ``raw``.

    ``raw`` contains text as the shop wrote it. Elasticsearch's default BM25 scores this field, as
    in an index without gram-es. An existing index of that name is deleted first.

    :param encoder: the fingerprint of the model's encoder.
    :param codes: the fingerprint of what determines the model's codes from its vectors.
    """
    body = compose_index_body(client)
    body["mappings"]["properties"]["raw"] = {"type": "text", "analyzer": "gram_text"}
    body["mappings"]["properties"].update(slot_properties(slot, live=True))
    model = Slot(fingerprint, family, encoder, codes)
    body["mappings"]["_meta"] = meta_with_slot({}, slot, model, live=True)
    with cluster_errors(f"create the index {name}"):
        client.indices.delete(index=name, ignore_unavailable=True)
        client.indices.create(index=name, settings=body["settings"], mappings=body["mappings"])
