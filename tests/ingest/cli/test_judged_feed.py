"""Training and evaluation on a folder of a public test collection."""

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from gram_es.cli import main
from gram_es.errors import JudgmentsError
from gram_es.evaluation.measures import Grading
from gram_es.model.gram import Gram
from gram_es.records import Judgment, Product
from gram_es.settings import Settings
from ingest.cli.judged_feed import judged_part
from ingest.cli.recorded_measures import measured_task


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an invented collection in the files of WANDS."""
    finishes = ("brass", "chrome", "copper", "nickel", "oak", "pewter", "walnut", "zinc")
    products = [
        f"{n}\t{finishes[n % 8]} lamp of kind {n}\tLamps\tLighting / Lamps\t\t" for n in range(40)
    ]
    labels = [f"{n}\t0\t{n}\t{'Exact' if n < 3 else 'Irrelevant'}" for n in range(6)]
    header = "product_id\tproduct_name\tproduct_class\tcategory hierarchy\tproduct_description"
    tables = {
        "product.csv": [f"{header}\tproduct_features", *products],
        "query.csv": ["query_id\tquery\tquery_class", "0\tlamp of kind 1\tLamps"],
        "label.csv": ["id\tquery_id\tproduct_id\tlabel", *labels],
    }
    for name, lines in tables.items():
        (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments)])


def test_one_command_measures_a_collection(
    folder: Path, other_gram: Gram, cluster_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = folder / "model"
    other_gram.save_pretrained(model)
    settings = Settings(ELASTICSEARCH_URL=cluster_url)
    monkeypatch.setattr("ingest.cli.evaluate.current_settings", lambda: settings)
    options = ("--collection", "wands", "--model", model, "--json")

    whole = run("evaluate", folder, *options, "--record", "Invented Lamps")
    part = run("evaluate", folder, *options, "--judged-products", "--record", "Invented Lamps")

    assert (whole.exit_code, part.exit_code) == (0, 0), whole.output
    found = json.loads(whole.stdout)
    assert (found["products"], found["queries"]) == (40, 1)
    assert {"bm25", "codes+text+rerank"} <= {row["system"] for row in found["rows"]}
    assert json.loads(part.stdout)["products"] == 6
    [recorded] = yaml.safe_load((model / "README.md").read_text().split("---\n")[1])["model-index"]
    figures = {
        result["dataset"]["name"]: {metric["name"]: metric["value"] for metric in result["metrics"]}
        for result in recorded["results"]
    }
    assert figures.keys() == {"Invented Lamps", "Invented Lamps (judged products only)"}
    [own] = [row for row in found["rows"] if row["system"] == "codes+text+rerank"]
    assert figures["Invented Lamps"] == {k: round(v, 4) for k, v in own["measures"].items()}


def test_a_model_is_trained_on_a_collection(
    folder: Path, small_encoder: str, tmp_path: Path
) -> None:
    out = tmp_path / "model"

    done = run("train", folder, "--collection", "wands", "--encoder", small_encoder, "--out", out)

    assert done.exit_code == 0, done.output
    assert (out / "gram.json").exists()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ((), "needs JUDGMENTS, or --collection"),
        (("judgments.tsv", "--collection", "wands"), "has its own judgments"),
    ],
)
def test_judgments_come_from_one_place(folder: Path, more: tuple[str, ...], message: str) -> None:
    done = run("evaluate", folder, *more)

    assert done.exit_code == 2
    assert message in done.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--collection", "wands", "--mapping", "names.yaml"), "omit --mapping"),
        (("--collection", "wands", "--preset", "magento"), "omit --preset"),
        (("--collection", "wands", "--locale", "es"), "--locale selects a part of ESCI"),
        (("judgments.tsv", "--locale", "us"), "--locale selects a part of ESCI"),
    ],
)
def test_an_option_without_effect_is_rejected(
    folder: Path, options: tuple[str, ...], message: str
) -> None:
    done = run("evaluate", folder, *options)

    assert done.exit_code == 2
    assert message in done.stderr


def test_a_task_names_what_is_left_of_its_dataset() -> None:
    grading = Grading(relevant=1.0)

    task = measured_task("ESCI", grading, locale="us", judged_products=True, max_queries=500)

    assert task.parts == ("us", "judged products only", "at most 500 queries")
    assert task.grading == {"relevant": 1.0, "offset": 0.0}


def test_judged_products_are_those_of_the_measured_queries() -> None:
    products = [Product(name, "Lamp") for name in ("a", "b", "c")]
    judgments = [Judgment("x", "a", 1), Judgment("x", "c", 0), Judgment("y", "b", 2)]

    named, kept = judged_part(products, judgments, 1)

    assert [product.id for product in named] == ["a", "c"]
    assert kept == judgments[:2]
    with pytest.raises(JudgmentsError, match="name no product"):
        judged_part(products[1:2], judgments, 1)


def test_a_card_that_cannot_be_written_costs_no_report(
    folder: Path, other_gram: Gram, cluster_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = folder / "model"
    other_gram.save_pretrained(model)
    (model / "README.md").write_text("---\ntags: [lamp\n---\n", encoding="utf-8")
    settings = Settings(ELASTICSEARCH_URL=cluster_url)
    monkeypatch.setattr("ingest.cli.evaluate.current_settings", lambda: settings)
    options = ("--collection", "wands", "--model", model, "--json", "--record", "Lamps")

    done = run("evaluate", folder, *options)

    assert done.exit_code == 2
    assert "cannot write measures into" in done.stderr
    assert json.loads(done.stdout)["queries"] == 1
