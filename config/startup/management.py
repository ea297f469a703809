"""A Django command goes in, its exit status comes out; uses the running product, or starts its servers for the duration."""

from config.startup import console, django, servers, variables
from config.startup.errors import CannotStart
from config.startup.options import Options
from config.startup.signals import Signals
from config.startup.state import Lock, State, open_state
from config.startup.supervisor import Part, Supervisor
from config.startup.variables import Address, Servers


def run(options: Options, signals: Signals) -> int:
    state = open_state(options.state)
    supervisor, ours, lock = Supervisor(signals), servers.embedded(state, signals), Lock(state)
    try:
        if _is_ours_to_start(lock, ours, signals):
            supervisor.start(*ours.all())
        return _manage(options, state, ours, signals)
    finally:
        supervisor.stop(_order)
        lock.release()


def _manage(options: Options, state: State, ours: Servers, signals: Signals) -> int:
    address = Address(options.host, options.port, options.metrics_port)
    environment = variables.for_serving(state, address, ours)
    environment.pop("PROMETHEUS_MULTIPROC_DIR")  # a command's figures are not the product's
    return django.in_foreground([*django.MANAGE, *options.arguments], environment=environment, signals=signals)


def _is_ours_to_start(lock: Lock, ours: Servers, signals: Signals) -> bool:
    """False when the product runs and answers. Waits for another command to end, and for a product that is starting."""
    told = False
    while ours.all() and not lock.take("manage"):
        holder = lock.holder()
        if holder["command"] == "serve":
            _wait_for_servers(ours, signals)
            return False
        if not told:
            console.say(f"Waiting for another command (process {holder['pid']}) to end ...")
            told = True
        signals.pause(0.2)
    return bool(ours.all())


def _wait_for_servers(ours: Servers, signals: Signals) -> None:
    if not signals.wait_for(lambda: all(server.answers() for server in ours.all()), seconds=60):
        raise CannotStart("Portret is starting or stopping in another process and its database does not answer. Try again.")


def _order(part: Part) -> int:
    return ("valkey", "postgres").index(part.name)
