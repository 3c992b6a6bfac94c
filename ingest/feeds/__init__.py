"""Feeds: one module a format, all read as a stream into the same rows."""

from ingest.feeds.feed import Feed
from ingest.feeds.file import FileFeed
from ingest.feeds.folder import FolderFeed
from ingest.feeds.formats import FORMATS, FeedFormat
from ingest.feeds.reading import check_feed, open_feed, read_products
from ingest.feeds.records import FileFault, RefusedRow, Row

__all__ = [
    "FORMATS",
    "Feed",
    "FeedFormat",
    "FileFault",
    "FileFeed",
    "FolderFeed",
    "RefusedRow",
    "Row",
    "check_feed",
    "open_feed",
    "read_products",
]
