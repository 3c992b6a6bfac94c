"""Messages and settings of other applications, beside real workers."""

import base64
import json
import pickle
import struct
from pathlib import Path
from typing import Any

import amqp
import pytest
import redis as redis_client

OTHER_APPLICATION = {
    "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
    "CELERY_BROKER_READ_URL": "redis://127.0.0.1:1/0",
    "CELERY_BROKER_WRITE_URL": "nosuch://127.0.0.1:1/0",
    "CELERY_RESULT_BACKEND": "redis://127.0.0.1:1/1",
    "CELERY_CONFIG_MODULE": "celeryconfig",
    "CELERY_LOADER": "celeryconfig:Loader",
    "CELERY_CUSTOM_WORKER_POOL": "celeryconfig:Pool",
}


def message(
    *arguments: object, content_type: str = "application/json", **headers: object
) -> dict[str, Any]:
    """Return a message as Celery sends it for a batch, with other values where they are given."""
    body = json.dumps([arguments, {}, {}]).encode()
    if content_type != "application/json":
        body = pickle.dumps([arguments, {}, {}])
    return {
        "body": base64.b64encode(body).decode(),
        "content-encoding": "utf-8",
        "content-type": content_type,
        "headers": {"task": "ingest.enrich_batch", "id": "1", **headers},
        "properties": {
            "correlation_id": "1",
            "delivery_tag": "1",
            "delivery_info": {"exchange": "", "routing_key": "enrich"},
            "body_encoding": "base64",
        },
    }


FOREIGN = {
    "empty": b"",
    "cut": json.dumps(message(1, 1)).encode()[:200],
    "not JSON": b"\x80\x05\x95 wake up",
    "a list": b"[1, 2]",
    "no properties": b'{"body": ""}',
    "deep": b"[" * 30_000,
    "huge": json.dumps(message(1, 1, note="x" * 100_000)).encode(),
    "other task": json.dumps(message(1, 1, task="shop.send_mail")).encode(),
    "pickle": json.dumps(message(1, 1, content_type="application/x-python-serialize")).encode(),
    "no arguments": json.dumps(message()).encode(),
    "wrong arguments": json.dumps(message("one", [2])).encode(),
    "odd time limit": json.dumps(message(1, 1, timelimit=7)).encode(),
    "odd start": json.dumps(message(1, 1, eta="soon")).encode(),
    "packed": json.dumps(message(1, 1, compression="lzma")).encode(),
    "further tasks": json.dumps(message(1, 1, chain=[{"task": "ingest.enrich_batch"}])).encode(),
}


class UnreadableProperties(amqp.Message):
    """A message with properties that RabbitMQ passes on and that py-amqp cannot read."""

    def __init__(self, flags: int, properties: bytes) -> None:
        super().__init__("x")
        self.properties["raw"] = struct.pack(">H", flags) + properties

    def _serialize_properties(self) -> bytes:
        return self.properties["raw"]


def table(levels: int) -> bytes:
    inner = b""
    for _ in range(levels):
        inner = b"\x01aF" + struct.pack(">I", len(inner)) + inner
    return struct.pack(">I", len(inner)) + inner


JSON = {"content_type": "application/json", "content_encoding": "utf-8", "correlation_id": "1"}
BATCH = {"task": "ingest.enrich_batch", "id": "1"}
BODY = b"[[1, 1], {}, {}]"
FOREIGN_AMQP = {
    "empty": amqp.Message(b"", application_headers=BATCH, **JSON),
    "bare": amqp.Message(b"wake up"),
    "old protocol": amqp.Message(b'{"task": "ingest.enrich_batch", "args": [1, 1]}', **JSON),
    "not JSON": amqp.Message(b"\x80\x05\x95", application_headers=BATCH, **JSON),
    "a number": amqp.Message(b"7", application_headers=BATCH, **JSON),
    "deep": amqp.Message(b"[" * 30_000, application_headers=BATCH, **JSON),
    "huge": amqp.Message(BODY + b" " * 3_000_000, application_headers=BATCH, **JSON),
    "pickle": amqp.Message(
        pickle.dumps([(1, 1), {}, {}]),
        application_headers=BATCH,
        **{**JSON, "content_type": "application/x-python-serialize"},
    ),
    **{
        f"odd {name}": amqp.Message(BODY, application_headers={**BATCH, name: value}, **JSON)
        for name, value in {
            "task": "shop.send_mail",
            "timelimit": 7,
            "eta": "soon",
            "chain": [{"task": "ingest.enrich_batch"}],
            "compression": "zlib",
            "stamped_headers": 7,
        }.items()
    },
    "no UTF-8": UnreadableProperties(0x8000, b"\x02\xff\xfe"),
    "an odd time": UnreadableProperties(0x2000, struct.pack(">I", 11) + b"\x01aT" + b"\xff" * 8),
    "deep headers": UnreadableProperties(0x2000, table(levels=3_000)),
}


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    path = tmp_path / "shop.ndjson"
    path.write_text("\n".join(f'{{"id": "{n}", "title": "Kettle {n}"}}' for n in range(5)))
    return path


