"""Server settings go in, the environment of servers in a temporary folder comes out; both are gone afterwards."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.startup import servers as embedded_servers
from config.startup import variables
from config.startup.signals import Signals
from config.startup.state import Lock, State, open_state
from config.startup.supervisor import Part, Supervisor
from config.startup.variables import Servers

PREFIX = "portret-throwaway-"


@contextmanager
def servers(signals: Signals, *, settings: dict[str, str] | None = None) -> Iterator[dict[str, str]]:
    """Servers that the user has named are used instead, and left as they are."""
    _remove_abandoned()
    embedded_servers.check_users_own()
    state = open_state(Path(tempfile.mkdtemp(prefix=PREFIX)))
    lock = Lock(state)  # held while we live: what nobody holds may be removed
    lock.take("test")
    supervisor, ours = Supervisor(signals), embedded_servers.embedded(state, signals, settings=settings)
    try:
        supervisor.start(*ours.all())
        yield variables.for_testing(state, ours)
    finally:
        supervisor.stop(_order)
        _remove(state, ours)
        lock.release()


def log(environment: dict[str, str], name: str) -> Path:
    return Path(environment["FILES_DIR"]).parent / "log" / f"{name}.log"


def _remove(state: State, ours: Servers) -> None:
    """The folder, and what could not be inside it: sockets with too long a path, a cluster that its user could not reach."""
    if ours.postgres:
        ours.postgres.remove()
    for folder in (state.run, state.root):
        shutil.rmtree(folder, ignore_errors=True)


def _remove_abandoned() -> None:
    """Folders whose process was killed before it could remove them."""
    for folder in Path(tempfile.gettempdir()).glob(PREFIX + "*"):
        if (folder / "lock").exists() and Lock(State(folder)).take("clean"):
            shutil.rmtree(folder, ignore_errors=True)


def _order(part: Part) -> int:
    return ("valkey", "postgres").index(part.name)
