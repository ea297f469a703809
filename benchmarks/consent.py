"""The consent log against a plain INSERT of the same rows, verifying it all, and the gate against a join written by hand."""

import argparse
import json
import multiprocessing
import random
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, connections, transaction  # noqa: E402

from accounts import organisation, tenancy  # noqa: E402
from accounts.audit import SYSTEM  # noqa: E402
from accounts.models import Tenant, User  # noqa: E402
from benchmarks import _gate  # noqa: E402
from consent.ledger import appending, subjects, tree, verifying  # noqa: E402
from consent.ledger.appending import Entry  # noqa: E402
from tests import databases  # noqa: E402

WRITERS = (1, 8, 32)
SUBJECTS = 5_000
BARE = {"ledgerevent": "bare_event", "evidence": "bare_evidence", "ledgerinbox": "bare_inbox"}
FIELDS = {
    "kind": "consent",
    "purpose": "newsletter",
    "purpose_version": "3",
    "channel": "email",
    "state": "given",
    "basis": "consent",
    "occurred_at": "2026-03-01T09:00:00+00:00",
    "recorded_at": "2026-03-01T09:00:00+00:00",
    "valid_until": "2028-03-01T09:00:00+00:00",
    "notice_sha256": "0" * 64,
    "notice_language": "nl",
    "label": "Ja, stuur mij de nieuwsbrief",
    "method": "form",
    "indicated_by": "customer",
    "form_version": "4",
    "control": "checkbox",
    "control_default": "unticked",
    "page_url": "https://shop.example/nieuwsbrief",
    "ip": "203.0.113.9",
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
}
# The same rows of the same size, with the same indexes, on the same kind of connection, in as many statements and commits. Nothing is
# hashed, chained, sealed or walled, and no chain is held.
READ = "SELECT of_tenant, id FROM bare_event WHERE of_tenant = %s AND id = %s"
PLAIN = """
WITH event AS (
  INSERT INTO bare_event (of_tenant, event_id, subject_id, seq, prev_hash, fields_root, leaf_hash)
  VALUES (%(tenant)s, %(event)s, %(subject)s, %(seq)s, %(hash)s, %(hash)s, %(hash)s)
), evidence AS (
  INSERT INTO bare_evidence (of_tenant, event_id, digests, sealed, has_ip) VALUES (%(tenant)s, %(event)s, %(digests)s, %(sealed)s, true))
INSERT INTO bare_inbox (of_tenant, event_id, leaf_hash, at) VALUES (%(tenant)s, %(event)s, %(hash)s, now())
"""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=30_000, help="events to verify")
    options.add_argument("--seconds", type=float, default=4, help="of each round of appending")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--customers", type=int, default=1_000_000, help="to ask the gate about")
    asked = options.parse_args()
    with stage() as (tenant, who):
        appended = {writers: compare(tenant, who, writers, asked) for writers in WRITERS}
        bulk = in_bulk(tenant, who, asked.rows)
        verified = verification(tenant)
        asking = _gate.measure(Tenant.objects.create(name="Gate", slug="gate"), asked.customers, rounds=asked.rounds)
    ratio = min(figures["ratio"] for figures in appended.values())
    collapse = round(appended[32]["appended"] / appended[8]["appended"], 2)
    figures = {"writers": appended, "of_32_to_8": collapse, "in_bulk_a_second": bulk, **verified, "gate": {**asking, "must": 1.3}}
    print(json.dumps({"name": "consent", "ratio": ratio, "must": 0.3, "aim": 0.5, **figures}))


@contextmanager
def stage() -> Iterator[tuple[Tenant, list[int]]]:
    """A scratch database with one tenant and its subjects, and bare twins of the tables of the log."""
    databases.as_owner(f'CREATE DATABASE "{databases.TEMPLATE}"')
    for alias in connections:
        settings.DATABASES[alias]["NAME"] = connections[alias].settings_dict["NAME"] = databases.TEMPLATE
    with databases.only(databases.TEMPLATE):
        try:
            yield filled()
        finally:
            close()


