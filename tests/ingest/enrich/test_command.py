"""``gram-es enrich`` in processes of its own, and the service for the index that it enriched."""

import json
import signal
from pathlib import Path

import pytest
from click.testing import CliRunner
from elasticsearch import Elasticsearch
from flask.testing import FlaskClient

from gram_es.index.lifecycle import live_index
from gram_es.model.gram import Gram
from gram_es.retrieval.open import warm_up
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.searcher import Searcher
from gram_es.settings import Settings
from ingest.cli.enrich import enrich
from ingest.doctor.checks import run_checks
from ingest.doctor.findings import Level, Site
from query_api.app import create_app

FIELDS = "{title: label.en, brand: maker, category: shelf, attributes: shade}"


@pytest.fixture
def mapping(tmp_path: Path) -> str:
    (tmp_path / "own fields.yml").write_text(FIELDS)
    return str(tmp_path / "own fields.yml")


@pytest.fixture
def kettles(wares):
    wares.create()
    wares.write(1, 2)
    wares.write(3, label={"en": "Cordless drill driver 18 V"}, shelf="Tools > Power Tools > Drills")
    return wares


def test_the_report_counts_what_was_written_and_lists_what_was_not(
    kettles, commands, mapping, gram_dir
):
    kettles.write(4, label={"sv": "Kittel"})
    command = ["enrich", kettles.name, "--mapping", mapping, "--model", str(gram_dir)]

    first, again = (commands.run(*command, "--json") for _ in range(2))
    plain = commands.run(*command, "--again")

    report = json.loads(first.stdout)
    assert (first.returncode, report["written"], report["from_model"]) == (1, 3, 3)
    assert report["rejected"] == {"ware 4": "title is missing"}
    assert (again.returncode, json.loads(again.stdout)["read"]) == (0, 0)
    assert plain.stdout.startswith(f"0 documents of {kettles.index} were enriched: 0 by the model")
    assert plain.stderr.splitlines()[-1] == "ware 4 has no codes: title is missing"


def test_a_dry_run_shows_products_and_changes_nothing(kettles, commands, mapping, client):
    before = client.indices.get(index=kettles.index).body

    shown = commands.run("enrich", kettles.name, "--mapping", mapping, "--dry-run")

    titles = {json.loads(line)["title"] for line in shown.stdout.splitlines()}
    assert "Cordless drill driver 18 V" in titles
    assert shown.stderr.splitlines()[-1] == "3 of 3 documents can be read; nothing was written"
    assert client.indices.get(index=kettles.index).body == before


def test_a_follower_codes_new_documents_and_exits_with_0_on_sigterm(
    kettles, commands, mapping, gram, gram_dir
):
    command = ["enrich", kettles.name, "--mapping", mapping, "--model", str(gram_dir)]
    following = commands.start(*command, "--follow", "--interval", "0.2")
    commands.wait_until(lambda: len(kettles.codes(gram.slot)) == 3)
    kettles.write(5)

    commands.wait_until(lambda: "ware 5" in kettles.codes(gram.slot))

    following.send_signal(signal.SIGTERM)
    _, errors = following.communicate(timeout=30)
    assert (following.returncode, errors) == (0, "")


def test_a_stopped_run_says_so_and_exits_with_130(kettles, commands, mapping, gram, gram_dir):
    kettles.write(*range(4, 24))
    command = ["enrich", kettles.name, "--mapping", mapping, "--model", str(gram_dir)]
    running = commands.start(*command, "--max-per-second", "1")
    commands.wait_until(lambda: kettles.codes(gram.slot))

    running.send_signal(signal.SIGTERM)

    output, errors = running.communicate(timeout=30)
    assert running.returncode == 130
    assert errors.splitlines()[-1] == "gram-es: interrupted; run the command again to resume"
    assert 0 < len(kettles.codes(gram.slot)) < 23
    assert "documents of" in output


@pytest.mark.parametrize(
    "options",
    [
        ("--follow", "--switch"),
        ("--dry-run", "--again"),
        ("--dry-run", "--switch"),
        ("--dry-run", "--follow"),
        ("--json", "--dry-run"),
        ("--json", "--follow"),
    ],
)
def test_options_that_another_one_would_make_void_are_rejected(options):
    ended = CliRunner().invoke(enrich, ["wares", *options])

    assert ended.exit_code == 2
    assert f"Error: {options[0]}" in ended.output


