"""Download Elasticsearch's minimal distribution with Maven, verify it and keep it in the cache."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from filelock import FileLock
from tqdm import tqdm

from gram_es.errors import NodeError


@dataclass(frozen=True, slots=True)
class Release:
    """A version of Elasticsearch: the hash of its archive and the oldest Java that it accepts."""

    version: str
    sha512: str
    min_java: int

    @property
    def coordinates(self) -> str:
        """Return where Maven finds the archive."""
        return f"org.elasticsearch.distribution.integ-test-zip:elasticsearch:{self.version}:zip"


RELEASES: Final = {
    "8": Release(
        "8.19.0",
        "bd600df798d23d2683c999e19299164a2b3af265bc09b43fb86e1f5fbc0ccb14"
        "e8b2ac12b36631d835bcabc0eda2a050e06696e9f9ac283a309be6a6612a8017",
        min_java=17,
    ),
    "9": Release(
        "9.2.0",
        "2c624e913bb8712fb1698fc1ab3a241c868228183f089ff3cde17ad7bc7b5a96"
        "63454c2af939c65e075663826371e3d4344dca43a55a8aab9594f9a64b01d2c7",
        min_java=21,
    ),
}
"""The release of each major version that a local node can run."""

_COPY_GOAL = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
_CONTROL_SEQUENCE = re.compile(r"\x1b\[[0-9;]*m")


def ensure_distribution(cache_dir: Path, release: Release) -> Path:
    """Return the folder of the unpacked distribution of ``release`` under ``cache_dir``.

    If the folder is missing, the distribution is downloaded first.

    Several processes may call this at the same time: one downloads, the others wait.

    :raises NodeError: if Maven is missing or fails, if the archive does not have the pinned hash,
        or if the files cannot be stored.
    """
    home = cache_dir / f"elasticsearch-{release.version}"
    try:
        if home.is_dir():
            return home
        make_traversable_dir(cache_dir)
        with FileLock(home.with_name(home.name + ".lock")):
            if not home.is_dir():
                _install(home, release)
    except OSError as error:
        raise NodeError(
            f"cannot store Elasticsearch {release.version} in {cache_dir} ({error}); "
            "free disk space, or set GRAM_ES_CACHE_DIR to a folder that you may write to"
        ) from error
    return home


def make_traversable_dir(folder: Path) -> None:
    """Create ``folder`` and its missing parents with mode 755, whatever the umask is.

    :raises NodeError: if the folder cannot be created.
    """
    try:
        missing = [path for path in (folder, *folder.parents) if not path.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        for path in missing:
            path.chmod(0o755)
    except OSError as error:
        raise NodeError(
            f"cannot create the folder {folder} ({error.strerror}); "
            "set GRAM_ES_CACHE_DIR to a folder that you may write to"
        ) from error


def _install(home: Path, release: Release) -> None:
    staging_dir = home.with_name(home.name + ".part")  # may be left over from an earlier attempt
    shutil.rmtree(staging_dir, ignore_errors=True)
    staging_dir.mkdir()
    try:
        archive = _download(staging_dir, release)
        _check(archive, release)
        _unpack(archive, staging_dir)
        (staging_dir / home.name).replace(home)
    finally:
        shutil.rmtree(staging_dir, ignore_errors=True)


def _download(folder: Path, release: Release) -> Path:
    """Download the distribution's archive into ``folder`` with Maven; return the archive's path.

    The user's own Maven settings apply.
    """
    maven = shutil.which("mvn")
    if maven is None:
        raise NodeError(
            f"no mvn on the path to download Elasticsearch {release.version}; "
            "install Maven (Debian: apt install maven) or set ELASTICSEARCH_URL to a cluster"
        )
    command = [
        maven,
        "-B",
        "-q",
        "--lax-checksums",  # a mirror may lack them, and the pinned hash decides
        _COPY_GOAL,
        f"-Dartifact={release.coordinates}",
    ]
    command.append(f"-DoutputDirectory={folder}")
    code, output = _run_with_elapsed_bar(command, folder, f"Elasticsearch {release.version}")
    archives = list(folder.glob("*.zip"))
    if code != 0 or not archives:
        raise NodeError(
            f"Maven could not download {release.coordinates} (exit {code}): "
            f"{_first_error(output)}; check the network or the mirror in Maven's settings.xml, "
            "or set ELASTICSEARCH_URL to a cluster"
        )
    return archives[0]


def _run_with_elapsed_bar(command: list[str], folder: Path, what: str) -> tuple[int, str]:
    """Run ``command`` in ``folder`` and return its exit code and output.

    While the command runs, the elapsed time is shown on stderr.
    """
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output,
        subprocess.Popen(  # noqa: S603 - our own command, no shell
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        ) as process,
        elapsed_bar(f"downloading {what}") as bar,
    ):
        try:
            while process.poll() is None:
                time.sleep(0.2)
                bar.refresh()
        except BaseException:
            process.terminate()
            raise
        output.seek(0)
        return process.returncode, output.read()


def elapsed_bar(label: str) -> tqdm[NoReturn]:
    """Return a progress bar that shows the elapsed time.

    It shows nothing if stderr is not a terminal.
    """
    return tqdm(desc=label, bar_format="{desc}: {elapsed}", disable=None, leave=False)


def _first_error(output: str) -> str:
    lines = [line.strip() for line in _CONTROL_SEQUENCE.sub("", output).splitlines()]
    errors = [line.removeprefix("[ERROR]").strip() for line in lines if line]
    return errors[0][:500] if errors else "it printed nothing"


def _check(archive: Path, release: Release) -> None:
    with archive.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha512").hexdigest()
    if digest != release.sha512:
        raise NodeError(
            f"the archive of Elasticsearch {release.version} from Maven is not the pinned one "
            f"(SHA-512 {digest[:16]}..., expected {release.sha512[:16]}...); "
            "remove it from the local Maven repository and check the mirror it came from"
        )


def _unpack(archive: Path, target: Path) -> None:
    """Unpack the archive into ``target``, so that every user can read it.

    Folders and executables get mode 755 and other files 644, whatever modes the archive stores.
    """
    with zipfile.ZipFile(archive) as packed:
        members = packed.infolist()
        total = sum(member.file_size for member in members)
        with tqdm(
            total=total, desc="unpacking", unit="B", unit_scale=True, disable=None, leave=False
        ) as bar:
            for member in members:
                path = Path(packed.extract(member, target))
                is_executable = member.is_dir() or (member.external_attr >> 16) & 0o111
                path.chmod(0o755 if is_executable else 0o644)
                bar.update(member.file_size)
    for folder, _, _ in os.walk(target):
        Path(folder).chmod(0o755)
