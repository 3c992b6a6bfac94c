from __future__ import annotations

from pathlib import Path

import numpy as np

from gram_es.language_model.code_tree.code_search import CodeSearch
from gram_es.language_model.load import load_language_model
from gram_es.model.gram import Gram
from gram_es.records import Product
from gram_es.training.data.query_pairs import QueryExample
from gram_es.training.language_model.cotraining import find_additions, with_additions
from gram_es.training.language_model.examples import CodeExamples


def test_codes_of_both_sides_are_added_unless_the_rules_and_the_scorer_forbid_them(
    gram: Gram, shop: tuple[Product, ...], small_language_model: Path, monkeypatch
):
    [number] = [n for n, p in enumerate(shop) if p.category[-1:] == ("Sofas",)][:1]
    codes = {code.label: code.weight for code in gram.enrich([shop[number]])[0].codes}
    inferred = [code.label for code in gram.enrich([shop[number]])[0].codes if not code.is_stated]
    wrong = next(c.label for c in gram.codebook if "hose" in c.label and len(c.facets) > 1)
    number_by_label = gram.codebook.number_by_label
    proposed = np.array([number_by_label[label] for label in (inferred[0], wrong)])
    monkeypatch.setattr(CodeSearch, "find", lambda _, texts: [proposed] * len(texts))
    query = QueryExample("couch", np.array([0]), np.ones(1), judged=True)
    stated = {number_by_label[label]: 1.0 for label in codes if label not in inferred}
    examples = CodeExamples(gram.codebook, [shop[number]], [stated], [query])
    model = load_language_model(str(small_language_model))

    additions = find_additions(gram, model, examples, seed=0)

    assert additions == [(0, number_by_label[inferred[0]])]
    added = with_additions(examples, additions).codes_of[0]
    assert added == {**stated, number_by_label[inferred[0]]: 0.5}
    assert number_by_label[inferred[0]] not in examples.codes_of[0]
