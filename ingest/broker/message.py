"""The messages of batches and of queries, and the check that a message in a queue is one.

Other programs may write to the same broker. A worker rejects any message that :func:`message_fault`
does not accept, before Celery reads it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from gram_es.text.normalise import MAX_ASKED_CHARS

ENRICH_BATCH = "ingest.enrich_batch"
ANSWER_QUERY = "ingest.answer_query"
BATCHES = "enrich"
QUERIES = "queries"
MAX_QUEUED_QUERIES = 500  # that wait for a worker; it answers some thirty a minute
MAX_MESSAGE_BYTES = 64 << 10  # our own messages have about 1 KiB

_Number = Annotated[int, Field(ge=1, strict=True)]
_Nothing = Annotated[None, Field(default=None)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)


class _NoArguments(_Part):
    model_config = ConfigDict(strict=True, extra="forbid")


class _Headers(_Part):
    """The headers that Celery sends with a task, and those of a trace.

    Celery would read any other as an attribute of the request: ``callbacks`` and ``chain`` send
    further tasks, ``compression`` unpacks the body.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    task: str
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
    traceparent: str | None = Field(
        None, pattern=r"^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"
    )
    tracestate: str | None = Field(None, max_length=512)


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


class _Batch(_Part):
    call: tuple[tuple[_Number, _Number], _NoArguments, _Sequel]


_Text = Annotated[str, Field(min_length=1, max_length=MAX_ASKED_CHARS)]
_Fingerprint = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Query(_Part):
    call: tuple[tuple[_Text, _Text, _Fingerprint], _NoArguments, _Sequel]


@dataclass(frozen=True, slots=True)
class _Kind:
    """What the messages of a queue stand for, their task, and their body with its arguments."""

    noun: str
    task: str
    body: type[_Part]
    arguments: str


# by the part of a queue's name before the first dot
_KINDS: Final[Mapping[str, _Kind]] = {
    BATCHES: _Kind("batch", ENRICH_BATCH, _Batch, "the numbers of a run and a batch"),
    QUERIES: _Kind("query", ANSWER_QUERY, _Query, "two forms of a query and a fingerprint"),
}


def message_noun(queue: str) -> str:
    """Return what a message of ``queue`` stands for: ``batch`` or ``query``."""
    return _kind(queue).noun


def message_fault(payload: bytes, queue: str) -> str:
    """Return why ``payload`` is no message for ``queue``, or an empty text if it is one."""
    kind = _kind(queue)
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
    if message.headers.task != kind.task:
        return f"headers.task: input should be {kind.task!r}"
    try:
        kind.body.model_validate_json(b'{"call": %b}' % body)
    except ValidationError:
        return f"its arguments are not {kind.arguments}"
    return ""


def _kind(queue: str) -> _Kind:
    return _KINDS.get(queue.partition(".")[0], _KINDS[BATCHES])


def _describe(error: ValidationError) -> str:
    """Return the first fault, without the value, which may be a secret of another program."""
    first = error.errors(include_input=False, include_url=False)[0]
    if first["type"] == "json_invalid":
        return "it is not JSON, or cut off"
    path = ".".join(map(str, first["loc"]))
    return f"{path or 'the message'}: {first['msg'].lower()}"
