#!/usr/bin/env python3
"""In: a fresh checkout and any Python >= 3.8. Out: `.venv` filled from a hash-pinned lock, then `config.startup` in it.

Standard library only, and syntax that Python 3.8 reads: this is the file a newcomer starts with whatever `python` he has.
`python run.py --help` lists what it can do.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
BOOT = ROOT / ".boot"  # a private copy of uv, for machines without it
UNFINISHED = VENV / "unfinished"  # exists while packages are being installed
OLDEST, TOO_NEW = (3, 12), (3, 15)
DEVELOPER_COMMANDS = {"test", "bench"}
STARTED = time.time()


class CannotInstall(Exception):
    """The environment cannot be made; the message says what to do."""


def say(text: str) -> None:
    sys.stderr.write(f"[{time.time() - STARTED:6.1f} s] {text}\n")
    sys.stderr.flush()


# --- which Python -----------------------------------------------------------------------------------------------------


def version_of(executable: str | Path) -> tuple[int, ...] | None:
    """(major, minor) of a Python that really runs, else None: version managers leave dead stand-ins on PATH."""
    code = "import sys; print(*sys.version_info[:2])"
    try:
        answer = subprocess.run([executable, "-I", "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=20, check=True)
        return tuple(int(part) for part in answer.stdout.split())
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def fits(executable: str | Path) -> bool:
    found = version_of(executable)
    return found is not None and OLDEST <= found < TOO_NEW


def on_path() -> list[str]:
    names = [f"python3.{minor}" for minor in range(OLDEST[1], TOO_NEW[1])]
    return [path for path in map(shutil.which, names) if path]


def managed() -> list[str]:
    """Pythons of pyenv, asdf and Homebrew, which need not be on PATH."""
    home = Path.home()
    patterns = [
        (Path(os.environ.get("PYENV_ROOT") or home / ".pyenv"), "versions/3.1[2-4]*/bin/python"),
        (Path(os.environ.get("ASDF_DATA_DIR") or home / ".asdf"), "installs/python/3.1[2-4]*/bin/python"),
        (Path("/opt/homebrew"), "bin/python3.1[2-4]"),
        (Path("/usr/local"), "bin/python3.1[2-4]"),
        (Path("/home/linuxbrew/.linuxbrew"), "bin/python3.1[2-4]"),
    ]
    return [str(path) for folder, pattern in patterns for path in sorted(folder.glob(pattern))]


def find_python() -> str | None:
    """A suitable Python, or None. One that the user names himself is taken or refused, never passed over."""
    named = os.environ.get("PORTRET_PYTHON")
    if named:
        if not fits(named):
            raise CannotInstall(f"PORTRET_PYTHON is {named}, which is not a working Python 3.12, 3.13 or 3.14.")
        return named
    for executable in [sys.executable, *on_path(), *managed()]:
        if executable and fits(executable):
            return executable
    return None


# --- which installer --------------------------------------------------------------------------------------------------


def runs(*command: str | Path) -> bool:
    try:
        return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def find_uv() -> str | None:
    """uv from PATH, else a private copy in `.boot`, else None."""
    installed, private = shutil.which("uv"), str(BOOT / "bin" / "uv")
    for candidate in (installed, private):
        if candidate and runs(candidate, "--version"):
            return candidate
    say("Fetching the installer uv ...")
    # --target needs no venv module and is allowed on a system Python that is "externally managed" (PEP 668).
    wanted = ["--target", BOOT, "--upgrade", "--require-hashes", "-r", ROOT / "requirements-uv.lock"]
    runs(sys.executable, "-m", "pip", "install", "--quiet", *wanted)
    return private if runs(private, "--version") else None


# --- the environment --------------------------------------------------------------------------------------------------


def lock_files(*, developer: bool) -> list[str]:
    """The lock to install and all locks it satisfies: the developer's is a superset of the other, with the same pins."""
    return ["requirements-dev.lock", "requirements.lock"] if developer else ["requirements.lock"]


def digest(name: str) -> str:
    return hashlib.sha256((ROOT / name).read_bytes()).hexdigest()


def stamp(name: str) -> Path:
    """Holds the digest of the lock that was installed last."""
    return VENV / (name + ".sha256")


