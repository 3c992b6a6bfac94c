"""The commands that change the model or the index, with their output and exit codes."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gram_es.cli import main
from gram_es.model.gram import Gram
from gram_es.settings import Settings, current_settings

Run = Callable[..., Result]


@pytest.fixture
def run(
    cluster_url: str, store: Settings, gram_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Run]:
    """Return a function that runs a command of ``gram-es index``; ``gram`` is the default model."""
    monkeypatch.setenv("ELASTICSEARCH_URL", cluster_url)
    monkeypatch.setenv("GRAM_ES_INDEX", store.index)
    monkeypatch.setenv("GRAM_ES_MODEL", str(gram_dir))
    current_settings.cache_clear()
    yield lambda *words: CliRunner().invoke(main, ["index", *map(str, words)])
    current_settings.cache_clear()


def test_plan_migrate_rollback_and_prune_print_their_results(
    run: Run, other_gram_dir: Path, gram: Gram, other_gram: Gram, products: tuple[object, ...]
) -> None:
    planned = run("plan", "--model", other_gram_dir).stdout.splitlines()
    migrated = run("migrate", "--model", other_gram_dir, "--sample", 10).stdout.splitlines()
    back = run("rollback")
    dry_run = run("prune", "--dry-run")
    pruned = run("prune")
    pruned_again = run("prune")

    number = len(products)
    assert planned[0].startswith(f"new slot   {other_gram.slot} in ")
    assert planned[1] == f"products   {number} of {number} lack its codes"
    assert planned[2].startswith("time       about ")
    assert planned[3].startswith("disk       about ")
    assert migrated[0].startswith(f"slot       {other_gram.slot} in ")
    assert migrated[1].startswith(f"filled     {number} products in ")
    assert migrated[1].endswith(" s; 0 products lack its codes")
    assert migrated[2].startswith("compared   10 queries; the first ten hits overlap by ")
    assert migrated[3].startswith(f"           live {gram.slot}: p50 ")
    assert migrated[4].startswith(f"           new  {other_gram.slot}: p50 ")
    assert migrated[5] == (
        f"live       {other_gram.slot}; gram-es index rollback returns to {gram.slot}"
    )
    assert back.stdout.startswith(f"{gram.slot} is live in ")
    assert dry_run.stdout == f"{other_gram.slot} would be pruned: {number} products had its codes\n"
    assert pruned.stdout == f"{other_gram.slot} was pruned: {number} products had its codes\n"
    assert pruned_again.stdout.startswith("nothing to prune")


def test_objections_to_the_switch_give_exit_code_1_and_the_reason(
    run: Run, other_gram_dir: Path, gram: Gram
) -> None:
    rejected = run("migrate", "--model", other_gram_dir, "--sample", 20, "--min-overlap", 1)

    assert rejected.exit_code == 1
    assert rejected.stdout.splitlines()[-1] == f"live       {gram.slot}"
    assert rejected.stderr.startswith("gram-es: not switched: the first 10 hits overlap by ")
    assert rejected.stderr.endswith(
        "--min-overlap is 100%; fix the cause and run it again, or add --force\n"
    )


def test_judgments_measure_both_models_for_the_gate(
    run: Run, other_gram_dir: Path, tmp_path: Path, products: tuple[object, ...]
) -> None:
    judgments = tmp_path / "judgments.tsv"
    lines = [f"{product.title}\t{product.id}\t3" for product in products[:30]]  # type: ignore[attr-defined]
    judgments.write_text("\n".join(["query\tproduct_id\trelevance", *lines]))

    result = run(
        "migrate", "--model", other_gram_dir, "--judgments", judgments, "--max-loss", 1, "--json"
    )

    comparison = json.loads(result.stdout)["comparison"]
    assert comparison["queries"] == 30
    assert comparison["live"]["measures"]["MRR@10"] > 0.5
    assert comparison["new"]["measures"]["MRR@10"] > 0.5


def test_without_the_live_models_folder_migrate_needs_force_or_no_switch(
    run: Run, other_gram_dir: Path, gram: Gram, other_gram: Gram
) -> None:
    wrong_model = ("migrate", "--model", other_gram_dir, "--live-model", other_gram_dir)

    rejected = run(*wrong_model)
    filled = run(*wrong_model, "--no-switch")
    forced = run(*wrong_model, "--force", "--json")

    assert (rejected.exit_code, rejected.stdout) == (2, "")
    assert f"but {gram.slot} is live in " in rejected.stderr
    assert "--live-model DIR, or skip the comparison with --force" in rejected.stderr
    assert filled.exit_code == 0
    assert filled.stderr.startswith("gram-es: the models are not compared: ")
    migration = json.loads(forced.stdout)
    assert (migration["comparison"], migration["is_live"]) == (None, True)
    assert migration["slot"] == other_gram.slot


def test_bad_input_is_reported_before_anything_is_filled(
    run: Run, other_gram_dir: Path, tmp_path: Path
) -> None:
    no_model = run("migrate", "--model", tmp_path / "none")
    no_queries = run("migrate", "--model", other_gram_dir, "--queries", tmp_path / "none.txt")
    back = run("rollback")

    assert (no_model.exit_code, no_queries.exit_code, back.exit_code) == (2, 2, 2)
    assert "no model in " in no_model.stderr
    assert "cannot read the queries " in no_queries.stderr
    assert "cannot roll back: " in back.stderr
    assert json.loads(run("plan", "--model", other_gram_dir, "--json").stdout)["is_new_slot"]
