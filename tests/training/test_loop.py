import pytest

from gram_es.errors import TrainingError
from gram_es.records import Judgment, Product
from gram_es.training.loop import Plan, train

FEW_STEPS = Plan(
    queries=300,
    max_codes=200,
    batch=16,
    scorer_steps=4,
    joint_steps=10,
    alignment_steps=2,
    alignment_batch=8,
    preference_queries=40,
    preference_steps=2,
)


def test_equal_seeds_train_equal_weights(shop: tuple[Product, ...]):
    first, second = (train(shop[:80], plan=FEW_STEPS, seed=5) for _ in range(2))

    for name, weight in first.network.state_dict().items():
        assert weight.equal(second.network.state_dict()[name]), name


def test_each_stage_reports_and_learns(shop: tuple[Product, ...]):
    trained = train(
        shop[:200],
        plan=Plan(
            queries=800,
            batch=32,
            scorer_steps=30,
            joint_steps=30,
            alignment_steps=4,
            preference_queries=60,
            preference_steps=4,
        ),
    )

    assert [r.name for r in trained.reports] == ["scorer", "joint", "co-alignment", "preference"]
    scorer, joint, *_ = trained.reports
    assert scorer.last_loss < 0.8 * scorer.first_loss
    assert joint.last_loss < 0.8 * joint.first_loss


def test_judgments_become_training_queries(shop: tuple[Product, ...]):
    judgments = [Judgment("cosy thing", product.id, 3.0) for product in shop[:5]]

    plain = train(shop[:80], plan=FEW_STEPS)
    judged = train(shop[:80], judgments, plan=FEW_STEPS)

    queries = ("training queries", "held-out queries")
    assert sum(judged.counts[q] for q in queries) == sum(plain.counts[q] for q in queries) + 1


@pytest.mark.parametrize(
    ("products", "reason"),
    [
        ([], "the feed has 0 products"),
        ([Product(str(n), "lamp") for n in range(19)], "the feed has 19 products"),
        ([Product(str(n), f"{n}{n}{n}") for n in range(40)], "share no phrase"),
        (
            [Product(str(n), "lamp" if n < 4 else f"{n}{n}{n}") for n in range(40)],
            "only 1 different queries",
        ),
    ],
)
def test_a_catalogue_that_teaches_nothing_is_refused(products: list[Product], reason: str):
    with pytest.raises(TrainingError, match=reason):
        train(products, plan=FEW_STEPS)


def test_another_script_and_a_single_brand_train(shop: tuple[Product, ...]):
    words = ("красная", "синяя", "большая", "малая", "тёплая")
    kinds = ("лампа", "чашка", "куртка", "сумка", "полка")
    products = [
        Product(f"{a}{b}{n}", f"{words[a]} {kinds[b]} {n}", brand="Одна")
        for a in range(5)
        for b in range(5)
        for n in range(3)
    ]

    trained = train(products, plan=FEW_STEPS)

    assert any("лампа" in code.label for code in trained.codebook)
