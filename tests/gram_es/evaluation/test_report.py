from gram_es.evaluation.bootstrap import Difference
from gram_es.evaluation.report import MEASURES, Comparison, Report, SystemRow
from gram_es.evaluation.truth import TruthMeasures

TRUTH = TruthMeasures(inferred=200, false=3, foreign=1, true=40, removed=4)
UP, DOWN = Difference(0.063, 0.041, 0.0851), Difference(-0.5, -1.0, -0.00001)


def test_each_difference_is_followed_by_its_interval_on_the_next_line():
    gains = dict(zip(MEASURES, [UP, DOWN, UP, UP, UP], strict=True))
    measures = dict.fromkeys(MEASURES, 0.5)
    row = SystemRow("codes", measures, {}, {}, gains)

    text = Report(
        products=10,
        queries=2,
        judgments_left_out=0,
        codes_per_product=1.0,
        new_word_share=0.5,
        code_precision=0.25,
        truth=TRUTH,
        enriched_per_s=9.0,
        model="0" * 32,
        rows=[row],
        comparisons=[Comparison("codes", "bm25", gains)],
        absent={"elser": "not on this cluster"},
    ).to_text()

    assert text.splitlines() == [
        f"10 products, 2 queries, model {'0' * 12}; 1.0 codes per product, 50% of them with a word"
        " that the product's text lacks; 9 products/s enriched",
        "of 200 inferred codes, 1.5% are false and 0.5% name another brand; 10.0% of the true ones"
        " are left out; of the products that the codes of a query reach, 25% are relevant",
        "",
        "system                   R@10    R@100    R@500  nDCG@10   MRR@10   p50 ms   p95 ms",
        "codes                   0.500    0.500    0.500    0.500    0.500        -        -",
        "elser               not on this cluster",
        "",
        "difference from                 R@10           R@100           R@500"
        "         nDCG@10          MRR@10",
        "bm25                           +.063           -.500           +.063"
        "           +.063           +.063",
        "                      [+.041, +.085] [-1.000, +.000]  [+.041, +.085]"
        "  [+.041, +.085]  [+.041, +.085]",
        "codes less the other system; in brackets: 95 % intervals, paired bootstrap over queries",
    ]


def test_a_long_name_widens_the_first_column_of_every_table():
    measures, gains = dict.fromkeys(MEASURES, 0.5), dict.fromkeys(MEASURES, UP)
    long_name = "no lexical features in blend"
    rows = [
        SystemRow("bm25", measures, {}, {"size": 0.25}, gains),
        SystemRow(long_name, measures, {}, {"size": 0.75}, gains),
    ]

    text = Report(
        products=10,
        queries=2,
        judgments_left_out=0,
        codes_per_product=1.0,
        new_word_share=0.5,
        code_precision=0.25,
        truth=TRUTH,
        enriched_per_s=9.0,
        model="0" * 32,
        rows=rows,
        comparisons=[Comparison(long_name, "bm25", gains)],
    ).to_text()

    table = [line for line in text.splitlines()[2:] if line and "less the other" not in line]
    names = {line[: len(long_name)].strip() for line in table}
    assert names == {"system", "bm25", long_name, "difference from", "", "nDCG@10 by class"}
    assert text.splitlines()[-1] == f"{long_name}       0.750"
