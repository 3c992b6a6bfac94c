"""The lock that lets one process at a time change the slots and indices of an alias."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from elasticsearch import Elasticsearch

from gram_es.cli import main
from gram_es.errors import CatalogueIndexError
from gram_es.index.lifecycle import install
from gram_es.index.names import STATE
from gram_es.migration.lock import MigrationLock
from gram_es.settings import Settings, current_settings


@pytest.fixture
def installed(client: Elasticsearch, cluster_settings: Settings) -> str:
    """The alias of an installed index."""
    install(client, cluster_settings, slot="m1", fingerprint="f1", family="base")
    return cluster_settings.index


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gram_es.migration.lock._POLL_S", 0.05)
    monkeypatch.setattr("gram_es.migration.lock._RENEW_S", 0.1)


def test_the_lock_of_a_killed_process_is_taken_over_and_the_killed_one_has_lost_it(
    client: Elasticsearch, installed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gram_es.migration.lock._EXPIRE_S", 0.3)
    killed = MigrationLock(client, installed)
    killed.__enter__()
    killed._renewal.stop()
    killed._renewal.join()

    with MigrationLock(client, installed):
        with pytest.raises(CatalogueIndexError, match="another process has begun to migrate"):
            killed.renew()
        killed.__exit__(None, None, None)  # does not release the lock of the other process
        assert client.exists(index=STATE, id=f"migration:{installed}")

    assert not client.exists(index=STATE, id=f"migration:{installed}")


def test_locks_of_two_shops_are_independent(client: Elasticsearch, installed: str) -> None:
    with MigrationLock(client, installed), MigrationLock(client, f"{installed}-uk") as other:
        other.renew()


def test_prune_does_not_start_while_a_migration_runs(
    client: Elasticsearch,
    cluster_url: str,
    installed: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ELASTICSEARCH_URL", cluster_url)
    monkeypatch.setenv("GRAM_ES_INDEX", installed)
    current_settings.cache_clear()

    try:
        with MigrationLock(client, installed):
            refused = CliRunner().invoke(main, ["index", "prune"])
            shown = CliRunner().invoke(main, ["index", "prune", "--dry-run"])
    finally:
        current_settings.cache_clear()

    assert "run the command again when that process has ended" in refused.stderr
    assert (refused.exit_code, shown.exit_code) == (2, 0)
