"""Break every part of a shop at random moments for hours, and check that nothing is lost.

``python benchmarks/soak --model DIR --next-model DIR`` starts an Elasticsearch node, a worker
and a service of its own. It then ingests feeds of two sources, migrates the index between both
models and between two kinds of index, rolls back, prunes, and sends searches, all at the same time.
Faults happen at random moments meanwhile: ``--faults`` names them, and ``--help`` lists all. A
command that fails or is killed is run again, as the documentation says.

Every few minutes everything comes to rest. The script then compares the documents, the aliases, the
reports of the runs and the answers of the service with the shop that it keeps in memory. It prints
each fault and each difference, and the figures at the end; the exit code is 1 if anything differs.
``--seed`` determines the feeds and the order of faults, but not their moments.
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from actions import Soak
from processes import FAULTS, Site
from shop import Shop

from gram_es.settings import current_settings


def soak(site: Site, arguments: argparse.Namespace) -> Soak:
    """Run the soak for its duration, and return what it counted."""
    shops = [
        Shop(source, size=arguments.products, seed=f"{arguments.seed} {source}", folder=site.folder)
        for source in ("kits", "spares")
    ]
    soak = Soak(site, shops, arguments.faults, mean_s=arguments.mean_s, seed=arguments.seed)
    site.start()
    for shop in shops:
        site.supervised["worker 1"].ensure_running()
        soak.feed(shop)
    acts: list[Callable[[], None]] = [soak.break_something, soak.change_index, soak.search]
    acts += [lambda shop=shop: soak.feed(shop) for shop in shops]  # type: ignore[misc]
    threads = [threading.Thread(target=soak.repeat, args=(act,), daemon=True) for act in acts]
    threads.append(threading.Thread(target=site.supervise, daemon=True))
    for thread in threads:
        thread.start()
    until = time.monotonic() + arguments.duration
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(left, arguments.checkpoint))
        with soak.rest.rest():
            soak.check()
    soak.stopped.set()
    for thread in threads[:-1]:
        thread.join()
    return soak


def main() -> int:
    """Run the soak, print its figures, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--next-model", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--duration", type=float, default=7_200, help="s")
    parser.add_argument("--mean-s", type=float, default=10, help="mean time between faults, s")
    parser.add_argument("--checkpoint", type=float, default=300, help="s between two checks")
    parser.add_argument("--products", type=int, default=300, help="of each of the two sources")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--broker", choices=("folder", "redis"), default="folder")
    parser.add_argument(
        "--faults",
        type=lambda text: text.split(","),
        default=[*FAULTS],
        help=f"separated by commas; default: all of {', '.join(FAULTS)}",
    )
    arguments = parser.parse_args()
    if unknown := {*arguments.faults} - FAULTS.keys():
        parser.error(f"unknown faults: {', '.join(sorted(unknown))}")
    # Root starts the node as an unprivileged user, who has to enter the folder.
    folder = Path(tempfile.mkdtemp(prefix="gram-es-soak-"))
    folder.chmod(0o755)
    settings = current_settings().model_copy(update={"index": "products-gram-soak"})
    rng = random.Random(arguments.seed)  # noqa: S311
    models = [arguments.model.absolute(), arguments.next_model.absolute()]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # ends the site's processes as well
    site = Site(settings, folder, models, arguments.workers, arguments.broker == "redis", rng)
    try:
        result = soak(site, arguments)
    finally:
        site.stop()
    for name, counts in result.counts.items():
        print(f"{name}: {sum(counts.values()):,}")
        for kind, count in counts.most_common():
            print(f"  {count:>6,}  {kind}")
    print(f"seed {arguments.seed}: {len(result.differences)} differences")
    if result.differences:
        print(f"the log of the processes is {folder / 'processes.log'}")
        return 1
    with suppress(OSError):
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
