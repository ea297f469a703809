"""Starting work: after the commit, and without a broker it is done at the next tick."""

import pytest
from celery import current_app
from django.db import transaction

from accounts import work
from accounts.models import OutgoingMail, Tenant
from accounts.tasks import forget_invitations_of
from tests.accounts import post
from tests.accounts.test_invitation import invite
from tests.conftest import make_cast, signed_in
from tests.startup.product import free_port


def _forget_connections() -> None:
    current_app._pool = current_app.amqp._producer_pool = None


@pytest.fixture(params=["redis://127.0.0.1:{}/0", "amqp://guest:guest@127.0.0.1:{}//"], ids=["redis", "rabbitmq"])
def broker_down(request, monkeypatch):
    url = request.param.format(free_port())
    monkeypatch.setenv("CELERY_BROKER_URL", url)
    before, current_app.conf.broker_url = current_app.conf.broker_url, url
    _forget_connections()
    yield
    current_app.conf.broker_url = before
    _forget_connections()


def test_a_page_works_without_a_broker_and_the_work_is_done_at_the_next_tick(committed, broker_down, caplog):
    ana = signed_in(make_cast().ana)
    assert invite(ana).status_code == 302
    assert "broker did not answer" in caplog.text
    assert OutgoingMail.objects.filter(sent_at=None).count() == 1
    assert post.last()["To"] == "dana@new.example"


def test_nothing_is_started_when_the_transaction_fails(committed, broker_down, caplog):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        work.enqueue("accounts.tasks.send_mail")
        raise ZeroDivisionError
    assert "broker" not in caplog.text


def test_a_tenant_that_is_gone_is_an_error_the_worker_sees(db):
    with pytest.raises(Tenant.DoesNotExist):
        forget_invitations_of(tenant_id=0)
