import os
import sys
import zipfile
from pathlib import Path

import pytest

from gram_es.cluster.node.distribution import RELEASES, ensure_distribution, make_traversable_dir
from gram_es.errors import NodeError


@pytest.fixture
def path_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder as the first entry of PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/bin")
    return folder


def write_maven(folder: Path, script: str) -> None:
    # A shell starts Python: a "#!" line cannot contain an interpreter whose path has a blank.
    (folder / "script.py").write_text(f"{script}\n")
    command = f'exec "{sys.executable}" "{folder / "script.py"}" "$@"'
    (folder / "mvn").write_text(f"#!/bin/sh\n{command}\n")
    (folder / "mvn").chmod(0o755)


def names_in(cache: Path) -> list[str]:
    return [path.name for path in cache.iterdir() if path.suffix != ".lock"]


def test_no_maven_names_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NodeError, match=r"no mvn on the path .* install Maven"):
        ensure_distribution(tmp_path / "cache", RELEASES["8"])


def test_a_failing_maven_is_quoted_and_leaves_no_files(tmp_path: Path, path_folder: Path) -> None:
    words = r"\x1b[0m\n[\x1b[31mERROR\x1b[0m] Unknown host repo.example\n"
    write_maven(path_folder, f'import sys; print("{words}"); sys.exit(1)')

    with pytest.raises(NodeError, match=r"\(exit 1\): Unknown host repo.example; check the net"):
        ensure_distribution(tmp_path / "cache", RELEASES["8"])
    assert names_in(tmp_path / "cache") == []


def test_an_archive_that_is_not_the_pinned_one_is_rejected(
    tmp_path: Path, path_folder: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "false.zip", "w") as archive:
        archive.writestr("elasticsearch-8.19.0/bin/elasticsearch", "rm -rf /")
    target = "[a for a in sys.argv if a.startswith('-DoutputDirectory=')][0].split('=')[1]"
    copy = f"shutil.copy({str(tmp_path / 'false.zip')!r}, {target})"
    write_maven(path_folder, f"import shutil, sys; {copy}")

    with pytest.raises(NodeError, match="is not the pinned one"):
        ensure_distribution(tmp_path / "cache", RELEASES["8"])
    assert names_in(tmp_path / "cache") == []


def test_an_unpacked_distribution_is_not_downloaded_again(
    tmp_path: Path, path_folder: Path
) -> None:
    home = tmp_path / "elasticsearch-8.19.0"
    home.mkdir()

    assert ensure_distribution(tmp_path, RELEASES["8"]) == home


def test_a_new_folder_is_traversable_whatever_the_umask(tmp_path: Path) -> None:
    previous_umask = os.umask(0o077)
    try:
        make_traversable_dir(tmp_path / "a" / "b")
    finally:
        os.umask(previous_umask)

    assert [(tmp_path / part).stat().st_mode & 0o777 for part in ("a", "a/b")] == [0o755, 0o755]


def test_a_file_in_the_folders_place_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")

    with pytest.raises(
        NodeError, match=r"cannot create the folder .*taken.* set GRAM_ES_CACHE_DIR"
    ):
        make_traversable_dir(tmp_path / "taken" / "cache")
