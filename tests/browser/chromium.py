"""Where Chromium is, if there is one, and how it is started."""

import shutil
import subprocess

from playwright._impl._driver import compute_driver_executable

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def path() -> str | None:
    """Nothing when there is no browser here, or its driver does not run (a bare machine may lack libatomic)."""
    found = next((found for found in map(shutil.which, NAMES) if found), None)
    return found if found and _driver_runs() else None


def _driver_runs() -> bool:
    driver, *_ = compute_driver_executable()
    return subprocess.run([driver, "--version"], capture_output=True, check=False).returncode == 0
