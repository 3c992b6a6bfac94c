"""The folder of one local node: its configuration, its dictionaries, and who owns them."""

from __future__ import annotations

import json
import os
import pwd
import shutil
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from gram_es.errors import NodeError

# By the names that Elasticsearch reads them by, those that the wheel of spylls carries.
_DICTIONARIES = {"en_US": "en/en_US", "ru_RU": "ru/ru", "sv_SE": "sv/sv_SE"}
# The stock options log to files beside the distribution, which stays read-only here.
_FILE_OPTIONS = ("-Xlog", "-XX:HeapDumpPath", "-XX:ErrorFile", "-XX:+HeapDumpOnOutOfMemoryError")


@dataclass(frozen=True)
class NodeUser:
    """The unprivileged user that the node runs as when the caller is root."""

    uid: int
    gid: int


def node_user() -> NodeUser | None:
    """Return whom to start the node as; ``None`` means the caller, who is not root.

    :raises NodeError: if the caller is root and there is no user ``nobody``.
    """
    if os.geteuid() != 0:
        return None
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise NodeError(
            "Elasticsearch refuses to run as root and this machine has no user nobody; "
            "run gram-es as an ordinary user"
        ) from None
    return NodeUser(nobody.pw_uid, nobody.pw_gid)


def check_passable(folder: Path, user: NodeUser | None) -> None:
    """Make sure that ``user`` can reach ``folder`` through all its parents.

    :raises NodeError: naming the first parent that is closed to it.
    """
    if user is None:
        return
    for parent in reversed(folder.resolve().parents):
        if parent.exists() and not _may_pass(parent, user):
            raise NodeError(
                f"{parent} is closed to the user nobody, as whom root starts Elasticsearch; "
                f"set GRAM_ES_CACHE_DIR to a folder outside it, or run chmod o+x '{parent}'"
            )


def _may_pass(folder: Path, user: NodeUser) -> bool:
    state = folder.stat()
    if state.st_uid == user.uid:
        return bool(state.st_mode & 0o100)
    if state.st_gid == user.gid:
        return bool(state.st_mode & 0o010)
    return bool(state.st_mode & 0o001)


def write_node_files(
    home: Path, distribution: Path, *, port: int, heap: str, full_jit: bool, user: NodeUser | None
) -> None:
    """Lay out the node's folder anew around its data, owned by the user that it will run as.

    :param heap: the size of the Java heap, as in ``512m``.
    :param full_jit: let Java optimise in full, as for measuring latency; the boot takes half as
        long again.
    """
    config = home / "config"
    for leavings in (config, home / "tmp"):
        shutil.rmtree(leavings, ignore_errors=True)
    for folder in ("config/jvm.options.d", "data", "logs", "tmp"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    (config / "elasticsearch.yml").write_text(_settings(home, port), encoding="utf-8")
    (config / "jvm.options").write_text(
        _java_options(distribution, heap=heap, full_jit=full_jit), encoding="utf-8"
    )
    shutil.copyfile(distribution / "config/log4j2.properties", home / "config/log4j2.properties")
    _copy_dictionaries(config / "hunspell")
    _hand_over(home, user)


def _settings(home: Path, port: int) -> str:
    """Return ``elasticsearch.yml``; a JSON string is a YAML string too, whatever is in the path."""
    settings = {
        "cluster.name": "gram-es-local",
        "discovery.type": "single-node",
        "network.host": "127.0.0.1",
        "http.port": port,  # 0 takes any free port
        "transport.port": 0,
        "path.data": str(home / "data"),
        "path.logs": str(home / "logs"),
        "xpack.security.enabled": False,
        "action.destructive_requires_name": True,
        "cluster.routing.allocation.disk.threshold_enabled": False,
        "indices.analysis.hunspell.dictionary.lazy": True,  # each takes memory, one is needed
    }
    return "".join(f"{name}: {json.dumps(value)}\n" for name, value in settings.items())


def _java_options(distribution: Path, *, heap: str, full_jit: bool) -> str:
    stock = (distribution / "config/jvm.options").read_text(encoding="utf-8").splitlines()
    kept = [line for line in stock if line and not line.startswith(("#", *_FILE_OPTIONS))]
    # Stopping at the first compiler takes a third off the boot (14 s against 20 to 24).
    jit = [] if full_jit else ["-XX:TieredStopAtLevel=1"]
    return "\n".join([*kept, f"-Xms{heap}", f"-Xmx{heap}", *jit]) + "\n"


def _copy_dictionaries(folder: Path) -> None:
    source = files("spylls") / "hunspell" / "data"
    for locale, name in _DICTIONARIES.items():
        (folder / locale).mkdir(parents=True)
        for suffix in ("aff", "dic"):
            held = (source / f"{name}.{suffix}").read_bytes()
            (folder / locale / f"{locale}.{suffix}").write_bytes(held)


def _hand_over(home: Path, user: NodeUser | None) -> None:
    """Give the tree to ``user``: one file left of another owner stops the next boot."""
    home.chmod(0o755)
    if user is None:
        return
    for folder, _, names in os.walk(home):
        os.chown(folder, user.uid, user.gid)
        for name in names:
            os.chown(Path(folder) / name, user.uid, user.gid, follow_symlinks=False)
