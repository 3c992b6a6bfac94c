"""Celery's Redis transport, which receives only messages of gram-es.

Another program may push to a queue's list. kombu would raise an error for a message that it cannot
read, and the worker would end. Here such a message is moved to the list ``QUEUE.rejected``, and the
next message is received.
"""

from __future__ import annotations

import logging
from typing import Any

from kombu.transport import redis
from redis.exceptions import RedisError

from ingest.broker.message import message_fault, message_noun

logger = logging.getLogger(__name__)

_MAX_REJECTED = 100
_BLOCKING_POP = "BRPOP"


class _CheckedResponses:
    """A part of a channel: its client answers a blocking pop only with messages of gram-es."""

    def _create_client(self, asynchronous: bool = False) -> Any:
        client = super()._create_client(asynchronous=asynchronous)  # type: ignore[misc]
        if asynchronous:
            receive = client.parse_response

            def parse_response(connection: Any, command_name: str, **options: Any) -> Any:
                response = receive(connection, command_name, **options)
                if command_name == _BLOCKING_POP and response:
                    return self._checked(*response)
                return response

            client.parse_response = parse_response
        return client

    def _checked(self, key: bytes, payload: bytes) -> tuple[bytes, bytes] | None:
        """Return a message of gram-es, or ``None``, as if the queue were empty, for another."""
        queue = key.decode().partition(self.sep)[0]  # type: ignore[attr-defined]
        fault = message_fault(payload, queue)
        if not fault:
            return key, payload
        self._set_aside(queue, payload, fault)
        return None

    def _set_aside(self, queue: str, payload: bytes, fault: str) -> None:
        key, noun = f"{queue}.rejected", message_noun(queue)
        try:
            with self._create_client().pipeline() as pipeline:
                pipeline.rpush(key, payload)
                pipeline.ltrim(key, -_MAX_REJECTED, -1)
                pipeline.execute()
        except RedisError as error:
            logger.error("a message of no %s (%s) is lost: %s", noun, fault, error)
        else:
            logger.error(
                "the queue contains a message of no %s (%s); it is set aside in the list %s",
                noun,
                fault,
                key,
            )


class Channel(_CheckedResponses, redis.Channel):
    """A channel to one Redis server."""


class SentinelChannel(_CheckedResponses, redis.SentinelChannel):
    """A channel to a Redis server that Sentinel names."""


class Transport(redis.Transport):
    """The transport for ``redis://``."""

    Channel = Channel


class TlsTransport(Transport):
    """The transport for ``rediss://``: kombu itself reads from the URL that it is encrypted."""


class SentinelTransport(redis.SentinelTransport):
    """The transport for ``sentinel://``."""

    Channel = SentinelChannel
