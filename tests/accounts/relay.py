"""A mail relay that takes everything, and keeps it for the test to read: enough of RFC 5321 for smtplib."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

ANSWERS = {b"EHLO": b"250 here", b"MAIL": b"250 ok", b"RCPT": b"250 ok", b"DATA": b"354 go on", b"QUIT": b"221 bye", b"RSET": b"250 ok"}


class Relay(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.taken: list[tuple[list[bytes], bytes]] = []

    @property
    def port(self) -> int:
        return self.server_address[1]


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        envelope = []
        for line in self.rfile:
            verb = line[:4].upper().strip()
            self.wfile.write(ANSWERS.get(verb, b"502 what?") + b"\r\n")
            envelope += [line.strip()] * (verb in (b"MAIL", b"RCPT"))
            if verb == b"DATA":
                self.server.taken.append((envelope, b"".join(iter(self.rfile.readline, b".\r\n"))))
                self.wfile.write(b"250 taken\r\n")


@contextmanager
def running() -> Iterator[Relay]:
    with Relay() as relay:
        threading.Thread(target=relay.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield relay
        relay.shutdown()
