"""The list of checks, in the order in which they run, and the function that runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from elasticsearch import AuthorizationException

from gram_es.cluster.client import cluster_errors
from gram_es.errors import GramError
from gram_es.index.lifecycle import live_index
from ingest.doctor import (
    catalogue_checks,
    cluster_checks,
    ledger_checks,
    query_checks,
    queue_checks,
)
from ingest.doctor.findings import Finding, Level, Site, finding_from_error, warning

Check = Callable[[Site], Iterator[Finding]]

_FULL_KEY = (
    "run gram-es doctor once more, with a key of the role mappings/roles/gram-es-install.json"
)

CHECKS: tuple[Check, ...] = (
    cluster_checks.reachable,
    cluster_checks.privileges,
    cluster_checks.clock,
    cluster_checks.disk,
    cluster_checks.shards,
    cluster_checks.write_blocks,
    catalogue_checks.templates,
    catalogue_checks.aliases,
    catalogue_checks.side_indices,
    catalogue_checks.mappings,
    catalogue_checks.model,
    catalogue_checks.codes,
    catalogue_checks.analyzer,
    catalogue_checks.ignored_values,
    ledger_checks.run_numbers,
    ledger_checks.runs,
    queue_checks.broker,
    queue_checks.workers,
    queue_checks.backlog,
    queue_checks.dead_letters,
    query_checks.queries,
)

SHOPS_CHECKS: tuple[Check, ...] = (
    cluster_checks.reachable,
    cluster_checks.clock,
    cluster_checks.disk,
    cluster_checks.write_blocks,
    catalogue_checks.model,
    catalogue_checks.codes,
)
"""The checks of a shop's own index, in which only the codes are ours."""


@dataclass(frozen=True)
class CheckResult:
    """A finding and the name of its check."""

    check: str
    finding: Finding


def run_checks(site: Site, checks: tuple[Check, ...] | None = None) -> Iterator[CheckResult]:
    """Run the checks one after the other and yield each result as soon as it is available.

    If a check fails with an error, the result is a warning, and the next check runs.

    :param checks: by default, all that concern the index.
    """
    for check in checks or _checks_of(site):
        name = check.__name__.replace("_", " ")
        for finding in _run_check(check, site, name):
            yield CheckResult(name, finding)


def _checks_of(site: Site) -> Iterator[Check]:
    """Yield the checks; the first one says why a cluster does not answer."""
    yield cluster_checks.reachable
    try:
        is_shops = live_index(site.client, site.settings.index).is_shops
    except GramError:
        is_shops = False  # one of the checks reports it
    yield from (SHOPS_CHECKS if is_shops else CHECKS)[1:]


def _run_check(check: Check, site: Site, name: str) -> Iterator[Finding]:
    try:
        with cluster_errors(f"check the {name}"):
            yield from check(site)
    except GramError as error:
        if isinstance(error.__cause__, AuthorizationException):
            yield warning("not checked: this key lacks the privileges", _FULL_KEY)
        else:
            yield finding_from_error(Level.WARNING, f"not checked: {error}")
