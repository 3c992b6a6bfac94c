"""Keys and passwords are secret: no failing command prints or stores them."""

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
UNREACHABLE = f"someone:{PASSWORD}@127.0.0.1:1"


@pytest.fixture
def commands_with_secrets(
    client: Elasticsearch, cluster_settings: Settings, commands: Any, gram_dir: Path
) -> Any:
    """Commands with keys and passwords and a reachable cluster, without broker and Kibana."""
    manifest = read_manifest(gram_dir)
    model = {
        "slot": manifest.slot,
        "fingerprint": manifest.fingerprint,
        "family": manifest.family,
    }
    install(client, cluster_settings, **model)
    commands.environment |= {
        "ELASTICSEARCH_API_KEY": KEY,
        "GRAM_ES_MODEL": str(gram_dir),
        "GRAM_ES_BROKER_URL": f"redis://{UNREACHABLE}/0",
        "KIBANA_URL": f"http://{UNREACHABLE}",
        "KIBANA_API_KEY": KEY,
    }
    (commands.folder / "feed.ndjson").write_text(json.dumps({"id": "k", "title": "Kettle"}))
    return commands


def everything_stored(client: Elasticsearch, folder: Path, model: Path) -> str:
    """Return everything that commands stored: side indices, messages of the queue, log files."""
    client.indices.refresh(index=[LEDGER, STATE])
    hits = client.search(index=[LEDGER, STATE], size=1_000)["hits"]["hits"]
    files = [path for path in folder.rglob("*") if path.is_file() and model not in path.parents]
    return json.dumps(hits) + "".join(path.read_text(errors="replace") for path in files)


def test_no_failing_command_prints_a_key_or_a_password(
    client: Elasticsearch, commands_with_secrets: Any, gram_dir: Path
) -> None:
    feed = str(commands_with_secrets.folder / "feed.ndjson")
    failing = {
        "ingest": commands_with_secrets.run("-v", "ingest", feed),
        "doctor": commands_with_secrets.run("-v", "doctor"),
        "kibana": commands_with_secrets.run("-v", "kibana", "install"),
    }
    worker = commands_with_secrets.start("-v", "worker")
    worker_output = ""
    while "Cannot connect" not in worker_output:
        line = worker.stderr.readline()
        assert line, worker_output
        worker_output += line
    worker.kill()
    worker_output += "".join(worker.communicate())

    commands_with_secrets.environment["ELASTICSEARCH_URL"] = f"http://{UNREACHABLE}"
    failing |= {
        "unreachable ingest": commands_with_secrets.run("-v", "ingest", feed),
        "unreachable doctor": commands_with_secrets.run("-v", "doctor", "--json"),
        "unreachable status": commands_with_secrets.run("-v", "index", "status"),
    }
    serve = commands_with_secrets.start("-v", "serve", "--port", "0")
    address = serve.stdout.readline().strip()
    answers = [requests.get(f"{address}{path}", timeout=60) for path in ("readyz", "search?q=x")]
    serve.send_signal(signal.SIGTERM)
    serve_output = "".join(serve.communicate(timeout=60))

    assert {
        name: result.returncode for name, result in failing.items() if result.returncode < 1
    } == {}
    assert [answer.status_code for answer in answers] == [503, 503]
    output = "".join(result.stdout + result.stderr for result in failing.values())
    output += worker_output + serve_output + "".join(answer.text for answer in answers)
    assert "Traceback" not in output
    assert "redis://someone:**@127.0.0.1:1/0" in output
    assert PLANTED not in output
    assert PLANTED not in everything_stored(client, commands_with_secrets.folder, gram_dir)


def test_a_message_is_two_numbers_as_json(
    client: Elasticsearch, commands_with_secrets: Any, gram_dir: Path
) -> None:
    commands_with_secrets.environment["GRAM_ES_BROKER_URL"] = "filesystem://"

    queued = commands_with_secrets.run(
        "-v", "ingest", str(commands_with_secrets.folder / "feed.ndjson"), "--json"
    )

    (path,) = commands_with_secrets.folder.glob("*/broker/queue/*.msg")
    message = json.loads(path.read_text())
    run = json.loads(queued.stdout)["run"]
    assert message["content-type"] == "application/json"
    assert json.loads(base64.b64decode(message["body"]))[:2] == [[run, 1], {}]
    assert PLANTED not in path.read_text() + everything_stored(
        client, commands_with_secrets.folder, gram_dir
    )


def test_settings_and_clients_print_no_secrets(tmp_path: Path) -> None:
    settings = Settings(
        ELASTICSEARCH_URL=f"http://{UNREACHABLE}",
        ELASTICSEARCH_API_KEY=None,
        GRAM_ES_BROKER_URL=f"redis://{UNREACHABLE}/0",
        KIBANA_URL=f"http://{UNREACHABLE}",
        KIBANA_API_KEY=KEY,
    )
    other_settings = settings.model_copy(update={"elasticsearch_url": "http://127.0.0.1:1"})

    with connect(settings) as client, connect(other_settings) as other:
        objects = [settings, Site(settings, tmp_path), client, other, make_celery(settings)]
        assert PLANTED not in "".join(f"{item!r}{item!s}" for item in objects)


@pytest.mark.parametrize(
    "url",
    [
        f"redis://:{PLANTED}/x@h/0",
        f"nosuch://:{PLANTED}@h",
        f"sqs://u:{PLANTED}@h",
        f"memory://u:{PLANTED}@h",
        f"redis+socket://u:{PLANTED}@/run/redis.sock",
        f"redis://u:{PLANTED}@h/0;sqs://h",
        f"redis://u:{PLANTED}@h/0;rediss://h/0",
        f"amqp://u:{PLANTED};x@h//",
    ],
)
def test_an_invalid_broker_url_is_rejected_without_printing_it(url: str) -> None:
    with pytest.raises(SettingsError, match="BROKER_URL is not the URL of a broker") as caught:
        make_celery(Settings(GRAM_ES_BROKER_URL=url))

    assert PLANTED not in str(caught.value)
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own bytes
    assert str(again) == str(caught.value)


@pytest.mark.parametrize(
    "url", [f"http://u:{PLANTED}/x@h", f"u:{PLANTED}@h", f"http://u:{PLANTED}@127.0.0.1:1"]
)
def test_the_error_of_an_unusable_kibana_url_has_no_password(url: str) -> None:
    with pytest.raises(KibanaError, match="KIBANA_URL") as caught:
        import_objects("", url=url, api_key=KEY)

    assert PLANTED not in str(caught.value)
