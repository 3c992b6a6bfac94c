"""Checks of the ledger: batches that it lost, and run numbers that it does not know."""

from __future__ import annotations

from collections.abc import Iterator

from gram_es.index.names import LEDGER, STATE
from gram_es.index.state_store import last_run_number, last_run_of_products
from ingest.doctor.findings import Finding, Site, failure, ok, warning
from ingest.runs.report import RunReport
from ingest.runs.run_store import RunStore

_CHECKED_RUNS = 10
_INGEST_AGAIN = "ingest each full feed again: its run gets a number above that of all products"


def run_numbers(site: Site) -> Iterator[Finding]:
    """Check that the ledger and the counter of runs are not older than the products."""
    index = site.settings.index
    of_products = last_run_of_products(site.client, index)
    last = next(iter(RunStore(site.client, index).last(1)), None)
    recorded = max(last_run_number(site.client), last.number if last else 0)
    if of_products > recorded:
        yield warning(
            f"run {of_products} wrote products, but {LEDGER} and {STATE} end with run {recorded}: "
            "they were lost, or the products were restored from a snapshot",
            _INGEST_AGAIN,
        )
    else:
        yield ok(f"no product is newer than run {recorded}, the last one")


def runs(site: Site) -> Iterator[Finding]:
    """Check that the last runs have all their batches, and that no lost run superseded them."""
    store = RunStore(site.client, site.settings.index)
    reports = [RunReport.of(store, run) for run in store.last(_CHECKED_RUNS)]
    for report in reports:
        run = f"run {report.run.number} of {report.run.source}"
        if report.missing_batches:
            yield failure(
                f"{LEDGER} lacks {report.missing_batches:,} of {report.run.batches:,} batches of "
                f"{run}",
                "ingest the same feed again, which resumes the run",
            )
        if report.unknown_runs:
            yield failure(
                f"{report.totals.counts.superseded:,} rows of {run} were superseded by a run that "
                f"{LEDGER} does not contain",
                _INGEST_AGAIN,
            )
    if not any(report.missing_batches or report.unknown_runs for report in reports):
        yield ok(f"the ledger has all batches of the last {len(reports)} runs")
