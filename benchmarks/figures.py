"""Draw two figures of a model: its training losses, and the codes that queries and products share.

``python benchmarks/figures.py MODEL FEED QUERY [QUERY ...]`` writes ``training.svg`` and
``codes.svg`` to the folder ``docs``. It needs matplotlib: ``pip install "gram-es[figures]"``.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from gram_es.model.gram import Gram
from gram_es.records import Enrichment, Product
from gram_es.text.normalise import normalise
from ingest.feeds import read_products

INK, QUIET, ACCENT = "#22313f", "#9aa5b1", "#0f766e"
SHOWN_CODES = 4  # for each query
SHOWN_PRODUCTS = 2  # for each query
TITLE_CHARS = 46


def read_curves(path: Path) -> dict[str, list[float]]:
    """Return the losses of each stage from a model's ``training.tsv``."""
    curves: dict[str, list[float]] = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        stage, _, loss = line.split("\t")
        curves[stage].append(float(loss))
    return curves


def draw_curves(curves: Mapping[str, Sequence[float]]) -> Figure:
    """Draw the loss of each stage, together with the moving average of the loss."""
    figure = Figure(figsize=(9.6, 2.6), layout="constrained")
    for axes, (stage, losses) in zip(
        figure.subplots(1, len(curves), squeeze=False)[0], curves.items(), strict=True
    ):
        width = max(1, len(losses) // 20)
        mean = np.convolve(losses, np.ones(width) / width, mode="valid")
        axes.plot(losses, color=QUIET, linewidth=0.6)
        axes.plot(np.arange(len(mean)) + width // 2, mean, color=ACCENT, linewidth=1.6)
        axes.set_title(stage, fontsize=10, color=INK)
        axes.set_xlabel("step", fontsize=8, color=INK)
        axes.tick_params(labelsize=8, colors=INK)
        axes.spines[["top", "right"]].set_visible(False)
    figure.axes[0].set_ylabel("loss", fontsize=8, color=INK)
    return figure


def draw_codes(
    gram: Gram,
    products: Sequence[Product],
    enrichments: Sequence[Enrichment],
    queries: Sequence[str],
) -> Figure:
    """Draw queries on the left, their best codes in the middle, and products on the right.

    Lines connect a query with its codes, and each of the codes with the products that have it.
    """
    figure = Figure(figsize=(9.6, 1.35 * len(queries)), layout="constrained")
    axes = figure.subplots()
    axes.set_axis_off()
    axes.set_xlim(0, 100)
    axes.set_ylim(-len(queries) * (SHOWN_CODES + 1) + 0.5, 1)
    spellings = [gram.speller.spell(normalise(query)) for query in queries]
    answers = gram.understand(spellings)
    for row, (query, understood) in enumerate(zip(queries, answers, strict=True)):
        codes = understood.codes[:SHOWN_CODES]
        weights = {code.label: code.weight for code in codes}
        scores = [sum(weights.get(c.label, 0.0) * c.weight for c in e.codes) for e in enrichments]
        best = np.argsort(-np.array(scores), kind="stable")[:SHOWN_PRODUCTS]
        top = -row * (SHOWN_CODES + 1)
        middle = top - (SHOWN_CODES - 1) / 2
        axes.text(0, middle, query, va="center", fontsize=10, color=INK, weight="bold")
        y_of_label = {code.label: top - n for n, code in enumerate(codes)}
        for label, y in y_of_label.items():
            axes.text(
                36, y, f"{label}  {weights[label]:.2f}", va="center", fontsize=9, color=ACCENT
            )
            axes.plot([24, 35], [middle, y], color=ACCENT, linewidth=0.5 + 8 * weights[label])
        for position, number in enumerate(best):
            y = middle + (0.5 - position) * 2
            axes.text(
                72, y, products[number].title[:TITLE_CHARS], va="center", fontsize=8.5, color=INK
            )
            for label in {code.label for code in enrichments[number].codes} & set(y_of_label):
                axes.plot([64, 71], [y_of_label[label], y], color=QUIET, linewidth=1)
    return figure


def main() -> None:
    """Write both figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("feed", type=Path)
    parser.add_argument("queries", nargs="+")
    parser.add_argument("--out", type=Path, default=Path("docs"))
    arguments = parser.parse_args()
    mpl.rcParams["svg.hashsalt"] = "gram-es"  # equal figures give equal files
    gram = Gram.load(arguments.model)
    products, _ = read_products(arguments.feed)
    figures = {"codes": draw_codes(gram, products, gram.enrich(products), arguments.queries)}
    if (losses := arguments.model / "training.tsv").exists():  # only if the encoder was trained
        figures["training"] = draw_curves(read_curves(losses))
    for name, figure in figures.items():
        figure.savefig(arguments.out / f"{name}.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
