import json
import logging
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection

from gram_es.settings import Settings
from ingest.broker.celery_app import make_celery, send_batch
from ingest.broker.folder import Channel, make_folders, prune_processed
from ingest.broker.message import message_fault


@pytest.fixture
def channels(tmp_path: Path) -> list[Channel]:
    connection = Connection(
        "filesystem://localhost",
        transport="ingest.broker.folder:Transport",
        transport_options=make_folders(tmp_path),
    )
    return [connection.channel(), connection.channel()]


@pytest.fixture
def sent(tmp_path: Path) -> dict[str, Any]:
    """A message as Celery sends it."""
    send_batch(make_celery(Settings(GRAM_ES_CACHE_DIR=tmp_path / "other")), 3, 7)
    (path,) = tmp_path.glob("other/broker/queue/*.msg")
    return dict(json.loads(path.read_text()))


def numbered(sent: dict[str, Any], number: int) -> dict[str, Any]:
    return {**sent, "headers": {**sent["headers"], "id": str(number)}}


def test_messages_are_received_once_and_in_the_order_of_sending(
    channels: list[Channel], sent: dict[str, Any]
) -> None:
    sender, other = channels
    for number in range(4):
        sender._put("enrich.products", numbered(sent, number))

    received = [channel._get("enrich.products") for channel in (sender, other) * 2]

    assert [message["headers"]["id"] for message in received] == ["0", "1", "2", "3"]
    with pytest.raises(Empty):
        sender._get("enrich.products")


@pytest.mark.parametrize("removed", ["queue", "processed", "."])
def test_a_folder_that_somebody_removes_is_made_again(
    channels: list[Channel], sent: dict[str, Any], tmp_path: Path, removed: str
) -> None:
    sender, other = channels
    shutil.rmtree(tmp_path / removed)

    with pytest.raises(Empty):
        other._get("enrich.products")
    shutil.rmtree(tmp_path / removed)
    sender._put("enrich.products", numbered(sent, 1))

    assert other._get("enrich.products")["headers"]["id"] == "1"


def test_a_message_that_is_still_being_written_is_not_received(
    channels: list[Channel],
    sent: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sender, receiver = channels
    files: list[Path] = []

    def receive_then_rename(source: Path, target: Path) -> None:
        files.extend(tmp_path.glob("queue/*"))
        with pytest.raises(Empty):
            receiver._get("enrich.products")
        source.replace(target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", receive_then_rename)
        sender._put("enrich.products", sent)

    assert len(files) == 1
    assert receiver._get("enrich.products") == sent


def test_messages_are_deleted_when_received_or_a_day_after_their_worker_was_killed(
    channels: list[Channel], sent: dict[str, Any], tmp_path: Path
) -> None:
    channels[0]._put("q", sent)
    assert channels[0]._get("q") == sent
    assert list((tmp_path / "processed").iterdir()) == []
    old, young = (tmp_path / "processed" / f"{name}.q.msg" for name in ("old", "young"))
    for read_by_a_killed_worker in (old, young):
        read_by_a_killed_worker.write_text("{}")
    os.utime(old, (time.time() - 90_000,) * 2)

    prune_processed(tmp_path)

    assert list((tmp_path / "processed").iterdir()) == [young]


@pytest.mark.parametrize("size", [0, 1, 200])
def test_an_empty_or_cut_file_is_set_aside_and_the_next_message_received(
    channels: list[Channel],
    sent: dict[str, Any],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    size: int,
) -> None:
    (tmp_path / "queue" / "0_first.q.msg").write_text(json.dumps(sent)[:size])
    (tmp_path / "queue" / "00_folder.q.msg").mkdir()
    channels[0]._put("q", sent)

    with caplog.at_level(logging.ERROR):
        received = channels[1]._get("q")

    assert received == sent
    rejected = {path.name for path in (tmp_path / "rejected").iterdir()}
    assert rejected == {"0_first.q.msg", "00_folder.q.msg"}
    assert len(caplog.messages) == 2


def test_a_message_of_celery_is_accepted(sent: dict[str, Any]) -> None:
    assert message_fault(json.dumps(sent).encode(), "enrich.products") == ""


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda m: m["headers"].update(task="shop.send_mail"), "headers.task: "),
        (lambda m: m["headers"].update(eta="soon"), "headers.eta: "),
        (lambda m: m["headers"].update(timelimit=7), "headers.timelimit: "),
        (lambda m: m["headers"].update(retries="x"), "headers.retries: "),
        (lambda m: m.update(headers=[]), "headers: "),
        (lambda m: m.pop("properties"), "properties: field required"),
        (lambda m: m["properties"].pop("delivery_tag"), "properties.delivery_tag: "),
        (lambda m: m.update({"content-type": "application/x-python-serialize"}), "content-type: "),
        (lambda m: m.update(body="?"), "its body is not base64"),
        (lambda m: m.update(body="W10="), "its arguments are not the numbers"),
        (lambda m: m.update(body="W1sidHdvIiwgM10sIHt9LCB7fV0="), "its arguments are not"),
        (lambda m: m.update(note="x" * 70_000), "it has 7"),
    ],
)
def test_a_message_of_another_application_is_recognised(
    sent: dict[str, Any], change: Callable[[dict[str, Any]], object], fault: str
) -> None:
    change(sent)

    assert message_fault(json.dumps(sent).encode(), "enrich.products").startswith(fault)