def test_a_wrong_name_in_the_mapping_ends_with_one_sentence(kettles, commands, tmp_path, gram_dir):
    (tmp_path / "wrong.yml").write_text("{title: label.en, brand: mkaer}")
    wrong = ["--mapping", str(tmp_path / "wrong.yml"), "--model", str(gram_dir)]

    ended = commands.run("enrich", kettles.name, *wrong)

    assert ended.returncode == 2
    assert ended.stderr == (
        f"gram-es: no document of {kettles.index} has 'mkaer', which the mapping wrong.yml maps;"
        " correct the names, and part those of a path by dots, as in offers.price\n"
    )


@pytest.fixture
def own_web(
    kettles,
    commands,
    mapping: str,
    gram_dir: Path,
    gram: Gram,
    client: Elasticsearch,
    cluster_settings: Settings,
) -> FlaskClient:
    """Return a test client of the service for the shop's index; its names are of other kinds."""
    done = commands.run("enrich", kettles.name, "--mapping", mapping, "--model", str(gram_dir))
    assert done.returncode == 0, done.stderr
    searcher = Searcher(client, gram, index=cluster_settings.index)
    warm_up(searcher)
    return create_app(searcher).test_client()


def test_codes_and_rerank_work_for_a_shops_index(own_web, kettles, client):
    answer = own_web.post("/codes", json={"q": "cordles drill 17", "boost": 3.0}).json

    query = {"bool": {"should": answer["should"]}}
    found = client.search(index=kettles.name, query=query)["hits"]["hits"]
    assert (answer["degraded"], found[0]["_id"]) == ([], "ware 3")
    listed = {"q": "cordless drill 17", "ids": ["ware 1", "ware 2", "ware 3", "none"]}
    order = own_web.post("/rerank", json=listed).json
    assert (order["degraded"], order["missing"]) == ([], ["none"])
    assert order["hits"][0]["id"] == "ware 3"
    assert {hit["id"]: hit["relevant"] for hit in order["hits"]}["ware 1"] is False
    assert len({hit["score"] for hit in order["hits"]}) > 1


def test_conditions_in_words_are_read_without_fields_of_the_shop(own_web):
    for query in ("drill no cord", "kettle under 20", "sugar free kettle", "drill under £9"):
        answer = own_web.post("/codes", json={"q": query})
        assert (answer.status_code, answer.json.get("degraded")) == (200, []), query


@pytest.mark.parametrize(
    "path",
    ["/search?q=drill", "/suggest?q=dr", "/explain/product?id=1", "/explain/missing?q=a&id=1"],
)
def test_a_search_of_a_shops_index_is_rejected_with_the_reason(own_web, path):
    answer = own_web.get(path)

    assert answer.status_code == 501
    assert "POST /codes gives the codes for the shop's query" in answer.json["detail"]


def test_the_service_of_a_shops_index_is_ready_and_its_page_opens(own_web):
    assert own_web.get("/readyz").json["status"] == "ok"
    assert own_web.get("/", headers={"Accept": "text/html"}).status_code == 200
    assert own_web.get("/?q=drill", headers={"Accept": "text/html"}).status_code == 501


def test_a_service_uses_the_slot_of_its_own_model_beside_that_of_another_language(
    kettles, enriching, commands, mapping, gram_dir, gram, client, cluster_settings
):
    live = enriching().live.live_slot
    commands.run("enrich", kettles.name, "--mapping", mapping, "--model", str(gram_dir))

    planned = Searcher(client, gram, index=cluster_settings.index).plan(SearchRequest("drill"))

    assert live_index(client, cluster_settings.index).live_slot == live != gram.slot
    assert (planned.degraded, planned.plan.clauses.slot) == ((), gram.slot)
    assert planned.plan.clauses.searched_codes


def test_the_doctor_checks_of_a_shops_index_what_is_ours(
    kettles, commands, mapping, client, cluster_settings, gram_dir
):
    kettles.write(4, label={"sv": "Kittel"})
    commands.run("enrich", kettles.name, "--mapping", mapping, "--model", str(gram_dir))
    client.indices.refresh(index=kettles.index)
    site = Site(cluster_settings, gram_dir)

    findings = {line.check: line.finding for line in run_checks(site)}
    site.close()

    assert {name for name, finding in findings.items() if finding.level is not Level.OK} == {
        "codes"
    }
    assert findings["codes"].message.startswith("3 of 4 products have the codes of ")
    assert findings["codes"].remedy.startswith("run gram-es enrich INDEX --mapping FILE")
