"""What is fuzzed of a query: the parser of conditions, and the finder of identifiers.

The first byte of an input selects the language, or the words that are known; the rest is the query.

Run them with coverage guidance, where atheris is installed beside the requirements::

    python tests/gram_es/retrieval/fuzz/targets.py conditions -max_total_time=600

Inputs that crashed are kept in ``seeds/``, and the tests replay them without atheris.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import get_args
from unittest.mock import patch
from zlib import crc32

try:
    import atheris
except ImportError:  # the tests replay the seeds without it
    atheris = None

_is_fuzzing = atheris is not None and __name__ == "__main__"
with atheris.instrument_imports(include=["gram_es"]) if _is_fuzzing else nullcontext():
    from gram_es.retrieval.conditions import parser
    from gram_es.retrieval.conditions.conditions import PriceCondition
    from gram_es.retrieval.query.identifiers import find_identifiers, looks_like_identifier
    from gram_es.text.identifiers import MAX_IDENTIFIER_CHARS
    from gram_es.text.languages import Language
    from gram_es.text.normalise import MAX_TEXT_CHARS, clean_text

SEEDS = Path(__file__).parent / "seeds"
LANGUAGES = get_args(Language)
MAX_CONDITIONS = 8


class Shop:
    """A catalogue that has about every second phrase, always the same ones."""

    currencies = frozenset({"EUR", "GBP"})

    def has_in_title(self, phrase: str, /) -> bool:
        return bool(crc32(phrase.encode("utf-8", "surrogatepass")) & 1)

    def has_in_text(self, phrase: str, /) -> bool:
        return bool(crc32(phrase.encode("utf-8", "surrogatepass")) & 2)

    def has_brand(self, name: str, /) -> bool:
        return not crc32(name.encode("utf-8", "surrogatepass")) & 0xF0

    def has_identifier(self, written: str, /) -> bool:
        return not crc32(written.encode("utf-8", "surrogatepass")) & 0xF00

    def starts_identifier(self, written: str, /) -> bool:
        return not crc32(written.encode("utf-8", "surrogatepass")) & 0x700


def _text_of(content: bytes) -> str:
    """Return a query that is accepted; bytes that are no UTF-8 are lone surrogates."""
    return content.decode("utf-8", "surrogateescape")[:MAX_TEXT_CHARS]


def parse_conditions(content: bytes) -> None:
    """Parse a query, and again with the words of its conditions as literal ones."""
    language, text = LANGUAGES[(content or b"\0")[0] % len(LANGUAGES)], _text_of(content[1:])
    with patch.object(parser, "current_settings", lambda: SimpleNamespace(language=language)):
        parsed = parser.parse_query(text, catalogue=Shop())
        words = [condition.words for condition in parsed.conditions]
        again = parser.parse_query(text, literal=words, catalogue=Shop())
    written = clean_text(text)

    assert all(part and part in written for part in words), "words that are not in the query"
    assert not {condition.words for condition in again.conditions} & {*words}, "not removed"
    assert len(parsed.text) < len(written) if words else parsed.text == written
    assert len(words) <= MAX_CONDITIONS
    assert parsed.low is None or parsed.high is None or 0 <= parsed.low <= parsed.high
    for condition in parsed.conditions:
        if isinstance(condition, PriceCondition):
            limits = [n for n in (condition.low, condition.high) if n is not None]
            assert limits, "a price without a limit"
            assert all(0 <= limit < float("inf") for limit in limits), "a limit that is no price"


def find_in_query(content: bytes) -> None:
    """Find the identifiers of a query in a catalogue that knows about every second word."""
    seed, text = (content or b"\0")[0], clean_text(_text_of(content[1:]))

    found = find_identifiers(
        text,
        lambda word: bool(crc32(word.encode(), seed) & 1),
        lambda word: bool(crc32(word.encode(), seed) & 2),
    )
    looks_like_identifier(text)

    keys = {*found.exact, *found.prefixes, *found.possible}
    assert all(key.isalnum() for key in keys), "a key with signs"
    assert all(len(key) <= MAX_IDENTIFIER_CHARS for key in found.prefixes), "a prefix too long"
    assert not {*found.long_possible} - keys


TARGETS: dict[str, Callable[[bytes], None]] = {
    "conditions": parse_conditions,
    "identifiers": find_in_query,
}


def main() -> None:
    """Fuzz the target that the first argument names; the others are those of libFuzzer."""
    name = sys.argv.pop(1)
    found = tempfile.mkdtemp(prefix=f"fuzz-{name}-")  # the first folder gets the new inputs
    atheris.Setup([*sys.argv, found, str(SEEDS / name)], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
