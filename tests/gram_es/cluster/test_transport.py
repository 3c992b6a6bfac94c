from datetime import UTC, datetime
from typing import Any

import numpy as np
import orjson
import pytest

from gram_es.cluster.transport import open_client

HALF_A_PAIR = "kettle \ud83d"


@pytest.fixture
def serializers() -> Any:
    with open_client("http://127.0.0.1:9200") as client:
        yield client.transport.serializers


@pytest.mark.parametrize("kind", ["application/json", "application/vnd.elasticsearch+json"])
def test_text_that_is_not_valid_unicode_is_written_and_read(serializers: Any, kind: str) -> None:
    escaped = b'{"title": "kettle \\ud83d"}'
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(escaped)

    assert serializers.loads(escaped, kind) == {"title": HALF_A_PAIR}
    written = serializers.get_serializer(kind).dumps({"title": HALF_A_PAIR})
    assert serializers.loads(written, kind) == {"title": HALF_A_PAIR}


def test_a_line_of_a_bulk_request_may_have_text_that_is_not_valid_unicode(serializers: Any) -> None:
    lines = [{"create": {"_id": "k"}}, {"title": HALF_A_PAIR, "price": 2.5}]

    body = serializers.dumps(lines, "application/x-ndjson")

    assert body.count(b"\n") == 2
    assert serializers.loads(body, "application/x-ndjson") == lines


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (datetime(2026, 11, 29, 8, tzinfo=UTC), b'"2026-11-29T08:00:00+00:00"'),
        (np.float32(0.5), b"0.5"),
        (np.arange(2), b"[0,1]"),
        ({1: "one"}, b'{"1":"one"}'),
        (2**70, b"1180591620717411303424"),
    ],
)
def test_a_value_is_written_as_the_client_writes_it(
    serializers: Any, value: object, written: bytes
) -> None:
    assert serializers.dumps(value, "application/json") == written
