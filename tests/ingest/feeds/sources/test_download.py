import contextlib
import gzip
import ipaddress
import socket
import threading
import time
import tracemalloc
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from gram_es.errors import FeedError
from gram_es.settings import Settings
from ingest.feeds.sources import connections
from ingest.feeds.sources.access import PUBLIC_ONLY, Access
from ingest.feeds.sources.download import download
from ingest.feeds.sources.open import feed_name

FEED = b"id,title\n1,Kettle\n"
MEGABYTE = 1 << 20
BOMB = gzip.compress(bytes(64 * MEGABYTE))


class Shop(BaseHTTPRequestHandler):
    """A shop's server: a feed with an ETag, a redirect to it, and a missing one."""

    answers: ClassVar[list[int]] = []
    credentials: ClassVar[str | None] = None
    tunnels: ClassVar[list[str]] = []

    def do_CONNECT(self) -> None:
        self.tunnels.append(self.path)
        self.send_error(403)

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
        elif self.path == "/moved-to-other-host":
            host = f"http://127.0.0.1:{self.server.server_port}"
            status, headers, body = 302, {"Location": f"{host}/feed.csv"}, b""
        elif self.path == "/bomb":
            headers, body = {"Content-Encoding": "gzip"}, BOMB
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


LOCAL = Access(plain_http=True, private_addresses=True)


def fetch(url: str, folder: Path, *, max_bytes: int = 1_000, access: Access = LOCAL) -> Path:
    return download(url, folder, max_bytes=max_bytes, timeout_s=5.0, access=access)


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
        fetch(url, tmp_path, access=PUBLIC_ONLY)


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
        fetch(url, tmp_path, access=PUBLIC_ONLY)


def is_public_but_for_the_loopback_of_ipv4(address: str) -> None:
    if ipaddress.ip_address(address).version == 4:
        raise connections.PrivateAddressError(address)


def test_a_redirect_to_a_private_address_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "_check_public", is_public_but_for_the_loopback_of_ipv4)
    monkeypatch.setattr(ThreadingHTTPServer, "address_family", socket.AF_INET6)
    Shop.answers.clear()
    with ThreadingHTTPServer(("::", 0), Shop) as server:  # of both versions of IP
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://[::1]:{server.server_port}/moved-to-other-host"

        with pytest.raises(FeedError, match=r"private address 127\.0\.0\.1"):
            fetch(url, tmp_path, access=Access(plain_http=True))

        server.shutdown()
    assert Shop.answers == [302]


def test_a_host_that_resolves_to_another_address_when_it_is_connected_to_is_rejected(
    shop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve, lookups = socket.getaddrinfo, []

    def rebind(host: str, *arguments: Any, **options: Any) -> Any:
        lookups.append(host)
        return resolve("1.1.1.1" if len(lookups) == 1 else "127.0.0.1", *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", rebind)
    url = shop.replace("127.0.0.1", "shop.example")

    with pytest.raises(FeedError, match=r"private address 127\.0\.0\.1"):
        fetch(f"{url}/feed.csv", tmp_path, access=Access(plain_http=True))

    assert lookups == ["shop.example", "shop.example"]
    assert Shop.answers == []


def test_an_answer_that_unpacks_to_far_more_takes_no_memory(shop: str, tmp_path: Path) -> None:
    """Before urllib3 2.6, all that a chunk unpacks to was in memory at once."""
    tracemalloc.start()
    try:
        with pytest.raises(FeedError, match="larger than 1,000 bytes"):
            fetch(f"{shop}/bomb", tmp_path)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak_bytes < 8 * MEGABYTE


@pytest.mark.parametrize("path", ["/slow-body", "/slow-headers"])
def test_a_server_that_sends_a_byte_now_and_then_does_not_hold_the_download(
    path: str, shop: str, tmp_path: Path
) -> None:
    with pytest.raises(FeedError, match=r"longer than 0.5 s; raise GRAM_ES_FEED_SECONDS"):
        download(f"{shop}{path}", tmp_path, max_bytes=1_000, timeout_s=0.5, access=LOCAL)

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


@pytest.fixture
def netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password s3cret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))


