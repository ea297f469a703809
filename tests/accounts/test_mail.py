"""The outbox: a page never waits for a relay, no mail is lost or sent twice, and what was sent is forgotten."""

from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from django.conf import settings as django_settings
from django.core.mail import EmailMessage, send_mail
from django.db import connection, connections, transaction
from django.utils import timezone

from accounts import mail
from accounts.models import OutgoingMail
from accounts.tasks import forget_sessions
from config import environment
from tests import databases
from tests.accounts import post, relay
from tests.accounts.test_invitation import invite
from tests.startup.product import free_port


@pytest.fixture
def relay_down(settings) -> None:
    settings.EMAIL_RELAY = environment.Mail("smtp", "127.0.0.1", free_port())


@pytest.fixture
def relay_up(settings):
    with relay.running() as up:
        settings.EMAIL_RELAY = environment.Mail("smtp", "127.0.0.1", up.port)
        yield up


def write(to: str = "dana@new.example", subject: str = "Hello", text: str = "A link.") -> OutgoingMail:
    send_mail(subject, text, None, [to])
    return OutgoingMail.objects.latest("pk")


def test_a_relay_takes_what_was_written(db, relay_up):
    write(text="Été\n.\nThe last line.")
    assert mail.send_due() == 1
    envelope, content = relay_up.taken[0]
    assert envelope == [b"mail FROM:<no-reply@127.0.0.1>", b"rcpt TO:<dana@new.example>"]
    assert b"Subject: Hello\r\n" in content
    assert b"The last line." in content


def test_an_address_in_another_script_reaches_a_plain_relay(db, relay_up):
    write(to="dana@bücher.example")
    assert mail.send_due() == 1
    assert relay_up.taken[0][0][1] == b"rcpt TO:<dana@xn--bcher-kva.example>"


def test_what_was_sent_is_forgotten(db):
    row = write()
    mail.send_due()
    row.refresh_from_db()
    assert (bytes(row.content), row.recipients, row.attempts) == (b"", [], 1)
    assert row.sent_at


def test_what_was_sent_is_not_sent_again(db):
    write()
    assert [mail.send_due(), mail.send_due()] == [1, 0]


def test_a_relay_that_is_down_does_not_hold_up_a_page_and_the_mail_stays(ana, relay_down):
    assert invite(ana).status_code == 302
    assert mail.send_due() == 0
    row = OutgoingMail.objects.get()
    assert (row.sent_at, row.attempts) == (None, 1)
    assert b"dana@new.example" in bytes(row.content)


def test_it_is_sent_once_the_relay_is_back(db, settings, tmp_path, relay_down):
    write()
    mail.send_due()
    OutgoingMail.objects.update(due_at=timezone.now())
    settings.EMAIL_RELAY = environment.Mail("file", folder=str(tmp_path))
    assert mail.send_due() == 1
    assert [found["To"] for found in post.arrived()] == ["dana@new.example"]


@pytest.mark.parametrize("attempts", [0, 1, 2, 5, 8])
def test_each_wait_is_twice_the_last(db, relay_down, attempts):
    row = write()
    OutgoingMail.objects.update(attempts=attempts)
    mail.send_due()
    row.refresh_from_db()
    wait = row.due_at - timezone.now()
    assert timedelta(seconds=60 * 2**attempts - 30) < wait <= timedelta(minutes=2**attempts)


def test_a_mail_that_waits_is_left_alone_until_it_is_due(db, relay_down):
    row = write()
    mail.send_due()
    mail.send_due()
    row.refresh_from_db()
    assert row.attempts == 1


def test_after_ten_attempts_it_is_given_up_and_forgotten(db, relay_down):
    row = write()
    OutgoingMail.objects.update(attempts=9)
    mail.send_due()
    row.refresh_from_db()
    assert (bytes(row.content), row.recipients, row.sent_at) == (b"", [], None)
    assert row.due_at > timezone.now() + timedelta(days=365)


def test_one_mail_that_no_relay_takes_does_not_hold_up_the_others(db, relay_up):
    OutgoingMail.objects.create(content=b"x", recipients=["two@lines.example\r\nRCPT TO:<all@victims.example>"])
    write()
    assert mail.send_due() == 1
    assert len(relay_up.taken) == 1
    assert b"victims" not in relay_up.taken[0][1]


def test_a_full_folder_is_a_reason_to_try_again(db, settings, tmp_path):
    (tmp_path / "file").write_text("in the way")
    settings.EMAIL_RELAY = environment.Mail("file", folder=str(tmp_path / "file"))
    row = write()
    assert mail.send_due() == 0
    row.refresh_from_db()
    assert row.attempts == 1


@pytest.mark.parametrize("field", [{"subject": "Hi\r\nBcc: all@victims.example"}, {"to": ["a@b.example\r\nBcc: c@d.example"]}])
def test_a_header_of_two_lines_is_refused(db, field):
    with pytest.raises(ValueError, match=r"[Hh]eader|[Ii]nvalid|newline"):
        EmailMessage(**{"subject": "Hi", "body": "x", "to": ["a@b.example"], **field}).send()
    assert not OutgoingMail.objects.exists()


def test_a_name_of_two_lines_adds_no_header(cast, ana):
    type(cast.acme).objects.filter(pk=cast.acme.pk).update(name="Acme\r\nBcc: all@victims.example")
    invite(ana)
    found = post.last()
    assert found["Bcc"] is None
    assert "victims" not in found["Subject"]


def test_files_of_mail_are_for_the_owner_only(db):
    write()
    mail.send_due()
    assert Path(django_settings.EMAIL_RELAY.folder).stat().st_mode & 0o077 == 0


def test_old_mail_is_cleared_away(db):
    old, new = write(), write()
    OutgoingMail.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=31))
    forget_sessions()
    assert list(OutgoingMail.objects.all()) == [new]


def test_a_mail_that_another_worker_holds_is_left_to_it(committed):
    row = write()
    name = django_settings.DATABASES["default"]["NAME"]
    with databases.app_connection(name) as other, other.transaction():
        other.execute("SELECT 1 FROM accounts_outgoingmail WHERE id = %s FOR UPDATE", [row.pk])
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '5s'")
            assert mail.send_due() == 0
    assert mail.send_due() == 1


def test_two_workers_send_every_mail_once(committed):
    for number in range(60):
        write(subject=f"n{number}")
    together, sent = Barrier(2), []

    def work() -> None:
        together.wait()
        sent.append(mail.send_due())
        connections.close_all()

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(sent) == 60
    assert sorted(found["Subject"] for found in post.arrived()) == sorted(f"n{number}" for number in range(60))
