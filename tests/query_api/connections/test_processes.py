"""Worker processes share one socket, finish their requests when they stop, and are replaced."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest


def workers(server):
    pid = server.process.pid
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_several_processes_answer_from_one_socket(serve):
    server = serve(workers=2, threads=1)
    deadline = time.monotonic() + 20
    answering = set()

    while len(answering) < 2 and time.monotonic() < deadline:
        threads = [threading.Thread(target=server.get, args=("search?q=slow",)) for _ in range(2)]
        for thread in threads:
            thread.start()
        answering |= {server.get("search?q=drill").json()["index"] for _ in range(20)}
        for thread in threads:
            thread.join()

    assert answering == {f"pid-{pid}" for pid in workers(server)}


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_server_exits_with_status_0_despite_slow_clients(serve, stop):
    server = serve()

    with server.connect(b"GET /search"), server.connect():
        time.sleep(0.5)
        server.process.send_signal(stop)
        _, errors = server.process.communicate(timeout=8)

    assert server.process.returncode == 0
    assert "Traceback" not in errors
    assert "thread(s) still running" not in errors


def test_a_request_in_progress_is_answered_before_the_process_ends(serve):
    server = serve()
    head = b"GET /search?q=slow HTTP/1.1\r\nHost: x\r\n\r\n"

    with server.connect(head) as connection:
        time.sleep(0.5)
        server.process.terminate()

        assert connection.recv(20).startswith(b"HTTP/1.1 200 OK")
    assert server.process.wait(timeout=10) == 0


def test_a_killed_process_is_replaced(serve):
    server = serve()
    [worker] = workers(server)

    os.kill(worker, signal.SIGKILL)
    while workers(server) in ([], [worker]):
        time.sleep(0.1)

    assert server.get("healthz").status_code == 200


def test_a_worker_that_stops_loses_no_request(serve):
    server = serve(workers=2)
    statuses = []
    first = workers(server)

    os.kill(first[0], signal.SIGTERM)
    until = time.monotonic() + 4
    while time.monotonic() < until:
        statuses.append(server.get("search?q=drill").status_code)

    assert set(statuses) == {200}
    assert first[0] not in workers(server)
