"""Feeds: one module a format, all read as a stream into the same rows."""

from ingest.feeds.formats.registry import FORMATS, FeedFormat
from ingest.feeds.rows.reader import check_feed, open_feed, read_products
from ingest.feeds.rows.records import FileFault, RefusedRow, Row
from ingest.feeds.sources.feed import Feed
from ingest.feeds.sources.file import FileFeed
from ingest.feeds.sources.folder import FolderFeed

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
