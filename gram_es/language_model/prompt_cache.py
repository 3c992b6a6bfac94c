"""Keep the keys and values of prompts that are used again, in bounded memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from gram_es.language_model.likelihood import LanguageModel
from gram_es.language_model.prompt import Prompt

_MAX_BYTES: Final = 1 << 30  # with 270 million parameters, the prompts of some 1,500 codes


class PromptCache:
    """The prompts used last, up to ``max_bytes`` of keys and values; not for several threads."""

    def __init__(self, model: LanguageModel, *, max_bytes: int = _MAX_BYTES) -> None:
        self._model = model
        self._max_bytes = max_bytes
        self._bytes = 0
        self._prompts: OrderedDict[str, Prompt] = OrderedDict()

    def get(self, texts: Sequence[str]) -> list[Prompt]:
        """Return the prompts of ``texts``; compute those that are not kept, all in one batch."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._prompts]
        for text, prompt in zip(missing, self._model.prompts(missing), strict=True):
            self._prompts[text] = prompt
            self._bytes += prompt.nbytes
        for text in texts:
            self._prompts.move_to_end(text)
        prompts = [self._prompts[text] for text in texts]
        while self._bytes > self._max_bytes:
            _, oldest = self._prompts.popitem(last=False)
            self._bytes -= oldest.nbytes
        return prompts
