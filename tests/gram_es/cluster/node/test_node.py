import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gram_es.cluster.client import connect
from gram_es.cluster.node.files import NodeUser, check_traversable
from gram_es.cluster.node.node import LocalNode
from gram_es.errors import NodeError
from gram_es.settings import Settings


@pytest.fixture
def own_cache(node: LocalNode) -> Iterator[Path]:
    """A cache folder for one test, with a blank and a non-ASCII letter in its path."""
    cache = Path(tempfile.mkdtemp(prefix="gram es caché "))
    cache.chmod(0o755)
    distribution = node.ensure_installed()
    shutil.copytree(distribution, cache / distribution.name, copy_function=_link)
    yield cache
    local = LocalNode(cache / "node", cache_dir=cache)
    if local.status().running:
        local.stop()
    shutil.rmtree(cache)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)


def running_commands() -> Iterator[str]:
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # the process may have ended
            yield (folder / "cmdline").read_bytes().decode(errors="replace")


def run(cache: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "GRAM_ES_CACHE_DIR": str(cache)}
    for name in ("ELASTICSEARCH_URL", "GRAM_ES_NODE_VERSION"):
        environment.pop(name, None)
    command = [sys.executable, "-m", "gram_es", "node", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_java_is_started_once_to_find_its_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[int] = []
    find = "gram_es.cluster.node.node.find_java_home"
    monkeypatch.setattr(find, lambda version: found.append(version) or tmp_path)
    local = LocalNode(tmp_path / "node", cache_dir=tmp_path)

    assert local.java_home == local.java_home == tmp_path
    assert found == [17]


def test_the_commands_start_stop_and_report_a_node(own_cache: Path) -> None:
    stopped = run(own_cache, "status")
    started = run(own_cache, "start")
    again = run(own_cache, "start")
    elsewhere = run(own_cache, "start", "--port", "1")
    status = json.loads(run(own_cache, "status", "--json").stdout)

    assert (stopped.returncode, started.returncode, again.returncode) == (1, 0, 0), started.stderr
    assert started.stdout == f"Elasticsearch 8.19.0 runs at {status['url']}\n"
    assert started.stderr == ""
    assert again.stdout == f"Elasticsearch 8.19.0 already runs at {status['url']}\n"
    assert elsewhere.returncode == 2
    assert "run gram-es node stop before starting it on port 1" in elsewhere.stderr
    assert status["url"].startswith("http://127.0.0.1:")

    # A killed node is reported as stopped; after the next start its document is still there.
    with connect(Settings(ELASTICSEARCH_URL=None, GRAM_ES_CACHE_DIR=own_cache)) as client:
        client.index(index="notes", id="1", document={"n": 1})
    os.killpg(status["pid"], signal.SIGKILL)
    while run(own_cache, "status").returncode == 0:
        pass
    assert run(own_cache, "start").returncode == 0
    with connect(Settings(ELASTICSEARCH_URL=None, GRAM_ES_CACHE_DIR=own_cache)) as client:
        assert client.get(index="notes", id="1")["_source"] == {"n": 1}

    first_stop = run(own_cache, "stop")
    second_stop = run(own_cache, "stop")
    assert (first_stop.returncode, second_stop.returncode) == (0, 2)
    assert "nothing to stop" in second_stop.stderr
    assert not [words for words in running_commands() if str(own_cache) in words]


def test_the_node_does_not_run_as_root(node: LocalNode) -> None:
    pid = node.status().pid

    assert Path(f"/proc/{pid}").stat().st_uid != 0


def test_starting_a_running_node_returns_its_url(node: LocalNode, cluster_url: str) -> None:
    assert LocalNode(node.home, cache_dir=node.cache_dir).start() == cluster_url


def test_a_busy_port_is_detected_before_anything_starts(node: LocalNode, tmp_path: Path) -> None:
    home = node.home.with_name("busy")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]

        with pytest.raises(NodeError, match=f"port {port} on 127.0.0.1 is not available .*--port"):
            LocalNode(home, cache_dir=node.cache_dir).start(port=port)
    assert not (home / "config").exists()


def test_the_output_of_a_node_that_cannot_start_is_quoted(node: LocalNode) -> None:
    small = LocalNode(node.home.with_name("small"), cache_dir=node.cache_dir, heap="1m")

    with pytest.raises(NodeError, match=r"stopped while it started: .*heap.*output in .*boot.log"):
        small.start()
    assert not small.status().running


@pytest.mark.parametrize("pid", [os.getpid(), 2**22 - 1], ids=["reused", "gone"])
def test_a_state_file_of_a_process_that_is_not_a_node_is_ignored(tmp_path: Path, pid: int) -> None:
    (tmp_path / "node.json").write_text(json.dumps({"pid": pid}))
    stale = LocalNode(tmp_path, cache_dir=tmp_path)

    assert not stale.status().running
    with pytest.raises(NodeError, match="nothing to stop"):
        stale.stop()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}'])
def test_a_damaged_state_file_is_ignored(tmp_path: Path, text: str) -> None:
    (tmp_path / "node.json").write_text(text)

    assert not LocalNode(tmp_path, cache_dir=tmp_path).status().running


def test_a_cache_that_is_a_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    tmp_path.chmod(0o755)
    misplaced = LocalNode(tmp_path / "taken" / "node", cache_dir=tmp_path / "taken")

    assert not misplaced.status().running
    with pytest.raises(NodeError, match=r"GRAM_ES_CACHE_DIR"):
        misplaced.start()


def test_a_folder_closed_to_the_nodes_user_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    other_user = NodeUser(uid=65_533, gid=65_533)

    with pytest.raises(NodeError, match=r"is closed to the user nobody.*GRAM_ES_CACHE_DIR"):
        check_traversable(tmp_path / "cache", other_user)
    check_traversable(tmp_path / "cache", None)
