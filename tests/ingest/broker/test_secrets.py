"""Keys and passwords stay where they belong: no failing run shows them anywhere."""

import base64
import json
import pickle
import signal
from pathlib import Path
from typing import Any

import pytest
import requests
from elasticsearch import Elasticsearch

from gram_es.cluster.client import connect
from gram_es.errors import KibanaError, SettingsError
from gram_es.index.kibana import import_objects
from gram_es.index.lifecycle import install
from gram_es.index.names import LEDGER, STATE
from gram_es.model.manifest import read_manifest
from gram_es.settings import Settings
from ingest.broker.celery_app import make_celery
from ingest.doctor.findings import Site

PLANTED = "pl4nted"
KEY, PASSWORD = f"{PLANTED}-key", f"{PLANTED}-password"
LOST = f"someone:{PASSWORD}@127.0.0.1:1"


@pytest.fixture
def keyed(client: Elasticsearch, cluster_settings: Settings, commands: Any, gram_dir: Path) -> Any:
    """Commands that have keys and passwords, a cluster that answers, and no broker or Kibana."""
    found = read_manifest(gram_dir)
    model = {"slot": found.slot, "fingerprint": found.fingerprint, "family": found.family}
    install(client, cluster_settings, **model)
    commands.environment |= {
        "ELASTICSEARCH_API_KEY": KEY,
        "GRAM_ES_MODEL": str(gram_dir),
        "GRAM_ES_BROKER_URL": f"redis://{LOST}/0",
        "KIBANA_URL": f"http://{LOST}",
        "KIBANA_API_KEY": KEY,
    }
    (commands.folder / "feed.ndjson").write_text(json.dumps({"id": "k", "title": "Kettle"}))
    return commands


def everything_kept(client: Elasticsearch, folder: Path, model: Path) -> str:
    """Return all that runs left behind: side indices, the queue's messages, log files."""
    client.indices.refresh(index=[LEDGER, STATE])
    hits = client.search(index=[LEDGER, STATE], size=1_000)["hits"]["hits"]
    files = [path for path in folder.rglob("*") if path.is_file() and model not in path.parents]
    return json.dumps(hits) + "".join(path.read_text(errors="replace") for path in files)


def test_no_failing_command_shows_a_key_or_a_password(
    client: Elasticsearch, keyed: Any, gram_dir: Path
) -> None:
    feed = str(keyed.folder / "feed.ndjson")
    failing = {
        "ingest": keyed.run("-v", "ingest", feed),
        "doctor": keyed.run("-v", "doctor"),
        "kibana": keyed.run("-v", "kibana", "install"),
    }
    worker = keyed.start("-v", "worker")
    said_by_worker = ""
    while "Cannot connect" not in said_by_worker:
        line = worker.stderr.readline()
        assert line, said_by_worker
        said_by_worker += line
    worker.kill()
    said_by_worker += "".join(worker.communicate())

    keyed.environment["ELASTICSEARCH_URL"] = f"http://{LOST}"
    failing |= {
        "lost ingest": keyed.run("-v", "ingest", feed),
        "lost doctor": keyed.run("-v", "doctor", "--json"),
        "lost status": keyed.run("-v", "index", "status"),
    }
    serve = keyed.start("-v", "serve", "--port", "0")
    address = serve.stdout.readline().strip()
    answers = [requests.get(f"{address}{path}", timeout=60) for path in ("readyz", "search?q=x")]
    serve.send_signal(signal.SIGTERM)
    said_by_serve = "".join(serve.communicate(timeout=60))

    assert {name: done.returncode for name, done in failing.items() if done.returncode < 1} == {}
    assert [answer.status_code for answer in answers] == [503, 503]
    said = "".join(done.stdout + done.stderr for done in failing.values())
    said += said_by_worker + said_by_serve + "".join(answer.text for answer in answers)
    assert "Traceback" not in said
    assert "redis://someone:**@127.0.0.1:1/0" in said
    assert PLANTED not in said
    assert PLANTED not in everything_kept(client, keyed.folder, gram_dir)


def test_a_message_holds_two_numbers_as_json(
    client: Elasticsearch, keyed: Any, gram_dir: Path
) -> None:
    keyed.environment["GRAM_ES_BROKER_URL"] = "filesystem://"

    queued = keyed.run("-v", "ingest", str(keyed.folder / "feed.ndjson"), "--json")

    (path,) = keyed.folder.glob("*/broker/queue/*.msg")
    message = json.loads(path.read_text())
    run = json.loads(queued.stdout)["run"]
    assert message["content-type"] == "application/json"
    assert json.loads(base64.b64decode(message["body"]))[:2] == [[run, 1], {}]
    assert PLANTED not in path.read_text() + everything_kept(client, keyed.folder, gram_dir)


def test_what_is_printed_of_settings_and_clients_hides_them(tmp_path: Path) -> None:
    settings = Settings(
        ELASTICSEARCH_URL=f"http://{LOST}",
        ELASTICSEARCH_API_KEY=None,
        GRAM_ES_BROKER_URL=f"redis://{LOST}/0",
        KIBANA_URL=f"http://{LOST}",
        KIBANA_API_KEY=KEY,
    )
    other_settings = settings.model_copy(update={"elasticsearch_url": "http://127.0.0.1:1"})

    with connect(settings) as client, connect(other_settings) as other:
        shown = [settings, Site(settings, tmp_path), client, other, make_celery(settings)]
        assert PLANTED not in "".join(f"{one!r}{one!s}" for one in shown)


@pytest.mark.parametrize("url", [f"redis://:{PLANTED}/x@h/0", f"nosuch://:{PLANTED}@h"])
def test_a_broker_url_that_cannot_be_read_is_refused_without_a_word_of_it(url: str) -> None:
    with pytest.raises(SettingsError, match="GRAM_ES_BROKER_URL is no URL of a broker") as caught:
        make_celery(Settings(GRAM_ES_BROKER_URL=url))

    assert PLANTED not in str(caught.value)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.parametrize(
    "url", [f"http://u:{PLANTED}/x@h", f"u:{PLANTED}@h", f"http://u:{PLANTED}@127.0.0.1:1"]
)
def test_a_kibana_url_that_cannot_be_used_keeps_its_password(url: str) -> None:
    with pytest.raises(KibanaError, match="KIBANA_URL") as caught:
        import_objects("", url=url, api_key=KEY)

    assert PLANTED not in str(caught.value)
