"""Options go in, the running product comes out, until somebody stops it."""

import http.client
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from config.startup import console, django, servers, static_files, variables
from config.startup.errors import CannotStart, Interrupted
from config.startup.options import CHECKOUT, Options
from config.startup.processes import Program, last_lines, rotate
from config.startup.signals import Signals
from config.startup.state import FIRST_EMAIL, Lock, State, empty, open_state
from config.startup.supervisor import Child, Part, Supervisor
from config.startup.variables import Address

STOP_ORDER = ("beat", "web", "worker", "metrics", "valkey", "postgres")
BIN = Path(sys.executable).parent


def run(options: Options, signals: Signals) -> int:
    address = Address(options.host, options.port, options.metrics_port)
    state = open_state(options.state)
    lock = _take(state, address)
    _check_ports(address)
    servers.check_users_own()
    supervisor = Supervisor(signals)
    try:
        is_first = _start(state, address, supervisor)
        _welcome(state, address, is_first=is_first)
        supervisor.run()
    except Interrupted:
        pass
    finally:
        console.say("Stopping ...")
        supervisor.stop(_order)
        lock.release()
    console.say("Stopped.")
    return 0


def _take(state: State, address: Address) -> Lock:
    lock = Lock(state)
    if not lock.take("serve", url=address.url):
        holder = lock.holder()
        where = f", at {holder['url']}" if "url" in holder else ""
        raise CannotStart(
            f"Portret already runs on {state.root} (`{holder['command']}`, process {holder['pid']}{where}). "
            "Stop it first, or use another folder with --state DIR."
        )
    return lock


def _check_ports(address: Address) -> None:
    _check_port(address.host, address.port, "--port")
    if address.metrics_port:
        _check_port("127.0.0.1", address.metrics_port, "--metrics-port")


def _check_port(host: str, port: int, option: str) -> None:
    """Before anything is started: the web server shares its port among its workers and would not notice another one."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as problem:
        raise CannotStart(
            f"Port {port} on {host} cannot be used ({problem.strerror}). "
            f"Choose another one with {option} N, or stop the program that has it."
        ) from None


def _start(state: State, address: Address, supervisor: Supervisor) -> bool:
    """Everything up to the first answered request. Returns whether this state folder is new."""
    ours = servers.embedded(state, supervisor.signals)
    for name in STOP_ORDER:
        rotate(state.log_of(name))
    console.say("Starting " + (" and ".join(server.name for server in ours.all()) or "with your database and broker") + " ...")
    supervisor.start(*ours.all())
    is_first = not state.password_file.exists()
    environment = variables.for_serving(state, address, ours)
    _prepare(state, environment, supervisor.signals)
    empty(state.metrics)
    # Who owns the tables is for migrations only: what serves never learns it.
    serving = {name: value for name, value in environment.items() if name != "DATABASE_OWNER_URL"}
    web, *others = _children(state, address, serving)
    console.say("Starting " + ", ".join(child.name for child in (web, *others)) + " ...")
    supervisor.start(web)  # alone: all at once would share two cores, and pages can do without the others for a moment
    _wait_for_web(web, address, supervisor.signals)
    supervisor.start(*others)
    return is_first


def _prepare(state: State, environment: Mapping[str, str], signals: Signals) -> None:
    """Migrations, the first account, static files: one Django process."""
    collected = static_files.are_collected(state)
    console.say("Bringing the database up to date" + (" ..." if collected else " and collecting static files ..."))
    first = {"PORTRET_FIRST_EMAIL": FIRST_EMAIL, "PORTRET_FIRST_PASSWORD": state.first_password}
    django.quietly(
        "prepare",
        *([] if collected else ["--static"]),
        environment={**first, **environment},
        log=state.log_of("prepare"),
        signals=signals,
    )
    static_files.note_collected(state)


def _children(state: State, address: Address, environment: Mapping[str, str]) -> list[Part]:
    commands: dict[str, list[str | Path]] = {"web": _web(address), "worker": _worker(), "beat": _beat()}
    if address.metrics_port:
        commands["metrics"] = [*django.MANAGE, "metrics"]
    return [_child(name, command, environment, state) for name, command in commands.items()]


def _child(name: str, command: list[str | Path], environment: Mapping[str, str], state: State) -> Part:
    """When we are killed, the worker is killed too: the broker keeps its tasks, each may be cut off anywhere, and the database is gone."""
    death = signal.SIGKILL if name == "worker" else signal.SIGTERM
    return Child(Program(name, command, environment, state.log_of(name), death_signal=death))


def _web(address: Address) -> list[str | Path]:
    return [
        *(BIN / "granian", "--interface", "wsgi", "--host", address.host, "--port", str(address.port)),
        *("--workers", "2", "--blocking-threads", "8", "--workers-kill-timeout", "8", "--no-ws"),
        *("--respawn-failed-workers", "--working-dir", CHECKOUT, "config.wsgi:application"),
    ]


def _worker() -> list[str | Path]:
    quiet = ("--without-gossip", "--without-mingle")  # there is one worker: nobody to talk to
    return [BIN / "celery", "--workdir", CHECKOUT, "-A", "config", "worker", "-c", "2", "-l", "info", *quiet]


def _beat() -> list[str | Path]:
    scheduler = "django_celery_beat.schedulers:DatabaseScheduler"
    return [BIN / "celery", "--workdir", CHECKOUT, "-A", "config", "beat", "-l", "info", "--scheduler", scheduler]


def _wait_for_web(web: Part, address: Address, signals: Signals) -> None:
    signals.wait_for(lambda: _answers(address) or not web.running.is_alive(), seconds=60)
    if not web.running.is_alive() or not signals.wait_for(lambda: _answers(address), seconds=10):
        raise CannotStart(f"The web server did not start. The end of {web.log}:\n{last_lines(web.log)}")


def _answers(address: Address) -> bool:
    connection = http.client.HTTPConnection(address.reachable_host, address.port, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": "127.0.0.1"})
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _welcome(state: State, address: Address, *, is_first: bool) -> None:
    console.say("Everything runs.")
    console.show(f"READY {address.url}")
    console.show(f"  Sign in as {FIRST_EMAIL}; the first password is in {state.password_file}")
    if is_first:
        console.show(f"  First password (shown this once): {state.first_password}")
    console.show(f"  Mail that Portret sends is written to {state.mail}; logs are in {state.log}")
    if address.host == "127.0.0.1":
        console.show(f"  Passkeys belong to a name: to use one, open http://localhost:{address.port} instead")
    if address.metrics_port:
        console.show(f"  Metrics: http://127.0.0.1:{address.metrics_port}/metrics")
    console.show("  Ctrl-C stops it.")


def _order(part: Part) -> int:
    return STOP_ORDER.index(part.name)
