"""The transports of gram-es take part in every connection, and check certificates."""

import contextlib
import shutil
import socket
import ssl
import subprocess
import threading
from pathlib import Path

import pytest

from gram_es.errors import SettingsError
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
    ("names", "authority", "is_trusted"),
    [
        ("IP:127.0.0.1", "none", False),
        ("DNS:broker.example", "broker.crt", False),
        ("IP:127.0.0.1", "broker.crt", True),
    ],
)
@pytest.mark.parametrize(
    ("url", "greeting"), [("amqps://u:5ecret@{}//", b"A"), ("rediss://u:5ecret@{}/0", b"*")]
)
def test_the_certificate_of_a_broker_and_its_host_are_verified(
    url: str,
    greeting: bytes,
    names: str,
    authority: str,
    is_trusted: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = TlsServer(certify(tmp_path, names))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / authority))
    address = url.format(f"127.0.0.1:{server.port}")

    with pytest.raises(BrokerError, match="does not answer"):
        check_broker(make_celery(Settings(GRAM_ES_BROKER_URL=address)))

    server.join()
    assert server.received[:1] == (greeting if is_trusted else b"")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl on PATH")
def test_the_url_of_rabbitmq_can_give_an_authority(tmp_path: Path) -> None:
    certificate = certify(tmp_path, "IP:127.0.0.1")
    server = TlsServer(certificate)
    url = f"amqps://guest:guest@127.0.0.1:{server.port}//?ssl_ca_certs={certificate}"

    with pytest.raises(BrokerError, match="does not answer"):
        check_broker(make_celery(Settings(GRAM_ES_BROKER_URL=url)))

    server.join()
    assert server.received == b"AMQP"


@pytest.mark.parametrize(
    ("option", "name"),
    [
        ("ssl_cert_reqs=CERT_NONE", "ssl_cert_reqs"),
        ("ssl_cert_reqs=none", "ssl_cert_reqs"),
        ("ssl_cert_reqs=optional", "ssl_cert_reqs"),
        ("ssl_ca_certs=ca.crt&ssl_check_hostname=False", "ssl_check_hostname"),
        ("ssl=false", "ssl"),
        ("ssl=true", "ssl"),
    ],
)
@pytest.mark.parametrize("url", ["amqps://u:5ecret@h//", "rediss://:5ecret@h/0", "redis://h/0"])
def test_no_option_of_a_url_switches_off_the_check_of_a_certificate(
    url: str, option: str, name: str
) -> None:
    for urls in (f"{url}?{option}", f"{url};{url}?{option}"):
        with pytest.raises(SettingsError, match=f"has the option {name}, with") as caught:
            make_celery(Settings(GRAM_ES_BROKER_URL=urls))

        assert "5ecret" not in str(caught.value)


def test_a_url_may_ask_for_the_check_and_name_files() -> None:
    options = "ssl_cert_reqs=required&ssl_check_hostname=true&ssl_ca_certs=ca.crt"
    url = f"rediss://h/0?{options}"

    connection = make_celery(Settings(GRAM_ES_BROKER_URL=url)).connection()

    assert connection.ssl["ssl_cert_reqs"] is ssl.CERT_REQUIRED
    assert connection.ssl["ssl_ca_certs"] == "ca.crt"
