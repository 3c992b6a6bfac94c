"""The commands that read a feed to make a model or to measure one: ``train`` and ``evaluate``."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Literal

import click

from gram_es.cli_options import json_option
from gram_es.errors import SettingsError
from gram_es.records import Product
from gram_es.settings import current_settings
from ingest.cli.options import mapping_option
from ingest.feeds import read_products
from ingest.feeds.sources.open import reach_feed

_SHOWN_REFUSALS = 5
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}


def _read(feed: str, mapping: Path | None) -> list[Product]:
    with reach_feed(feed, current_settings(), mapping) as found:
        products, refused = read_products(found)
    for row in refused[:_SHOWN_REFUSALS]:
        click.echo(f"{feed}: {row}", err=True)
    if len(refused) > _SHOWN_REFUSALS:
        click.echo(f"{feed}: and {len(refused) - _SHOWN_REFUSALS} more refused rows", err=True)
    return products


class _Duration(click.ParamType[float]):
    """A span of time such as ``90s``, ``30m`` or ``2h``, in seconds."""

    name = "duration"

    def convert(
        self, value: str | float, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the seconds, or fail with what would be right."""
        found = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)([smh])", str(value).strip().lower())
        if isinstance(value, str) and not found:
            self.fail(f"{value!r} is no span of time; write it as 90s, 30m or 2h", param, ctx)
        return float(found[1]) * _SECONDS[found[2]] if found else float(value)


@click.command()
@click.argument("feed")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The model's folder.")
@mapping_option
@click.option("--judgments", type=click.Path(path_type=Path), help="TSV of graded pairs, or qrels.")
@click.option(
    "--family",
    type=click.Choice(["tiny", "base"]),
    default="tiny",
    show_default=True,
    help="tiny trains from scratch in a minute; base starts from a sentence encoder.",
)
@click.option(
    "--encoder", help="A hub id or a folder that base starts from instead of all-MiniLM-L6-v2."
)
@click.option("--budget", type=_Duration(), help="Train for about so long: 90s, 30m, 2h.")
@click.option("--resume", is_flag=True, help="Go on with the training that was interrupted.")
@click.option("--restart", is_flag=True, help="Begin anew, whatever training was interrupted.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True)
@json_option
def train(
    feed: str,
    out: Path,
    mapping: Path | None,
    judgments: Path | None,
    family: Literal["tiny", "base"],
    encoder: str | None,
    budget: float | None,
    resume: bool,
    restart: bool,
    seed: int,
    as_json: bool,
) -> None:
    """Train a model on the products of FEED and write its folder.

    Without judgments the queries to learn from are made from the catalogue itself. Checkpoints lie
    beside the folder until the training is done.
    """
    from gram_es.evaluation.judgments import read_judgments
    from gram_es.model import folder as model_folder
    from gram_es.model.families import DEFAULT_ENCODER
    from gram_es.training.checkpoints import remove_checkpoint
    from gram_es.training.train import train as train_model

    if encoder and family != "base":
        raise SettingsError(f"--encoder {encoder} is of no use to {family}: add --family base")
    if resume and budget:
        raise SettingsError("--budget cannot be changed on the way: leave it out with --resume")
    if resume and restart:
        raise SettingsError("--resume goes on and --restart begins anew: give one of them")
    started = time.monotonic()
    out = out.resolve()
    model_folder.check_target(out)
    checkpoints = out.with_name(f"{out.name}.checkpoint")
    if restart:
        remove_checkpoint(checkpoints)
    trained = train_model(
        _read(feed, mapping),
        read_judgments(judgments) if judgments else [],
        family=family,
        encoder=encoder or DEFAULT_ENCODER,
        seed=seed,
        checkpoints=checkpoints,
        resume=resume,
        budget_s=budget,
        say=lambda told: click.echo(told, err=True),
    )
    seconds = time.monotonic() - started
    manifest = trained.save(out)
    remove_checkpoint(checkpoints)
    if as_json:
        facts = {"model": str(out), "fingerprint": manifest.fingerprint, "seconds": seconds}
        click.echo(json.dumps({**facts, "counts": trained.counts}))
    else:
        counts = ", ".join(f"{count:,} {name}" for name, count in trained.counts.items() if count)
        click.echo(f"{out}: model {manifest.fingerprint[:12]} in {seconds:.0f} s ({counts})")


@click.command()
@click.argument("feed")
@click.argument("judgments", type=click.Path(path_type=Path))
@mapping_option
@click.option("--model", "folder", type=click.Path(path_type=Path), help="The model's folder.")
@click.option(
    "--relevant", type=float, default=2.0, show_default=True, help="Grades from here on count."
)
@click.option(
    "--offset", type=float, default=0.0, show_default=True, help="Gain is 2^(grade - offset) - 1."
)
@click.option(
    "--classes",
    type=click.Path(path_type=Path),
    help="A TSV of queries and their classes, for means by class.",
)
@click.option(
    "--peers",
    is_flag=True,
    help="Measure what else there is: a pretrained encoder, hybrids, and our scorer on all.",
)
@click.option(
    "--ablate", is_flag=True, help="Measure the whole search with one part left out or resized."
)
@json_option
def evaluate(
    feed: str,
    judgments: Path,
    mapping: Path | None,
    folder: Path | None,
    relevant: float,
    offset: float,
    classes: Path | None,
    peers: bool,
    ablate: bool,
    as_json: bool,
) -> None:
    """Measure the search over FEED by JUDGMENTS, each stage against plain BM25.

    The products go into an index of their own, which is removed afterwards. Differences have
    95 % paired bootstrap intervals. With --peers a pretrained sentence encoder (dense), its
    hybrids with BM25 (rrf, dense+bm25) and the model's own scorer over the whole catalogue
    (scorer+text) are measured too, with --ablate the search without its parts, one at a time.
    """
    from gram_es.cluster.client import connect
    from gram_es.evaluation.dense import SentenceEncoder
    from gram_es.evaluation.judgments import read_classes, read_judgments
    from gram_es.evaluation.measures import Grading
    from gram_es.evaluation.runner import evaluate as run
    from gram_es.model.gram import Gram

    settings = current_settings()
    grading = Grading(relevant=relevant, offset=offset)
    graded = read_judgments(judgments)
    named = read_classes(classes) if classes else None
    encoder = SentenceEncoder() if peers else None
    gram = Gram.load(folder or settings.model_folder, threads=settings.threads)
    with connect(settings) as client:
        report = run(
            client,
            gram,
            _read(feed, mapping),
            graded,
            grading=grading,
            classes=named,
            encoder=encoder,
            window=settings.window,
            ablate=ablate,
        )
    click.echo(json.dumps(report.to_json()) if as_json else report.to_text())
