"""An https address that a colleague gave and some bytes in, the bytes handed over out: to public addresses only, no redirects."""

import http.client
import ipaddress
import socket
import ssl
from urllib.parse import SplitResult, urlsplit

TIMEOUT = 10


class NotPosted(Exception):
    """The text says why. A retry may help."""


class _Pinned(http.client.HTTPSConnection):
    """Connects to the address that was looked at: a name may point elsewhere a moment later. The certificate is that of the name."""

    def __init__(self, host: str, port: int, address: str) -> None:
        self._context_of_ours = ssl.create_default_context()
        super().__init__(host, port, timeout=TIMEOUT, context=self._context_of_ours)
        self._address = address

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), timeout=TIMEOUT)
        self.sock = self._context_of_ours.wrap_socket(plain, server_hostname=self.host)


def post(url: str, body: bytes, *, kind: str) -> None:
    """Raises NotPosted, and OSError where the network fails."""
    parts = checked(url)
    hand_over(parts, public_address(str(parts.hostname), parts.port or 443), body, kind=kind)


def hand_over(parts: SplitResult, address: str, body: bytes, *, kind: str) -> None:
    """To that address, and nowhere else: an answer that sends us on is a refusal."""
    connection = _Pinned(str(parts.hostname), parts.port or 443, address)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, {"Content-Type": kind, "User-Agent": "Portret"})
        status = connection.getresponse().status
    except http.client.HTTPException as error:
        raise NotPosted(f"{parts.hostname}: {type(error).__name__}") from error
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise NotPosted(f"{parts.hostname}: HTTP {status}")


def checked(url: str) -> SplitResult:
    """Raises NotPosted for anything but a plain https address."""
    try:
        parts = urlsplit(url)
        is_good = parts.scheme == "https" and parts.hostname and not (parts.username or parts.password) and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good:
        raise NotPosted("An address must begin with https:// and hold no password.")
    return parts


def public_address(host: str, port: int) -> str:
    """The first address of a host, all of which must be public (no way into our own network). Raises NotPosted."""
    found = {str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    inner = [address for address in found if not _is_public(address)]
    if inner or not found:
        raise NotPosted(f"{host} is not a public address.")
    return sorted(found, key=lambda address: ":" in address)[0]


def _is_public(address: str) -> bool:
    known = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(known, "ipv4_mapped", None)
    return (mapped or known).is_global and not (mapped or known).is_multicast
