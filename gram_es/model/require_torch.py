"""Check that torch is there before work begins that ends with it."""

from __future__ import annotations

from gram_es.errors import ModelError


def require_torch(purpose: str, *, extra: str) -> None:
    """Check that torch is installed.

    :param purpose: what it is needed for, the subject of the error's sentence.
    :param extra: the extra that installs what the purpose needs.
    :raises ModelError: if it is not.
    """
    try:
        import torch  # noqa: F401
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise ModelError(f'{purpose} needs torch: run pip install "gram-es[{extra}]"') from None
