"""Command-line options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
model_option = click.option(
    "--model",
    type=click.Path(path_type=Path),
    help="The model's folder; default: GRAM_ES_MODEL, else the model in the cache folder.",
)
language_model_option = click.option(
    "--language-model",
    help="The hub id, the folder or the GGUF file of a language model that understands queries "
    "together with the model; default: the trained one in the model's folder, if there is one.",
)
