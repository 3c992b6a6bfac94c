from base64 import b64decode

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gram_es.codes.stored_codes import (
    code_fields,
    feature_name,
    pack,
    read_codes,
    rounded_weight,
    weights_of,
    with_weights,
)
from gram_es.records import ProductCode

CODES = (ProductCode("hp laptop", 1.0), ProductCode("15.6 inch laptop", 0.5, is_stated=False))

labels = st.text(min_size=1, max_size=20)
weights = st.floats(min_value=1e-6, max_value=1.0)


def test_the_fields_of_codes():
    assert code_fields(CODES) == {
        "codes": ["hp laptop", "15.6 inch laptop"],
        "inferred": ["15.6 inch laptop"],
        "weights": [{"hp laptop": 1.0, "15%2E6 inch laptop": 0.5}],
        "packed": pack(CODES),
    }
    assert len(b64decode(pack(CODES))) == 10
    assert code_fields([]) == {"codes": [], "inferred": [], "weights": [], "packed": ""}


@pytest.mark.parametrize(
    ("weight", "rounded"), [(1.0, 1.0), (0.3, 19 / 64), (0.001, 1 / 64), (1.2, 1.0)]
)
def test_weights_are_multiples_of_a_64th(weight, rounded):
    assert rounded_weight(weight) == rounded


@given(st.dictionaries(labels, st.tuples(weights, st.booleans()), max_size=12))
def test_codes_are_read_back_with_rounded_weights(stored):
    codes = [ProductCode(label, weight, stated) for label, (weight, stated) in stored.items()]

    assert read_codes([*stored], pack(codes)) == tuple(
        ProductCode(code.label, rounded_weight(code.weight), code.is_stated) for code in codes
    )


@given(labels, labels)
def test_different_codes_have_different_features_without_dots(first, second):
    assert "." not in feature_name(first)
    assert (feature_name(first) == feature_name(second)) == (first == second)


def test_a_code_without_a_stored_weight_is_stated_and_weighs_1():
    assert read_codes(["hp laptop"], None) == (ProductCode("hp laptop", 1.0),)


def test_weights_are_restored_from_labels_and_packed_codes():
    fields = code_fields(CODES)
    read = {name: value for name, value in fields.items() if name != "weights"}

    assert with_weights(read) == fields
    assert with_weights({"codes": ["drill"]}) == {"codes": ["drill"]}


def test_weights_of_the_codes_of_a_query_in_each_product():
    packed = [b64decode(pack(CODES)), None, b64decode(pack(CODES[1:])), b""]

    found = weights_of(packed, ["15.6 inch laptop", "drill", "hp laptop"])

    assert found.dtype == np.float32
    assert found.tolist() == [[0.5, 0.0, 1.0], [0.0] * 3, [0.5, 0.0, 0.0], [0.0] * 3]
    assert weights_of(packed, []).shape == (4, 0)
    assert weights_of([], ["drill"]).shape == (0, 1)
