"""Command-line words go in, checked options come out; `--help` explains everything."""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
METRICS_OFFSET = 1463  # 8000 → 9463
HIGHEST_PORT = 65535

EPILOG = """\
commands:
  serve                    the whole product: database, broker, web, worker, beat, metrics (this is the default)
  test [PYTEST ARGUMENTS]  the test suite, in a database and a broker of its own that vanish afterwards
  manage COMMAND ...       a Django management command, with the running product or, when it is stopped, with its data
  bench [NAME] [ARGUMENTS] a benchmark from benchmarks/, in a database of its own; without NAME lists them

examples:
  python run.py
  python run.py --port 8080 --state /srv/portret
  python run.py manage createsuperuser
  python run.py test tests/accounts -k login

Servers of your own: with DATABASE_URL (and DATABASE_OWNER_URL, for migrations) no PostgreSQL is started, with CELERY_BROKER_URL
no broker. Every variable in docs/deploy.md may be set; what you set wins. PORTRET_PYTHON names the Python for .venv,
PG_BINDIR the folder of PostgreSQL's programs. To be reached from other machines use --host 0.0.0.0 with ALLOWED_HOSTS and
BASE_URL, or better: docs/deploy.md.
"""


@dataclass(frozen=True)
class Options:
    command: str
    arguments: list[str]
    host: str
    port: int
    metrics_port: int
    state: Path


def read(words: list[str]) -> Options:
    found = _parser().parse_args(words)
    return Options(
        command=found.command,
        arguments=found.arguments,
        host=found.host,
        port=found.port,
        metrics_port=_beside(found.port) if found.metrics_port is None else found.metrics_port,
        state=Path(found.state),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python run.py",
        description="Runs Portret, with everything it needs, from this folder.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    state = os.environ.get("PORTRET_STATE") or str(CHECKOUT / "var")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1, this machine only)")
    parser.add_argument("--port", type=_port, default=8000, metavar="N", help="port of the web server (default: 8000)")
    parser.add_argument(
        "--metrics-port", type=_port_or_off, metavar="N", help=f"port of the metrics, 0 is off (default: --port + {METRICS_OFFSET})"
    )
    parser.add_argument(
        "--state", default=state, metavar="DIR", help="folder of data, mail, logs and secrets (default: $PORTRET_STATE, else var/)"
    )
    parser.add_argument("command", nargs="?", default="serve", choices=["serve", "test", "manage", "bench"], metavar="COMMAND")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="...", help="arguments of the command")
    return parser


def _beside(port: int) -> int:
    return port + METRICS_OFFSET if port + METRICS_OFFSET <= HIGHEST_PORT else port - METRICS_OFFSET


def _port(word: str) -> int:
    if not word.isdecimal() or not 1 <= int(word) <= HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{word!r} is not a port (1 to {HIGHEST_PORT})")
    return int(word)


def _port_or_off(word: str) -> int:
    return 0 if word == "0" else _port(word)
