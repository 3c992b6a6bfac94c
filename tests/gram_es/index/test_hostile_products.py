"""Making a document takes time that grows no faster than the product."""

import time

import pytest

from gram_es.index.documents import FeedPosition, build_document
from gram_es.records import Product
from gram_es.text.product import model_text

GROWTH = 16
MAX_RATIO = 4.0 * GROWTH  # 256 if the time were quadratic
NEGLIGIBLE_S = 0.3
UNITS = (
    "\u0301\u0327",
    "\u0e34\u0e49",
    "\uff9e\u0301",
    "\ufdfa",
    "\ufb03",
    "\u3300",
    "\u200b",
    "\u202e",
    "\U000e0100",
    "\ud800",
    "a",
    "1",
    "1/2 ",
    "a&",
    "a.",
    "1,",
    "-",
    "'",
)


def seconds(text: str) -> float:
    """Return the processor time of a document whose description, title and number are ``text``."""
    attributes = {"Colour": (text[:30_000],), "Part number": (text[:30_000],)}
    product = Product("1", text[:8_000], description=text, mpn=text[:60], attributes=attributes)
    began = time.process_time()
    model_text(product)
    build_document(
        product, enrichment=None, slot="m1", fingerprint="f", feed=FeedPosition("shop", 1, 1, "")
    )
    return time.process_time() - began


@pytest.mark.parametrize("unit", UNITS, ids=ascii)
def test_a_document_takes_time_in_proportion_to_its_text(unit: str) -> None:
    short = seconds(unit * (3_000 // len(unit)))
    long = seconds(unit * (GROWTH * 3_000 // len(unit)))

    assert long < max(NEGLIGIBLE_S, MAX_RATIO * short)
