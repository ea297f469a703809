"""Taking events in over HTTP, durably, against a raw COPY of the same events into the final table."""

import argparse
import base64
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django

django.setup()

from accounts import tenancy  # noqa: E402
from benchmarks import _events as events  # noqa: E402
from customers.models import InboxBatch  # noqa: E402
from tests import databases  # noqa: E402

CONNECTIONS = 8
GRANIAN = Path(sys.executable).parent / "granian"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=300_000)
    rows = options.parse_args().rows
    said = events.make(rows)
    with events.stage() as at:
        limit = events.raw_copy(at, said)
        with served(at.database) as port:
            send(port, at.source.write_key, events.bodies(said[:10_000]))  # connections, caches, plans
            rates = [send(port, at.source.write_key, events.bodies(said)) for _ in range(2)]
        with tenancy.scope(at.tenant):
            kept = sum(InboxBatch.objects.values_list("items", flat=True))
        if kept != 2 * len(said) + min(10_000, len(said)):
            raise SystemExit(f"{kept} events were kept: some were lost.")
    report(rows, limit, max(rates))


def report(rows: int, limit: float, rate: float) -> None:
    figures = {
        "rows": rows,
        "copy_a_second": round(limit),
        "accepted_a_second": round(rate),
        "batches_a_second": round(rate / events.BATCH),
    }
    print(json.dumps({"name": "accept", "ratio": round(rate / limit, 3), "must": 1.0, "aim": 1.8, **figures, "connections": CONNECTIONS}))


@contextmanager
def served(database: str) -> Iterator[int]:
    """The product's web server as `run.py` starts it, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [GRANIAN, "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "2", "--blocking-threads", "8"]
    environment = {**os.environ, "DATABASE_URL": databases.address(database), "LOG_FORMAT": "json"}
    nowhere = {"stderr": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    with subprocess.Popen([*command, "--no-ws", "config.wsgi:application"], env=environment, **nowhere) as server:
        try:
            await_port(port)
            yield port
        finally:
            server.terminate()


def await_port(port: int) -> None:
    for _ in range(300):
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
    raise SystemExit("The web server did not start.")


def send(port: int, key: str, bodies: list[bytes]) -> float:
    """Events a second, from the first byte to the last answer. Each connection is kept open, as the libraries do."""
    signed = base64.b64encode(f"{key}:".encode()).decode()
    head = f"POST /v1/batch HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic {signed}\r\nContent-Length: "
    requests = [head.encode() + f"{len(body)}\r\n\r\n".encode() + body for body in bodies]
    threads = [threading.Thread(target=_send, args=(port, requests[number::CONNECTIONS])) for number in range(CONNECTIONS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(bodies) * events.BATCH / (time.perf_counter() - began)


def _send(port: int, requests: list[bytes]) -> None:
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.settimeout(30)
        for request in requests:
            line.sendall(request)
            if not (said := _answer(line)).startswith(b"HTTP/1.1 200"):
                print(said.decode())
                os._exit(1)  # a refusal would count as fast


def _answer(line: socket.socket) -> bytes:
    """One answer, to its last byte: what the server says after its head is `{"success":true}`."""
    said = b""
    while not said.endswith(b"}"):
        part = line.recv(4096)
        if not part:
            return said
        said += part
    return said


if __name__ == "__main__":
    main()
