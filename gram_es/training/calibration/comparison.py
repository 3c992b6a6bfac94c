"""Decide whether the trained encoder is better than the pretrained one on held-out queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gram_es.evaluation.measures import Scores

MEASURES = ("R@100", "nDCG@10")


@dataclass(frozen=True, slots=True)
class EncoderComparison:
    """The figures of the trained and of the pretrained encoder on held-out judged queries.

    ``trained`` and ``pretrained`` contain, by form of the search, the means of ``MEASURES``. The
    forms are text and codes together, and the full search.
    """

    queries: int
    trained: Mapping[str, Mapping[str, float]]
    pretrained: Mapping[str, Mapping[str, float]]

    @classmethod
    def of(
        cls, trained: Mapping[str, Scores], pretrained: Mapping[str, Scores]
    ) -> EncoderComparison:
        """Compare the scores of both encoders, by form of the search."""
        queries = max(len(scores.by_query["nDCG@10"]) for scores in trained.values())
        return cls(queries, _means(trained), _means(pretrained))

    @property
    def keeps_training(self) -> bool:
        """Return whether the trained encoder loses in no form of the search.

        It loses if the mean difference of R@100 and nDCG@10 is below 0. Each measure alone is too
        noisy: on a few hundred queries the order of two equal encoders is a matter of chance. A tie
        keeps the training.
        """
        return all(self._gain(form) >= 0 for form in self.trained)

    def _gain(self, form: str) -> float:
        differences = (self.trained[form][m] - self.pretrained[form][m] for m in MEASURES)
        return sum(differences) / len(MEASURES)

    def summary(self) -> str:
        """Return the decision and its figures in one sentence."""
        decision = (
            "the training on judgments is kept"
            if self.keeps_training
            else "the training on judgments is switched off for this catalogue; the model keeps "
            "the pretrained encoder"
        )
        forms = "; ".join(
            f"{form}: "
            + ", ".join(
                f"{m} {self.trained[form][m]:.3f} against {self.pretrained[form][m]:.3f}"
                for m in MEASURES
            )
            for form in self.trained
        )
        return (
            f"{decision}: on {self.queries:,} held-out queries the trained encoder against the "
            f"pretrained one has {forms}"
        )

    def table(self) -> str:
        """Return the figures as a Markdown table."""
        rows = [
            f"| {form} | {name} | " + " | ".join(f"{means[form][m]:.3f}" for m in MEASURES) + " |"
            for form in self.trained
            for name, means in (("trained", self.trained), ("pretrained", self.pretrained))
        ]
        head = f"| search | encoder | {' | '.join(MEASURES)} |"
        return "\n".join([head, "|---|---|---|---|", *rows])


def _means(scores: Mapping[str, Scores]) -> dict[str, dict[str, float]]:
    return {form: {m: own.means[m] for m in MEASURES} for form, own in scores.items()}
