"""Read and check the YAML files that describe the sample shop.

Every value is first read as text, so that ``no`` and ``8`` need no quotes. Then the file is checked
against a dataclass, and the values of its number fields are converted to numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from gram_es.errors import GramError

_T = TypeVar("_T")

Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[tuple[Text, ...], Field(min_length=1)]

CHECKED = ConfigDict(extra="forbid")
"""The configuration of a dataclass that is read from a file: an unknown key is an error."""

_LOADER = yaml.CBaseLoader if yaml.__with_libyaml__ else yaml.BaseLoader
_UNKNOWN = "unexpected_keyword_argument"
_REASONS = {
    "missing": "is missing; add it",
    _UNKNOWN: "is an unknown key; remove it or correct its name",
    "string_too_short": "is empty; write a text",
}


class SampleDataError(GramError):
    """A data file of the sample shop is missing or damaged, or its values contradict each other."""


def data_folder() -> Traversable:
    """Return the folder of the sample shop's data files; it is part of the installed package."""
    return files("gram_es.sample") / "data"


def read_data(folder: Traversable, name: str, expected: type[_T]) -> _T:
    """Return the content of the file ``name``, checked against the type ``expected``.

    :raises SampleDataError: if the file cannot be read or has invalid values; the message contains
        the file and every invalid key.
    """
    return _check(name, _read(folder, name), expected)


def read_entries(
    folder: Traversable, name: str, expected: type[_T], key_field: str
) -> dict[str, _T]:
    """Return the entries of the file ``name`` by key; copy each key to the entry's ``key_field``.

    :raises SampleDataError: in the cases of :func:`read_data`, or if the file itself sets
        ``key_field``.
    """
    content = _read(folder, name)
    entries = content if isinstance(content, dict) else {}
    for key, entry in entries.items():
        if isinstance(entry, dict):
            if key_field in entry:
                raise data_error(name, [f"{key}.{key_field}: {_REASONS[_UNKNOWN]}"])
            entry[key_field] = key
    return _check(name, content, dict[str, expected])  # type: ignore[valid-type]


def data_error(name: str, faults: Iterable[str]) -> SampleDataError:
    """Return the error that reports all ``faults`` of the file ``name``."""
    return SampleDataError(f"the sample data file {name} cannot be used: {'; '.join(faults)}")


def _read(folder: Traversable, name: str) -> Any:
    try:
        text = folder.joinpath(name).read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=_LOADER)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise SampleDataError(f"the sample data file {name} cannot be read: {reason}") from None
    return _plain(name, node)


def _check(name: str, content: Any, expected: type[_T]) -> _T:
    try:
        return TypeAdapter(expected).validate_python(content)
    except ValidationError as error:
        raise data_error(name, (_fault(each) for each in error.errors())) from None


def _plain(name: str, node: Any) -> Any:
    """Return a YAML node as text, list or dict; a repeated key is an error."""
    if isinstance(node, yaml.SequenceNode):
        return [_plain(name, each) for each in node.value]
    if not isinstance(node, yaml.MappingNode):
        return "" if node is None else node.value
    content: dict[str, Any] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise data_error(
                name, [f"line {line}: a list or mapping cannot be a key; write a name"]
            )
        if key.value in content:
            raise data_error(name, [f"line {line}: {key.value} is repeated; keep one of them"])
        content[key.value] = _plain(name, value)
    return content


def _fault(error: Any) -> str:
    place = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in error["loc"])
    if error["type"] == "value_error":
        reason = str(error["ctx"]["error"])
    elif error["type"] in _REASONS:
        reason = _REASONS[error["type"]]
    else:
        message = error["msg"]
        reason = f"is {error['input']!r}; {message[:1].lower()}{message[1:]}"
    return f"{place.removeprefix('.') or 'the file'}: {reason}"
