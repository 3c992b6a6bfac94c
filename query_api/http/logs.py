"""The service's log as a JSON object a line, for machines."""

from __future__ import annotations

import logging

from pythonjsonlogger.json import JsonFormatter

_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


def write_json() -> None:
    """Let every handler of the process write JSON, and log each request.

    What a message carries beside its words (``extra``) become fields of their own.
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