def write(path: Path, text: str) -> None:
    """Whole or not at all."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text)
    fresh.replace(path)


def is_whole() -> bool:
    return PYTHON.exists() and not UNFINISHED.exists()


def is_current(name: str) -> bool:
    return is_whole() and stamp(name).exists() and stamp(name).read_text() == digest(name)


def check(command: list[str | Path], sorry: str) -> None:
    """Run to the end, with a sign of life now and then: a slow network can take minutes."""
    # uv brings certificates of its own; behind a company proxy those of the system are the right ones.
    process = subprocess.Popen(command, cwd=ROOT, env={"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1", **os.environ})
    while True:
        try:
            status = process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            say("... still busy")
        else:
            break
    if status != 0:
        raise CannotInstall(sorry)


def make_venv(uv: str | None, python: str | None) -> None:
    """An empty `.venv`; uv fetches a Python when the machine has none that fits."""
    say(f"Making .venv with {python or 'a Python 3.12 that uv downloads'} ...")
    by_uv = [uv, "venv", "--quiet", "--clear", "--python", python or "3.12", VENV]
    command = by_uv if uv else [python, "-m", "venv", "--clear", VENV]
    check(
        command,
        "No Python environment could be made. Portret needs Python 3.12, 3.13 or 3.14: install one "
        "(for example with your package manager, pyenv or uv) or set PORTRET_PYTHON to its path, then run this again.",
    )


def fill_venv(uv: str | None, name: str) -> None:
    say(f"Installing the packages of {name} ...")
    by_uv = [uv, "pip", "install", "--quiet", "--python", PYTHON]
    command = by_uv if uv else [PYTHON, "-m", "pip", "install", "--quiet"]
    check(
        [*command, "--require-hashes", "-r", name],
        "The packages could not be installed (the reason is above). Check the network and run this again.",
    )


def installers() -> tuple[str | None, str | None]:
    """(uv, python), of which one may be None, not both."""
    python, uv = find_python(), find_uv()
    if not uv and not python:
        raise CannotInstall(
            "Portret needs Python 3.12, 3.13 or 3.14 and this machine has none that could be found. Install one, or install "
            f"uv (or pip for {sys.executable}, so that uv can be fetched), or set PORTRET_PYTHON to a path; then run this again."
        )
    return uv, python


def install(names: list[str]) -> None:
    """Fill `.venv` from names[0]. An interrupted installation leaves a mark, and the next run begins anew."""
    uv, python = installers()
    if not is_whole() or not fits(PYTHON):
        make_venv(uv, python)
    elif not uv and not runs(PYTHON, "-m", "pip", "--version"):  # made by uv, which is gone
        make_venv(None, python)
    write(UNFINISHED, "")
    fill_venv(uv, names[0])
    for name in names:
        write(stamp(name), digest(name))
    UNFINISHED.unlink()
    say("The environment is ready.")


def ensure(*, developer: bool) -> None:
    """Bring `.venv` up to date; two starts at the same time wait for each other."""
    import fcntl  # Windows has none, and is told so before

    names = lock_files(developer=developer)
    if is_current(names[0]):
        return
    BOOT.mkdir(exist_ok=True)
    with (BOOT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_current(names[0]):
            install(names)


def command_of(arguments: list[str]) -> str:
    """The command word: options that stand before it take a value each."""
    words = iter(arguments)
    for word in words:
        if not word.startswith("-"):
            return word
        if word.startswith("--") and "=" not in word and word != "--help":
            next(words, None)
    return "serve"


def hand_over(arguments: list[str]) -> NoReturn:
    """Replace this process by the start-up inside the environment."""
    environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONHOME", "PYTHONPATH")}
    environment["PORTRET_STARTED"] = repr(STARTED)
    os.chdir(ROOT)
    os.execve(PYTHON, [str(PYTHON), "-m", "config.startup", *arguments], environment)  # noqa: S606 - no shell is meant


def main(arguments: list[str]) -> NoReturn:
    if os.name != "posix":
        raise CannotInstall("`run.py` needs Linux or macOS. On Windows use WSL, or the containers of compose.yaml.")
    ensure(developer=command_of(arguments) in DEVELOPER_COMMANDS)
    hand_over(arguments)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except CannotInstall as problem:
        sys.exit(f"portret: {problem}")
    except OSError as problem:
        sys.exit(f"portret: the environment could not be made: {problem}")
    except KeyboardInterrupt:
        sys.exit("portret: stopped before the environment was ready; the next run repairs it.")