def put_files(commands: Any) -> Any:
    """Put the foreign messages into the queue's folder; return what lists those set aside."""
    folder = Path(commands.environment["GRAM_ES_CACHE_DIR"]) / "broker"
    (folder / "queue").mkdir(parents=True)
    name = f"enrich.{commands.environment['GRAM_ES_INDEX']}.msg"
    for number, payload in enumerate(FOREIGN.values()):
        (folder / "queue" / f"{number}.{name}").write_bytes(payload)
    (folder / "queue" / f"folder.{name}").mkdir()
    return lambda: [p.read_bytes() for p in (folder / "rejected").iterdir() if p.is_file()]


def put_messages(commands: Any, url: str) -> Any:
    """Push the foreign messages to the queue's list; return what lists those set aside."""
    commands.environment["GRAM_ES_BROKER_URL"] = url
    queue = f"enrich.{commands.environment['GRAM_ES_INDEX']}"
    server = redis_client.Redis.from_url(url)
    server.lpush(queue, *FOREIGN.values())
    return lambda: server.lrange(f"{queue}.rejected", 0, -1)


def test_foreign_messages_of_rabbitmq_are_set_aside_and_the_work_goes_on(
    store: Any, rabbitmq_url: str, gram_dir: Path, feed: Path
) -> None:
    store.environment["GRAM_ES_BROKER_URL"] = rabbitmq_url
    queue = f"enrich.{store.environment['GRAM_ES_INDEX']}"
    host = rabbitmq_url.rpartition("@")[2].rstrip("/")
    with amqp.Connection(host=host, userid="guest", password="guest") as connection:
        channel = connection.channel()
        channel.queue_declare(queue, durable=True, auto_delete=False)
        for message in FOREIGN_AMQP.values():
            channel.basic_publish(message, routing_key=queue)
        worker = store.start_worker(gram_dir)

        done = json.loads(store.run("ingest", str(feed), "--wait", "--json").stdout)

        assert (done["created"], done["state"]) == (5, "done")
        assert worker.poll() is None
        assert store.worker_log.count("message of no batch") == len(FOREIGN_AMQP)
        assert "Traceback" not in store.worker_log
        rejected = f"{queue}.rejected"
        assert channel.queue_declare(rejected, passive=True).message_count == len(FOREIGN_AMQP)
        first = json.loads(channel.basic_get(rejected).body)
        assert first["headers"] == BATCH


@pytest.mark.parametrize("broker", ["folder", "redis"])
def test_foreign_messages_are_set_aside_and_the_work_goes_on(
    broker: str, store: Any, request: pytest.FixtureRequest, gram_dir: Path, feed: Path
) -> None:
    if broker == "folder":
        rejected = put_files(store)
    else:
        rejected = put_messages(store, request.getfixturevalue("redis").url)
    worker = store.start_worker(gram_dir)

    done = json.loads(store.run("ingest", str(feed), "--wait", "--json").stdout)

    assert (done["created"], done["state"]) == (5, "done")
    assert sorted(rejected()) == sorted(FOREIGN.values())
    assert store.worker_log.count("message of no batch") >= len(FOREIGN)
    assert "Traceback" not in store.worker_log
    assert worker.poll() is None


def test_variables_and_modules_of_another_celery_application_have_no_effect(
    store: Any, gram_dir: Path, feed: Path, tmp_path: Path
) -> None:
    (tmp_path / "celeryconfig.py").write_text("raise SystemExit('celeryconfig was imported')")
    store.environment |= {**OTHER_APPLICATION, "PYTHONPATH": str(tmp_path)}
    store.start_worker(gram_dir)

    done = store.run("ingest", str(feed), "--wait", "--json")

    assert json.loads(done.stdout)["state"] == "done", done.stderr
