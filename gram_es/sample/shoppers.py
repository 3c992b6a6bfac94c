"""Read shoppers' queries, which contain words that the shop does not use.

FOR EVALUATION ONLY. Only ``sample.queries`` may import this module: if a model, a codebook or a
speller learned these words, every measurement on the sample shop would be worthless.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import cache
from importlib.resources.abc import Traversable

from pydantic.dataclasses import dataclass

from gram_es.sample.data_file import CHECKED, Text, Texts, data_error, data_folder, read_data
from gram_es.sample.patterns import SLOT
from gram_es.sample.product_types import ProductType
from gram_es.sample.vocabulary import Vocabulary, vocabulary

_FILE = "shoppers.yaml"


@dataclass(frozen=True, slots=True, config=CHECKED)
class ShopperQuery:
    """A query with the types, facts and use that it asks for.

    ``missing`` are facts that a relevant product must not have; ``foreign`` are words that occur
    in the text of no relevant product. If ``types`` is empty, the shopper wants any type that has
    the use ``use``.
    """

    query: Text
    types: tuple[Text, ...] = ()
    facts: Mapping[str, Texts] = field(default_factory=dict)
    missing: tuple[Text, ...] = ()
    use: Text | None = None
    foreign: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True, config=CHECKED)
class QueryPattern:
    """A pattern of a query: its slots are filled with facts of a product of ``type``.

    The query also asks for ``facts``.
    """

    type: Text
    pattern: Text
    facts: Mapping[str, Texts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, config=CHECKED)
class ShopperWords:
    """The queries by class, and how shoppers type words and values.

    ``spoken_values`` maps a value to what shoppers type for it; ``never_asked`` are values that no
    shopper types. ``typos`` maps a misspelling to the correct word; ``unsold`` are queries for
    things that the shop does not sell.
    """

    types: tuple[ShopperQuery, ...]
    synonyms: tuple[ShopperQuery, ...]
    units: tuple[ShopperQuery, ...]
    uses: tuple[ShopperQuery, ...]
    attributes: tuple[QueryPattern, ...]
    brands: tuple[QueryPattern, ...]
    spoken_values: Mapping[str, Texts]
    never_asked: frozenset[Text]
    typos: Mapping[str, Text]
    unsold: Texts


@cache
def shopper_words() -> ShopperWords:
    """Return the shoppers' words for the sample shop; the file is read once per process."""
    return read_shopper_words(data_folder(), vocabulary())


def read_shopper_words(folder: Traversable, of_shop: Vocabulary) -> ShopperWords:
    """Return the shoppers' words in ``folder``, checked against the types of the shop.

    :raises SampleDataError: if the file has a fault; the message contains the file and the key.
    """
    words = read_data(folder, _FILE, ShopperWords)
    faults = [*_query_faults(words, of_shop.types), *_pattern_faults(words, of_shop.types)]
    if faults:
        raise data_error(_FILE, faults)
    return words


def _query_faults(words: ShopperWords, types: Mapping[str, ProductType]) -> Iterator[str]:
    uses = {use for each in types.values() for use in each.uses}
    for name in ("types", "synonyms", "units", "uses"):
        for at, query in enumerate(getattr(words, name)):
            for key in query.types:
                if key not in types:
                    yield f"{name}[{at}].types: no department has {key!r}; correct its name"
            if query.use is not None and query.use not in uses:
                yield f"{name}[{at}].use: no type has {query.use!r}; correct its name"
            if not query.types and query.use is None:
                yield f"{name}[{at}]: has neither types nor use; add one of them"


def _pattern_faults(words: ShopperWords, types: Mapping[str, ProductType]) -> Iterator[str]:
    for name in ("attributes", "brands"):
        for at, each in enumerate(getattr(words, name)):
            if each.type not in types:
                yield f"{name}[{at}].type: no department has {each.type!r}; correct its name"
                continue
            for slot in SLOT.findall(each.pattern):
                if slot != "brand" and slot not in types[each.type].fact_names():
                    yield f"{name}[{at}].pattern: {each.type!r} has no fact {slot!r}; use another"
