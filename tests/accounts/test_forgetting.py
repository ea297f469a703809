"""What is cleared away at night: invitations long over, sessions long ended; safe to run twice."""

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts import tenancy
from accounts.models import Invitation
from accounts.tasks import forget_invitations_of, forget_sessions
from tests import rows


def test_invitations_that_ended_a_month_ago_are_forgotten_and_later_ones_are_not(cast):
    now = timezone.now()
    with tenancy.scope(cast.acme):
        rows.make(Invitation, email="old@new.example", expires_at=now - timedelta(days=31))
        rows.make(Invitation, email="new@new.example", expires_at=now - timedelta(days=29))
    assert [forget_invitations_of(tenant_id=cast.acme.pk) for _ in range(2)] == [1, 0]
    with tenancy.scope(cast.acme):
        assert [row.email for row in Invitation.objects.all()] == ["new@new.example"]


def test_those_of_another_tenant_stay(cast):
    with tenancy.scope(cast.globex):
        rows.make(Invitation, expires_at=timezone.now() - timedelta(days=31))
    assert forget_invitations_of(tenant_id=cast.acme.pk) == 0
    with tenancy.scope(cast.globex):
        assert Invitation.objects.count() == 1


def test_sessions_that_ended_are_forgotten_and_open_ones_are_not(ana):
    Session.objects.create(session_key="old", session_data="", expire_date=timezone.now() - timedelta(seconds=1))
    forget_sessions()
    forget_sessions()
    assert not Session.objects.filter(session_key="old").exists()
    assert ana.get("/t/acme/").status_code == 200
