import socket
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk

from gram_es.cluster.client import cluster_errors, connect
from gram_es.errors import ClusterError, ClusterUnavailableError, GramError, SettingsError
from gram_es.settings import Settings


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_without_a_cluster_the_error_names_both_remedies(tmp_path: Path) -> None:
    settings = Settings(ELASTICSEARCH_URL=None, GRAM_ES_CACHE_DIR=tmp_path)

    with pytest.raises(ClusterError, match=r"set ELASTICSEARCH_URL .*gram-es node start"):
        connect(settings)


def test_a_cluster_that_is_not_there_is_unavailable() -> None:
    url = f"http://127.0.0.1:{unused_port()}"

    with (
        connect(Settings(ELASTICSEARCH_URL=url)) as client,
        pytest.raises(ClusterUnavailableError, match=r"cannot ask: .*does not answer") as caught,
        cluster_errors("ask"),
    ):
        client.cluster.health()
    assert caught.value.retryable


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("localhost:9200", "is not the URL of a cluster"),
        ("ftp://u:secret@search", "ELASTICSEARCH_URL=ftp://search is not the URL"),
        ("http://[::1", "ELASTICSEARCH_URL cannot be parsed"),
        ("http://search:port", "ELASTICSEARCH_URL cannot be parsed"),
        ("http://u:secret/x@search", "ELASTICSEARCH_URL cannot be parsed"),
        ("http://u:1/secret@search", "ELASTICSEARCH_URL cannot be parsed"),
    ],
)
def test_a_bad_url_names_its_variable_and_does_not_print_the_password(
    url: str, message: str
) -> None:
    with pytest.raises(SettingsError, match=message) as caught:
        connect(Settings(ELASTICSEARCH_URL=url))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://search.example.com", "https://search.example.com:443"),
        ("http://search.example.com/es", "http://search.example.com:80/es"),
        ("https://search.example.com:9200", "https://search.example.com:9200"),
    ],
)
def test_a_url_without_a_port_gets_the_default_port_of_its_scheme(url: str, address: str) -> None:
    with connect(Settings(ELASTICSEARCH_URL=url)) as client:
        assert [node.base_url for node in client.transport.node_pool.all()] == [address]


def test_a_missing_ca_file_is_named(tmp_path: Path) -> None:
    settings = Settings(
        ELASTICSEARCH_URL="https://search", ELASTICSEARCH_CA_FILE=tmp_path / "ca.crt"
    )

    with pytest.raises(SettingsError, match=r"ELASTICSEARCH_CA_FILE=.*ca.crt: there is no such"):
        connect(settings)


def test_a_ca_file_without_https_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "ca.crt").write_text("")
    settings = Settings(
        ELASTICSEARCH_URL="http://search", ELASTICSEARCH_CA_FILE=tmp_path / "ca.crt"
    )

    with pytest.raises(SettingsError, match="TLS options require scheme to be 'https'"):
        connect(settings)


def test_a_rejected_request_gives_the_reason_from_elasticsearch(
    client: Elasticsearch, clean_index: str
) -> None:
    with (
        pytest.raises(ClusterError, match=r"cannot count: .* 404: no such index") as caught,
        cluster_errors("count"),
    ):
        client.count(index=clean_index)
    assert not caught.value.retryable


def test_failed_documents_are_named(client: Elasticsearch, clean_index: str) -> None:
    actions = [{"_id": "p1", "n": "no number"}]
    client.indices.create(index=clean_index, mappings={"properties": {"n": {"type": "long"}}})

    with (
        pytest.raises(ClusterError, match=r"cannot write: 1 documents failed \(p1: "),
        cluster_errors("write"),
    ):
        bulk(client, actions, index=clean_index)


def test_our_own_errors_pass_through() -> None:
    with pytest.raises(GramError, match=r"^mine$"), cluster_errors("pass"):
        raise GramError("mine")
