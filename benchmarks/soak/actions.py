"""What happens in the soak: faults, feeds, changes of the index, searches and checks."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from subprocess import TimeoutExpired
from typing import Any

import requests
from elastic_transport import TransportError
from elasticsearch import ApiError
from processes import FAULTS, Site
from shop import FeedFile, Item, Shop, wrong_documents

from gram_es.errors import ClusterUnavailableError
from gram_es.index.lifecycle import writable_index
from gram_es.index.names import write_alias
from gram_es.index.scan import EVERYTHING, scan
from gram_es.model.manifest import read_manifest

_COMMAND_S = 900.0
_ATTEMPTS = 60
_SEARCH_PAUSE_S = 0.3
_SHOWN = 5
_KIND_CHARS = 40  # two differences that begin alike are of one kind
_K1 = (1.2, 0.9)  # an index with another k1 has to be replaced


class Rest:
    """Lets threads act at the same time, or the main thread alone while all others rest."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._acting = 0
        self._resting = False

    @contextmanager
    def action(self) -> Iterator[None]:
        """Wait until nobody rests, and act during the ``with`` block."""
        with self._changed:
            self._changed.wait_for(lambda: not self._resting)
            self._acting += 1
        try:
            yield
        finally:
            with self._changed:
                self._acting -= 1
                self._changed.notify_all()

    @contextmanager
    def rest(self) -> Iterator[None]:
        """Wait until all actions have ended, and let none begin during the ``with`` block."""
        with self._changed:
            self._resting = True
            self._changed.wait_for(lambda: not self._acting)
        try:
            yield
        finally:
            with self._changed:
                self._resting = False
                self._changed.notify_all()


