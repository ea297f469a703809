"""A million customers from a CSV file, against raw COPY of the same final rows into twins of the tables they end up in."""  # noqa: N999 - named as it is called: run.py bench import

import argparse
import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import django

django.setup()

from psycopg import Connection  # noqa: E402

from accounts import organisation  # noqa: E402
from accounts.audit import SYSTEM  # noqa: E402
from accounts.models import Tenant, User  # noqa: E402
from benchmarks import _events  # noqa: E402
from config.startup.options import CHECKOUT  # noqa: E402
from tests import databases  # noqa: E402

HEADER = [
    *("external_id", "email", "phone", "first_name", "last_name", "city"),
    *("postcode", "country", "birthday", "signup_at", "language", "loyalty_number"),
]
FEW = 100_000  # rows of the import beside which the memory of the whole one is shown
# The tables that the rows end up in, parents first, and their twins without row security.
TWINS = {table: table.replace("customers_", "bare_") for table in ("customers_customer", "customers_identifier", "customers_sourcerecord")}
# One row a foreign key of a table: its definition.
FOREIGN = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND conrelid = %s::regclass"
WIDE = f"CREATE TABLE wide ({', '.join(f'{name} text' for name in HEADER)}, PRIMARY KEY (external_id), UNIQUE (email), UNIQUE (phone))"
FIRST = ("Noor", "Sem", "Emma", "Daan", "Zoë", "Liam", "Saar", "Finn", "Julia", "Noah")
LAST = ("de Vries", "Jansen", "van den Berg", "Bakker", "Müller", "Peeters", "Visser", "Smit")
CITIES = (("Amsterdam", "NL"), ("Utrecht", "NL"), ("’s-Hertogenbosch", "NL"), ("Antwerpen", "BE"), ("Gent", "BE"), ("Köln", "DE"))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder, _events.stage() as stage:
        few, whole = (write(Path(folder) / f"{rows}.csv", rows) for rows in (min(FEW, asked.rows), asked.rows))
        few_run = take_in(few, new_tenant("few"))
        run = take_in(whole, stage.tenant)
        with databases.owner_connection(stage.database) as owner:
            limit = into_twins(owner, stage.tenant, Path(folder))
            wide = into_wide(owner, whole)
        report(asked.rows, run, few_run, limit, wide)


def write(path: Path, rows: int) -> Path:
    dice = random.Random(1)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(line(number, dice) for number in range(rows))
    return path


def line(number: int, dice: random.Random) -> list[str]:
    first, last, (city, country) = dice.choice(FIRST), dice.choice(LAST), dice.choice(CITIES)
    calling = {"NL": "+316", "BE": "+324", "DE": "+4915"}[country]
    return [
        f"C{number:08}",
        f"{first}.{number}@mail{number % 500}.example",
        f"{calling}{10_000_000 + number:08}",
        first,
        last,
        city,
        f"{dice.randrange(1000, 9999)} AB",
        country,
        f"{dice.randrange(1940, 2008)}-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}",
        f"20{dice.randrange(10, 26)}-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}T{dice.randrange(24):02}:30:00Z",
        dice.choice(("nl", "en", "de")),
        f"L{dice.randrange(10**9):09}",
    ]


def new_tenant(slug: str) -> Tenant:
    return organisation.found(Tenant(name=slug, slug=slug), by=User.objects.get(), actor=SYSTEM)


def take_in(path: Path, tenant: Tenant) -> SimpleNamespace:
    """The command in a process of its own, for its memory: seconds and counts as it says them, and the most it ever held (MB)."""
    command = [sys.executable, str(CHECKOUT / "manage.py"), "import_customers", "--tenant", tenant.slug, "--source", "shop", str(path)]
    command += [word for name in HEADER for word in ("--map", f"{name}={name}")]
    child = subprocess.Popen(
        command, env={**os.environ, "DATABASE_URL": databases.address()}, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    )
    said = child.stdout.read()
    _, status, used = os.wait4(child.pid, 0)
    if status:
        sys.exit("The import failed.")
    return SimpleNamespace(
        **json.loads(said.splitlines()[-1]), peak_mb=used.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)
    )


def into_twins(owner: Connection, tenant: Tenant, folder: Path) -> float:
    """Seconds of COPY of what the import has left into the same tables: same indexes, constraints and foreign keys, no row security."""
    with scope(owner, tenant):
        files = {table: dump(owner, table, folder / table) for table in TWINS}
        for table, twin in TWINS.items():
            owner.execute(f"CREATE TABLE {twin} (LIKE {table} INCLUDING ALL)")
            for (foreign,) in owner.execute(FOREIGN, [table]).fetchall():
                owner.execute(f"ALTER TABLE {twin} ADD {foreign.replace('customers_customer(', 'bare_customer(')}")
    began = time.perf_counter()
    with scope(owner, tenant):
        for table, twin in TWINS.items():
            load(owner, f"COPY {twin} FROM STDIN", files[table])
    return time.perf_counter() - began


def into_wide(owner: Connection, path: Path) -> float:
    """Seconds of COPY of the file as it is into one table of texts with a primary key and two unique indexes."""
    owner.execute(WIDE)
    began = time.perf_counter()
    load(owner, "COPY wide FROM STDIN (FORMAT csv, HEADER)", path)
    return time.perf_counter() - began


@contextmanager
def scope(owner: Connection, tenant: Tenant):  # noqa: ANN201
    with owner.transaction():
        owner.execute(f"SET LOCAL app.tenant = '{tenant.pk}'")
        yield


def dump(owner: Connection, table: str, path: Path) -> Path:
    with owner.cursor().copy(f"COPY (SELECT * FROM {table} ORDER BY id) TO STDOUT") as copy, path.open("wb") as file:
        for block in copy:
            file.write(block)
    return path


def load(owner: Connection, statement: str, path: Path) -> None:
    with owner.cursor().copy(statement) as copy, path.open("rb") as file:
        while block := file.read(1 << 20):
            copy.write(block)


def report(rows: int, run: SimpleNamespace, few: SimpleNamespace, limit: float, wide: float) -> None:
    print(f"import {run.seconds:7.1f} s   {rows / run.seconds:>9,.0f} rows/s   {run.new:,} new, {run.bad:,} bad")
    print(f"limit  {limit:7.1f} s   COPY of the same rows into twins of the tables")
    print(f"wide   {wide:7.1f} s   COPY of the file into one table of texts")
    print(f"memory {run.peak_mb:7.0f} MB at most; {few.peak_mb:.0f} MB with {few.rows:,} rows")
    figures = {
        "rows": rows,
        "seconds": run.seconds,
        "rows_per_second": round(rows / run.seconds),
        "limit_seconds": round(limit, 2),
        "wide_seconds": round(wide, 2),
        "ratio_to_wide": round(wide / run.seconds, 3),
        "peak_mb": round(run.peak_mb),
        "peak_mb_of_few": round(few.peak_mb),
    }
    print(json.dumps({"name": "import", "ratio": round(limit / run.seconds, 3), "must": 0.4, "aim": 0.6, **figures}))


if __name__ == "__main__":
    main()
