"""The command ``gram-es override``: lock, ban and pin codes, for a person."""

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
from gram_es.overrides.service import Desk, Settled
from gram_es.settings import current_settings

_note = click.option("--note", default="", help="Why; kept with the rule.")
_by = click.option("--by", default="", help="Who sets it.  [default: your user name]")


@click.group()
def override() -> None:
    """Lock, ban and pin codes by hand, above what the model says."""


@override.command()
@click.argument("product_id")
@click.argument("codes", nargs=-1, required=True)
@_note
@_by
@json_option
def lock(product_id: str, codes: Sequence[str], note: str, by: str, as_json: bool) -> None:
    """Let PRODUCT_ID carry CODES, before those of the model, whatever feed or model comes."""
    _set(Kind.LOCK, codes, {"product_id": product_id, "note": note, "by": by}, as_json=as_json)


@override.command()
@click.argument("codes", nargs=-1, required=True)
@click.option("--product", "product_id", help="On this product only.")
@click.option("--query", help="For queries of this pattern only; * stands for any words.")
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
    """Let nothing carry CODES any more, in whatever form; or one product, or some queries."""
    given = {"product_id": product_id, "query": query, "note": note, "by": by}
    _set(Kind.BAN, codes, given, as_json=as_json)


@override.command()
@click.argument("query")
@click.argument("codes", nargs=-1, required=True)
@click.option("--weight", type=float, default=DEFAULT_WEIGHT, show_default=True)
@_note
@_by
@json_option
def pin(query: str, codes: Sequence[str], weight: float, note: str, by: str, as_json: bool) -> None:
    """Give CODES to QUERY, a pattern in which * stands for any words, or none.

    The weight is above 0 and at most 1, as that of all codes of the model together.
    """
    given = {"query": query, "weight": weight, "note": note, "by": by}
    _set(Kind.PIN, codes, given, as_json=as_json)


@override.command("list")
@click.option("--kind", type=click.Choice(list(Kind)), help="Those of one kind.")
@click.option("--product", "product_id", help="Those of one product.")
@json_option
def list_overrides(kind: str | None, product_id: str | None, as_json: bool) -> None:
    """Show what is set, each with the id to remove it by."""
    with _desk() as desk:
        found = desk.store.read()
    shown = [
        one for one in found if kind in (None, one.kind) and product_id in (None, one.product_id)
    ]
    if as_json:
        click.echo(_dump([one.to_json() for one in shown]))
        return
    for one in shown:
        click.echo(_line(one))
    if not shown:
        click.echo("no overrides", err=True)


@override.command()
@click.argument("ids", nargs=-1, required=True)
@json_option
def remove(ids: Sequence[str], as_json: bool) -> None:
    """Remove the overrides of these IDS; products get back what the model gave them."""
    with _desk() as desk, _bar() as bar:
        _show("removed", desk.lift(ids, bar.update), as_json=as_json)


@override.command()
def apply() -> None:
    """Make every product obey, where a command was cut short or an index was restored."""
    with _desk() as desk, _bar() as bar:
        written = desk.apply(bar.update)
    click.echo(f"{written:,} products changed")


@override.command("import")
@click.argument("file", type=click.File(encoding="utf-8-sig"))
@_by
@json_option
def import_csv(file: TextIO, by: str, as_json: bool) -> None:
    """Set what FILE holds, a CSV as export writes it, or "-"; nothing if a row of it is bad."""
    by = by or _user()
    given = [one if one.by else make_override({**one.fields(), "by": by}) for one in _rows(file)]
    with _desk() as desk, _bar() as bar:
        _show("set", desk.set(given, bar.update), as_json=as_json)


@override.command("export")
@click.argument("file", type=click.File("w", encoding="utf-8", lazy=True), default="-")
def export_csv(file: TextIO) -> None:
    """Write all overrides to FILE as CSV; default: standard output."""
    with _desk() as desk:
        write_csv(desk.store.read(), file)


def _rows(file: TextIO) -> list[Override]:
    found = read_csv(file, file.name)
    if not found:
        raise OverrideError(f"{file.name} holds no override")
    return found


def _set(kind: Kind, codes: Sequence[str], given: Mapping[str, Any], *, as_json: bool) -> None:
    by = given["by"] or _user()
    wanted = [make_override({**given, "kind": kind, "code": code, "by": by}) for code in codes]
    with _desk() as desk, _bar() as bar:
        _show("set", desk.set(wanted, bar.update), as_json=as_json)


@contextmanager
def _desk() -> Iterator[Desk]:
    settings = current_settings()
    with connect(settings) as client:
        yield Desk(client, settings.index)


def _bar() -> Any:
    return tqdm(desc="apply", unit="product", disable=None, leave=False)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return ""


def _show(done: str, settled: Settled, *, as_json: bool) -> None:
    if as_json:
        rules = [one.to_json() for one in settled.overrides]
        click.echo(_dump({"overrides": rules, "products": settled.products}))
    else:
        for one in settled.overrides:
            click.echo(_line(one))
        click.echo(f"{len(settled.overrides):,} {done}, {settled.products:,} products changed")
    for code in settled.strange:
        click.echo(
            f"no product had the code {code!r} before: unless the model knows it, only a pin leads "
            f"shoppers to it: gram-es override pin QUERY {code!r}",
            err=True,
        )


def _line(one: Override) -> str:
    about = f"product {one.product_id}" if one.product_id else f"query {one.query!r}"
    scope = "everywhere" if one.is_everywhere else about
    weight = f" {one.weight:g}" if one.weight is not None else ""
    said = "  ".join(part for part in (one.by, one.at, one.note) if part)
    return f"{one.id}  {one.kind} {one.code!r}{weight}  {scope}  ({said})"


def _dump(plain: Any) -> str:
    return json.dumps(plain, ensure_ascii=False, indent=2)
