"""The public test collections by name."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from gram_es.errors import FeedError
from ingest.collections.collection import Collection
from ingest.collections.esci import open_esci
from ingest.collections.trec import open_trec
from ingest.collections.wands import open_wands

NAMES: Final = ("esci", "trec", "wands")
LOCALES: Final = ("us", "es", "jp")


def open_collection(name: str, folder: Path, *, locale: str = "us") -> Collection:
    """Return the collection ``name`` of :data:`NAMES`, whose files are in ``folder``.

    :param locale: the part of ESCI to read, one of :data:`LOCALES`.
    :raises FeedError: if there is no such folder, or as the collection's module says.
    """
    if not folder.is_dir():
        raise FeedError(f"there is no folder {folder}; name the one with the files of {name}")
    if name == "esci":
        return open_esci(folder, locale)
    return open_wands(folder) if name == "wands" else open_trec(folder)
