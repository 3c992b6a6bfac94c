"""The body of ``POST /instantsearch``: queries with the parameters of Algolia's search API.

A query has its parameters in ``params``, as an object or encoded as in a URL, or beside
``indexName``. Unknown parameters are ignored, but for those that select hits.
"""

from __future__ import annotations

from typing import Annotated, Any, Final
from urllib.parse import parse_qsl

import orjson
from flask import request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, model_validator
from pydantic.alias_generators import to_camel
from werkzeug.exceptions import RequestEntityTooLarge

from gram_es.text.normalise import MAX_TEXT_CHARS, clean_text
from query_api.api.bodies import read_body
from query_api.api.parameters import MAX_SIZE, PAGE_SIZE
from query_api.instantsearch.filters import MAX_TERMS, FilterList

MAX_QUERIES: Final = 20
MAX_BODY_BYTES: Final = 60_000
_MAX_NAMES: Final = 50
_MAX_CHARS: Final = 600  # of a name and a value
_MAX_TAG_CHARS: Final = 100
_MAX_PARAMETERS: Final = 100
_SELECTING: Final = (
    "aroundLatLng",
    "aroundLatLngViaIP",
    "insideBoundingBox",
    "insidePolygon",
    "similarQuery",
    "tagFilters",
)
"""Parameters that select hits and are not supported: without them, other products are hits."""
_TEXTS: Final = frozenset(
    ("query", "filters", "highlightPreTag", "highlightPostTag", "snippetEllipsisText")
)


def _cleaned(value: object) -> object:
    return clean_text(value) if isinstance(value, str) else value


def _listed(value: object) -> object:
    """Return a list for a text of names that commas separate."""
    if isinstance(value, str):
        return [name.strip() for name in value.split(",") if name.strip()]
    return value


def _filter_list(value: object) -> FilterList:
    listed = value if isinstance(value, list) else [value]
    alternatives = [each if isinstance(each, list) else [each] for each in listed]
    texts = [text for group in alternatives for text in group]
    if len(texts) > MAX_TERMS or len(listed) > MAX_TERMS:
        raise ValueError(f"has {max(len(texts), len(listed))} filters; at most {MAX_TERMS}")
    if not all(isinstance(text, str) and len(text) <= _MAX_CHARS for text in texts):
        raise ValueError(f"is not a list of texts of at most {_MAX_CHARS} characters")
    return value  # type: ignore[return-value]  # a text, or a list of texts and of lists of them


_Name = Annotated[str, Field(max_length=_MAX_CHARS)]
_Names = Annotated[list[_Name], Field(max_length=_MAX_NAMES), BeforeValidator(_listed)]
_Filters = Annotated[FilterList, PlainValidator(_filter_list)]
_Tag = Annotated[str, Field(max_length=_MAX_TAG_CHARS)]


class Query(BaseModel):
    """One query of InstantSearch; the fields are Algolia's parameters, in snake case."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, strict=True)

    index_name: Annotated[str, Field(min_length=1, max_length=300)]
    type: str = "default"
    query: Annotated[str, Field(max_length=MAX_TEXT_CHARS), BeforeValidator(_cleaned)] = ""
    page: Annotated[int, Field(ge=0, le=10_000)] = 0
    hits_per_page: Annotated[int, Field(ge=0, le=MAX_SIZE)] = PAGE_SIZE
    facets: _Names = []
    facet_filters: _Filters = ()
    numeric_filters: _Filters = ()
    filters: str = ""
    max_values_per_facet: Annotated[int, Field(ge=1, le=1_000)] = 100
    distinct: bool | int = False
    typo_tolerance: bool | str = True
    attributes_to_retrieve: _Names = ["*"]
    attributes_to_highlight: _Names = ["*"]
    attributes_to_snippet: _Names = []
    highlight_pre_tag: _Tag = "<em>"
    highlight_post_tag: _Tag = "</em>"
    snippet_ellipsis_text: _Tag = "…"

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, value: object) -> object:
        """Return the parameters of a query as one object, wherever they stand.

        :raises ValueError: if one selects hits in a way that is not supported.
        """
        if not isinstance(value, dict):
            return value
        params = value.get("params", {})
        if isinstance(params, str):
            params = _decoded(params)
        if not isinstance(params, dict):
            raise ValueError("has params that are neither an object nor a text")
        gathered = {**value, **params}
        unsupported = [name for name in _SELECTING if gathered.get(name)]
        if unsupported:
            raise ValueError(f"has {', '.join(unsupported)}, which gram-es does not support")
        return {name: each for name, each in gathered.items() if each is not None}


class Queries(BaseModel):
    """The queries of one state of InstantSearch's widgets."""

    model_config = ConfigDict(strict=True)

    requests: Annotated[list[Query], Field(min_length=1, max_length=MAX_QUERIES)]


def read_queries() -> list[Query]:
    """Return the queries in the body of the current request.

    :raises RequestEntityTooLarge: if the body is longer than 60,000 bytes.
    :raises RequestError: if fields are invalid; the error lists ten of them at most.
    """
    request.max_content_length = MAX_BODY_BYTES
    try:
        return read_body(Queries).requests
    except RequestEntityTooLarge:
        raise RequestEntityTooLarge(f"the body has more than {MAX_BODY_BYTES:,} bytes") from None


def _decoded(params: str) -> dict[str, Any]:
    """Return parameters that are encoded as in a URL, with lists and numbers as JSON.

    :raises ValueError: if there are too many parameters.
    """
    pairs = parse_qsl(params, keep_blank_values=True, max_num_fields=_MAX_PARAMETERS)
    return {name: value if name in _TEXTS else _json(value) for name, value in pairs}


def _json(value: str) -> Any:
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value
