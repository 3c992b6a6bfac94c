"""The bearer tokens that clients send: compare them, and limit how many can be tried."""

from __future__ import annotations

from hmac import compare_digest
from typing import Final

from flask import request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from pydantic import SecretStr

from query_api.http.addresses import client_network
from query_api.http.admission import OverloadedError

_PER_CLIENT: Final = RateLimitItemPerMinute(10)
_PER_PROCESS: Final = RateLimitItemPerMinute(100)
_EVERYONE: Final = "*"
_RETRY_AFTER_S: Final = 60


def bearer_token() -> str:
    """Return the bearer token of the current request; empty if it has none."""
    header = request.authorization
    return (header.token or "") if header is not None and header.type == "bearer" else ""


class TokenGuard:
    """Compares tokens with the correct one; thread-safe.

    Ten wrong tokens of one client within a minute, or a hundred of all clients, close the guard for
    that client, or for all clients: then it rejects the correct token, too, because otherwise the
    attempts could go on. Each process counts for itself. An empty token is no attempt.
    """

    def __init__(self, token: SecretStr) -> None:
        self._token = token
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def accepts(self, sent: str) -> bool:
        """Return whether ``sent``, from the client of the current request, is correct.

        The comparison takes the same time wherever a wrong token differs from the correct token.

        :raises OverloadedError: if the guard is closed; the token is then not compared.
        """
        if not sent:
            return False
        client = client_network(request.remote_addr or "")
        counters = ((_PER_CLIENT, client), (_PER_PROCESS, _EVERYONE))
        if not all(self._limiter.test(limit, key) for limit, key in counters):
            raise OverloadedError(
                "attempts", f"too many wrong tokens; retry in {_RETRY_AFTER_S} s", _RETRY_AFTER_S
            )
        expected = self._token.get_secret_value()
        is_correct = compare_digest(sent.encode("utf-8", "replace"), expected.encode())
        if not is_correct:
            for limit, key in counters:
                self._limiter.hit(limit, key)
        return is_correct
