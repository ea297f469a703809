"""A state folder goes in, a running PostgreSQL comes out with Portret's roles and database, reachable by its socket only."""

import hashlib
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from config.startup import binaries
from config.startup.console import say
from config.startup.errors import CannotStart
from config.startup.processes import Program, Running, as_user, command_line, last_lines
from config.startup.signals import Signals
from config.startup.state import State, private_folder

PORT = 5432  # no TCP: only the name of the socket
UNREACHABLE = Path("/var/lib/portret")  # where root keeps the database when its checkout is closed to the user `postgres`
ROLES = Path(__file__).with_name("roles.sql")

SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "max_connections": "100",
    "shared_buffers": "64MB",
    "jit": "off",
    "timezone": "UTC",
    # The log holds no personal data: no statements, no parameters, no error texts, which quote values.
    "log_min_messages": "log",  # errors go to the client, who has a right to their text; here only what the server itself does
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


@dataclass
class Postgres:
    state: State
    signals: Signals
    settings: Mapping[str, str] = field(default_factory=dict)
    name: str = "postgres"
    running: Running | None = None

    def __post_init__(self) -> None:
        self.user = binaries.unprivileged_user()
        self.home = self._home()
        self.data = self.home / "data"
        self.programs_folder = self.home.with_name("programs")  # root's copy
        self.sockets = self.state.run / "postgres"
        self.log = self.state.log_of(self.name)
        self.environment = _environment()

    def start(self) -> None:
        """Starts, without waiting until it answers. Makes the cluster the first time."""
        self._own(self.home)
        self._own(self.sockets)
        self.programs = binaries.find(self.programs_folder)
        if not self.data.exists():
            self._initialise()
        self._check_version()
        self._stop_stray()
        self.running = self._program().start()

    def wait(self) -> None:
        """Waits until it answers, then brings roles and database in order. Raises CannotStart, Interrupted."""
        assert self.running is not None
        done = self.signals.wait_for(lambda: self.is_ready() or not self.running.is_alive(), seconds=60)
        if not done or not self.running.is_alive():
            raise CannotStart(f"PostgreSQL did not start. The end of {self.log}:\n{last_lines(self.log)}")
        self._run("psql", *self._superuser("postgres"), "-f", ROLES.read_text())

    def is_ready(self) -> bool:
        """As pg_ctl sees it: the eighth line of the pid file."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[0] == str(self.running.process.pid) and lines[7].strip() == "ready"

    def url(self, role: str) -> str:
        return f"postgresql://{role}@/portret?host={quote(str(self.sockets), safe='')}&port={PORT}"

    def remove(self) -> None:
        """Everything on disk; for servers that are thrown away."""
        for folder in (self.home, self.programs_folder, self.sockets):
            shutil.rmtree(folder, ignore_errors=True)
        if self.home.parent != self.state.root:
            self.home.parent.rmdir()

    def answers(self) -> bool:
        """Whether a server runs here, whoever started it."""
        return (self.sockets / f".s.PGSQL.{PORT}").exists()

    # --- making the cluster ---

    def _home(self) -> Path:
        if binaries.can_be_reached(self.state.root):
            return self.state.root / "postgres"
        return UNREACHABLE / hashlib.sha256(os.fsencode(self.state.root)).hexdigest()[:12] / "postgres"

    def _own(self, folder: Path) -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        private_folder(folder)
        if self.user:
            os.chown(folder, self.user.pw_uid, self.user.pw_gid)

    def _initialise(self) -> None:
        """Into a folder of another name first: an interrupted initdb leaves no half a cluster behind."""
        say(f"Making the database in {self.home} ...")
        half = self.home / "data.new"
        shutil.rmtree(half, ignore_errors=True)
        locale = ["--locale=C.UTF-8"]
        if self.programs.version >= 17:
            locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        self._run("initdb", "-D", half, "-U", "postgres", "-E", "UTF8", *locale, "--auth-local=trust", "--auth-host=reject")
        half.rename(self.data)

    def _check_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        if made_by != str(self.programs.version):
            raise CannotStart(
                f"The database in {self.data} was made by PostgreSQL {made_by}; the one found here is {self.programs.version}. "
                "Set PG_BINDIR to the old one, or move the data over with pg_upgrade (docs/operations.md)."
            )

    def _stop_stray(self) -> None:
        """Stop a server that outlived its supervisor, and forget a pid file whose number now belongs to another program."""
        file = self.data / "postmaster.pid"
        if not file.exists():
            return
        number = file.read_text().split("\n")[0].strip()  # empty after a power cut
        if number.isdecimal() and str(self.data) in command_line(int(number)):
            self._run("pg_ctl", "stop", "-D", self.data, "-m", "fast", "-w", "-t", "60")
        else:
            file.unlink(missing_ok=True)

    def _program(self) -> Program:
        options = {**SETTINGS, **self.settings, "unix_socket_directories": str(self.sockets)}
        flags = [word for key, value in options.items() for word in ("-c", f"{key}={value}")]
        return Program(
            self.name,
            [self.programs / "postgres", "-D", self.data, *flags],
            self.environment,
            self.log,
            user=self.user,
            stop_signal=signal.SIGINT,  # "fast": end the sessions, write everything, stop
            death_signal=signal.SIGINT,
            patience=30,
        )

    def _superuser(self, database: str) -> list[str]:
        return ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", str(self.sockets), "-p", str(PORT), "-U", "postgres", "-d", database]

    def _run(self, program: str, *arguments: str | Path) -> None:
        script = None
        if "-f" in arguments:  # a script goes in by standard input: its file may be closed to the other user
            *rest, flag, script = arguments
            arguments = (*rest, flag, "-")
        done = subprocess.run(
            [str(self.programs / program), *map(str, arguments)],
            input=script,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,
            **as_user(self.user),
        )
        if done.returncode != 0:
            raise CannotStart(f"PostgreSQL's {program} failed: {(done.stderr or done.stdout).strip()[-1500:]}")


def _environment() -> dict[str, str]:
    """Ours, without what the user set for servers of his own."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_"))}
    return {**kept, "LC_ALL": "C"}
