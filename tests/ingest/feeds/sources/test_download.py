import contextlib
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from gram_es.errors import FeedError
from ingest.feeds.sources.download import download
from ingest.feeds.sources.open import feed_name

FEED = b"id,title\n1,Kettle\n"


class Shop(BaseHTTPRequestHandler):
    """A shop's server: a feed with an ETag, a redirect to it, and a missing one."""

    answers: ClassVar[list[int]] = []
    credentials: ClassVar[str | None] = None

    def do_GET(self) -> None:
        Shop.credentials = self.headers.get("Authorization")
        if self.path.startswith("/slow"):
            self._send_slowly()
            return
        status, headers, body = 200, {"ETag": '"v1"'}, FEED
        if self.path.startswith("/gone"):
            status, body = 404, b""
        elif self.path == "/moved":
            status, headers, body = 302, {"Location": "/feed.csv"}, b""
        elif self.headers.get("If-None-Match") == '"v1"':
            status, body = 304, b""
        self.answers.append(status)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _send_slowly(self) -> None:
        self.wfile.write(b"HTTP/1.0 200 OK\r\n")
        if self.path == "/slow-body":
            self.wfile.write(b"\r\nid,title\n")
        with contextlib.suppress(OSError):
            while True:
                self.wfile.write(b"x")
                time.sleep(0.05)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def shop() -> Iterator[str]:
    Shop.answers.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Shop) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def fetch(url: str, folder: Path, *, max_bytes: int = 1_000, allow_private: bool = True) -> Path:
    return download(url, folder, max_bytes=max_bytes, timeout_s=5.0, allow_private=allow_private)


def test_a_feed_that_did_not_change_is_not_sent_again(shop: str, tmp_path: Path) -> None:
    first, second = (fetch(f"{shop}/feed.csv", tmp_path) for _ in range(2))

    assert first == second
    assert first.read_bytes() == FEED
    assert Shop.answers == [200, 304]


def test_a_redirect_is_followed(shop: str, tmp_path: Path) -> None:
    assert fetch(f"{shop}/moved", tmp_path).read_bytes() == FEED


def test_a_feed_beyond_the_limit_is_rejected_and_the_last_copy_stays(
    shop: str, tmp_path: Path
) -> None:
    copy = fetch(f"{shop}/feed.csv", tmp_path)
    copy.with_suffix(".json").unlink()

    with pytest.raises(FeedError, match=r"larger than 5 bytes.*GRAM_ES_FEED_BYTES"):
        fetch(f"{shop}/feed.csv", tmp_path, max_bytes=5)

    assert copy.read_bytes() == FEED


def test_the_error_states_the_servers_status(shop: str, tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="the server answers 404"):
        fetch(f"{shop}/gone", tmp_path)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/feed",
        "https://localhost/feed",
        "https://10.0.0.7/feed",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/feed",
    ],
)
def test_private_addresses_are_rejected_before_a_connection(url: str, tmp_path: Path) -> None:
    with pytest.raises(FeedError, match=r"private address .* GRAM_ES_FEED_PRIVATE"):
        fetch(url, tmp_path, allow_private=False)


@pytest.mark.parametrize(
    "url",
    [
        "https://[64:ff9b::a9fe:a9fe]/latest/meta-data",  # NAT64 of 169.254.169.254
        "https://[2002:a00:7::1]/feed",  # 6to4 of 10.0.0.7
        "https://[::ffff:10.0.0.7]/feed",
        "https://[fec0::1]/feed",
        "https://[ff02::1]/feed",
        "https://224.0.0.1/feed",
    ],
)
def test_addresses_that_lead_to_private_ones_are_rejected_too(url: str, tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="private address"):
        fetch(url, tmp_path, allow_private=False)


@pytest.mark.parametrize("path", ["/slow-body", "/slow-headers"])
def test_a_server_that_sends_a_byte_now_and_then_does_not_hold_the_download(
    path: str, shop: str, tmp_path: Path
) -> None:
    with pytest.raises(FeedError, match=r"longer than 0.5 s; raise GRAM_ES_FEED_SECONDS"):
        download(f"{shop}{path}", tmp_path, max_bytes=1_000, timeout_s=0.5, allow_private=True)

    assert {path.suffix for path in tmp_path.iterdir()} <= {".lock", ".part"}


def test_an_error_shows_neither_password_nor_token(shop: str, tmp_path: Path) -> None:
    host = shop.removeprefix("http://")
    for address in (
        f"http://me:s3cret@{host}/gone?token=s3cret",
        "http://me:s3cret@127.0.0.1:1/?t=s3cret",
    ):
        with pytest.raises(FeedError) as error:
            fetch(address, tmp_path)
        assert "s3cret" not in str(error.value)
        assert "127.0.0.1" in str(error.value)


def test_a_password_comes_from_netrc(
    shop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password s3cret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))

    fetch(f"{shop}/feed.csv", tmp_path)

    assert Shop.credentials == "Basic bWU6czNjcmV0"


def test_plain_http_is_rejected(shop: str, tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="is not https"):
        fetch(f"{shop}/feed.csv", tmp_path, allow_private=False)

    assert Shop.answers == []


def test_a_host_name_that_cannot_be_resolved_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="cannot be downloaded"):
        fetch("https://shop..example/feed.xml", tmp_path, allow_private=False)


def test_a_feed_is_named_by_the_end_of_its_url() -> None:
    assert feed_name("https://shop.example/out/feed.csv?token=s3cret") == "feed.csv"
    assert feed_name("https://shop.example/") == "shop.example"
    assert feed_name("https://me:s3cret@shop.example:8443/") == "shop.example:8443"
    assert feed_name("/data/feed#1.csv") == "feed#1.csv"
    assert feed_name("-") == "stdin"
