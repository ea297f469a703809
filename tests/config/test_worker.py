"""Celery for real: a message through the broker, a worker of its own process, kill -9, and a broker that forgets."""

import os
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests import databases
from tests.config.test_wall_at_start import ROOT

pytestmark = pytest.mark.broker
POST = "import django; django.setup(); from django.core.mail import send_mail; send_mail('Hello', 'text', None, ['ana@acme.example'])"


@pytest.fixture
def env(scratch, tmp_path) -> dict[str, str]:
    """A database and a queue of its own."""
    own = {"DATABASE_URL": databases.address(scratch), "CELERY_QUEUE": f"test-{uuid.uuid4().hex[:8]}", "C_FORCE_ROOT": "1"}
    return {**os.environ, **own, "EMAIL_URL": f"file://{tmp_path}/mail", "PYTHONUNBUFFERED": "1"}


@pytest.fixture
def worker(env) -> Iterator:
    """worker() starts a worker that takes messages by the time it is handed over."""
    started = []

    def start() -> subprocess.Popen:
        command = [sys.executable, "-m", "celery", "-A", "config", "worker", "--pool", "solo", "--loglevel", "INFO"]
        process = subprocess.Popen(command, env=env, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        await_line(process, "ready")
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def await_line(process: subprocess.Popen, word: str) -> None:
    """Reads until a line has this word in it; a process that says nothing for half a minute is ended, and the test with it."""
    too_long = threading.Timer(30, process.kill)
    too_long.start()
    said = next((line for line in process.stderr if word in line), "")
    too_long.cancel()
    assert said, f"the process ended before it said {word!r}"


def post(env: dict[str, str]) -> None:
    subprocess.run([sys.executable, "-c", POST], env=env, cwd=ROOT, check=True, timeout=60)


def sent(name: str) -> list[int]:
    with databases.app_connection(name) as app:
        return [attempts for (attempts,) in app.execute("SELECT attempts FROM accounts_outgoingmail WHERE sent_at IS NOT NULL")]


def await_mail(folder: Path, many: int) -> list[Path]:
    """The files in the folder once there are so many; a child that waits for them is the clock."""
    script = f"import pathlib, time\nwhile len(list(pathlib.Path({str(folder)!r}).glob('*.eml'))) < {many}: time.sleep(0.02)"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=40)
    return list(folder.glob("*.eml"))


def test_what_a_page_starts_is_done_by_a_worker(env, worker, scratch, tmp_path):
    worker()
    post(env)
    assert len(await_mail(tmp_path / "mail", 1)) == 1


def test_what_a_killed_worker_leaves_the_next_one_does(env, worker, scratch, tmp_path):
    first = worker()
    first.send_signal(signal.SIGSTOP)
    post(env)
    first.kill()
    first.wait()
    worker()
    post(env)  # or the next tick of beat: any hint makes the worker look at everything that waits
    assert len(await_mail(tmp_path / "mail", 2)) == 2


def test_work_outlives_a_broker_that_was_down(env, worker, scratch, tmp_path):
    port = "1"
    post({**env, "CELERY_BROKER_URL": f"redis://127.0.0.1:{port}/0"})
    assert sent(scratch) == []
    worker()
    tick = "import django; django.setup(); from accounts.tasks import send_mail; send_mail.apply_async()"
    subprocess.run([sys.executable, "-c", tick], env=env, cwd=ROOT, check=True, timeout=60)
    assert len(await_mail(tmp_path / "mail", 1)) == 1


def test_a_worker_that_is_asked_to_stop_finishes_and_ends(env, worker):
    process = worker()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0


def test_settings_name_the_broker_that_is_tested():
    assert os.environ["CELERY_BROKER_URL"] == settings.CELERY_BROKER_URL
