"""A long text does not hang what makes a document of it, whatever the text repeats."""

import json
import subprocess
from collections.abc import Callable

CHARACTERS = 400_000
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
MAKE_ALL = """
import json, sys
from gram_es.index.documents import FeedPosition, build_document
from gram_es.records import Product
from gram_es.text.product import model_text

feed = FeedPosition("shop", 1, 1, "")
for unit in json.loads(sys.argv[2]):
    text = unit * (int(sys.argv[1]) // len(unit))
    attributes = {"Colour": (text[:30_000],), "Part number": (text[:30_000],)}
    product = Product("1", text[:8_000], description=text, mpn=text[:60], attributes=attributes)
    watch()
    model_text(product)
    build_document(product, enrichment=None, slot="m1", fingerprint="f", feed=feed)
    print(ascii(unit), flush=True)
"""


def test_no_long_text_hangs_a_document(
    run_guarded: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    finished = run_guarded(MAKE_ALL, str(CHARACTERS), json.dumps(UNITS))

    assert finished.stdout.splitlines() == [ascii(unit) for unit in UNITS], finished.stderr[-2_000:]
