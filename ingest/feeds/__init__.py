"""Feeds of products: any source and any format, read as one stream of checked rows."""

from ingest.feeds.formats.registry import FORMATS, FeedFormat
from ingest.feeds.rows.reader import detect_format, open_feed, read_products
from ingest.feeds.rows.records import FileFault, RejectedRow, Row
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
    "RejectedRow",
    "Row",
    "detect_format",
    "open_feed",
    "read_products",
]
