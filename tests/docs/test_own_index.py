"""The ten steps of ``docs/own-index.md``, as they stand there, on a real node."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

import gram_es
from gram_es.records import Product

PAGE = Path(gram_es.__file__).parents[1] / "docs" / "own-index.md"
BLOCK = re.compile(r"^( *)```(bash|yaml|python)\n(.*?)^ *```$", re.M | re.S)
MAPPINGS = {
    "dynamic": "strict",
    "properties": {
        "label": {
            "properties": {
                "en": {"type": "text", "analyzer": "own"},
                "sv": {"type": "text", "analyzer": "own"},
            }
        },
        "maker": {"type": "keyword"},
        "shelf": {"type": "keyword"},
        "notes": {"type": "object", "enabled": False},
        "offers": {
            "type": "nested",
            "properties": {"amount": {"type": "double"}, "store": {"type": "keyword"}},
        },
        "facts": {
            "type": "nested",
            "properties": {"name": {"type": "keyword"}, "value": {"type": "keyword"}},
        },
        "shade": {"properties": {"en": {"type": "keyword"}, "sv": {"type": "keyword"}}},
        "sold": {"type": "integer"},
    },
}
ANALYSIS = {
    "analyzer": {
        "own": {"type": "custom", "tokenizer": "standard", "filter": ["lowercase", "stop"]}
    }
}


def document(product: Product, number: int) -> dict[str, Any]:
    facts = product.attributes.items()
    return {
        "label": {"en": product.title, "sv": f"Vara {number}"},
        "maker": product.brand,
        "shelf": " > ".join(product.category),
        "notes": {"en": {"long": product.description}},
        "offers": [{"amount": 9.9 + number, "store": store} for store in ("north", "south")],
        "facts": [{"name": name, "value": [*values]} for name, values in facts],
        "shade": {"en": "grey", "sv": "grå"},
        "sold": number % 7,
    }


@pytest.fixture
def wares(client: Elasticsearch, shop: tuple[Product, ...]) -> Iterator[dict[str, Any]]:
    """Create the index of the page behind the alias ``wares``, and yield its documents by id."""
    documents = {p.id: document(p, number) for number, p in enumerate(shop)}
    client.indices.delete(index=["wares-2", "wares-1"], ignore_unavailable=True)
    client.indices.create(
        index="wares-1",
        mappings=MAPPINGS,
        settings={"number_of_shards": 2, "number_of_replicas": 0, "analysis": ANALYSIS},
        aliases={"wares": {}},
    )
    operations = [
        line
        for product_id, source in documents.items()
        for line in ({"index": {"_index": "wares", "_id": product_id}}, source)
    ]
    assert not client.bulk(operations=operations, refresh=True)["errors"]
    yield documents
    client.indices.delete(index="wares-1", ignore_unavailable=True)


def script(port: int, url: str) -> str:
    """Return the steps of the page as one script, for another cluster and another port."""
    parts = []
    for indent, language, code in BLOCK.findall(PAGE.read_text("utf-8").partition("## What is")[0]):
        lines = "".join(line.removeprefix(indent) for line in code.splitlines(keepends=True))
        if language == "yaml":
            lines = f"cat > fields.yml <<'END'\n{lines}END\n"
        elif language == "python":
            lines = f"python - <<'END'\n{lines}END\n"
        parts.append(lines)
    text = "".join(parts).replace("http://127.0.0.1:9200", url)
    return text.replace("127.0.0.1:8080", f"127.0.0.1:{port}")


def test_the_ten_steps_lead_from_a_shops_index_to_codes_in_its_own_query(
    wares: dict[str, Any], client: Elasticsearch, cluster_url: str, tmp_path: Path
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = Path(sys.executable).parent
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GRAM_ES_")},
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
        "GRAM_ES_PORT": str(port),
        "GRAM_ES_CACHE_DIR": str(tmp_path / "cache"),
        "GRAM_ES_THREADS": "1",
    }
    (tmp_path / "steps").write_text(f"set -e\n{script(port, cluster_url)}")
    with (tmp_path / "out").open("w") as out_file, (tmp_path / "err").open("w") as err_file:
        running = subprocess.Popen(
            ["bash", "steps"],
            cwd=tmp_path,
            env=environment,
            stdout=out_file,
            stderr=err_file,
            start_new_session=True,
        )
        try:
            code = running.wait(timeout=600)
        finally:
            os.killpg(running.pid, signal.SIGTERM)  # the service, which the script leaves running
    out = (tmp_path / "out").read_text()
    assert code == 0, out + (tmp_path / "err").read_text()

    read = json.loads(out.splitlines()[0])
    assert read["title"] == wares[read["id"]]["label"]["en"]
    found = [line for line in out.splitlines() if re.match(r"\d+\.\d+ \S", line)]
    assert len(found) == 10
    assert sum("drill" in line.lower() for line in found) >= 5
    client.indices.refresh(index="wares-1")
    stored = client.search(index="wares", size=1_000)["hits"]["hits"]
    assert all(hit["_source"].pop("gram") for hit in stored)
    assert {hit["_id"]: hit["_source"] for hit in stored} == wares
