"""Judging every query against the whole stock, and the files that carry the judgments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gram_es.records import Judgment, Product
from gram_es.sample.catalogue import Stocked
from gram_es.sample.chance import source
from gram_es.sample.judging import grade, tempts
from gram_es.sample.queries import CLASSES, Query

_DEV_SHARE = 0.4
_MAX_TEMPTING = 20


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """A query with its judgments, best grade first."""

    query: Query
    judgments: tuple[Judgment, ...]


def judge(
    queries: Iterable[Query], stock: Sequence[Stocked], products: Sequence[Product], seed: int
) -> tuple[JudgedQuery, ...]:
    """Return the queries that some product meets in full, each with all its judgments."""
    judged = (
        JudgedQuery(query, tuple(_judge_query(query, stock, products, seed))) for query in queries
    )
    return tuple(each for each in judged if each.judgments and each.judgments[0].relevance == 3)


def split_judged(
    judged: Sequence[JudgedQuery], seed: int
) -> tuple[tuple[JudgedQuery, ...], tuple[JudgedQuery, ...]]:
    """Return (dev, test): two fifths of each class, and the rest."""
    rng = source(seed, "split")
    dev: set[str] = set()
    for query_class in CLASSES:
        texts = [each.query.text for each in judged if each.query.query_class == query_class]
        dev.update(rng.sample(texts, round(len(texts) * _DEV_SHARE)))
    return (
        tuple(each for each in judged if each.query.text in dev),
        tuple(each for each in judged if each.query.text not in dev),
    )


def write_judgments(judged: Iterable[JudgedQuery], path: Path) -> None:
    """Write a TSV with the header ``query, product_id, relevance``."""
    rows = (
        f"{each.query}\t{each.product_id}\t{each.relevance:g}"
        for query in judged
        for each in query.judgments
    )
    _write_lines(path, ["query\tproduct_id\trelevance", *rows])


def write_classes(judged: Iterable[JudgedQuery], path: Path) -> None:
    """Write a TSV with the header ``query, class``."""
    rows = (f"{each.query.text}\t{each.query.query_class}" for each in judged)
    _write_lines(path, ["query\tclass", *rows])


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")


def _judge_query(
    query: Query, stock: Sequence[Stocked], products: Sequence[Product], seed: int
) -> Iterator[Judgment]:
    grades = {each.number: grade(each, query.want) for each in stock}
    ranked = sorted(
        ((relevance, number) for number, relevance in grades.items() if relevance is not None),
        key=lambda pair: (-pair[0], pair[1]),
    )
    for relevance, number in ranked:
        yield Judgment(query.text, products[number].id, relevance)
    for number in _tempting(query, stock, grades, seed):
        yield Judgment(query.text, products[number].id, 0)


def _tempting(
    query: Query, stock: Sequence[Stocked], grades: dict[int, int | None], seed: int
) -> list[int]:
    met = {each.kind.key for each in stock if grades[each.number] == 3}
    wrong = [
        each.number
        for each in stock
        if grades[each.number] is None and tempts(each, query.want, met)
    ]
    rng = source(seed, query.text)
    return sorted(rng.sample(wrong, min(len(wrong), _MAX_TEMPTING)))