def filled() -> tuple[Tenant, list[int]]:
    call_command("migrate", verbosity=0)
    owner = User.objects.create_user("owner@bench.example", "not-used-anywhere", name="Owner")
    tenant = organisation.found(Tenant(name="Bench", slug="bench"), by=owner, actor=SYSTEM)
    with tenancy.scope(tenant):
        who = list(subjects.of_customers(range(1, SUBJECTS + 1)).values())
    app_role = settings.DATABASES["default"]["USER"]
    for table, bare in BARE.items():
        twin = f"CREATE TABLE {bare} (LIKE consent_{table} INCLUDING ALL); ALTER TABLE {bare} RENAME tenant_id TO of_tenant"
        databases.as_owner(twin, f'GRANT SELECT, INSERT ON {bare} TO "{app_role}"', database=databases.TEMPLATE)
    return tenant, who


def compare(tenant: Tenant, who: list[int], writers: int, asked: argparse.Namespace) -> dict[str, float]:
    """Events a second by so many processes at once, one a commit, best of the rounds; the two take turns."""
    ours, plain = [], []
    for number in range(asked.rounds):
        pair = [(ours, append_until), (plain, insert_until)]
        for rates, work in pair if number % 2 else reversed(pair):
            rates.append(at_once(work, tenant, who, writers=writers, seconds=asked.seconds))
    return {"appended": round(max(ours)), "inserted": round(max(plain)), "ratio": round(max(ours) / max(plain), 3)}


def at_once(work: Callable, tenant: Tenant, who: list[int], *, writers: int, seconds: float) -> float:
    """Each writer has a connection of its own, opened before the clock starts."""
    close()
    context = multiprocessing.get_context("fork")
    counts, ready = context.Queue(), context.Barrier(writers)
    processes = [context.Process(target=work, args=(tenant, who[number::writers], seconds, counts, ready)) for number in range(writers)]
    for process in processes:
        process.start()
    total = sum(counts.get() for _ in processes)
    for process in processes:
        process.join()
    return total / seconds


def append_until(tenant: Tenant, who: list[int], seconds: float, counts: multiprocessing.Queue, ready: object) -> None:
    def one() -> None:
        with tenancy.scope(tenant):
            appending.append([Entry(random.choice(who), FIELDS)])

    counts.put(counted(one, seconds, ready))
    close()


def insert_until(tenant: Tenant, who: list[int], seconds: float, counts: multiprocessing.Queue, ready: object) -> None:
    digests, salted = appending.digested(FIELDS)
    sealed, seq = b"x" * (28 + len(json.dumps(salted))), random.randrange(1 << 30)

    def one() -> None:
        nonlocal seq
        seq += 1
        row = {"tenant": tenant.pk, "event": appending.hashing.new_event_id(), "subject": random.choice(who), "seq": seq}
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL app.tenant = '{tenant.pk}'")
            cursor.execute(READ, [tenant.pk, row["subject"]])
            cursor.execute(PLAIN, {**row, "hash": bytes(32), "digests": digests, "sealed": sealed})

    counts.put(counted(one, seconds, ready))
    close()


def counted(one: Callable[[], None], seconds: float, ready: object) -> int:
    for _ in range(20):
        one()  # plans are made, the connection is open
    ready.wait()
    end, count = time.perf_counter() + seconds, 0
    while time.perf_counter() < end:
        one()
        count += 1
    return count


def in_bulk(tenant: Tenant, who: list[int], rows: int) -> int:
    """Events a second by one writer, a thousand a commit, as an import does."""
    began = time.perf_counter()
    for _ in range(0, rows, 1_000):
        with tenancy.scope(tenant):
            appending.append([Entry(subject_id, FIELDS) for subject_id in random.sample(who, 1_000)])
    return round(rows / (time.perf_counter() - began))


def verification(tenant: Tenant) -> dict[str, float]:
    """Of everything that was appended: into the tree, then looked through; and how much larger the process became."""
    began = time.perf_counter()
    sequenced = tree.sequence_all(tenant)
    taken, before = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with tenancy.scope(tenant):
        tree.checkpoint()
        began = time.perf_counter()
        found = verifying.verify()
    seconds = time.perf_counter() - began
    if found.findings:
        raise SystemExit(f"The log does not add up: {found.findings[:3]}")
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    rates = {"sequenced_a_second": round(sequenced / taken), "verified": found.events, "verified_a_second": round(found.events / seconds)}
    return {**rates, "verifying_mb": grown}


def close() -> None:
    connections.close_all()
    databases.close_pools()


if __name__ == "__main__":
    main()
