"""Say how to go on after a failure in the middle of a change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from gram_es.errors import ClusterUnavailableError


@contextmanager
def resumable(command: str) -> Iterator[None]:
    """Add to an error of the ``with`` block that ``command`` resumes the change.

    :raises ClusterUnavailableError: if Elasticsearch does not answer or is overloaded.
    """
    try:
        yield
    except ClusterUnavailableError as error:
        raise ClusterUnavailableError(
            f"{error}; run {command} again, with the same options, to resume"
        ) from error
