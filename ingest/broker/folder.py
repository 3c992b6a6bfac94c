"""Celery's filesystem transport, with messages that are written atomically.

kombu 5.7 creates a file with the final name first and writes the message into it afterwards. Its
consumer uses no lock, so the consumer can read a file that is still empty. Here a message is
written under a temporary name and then renamed. Receiving a message renames it into the folder
``processed``, so two workers never receive the same one, and deletes it. A file that is not the
message of gram-es is renamed into the folder ``rejected``, and the next file is received. There are
no acknowledgements: a message that a killed worker had received is lost, and the batch is resent
from the ledger.
"""

from __future__ import annotations

import json
import logging
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import filesystem, virtual
from kombu.utils.json import dumps

from ingest.broker.message import MAX_MESSAGE_BYTES, message_fault, message_noun

logger = logging.getLogger(__name__)

_RETENTION_S = 24 * 3600.0


class Channel(filesystem.Channel):
    """A channel that publishes a message by a rename, and receives only messages of gram-es."""

    # Without fanout, kombu stores no table of exchanges in files that could be damaged.
    supports_fanout = False
    get_table = virtual.Channel.get_table
    _delete = virtual.Channel._delete

    def _put(self, queue: str, payload: Any, **_: Any) -> None:  # type: ignore[override]
        folder = Path(self.data_folder_out)
        stem = f"{time.time_ns()}_{uuid.uuid4()}"  # consumers receive messages in order of name
        message = dumps(payload)  # type: ignore[no-untyped-call]
        try:
            _write(message, folder / f"{stem}.{queue}.part", folder / f"{stem}.{queue}.msg")
        except FileNotFoundError:  # somebody has removed the folder
            make_folders(folder.parent)
            _write(message, folder / f"{stem}.{queue}.part", folder / f"{stem}.{queue}.msg")

    def _get(self, queue: str, timeout: float | None = None) -> Any:  # noqa: ARG002
        """Return the next message of ``queue``; set files aside that contain none.

        Folders that somebody has removed are made again; the messages in them are resent.

        :raises Empty: if there is no message.
        """
        processed = Path(self.processed_folder)
        make_folders(processed.parent)
        for path in _waiting(Path(self.data_folder_in), queue):
            received = processed / path.name
            try:
                path.rename(received)
            except OSError:  # another worker received it
                continue
            try:
                with received.open("rb") as file:
                    payload = file.read(MAX_MESSAGE_BYTES + 1)
            except OSError as error:
                _set_aside(received, queue, f"it cannot be read: {error.strerror}")
                continue
            if not (fault := message_fault(payload, queue)):
                received.unlink(missing_ok=True)
                return json.loads(payload)
            _set_aside(received, queue, fault)
        raise Empty

    def _size(self, queue: str) -> int:
        return sum(1 for _ in _waiting(Path(self.data_folder_in), queue))


class Transport(filesystem.Transport):
    """The transport for ``filesystem://``."""

    Channel = Channel
    # Celery reports these errors of a send as its own OperationalError.
    recoverable_channel_errors = (*filesystem.Transport.channel_errors, OSError)


def _write(message: str, unfinished: Path, path: Path) -> None:
    try:
        unfinished.write_text(message, encoding="utf-8")
        unfinished.rename(path)
    except OSError:  # the disk is full
        unfinished.unlink(missing_ok=True)
        raise


def _waiting(folder: Path, queue: str) -> Iterator[Path]:
    try:
        paths = sorted(folder.iterdir())
    except FileNotFoundError:  # somebody has removed the folder
        return
    for path in paths:
        if path.name.partition(".")[2] == f"{queue}.msg":
            yield path


def _set_aside(received: Path, queue: str, fault: str) -> None:
    rejected = received.parents[1] / "rejected" / received.name
    received.rename(rejected)
    logger.error(
        "the queue contains a message of no %s (%s); it is set aside in %s",
        message_noun(queue),
        fault,
        rejected,
    )


def make_folders(root: Path) -> dict[str, str]:
    """Create the broker's folders and return the transport options that contain their paths.

    The folders are on one disk, so that renames between them are atomic.
    """
    queue, processed, rejected = (root / name for name in ("queue", "processed", "rejected"))
    for folder in (queue, processed, rejected):
        folder.mkdir(parents=True, exist_ok=True)
    return {
        "data_folder_in": str(queue),
        "data_folder_out": str(queue),
        "processed_folder": str(processed),
    }


def prune_processed(root: Path) -> None:
    """Delete messages that workers were reading when they were killed, more than a day ago."""
    limit = time.time() - _RETENTION_S
    for message in (root / "processed").glob("*.msg"):
        try:
            if message.stat().st_mtime < limit:
                message.unlink()
        except FileNotFoundError:  # another worker deleted it
            continue
