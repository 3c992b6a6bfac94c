from elasticsearch import Elasticsearch

from gram_es.index.scan import read_live_codes
from gram_es.index.scratch_index import create_scratch_index


def test_every_distinct_code_is_returned_once_over_several_pages(
    client: Elasticsearch, clean_index: str
) -> None:
    create_scratch_index(client, clean_index, slot="m1", fingerprint="f", family="base")
    codes = [f"code {number:05}" for number in range(20_001)]
    chunks = [codes[start : start + 500] for start in range(0, len(codes), 500)]
    operations = [
        part
        for chunk in [*chunks, codes[:3]]
        for part in ({"index": {}}, {"gram": {"m1": {"codes": chunk}}})
    ]
    assert not client.bulk(index=clean_index, operations=operations, refresh=True)["errors"]

    counts = read_live_codes(client, clean_index, "m1")
    assert list(counts) == codes
    assert [counts[code] for code in codes[:4]] == [2, 2, 2, 1]


def test_an_index_without_codes_has_no_live_codes(client: Elasticsearch, clean_index: str) -> None:
    create_scratch_index(client, clean_index, slot="m1", fingerprint="f", family="base")

    assert read_live_codes(client, clean_index, "m1") == {}
