import json
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path

from elasticsearch import Elasticsearch

import mappings
from gram_es.index.names import concrete_index, staging_alias, write_alias
from mappings import SCHEMA, component_templates, index_templates, roles, search_templates

FOLDER = Path(mappings.__file__).parent


def test_every_json_file_is_loaded_by_its_name() -> None:
    files = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.json")}
    loaded = {
        *(f"component_templates/{name}.json" for name in component_templates()),
        *(f"index_templates/{name}.json" for name in index_templates()),
        *(f"roles/{name}.json" for name in roles()),
        "shop_index/gram-es-enrich.json",  # enrich_role
        "shop_index/gram-es-enrichments.json",  # enrichments_index
        *(f"search_templates/{name}.json" for name in search_templates()),
    }
    assert files == loaded


def test_the_english_settings_equal_the_file() -> None:
    file = FOLDER / "component_templates/gram-es@settings.json"

    assert component_templates()["gram-es@settings"] == json.loads(file.read_text())


def test_languages_differ_only_in_the_stemmer() -> None:
    bodies = [
        component_templates("stemmer", "german")["gram-es@settings"],
        component_templates("hunspell", "german")["gram-es@settings"],
        component_templates("none", "other")["gram-es@settings"],
    ]

    filters = []
    for body in bodies:
        del body["_meta"]["language"], body["_meta"]["stemming"]
        filters.append(body["template"]["settings"]["index"]["analysis"].pop("filter")["gram_stem"])
    assert bodies[0] == bodies[1] == bodies[2]
    assert filters == [
        {"type": "stemmer", "language": "german"},
        {"type": "hunspell", "locale": "de_DE", "dedup": True},
        {"type": "stop", "stopwords": "_none_"},
    ]


def test_text_is_scored_by_the_measured_bm25() -> None:
    template = component_templates()["gram-es@settings"]["template"]

    similarity = template["settings"]["index"]["similarity"]["gram_bm25"]
    assert similarity == {"type": "BM25", "k1": 0.4, "b": 0.75}
    assert template["mappings"]["properties"]["text"]["similarity"] == "gram_bm25"


def test_another_index_name_replaces_the_default_everywhere() -> None:
    assert index_templates("shoes")["shoes"]["index_patterns"] == [f"shoes-{SCHEMA}-*"]
    assert "products-gram" not in json.dumps([index_templates("shoes"), roles("shoes")])
    names = ["shoes", "shoes-write", "shoes-?-????????t??????"]
    assert roles("shoes")["gram-es-search"]["indices"][0]["names"] == names


def test_the_roles_match_every_name_of_a_shop_and_no_other() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    aliases = ["shoes", write_alias("shoes")]
    staging = [staging_alias("shoes"), write_alias(staging_alias("shoes"))]
    names = [
        *aliases,
        *staging,
        concrete_index("shoes", at),
        "shoes-uk",
        "shoes-uk-write",
        "shoestring",
    ]
    others = [concrete_index("shoes-uk", at), "gram-es-x", "payroll", ".security"]

    for name, role in roles("shoes").items():
        patterns = [pattern for part in role["indices"] for pattern in part["names"]]
        matched = [n for n in [*names, *others] if any(fnmatchcase(n, p) for p in patterns)]
        is_install = name == "gram-es-install"
        assert matched == [*aliases, *(staging if is_install else []), concrete_index("shoes", at)]


def test_templates_of_two_shops_do_not_conflict(client: Elasticsearch, clean_index: str) -> None:
    names = [clean_index, f"{clean_index}-outlet"]
    for name in names:
        body = index_templates(name)[name]
        body["composed_of"] = []
        client.indices.put_index_template(name=name, body=body)

    for name in names:
        client.indices.delete_index_template(name=name)


def test_the_files_can_be_sent_unchanged(client: Elasticsearch) -> None:
    def send(address: str, file: str) -> None:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        body = (FOLDER / file).read_text()
        client.perform_request("PUT", address, headers=headers, body=json.loads(body))

    folder = "component_templates/gram-es@"
    # The local node lacks the stemmer that the file uses.
    settings = component_templates("hunspell")["gram-es@settings"]
    client.cluster.put_component_template(name="gram-es@settings", body=settings)
    send("/_component_template/gram-es@mappings", f"{folder}mappings.json")
    for name in index_templates():
        send(f"/_index_template/{name}", f"index_templates/{name}.json")
    client.indices.delete_index_template(name="products-gram")
