"""The public names of ``gram_es``; importing it loads no large library."""

import subprocess
import sys

import pytest

import gram_es
from gram_es.model.gram import Gram
from gram_es.training.train import train

LARGE_LIBRARIES = {"torch", "elasticsearch", "numpy", "flask", "celery"}


def test_the_public_names_are_exactly_these():
    assert gram_es.__all__ == ["Gram", "SearchRequest", "open_search", "train"]
    assert set(gram_es.__all__) <= set(dir(gram_es))
    assert all(hasattr(gram_es, name) for name in gram_es.__all__)


def test_lazy_names_are_those_of_their_modules():
    assert gram_es.Gram is Gram
    assert gram_es.train is train


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'gram_es' has no attribute 'Gramm'"):
        gram_es.Gramm  # noqa: B018


def test_importing_gram_es_loads_no_large_library():
    code = f"import sys, gram_es; print(sorted({LARGE_LIBRARIES} & set(sys.modules)))"

    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )

    assert process.stdout.strip() == "[]"
