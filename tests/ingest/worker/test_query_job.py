from __future__ import annotations

from pathlib import Path

import pytest

from gram_es.errors import SettingsError
from gram_es.settings import Settings
from ingest.worker.query_job import QueryJob


def test_a_worker_takes_the_trained_language_model_of_each_model(
    gram_dir: Path, other_gram_dir: Path, tmp_path: Path
):
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder, source in zip(folders, (gram_dir, other_gram_dir), strict=True):
        folder.mkdir()
        for file in source.iterdir():
            (folder / file.name).symlink_to(file)
    (folders[0] / "language_model").mkdir()
    (folders[0] / "language_model" / "training.json").write_text("{}")
    settings = Settings(GRAM_ES_LANGUAGE_MODEL=None)

    assert QueryJob(settings, folders[:1]).model_folders
    with pytest.raises(SettingsError, match="or train one with --family llm"):
        QueryJob(settings, folders)
