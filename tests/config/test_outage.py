"""The database goes away in the middle and comes back: pages say so, then work again, without a restart."""

import select
import socket
import threading

import pytest
from django.db import connections

from tests.conftest import make_cast, signed_in


class Wire:
    """A wire to PostgreSQL that can be cut and mended: forwards bytes between a port of its own and the server's."""

    def __init__(self, host: str, port: str) -> None:
        self.server = (host, port)
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]
        self.is_cut = False
        self.ends: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self.is_cut = True
        for end in self.ends:
            end.close()

    def mend(self) -> None:
        self.is_cut = False

    def close(self) -> None:
        self.door.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self.door.accept()
            except OSError:
                return
            if self.is_cut:
                near.close()
                continue
            far = _dial(*self.server)
            self.ends += [near, far]
            threading.Thread(target=self._carry, args=(near, far), daemon=True).start()

    def _carry(self, near: socket.socket, far: socket.socket) -> None:
        other = {near: far, far: near}
        try:
            while True:
                for ready in select.select(list(other), [], [], 5)[0]:
                    data = ready.recv(65536)
                    if not data:
                        raise OSError
                    other[ready].sendall(data)
        except (OSError, ValueError):
            near.close()
            far.close()


def _dial(host: str, port: str) -> socket.socket:
    if not host.startswith("/"):
        return socket.create_connection((host, int(port)))
    far = socket.socket(socket.AF_UNIX)
    far.connect(f"{host}/.s.PGSQL.{port}")
    return far


@pytest.fixture
def wire(committed):
    """The default connection runs over the wire."""
    cast = make_cast()
    one = connections["default"]
    before = dict(one.settings_dict)
    wire = Wire(before["HOST"], before["PORT"] or "5432")
    wire.cast = cast
    _rewire(one, HOST="127.0.0.1", PORT=str(wire.port))
    yield wire
    wire.close()
    _rewire(one, **before)


def _rewire(connection, **changes) -> None:
    connection.close()
    connection.close_pool()
    connection.settings_dict.update(changes)


def test_pages_come_back_when_the_database_does(wire):
    ana = signed_in(wire.cast.ana)
    ana.raise_request_exception = False
    assert ana.get("/t/acme/").status_code == 200
    connections["default"].close()  # what ends a request in the server
    wire.cut()
    assert ana.get("/t/acme/").status_code == 503
    connections["default"].close()
    wire.mend()
    assert ana.get("/t/acme/").status_code == 200
