"""A node with security and TLS; its users come from a file, without API keys."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

import gram_es
from gram_es.cluster.client import connect
from gram_es.cluster.node.files import NodeUser, node_user, write_node_files
from gram_es.cluster.node.node import LocalNode
from gram_es.cluster.node.process import read_url, spawn, stop_process
from gram_es.index.lifecycle import IndexState, install
from gram_es.index.templates.install import put_templates
from gram_es.settings import Settings
from mappings import enrich_role, roles

MODEL = {"slot": "m1", "fingerprint": "f", "family": "base"}
ROLES = ("install", "ingest", "search", "admin")
SHOPS = {name: f"products-gram{name}" for name in ("", "-bare", "-changing", "-moving")}
"""The alias of each shop, by what the names of its users end in."""
FOREIGN = "customers"
OWN_INDEX, OWN_ALIAS = "wares", "gram-wares"
"""The index of a shop's own making, and the alias of gram-es for it."""
SECURITY = {
    "xpack.security.enabled": True,
    "xpack.security.autoconfiguration.enabled": False,
    "xpack.security.http.ssl.enabled": True,
    "xpack.security.http.ssl.certificate": "instance.crt",
    "xpack.security.http.ssl.key": "instance.key",
}

SettingsOf = Callable[..., Settings]


@pytest.fixture(scope="session")
def secured(node: LocalNode) -> Iterator[tuple[str, Path]]:
    """Run a node with a user for each shipped role; yield its address and certificate.

    The users of the other shops have names such as ``install-moving``. The user ``owner`` may do
    everything, ``enrich-steady`` moves no aliases, ``templates`` may do what its role in the
    compose file may, and ``stranger`` nothing. All passwords are ``secret``.
    """
    home = Path(tempfile.mkdtemp(prefix="gram es secured "))
    distribution, user = node.ensure_installed(), node_user()
    java_home = node.java_home
    write_node_files(
        home, distribution, java_home=java_home, port=0, heap="512m", full_jit=False, user=user
    )
    config = home / "config"
    certificate = _certify(distribution, config, java_home, user)
    settings = (config / "elasticsearch.yml").read_text().splitlines()
    other_lines = [line for line in settings if not line.startswith("xpack.security.enabled")]
    secure = [f"{name}: {json.dumps(value)}" for name, value in SECURITY.items()]
    (config / "elasticsearch.yml").write_text("\n".join([*other_lines, *secure]))
    descriptors = [
        f"{name}{suffix}: {json.dumps(body)}\n"
        for suffix, shop in SHOPS.items()
        for name, body in roles(shop).items()
    ]
    descriptors.append(f"gram-es-enrich: {json.dumps(enrich_role(OWN_INDEX, OWN_ALIAS))}\n")
    steady = json.dumps(enrich_role(OWN_INDEX, OWN_ALIAS)).replace(', "indices:admin/aliases"', "")
    descriptors.append(f"gram-es-enrich-steady: {steady}\n")
    descriptors.append(f"gram-es-templates: {_role_of_templates()}\n")
    (config / "roles.yml").write_text("".join(descriptors))  # JSON is valid YAML; one role a line
    users = {
        **{f"{name}{suffix}": f"gram-es-{name}{suffix}" for name in ROLES for suffix in SHOPS},
        "enrich": "gram-es-enrich",
        "enrich-steady": "gram-es-enrich-steady",
        "templates": "gram-es-templates",
        "owner": "superuser",
        "stranger": "none",
    }
    (config / "users").write_text("".join(f"{name}:secret\n" for name in users))
    (config / "users_roles").write_text("".join(f"{r}:{name}\n" for name, r in users.items()))
    log = home / "boot.log"
    pid = spawn(distribution, config, log, java_home=java_home, user=user)
    try:
        yield _await_address(log, certificate), certificate
    finally:
        stop_process(pid, config, timeout_s=20)
        shutil.rmtree(home)


def _role_of_templates() -> str:
    """Return the role that the compose file gives to the step that puts the templates."""
    root = Path(gram_es.__file__).parents[1]
    text = (root / "docker-compose.yml").read_text("utf-8")
    [role] = re.findall(r"printf '(\{\"cluster\": [^']*)'", text)
    return str(role)


def _certify(distribution: Path, config: Path, java_home: Path, user: NodeUser | None) -> Path:
    """Create a key and a self-signed certificate and return the certificate."""
    archive = config.parent / "tmp" / "certificate.zip"
    command = ["elasticsearch-certutil", "cert", "--silent", "--self-signed", "--pem"]
    place = ["--dns", "localhost", "--ip", "127.0.0.1", "--out", str(archive)]
    subprocess.run(
        [distribution / "bin" / command[0], *command[1:], *place],
        env={
            "PATH": os.environ["PATH"],
            "ES_JAVA_HOME": str(java_home),
            "ES_PATH_CONF": str(config),
        },
        user=user.uid if user else None,
        group=user.gid if user else None,
        check=True,
    )
    for name in ("instance.crt", "instance.key"):
        (config / name).write_bytes(zipfile.ZipFile(archive).read(f"instance/{name}"))
    return config / "instance.crt"


def _await_address(log: Path, certificate: Path) -> str:
    for _ in range(900):
        if url := read_url(log):
            address = url.removeprefix("http://")
            url = f"https://owner:secret@{address}"
            with Elasticsearch(url, ca_certs=str(certificate)) as client:
                client.cluster.health(wait_for_status="yellow", timeout="60s")
            return address
        time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="session")
def settings_of(secured: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory) -> SettingsOf:
    """Return a function that returns settings for a user of the secured node."""
    address, certificate = secured
    cache = tmp_path_factory.mktemp("cache")

    def of(name: str, password: str = "secret", **more: Any) -> Settings:
        values = {
            "ELASTICSEARCH_URL": f"https://{name}:{password}@{address}",
            "ELASTICSEARCH_CA_FILE": certificate,
            "GRAM_ES_CACHE_DIR": cache,
        }
        return Settings(**{**values, **more})

    return of


@pytest.fixture(scope="session")
def sign_in(settings_of: SettingsOf) -> Iterator[Callable[..., Elasticsearch]]:
    clients: list[Elasticsearch] = []

    def status(name: str, password: str = "secret") -> Elasticsearch:
        clients.append(connect(settings_of(name, password)))
        return clients[-1]

    yield status
    for client in clients:
        client.close()


@pytest.fixture(scope="session")
def secured_index(
    sign_in: Callable[..., Elasticsearch], settings_of: SettingsOf
) -> tuple[Settings, IndexState]:
    """Create an index with one product as the role ``install``, and an unrelated index.

    Before, the owner puts the templates of all shops but ``products-gram-bare``.
    """
    settings, owner = settings_of("install"), sign_in("owner")
    for suffix, shop in SHOPS.items():
        if suffix != "-bare":
            put_templates(owner, shop)
    state = install(sign_in("install"), settings, **MODEL)
    owner.index(index=FOREIGN, id="1", document={"name": "Ada"}, refresh=True)
    gram = {"m1": {"codes": ["drill"], "model": "f"}}
    document = {"id": "1", "title": "Drill", "text": "drill", "gram": gram}
    owner.index(index=state.index, id="1", document=document, refresh=True)
    return settings, state


@pytest.fixture
def model_dir(tmp_path: Path) -> Path:
    """Return a model folder that contains only a manifest with the live fingerprint."""
    from gram_es.model.manifest import FORMAT

    manifest = {"family": "base", "dimensions": 2, "files": {}, "format": FORMAT}
    (tmp_path / "gram.json").write_text(json.dumps({**manifest, "fingerprint": "f"}))
    return tmp_path
