"""Emptying the inbox until every event can be asked for, against a raw COPY of the same events into the final table."""

import argparse
import json
import multiprocessing
import time

import django

django.setup()

from django.db import connections  # noqa: E402

from accounts import tenancy  # noqa: E402
from accounts.models import Tenant  # noqa: E402
from benchmarks import _events as events  # noqa: E402
from customers.ingest import bodies, drain, senders  # noqa: E402
from customers.ingest.accept import accept  # noqa: E402
from customers.models import Event  # noqa: E402
from tests import databases  # noqa: E402


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=300_000)
    options.add_argument("--workers", type=int, default=1, help="processes at once")
    asked = options.parse_args()
    rows = asked.rows
    said = events.make(rows)
    with events.stage() as at:
        limit = events.raw_copy(at, said)
        fill(at.source.write_key, said)
        rate = rows / emptied(at.tenant, asked.workers)
        with tenancy.scope(at.tenant):
            kept = Event.objects.count()
    if kept != rows:
        raise SystemExit(f"{kept} events of {rows} can be asked for.")
    figures = {"rows": rows, "workers": asked.workers, "copy_a_second": round(limit), "drained_a_second": round(rate)}
    print(json.dumps({"name": "drain", "ratio": round(rate / limit, 3), "must": 0.35, "aim": 0.5, **figures}))


def emptied(tenant: Tenant, workers: int) -> float:
    """Seconds until the inbox is empty, with so many processes at it."""
    connections.close_all()
    databases.close_pools()
    began = time.perf_counter()
    processes = [multiprocessing.get_context("fork").Process(target=drain.drain, args=(tenant,)) for _ in range(workers)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return time.perf_counter() - began


def fill(key: str, said: list[events.Said]) -> None:
    """The inbox as the doors leave it."""
    sender = senders.find(key)
    for body in events.bodies(said):
        accept(sender, bodies.batch(body))


if __name__ == "__main__":
    main()
