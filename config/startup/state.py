"""A folder goes in; out comes a private state folder with its secrets, logs, sockets and the lock that one start holds.

Layout: `secrets/` `postgres/` `valkey/` `log/` `mail/` `files/` `static/` `metrics/` `run` (sockets) `lock` (who runs here).
"""

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from config.startup.binaries import can_be_reached
from config.startup.errors import CannotStart

LONGEST_SOCKET_FOLDER = 80  # the system's limit for a socket's path is 104 bytes on macOS, 108 on Linux
FIRST_EMAIL = "owner@portret.localhost"


@dataclass(frozen=True)
class State:
    root: Path

    def __getattr__(self, name: str) -> Path:
        """`state.log`, `state.mail`, …: the folder of that name."""
        if name not in ("secrets", "postgres", "valkey", "log", "mail", "files", "static", "metrics"):
            raise AttributeError(name)
        return self.root / name

    @property
    def run(self) -> Path:
        """Where the sockets are: `run`, or what it points to when that is too long for a socket or closed to PostgreSQL's user."""
        return (self.root / "run").resolve()

    def log_of(self, name: str) -> Path:
        return self.log / f"{name}.log"

    def secret(self, name: str, *, size: int) -> str:
        """The secret in its own file (0600), made the first time. The start that makes it holds the lock."""
        path = self.secrets / name
        if not path.exists():
            write_private(path, secrets.token_urlsafe(size))
        return _word_in(path)

    @property
    def secret_key(self) -> str:
        return self.secret("secret-key", size=48)

    @property
    def password_file(self) -> Path:
        return self.secrets / "first-password"

    @property
    def first_password(self) -> str:
        return self.secret(self.password_file.name, size=12)


def _word_in(path: Path) -> str:
    """What we wrote there once. Raises CannotStart when it is no longer readable text."""
    try:
        word = path.read_text(encoding="ascii").strip()
    except UnicodeDecodeError:
        word = ""
    if not word:
        raise CannotStart(f"{path} is damaged. Put it back from a backup, or remove it and a new one is made (it signs everybody out).")
    return word


def open_state(root: Path) -> State:
    """Make what is missing. Raises CannotStart when the folder cannot be used."""
    state = State(root.expanduser().resolve())
    if strange := set('"$`\\\n') & set(str(state.root)):
        marks = " ".join(sorted(strange))
        raise CannotStart(f"The path of the state folder holds {marks}, which the tools of PostgreSQL cannot take. Choose another one.")
    try:
        _make_folders(state)
    except OSError as problem:
        raise CannotStart(
            f"The state folder {state.root} cannot be used: {problem.strerror}. Choose another one with --state DIR."
        ) from problem
    return state


def _make_folders(state: State) -> None:
    state.root.mkdir(parents=True, exist_ok=True)
    # Root runs PostgreSQL as another user, who must be able to pass through; all folders inside are closed to him.
    state.root.chmod(0o711 if os.geteuid() == 0 else 0o700)
    for name in ("secrets", "valkey", "log", "mail", "files", "static", "metrics"):
        private_folder(state.root / name)
    _make_run_folder(state)


def private_folder(path: Path, *, mode: int = 0o700) -> Path:
    path.mkdir(exist_ok=True)
    path.chmod(mode)
    return path


def _make_run_folder(state: State) -> None:
    link = state.root / "run"
    if len(os.fsencode(link)) > LONGEST_SOCKET_FOLDER or not can_be_reached(link.parent):
        _point_to_temporary_folder(link)
    target = private_folder(link.resolve(), mode=0o711 if os.geteuid() == 0 else 0o700)
    if target.stat().st_uid != os.geteuid():
        raise CannotStart(f"The folder {target} for Portret's sockets belongs to somebody else. Remove it, or use a shorter --state.")


def _point_to_temporary_folder(link: Path) -> None:
    """Its name follows from the state folder's, and the link remembers it when TMPDIR changes."""
    if not link.is_symlink():
        name = hashlib.sha256(os.fsencode(link)).hexdigest()[:12]
        link.symlink_to(_temporary_folder() / f"portret-{os.geteuid()}-{name}")


def _temporary_folder() -> Path:
    """TMPDIR unless that is too deep or private itself, as some systems make it."""
    chosen = Path(tempfile.gettempdir()).resolve()
    fits = len(os.fsencode(chosen)) < LONGEST_SOCKET_FOLDER - 30 and can_be_reached(chosen)
    return chosen if fits else Path("/tmp").resolve()  # noqa: S108 - the folder made in it is checked to be ours


def write_private(path: Path, text: str) -> None:
    """Whole or not at all, readable by its owner alone."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(descriptor)
    fresh.replace(path)


def empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    private_folder(folder)


class Lock:
    """Held by whoever runs on a state folder, as long as this object lives; the file says who. The system frees it when he dies."""

    def __init__(self, state: State) -> None:
        self.path = state.root / "lock"
        self._file: IO[str] | None = None

    def take(self, command: str, **details: Any) -> bool:
        """False when another process holds it; `holder` says which."""
        file = self.path.open("a+")
        self.path.chmod(0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        self._write({"pid": os.getpid(), "command": command, **details})
        return True

    def release(self) -> None:
        if self._file:
            self._file.close()
            self._file = None

    def _write(self, facts: dict[str, Any]) -> None:
        assert self._file is not None
        self._file.seek(0)
        self._file.truncate()
        self._file.write(json.dumps(facts))
        self._file.flush()

    def holder(self) -> dict[str, Any]:
        try:
            return json.loads(self.path.read_text())
        except (OSError, ValueError):  # it is being written, or was never held
            return {"pid": "unknown", "command": "unknown"}