def test_a_password_comes_from_netrc(shop: str, tmp_path: Path, netrc: None) -> None:
    fetch(f"{shop}/feed.csv", tmp_path)

    assert Shop.credentials == "Basic bWU6czNjcmV0"


def test_plain_http_is_rejected(shop: str, tmp_path: Path) -> None:
    access = Access(private_addresses=True, proxies=True)

    with pytest.raises(FeedError, match="is not https; set GRAM_ES_FEED_HTTP=true"):
        fetch(f"{shop}/feed.csv", tmp_path, access=access)

    assert Shop.answers == []


def test_plain_http_to_a_private_address_needs_both_permissions(shop: str, tmp_path: Path) -> None:
    with pytest.raises(FeedError, match=r"private address .* GRAM_ES_FEED_PRIVATE"):
        fetch(f"{shop}/feed.csv", tmp_path, access=Access(plain_http=True))

    assert Shop.answers == []


def test_passwords_of_netrc_are_not_sent_if_the_settings_forbid_it(
    shop: str, tmp_path: Path, netrc: None
) -> None:
    access = Access(plain_http=True, private_addresses=True, netrc=False)

    fetch(f"{shop}/feed.csv", tmp_path, access=access)

    assert Shop.credentials is None


def test_passwords_of_netrc_are_not_sent_to_the_host_of_a_redirect(
    shop: str, tmp_path: Path, netrc: None
) -> None:
    """``localhost`` has no entry in the netrc file; the host that it redirects to has one."""
    port = shop.rpartition(":")[2]

    fetch(f"http://localhost:{port}/moved-to-other-host", tmp_path)

    assert Shop.answers == [302, 200]
    assert Shop.credentials is None


@pytest.mark.parametrize("may_use_proxies", [False, True])
def test_proxies_of_the_environment_are_used_only_if_allowed(
    shop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, may_use_proxies: bool
) -> None:
    monkeypatch.setenv("HTTP_PROXY", shop)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    access = Access(plain_http=True, proxies=may_use_proxies)

    if may_use_proxies:  # the proxy answers itself, without a look at the host
        assert fetch("http://shop.invalid/feed.csv", tmp_path, access=access).read_bytes() == FEED
    else:
        with pytest.raises(FeedError, match="cannot be downloaded"):
            fetch("http://shop.invalid/feed.csv", tmp_path, access=access)


def test_each_setting_gives_one_permission() -> None:
    names = ("HTTP", "PRIVATE", "PROXY")
    given = [
        Access.from_settings(Settings.model_validate({f"GRAM_ES_FEED_{name}": True}))
        for name in names
    ]

    assert given == [
        Access(plain_http=True),
        Access(private_addresses=True),
        Access(proxies=True),
    ]
    assert Access.from_settings(Settings.model_validate({"GRAM_ES_FEED_NETRC": False})) == Access(
        netrc=False
    )


def test_a_host_name_that_cannot_be_resolved_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="cannot be downloaded"):
        fetch("https://shop..example/feed.xml", tmp_path, access=PUBLIC_ONLY)


def test_a_feed_is_named_by_the_end_of_its_url() -> None:
    assert feed_name("https://shop.example/out/feed.csv?token=s3cret") == "feed.csv"
    assert feed_name("https://shop.example/") == "shop.example"
    assert feed_name("https://me:s3cret@shop.example:8443/") == "shop.example:8443"
    assert feed_name("/data/feed#1.csv") == "feed#1.csv"
    assert feed_name("-") == "stdin"


def test_an_https_feed_asks_the_proxy_for_a_tunnel(
    shop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", shop)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)

    with pytest.raises(FeedError, match="cannot be downloaded"):
        fetch("https://shop.invalid/feed.csv", tmp_path, access=Access(proxies=True))

    assert Shop.tunnels == ["shop.invalid:443"]
