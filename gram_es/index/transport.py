"""Making a client of Elasticsearch whose failures are told once."""

from __future__ import annotations

import logging
from typing import Any

from elasticsearch import Elasticsearch


def open_client(url: str, **options: Any) -> Elasticsearch:
    """Return a client of the cluster at ``url``; nothing is sent yet.

    :param options: as :class:`elasticsearch.Elasticsearch` takes them.
    :raises ValueError: if they do not go together.
    """
    log = logging.getLogger("elastic_transport")
    if log.level == logging.NOTSET:
        # It warns of each try with a traceback; the last one is raised to us all the same.
        log.setLevel(logging.ERROR)
    return Elasticsearch(url, **options)
