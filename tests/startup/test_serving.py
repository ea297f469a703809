"""One product's life, looked at from outside: what it answers, that it heals itself, and that nothing is left when it ends.

The tests are in the order of that life: a start takes seconds, so that all but the last ones share it.
"""

import json
import os
import shutil
import signal
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from tests.startup import product
from tests.startup.product import Product, eventually, fetch


@pytest.fixture(scope="module")
def running(shared_folder) -> Iterator[Product]:
    started = Product(shared_folder / "state").start()
    yield started
    started.close()


def connect(running: Product, role: str) -> psycopg.Connection:
    host = quote(str(running.state / "run" / "postgres"), safe="")
    return psycopg.connect(f"postgresql://{role}@/portret?host={host}&port=5432", autocommit=True)


def test_ready_line_stands_alone_and_the_account_is_told(running):
    lines = running.said().splitlines()
    assert f"READY {running.url}" in lines
    assert "owner@portret.localhost" in running.said()
    assert str(running.state / "mail") in running.said()
    assert f"http://127.0.0.1:{running.metrics_port}" in running.said()


def test_the_first_start_shows_the_password_of_the_file(running):
    password = (running.state / "secrets" / "first-password").read_text().strip()
    assert len(password) >= 12
    assert password in running.said()


def test_home_page_answers(running):
    assert running.get("/")[0] == 200


def test_metrics_answer_on_their_own_port(running):
    assert "portret_requests_total" in eventually(lambda: fetch(f"http://127.0.0.1:{running.metrics_port}/metrics")[1])


def test_secrets_are_private(running):
    folder = running.state / "secrets"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


@pytest.mark.parametrize("folder", ["log", "mail", "files", "valkey", "postgres", "secrets"])
def test_folders_are_closed_to_others(running, folder):
    assert stat.S_IMODE((running.state / folder).stat().st_mode) == 0o700


def test_database_roles_have_no_way_around_row_security(running):
    sql = "SELECT rolsuper, rolbypassrls, rolcreaterole, rolinherit FROM pg_roles WHERE rolname = current_user"
    with connect(running, "portret_app") as app, connect(running, "portret_owner") as owner:
        assert app.execute(sql).fetchone() == (False, False, False, False)
        assert owner.execute(sql).fetchone()[:3] == (False, False, False)
        assert app.execute("SELECT count(*) FROM pg_auth_members WHERE member = 'portret_app'::regrole").fetchone() == (0,)


def test_app_role_may_stage_but_not_create(running):
    with connect(running, "portret_app") as app:
        app.execute("CREATE TEMPORARY TABLE staged (line text)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("CREATE TABLE kept (line text)")


def test_database_log_holds_no_values(running):
    with connect(running, "portret_app") as app, pytest.raises(psycopg.Error):
        app.execute("SELECT %s::text::integer, 'grace@example.org'", ["ada@example.org"])
    assert "example.org" not in (running.state / "log" / "postgres.log").read_text()


def test_database_listens_on_no_port(running):
    with connect(running, "portret_app") as app:
        assert app.execute("SHOW listen_addresses").fetchone() == ("",)


def test_second_start_says_that_it_already_runs(running):
    done = product.run("--port", str(product.free_port()), state=running.state)
    assert done.returncode == 1
    assert f"already runs on {running.state}" in done.stderr
    assert str(running.process.pid) in done.stderr
    assert "Traceback" not in done.stderr


def test_port_in_use_is_told_before_anything_is_started(running, folder):
    done = product.run("--port", str(running.port), state=folder / "other")
    assert done.returncode == 1
    assert f"Port {running.port}" in done.stderr
    assert "--port N" in done.stderr
    assert not (folder / "other" / "postgres").exists()


def test_manage_uses_the_running_database(running):
    code = "from django.db import connection as c; k = c.cursor(); k.execute('SELECT pg_postmaster_start_time()'); print(k.fetchone()[0])"
    done = product.run("manage", "shell", "--no-imports", "-c", code, state=running.state)
    with connect(running, "portret_app") as app:
        started = app.execute("SELECT pg_postmaster_start_time()").fetchone()[0]
    assert done.stdout.strip() == str(started), done.stderr


def test_every_part_works(running):
    _, body = eventually(lambda: (answer := running.get("/readyz"))[0] == 200 and answer)
    assert set(json.loads(body).values()) == {"ok"}


PARTS = {
    "beat": "-A config beat",
    "worker": "-A config worker",
    "web": "config.wsgi:application",
    "metrics": "manage.py metrics",
    "valkey": "valkey-server",
    "postgres": "/postgres -D",
}


@pytest.mark.parametrize("name", PARTS)
def test_killed_part_is_replaced_with_all_its_children(running, name):
    killed = eventually(lambda: running.pid_of(PARTS[name]))
    children = {pid for pid in product.belonging_to(running.state) if _group(pid) == killed}
    os.kill(killed, signal.SIGKILL)
    replacement = eventually(lambda: (pid := running.pid_of(PARTS[name])) != killed and pid)
    assert not children & set(product.belonging_to(running.state))
    assert f"{name} stopped by itself (killed by signal 9)" in running.said()
    eventually(lambda: running.get("/healthz")[0] == 200)
    assert running.pid_of(PARTS[name]) == replacement


@pytest.mark.parametrize("name", ["web", "worker", "beat", "metrics"])
def test_who_owns_the_tables_is_not_told_to_what_serves(running, name):
    serving = eventually(lambda: running.pid_of(PARTS[name]))
    told = Path(f"/proc/{serving}/environ").read_bytes()
    assert b"DATABASE_URL=" in told
    assert b"portret_owner" not in told


def test_a_removed_log_folder_does_not_end_the_product(running):
    shutil.rmtree(running.state / "log")
    killed = running.pid_of(PARTS["beat"])
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: (pid := running.pid_of(PARTS["beat"])) != killed and pid)
    assert (running.state / "log" / "beat.log").exists()


def test_everything_works_again_after_all_that(running):
    eventually(lambda: running.get("/readyz")[0] == 200)


def test_interrupt_stops_everything(running):
    assert running.signal(signal.SIGINT) == 0
    assert running.leaves_nothing()
    assert "Stopped." in running.said()


def test_manage_starts_the_database_for_the_duration(running):
    done = product.run("manage", "migrate", "--check", state=running.state)
    assert done.returncode == 0, done.stderr + done.stdout
    assert running.leaves_nothing()


def test_manage_passes_the_exit_status_on(running):
    done = product.run("manage", "nonsense", state=running.state)
    assert done.returncode == 1
    assert "nonsense" in done.stderr


def test_next_start_keeps_the_account_and_is_killed_without_a_trace(running):
    password = (running.state / "secrets" / "first-password").read_text()
    again = Product(running.state).start()
    assert "shown this once" not in again.said()
    assert "Making the database" not in again.said()
    assert (running.state / "secrets" / "first-password").read_text() == password
    again.signal(signal.SIGKILL)
    eventually(again.leaves_nothing, seconds=90)


def _group(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return 0
