"""The products of a feed, as the commands that train or evaluate read them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from gram_es.errors import FeedError
from gram_es.records import Product
from gram_es.settings import current_settings
from ingest.cli.options import mention_preset
from ingest.feeds import FileFault, Row, open_feed
from ingest.feeds.sources.download import shown_feed
from ingest.feeds.sources.open import open_source

_MAX_SHOWN_REJECTIONS = 5


def read_products(feed: str, mapping: Path | None, preset: str | None) -> Iterator[Product]:
    """Yield the products of a feed as a stream, and print its first rejected rows on stderr.

    :raises FeedError: if the feed cannot be read, or breaks midway.
    """
    rejected = 0
    with open_source(feed, current_settings(), mapping, preset) as opened_feed:
        mention_preset(feed, opened_feed, preset)
        for row in open_feed(opened_feed):
            if isinstance(row, Row):
                yield row.product
            elif isinstance(row, FileFault):
                raise FeedError(f"{shown_feed(feed)}: {row}")
            else:
                rejected += 1
                if rejected <= _MAX_SHOWN_REJECTIONS:
                    click.echo(f"{shown_feed(feed)}: {row}", err=True)
    if rejected > _MAX_SHOWN_REJECTIONS:
        more = rejected - _MAX_SHOWN_REJECTIONS
        click.echo(f"{shown_feed(feed)}: and {more} more rejected rows", err=True)
