"""Clients that are slow, silent or hostile cannot keep the server from answering others."""

import re
import socket
import threading
import time
from contextlib import ExitStack, contextmanager

import pytest

HEAD = b"GET /search?q=drill HTTP/1.1\r\nHost: shop.example\r\n"
FORM = b"POST /admin/product HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 500\r\n\r\ntoken="
CHUNKED = b"POST /admin/product HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\nab"
BLANK_LINES = b"\r\n\r\n"


@pytest.fixture(scope="module")
def server(serve):
    return serve(client_s=60.0)


@pytest.fixture(scope="module")
def hasty_server(serve):
    return serve(client_s=1.0)


@contextmanager
def attack(server, count, sent, *, trickle=b""):
    """Keep ``count`` connections open; send ``trickle`` on each of them five times a second."""
    done = threading.Event()
    with ExitStack() as stack:
        connections = [stack.enter_context(server.connect(sent)) for _ in range(count)]

        def send_on():
            while trickle and not done.wait(0.2):
                for connection in connections:
                    try:
                        connection.send(trickle)
                    except OSError:  # the server has closed it
                        continue

        sender = threading.Thread(target=send_on)
        sender.start()
        try:
            yield connections
        finally:
            done.set()
            sender.join()


def received(connection: socket.socket) -> bytes:
    """Return all that the server sends before it closes the connection."""
    parts = []
    try:
        while part := connection.recv(65_536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def assert_answers(server):
    for path in ("healthz", "search?q=drill"):
        began = time.monotonic()
        assert server.get(path).status_code == 200
        assert time.monotonic() - began < 2


@pytest.mark.parametrize("count", [40, 200])
@pytest.mark.parametrize("sent", [b"", b"GET", HEAD, FORM, CHUNKED])
def test_clients_that_stop_sending_block_no_one(server, count, sent):
    with attack(server, count, sent):
        for _ in range(3):
            assert_answers(server)


@pytest.mark.parametrize(
    ("sent", "trickle"),
    [(HEAD, b"X-A: b\r\n"), (FORM, b"a"), (CHUNKED, b"1"), (b"", BLANK_LINES), (b"", b"\r")],
)
def test_a_client_that_trickles_is_cut_off_all_the_same(hasty_server, sent, trickle):
    server, began = hasty_server, time.monotonic()

    with attack(server, 20, sent, trickle=trickle) as connections:
        for connection in connections:
            assert received(connection) == b""
        assert time.monotonic() - began < 6
        assert_answers(server)


def test_blank_lines_do_not_keep_an_idle_connection_from_its_next_request(hasty_server):
    with hasty_server.connect(HEAD + b"\r\n") as connection:
        assert connection.recv(20).startswith(b"HTTP/1.1 200")
        connection.sendall(BLANK_LINES + HEAD + b"Connection: close\r\n\r\n")

        assert received(connection).count(b"HTTP/1.1 200 OK") == 1


def test_more_clients_than_connections_do_not_lock_others_out(serve):
    server = serve(max_connections=50, client_s=60)

    with attack(server, 120, HEAD, trickle=b"X"):
        for _ in range(5):
            assert_answers(server)


def test_unauthenticated_forms_take_no_place_from_searches(serve):
    server = serve(threads=1)

    with attack(server, 40, FORM):
        assert [server.get("search?q=drill").status_code for _ in range(10)] == [200] * 10


def test_clients_that_do_not_read_their_answers_take_no_threads(serve):
    server = serve(kb=2_000, client_s=1.0)  # more than the buffers of the kernel take

    last_request = HEAD + b"Connection: close\r\n\r\n"

    with ExitStack() as stack:
        readers = [
            stack.enter_context(server.connect(last_request, receive_bytes=4_096))
            for _ in range(40)
        ]
        time.sleep(1)
        assert server.get("healthz").status_code == 200
        assert server.get("search?q=drill").status_code == 200
        time.sleep(3)

        assert all(len(received(reader)) < 2_000_000 for reader in readers)


def test_many_requests_at_once_without_reading_take_no_threads(serve):
    server = serve(kb=200, client_s=60.0)

    with attack(server, 40, (HEAD + b"\r\n") * 150):
        time.sleep(3)
        for _ in range(3):
            assert_answers(server)


def test_requests_sent_at_once_are_answered_in_order(server):
    paths = [b"/search?q=a", b"/healthz", b"/nowhere", b"/search?q=b", b"/healthz"] * 40
    requests = b"".join(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path for path in paths)

    with server.connect(requests + HEAD + b"Connection: close\r\n\r\n") as connection:
        answer = received(connection)

    statuses = re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)
    assert statuses == [b"404" if path == b"/nowhere" else b"200" for path in paths] + [b"200"]


