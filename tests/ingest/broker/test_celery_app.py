"""The transports of gram-es take part in every connection, and check certificates."""

import contextlib
import shutil
import socket
import ssl
import subprocess
import threading
from pathlib import Path

import pytest

from gram_es.settings import Settings
from ingest.broker.celery_app import BrokerError, check_broker, make_celery, send_batch


@pytest.mark.parametrize("url", ["redis://a;redis://b/1", "amqp://a//;amqp://b//"])
def test_foreign_messages_are_checked_also_after_a_broker_has_failed_over(url: str) -> None:
    app = make_celery(Settings(GRAM_ES_BROKER_URL=url))

    for connection in (app.connection(), app.connection().clone(), app.pool.new()):
        first = connection.get_transport_cls()
        connection.maybe_switch_next()

        assert connection.hostname == "b"
        assert connection.get_transport_cls() is first
        assert first.__module__.startswith("ingest.broker.")


def test_the_folder_of_the_broker_holds_all_that_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings(GRAM_ES_BROKER_URL="filesystem://", GRAM_ES_CACHE_DIR=tmp_path / "cache")

    send_batch(make_celery(settings), 1, 1)

    [message] = (path for path in tmp_path.rglob("*") if path.is_file())
    assert message.parent == tmp_path / "cache" / "broker" / "queue"


class TlsServer(threading.Thread):
    """A server that shakes hands once, and then closes the connection."""

    def __init__(self, certificate: Path) -> None:
        super().__init__()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, certificate.with_suffix(".key"))
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.received = b""
        self.start()

    def run(self) -> None:
        with (
            self._socket,
            self._socket.accept()[0] as plain,
            contextlib.suppress(OSError),
            self._context.wrap_socket(plain, server_side=True) as client,
        ):
            self.received = client.recv(4)


def certify(folder: Path, names: str) -> Path:
    """Return a new certificate that is its own authority, with the key beside it."""
    path = folder / "broker.crt"
    options = ["-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=broker"]
    files = ["-out", path, "-keyout", path.with_suffix(".key")]
    command = ["openssl", "req", *options, "-addext", f"subjectAltName={names}", *files]
    subprocess.run(command, check=True, capture_output=True)
    return path


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl on PATH")
@pytest.mark.parametrize(
    ("names", "authority", "sent"),
    [
        ("IP:127.0.0.1", "none", b""),
        ("DNS:broker.example", "broker.crt", b""),
        ("IP:127.0.0.1", "broker.crt", b"AMQP"),
    ],
)
def test_the_certificate_of_rabbitmq_and_its_host_are_verified(
    names: str, authority: str, sent: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = TlsServer(certify(tmp_path, names))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / authority))
    url = f"amqps://guest:guest@127.0.0.1:{server.port}//"

    with pytest.raises(BrokerError, match="does not answer"):
        check_broker(make_celery(Settings(GRAM_ES_BROKER_URL=url)))

    server.join()
    assert server.received == sent


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl on PATH")
def test_the_url_of_rabbitmq_can_give_an_authority(tmp_path: Path) -> None:
    certificate = certify(tmp_path, "IP:127.0.0.1")
    server = TlsServer(certificate)
    url = f"amqps://guest:guest@127.0.0.1:{server.port}//?ssl_ca_certs={certificate}"

    with pytest.raises(BrokerError, match="does not answer"):
        check_broker(make_celery(Settings(GRAM_ES_BROKER_URL=url)))

    server.join()
    assert server.received == b"AMQP"
