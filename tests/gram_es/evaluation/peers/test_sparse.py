from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from transformers import BertForMaskedLM, PreTrainedModel

from gram_es.errors import ModelError
from gram_es.evaluation.peers.sparse import SparseModel, run_sparse
from gram_es.records import Product

PRODUCTS = [Product("a", "Oak lamp"), Product("b", "Red chair"), Product("a", "Red lamp")]


@pytest.fixture(scope="module")
def model(
    tmp_path_factory: pytest.TempPathFactory,
    save_small_bert: Callable[[Path, type[PreTrainedModel]], None],
) -> SparseModel:
    """Return a tiny random SPLADE with the tokenizer of the default encoder."""
    folder = tmp_path_factory.mktemp("splade")
    save_small_bert(folder, BertForMaskedLM)
    return SparseModel(str(folder))


def test_hits_are_ordered_by_the_product_of_weights(model: SparseModel) -> None:
    run = run_sparse(model, PRODUCTS, ["red lamp"])

    weights = model.product_weights(PRODUCTS[1:]).toarray()  # of "a" the last version counts
    scores = weights @ model.query_weights("red lamp").toarray()[0]
    expected = dict(zip(["b", "a"], scores.tolist(), strict=True))
    assert run.hits["red lamp"] == pytest.approx(expected, rel=1e-4)
    assert list(run.hits["red lamp"]) == sorted(expected, key=lambda name: -expected[name])
    assert np.count_nonzero(weights) < weights.size
    assert set(run.took_ms) == {"encode", "exact_search", "total"}


def test_an_encoder_that_is_none_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"cannot load the sparse encoder .*--sparse-encoder"):
        SparseModel(str(tmp_path))