class Soak:
    """The feeds, changes of the index, searches and faults of one soak, and what they counted."""

    def __init__(
        self, site: Site, shops: list[Shop], faults: list[str], *, mean_s: float, seed: int
    ) -> None:
        self.site, self.shops, self._faults, self._mean_s = site, shops, faults, mean_s
        self.rest = Rest()
        self.stopped = threading.Event()
        self.counts: dict[str, Counter[str]] = {
            name: Counter()
            for name in ("faults", "feeds", "rows", "changes", "failed commands", "searches")
        }
        self.differences: list[str] = []
        self._in_flight: dict[str, FeedFile] = {}
        self._changes = random.Random(f"{seed} changes")  # noqa: S311
        self._searches = random.Random(f"{seed} searches")  # noqa: S311
        self._reported: Counter[str] = Counter()
        self._k1 = 0
        self._started = time.monotonic()

    def say(self, line: str) -> None:
        """Print a line with the seconds since the start."""
        print(f"{time.monotonic() - self._started:7.0f} s  {line}", flush=True)

    def report(self, difference: str) -> None:
        """Print and keep a difference between the system and the model, or another defect."""
        self.differences.append(difference)
        kind = difference[:_KIND_CHARS]
        self._reported[kind] += 1
        if self._reported[kind] <= _SHOWN:
            self.say(f"WRONG: {difference}")

    def repeat(self, act: Callable[[], None]) -> None:
        """Call ``act`` until the soak is stopped; a failure of the script itself is reported."""
        while not self.stopped.is_set():
            try:
                act()
            except (ApiError, TransportError, ClusterUnavailableError):
                self.stopped.wait(1)  # the node is down
            except Exception as error:  # noqa: BLE001
                self.report(f"the soak itself failed: {type(error).__name__}: {error}")
                self.stopped.wait(5)

    # Faults

    def break_something(self) -> None:
        """Wait for a random time, and cause a random fault."""
        self.stopped.wait(self.site.rng.expovariate(1 / self._mean_s))
        name = self.site.rng.choice(self._faults)
        with self.rest.action():
            if not self.stopped.is_set() and FAULTS[name](self.site):
                self.counts["faults"][name] += 1
                self.say(name)

    # Feeds

    def feed(self, shop: Shop) -> None:
        """Ingest the next feed of a shop, and run the command again until it succeeds."""
        with self.rest.action():
            feed = shop.next_feed()
            self._in_flight[shop.source] = feed
            report = self._ingest(shop, feed)
            if report is not None:
                self._check_report(shop, feed, report)
                self.counts["feeds"][feed.kind] += 1
                self.counts["rows"]["ingested"] += feed.rows
            shop.accept(feed)

    def _ingest(self, shop: Shop, feed: FeedFile) -> Mapping[str, Any] | None:
        command = ["ingest", "run", str(feed.path), "--source", shop.source, "--wait", "--json"]
        return self._run_until(f"ingest {shop.source}", [*command, *feed.options], self._is_done)

    def _is_done(self, code: int, output: str) -> bool:
        if code == 1 and (failed := json.loads(output)).get("failed"):
            self.counts["rows"]["failed, replayed"] += failed["failed"]
            replay = ["ingest", "replay", "--wait", "--json"]
            self._run_until("ingest replay", replay, lambda code, _: code == 0)
            return True
        return code == 0

    def _run_until(
        self, name: str, command: list[str], is_done: Callable[[int, str], bool]
    ) -> Mapping[str, Any] | None:
        """Run a command until it is done; return the JSON that it printed, if any.

        A command that does not end, ends by an unexpected exception, or never succeeds is a defect.
        """
        errors = ""
        for _ in range(_ATTEMPTS):
            try:
                code, output, errors = self.site.run(name, *command, timeout_s=_COMMAND_S)
            except TimeoutExpired:
                self.report(f"{name} did not end within {_COMMAND_S:.0f} s")
                continue
            if "Traceback" in errors:
                self.report(f"{name} ended by an exception: {errors[-2_000:]}")
            elif code in (0, 1) and is_done(code, output):
                return json.loads(output) if output.strip().startswith("{") else {}
            elif code == 1:
                self.report(f"{name} found a problem: {errors[-1_000:]}")
            elif code == 2:
                self.counts["failed commands"][f"{name}: {_kind(errors)}"] += 1
                if name.startswith("index") and not _asks_to_repeat(errors):
                    return None  # refused: there is nothing to roll back to, for example
            self.stopped.wait(1)
        self.report(f"{name} did not succeed in {_ATTEMPTS} attempts: {errors[-1_000:]}")
        return None

    def _check_report(self, shop: Shop, feed: FeedFile, report: Mapping[str, Any]) -> None:
        expected = ("done", feed.rows, feed.rejected)
        found = (report["state"], report["rows"], report["rejected"])
        if found != expected:
            self.report(f"run {report['run']} of {shop.source}: {found}, expected {expected}")

    # Changes of the index

    def change_index(self) -> None:
        """Migrate to the other model or to another index, roll back, or prune."""
        self.stopped.wait(self._changes.expovariate(1 / (3 * self._mean_s)))
        kind = self._changes.choice(("slot", "slot", "index", "rollback", "rollback", "prune"))
        with self.rest.action():
            if self.stopped.is_set():
                return
            if kind in ("slot", "index"):
                self._migrate(kind)
            else:
                self._change(kind, ["index", kind, "--json"])

    def _migrate(self, kind: str) -> None:
        live = writable_index(self.site.client, self.site.settings.index).live_slot
        models = sorted(self.site.models, key=lambda model: read_manifest(model).slot == live)
        if kind == "index":
            self._k1 = 1 - self._k1
            similarity = {"gram_bm25": {"type": "BM25", "k1": _K1[self._k1], "b": 0.4}}
            custom = {"settings": {"index": {"similarity": similarity}}}
            self.site.client.cluster.put_component_template(name="gram-es@custom", template=custom)
        options = ["--sample", "5", "--min-overlap", "0", "--json"]
        target = ["--model", str(models[0]), "--live-model", str(models[-1])]
        self._change(kind, ["index", "migrate", *target, *options])

    def _change(self, kind: str, command: list[str]) -> None:
        result = self._run_until(f"index {kind}", command, lambda code, _: code in (0, 1))
        if result is not None:
            self.counts["changes"][kind] += 1
            self.say(f"{kind}: done")

    # Searches

    def search(self) -> None:
        """Search for a product that every feed lists, by its id."""
        self.stopped.wait(_SEARCH_PAUSE_S)
        shop = self._searches.choice(self.shops)
        before, feed = shop.items, self._in_flight.get(shop.source)
        after = feed.items if feed else before
        names = sorted(before.keys() & after.keys())
        if not names:
            return
        name = self._searches.choice(names)
        hits = self.find(name)
        if hits is None or shop.items is not before:
            self.counts["searches"]["unavailable"] += hits is None
            return
        self.counts["searches"]["answered"] += 1
        if name not in hits:
            self.report(f"a search for {name} found {sorted(hits)[:_SHOWN]}")
        elif hits[name] not in (before[name].price, after[name].price):
            self.report(f"{name} was found at {hits[name]}, not {before[name].price}")

    def find(self, query: str) -> dict[str, float] | None:
        """Return the prices of the hits by id; ``None`` if the service cannot answer in full."""
        url = f"http://127.0.0.1:{self.site.service_port}/search"
        json_only = {"Accept": "application/json"}
        try:
            response = requests.get(url, {"q": query}, headers=json_only, timeout=30)
        except requests.RequestException:
            return None
        if response.status_code in (429, 502, 503):
            return None
        answer = response.json()
        if response.status_code != 200:
            self.report(f"the service answered {response.status_code}: {answer}")
            return None
        if any("hits" in reason or "Elasticsearch" in reason for reason in answer["degraded"]):
            return None
        return {hit["id"]: hit["product"].get("price") for hit in answer["hits"]}

    # Checks

    def check(self) -> None:
        """Compare documents, aliases and answers with the shops; all feeds have been ingested."""
        self.stopped.wait(0.5)
        site = self.site
        expected = {name: item for shop in self.shops for name, item in shop.items.items()}
        live = writable_index(site.client, site.settings.index)
        site.client.indices.refresh(index=write_alias(site.settings.index))
        pages = scan(site.client, write_alias(site.settings.index), EVERYTHING, page_size=1_000)
        stored = {hit["_id"]: hit["_source"] for page in pages for hit in page}
        for message in wrong_documents(expected, stored, str(live.live_slot)):
            self.report(message)
        blocks = site.client.indices.get_settings(index=live.index, name="index.blocks.*")
        if blocks:
            self.report(f"{live.index} stays blocked: {blocks}")
        self._check_answers(expected)
        self.say(f"checked {len(stored):,} documents of {live.index}, slot {live.live_slot}")

    def _check_answers(self, expected: Mapping[str, Item]) -> None:
        names = self._searches.sample(sorted(expected), min(20, len(expected)))
        deleted = sorted(set().union(*(shop.deleted for shop in self.shops)))
        names += self._searches.sample(deleted, min(5, len(deleted)))
        for name in names:
            price = expected[name].price if name in expected else None
            hits: dict[str, float] | None = None
            for _ in range(90):
                hits = self.find(name)
                if hits is not None and hits.get(name) == price:
                    break
                time.sleep(1)
            else:
                found = "does not answer" if hits is None else f"finds {hits.get(name)}"
                self.report(f"the service {found} for {name}, expected {price}")


def _kind(errors: str) -> str:
    last = errors.strip().splitlines()[-1] if errors.strip() else "no message"
    return last[:100]


def _asks_to_repeat(errors: str) -> bool:
    """Return whether a message asks for the same command again; others refuse it."""
    return "again" in errors and "was pruned" not in errors
