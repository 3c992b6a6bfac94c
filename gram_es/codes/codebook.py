"""The codebook: every text code that products and queries may have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from gram_es.errors import ModelError

_HEADER = "label\tkey\tcount\tfacets"
MAX_LABEL_CHARS = 64  # below the mapping's ignore_above: Elasticsearch does not index longer codes


class Facet(NamedTuple):
    """A property that a code claims: ``type``, ``brand`` or the normalised name of an attribute.

    ``value`` is the normalised value, for example ``18 volt``.
    """

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Code:
    """A text identifier that several products share.

    ``label`` is the code's most frequent surface form; the index stores it and people see it.
    ``key`` is the code's sequence of stems; each label has exactly one key. ``count`` is how many
    products contained the code's phrase or facets when the codebook was mined. ``facets`` are the
    properties that the code claims; a code without facets is a bare phrase.
    """

    label: str
    key: tuple[str, ...]
    count: int
    facets: tuple[Facet, ...] = ()


class Codebook:
    """An immutable, ordered set of codes; a code's number is its position.

    :raises ValueError: if two codes share a label or a key, or a label is too long.
    """

    def __init__(self, codes: Iterable[Code]) -> None:
        self.codes = tuple(codes)
        self.number_by_key = {code.key: n for n, code in enumerate(self.codes)}
        self.number_by_label = {code.label: n for n, code in enumerate(self.codes)}
        if not len(self.codes) == len(self.number_by_key) == len(self.number_by_label):
            raise ValueError("codes must differ in label and in key")
        if any(len(code.label) > MAX_LABEL_CHARS for code in self.codes):
            raise ValueError(f"a code's label is too long: at most {MAX_LABEL_CHARS} characters")

    def __len__(self) -> int:
        return len(self.codes)

    def __iter__(self) -> Iterator[Code]:
        return iter(self.codes)

    def save(self, path: Path) -> None:
        """Write the codes as TSV with the header ``label, key, count, facets``.

        Facets are written as ``name=value`` and separated by ``|``; no normalised text contains
        these characters.
        """
        path.write_text("\n".join([_HEADER, *map(_to_line, self.codes)]) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Codebook:
        """Read a codebook written by :meth:`save`.

        :raises ModelError: if the file is missing or damaged; the message contains the line number.
        """
        try:
            _, *lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError) as error:
            raise ModelError(f"cannot read the codebook {path}: {error}") from None
        codes = []
        for number, line in enumerate(lines, start=2):
            try:
                codes.append(_from_line(line))
            except ValueError:
                raise ModelError(
                    f"{path}, line {number}: expected label, key, count and facets separated by "
                    "tabs; train the model again or copy its folder again"
                ) from None
        try:
            return cls(codes)
        except ValueError as error:
            raise ModelError(f"{path}: {error}; train the model again") from None


def _to_line(code: Code) -> str:
    facets = "|".join(f"{name}={value}" for name, value in code.facets)
    return f"{code.label}\t{' '.join(code.key)}\t{code.count}\t{facets}"


def _from_line(line: str) -> Code:
    """Read one code.

    :raises ValueError: if a column or a facet is damaged.
    """
    label, key, count, joined = line.split("\t")
    facets = []
    for part in joined.split("|") if joined else ():
        name, value = part.split("=")
        facets.append(Facet(name, value))
    return Code(label, tuple(key.split(" ")), int(count), tuple(facets))
