from typing import Any

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
