"""Celery's AMQP transport, which receives only the messages of its queues.

Another program may publish to a queue. py-amqp and Celery raise errors for some messages that they
cannot read; the worker would end, and RabbitMQ would deliver the message to the next one. Here such
a message is moved to the queue ``QUEUE.rejected``, and the next message is received.
"""

from __future__ import annotations

import base64
import json
import logging
import ssl
import struct
from collections.abc import Callable
from typing import Any

import amqp
from amqp.method_framing import frame_handler
from amqp.serialization import decode_properties_basic
from kombu.transport import pyamqp

from ingest.broker.message import MAX_MESSAGE_BYTES, message_fault, message_noun

logger = logging.getLogger(__name__)

_REJECTED_LIMITS = {"x-max-length": 100, "x-max-length-bytes": 64 << 20}
_HEADER_FRAME = 2
_PROPERTIES_OFFSET = 12
_NO_PROPERTIES = b"\0\0"
# What py-amqp raises for properties that RabbitMQ passes on: a text that is not UTF-8 (a
# ValueError), a time after the year 9999, tables in tables in tables.
_DECODING_ERRORS = (
    amqp.AMQPError,
    ArithmeticError,
    LookupError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
)


class Channel(pyamqp.Channel):
    """A channel whose consumers receive only what belongs in their queues."""

    def basic_consume(
        self, queue: str = "", *arguments: Any, callback: Any = None, **options: Any
    ) -> Any:
        """Start a consumer whose callback receives only messages that belong in ``queue``."""

        def receive(message: amqp.Message) -> None:
            payload = _as_json(message)
            if fault := message_fault(payload, queue):
                self._set_aside(queue, payload, fault)
                self.basic_ack(message.delivery_tag)
            else:
                callback(message)

        return super().basic_consume(queue, *arguments, callback=receive, **options)

    def _set_aside(self, queue: str, payload: bytes, fault: str) -> None:
        rejected, noun = f"{queue}.rejected", message_noun(queue)
        try:
            with self.connection.channel() as channel:
                channel.queue_declare(
                    rejected, durable=True, auto_delete=False, arguments=_REJECTED_LIMITS
                )
                channel.basic_publish(amqp.Message(payload, delivery_mode=2), routing_key=rejected)
        except amqp.ChannelError as error:
            logger.error("a message of no %s (%s) is lost: %s", noun, fault, error)
        else:
            logger.error(
                "the queue contains a message of no %s (%s); it is set aside in the queue %s",
                noun,
                fault,
                rejected,
            )


class Connection(pyamqp.Connection):
    """A connection that also receives messages with properties that cannot be read."""

    Channel = Channel

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, frame_handler=_checked_frame_handler, **options)


class Transport(pyamqp.Transport):
    """The transport for ``amqp://``."""

    Connection = Connection


class TlsTransport(pyamqp.SSLTransport):
    """The transport for ``amqps://``, which verifies the certificate and its host name.

    Options of the URL such as ``?ssl_ca_certs=FILE`` are added; :func:`make_celery` rejects those
    that switch the verification off.
    """

    Connection = Connection

    def __init__(self, client: Any, **options: Any) -> None:
        given = client.ssl if isinstance(client.ssl, dict) else {}
        client.ssl = {
            "cert_reqs": ssl.CERT_REQUIRED,
            "server_hostname": None,  # kombu takes the host of the URL
            **{name.removeprefix("ssl_"): value for name, value in given.items()},
        }
        super().__init__(client, **options)  # type: ignore[no-untyped-call]


def _checked_frame_handler(connection: Any, callback: Any) -> Callable[[Any], bool]:
    """Return a handler of frames that leaves out properties which py-amqp cannot decode."""
    handle = frame_handler(connection, callback)

    def handle_checked(frame: tuple[int, int, bytes]) -> bool:
        kind, channel, payload = frame
        if kind == _HEADER_FRAME and not _are_readable(payload):
            payload = bytes(payload[:_PROPERTIES_OFFSET]) + _NO_PROPERTIES
        return bool(handle((kind, channel, payload)))

    return handle_checked


def _are_readable(header: bytes) -> bool:
    try:
        decode_properties_basic(header, _PROPERTIES_OFFSET)
    except _DECODING_ERRORS:
        return False
    return True


def _as_json(message: amqp.Message) -> bytes:
    """Return a message in the form that other transports send, or its body if it is too long."""
    body = message.body  # py-amqp decodes what has a known encoding
    body = body.encode(errors="surrogatepass") if isinstance(body, str) else bytes(body)
    if len(body) > MAX_MESSAGE_BYTES:
        return body
    properties = message.properties
    delivery = message.delivery_info
    envelope = {
        "body": base64.b64encode(body).decode(),
        "content-type": properties.get("content_type"),
        "content-encoding": properties.get("content_encoding"),
        "headers": properties.get("application_headers") or {},
        "properties": {
            "correlation_id": properties.get("correlation_id"),
            "reply_to": properties.get("reply_to"),
            "priority": properties.get("priority", 0),
            "delivery_tag": str(delivery["delivery_tag"]),
            "delivery_info": {name: delivery[name] for name in ("exchange", "routing_key")},
            "body_encoding": "base64",
        },
    }
    try:
        return json.dumps(envelope, default=str).encode()
    except (TypeError, ValueError, RecursionError):  # names of headers that are no text
        return json.dumps({**envelope, "headers": {}}).encode()
