"""The commands as a shell sees them."""

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
    """Run a command of ``gram-es index`` where the first model is the usual one."""
    monkeypatch.setenv("ELASTICSEARCH_URL", cluster_url)
    monkeypatch.setenv("GRAM_ES_INDEX", store.index)
    monkeypatch.setenv("GRAM_ES_MODEL", str(gram_dir))
    current_settings.cache_clear()
    yield lambda *words: CliRunner().invoke(main, ["index", *map(str, words)])
    current_settings.cache_clear()


def test_plan_migrate_rollback_and_prune_tell_what_they_do(
    run: Run, other_gram_dir: Path, gram: Gram, other_gram: Gram, some: tuple[object, ...]
) -> None:
    planned = run("plan", "--model", other_gram_dir).stdout.splitlines()
    migrated = run("migrate", "--model", other_gram_dir, "--sample", 10).stdout.splitlines()
    back = run("rollback")
    dry = run("prune", "--dry-run")
    gone = run("prune")
    idle = run("prune")

    number = len(some)
    assert planned[0].startswith(f"new slot   {other_gram.slot} in ")
    assert planned[1] == f"products   {number} of {number} lack its codes"
    assert planned[2].startswith("time       about ")
    assert planned[3].startswith("disk       about ")
    assert migrated[0].startswith(f"slot       {other_gram.slot} in ")
    assert migrated[1].startswith(f"filled     {number} products in ")
    assert migrated[1].endswith(" s; 0 products lack its codes")
    assert migrated[2].startswith("compared   10 queries; the first ten share ")
    assert migrated[3].startswith(f"           live {gram.slot}: p50 ")
    assert migrated[4].startswith(f"           new  {other_gram.slot}: p50 ")
    assert migrated[5] == (
        f"live       {other_gram.slot}; back to {gram.slot} with gram-es index rollback"
    )
    assert back.stdout.startswith(f"{gram.slot} is live in ")
    assert dry.stdout == f"{other_gram.slot} would go: {number} products held its codes\n"
    assert gone.stdout == f"{other_gram.slot} is gone: {number} products held its codes\n"
    assert idle.stdout.startswith("nothing to prune")


def test_a_gate_that_stays_shut_is_exit_code_1_with_its_reason(
    run: Run, other_gram_dir: Path, gram: Gram
) -> None:
    shut = run("migrate", "--model", other_gram_dir, "--sample", 20, "--min-overlap", 1)

    assert shut.exit_code == 1
    assert shut.stdout.splitlines()[-1] == f"live       {gram.slot}"
    assert shut.stderr.startswith("gram-es: not switched: the first 10 share ")
    assert shut.stderr.endswith(
        "--min-overlap is 100%; mend that and run it again, or add --force\n"
    )


def test_judgments_measure_both_models_and_rule_the_gate(
    run: Run, other_gram_dir: Path, tmp_path: Path, some: tuple[object, ...]
) -> None:
    judgments = tmp_path / "judgments.tsv"
    lines = [f"{product.title}\t{product.id}\t3" for product in some[:30]]  # type: ignore[attr-defined]
    judgments.write_text("\n".join(["query\tproduct_id\trelevance", *lines]))

    done = run(
        "migrate", "--model", other_gram_dir, "--judgments", judgments, "--max-loss", 1, "--json"
    )

    found = json.loads(done.stdout)["comparison"]
    assert found["queries"] == 30
    assert found["live"]["measures"]["MRR@10"] > 0.5
    assert found["new"]["measures"]["MRR@10"] > 0.5


def test_without_the_live_models_folder_nothing_begins_unless_forced(
    run: Run, other_gram_dir: Path, gram: Gram, other_gram: Gram
) -> None:
    wrong = ("migrate", "--model", other_gram_dir, "--live-model", other_gram_dir)

    refused = run(*wrong)
    filled = run(*wrong, "--no-switch")
    forced = run(*wrong, "--force", "--json")

    assert (refused.exit_code, refused.stdout) == (2, "")
    assert f"but {gram.slot} is live in " in refused.stderr
    assert "--live-model DIR, or leave the comparison out with --force" in refused.stderr
    assert filled.exit_code == 0
    assert filled.stderr.startswith("gram-es: nothing is compared: ")
    done = json.loads(forced.stdout)
    assert (done["comparison"], done["is_live"], done["slot"]) == (None, True, other_gram.slot)


def test_bad_input_is_told_before_anything_is_filled(
    run: Run, other_gram_dir: Path, tmp_path: Path
) -> None:
    none = run("migrate", "--model", tmp_path / "none")
    queries = run("migrate", "--model", other_gram_dir, "--queries", tmp_path / "none.txt")
    back = run("rollback")

    assert (none.exit_code, queries.exit_code, back.exit_code) == (2, 2, 2)
    assert "no model in " in none.stderr
    assert "cannot read the queries " in queries.stderr
    assert "there is nothing to go back to" in back.stderr
    assert json.loads(run("plan", "--model", other_gram_dir, "--json").stdout)["is_new_slot"]
