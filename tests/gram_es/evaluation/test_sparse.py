from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer, BertConfig, BertForMaskedLM

from gram_es.errors import ModelError
from gram_es.evaluation.sparse import SparseModel, run_sparse
from gram_es.model import pretrained
from gram_es.records import Product

PRODUCTS = [Product("a", "Oak lamp"), Product("b", "Red chair"), Product("a", "Red lamp")]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> SparseModel:
    """Return a tiny random SPLADE with the tokenizer of the default encoder."""
    folder = tmp_path_factory.mktemp("splade")
    tokenizer = AutoTokenizer.from_pretrained(pretrained._packaged_encoder())
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
    )
    torch.manual_seed(0)
    BertForMaskedLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
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
