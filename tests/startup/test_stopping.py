"""A product that is stopped before it is ready leaves nothing behind."""

import signal
import subprocess
import sys

from tests.startup import product
from tests.startup.product import eventually


def test_early_interrupt_stops_what_was_started(folder):
    state = folder / "state"
    early = subprocess.Popen(
        [sys.executable, "-m", "config.startup", "--port", str(product.free_port()), "--metrics-port", "0"],
        cwd=product.CHECKOUT,
        env=product.environment(PORTRET_STATE=str(state)),
        stderr=subprocess.PIPE,
        text=True,
    )
    eventually(lambda: (state / "log" / "prepare.log").exists() or early.poll() is not None)
    early.send_signal(signal.SIGTERM)
    _, said = early.communicate(timeout=60)
    assert early.returncode == 0, said
    assert "Stopped." in said
    assert not product.belonging_to(state)
