"""Errors of a ledger that has lost its index, a run or a batch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from elasticsearch import AuthorizationException, NotFoundError

from gram_es.cluster.client import cluster_errors
from gram_es.errors import GramError
from gram_es.index.names import LEDGER

# What a key that may not create indices lacks when it writes to an index that is gone.
_AUTO_CREATE = "indices:admin/auto_create"


class LostLedgerError(GramError):
    """The ledger does not contain what was written to it: it was deleted or restored."""


@contextmanager
def ledger_errors(action: str) -> Iterator[None]:
    """Convert the exceptions of requests to the ledger.

    :param action: what the block does, worded to follow "cannot", such as ``read the ledger``.
    :raises LostLedgerError: if the ledger does not exist.
    :raises ClusterError: as :func:`~gram_es.cluster.client.cluster_errors` does.
    """
    with cluster_errors(action):
        try:
            yield
        except (NotFoundError, AuthorizationException) as error:
            if isinstance(error, AuthorizationException) and _AUTO_CREATE not in str(error):
                raise
            raise LostLedgerError(
                f"cannot {action}: the index {LEDGER} is gone; create it with gram-es index install"
                " --model DIR, then ingest the feeds again"
            ) from None
