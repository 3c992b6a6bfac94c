"""The command ``gram-es override``: lock, ban and pin codes, and keep words as typed."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

import click
from tqdm import tqdm

from gram_es.cli_options import json_option
from gram_es.cluster.client import connect
from gram_es.errors import OverrideError
from gram_es.overrides.csv_file import read_csv, write_csv
from gram_es.overrides.rules import DEFAULT_WEIGHT, Kind, Override, make_override
from gram_es.overrides.service import OverrideChange, OverrideService
from gram_es.settings import current_settings

_note = click.option("--note", default="", help="The reason; it is stored with the override.")
_by = click.option("--by", default="", help="Who sets the override.  [default: your user name]")


@click.group()
def override() -> None:
    """Lock, ban and pin codes, and keep words as typed, by hand.

    Overrides take precedence over the model and the spelling correction.
    """


@override.command()
@click.argument("product_id")
@click.argument("codes", nargs=-1, required=True)
@_note
@_by
@json_option
def lock(product_id: str, codes: Sequence[str], note: str, by: str, as_json: bool) -> None:
    """Give CODES to PRODUCT_ID, ahead of the model's codes.

    The product keeps them with later feeds and models.
    """
    _set(Kind.LOCK, codes, {"product_id": product_id, "note": note, "by": by}, as_json=as_json)


@override.command()
@click.argument("codes", nargs=-1, required=True)
@click.option("--product", "product_id", help="Ban them on this product only.")
@click.option("--query", help="Ban them for queries of this pattern only; * matches any words.")
@_note
@_by
@json_option
def ban(
    codes: Sequence[str],
    product_id: str | None,
    query: str | None,
    note: str,
    by: str,
    as_json: bool,
) -> None:
    """Remove CODES, in every surface form, from products and queries.

    --product or --query restricts the ban; without them it applies everywhere.
    """
    fields = {"product_id": product_id, "query": query, "note": note, "by": by}
    _set(Kind.BAN, codes, fields, as_json=as_json)


@override.command()
@click.argument("query")
@click.argument("codes", nargs=-1, required=True)
@click.option("--weight", type=float, default=DEFAULT_WEIGHT, show_default=True)
@_note
@_by
@json_option
def pin(query: str, codes: Sequence[str], weight: float, note: str, by: str, as_json: bool) -> None:
    """Give CODES to all queries that match the pattern QUERY.

    In the pattern * matches any number of words. The weight of a pin is above 0 and at most 1. All
    weights of a query sum to at most 1; the model's codes share what the pins leave.
    """
    fields = {"query": query, "weight": weight, "note": note, "by": by}
    _set(Kind.PIN, codes, fields, as_json=as_json)


@override.command()
@click.argument("words", nargs=-1, required=True)
@_note
@_by
@json_option
def keep(words: Sequence[str], note: str, by: str, as_json: bool) -> None:
    """Never correct the spelling of WORDS in queries; each word applies in exactly this form."""
    by = by or _user()
    common = {"kind": Kind.KEEP, "note": note, "by": by}
    _store([make_override({**common, "query": word}) for word in words], as_json=as_json)


@override.command("list")
@click.option(
    "--kind", type=click.Choice([kind.value for kind in Kind]), help="List overrides of one kind."
)
@click.option("--product", "product_id", help="List overrides of one product.")
@json_option
def list_overrides(kind: str | None, product_id: str | None, as_json: bool) -> None:
    """List the overrides, all or those of a kind or product, each with the id that removes it."""
    with _open_service() as service:
        stored = service.store.read()
    listed = [
        each
        for each in stored
        if kind in (None, each.kind) and product_id in (None, each.product_id)
    ]
    if as_json:
        click.echo(_dump([each.to_json() for each in listed]))
        return
    for each in listed:
        click.echo(_line(each))
    if not listed:
        click.echo("no overrides", err=True)


@override.command()
@click.argument("ids", nargs=-1, required=True)
@json_option
def remove(ids: Sequence[str], as_json: bool) -> None:
    """Remove the overrides with these IDS and restore the model's codes."""
    with _open_service() as service, _bar() as bar:
        _show("removed", service.remove(ids, bar.update), as_json=as_json)


@override.command()
def apply() -> None:
    """Apply all overrides again, after an interrupted command or a restored index."""
    with _open_service() as service, _bar() as bar:
        written = service.apply(bar.update)
    click.echo(f"{written:,} products changed")


@override.command("import")
@click.argument("file", type=click.File(encoding="utf-8-sig"))
@_by
@json_option
def import_csv(file: TextIO, by: str, as_json: bool) -> None:
    """Set the overrides in FILE, a CSV file in the format that export writes.

    FILE may be "-" for standard input. If any row is invalid, nothing is set.
    """
    by = by or _user()
    overrides = [
        each if each.by else make_override({**each.fields(), "by": by}) for each in _rows(file)
    ]
    with _open_service() as service, _bar() as bar:
        _show("set", service.set(overrides, bar.update), as_json=as_json)


@override.command("export")
@click.argument("file", type=click.File("w", encoding="utf-8", lazy=True), default="-")
def export_csv(file: TextIO) -> None:
    """Write all overrides to FILE as CSV; default: standard output."""
    with _open_service() as service:
        write_csv(service.store.read(), file)


def _rows(file: TextIO) -> list[Override]:
    overrides = read_csv(file, file.name)
    if not overrides:
        raise OverrideError(f"{file.name} contains no override")
    return overrides


def _set(kind: Kind, codes: Sequence[str], fields: Mapping[str, Any], *, as_json: bool) -> None:
    by = fields["by"] or _user()
    overrides = [make_override({**fields, "kind": kind, "code": code, "by": by}) for code in codes]
    _store(overrides, as_json=as_json)


def _store(overrides: Sequence[Override], *, as_json: bool) -> None:
    with _open_service() as service, _bar() as bar:
        _show("set", service.set(overrides, bar.update), as_json=as_json)


@contextmanager
def _open_service() -> Iterator[OverrideService]:
    settings = current_settings()
    with connect(settings) as client:
        yield OverrideService(client, settings.index)


def _bar() -> Any:
    return tqdm(desc="apply", unit="product", disable=None, leave=False)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return ""


def _show(action: str, change: OverrideChange, *, as_json: bool) -> None:
    if as_json:
        rules = [each.to_json() for each in change.overrides]
        click.echo(_dump({"overrides": rules, "products": change.products}))
    else:
        for each in change.overrides:
            click.echo(_line(each))
        click.echo(f"{len(change.overrides):,} {action}, {change.products:,} products changed")
    for code in change.new_codes:
        click.echo(
            f"no product had the code {code!r} before; a code that the model does not know is "
            f"searched only if it is pinned to the query: gram-es override pin QUERY {code!r}",
            err=True,
        )


def _line(rule: Override) -> str:
    target = f"product {rule.product_id}" if rule.product_id else f"query {rule.query!r}"
    scope = "everywhere" if rule.is_everywhere else target
    weight = f" {rule.weight:g}" if rule.weight is not None else ""
    remarks = "  ".join(part for part in (rule.by, rule.at, rule.note) if part)
    code = f" {rule.code!r}{weight}" if rule.code else ""
    return f"{rule.id}  {rule.kind}{code}  {scope}  ({remarks})"


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
