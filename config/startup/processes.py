"""A command goes in, a running process group comes out that cannot outlive its supervisor.

On Linux the kernel signals the child when the *thread* that made it ends (PR_SET_PDEATHSIG), so all children are made in the main
thread; the mark is set after the change of user, which would clear it. Each child leads a process group of its own: its
children go with it, and a Ctrl-C in the terminal reaches the supervisor alone.
"""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
LARGEST_LOG = 20 * 1024 * 1024


@dataclass(frozen=True)
class Program:
    """What to run, and how to ask it to stop."""

    name: str
    command: Sequence[str | Path]
    environment: Mapping[str, str]
    log: Path
    user: pwd.struct_passwd | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGTERM
    patience: float = 10.0

    def start(self) -> "Running":
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [str(word) for word in self.command],
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=dies_with_parent(self.death_signal),  # noqa: PLW1509 - we have one thread
                **as_user(self.user),
            )
        return Running(self, process)


@dataclass
class Running:
    program: Program
    process: subprocess.Popen[bytes]
    since: float = field(default_factory=time.monotonic)

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def ending(self) -> str:
        """How it ended, in words."""
        status = self.process.returncode
        return f"killed by signal {-status}" if status < 0 else f"ended with status {status}"

    def sweep(self) -> None:
        """Kill what is left of the process group: children of a main process that died."""
        with suppress(ProcessLookupError, PermissionError):  # macOS answers EPERM for a group of zombies
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self, hurry: Callable[[], bool] = lambda: False) -> None:
        """Ask politely, wait as long as the program's patience or until `hurry`, then kill."""
        if self.is_alive():
            self.process.send_signal(self.program.stop_signal)
            deadline = time.monotonic() + self.program.patience
            while self.is_alive() and time.monotonic() < deadline and not hurry():
                time.sleep(0.02)
        self.sweep()


def dies_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """A hook for the child, or None where the system has no such mark (macOS)."""
    if sys.platform != "linux":
        return None
    parent, libc = os.getpid(), ctypes.CDLL(None)

    def mark() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:  # it died before the mark was set
            os._exit(1)

    return mark


def as_user(user: pwd.struct_passwd | None) -> dict[str, object]:
    if user is None:
        return {}
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": "/"}


def rotate(log: Path) -> None:
    """Keep one old log when this one has grown too large."""
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_suffix(".log.1"))


def last_lines(log: Path, *, count: int = 12, longest: int = 4000) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - longest))
        lines = file.read().decode(errors="replace").splitlines()
    return "\n".join(lines[-count:])


def command_line(pid: int) -> str:
    """The command line of a process, empty when there is none."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    answer = subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return answer.stdout.strip()
