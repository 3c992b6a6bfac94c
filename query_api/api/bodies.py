"""Read the JSON bodies of requests; errors report the invalid fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeVar

from flask import request
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)
from pydantic_core import ErrorDetails
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from gram_es.records import MAX_ID_BYTES
from gram_es.retrieval.request import Fault, RequestError
from gram_es.text.normalise import MAX_TEXT_CHARS, clean_text

MAX_RERANKED: Final = 1_000
_MAX_RERANK_BYTES: Final = 60_000
_MAX_BOOST: Final = 1e6
_MAX_FAULTS: Final = 10
_MAX_NAME_CHARS: Final = 40
# By the type of an error; the library's own words are those of programmers.
_REASONS: Final[Mapping[str, str]] = {
    "bool_type": "is neither true nor false",
    "extra_forbidden": "is unknown",
    "finite_number": "is not a number that JSON has",
    "float_type": "is not a number",
    "greater_than": "must be above {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "int_type": "is not a whole number",
    "less_than_equal": "must be at most {le:g}",
    "list_type": "is not a list",
    "missing": "is missing",
    "model_type": "is not a JSON object",
    "string_too_long": "has more than {max_length} characters",
    "string_too_short": "is empty",
    "string_type": "is not a string",
    "string_unicode": "has half of a character; send well-formed Unicode",
    "too_long": "has more than {max_length} items; send fewer at a time",
    "too_short": "is empty",
    "value_error": "{error}",
}


def _cleaned(value: object) -> object:
    return clean_text(value) if isinstance(value, str) else value


Text = Annotated[
    str, StringConstraints(min_length=1, max_length=MAX_TEXT_CHARS), BeforeValidator(_cleaned)
]
Id = Annotated[str, StringConstraints(min_length=1, max_length=MAX_ID_BYTES)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class CodesBody(_Body):
    """A query whose codes a shop's own request is to search.

    ``boost`` is what a full agreement of codes adds to a score; ``None`` stands for the usual.
    """

    q: Text
    boost: Annotated[float, Field(gt=0, le=_MAX_BOOST)] | None = None
    spelling: bool = True


class RerankBody(_Body):
    """A query, and the ids of the products that a shop's own request found."""

    q: Text
    ids: Annotated[list[Id], Field(min_length=1, max_length=MAX_RERANKED)]


_B = TypeVar("_B", bound=BaseModel)


def read_codes() -> CodesBody:
    """Return the body of a request for codes.

    :raises RequestError: if fields are invalid; the error lists ten of them at most.
    """
    return read_body(CodesBody)


def read_rerank() -> RerankBody:
    """Return the body of a request for a rerank.

    :raises RequestEntityTooLarge: if the body is longer than 60,000 bytes.
    :raises RequestError: if fields are invalid; the error lists ten of them at most.
    """
    request.max_content_length = _MAX_RERANK_BYTES
    try:
        return read_body(RerankBody)
    except RequestEntityTooLarge:
        raise RequestEntityTooLarge(
            f"the body has more than {_MAX_RERANK_BYTES:,} bytes; send fewer ids at a time"
        ) from None


def json_body() -> Any:
    """Return what the body of the current request contains.

    :raises BadRequest: if it is not JSON, or nested too deeply.
    """
    try:
        return request.get_json()
    except RecursionError:
        raise BadRequest("the body is nested too deeply") from None
    except UnsupportedMediaType:
        raise
    except BadRequest:
        raise BadRequest("the body is not JSON") from None


def read_body(kind: type[_B]) -> _B:
    """Return the body of the current request.

    :raises RequestError: if fields are invalid; the error lists ten of them at most.
    """
    try:
        return kind.model_validate(json_body())
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise RequestError(tuple(map(_fault, faults[:_MAX_FAULTS]))) from None


def _fault(error: ErrorDetails) -> Fault:
    name = ".".join(map(str, error["loc"]))[:_MAX_NAME_CHARS] or "the body"
    reason = _REASONS.get(error["type"], "is not valid").format(**error.get("ctx", {}))
    return Fault(name, reason)
