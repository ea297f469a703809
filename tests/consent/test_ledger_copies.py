"""Copies of checkpoints outside the database: a file that only grows, a mail a day, an https address of somebody else (BA5)."""

import socket
from datetime import timedelta

import pytest
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


def test_a_host_that_does_not_answer_keeps_nobody_waiting_for_ever():
    connection = posting._Pinned("witness.example", 1, "127.0.0.1")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        connection.port = probe.getsockname()[1]
        with pytest.raises(OSError, match="refused"):
            connection.connect()
    assert connection.timeout == posting.TIMEOUT
