"""The JSON log of the service."""

from __future__ import annotations

import logging
from typing import Final

from pythonjsonlogger.json import JsonFormatter

_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s %(message)s"


def write_json() -> None:
    """Make all log handlers of the process write JSON, one object per line; log each request.

    The ``extra`` fields of a log record become fields of the record's JSON object.
    """
    formatter = JsonFormatter(
        _FORMAT,
        rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
        json_ensure_ascii=False,
    )
    for name in (None, "gunicorn.error"):
        for handler in logging.getLogger(name).handlers:
            handler.setFormatter(formatter)
    logging.getLogger("query_api.http.headers").setLevel(logging.INFO)
