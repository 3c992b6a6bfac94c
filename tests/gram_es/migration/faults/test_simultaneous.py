"""Two migrations at once, and aliases that somebody moves during a migration."""

from collections.abc import Callable
from typing import Any

import pytest

from gram_es.errors import CatalogueIndexError
from gram_es.index.lifecycle import live_index
from gram_es.index.names import write_alias

Make = Callable[..., Any]


@pytest.mark.parametrize("old", [False, True], ids=["slot", "index"])
def test_the_second_of_two_migrations_is_refused_and_the_first_one_wins(
    make_store: Make, old: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gram_es.migration.lock._RENEW_S", 0.1)
    monkeypatch.setattr("gram_es.migration.lock._EXPIRE_S", 60.0)
    store = make_store(old=old)
    refused: list[str] = []

    def migrate_too(line: str) -> None:
        if refused or "_bulk" not in line:
            return
        with pytest.raises(CatalogueIndexError) as error:
            store.migrate()
        refused.append(str(error.value))

    with store.wire(hook=migrate_too) as wire:
        assert store.migrate(wire.client).is_live

    assert "run the command again when that process has ended" in refused[0]
    store.assert_right(
        index=None if old else store.first, slot=store.new.slot, titles=store.first_titles
    )


def test_a_process_whose_lock_was_taken_over_does_not_switch(
    make_store: Make,
) -> None:
    store = make_store(old=True)

    def take_over(line: str) -> None:
        if "/_block/" in line:  # this process hangs for so long that another one migrates
            assert store.migrate().is_live

    with store.wire(hook=take_over) as wire, pytest.raises(CatalogueIndexError, match="another"):
        store.migrate(wire.client)

    store.assert_right(index=None, slot=store.new.slot, titles=store.first_titles)


@pytest.mark.parametrize("names", [(0,), (1,), (0, 1)], ids=["read", "write", "both"])
@pytest.mark.parametrize("old", [False, True], ids=["slot", "index"])
def test_an_alias_that_is_moved_during_a_migration_stays_where_it_was_moved(
    make_store: Make, old: bool, names: tuple[int, ...]
) -> None:
    store = make_store(old=old)
    elsewhere = f"{store.name}-elsewhere"
    aliases = [(store.name, write_alias(store.name))[number] for number in names]

    def move(line: str) -> None:
        if "_bulk" in line and not store.client.indices.exists(index=elsewhere):
            meta = {"managed_by": "gram-es", "schema": 4}
            store.client.indices.create(index=elsewhere, mappings={"_meta": meta})
            remove = [{"remove": {"index": store.first, "alias": alias}} for alias in aliases]
            add = [{"add": {"index": elsewhere, "alias": alias}} for alias in aliases]
            store.client.indices.update_aliases(actions=[*remove, *add])

    with store.wire(hook=move) as wire, pytest.raises(CatalogueIndexError) as error:
        store.migrate(wire.client)

    assert elsewhere in str(error.value)
    moved = store.client.indices.get_alias(index=elsewhere)[elsewhere]["aliases"]
    assert {*moved} == {*aliases}
    assert live_index(store.client, store.first).live_slot == store.old.slot
    assert not store.client.indices.get_settings(index=store.first, name="index.blocks.*")
