from __future__ import annotations

import numpy as np
import pytest
import torch
from transformers import PreTrainedTokenizerFast

from gram_es.language_model.likelihood import LanguageModel

PROMPT = " to find sofa"
TEXTS = ["cordless drill", "cordless bed", "couch", "bed", "cordless drill bed"]


def plain_log_likelihood(
    network: torch.nn.Module, tokenizer: PreTrainedTokenizerFast, prompt: str, text: str
) -> float:
    """Return log P of a text by one pass over the whole sequence."""
    before = tokenizer(prompt).input_ids
    tokens = before + tokenizer(f" {text}\n").input_ids
    with torch.inference_mode():
        steps = network(torch.tensor([tokens])).logits[0].log_softmax(dim=-1)
    return sum(float(steps[n - 1, tokens[n]]) for n in range(len(before), len(tokens)))


def test_texts_in_one_tree_score_as_each_text_alone(
    language_model: LanguageModel,
    network: torch.nn.Module,
    tokenizer: PreTrainedTokenizerFast,
) -> None:
    scores = language_model.log_likelihoods(language_model.prompt(PROMPT), TEXTS)
    alone = [plain_log_likelihood(network, tokenizer, PROMPT, text) for text in TEXTS]
    assert scores == pytest.approx(alone, abs=1e-4)
    assert len(set(np.round(alone, 3))) == len(TEXTS)


def test_a_prompt_is_not_changed_by_the_texts_scored_after_it(
    language_model: LanguageModel,
) -> None:
    prompt = language_model.prompt(PROMPT)
    first = language_model.log_likelihoods(prompt, TEXTS)
    assert language_model.log_likelihoods(prompt, TEXTS[::-1]) == pytest.approx(first[::-1])


def test_trees_of_many_texts_are_parted(
    language_model: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompt = language_model.prompt(PROMPT)
    whole = language_model.log_likelihoods(prompt, TEXTS)
    monkeypatch.setattr("gram_es.language_model.likelihood._MAX_NODES", 4)
    assert language_model.log_likelihoods(prompt, TEXTS) == pytest.approx(whole, abs=1e-5)


def test_a_cut_vocabulary_shares_out_all_probability(language_model: LanguageModel) -> None:
    prompt = language_model.prompt(PROMPT)
    whole = language_model.log_likelihoods(prompt, TEXTS)
    language_model.cut_vocabulary(TEXTS)
    assert (language_model.log_likelihoods(prompt, TEXTS) > whole).all()
    with pytest.raises(ValueError, match="not in the cut vocabulary"):
        language_model.log_likelihoods(prompt, ["sofa"])


def test_a_text_after_many_prompts_scores_as_after_each_alone(
    language_model: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [" to find sofa", " to", " to find cordless drill", " find bed"]
    prompts = language_model.prompts(texts)

    for text in ("couch", "cordless drill bed"):
        alone = [language_model.log_likelihoods(prompt, [text])[0] for prompt in prompts]
        assert language_model.log_likelihoods_after(prompts, text) == pytest.approx(alone, abs=1e-4)
        assert len(set(np.round(alone, 3))) == len(texts)

    monkeypatch.setattr("gram_es.language_model.likelihood._MAX_TOKENS", 5)
    assert language_model.log_likelihoods_after(prompts, text) == pytest.approx(alone, abs=1e-4)


def test_a_prompt_is_the_same_alone_and_in_a_batch(language_model: LanguageModel) -> None:
    batch = language_model.prompts([" to find", " find bed", " to find sofa bed"])
    alone = language_model.prompt(" find bed")

    assert batch[1].length == alone.length
    torch.testing.assert_close(batch[1].last, alone.last)


def test_a_token_that_the_vocabulary_lacks_is_added_for_its_text(
    language_model: LanguageModel,
) -> None:
    prompts = language_model.prompts([" to find sofa"])
    language_model.cut_vocabulary(TEXTS)
    [without] = language_model.log_likelihoods_after(prompts, "bed")
    [lacking] = language_model.log_likelihoods_after(prompts, "sofa")

    language_model.cut_vocabulary([*TEXTS, "sofa"])

    assert language_model.log_likelihoods_after(prompts, "sofa") == pytest.approx([lacking])
    assert language_model.log_likelihoods_after(prompts, "bed")[0] < without


def test_a_common_beginning_of_prompts_is_computed_once(language_model: LanguageModel) -> None:
    beginning = language_model.prompt(" to find")
    whole = language_model.prompts([" to find sofa bed", " to find couch"])

    ends = language_model.prompts([" sofa bed", " couch"], after=beginning)

    assert [end.length for end in ends] == [prompt.length for prompt in whole]
    for end, prompt in zip(ends, whole, strict=True):
        torch.testing.assert_close(end.last, prompt.last)


def test_a_model_with_another_vocabulary_leaves_the_first_as_it_was(
    language_model: LanguageModel,
) -> None:
    prompt = language_model.prompt(PROMPT)
    before = language_model.log_likelihoods(prompt, TEXTS)

    cut = language_model.with_vocabulary(TEXTS)

    assert (cut.log_likelihoods(prompt, TEXTS) > before).all()
    assert language_model.log_likelihoods(prompt, TEXTS) == pytest.approx(before)


@pytest.mark.parametrize(("layers", "layer"), [(18, 16), (28, 24), (30, 26)])
def test_the_meaning_is_at_seven_eighths_of_the_depth(
    own_language_model: LanguageModel,
    layers: int,
    layer: int,
    monkeypatch: pytest.MonkeyPatch,
):
    config = own_language_model._network.config
    monkeypatch.setattr(config, "num_hidden_layers", layers)

    assert own_language_model.meaning_layer == layer


def test_a_text_leaves_the_same_state_alone_and_among_others(
    language_model: LanguageModel,
    network: torch.nn.Module,
    tokenizer: PreTrainedTokenizerFast,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts = [" sofa", " cordless drill", " bed"]
    monkeypatch.setattr("gram_es.language_model.likelihood._MEANING_DEPTH", 1 / 3)
    states = language_model.states(texts, after=language_model.prompt(" to find"))

    for text, state in zip(texts, states, strict=True):
        tokens = tokenizer(f" to find{text}").input_ids
        with torch.inference_mode():
            output = network(torch.tensor([tokens]), output_hidden_states=True)
        assert state == pytest.approx(output.hidden_states[1][0, -1].numpy(), abs=1e-4)
    assert states.shape == (3, language_model.hidden_size)
