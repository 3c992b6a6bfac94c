from __future__ import annotations

import pytest

from gram_es.language_model.likelihood import LanguageModel
from gram_es.language_model.prompt_cache import PromptCache

TEXTS = [" to find sofa", " to find bed", " find drill"]


def test_prompts_are_computed_once(
    language_model: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = PromptCache(language_model)
    first = cache.get([*TEXTS, TEXTS[0]])

    computed: list[str] = []
    monkeypatch.setattr(language_model, "prompts", lambda texts: computed.extend(texts) or [])

    assert all(a is b for a, b in zip(cache.get(TEXTS), first, strict=False))
    assert first[3] is first[0]
    assert computed == []


def test_the_prompts_used_last_are_kept_within_the_limit(language_model: LanguageModel) -> None:
    size = language_model.prompt(TEXTS[0]).nbytes
    cache = PromptCache(language_model, max_bytes=2 * size)
    sofa, bed = cache.get(TEXTS[:2])
    cache.get(TEXTS[:1])
    cache.get([" to find couch"])

    assert cache.get(TEXTS[:1])[0] is sofa
    assert cache.get(TEXTS[1:2])[0] is not bed


def test_more_prompts_than_the_limit_are_returned_all(language_model: LanguageModel) -> None:
    assert len(PromptCache(language_model, max_bytes=1).get(TEXTS)) == 3
