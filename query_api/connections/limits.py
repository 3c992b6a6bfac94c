"""How many connections a process keeps, and how long each may wait for its client."""

from __future__ import annotations

import resource
from dataclasses import dataclass
from typing import Final

MAX_HEAD_BYTES: Final = 32_768
MAX_BODY_BYTES: Final = 65_536  # the application accepts less and rejects more in its own words
IDLE_S: Final = 75.0  # nginx keeps idle connections for 60 s, and must be the one that closes them


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """The limits of one process.

    ``client_s`` is the number of seconds that a client may take to send the head of a request,
    again to send its body, and again to take the response. ``max_connections`` is the number of
    open connections; beyond it, a new connection takes the place of one that waits for its client.
    """

    client_s: float = 10.0
    max_connections: int = 500

    @property
    def allowed_connections(self) -> int:
        """Return ``max_connections``, but at most half of the files that the process may open."""
        soft_limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft_limit == resource.RLIM_INFINITY:
            return self.max_connections
        return min(self.max_connections, max(1, soft_limit // 2))
