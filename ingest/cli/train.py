"""The command that trains a model on a feed."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gram_es.cli_options import json_option
from gram_es.errors import SettingsError
from gram_es.records import Judgment, Product
from ingest.cli.judged_feed import collection_option, judged_feed, locale_option
from ingest.cli.language_model_training import TrainingCall, read_options, train_for_model
from ingest.cli.options import mapping_option, preset_option

if TYPE_CHECKING:
    from gram_es.training.train import EncoderChoice

_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}


class _Duration(click.ParamType[float]):
    """A duration such as ``90s``, ``30m`` or ``2h``, converted to seconds."""

    name = "duration"

    def convert(
        self, value: str | float, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the duration in seconds.

        :raises click.BadParameter: if the text is not a duration.
        """
        match = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)([smh])", str(value).strip().lower())
        if isinstance(value, str) and not match:
            self.fail(f"{value!r} is not a duration; write it as 90s, 30m or 2h", param, ctx)
        return float(match[1]) * _SECONDS[match[2]] if match else float(value)


@click.command()
@click.argument("feed")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The model's folder.")
@mapping_option
@preset_option
@collection_option
@locale_option
@click.option("--judgments", type=click.Path(path_type=Path), help="TSV of graded pairs, or qrels.")
@click.option(
    "--encoder", help="The hub id or the folder of a sentence encoder instead of all-MiniLM-L6-v2."
)
@click.option(
    "--query-prefix",
    help="The text that the encoder expects in front of a query; E5 encoders get theirs anyway.",
)
@click.option("--product-prefix", help="The text that it expects in front of a product.")
@click.option(
    "--language-model",
    help="A hub id, a folder or a GGUF file of a language model, to find words of shoppers with.",
)
@click.option(
    "--budget", type=_Duration(), help="The approximate training time, as 90s, 30m or 2h."
)
@click.option(
    "--family",
    type=click.Choice(["base", "llm"]),
    default="base",
    show_default=True,
    help="What to train: the model, or also a language model that finds its codes.",
)
@click.option(
    "--model-id", help="For --family llm: the language model's hub id, folder or GGUF file."
)
@click.option(
    "--tokens",
    type=click.IntRange(1_000),
    default=200_000,
    show_default=True,
    help="For --family llm: how many tokens a stage reads at most.",
)
@click.option(
    "--stages",
    help="For --family llm: the stages in order, separated by commas.  [default: supervised]",
)
@click.option(
    "--device",
    default="cpu",
    show_default=True,
    help="For --family llm: where torch computes, such as cuda.",
)
@click.option("--resume", is_flag=True, help="Resume an interrupted training.")
@click.option("--restart", is_flag=True, help="Discard an interrupted training and start over.")
@click.option("--force", is_flag=True, help="Replace a model that is already in the folder.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True)
@json_option
def train(
    feed: str,
    out: Path,
    mapping: Path | None,
    preset: str | None,
    collection: str | None,
    locale: str | None,
    judgments: Path | None,
    encoder: str | None,
    query_prefix: str | None,
    product_prefix: str | None,
    language_model: str | None,
    budget: float | None,
    family: str,
    model_id: str | None,
    tokens: int,
    stages: str | None,
    device: str,
    resume: bool,
    restart: bool,
    force: bool,
    seed: int,
    as_json: bool,
) -> None:
    """Train a model on the products of FEED and write its folder.

    Codes are mined from the products, and products and codes are encoded by a pretrained sentence
    encoder. With 1,000 judged queries or more the encoder is trained on them. Checkpoints are
    stored next to the folder until the training is done. The trained encoder is kept only if it
    does not lose against the pretrained one on held-out queries.

    With --language-model, a causal language model looks for words of the shop's language that no
    product uses, such as "nappies" in a shop that says "diapers", and for the types that they are
    near to. They are in the file shopper_words.tsv of the folder, which you may edit. It takes a
    quarter of an hour with 270 million parameters, and the model is not needed afterwards.

    With --family llm, the language model --model-id is trained to find the codes of queries and of
    products (LoRA), and its adapter is written into the model's folder. The workers for queries,
    warm and evaluate then use it. A model that is already in the folder stays as it is.

    Otherwise a model that is already in the folder is replaced only with --force. Services and
    workers that use it would find another model there when they restart.
    """
    from gram_es.model.folder import check_no_model, check_target_folder
    from gram_es.model.manifest import MANIFEST
    from gram_es.model.pretrained import DEFAULT_ENCODER
    from gram_es.training.train import EncoderChoice

    if resume and budget:
        raise SettingsError("a resumed training keeps its --budget: leave it out with --resume")
    if resume and restart:
        raise SettingsError("--resume and --restart exclude each other: give one of them")
    options = read_options(family, model_id, stages, tokens=tokens, device=device, seed=seed)
    out = out.resolve()
    check_target_folder(out)
    keeps_model = options is not None and not force and (out / MANIFEST).exists()
    if not force and not keeps_model:
        check_no_model(out)
    data = judged_feed(
        feed,
        judgments,
        mapping=mapping,
        preset=preset,
        collection=collection,
        locale=locale,
        training=True,
    )
    products, graded = data.products, data.judgments
    if options is not None:
        products = _sampled(products, graded, seed)
    if not keeps_model:
        _train_model(
            out,
            products,
            graded,
            EncoderChoice(encoder or DEFAULT_ENCODER, query_prefix, product_prefix),
            language_model,
            budget_s=budget,
            seed=seed,
            resume=resume,
            restart=restart,
            as_json=as_json,
        )
    if options is not None:
        call = TrainingCall(out, list(products), graded, resume, restart, as_json)
        train_for_model(call, options)


def _sampled(products: Iterable[Product], graded: Sequence[Judgment], seed: int) -> list[Product]:
    """Return the products to train on, which are read twice."""
    from gram_es.training.data.catalogue_sample import MAX_PRODUCTS, sample_products

    judged = {judgment.product_id for judgment in graded}
    return sample_products(products, always=judged, max_products=MAX_PRODUCTS, seed=seed)[0]


def _train_model(
    out: Path,
    products: Iterable[Product],
    graded: Sequence[Judgment],
    choice: EncoderChoice,
    language_model: str | None,
    *,
    budget_s: float | None,
    seed: int,
    resume: bool,
    restart: bool,
    as_json: bool,
) -> None:
    """Train a model, write its folder, and print what came out."""
    from gram_es.training.checkpoint_file import remove_checkpoint
    from gram_es.training.train import train as train_model

    started = time.monotonic()
    checkpoints = out.with_name(f"{out.name}.checkpoint")
    if restart:
        remove_checkpoint(checkpoints)
    trained = train_model(
        products,
        graded,
        encoder=choice,
        language_model=language_model,
        seed=seed,
        checkpoints=checkpoints,
        resume=resume,
        budget_s=budget_s,
        report_progress=lambda message: click.echo(message, err=True),
    )
    seconds = time.monotonic() - started
    manifest = trained.save(out)
    remove_checkpoint(checkpoints)
    if as_json:
        facts = {
            "model": str(out),
            "fingerprint": manifest.fingerprint,
            "seconds": seconds,
            "encoder_is_trained": trained.config.is_encoder_trained,
        }
        click.echo(json.dumps({**facts, "counts": trained.counts}))
    else:
        counts = ", ".join(f"{count:,} {name}" for name, count in trained.counts.items() if count)
        click.echo(f"{out}: model {manifest.fingerprint[:12]} in {seconds:.0f} s ({counts})")
