"""A language model that is trained for a model's codes, from its training to a search."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import CliRunner
from elasticsearch import Elasticsearch

from gram_es.cli import main
from gram_es.evaluation.experts import LANGUAGE_MODEL_SYSTEMS
from gram_es.index.lifecycle import install
from gram_es.model.manifest import read_manifest
from gram_es.records import Product
from gram_es.settings import Settings, current_settings
from ingest.broker.query_queue import AskedQuery, QueryQueue

WARMED, ASKED = "garden hose", "cordless drill"


@pytest.fixture
def model(other_gram_dir: Path, tmp_path: Path) -> Path:
    """Return a folder of a model of its own, which a language model can be trained for."""
    return Path(shutil.copytree(other_gram_dir, tmp_path / "model"))


@pytest.fixture
def feed(shop: tuple[Product, ...], tmp_path: Path) -> Path:
    path = tmp_path / "feed.ndjson"
    rows = ({"id": p.id, "title": p.title, "category": " > ".join(p.category)} for p in shop[:60])
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


@pytest.fixture
def judgments(shop: tuple[Product, ...], tmp_path: Path) -> Path:
    path = tmp_path / "judgments.tsv"
    lines = [f"{product.title}\t{product.id}\t3" for product in shop[:4]]
    path.write_text("\n".join(["query\tproduct_id\trelevance", *lines]), encoding="utf-8")
    return path


@pytest.fixture
def run(commands: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Return a function that runs a command and returns the JSON that it prints.

    The commands run in this process, which has imported torch already.
    """
    for name, value in commands.environment.items():
        monkeypatch.setenv(name, value)
    current_settings.cache_clear()

    def run(*arguments: object) -> Any:
        done = CliRunner().invoke(main, [*map(str, arguments), "--json"])
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    yield run
    current_settings.cache_clear()


def test_all_commands_use_the_language_model_that_train_writes(
    client: Elasticsearch,
    cluster_settings: Settings,
    commands: Any,
    run: Callable[..., Any],
    model: Path,
    feed: Path,
    judgments: Path,
    small_language_model: Path,
    tmp_path: Path,
) -> None:
    manifest = read_manifest(model)
    identity = {name: getattr(manifest, name) for name in ("slot", "fingerprint", "family")}
    install(client, cluster_settings, **identity)
    (tmp_path / "log.txt").write_text(WARMED)
    log = tmp_path / "log.txt"
    asked = AskedQuery(ASKED, ASKED, manifest.fingerprint)
    cache_dir = Path(commands.environment["GRAM_ES_CACHE_DIR"])
    queue = QueryQueue(cluster_settings.model_copy(update={"cache_dir": cache_dir}))

    family = ("--family", "llm", "--model-id", small_language_model, "--tokens", 1100)
    name = run("train", feed, "--out", model, *family)["language_model"]
    report = run("evaluate", feed, judgments, "--model", model)
    commands.start_worker(model)
    run("ingest", feed, "--wait")
    run("warm", log, "--model", model)
    commands.start_worker(model, "--queries")
    queue.send(asked)

    def coded_by(query: str) -> str | None:
        asked: Any = run("search", query, "--model", model)["query"]
        assert asked["codes"]
        return cast(str | None, asked["language_model"])

    commands.wait_until(lambda: coded_by(ASKED) is not None)
    assert name.startswith("language model+")
    assert {*LANGUAGE_MODEL_SYSTEMS} < {row["system"] for row in report["rows"]}
    assert [coded_by(query) for query in (WARMED, ASKED, "desk lamp")] == [name, name, None]
