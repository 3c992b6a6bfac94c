"""Feeds: one module a format, all read as a stream into the same rows."""

from ingest.feeds.reading import FORMATS, FeedFormat, check_feed, open_feed, read_products
from ingest.feeds.records import FileFault, RefusedRow, Row

__all__ = [
    "FORMATS",
    "FeedFormat",
    "FileFault",
    "RefusedRow",
    "Row",
    "check_feed",
    "open_feed",
    "read_products",
]
