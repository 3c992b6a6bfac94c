"""The checks in the order in which they are made, and the making of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gram_es.cluster.client import cluster_errors
from gram_es.errors import GramError
from ingest.doctor import catalogue_checks, cluster_checks, queue_checks
from ingest.doctor.findings import Finding, Level, Site, told

Check = Callable[[Site], Iterator[Finding]]

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
    queue_checks.broker,
    queue_checks.workers,
    queue_checks.backlog,
    queue_checks.dead_letters,
)


@dataclass(frozen=True)
class Line:
    """A finding and the name of the check that made it."""

    check: str
    finding: Finding


def examine(site: Site, checks: tuple[Check, ...] = CHECKS) -> Iterator[Line]:
    """Make the checks one after the other and yield their lines as they come.

    One that cannot be made is a warning, and the others go on.
    """
    for check in checks:
        name = check.__name__.replace("_", " ")
        for finding in _made(check, site, name):
            yield Line(name, finding)


def _made(check: Check, site: Site, name: str) -> Iterator[Finding]:
    try:
        with cluster_errors(f"check the {name}"):
            yield from check(site)
    except GramError as error:
        yield told(Level.WARNING, f"not checked: {error}")
