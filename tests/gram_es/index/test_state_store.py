from concurrent.futures import ThreadPoolExecutor

from elasticsearch import Elasticsearch

from gram_es.index.lifecycle import install
from gram_es.index.names import LEDGER, STATE
from gram_es.index.state_store import next_run_number, read_states, write_state
from gram_es.settings import Settings


def test_run_numbers_rise_and_never_repeat(
    client: Elasticsearch, cluster_settings: Settings
) -> None:
    install(client, cluster_settings, slot="m1", fingerprint="f", family="base")
    first = next_run_number(client)

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda _: next_run_number(client), range(40)))

    assert sorted(numbers) == list(range(first + 1, first + 41))


def test_run_numbers_continue_after_the_ledgers_if_the_counter_was_lost(
    client: Elasticsearch, cluster_settings: Settings
) -> None:
    install(client, cluster_settings, slot="m1", fingerprint="f", family="base")
    last = next_run_number(client) + 7
    client.index(index=LEDGER, id=f"{last}-1", document={"run": last}, refresh=True)
    client.indices.delete(index=STATE)

    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(lambda _: next_run_number(client), range(8)))

    assert min(numbers) > last
    assert len(set(numbers)) == 8
    client.delete(index=LEDGER, id=f"{last}-1", refresh=True)


def test_state_is_read_back_as_written(client: Elasticsearch, cluster_settings: Settings) -> None:
    install(client, cluster_settings, slot="m1", fingerprint="f", family="base")
    key = f"{cluster_settings.index}/calibration"

    assert read_states(client, key) == []
    write_state(client, key, {"scale": 1 / 30, "nested": {"a": [1, "b"]}})
    client.indices.refresh(index=STATE)
    (state,) = read_states(client, key)
    assert (state.key, state.value) == (key, {"scale": 1 / 30, "nested": {"a": [1, "b"]}})
