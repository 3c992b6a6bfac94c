"""What a download of a feed may do beyond reading from public addresses over https."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gram_es.settings import Settings


@dataclass(frozen=True, slots=True)
class Access:
    """Permissions that are independent of each other.

    ``plain_http`` allows URLs and redirects that are not https. ``private_addresses`` allows
    addresses that are not public. ``proxies`` lets downloads use the proxies of the environment
    (``HTTPS_PROXY``), which connect to any address that they allow. ``netrc`` sends the user and
    the password that the netrc file has for the host of the feed's URL, but to no host of a
    redirect.
    """

    plain_http: bool = False
    private_addresses: bool = False
    proxies: bool = False
    netrc: bool = True

    @classmethod
    def from_settings(cls, settings: Settings) -> Access:
        """Return the permissions that the settings give."""
        return cls(
            plain_http=settings.allow_http_feeds,
            private_addresses=settings.allow_private_feed_hosts,
            proxies=settings.allow_feed_proxies,
            netrc=settings.use_netrc,
        )


PUBLIC_ONLY: Final = Access()
