"""The audit log: one line for each request that must send the admin token."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Final

from flask import Blueprint, Response, g, request

from gram_es.overrides.rules import Override
from gram_es.text.normalise import clean_text

logger = logging.getLogger(__name__)

_MAX_CHARS: Final = 200
_FIELDS: Final = ("id", "kind", "product_id", "query", "code", "by")


def enable() -> None:
    """Write the audit log at every level of the other logs."""
    logger.setLevel(logging.INFO)


def register(blueprint: Blueprint) -> None:
    """Log each request to ``blueprint`` when its response is ready. Tokens are never logged."""
    blueprint.after_request(_log)


def note_token(sent: str, *, is_correct: bool) -> None:
    """Note for the audit log whether the current request sent a token, and the correct one."""
    g.audit_token = "correct" if is_correct else "wrong" if sent else "missing"


def note_changes(overrides: Iterable[Override]) -> None:
    """Note for the audit log which overrides the current request has set or removed."""
    g.audit_changes = "; ".join(map(_describe, overrides))


def _log(response: Response) -> Response:
    fields = {
        "request_id": g.request_id,
        "address": request.remote_addr or "",
        "method": request.method,
        "path": clean_text(request.path)[:_MAX_CHARS],
        "token": g.get("audit_token", "not compared"),
        "status": response.status_code,
        "changes": g.get("audit_changes", "none"),
    }
    logger.info(
        "%(request_id)s admin request from %(address)s: %(method)s %(path)s, token %(token)s, "
        "status %(status)d, changes: %(changes)s",
        fields,
        extra=fields,
    )
    return response


def _describe(override: Override) -> str:
    values = override.to_json()
    shown = (
        f"{name}={clean_text(str(values[name]))[:_MAX_CHARS]!r}"
        for name in _FIELDS
        if values.get(name)
    )
    return ", ".join(shown)
