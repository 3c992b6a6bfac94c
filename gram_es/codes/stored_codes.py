"""The codes of a product as its document stores them: labels, weights and their packed form.

Four fields of a slot store the codes in force. ``codes`` contains all labels, and ``inferred`` the
labels that only the model states. ``weights`` is a ``sparse_vector``: a query adds its boost times
the weight to the score. ``packed`` repeats the weights in a form that comes with each hit of a
search, because a ``sparse_vector`` cannot be read back quickly. The codes can be restored from
``codes`` and ``packed`` alone, as newer versions of Elasticsearch leave a ``sparse_vector`` out of
the returned document.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from gram_es.records import ProductCode

CODE_FIELDS: Final = ("codes", "inferred", "weights", "packed")
"""The fields of a slot that :func:`code_fields` returns."""

# A sparse_vector keeps the eight bits after the leading one. Multiples of 1/64 up to 1 need fewer,
# so the score that a code adds can be subtracted again exactly.
_STEPS: Final = 64
_INFERRED: Final = 0x80  # the highest bit of an entry's weight
_ENTRY: Final = np.dtype([("key", "<u4"), ("weight", "u1")])


def rounded_weight(weight: float) -> float:
    """Return the multiple of 1/64 that is nearest to ``weight``, at least 1/64 and at most 1."""
    return _steps(weight) / _STEPS


def feature_name(label: str) -> str:
    """Return the name of the feature of ``weights`` that stands for a code.

    A feature's name may contain no dot; ``%2E`` replaces it, and ``%25`` replaces a percent sign.
    """
    return label.replace("%", "%25").replace(".", "%2E")


def code_fields(codes: Sequence[ProductCode]) -> dict[str, Any]:
    """Return the fields of a slot that store ``codes``, whose labels are distinct.

    ``weights`` is an array of at most one object. A partial update merges objects, but replaces
    arrays, so that no old weight remains.
    """
    weights = {feature_name(code.label): rounded_weight(code.weight) for code in codes}
    return {
        "codes": [code.label for code in codes],
        "inferred": [code.label for code in codes if not code.is_stated],
        "weights": [weights] if weights else [],
        "packed": pack(codes),
    }


def pack(codes: Sequence[ProductCode]) -> str:
    """Return the packed codes in Base64: five bytes a code, which are a key and a weight.

    The key is a checksum of the label. It needs no codebook, so that a code that a person adds is
    packed like any other.
    """
    entries = [
        (_key(code.label), _steps(code.weight) | (0 if code.is_stated else _INFERRED))
        for code in codes
    ]
    return base64.b64encode(np.array(entries, dtype=_ENTRY).tobytes()).decode("ascii")


def read_codes(labels: Sequence[str], packed: str | None) -> tuple[ProductCode, ...]:
    """Return the codes that :func:`pack` has packed, in the order of ``labels``.

    A code that ``packed`` lacks is stated and weighs 1. An index of an older gram-es has no
    ``packed`` at all.
    """
    entries = np.frombuffer(base64.b64decode(packed or ""), dtype=_ENTRY)
    steps = dict(zip(entries["key"].tolist(), entries["weight"].tolist(), strict=True))
    return tuple(_code(label, steps.get(_key(label), _STEPS)) for label in labels)


def with_weights(slot_fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a slot with ``weights``, which a read document may lack."""
    if "packed" not in slot_fields:
        return dict(slot_fields)
    codes = read_codes(slot_fields.get("codes", ()), slot_fields["packed"])
    return {**slot_fields, "weights": code_fields(codes)["weights"]}


def weights_of(packed: Sequence[bytes | None], labels: Sequence[str]) -> NDArray[np.float32]:
    """Return the weight of each code in each product, ``(products, labels)``; 0 if it lacks it.

    :param packed: the packed codes of each product, or ``None``.
    :param labels: the labels of distinct codes.
    """
    weights = np.zeros((len(packed), len(labels)), dtype=np.float32)
    if not labels:
        return weights
    entries = np.frombuffer(b"".join(content or b"" for content in packed), dtype=_ENTRY)
    lengths = [len(content or b"") // _ENTRY.itemsize for content in packed]
    products = np.repeat(np.arange(len(packed)), lengths)
    keys = np.array([_key(label) for label in labels], dtype=np.uint32)
    order = np.argsort(keys)
    places = np.searchsorted(keys[order], entries["key"]).clip(max=len(keys) - 1)
    columns = order[places]
    found = keys[columns] == entries["key"]
    steps = (entries["weight"][found] & ~np.uint8(_INFERRED)).astype(np.float32)
    weights[products[found], columns[found]] = steps / _STEPS
    return weights


def _key(label: str) -> int:
    return crc32(label.encode("utf-8", "surrogatepass"))


def _steps(weight: float) -> int:
    return min(max(round(weight * _STEPS), 1), _STEPS)


def _code(label: str, steps: int) -> ProductCode:
    is_stated = not steps & _INFERRED
    return ProductCode(label, (steps & ~_INFERRED) / _STEPS, is_stated)
