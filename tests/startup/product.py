"""A state folder goes in, the real product comes out, started by the same command as a user's; and what it leaves behind."""

import logging
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
# What the test run itself was given; the product under test makes its own.
OURS = [
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "CELERY_BROKER_URL",
    "PORTRET_ENVIRONMENT",
    "SECRET_KEY",
    "BASE_URL",
    "ALLOWED_HOSTS",
    "EMAIL_URL",
    "FILES_DIR",
    "STATIC_ROOT",
    "METRICS_PORT",
    "PROMETHEUS_MULTIPROC_DIR",
    "LOG_FORMAT",
    "DJANGO_SETTINGS_MODULE",
    "PORTRET_STATE",
]


def environment(**extra: str) -> dict[str, str]:
    return {**{key: value for key, value in os.environ.items() if key not in OURS}, **extra}


def run(*words: str, state: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    """One command to its end."""
    command = [sys.executable, "-m", "config.startup", *words]
    surroundings = environment(PORTRET_STATE=str(state), **extra)
    return subprocess.run(command, cwd=CHECKOUT, env=surroundings, capture_output=True, text=True, timeout=120, check=False)


def eventually[T](ask: Callable[[], T], *, seconds: float = 60) -> T:
    """The first true answer; fails with the last one when none comes in time."""
    deadline = time.monotonic() + seconds
    while not (answer := ask()):
        assert time.monotonic() < deadline, f"still {answer!r} after {seconds} s"
        time.sleep(0.05)
    return answer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetch(url: str) -> tuple[int, str]:
    """Status and body; status 0 when nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.read().decode()
    except OSError:
        return 0, ""


def belonging_to(state: Path) -> dict[int, str]:
    """Every process that has this state folder in its command line, environment or working folder."""
    return {pid: line for pid, line in _processes() if _mentions(pid, line, str(state))}


def kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _processes() -> list[tuple[int, str]]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z" and int(folder.name) != os.getpid():
            found.append((int(folder.name), words))
    return found


def _mentions(pid: int, line: str, folder: str) -> bool:
    try:
        around = Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace") + str(Path(f"/proc/{pid}/cwd").readlink())
    except OSError:
        around = ""
    return folder in line or folder in around


class Product:
    def __init__(self, state: Path) -> None:
        self.state = state
        self.port, self.metrics_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.output = state.with_name(state.name + ".out")

    def start(self) -> "Product":
        words = ["--port", str(self.port), "--metrics-port", str(self.metrics_port)]
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.startup", *words],
                cwd=CHECKOUT,
                env=environment(PORTRET_STATE=str(self.state)),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        eventually(lambda: "Ctrl-C stops it" in self.said() or self.process.poll() is not None, seconds=90)
        assert self.process.poll() is None, self.said()
        return self

    def said(self) -> str:
        return self.output.read_text()

    def get(self, path: str) -> tuple[int, str]:
        return fetch(self.url + path)

    def pid_of(self, words: str) -> int:
        """The child of the supervisor whose command line holds these words; 0 when there is none."""
        for pid, line in belonging_to(self.state).items():
            if words in line and self._parent(pid) == self.process.pid:
                return pid
        return 0

    def _parent(self, pid: int) -> int:
        try:
            return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            return 0

    def signal(self, number: signal.Signals) -> int:
        """Send it to the supervisor; its exit status."""
        self.process.send_signal(number)
        return self.process.wait(timeout=60)

    def leaves_nothing(self) -> bool:
        """What is left stands in the log, for the test that waits in vain."""
        left = belonging_to(self.state)
        for pid, line in left.items():
            logging.getLogger(__name__).warning("left: %s %s", pid, line[:200])
        return not left

    def close(self) -> None:
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
