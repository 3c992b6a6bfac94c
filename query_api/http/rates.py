"""How often one address may ask, where that is limited."""

from __future__ import annotations

from math import ceil
from time import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from query_api.http.gate import OverloadedError


class Rate:
    """At most ``a_minute`` requests of an address in any minute, counted by each process."""

    def __init__(self, a_minute: int) -> None:
        self._most = RateLimitItemPerMinute(a_minute)
        self._seen = MovingWindowRateLimiter(MemoryStorage())

    def admit(self, address: str) -> None:
        """Count a request of ``address``.

        :raises OverloadedError: if it is one too many; it is not counted then.
        """
        if not self._seen.hit(self._most, address):
            after_s = max(1.0, self._seen.get_window_stats(self._most, address).reset_time - time())
            raise OverloadedError(
                "rate",
                f"{self._most.amount} requests a minute were made; try again in a moment",
                after_s=ceil(after_s),
            )
