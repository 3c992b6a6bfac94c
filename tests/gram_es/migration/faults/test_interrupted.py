"""Migrations and rollbacks that lose Elasticsearch, or are killed, at each of their requests."""

from collections.abc import Callable
from typing import Any

import pytest

from gram_es.errors import ClusterUnavailableError
from gram_es.index.lifecycle import live_index
from gram_es.index.names import write_alias
from gram_es.migration.prune import find_prunable_indices
from gram_es.migration.rollback import roll_back

Make = Callable[..., Any]
# How many requests that change the cluster the commands send for the stores of this file. The steps
# of each command are numbered from 1.
SLOT_STEPS, SLOT_ROLLBACK_STEPS = 5, 2
INDEX_STEPS, INDEX_ROLLBACK_STEPS = 16, 11


def cases(slot_steps: int, index_steps: int) -> list[Any]:
    """Return, for each step, whether a new index is needed, and the number of the step."""
    return [
        *(pytest.param(False, step, id=f"slot-{step}") for step in range(1, slot_steps + 1)),
        *(pytest.param(True, step, id=f"index-{step}") for step in range(1, index_steps + 1)),
    ]


def assert_unchanged(store: Any, titles: dict[str, str], *, slot: str) -> None:
    """Assert that searches find what they found before an interrupted command."""
    assert live_index(store.client, store.name).live_slot == slot
    assert store.titles() == titles


@pytest.mark.parametrize(("old", "step"), cases(SLOT_STEPS, INDEX_STEPS))
def test_a_migration_that_is_killed_at_any_step_resumes(
    make_store: Make, old: bool, step: int
) -> None:
    store = make_store(old=old)
    with (
        store.wire(cut_at=step) as wire,
        pytest.raises(ClusterUnavailableError, match="run gram-es index migrate again"),
    ):
        store.migrate(wire.client)
    assert_unchanged(store, store.first_titles, slot=store.old.slot)

    assert store.migrate().is_live

    store.assert_right(
        index=None if old else store.first, slot=store.new.slot, titles=store.first_titles
    )


@pytest.mark.parametrize(("old", "step"), cases(SLOT_ROLLBACK_STEPS, INDEX_ROLLBACK_STEPS))
def test_a_rollback_that_is_killed_at_any_step_resumes(
    migrated: Make, old: bool, step: int
) -> None:
    store, titles = migrated(old=old)
    with (
        store.wire(cut_at=step) as wire,
        pytest.raises(ClusterUnavailableError, match="run gram-es index rollback again"),
    ):
        roll_back(wire.client, store.name, force=True)
    assert_unchanged(store, titles, slot=store.new.slot)

    roll_back(store.client, store.name, force=True)

    store.assert_right(index=store.first, slot=store.old.slot, titles=titles)


@pytest.mark.parametrize("old", [False, True], ids=["slot", "index"])
def test_a_command_that_loses_each_answer_once_succeeds(make_store: Make, old: bool) -> None:
    store = make_store(old=old)

    with store.wire(loses_answers=True) as wire:
        assert store.migrate(wire.client).is_live
        store.assert_right(
            index=None if old else store.first, slot=store.new.slot, titles=store.first_titles
        )
        assert len(wire.requests) == 2 * (INDEX_STEPS if old else SLOT_STEPS)
        store.client.delete(index=write_alias(store.name), id="open")
        wire.requests.clear()
        roll_back(wire.client, store.name)

    store.assert_right(index=store.first, slot=store.old.slot, titles=store.first_titles)
    assert len(wire.requests) == 2 * (INDEX_ROLLBACK_STEPS if old else SLOT_ROLLBACK_STEPS)


@pytest.mark.parametrize("old", [False, True], ids=["slot", "index"])
def test_a_migration_whose_last_answer_never_comes_is_complete(make_store: Make, old: bool) -> None:
    store, last = make_store(old=old), INDEX_STEPS if old else SLOT_STEPS
    with store.wire(cut_at=last, takes_effect=True) as wire, pytest.raises(ClusterUnavailableError):
        store.migrate(wire.client)

    assert store.migrate().is_live

    store.assert_right(
        index=None if old else store.first, slot=store.new.slot, titles=store.first_titles
    )


def test_a_product_without_codes_does_not_keep_a_closed_index_closed(
    make_store: Make,
) -> None:
    store = make_store(old=True)

    def write_last(line: str) -> None:
        if "/_block/" in line:
            store.write("late", "A mug that a feed writes before the index is closed")

    with store.wire(cut_at=INDEX_STEPS, hook=write_last) as wire:
        with pytest.raises(ClusterUnavailableError):
            store.migrate(wire.client)
        assert len(wire.requests) >= INDEX_STEPS

    assert store.migrate().is_live

    titles = {**store.first_titles, "late": "A mug that a feed writes before the index is closed"}
    store.assert_right(index=None, slot=store.new.slot, titles=titles)


# Steps in which documents are written, in which the new index is created, and of the switch. A full
# disk does not stop the last request of a migration.
@pytest.mark.parametrize(
    ("old", "step"),
    [(False, 3), (True, 3), (True, 5), (True, 11), (True, 13), (True, 15)],
    ids=["fill slot", "fill", "create", "copy", "block", "switch"],
)
def test_a_migration_resumes_when_a_full_disk_has_space_again(
    make_store: Make, old: bool, step: int
) -> None:
    store = make_store(old=old)

    def fill_disk(_: str) -> None:
        if len(wire.requests) == step:
            store.fill_disk()

    try:
        with store.wire(hook=fill_disk) as wire, pytest.raises(ClusterUnavailableError) as error:
            store.migrate(wire.client)
    finally:
        store.fill_disk(full=False)
    assert "disk" in str(error.value)
    assert "run gram-es index migrate again" in str(error.value)
    assert_unchanged(store, store.first_titles, slot=store.old.slot)

    assert store.migrate().is_live

    store.assert_right(
        index=None if old else store.first, slot=store.new.slot, titles=store.first_titles
    )


@pytest.mark.parametrize("step", [6, 7, 8], ids=["created", "open", "closed"])
def test_the_index_of_an_interrupted_migration_can_be_pruned(make_store: Make, step: int) -> None:
    store = make_store(old=True)
    with store.wire(cut_at=step) as wire, pytest.raises(ClusterUnavailableError):
        store.migrate(wire.client)

    (prunable,) = find_prunable_indices(store.client, store.name)

    assert {prunable.index} == store.indices() - {store.first}
