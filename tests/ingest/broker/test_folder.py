import os
import time
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection

from ingest.broker.folder import Channel, make_folders, prune_processed


@pytest.fixture
def channels(tmp_path: Path) -> list[Channel]:
    options = {**make_folders(tmp_path), "store_processed": True}
    connection = Connection(
        "filesystem://localhost",
        transport="ingest.broker.folder:Transport",
        transport_options=options,
    )
    return [connection.channel(), connection.channel()]


def test_messages_are_received_once_and_in_the_order_of_sending(channels: list[Channel]) -> None:
    sender, other = channels
    for number in range(4):
        sender._put("enrich.products", {"number": number})

    received = [channel._get("enrich.products")["number"] for channel in (sender, other) * 2]

    assert received == [0, 1, 2, 3]
    with pytest.raises(Empty):
        sender._get("enrich.products")


def test_a_message_that_is_still_being_written_is_not_received(
    channels: list[Channel], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender, receiver = channels
    files: list[Path] = []

    def receive_then_rename(source: Path, target: Path) -> None:
        files.extend(tmp_path.glob("queue/*"))
        with pytest.raises(Empty):
            receiver._get("enrich.products")
        source.replace(target)

    monkeypatch.setattr(Path, "rename", receive_then_rename)
    sender._put("enrich.products", {"number": 1})

    assert len(files) == 1
    assert receiver._get("enrich.products") == {"number": 1}


def test_messages_received_more_than_a_day_ago_are_deleted(
    channels: list[Channel], tmp_path: Path
) -> None:
    for number in range(2):
        channels[0]._put("q", {"number": number})
        channels[0]._get("q")
    old, _young = sorted((tmp_path / "processed").iterdir())
    os.utime(old, (time.time() - 90_000,) * 2)

    prune_processed(tmp_path)

    assert len(list((tmp_path / "processed").iterdir())) == 1
    assert not old.exists()
