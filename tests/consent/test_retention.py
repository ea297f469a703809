"""What is past its term goes, once; a dry run counts and removes nothing (RT1, RT2, RT4)."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import tenancy
from accounts.audit import SYSTEM
from consent import gate, retention
from consent.models import Decision, RetentionRule
from customers import intake
from customers.identity import claims
from customers.intake import Item
from customers.models import Attribute, Customer, Event, EventType, QuarantinedItem, SourceRecord
from tests.consent import rows
from tests.customers import segment_rows

About = RetentionRule.About
NOW = timezone.now()


def days_ago(days: int):
    return NOW - timedelta(days=days)


def due() -> dict[str, int]:
    return {each.about: each.count for each in retention.look(at=NOW) if each.count}


def test_events_go_at_the_term_of_their_type(cast):
    with tenancy.scope(cast.acme):
        segment_rows.lay_out()
        EventType.objects.filter(name="Order Completed").update(kept_days=100)
        ada = rows.customer()
        for days in (99, 101, 400):
            segment_rows.did(ada, "Order Completed", days_ago(days), 100)
        assert due() == {"events": 2}
        assert Event.objects.count() == 3
    assert retention.apply(cast.acme, at=NOW)["events"] == 2
    assert retention.apply(cast.acme, at=NOW)["events"] == 0
    with tenancy.scope(cast.acme):
        assert Event.objects.get().occurred_at == days_ago(99)


def test_what_was_visited_is_kept_half_a_year_rt4(cast):
    with tenancy.scope(cast.acme):
        ada = rows.customer()
        for days in (182, 184):
            segment_rows.did(ada, "Page Viewed", days_ago(days))
        segment_rows.did(ada, "Order Completed", days_ago(900), 100)
    assert retention.apply(cast.acme, at=NOW)["tracking"] == 1


def test_what_could_not_be_taken_in_goes_after_a_month(cast):
    with tenancy.scope(cast.acme):
        for days in (29, 31):
            item = {"item": "{}", "digest": uuid.uuid4(), "reason": "x", "received_at": days_ago(days)}
            QuarantinedItem.objects.create(source=rows.source(), **item)
    assert retention.apply(cast.acme, at=NOW)["quarantine"] == 1


def test_decisions_go_after_their_term_and_nobody_else_removes_them(cast):
    with tenancy.scope(cast.acme):
        ada, newsletter = rows.customer(), rows.purpose()
        for days in (100, 2000):
            gate.decide([ada.pk], newsletter, "email", asked_by="test", at=days_ago(days))
        with pytest.raises(Exception, match="permission denied"), transaction.atomic():
            Decision.objects.all().delete()
    assert retention.apply(cast.acme, at=NOW)["decisions"] == 1
    with tenancy.scope(cast.acme):
        assert Decision.objects.get().at == days_ago(100)


def test_a_value_goes_at_the_term_of_its_attribute(cast):
    with tenancy.scope(cast.acme):
        segment_rows.lay_out()
        Attribute.objects.filter(key="city").update(kept_days=30)
        for number, days in (("1", 10), ("2", 40)):
            known = claims.external(number, rows.source())
            intake.take([Item((known,), days_ago(days), {"city": "Utrecht", "plan": "gold"})], rows.source(), received_at=NOW)
    assert retention.apply(cast.acme, at=NOW)["attributes"] == 1
    with tenancy.scope(cast.acme):
        assert sorted(len(each.attributes) for each in Customer.objects.all()) == [1, 2]
        assert sorted(len(each.values) for each in SourceRecord.objects.all()) == [1, 2]
    assert retention.apply(cast.acme, at=NOW)["attributes"] == 0


def test_who_did_nothing_is_erased_only_where_a_term_was_chosen_rt6(cast):
    with tenancy.scope(cast.acme):
        quiet, busy = rows.customer(), rows.customer("ben@example.com")
        segment_rows.did(busy, "Order Completed", days_ago(10), 100)
    retention.apply(cast.acme, at=NOW)
    with tenancy.scope(cast.acme):
        assert Customer.objects.count() == 2
        retention.change(About.INACTIVE, 900, "Nobody misses us after that.", actor=SYSTEM)
        assert due() == {"inactive": 1}
    assert retention.apply(cast.acme, at=NOW)["inactive"] == 1
    with tenancy.scope(cast.acme):
        assert Customer.objects.get().pk == busy.pk
        assert quiet.pk != busy.pk


def test_for_ever_needs_a_reason_rt1(in_acme):
    with pytest.raises(IntegrityError), transaction.atomic():
        retention.change(About.QUARANTINE, None, "", actor=SYSTEM)