def test_a_client_that_waits_for_100_continue_may_send_its_body(server):
    head = FORM.partition(b"\r\n\r\n")[0] + b"\r\nExpect: 100-continue\r\n\r\n"

    with server.connect(head) as connection:
        assert connection.recv(1_000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"token=" + b"a" * 494)

        assert connection.recv(65_536).startswith(b"HTTP/1.1 403")


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /healthz HTTP/1.1\r\n", 200),
        (b"POST /healthz HTTP/1.1\r\nContent-Length: 0\r\n", 405),
        (b"POST / HTTP/1.1\r\nContent-Length: 200000\r\n", 413),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n", 501),
    ],
)
def test_a_request_of_which_no_body_is_read_is_answered_although_it_expects_100_continue(
    server, head, status
):
    began = time.monotonic()
    expectation = b"Host: shop.example\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"

    with server.connect(head + expectation) as connection:
        answer = received(connection)

    assert time.monotonic() - began < 2
    assert re.match(rb"HTTP/1\.[01] (\d{3}) ", answer)[1] == str(status).encode()
    assert b"100 Continue" not in answer


def test_a_client_that_expects_100_continue_and_sends_no_body_is_cut_off(hasty_server):
    head = FORM.partition(b"\r\n\r\n")[0] + b"\r\nExpect: 100-continue\r\n\r\n"
    began = time.monotonic()

    with attack(hasty_server, 20, head) as connections:
        answers = [received(connection) for connection in connections]
        assert_answers(hasty_server)

    assert time.monotonic() - began < 6
    assert answers == [b"HTTP/1.1 100 Continue\r\n\r\n"] * 20


def test_a_client_that_reads_slowly_but_in_time_gets_its_answer(serve):
    server = serve(kb=2_000, client_s=5.0)

    with server.connect(HEAD + b"Connection: close\r\n\r\n", receive_bytes=65_536) as reader:
        time.sleep(1)

        assert len(received(reader)) > 2_000_000


def test_a_body_that_arrives_in_parts_is_read_before_the_application_runs(server):
    with server.connect(FORM) as connection:
        for _ in range(4):
            time.sleep(0.2)
            connection.sendall(b"a" * 120)
        connection.sendall(b"a" * 14)

        assert b"HTTP/1.1 403" in connection.recv(65_536)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x00\xff" * 100 + b"\r\n\r\n", 400),
        (b"GET a://" + b"1" * 8_000 + b" X\r\n\r\n", 400),  # 19 s in waitress
        (b"GET /healthz HTTP/1.1\r\nX:" + b" \t" * 15_000 + b"x\r\n\r\n", 400),  # 12 s in waitress
        (b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\n\r\n", 400),
        (b"GET http://[/ HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nContent-Length: " + b"9" * 5_000 + b"\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
        (
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\nG",
            400,
        ),
        (b"POST / HTTP/1.1" + b"\r\nTransfer-Encoding: chunked" * 2 + b"\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nHost: shop.example\r\nHost: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 100_000 + b"\r\n\r\n", 431),
        (b"POST / HTTP/1.1\r\nContent-Length: 200000\r\n\r\n" + b"a" * 200_000, 413),
        (b"GET / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
    ],
)
def test_a_broken_request_is_rejected_at_once_and_ends_the_connection(server, sent, status):
    began = time.monotonic()

    with server.connect(sent) as connection:
        answer = received(connection)

    assert time.monotonic() - began < 2
    assert answer.startswith(f"HTTP/1.{1 if answer[7:8] == b'1' else 0} {status} ".encode())
    assert b"application/problem+json" in answer
    assert_answers(server)


def test_garbage_after_pipelined_requests_is_not_taken_for_requests(server):
    garbage = b"nonsense\r\n\r\n" + HEAD + b"\r\n"

    with server.connect((HEAD + b"\r\n") * 3 + garbage) as connection:
        answer = received(connection)

    assert answer.count(b"HTTP/1.1 200 OK") == 3
    assert answer.count(b" 400 Bad Request") == 1
