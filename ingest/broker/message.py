"""The message of a batch, and the check that a message in the queue is one.

Other programs may write to the same broker. A worker rejects any message that :func:`message_fault`
does not accept, before Celery reads it.
"""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

ENRICH_BATCH = "ingest.enrich_batch"
MAX_MESSAGE_BYTES = 64 << 10  # our own messages have about 1 KiB

_Number = Annotated[int, Field(ge=1, strict=True)]
_Nothing = Annotated[None, Field(default=None)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)


class _NoArguments(_Part):
    model_config = ConfigDict(strict=True, extra="forbid")


class _Headers(_Part):
    """The headers that Celery sends with a batch.

    Celery would read any other as an attribute of the request: ``callbacks`` and ``chain`` send
    further tasks, ``compression`` unpacks the body.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    task: Literal["ingest.enrich_batch"]
    id: str
    lang: Literal["py"] = "py"
    root_id: str | None = None
    parent_id: str | None = None
    origin: str | None = None
    argsrepr: str | None = None
    kwargsrepr: str | None = None
    retries: int = Field(0, ge=0)
    eta: AwareDatetime | None = None
    expires: _Nothing
    group: _Nothing
    group_index: _Nothing
    timelimit: tuple[None, None] = (None, None)
    shadow: _Nothing
    stamped_headers: _Nothing
    stamps: _NoArguments | None = None
    ignore_result: bool | None = None
    replaced_task_nesting: int = 0


class _DeliveryInfo(_Part):
    exchange: Literal[""]
    routing_key: str


class _Properties(_Part):
    delivery_tag: str
    body_encoding: Literal["base64"]
    delivery_info: _DeliveryInfo
    correlation_id: str
    reply_to: str | None = None
    priority: int = 0


class _Message(_Part):
    model_config = ConfigDict(strict=True, extra="ignore")

    content_type: Literal["application/json"] = Field(alias="content-type")
    content_encoding: Literal["utf-8"] = Field(alias="content-encoding")
    headers: _Headers
    properties: _Properties
    body: str


class _Sequel(_Part):
    """The tasks that are to follow; a batch has none."""

    callbacks: _Nothing
    errbacks: _Nothing
    chain: _Nothing
    chord: _Nothing


class _Body(_Part):
    call: tuple[tuple[_Number, _Number], _NoArguments, _Sequel]


def message_fault(payload: bytes) -> str:
    """Return why ``payload`` is not the message of a batch, or an empty text if it is one."""
    if len(payload) > MAX_MESSAGE_BYTES:
        return f"it has {len(payload):,} bytes"
    if not payload.strip():
        return "it is empty"
    try:
        message = _Message.model_validate_json(payload)
        body = base64.b64decode(message.body, validate=True)
    except ValidationError as error:
        return _describe(error)
    except (binascii.Error, ValueError):
        return "its body is not base64"
    try:
        _Body.model_validate_json(b'{"call": %b}' % body)
    except ValidationError:
        return "its arguments are not the numbers of a run and a batch"
    return ""


def _describe(error: ValidationError) -> str:
    """Return the first fault, without the value, which may be a secret of another program."""
    first = error.errors(include_input=False, include_url=False)[0]
    if first["type"] == "json_invalid":
        return "it is not JSON, or cut off"
    path = ".".join(map(str, first["loc"]))
    return f"{path or 'the message'}: {first['msg'].lower()}"
