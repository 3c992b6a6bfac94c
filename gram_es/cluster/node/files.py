"""Write the configuration and the dictionaries of a local node, and set the files' owner."""

from __future__ import annotations

import json
import os
import pwd
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from gram_es.cluster.node.java import lacks_module
from gram_es.errors import NodeError

# Elasticsearch's name of each dictionary, and the dictionary's path in the package spylls.
_DICTIONARIES = {"en_US": "en/en_US", "ru_RU": "ru/ru", "sv_SE": "sv/sv_SE"}
# Stock Java options that are left out: they write logs into the distribution's folder, which is
# read-only here.
_FILE_OPTIONS = ("-Xlog", "-XX:HeapDumpPath", "-XX:ErrorFile", "-XX:+HeapDumpOnOutOfMemoryError")
# A module that makes kNN searches faster. Java does not start if it lacks a module of the options.
_VECTORS = "jdk.incubator.vector"
_KEPT = ("data", "logs")  # the folders whose content a new start keeps


@dataclass(frozen=True)
class NodeUser:
    """The user and group id of the unprivileged user who runs the node if the caller is root."""

    uid: int
    gid: int


def node_user() -> NodeUser | None:
    """Return the user to start the node as: ``nobody`` if the caller is root, else ``None``.

    ``None`` means that the node runs as the caller.

    :raises NodeError: if the caller is root and there is no user ``nobody``.
    """
    if os.geteuid() != 0:
        return None
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise NodeError(
            "Elasticsearch does not run as root and this machine has no user nobody; "
            "run gram-es as an ordinary user"
        ) from None
    return NodeUser(nobody.pw_uid, nobody.pw_gid)


def check_traversable(
    folder: Path, user: NodeUser | None, *, variable: str = "GRAM_ES_CACHE_DIR"
) -> None:
    """Check that ``user`` can reach ``folder`` through all its parents.

    :param variable: the environment variable that names another folder.
    :raises NodeError: if ``user`` may not enter a parent; the message contains the outermost such
        parent.
    """
    if user is None:
        return
    for parent in reversed(folder.resolve().parents):
        if parent.exists() and not _can_traverse(parent, user):
            raise NodeError(
                f"{parent} is closed to the user nobody, as whom root starts Elasticsearch; "
                f"set {variable} to a folder outside it, or run chmod o+x '{parent}'"
            )


def _can_traverse(folder: Path, user: NodeUser) -> bool:
    state = folder.stat()
    if state.st_uid == user.uid:
        return bool(state.st_mode & 0o100)
    if state.st_gid == user.gid:
        return bool(state.st_mode & 0o010)
    return bool(state.st_mode & 0o001)


def write_node_files(
    home: Path,
    distribution: Path,
    *,
    java_home: Path,
    port: int,
    heap: str,
    full_jit: bool,
    user: NodeUser | None,
) -> None:
    """Rewrite all of the node's folder ``home`` except its data and its logs.

    Only the four folders that Elasticsearch writes into are given to ``user``, each after the last
    file was written into it: a link that this user puts there must never lead the caller, who is
    root, to another file.

    :param java_home: the Java that runs the node.
    :param port: the HTTP port; 0 means any free one.
    :param heap: the size of the Java heap, such as ``512m``.
    :param full_jit: enable all of Java's compilers. The node answers faster, which matters when
        latency is measured, but its start takes 50 % longer.
    :param user: who runs the node; ``None`` leaves the owner of the folders unchanged.
    :raises OSError: if a folder is a link, or cannot be written.
    """
    _change_owner(home, None if user is None else NodeUser(os.geteuid(), os.getegid()))
    home.chmod(0o755)
    _remove_all_but(home, _KEPT)
    config = home / "config"
    for folder in ("config/jvm.options.d", *_KEPT, "tmp"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    (config / "elasticsearch.yml").write_text(_settings(home, port), encoding="utf-8")
    (config / "jvm.options").write_text(
        _java_options(distribution, java_home, heap=heap, full_jit=full_jit), encoding="utf-8"
    )
    shutil.copyfile(distribution / "config/log4j2.properties", home / "config/log4j2.properties")
    _copy_dictionaries(config / "hunspell")
    _make_readable(config)
    for folder in ("config", *_KEPT, "tmp"):
        _change_owner(home / folder, user)


def _remove_all_but(home: Path, kept: Collection[str]) -> None:
    for path in home.iterdir():
        if path.name in kept:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _settings(home: Path, port: int) -> str:
    """Return the text of ``elasticsearch.yml``.

    Its values are written as JSON, which is valid YAML whatever characters a path contains.
    """
    settings = {
        "cluster.name": "gram-es-local",
        "discovery.type": "single-node",
        "network.host": "127.0.0.1",
        "http.port": port,  # 0: any free port
        "transport.port": 0,
        "path.data": str(home / "data"),
        "path.logs": str(home / "logs"),
        "xpack.security.enabled": False,
        "action.destructive_requires_name": True,
        "cluster.routing.allocation.disk.threshold_enabled": False,
        # A shop needs only one dictionary, and each loaded one takes memory.
        "indices.analysis.hunspell.dictionary.lazy": True,
    }
    return "".join(f"{name}: {json.dumps(value)}\n" for name, value in settings.items())


def _java_options(distribution: Path, java_home: Path, *, heap: str, full_jit: bool) -> str:
    stock = (distribution / "config/jvm.options").read_text(encoding="utf-8").splitlines()
    options = [line for line in stock if line and not line.startswith(("#", *_FILE_OPTIONS))]
    if lacks_module(java_home, _VECTORS):
        options = [line for line in options if _VECTORS not in line]
    # Java's first compiler alone shortens the start by a third (14 s instead of 20 to 24).
    jit = [] if full_jit else ["-XX:TieredStopAtLevel=1"]
    return "\n".join([*options, f"-Xms{heap}", f"-Xmx{heap}", *jit]) + "\n"


def _copy_dictionaries(folder: Path) -> None:
    source = files("spylls") / "hunspell" / "data"
    for locale, name in _DICTIONARIES.items():
        (folder / locale).mkdir(parents=True)
        for suffix in ("aff", "dic"):
            content = (source / f"{name}.{suffix}").read_bytes()
            (folder / locale / f"{locale}.{suffix}").write_bytes(content)


def _make_readable(folder: Path) -> None:
    """Let everybody read a folder, whatever the umask was when its files were written."""
    for parent, _, names in os.walk(folder):
        Path(parent).chmod(0o755)
        for name in names:
            (Path(parent) / name).chmod(0o644)


def _change_owner(folder: Path, user: NodeUser | None) -> None:
    """Make ``user`` the owner of ``folder`` itself.

    :raises OSError: if ``folder`` is a link.
    """
    if user is None:
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        os.fchown(descriptor, user.uid, user.gid)
    finally:
        os.close(descriptor)
