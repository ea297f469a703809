"""Copies of checkpoints outside the database: a file that only grows, a mail a day, an https address of somebody else (BA5)."""

import ssl
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.utils import timezone

from accounts import tenancy
from accounts.models import OutgoingMail
from consent.ledger import copies, posting, tree
from consent.models import Checkpoint, CheckpointCopy
from tests.consent import ledger_rows


@pytest.fixture
def acme(cast):
    return cast.acme


def grow(tenant) -> None:
    with tenancy.scope(tenant):
        ledger_rows.log()
        tree.sequence()
    copies.sign_and_keep_up(tenant)


def notes(tenant) -> list[str]:
    with tenancy.scope(tenant):
        return list(Checkpoint.objects.order_by("tree_size").values_list("note", flat=True))


def copy_to(tenant, kind: str, target: str) -> CheckpointCopy:
    with tenancy.scope(tenant):
        return CheckpointCopy.objects.create(kind=kind, target=target)


def again(tenant, copy: CheckpointCopy) -> CheckpointCopy:
    with tenancy.scope(tenant):
        return CheckpointCopy.objects.get(pk=copy.pk)


def test_every_tenant_has_a_file_that_grows_by_each_checkpoint(acme):
    for _ in range(3):
        grow(acme)
    assert list(copies.notes_in(copies.path_of(acme))) == notes(acme)
    assert len(notes(acme)) == 3
    assert copies.keep_up(acme) == 0


def test_a_file_that_could_not_be_written_catches_up(acme):
    path = copies.path_of(acme)
    path.parent.parent.mkdir(parents=True)
    path.parent.write_text("a file is in the way")
    grow(acme)
    with tenancy.scope(acme):
        assert "File exists" in CheckpointCopy.objects.get().last_error
    path.parent.unlink()
    grow(acme)
    assert list(copies.notes_in(path)) == notes(acme)
    with tenancy.scope(acme):
        assert CheckpointCopy.objects.get().last_error == ""


def test_a_mail_goes_out_once_a_day_with_the_newest_checkpoint(acme):
    copy = copy_to(acme, "mail", "privacy@acme.example")
    grow(acme)
    grow(acme)
    (mail,) = OutgoingMail.objects.all()
    assert mail.recipients == ["privacy@acme.example"]
    with tenancy.scope(acme):
        CheckpointCopy.objects.filter(pk=copy.pk).update(last_at=timezone.now() - timedelta(days=1))
    copies.keep_up(acme)
    assert OutgoingMail.objects.count() == 2
    assert again(acme, copy).last_size == 3


def test_without_a_checkpoint_nothing_is_copied(acme):
    assert copies.sign_and_keep_up(acme) == 0
    assert not copies.path_of(acme).exists()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "[::1]",
        "[fe80::1]",
        "[::ffff:127.0.0.1]",
        "224.0.0.1",
    ],
)
def test_no_address_of_our_own_network_is_ever_called(acme, address):
    """A colleague, or whoever has their session, must not reach what stands behind our wall (ASVS 12.6.1)."""
    copy = copy_to(acme, "hook", f"https://{address}/taken")
    grow(acme)
    assert "not a public address" in again(acme, copy).last_error
    assert again(acme, copy).last_size == 0


@pytest.mark.parametrize("url", ["http://example.com/", "ftp://example.com/", "https://user:word@example.com/", "https://", "https://[/"])
def test_only_plain_https_is_an_address(url):
    with pytest.raises(posting.NotPosted):
        posting.checked(url)


def test_a_host_that_does_not_exist_is_an_error_that_is_kept(acme):
    copy = copy_to(acme, "hook", "https://witness.invalid/taken")
    grow(acme)
    assert again(acme, copy).last_error


class Taker(BaseHTTPRequestHandler):
    """Somebody else's server: keeps what it is handed; answers as the path says."""

    taken: ClassVar[list[tuple[str, bytes]]] = []

    def do_POST(self) -> None:
        self.taken.append((self.headers["Host"], self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(int(self.path.strip("/")))
        self.send_header("Location", "https://127.0.0.1/inside")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def certificate(folder: Path) -> Path:
    """Of witness.example, signed by itself."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "witness.example")])
    now = timezone.now()
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
    signed = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("witness.example")]), critical=False).sign(key, SHA256())
    path = folder / "witness.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + signed.public_bytes(Encoding.PEM))
    return path


@pytest.fixture
def witness(tmp_path, monkeypatch):
    """The port of a server with a certificate that is trusted here."""
    path = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    Taker.taken.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Taker)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


def hand_over(port: int, path: str, host: str = "witness.example") -> None:
    posting.hand_over(urlsplit(f"https://{host}:{port}/{path}"), "127.0.0.1", b"a note", kind="text/plain")


def test_what_is_handed_over_arrives(witness):
    hand_over(witness, "204")
    assert Taker.taken == [(f"witness.example:{witness}", b"a note")]


@pytest.mark.parametrize("status", ["302", "307", "404", "500"])
def test_anything_but_a_yes_is_a_failure_and_nobody_is_followed_elsewhere(witness, status):
    with pytest.raises(posting.NotPosted, match=status):
        hand_over(witness, status)
    assert len(Taker.taken) == 1


def test_whoever_has_the_wrong_certificate_gets_nothing(witness):
    with pytest.raises(ssl.SSLCertVerificationError):
        hand_over(witness, "200", host="other.example")
    assert Taker.taken == []


def test_a_host_that_refuses_is_an_error_of_the_network(free_port):
    with pytest.raises(OSError, match="refused"):
        hand_over(free_port, "200")
