"""The commands in a shell: standard output, standard error and the exit status."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests


@pytest.fixture
def environment(small_shop, tmp_path) -> dict[str, str]:
    """Return environment variables for a command: the test node and the shop's index, no model."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {
        **inherited,
        "ELASTICSEARCH_URL": small_shop.elasticsearch_url,
        "GRAM_ES_INDEX": small_shop.index,
        "GRAM_ES_CACHE_DIR": str(tmp_path),
        "GRAM_ES_DEADLINE_MS": "60000",
    }


def run(*arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gram_es", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@contextmanager
def serving(*arguments: str, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "gram_es", "serve", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_serve_prints_an_address_that_answers_and_stops_on_a_signal(environment, stop):
    with serving("--port", "0", environment=environment) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()

        answer = requests.get(f"{address}search", params={"q": "hammer drill"}, timeout=10)
        longest = requests.get(f"{address}search", params={"q": "鑽" * 512}, timeout=10)
        process.send_signal(stop)
        _, errors = process.communicate(timeout=30)

    assert address.startswith("http://127.0.0.1:")
    assert answer.json()["hits"][0]["id"] == "p1"
    assert answer.json()["mode"] == "text"
    assert longest.status_code == 200
    assert process.returncode == 0
    assert "no model folder" in errors
    assert "Traceback" not in errors


def test_serve_on_a_port_in_use_is_an_error_of_one_sentence(environment):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        completed = run("serve", "--port", port, environment=environment)

    assert completed.returncode == 2
    assert completed.stdout == ""
    assert f"cannot listen on 127.0.0.1:{port}: address already in use" in completed.stderr
    assert "Traceback" not in completed.stderr


def test_serve_rejects_a_missing_model_folder(environment):
    completed = run("serve", "--port", "0", "--model", "/no/such/folder", environment=environment)

    assert completed.returncode == 2
    assert "there is no model folder /no/such/folder" in completed.stderr


def test_serve_with_a_damaged_model_searches_text_only(environment, tmp_path):
    damaged = tmp_path / "damaged"
    damaged.mkdir()

    with serving("--port", "0", "--model", str(damaged), environment=environment) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        answer = requests.get(f"{address}search", params={"q": "hammer"}, timeout=10)
        ready = requests.get(f"{address}readyz", timeout=10)

    assert answer.json()["degraded"] == ["the model could not be loaded; see the log"]
    assert ready.status_code == 200
    assert ready.json()["status"] == "degraded"


def test_search_prints_hits(environment):
    completed = run("search", "hammer drill", "--explain", environment=environment)

    assert completed.returncode == 0
    assert "1  Hammer drill 18V" in completed.stdout
    assert "Bosch · £99.00 · p1" in completed.stdout
    assert ", code agreement 0.00, rank change" in completed.stdout
    assert "degraded: no model is loaded" in completed.stdout
    close, less_close = completed.stdout.split("\nless close:\n")
    assert "close matches: products that contain both words\n" in close
    assert "   2  Drill" in less_close


def test_search_keeps_control_characters_from_the_terminal(environment):
    completed = run("search", "alert\x1b[31m drill", environment=environment)

    assert completed.returncode == 0
    assert "\x1b" not in completed.stdout


def test_search_as_json(environment):
    arguments = ("search", "hammer drill", "--exclude-code", "hose", "--json")

    answer = json.loads(run(*arguments, environment=environment).stdout)

    assert answer["hits"][0]["id"] == "p1"
    assert answer["query"]["excluded_codes"] == ["hose"]


def test_search_takes_filters_and_an_order_and_needs_no_words(environment):
    arguments = ("--filter", "category=Drills", "--filter", "price=..60", "--sort", "price_asc")

    completed = run("search", *arguments, environment=environment)

    assert "1 product, filter" in completed.stdout
    assert "1  Drill driver" in completed.stdout


def test_search_explains_why_a_product_is_missing(environment):
    completed = run(
        "search", "drill", "--filter", "brand=Bosch", "--missing", "p2", environment=environment
    )

    assert completed.returncode == 0
    assert completed.stdout.splitlines()[:3] == [
        "p2  Drill driver",
        "filtered out: a filter excludes it: its brand is Makita & Sons",
        "remedy: search without brand, or correct the product in the feed",
    ]


def test_a_filter_that_cannot_be_read_is_one_sentence(environment):
    completed = run("search", "drill", "--filter", "colour=red", environment=environment)

    assert completed.returncode == 2
    assert completed.stderr == "gram-es: --filter is 'colour=red'; write it as brand=Bosch\n"


def test_search_for_nothing(environment):
    completed = run("search", " ", environment=environment)

    assert completed.returncode == 2
    assert completed.stderr == "gram-es: q is empty; give words, or a filter to browse by\n"


def test_codes_without_a_model(environment):
    completed = run("codes", "drill", environment=environment)

    assert completed.returncode == 2
    assert "there is no model in" in completed.stderr
    assert "gram-es train" in completed.stderr


def test_several_processes_count_together_and_log_json(environment, tmp_path):
    folder = tmp_path / "tmp"
    folder.mkdir()
    environment |= {"GRAM_ES_LOG": "json", "TMPDIR": str(folder), "GRAM_ES_OPEN_METRICS": "true"}

    with serving("--port", "0", "--workers", "2", environment=environment) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        statuses = set()
        for number in range(40):
            answer = requests.get(
                f"{address}search",
                params={"q": "secret hammer"},
                headers={"X-Request-ID": f"r-{number}"},
                timeout=60,
            )
            statuses.add(answer.status_code)
        worker_pid = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0]
        os.kill(int(worker_pid), signal.SIGTERM)
        while Path(f"/proc/{worker_pid}").exists():
            time.sleep(0.05)
        metrics = requests.get(f"{address}metrics", timeout=60).text
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)

    records = [json.loads(line) for line in errors.splitlines() if line.startswith("{")]
    searches = [line for line in records if line.get("path") == "/search"]
    assert statuses == {200}
    assert 'gram_es_searches_total{degraded="yes",mode="text"} 40.0' in metrics
    assert [line["request_id"] for line in searches] == [f"r-{number}" for number in range(40)]
    assert {line["mode"] for line in searches} == {"text"}
    assert all(line["took_ms"] > 0 and line["status"] == 200 for line in searches)
    assert "secret" not in errors
    assert not list(folder.iterdir())
    assert process.returncode == 0


def test_queries_are_logged_if_the_settings_say_so(environment):
    environment |= {"GRAM_ES_LOG": "json", "GRAM_ES_LOG_QUERIES": "true"}

    with serving("--port", "0", environment=environment) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        requests.get(f"{address}search", params={"q": "hammer ✓"}, timeout=60)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)

    [line] = [line for line in errors.splitlines() if '"/search"' in line]
    assert json.loads(line)["query"] == "hammer ✓"
