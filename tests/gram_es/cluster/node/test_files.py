"""What the unprivileged user of a node may put into its folder, root must survive."""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gram_es.cluster.node.files import node_user, write_node_files
from gram_es.cluster.node.node import LocalNode
from gram_es.cluster.node.process import pid_file, spawn, stop_process

USER = node_user()
pytestmark = pytest.mark.skipif(USER is None, reason="only root gives folders to another user")


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="gram es node "))
    yield folder
    shutil.rmtree(folder)


def write(home: Path, node: LocalNode) -> None:
    distribution = node.ensure_installed()
    write_node_files(
        home,
        distribution,
        java_home=node.java_home,
        port=0,
        heap="512m",
        full_jit=False,
        user=USER,
    )


def test_the_user_of_the_node_owns_only_the_folders_that_it_writes_into(
    home: Path, node: LocalNode
) -> None:
    write(home, node)

    owned = {path.name for path in home.rglob("*") if path.stat().st_uid == USER.uid}
    assert owned == {"config", "data", "logs", "tmp"}
    assert home.stat().st_uid == 0
    assert stat.S_IMODE((home / "config" / "elasticsearch.yml").stat().st_mode) == 0o644


@pytest.mark.parametrize("name", ["boot.log", "node.json", "config"])
def test_a_link_in_the_folder_of_the_node_is_removed_and_not_followed(
    name: str, home: Path, node: LocalNode
) -> None:
    secret = home.with_name(home.name + " secret")
    secret.mkdir()
    (secret / "file").write_text("kept")
    home.chmod(0o755)
    os.chown(home, USER.uid, USER.gid)  # as an older version left it
    (home / name).symlink_to(secret if name == "config" else secret / "file")

    try:
        write(home, node)

        assert not (home / name).is_symlink()
        assert [path.name for path in secret.iterdir()] == ["file"]
        assert (secret / "file").read_text() == "kept"
        assert secret.stat().st_uid == 0
    finally:
        shutil.rmtree(secret)


@pytest.mark.parametrize("name", ["data", "logs"])
def test_a_link_in_place_of_a_kept_folder_is_refused(
    name: str, home: Path, node: LocalNode, tmp_path: Path
) -> None:
    (home / name).symlink_to(tmp_path)

    with pytest.raises(OSError, match=name):
        write(home, node)

    assert tmp_path.stat().st_uid == 0


def test_the_log_is_not_written_through_a_link(home: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("kept")
    (home / "boot.log").symlink_to(victim)

    with pytest.raises(OSError, match=r"boot\.log"):
        spawn(home, home / "config", home / "boot.log", java_home=home, user=USER)

    assert victim.read_text() == "kept"


def test_a_pipe_in_place_of_the_process_id_does_not_hold_the_stop(home: Path) -> None:
    config = home / "config"
    pid_file(config).parent.mkdir()
    os.mkfifo(pid_file(config))

    assert stop_process(2**22, config, timeout_s=1.0)
