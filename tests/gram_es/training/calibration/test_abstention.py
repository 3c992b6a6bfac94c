from pathlib import Path

import pytest

from gram_es.model.folder import load_encoder, load_model_folder
from gram_es.model.gram import Gram
from gram_es.text.spelling.speller import Spelling
from gram_es.training.calibration.abstention import fit_abstention


def test_a_fit_depends_on_the_seed_only(gram_dir: Path):
    model, encoder = load_model_folder(gram_dir), load_encoder(gram_dir)

    first, second = (
        fit_abstention(encoder, model.prior, frozenset({"lamp"}), seed=3) for _ in range(2)
    )

    assert first == second
    fitted = (model.config.abstain_below, model.config.lead_above)
    assert first == pytest.approx(fitted, abs=0.05)


def test_a_leading_code_is_nearer_than_others(gram: Gram):
    assert gram.config.abstain_below < gram.config.lead_above


@pytest.mark.parametrize("query", ["constitutional parliament", "theologian"])
def test_a_query_that_the_catalogue_cannot_answer_gets_no_codes(gram: Gram, query: str):
    assert gram.understand([Spelling(query, query)])[0].codes == ()


@pytest.mark.parametrize("query", ["couch", "duvet", "earphones", "trousers"])
def test_a_word_that_the_catalogue_lacks_gets_codes_if_it_means_what_the_catalogue_has(
    gram: Gram, query: str
):
    assert gram.understand([Spelling(query, query)])[0].codes
