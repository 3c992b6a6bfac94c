"""The queue of queries that a worker with a language model is to answer."""

from __future__ import annotations

from dataclasses import dataclass

from kombu.exceptions import OperationalError

from gram_es.settings import Settings
from ingest.broker.celery_app import BrokerError, make_celery, not_sent_message
from ingest.broker.message import ANSWER_QUERY, QUERIES

_TIMEOUT_S = 5


@dataclass(frozen=True, slots=True)
class AskedQuery:
    """A query that a shopper asked: its normal form, its corrected form, and the live model.

    ``model`` is the fingerprint of the model.
    """

    typed: str
    corrected: str
    model: str


class QueryQueue:
    """Sends queries; each call waits some seconds at most, and does not resend."""

    def __init__(self, settings: Settings) -> None:
        """Prepare the queue without connecting to the broker.

        :raises SettingsError: if the broker's URL is invalid or its library is not installed.
        """
        self._app = make_celery(settings, QUERIES)
        self._app.conf.broker_connection_timeout = _TIMEOUT_S
        if settings.broker_url.startswith(("redis", "sentinel")):
            options = {"socket_timeout": _TIMEOUT_S, "socket_connect_timeout": _TIMEOUT_S}
            self._app.conf.broker_transport_options = options
        if settings.broker_url.startswith("amqp"):
            options = {"read_timeout": _TIMEOUT_S, "write_timeout": _TIMEOUT_S}
            self._app.conf.broker_transport_options = options
        connection = self._app.connection_for_write()
        errors = (*connection.connection_errors, *connection.channel_errors)
        self._errors = (OperationalError, OSError, *errors)

    def size(self) -> int:
        """Return how many queries wait.

        :raises BrokerError: if the broker does not answer.
        """
        name = self._app.conf.task_default_queue
        with self._app.connection_for_write() as connection:
            try:
                connection.ensure_connection(max_retries=1, timeout=_TIMEOUT_S)
                channel = connection.default_channel
                return int(channel.queue_declare(queue=name, durable=True, auto_delete=False)[1])
            except self._errors as error:
                raise self._error(error) from None

    def send(self, query: AskedQuery) -> None:
        """Put a query on the queue.

        :raises BrokerError: if the broker does not answer, or its disk is full.
        """
        arguments = (query.typed, query.corrected, query.model)
        try:
            self._app.send_task(ANSWER_QUERY, args=arguments, retry=False)
        except self._errors as error:
            raise self._error(error) from None

    def _error(self, error: Exception) -> BrokerError:
        return BrokerError(not_sent_message(self._app, error))
