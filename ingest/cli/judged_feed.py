"""The products and judgments of a command: a feed with a file of judgments, or a collection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from gram_es.errors import JudgmentsError, SettingsError
from gram_es.evaluation.judgments import read_judgments
from gram_es.records import Judgment, Product
from ingest.cli.products import read_products
from ingest.collections.registry import LOCALES, NAMES, open_collection

collection_option = click.option(
    "--collection",
    type=click.Choice(NAMES),
    help="FEED is a folder with the files of this public test collection, which has judgments.",
)
locale_option = click.option(
    "--locale",
    type=click.Choice(LOCALES),
    help="The part of ESCI to read.  [default: us]",
)


@dataclass(frozen=True, slots=True)
class JudgedFeed:
    """The products of a feed or a collection, and the judgments for a command.

    ``products`` can be read once. ``locale`` is the part of a collection that has several.
    """

    products: Iterable[Product]
    judgments: Sequence[Judgment]
    locale: str | None = None


def judged_feed(
    feed: str,
    judgments: Path | None,
    *,
    mapping: Path | None,
    preset: str | None,
    collection: str | None,
    locale: str | None,
    training: bool,
) -> JudgedFeed:
    """Return the products of ``feed`` with the judgments to train or to test with.

    :param mapping: as for a feed that is no collection, like ``preset``.
    :raises SettingsError: if an option has no effect on what is read.
    """
    if locale and collection != "esci":
        raise SettingsError("--locale selects a part of ESCI: give --collection esci, or omit it")
    if collection is None:
        graded = read_judgments(judgments) if judgments else []
        return JudgedFeed(read_products(feed, mapping, preset), graded)
    if judgments is not None:
        raise SettingsError("a collection has its own judgments: leave the file out")
    options = {"--mapping": mapping, "--preset": preset}
    if given := [name for name, value in options.items() if value is not None]:
        raise SettingsError(f"the format of a collection is known: omit {' and '.join(given)}")
    if collection == "esci":
        locale = locale or LOCALES[0]
    opened = open_collection(collection, Path(feed), locale=locale or LOCALES[0])
    return JudgedFeed(opened.products(), opened.train if training else opened.test, locale)


def judged_part(
    products: Iterable[Product], judgments: Sequence[Judgment], max_queries: int | None
) -> tuple[list[Product], list[Judgment]]:
    """Return the judgments of at most ``max_queries`` queries, and the products that they name.

    The queries are drawn at equal distances.

    :raises JudgmentsError: if they name no product.
    """
    from gram_es.evaluation.experts import sample_queries  # takes long to import

    queries = list(dict.fromkeys(judgment.query for judgment in judgments))
    chosen = frozenset(sample_queries(queries, max_queries or len(queries)))
    kept = [judgment for judgment in judgments if judgment.query in chosen]
    ids = {judgment.product_id for judgment in kept}
    named = [product for product in products if product.id in ids]
    if not named:
        raise JudgmentsError("the judgments name no product of the feed; check both")
    return named, kept
