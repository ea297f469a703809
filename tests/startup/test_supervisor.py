"""Parts that die are started again, ever more slowly; parts that will not stop are killed."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from config.startup.processes import LARGEST_LOG, Program, last_lines, rotate
from config.startup.signals import Signals
from config.startup.supervisor import HEALTHY_AFTER, Child, Record, Supervisor
from tests.startup.product import eventually

FOREVER = "import signal; signal.pause()"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); signal.pause()"
PARENT = f"import signal, subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {FOREVER!r}]).pid, flush=True); signal.pause()"


def program(tmp_path, code: str, **options) -> Program:
    return Program("part", [sys.executable, "-c", code], os.environ, tmp_path / "part.log", **options)


def test_delays_grow_to_half_a_minute():
    record = Record()
    assert [record.note(lived=1) for _ in range(8)] == [0, 1, 2, 4, 8, 16, 30, 30]


def test_a_long_life_clears_the_record():
    record = Record(failures=6)
    assert record.note(lived=HEALTHY_AFTER + 1) == 0
    assert record.failures == 1


def test_part_that_keeps_dying_waits_and_says_where_to_look(tmp_path, capsys):
    supervisor = Supervisor(Signals())
    supervisor.start(Child(program(tmp_path, "print('no such luck'); raise SystemExit(3)")))
    part, record = supervisor.parts[0], supervisor.records.setdefault("part", Record(failures=4))
    eventually(lambda: not part.running.is_alive())
    supervisor._tend(part)
    assert part.running is None
    assert record.not_before > time.monotonic() + 4
    said = capsys.readouterr().err
    assert "part stopped by itself (ended with status 3). Starting it again in 8 s." in said
    assert str(part.log) in said


def test_deaf_program_is_killed_after_its_patience(tmp_path):
    running = program(tmp_path, DEAF, patience=0.2).start()
    eventually(lambda: "ready" in last_lines(tmp_path / "part.log"))
    running.stop()
    assert running.process.returncode == -signal.SIGKILL


def test_second_request_does_not_wait(tmp_path):
    running = program(tmp_path, DEAF, patience=600).start()
    eventually(lambda: "ready" in last_lines(tmp_path / "part.log"))
    running.stop(hurry=lambda: True)
    assert running.process.returncode == -signal.SIGKILL


def test_children_of_a_killed_program_are_swept(tmp_path):
    running = program(tmp_path, PARENT).start()
    child = int(eventually(lambda: last_lines(tmp_path / "part.log")))
    running.process.kill()
    running.sweep()
    eventually(lambda: not is_running(child))


def is_running(pid: int) -> bool:
    """An orphan whose new parent has not buried it yet does not run."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(("size", "rotated"), [(LARGEST_LOG + 1, True), (100, False)])
def test_large_log_is_kept_once(tmp_path, size, rotated):
    log = tmp_path / "web.log"
    log.touch()
    os.truncate(log, size)
    rotate(log)
    assert (tmp_path / "web.log.1").exists() is rotated
