"""One intake with the legal clock, through to an answer with reasons (DS1, DS11, DS12, DS13)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connections
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts import tenancy
from accounts.audit import SYSTEM, Actor
from accounts.models import AuditEntry, Tenant
from consent import choices, gate
from consent.ledger import reading, subjects
from consent.models import Erasure, Hold, Purpose, Reason, RightsRequest
from consent.rights import clock, requests
from consent.rights.requests import CannotDo
from customers import merging
from customers.models import Customer
from tests.accounts import post
from tests.conftest import make_cast
from tests.consent import rows
from tests.consent.rights_rows import Intake, Kind, ask

Status = RightsRequest.Status


@pytest.fixture
def ada(in_acme):
    return rows.customer()


@pytest.fixture
def officer(cast):
    return Actor.user(cast.ana)


def is_restricted(customer: Customer) -> bool:
    return Hold.Kind.RESTRICTED in choices.holds(customer.pk)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-01-31T12:00+01:00", date(2026, 2, 28)),
        ("2028-01-31T12:00+01:00", date(2028, 2, 29)),
        ("2026-01-30T23:30+00:00", date(2026, 2, 28)),  # the 31st where the tenant is
        ("2026-03-31T12:00+02:00", date(2026, 4, 30)),
        ("2026-12-15T12:00+01:00", date(2027, 1, 15)),
    ],
)
def test_an_answer_is_due_a_month_later_by_the_calendar_of_the_tenant_ds1(ada, received, due):
    assert ask(ada, at=datetime.fromisoformat(received)).due_on == due


@given(st.integers(0, 20 * 366 * 24 * 60))
def test_a_month_is_never_longer_than_a_month_ds1(minutes):
    moment = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    with tenancy.scope(Tenant(pk=1, slug="x", time_zone="Europe/Amsterdam")):
        day = moment.astimezone(tenancy.current().zone).date()
        assert 28 <= (clock.due_on(moment) - day).days <= 31
        assert clock.due_on(moment) < clock.due_on(moment, clock.MONTHS_EXTENDED)


@pytest.mark.django_db
def test_it_can_be_extended_once_with_a_reason_and_the_customer_is_told_ds1(ada, officer):
    asked = ask(ada)
    with pytest.raises(CannotDo):
        requests.extend(asked, " ", actor=officer)
    requests.extend(asked, "Your file is large.", actor=officer)
    assert asked.due_on == clock.due_on(asked.received_at, 3)
    with pytest.raises(CannotDo):
        requests.extend(asked, "Again.", actor=officer)
    assert "Your file is large." in post.text_of(post.last())


@pytest.mark.django_db
def test_after_the_first_month_it_cannot_be_extended_ds1(ada, officer):
    asked = ask(ada, at=timezone.now() - timedelta(days=32))
    with pytest.raises(CannotDo):
        requests.extend(asked, "Busy.", actor=officer)


@pytest.mark.django_db
def test_numbers_run_in_a_year_ds1(ada):
    old, first, second = (
        ask(ada, Kind.ACCESS, intake=Intake.MAIL, at=datetime(2025, 12, 31, 22, tzinfo=UTC), text="a"),
        ask(ada, Kind.ACCESS, intake=Intake.MAIL, at=datetime(2025, 12, 31, 23, 30, tzinfo=UTC), text="b"),
        ask(ada, Kind.ACCESS, intake=Intake.MAIL, at=datetime(2026, 1, 2, tzinfo=UTC), text="c"),
    )
    assert [old.number, first.number, second.number] == ["2025-001", "2026-001", "2026-002"]


def test_two_at_once_get_two_numbers_ds1(committed):
    cast = make_cast()
    with tenancy.scope(cast.acme):
        everybody = [rows.customer(f"n{n}@example.com") for n in range(6)]

    def one(customer: Customer) -> str:
        try:
            with tenancy.scope(cast.acme):
                return ask(customer).number
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        numbers = list(pool.map(one, everybody))
    assert len(set(numbers)) == 6


@pytest.mark.django_db
def test_the_same_open_request_twice_is_one(ada):
    assert ask(ada).pk == ask(ada).pk
    assert ask(ada, Kind.RECTIFY, text="x").pk != ask(ada, Kind.RECTIFY, text="y").pk


@pytest.mark.django_db
def test_a_refusal_has_a_reason_and_tells_where_to_complain_ds1(ada, officer):
    asked = ask(ada)
    with pytest.raises(CannotDo):
        requests.refuse(asked, "", actor=officer)
    requests.refuse(asked, "The law makes us keep your invoices.", actor=officer)
    assert (asked.status, asked.reason) == (Status.REFUSED, "The law makes us keep your invoices.")
    text = post.text_of(post.last())
    assert "The law makes us keep your invoices." in text
    assert "Autoriteit Persoonsgegevens" in text
    with pytest.raises(CannotDo):
        requests.carry_out(asked, actor=officer)


@pytest.mark.django_db
def test_an_objection_to_marketing_works_at_once_and_cannot_be_refused_ds12(ada, officer):
    newsletter = rows.purpose()
    rows.allow(ada, newsletter)
    asked = ask(ada, Kind.OBJECT)
    assert asked.status == Status.DONE
    assert gate.ask([ada.pk], newsletter, "email")[ada.pk].reason == Reason.OBJECTED
    with pytest.raises(CannotDo):
        requests.refuse(asked, "No.", actor=officer)
    RightsRequest.objects.filter(pk=asked.pk).update(status=Status.OPEN)
    with pytest.raises(CannotDo, match="21"):
        requests.refuse(asked, "No.", actor=officer)


@pytest.mark.django_db
def test_an_objection_to_one_purpose_ends_that_purpose_on_every_channel_ds12(ada):
    profiling = rows.purpose("profiling", kind=Purpose.Kind.PROFILING, channels=("email", "sms"))
    newsletter = rows.purpose()
    for channel in ("email", "sms"):
        rows.allow(ada, profiling, channel)
    rows.allow(ada, newsletter)
    ask(ada, Kind.OBJECT, purpose="profiling", about="Jazz lovers")
    assert {gate.ask([ada.pk], profiling, each)[ada.pk].reason for each in ("email", "sms")} <= {Reason.WITHDRAWN, Reason.UNREACHABLE}
    assert gate.ask([ada.pk], profiling, "email")[ada.pk].reason == Reason.WITHDRAWN
    assert gate.ask([ada.pk], newsletter, "email")[ada.pk].reason == Reason.ALLOWED


@pytest.mark.django_db
def test_another_objection_is_looked_at_and_nothing_is_used_meanwhile_ds13(ada, officer):
    rows.purpose("orders", kind=Purpose.Kind.SERVICE)
    asked = ask(ada, Kind.OBJECT, purpose="orders")
    assert asked.status == Status.OPEN
    assert is_restricted(ada)
    requests.refuse(asked, "We cannot deliver without it.", actor=officer)
    assert not is_restricted(ada)


@pytest.mark.django_db
def test_a_restriction_works_at_once_ds11(ada):
    assert ask(ada, Kind.RESTRICT).status == Status.DONE
    assert is_restricted(ada)


@pytest.mark.django_db
def test_a_restriction_is_lifted_only_days_after_the_customer_was_told_ds11(ada, officer):
    asked = ask(ada, Kind.RESTRICT)
    with pytest.raises(CannotDo):
        requests.lift(asked, actor=officer)
    requests.announce_lift(asked, "We have checked your address.", actor=officer)
    assert "We have checked your address." in post.text_of(post.last())
    with pytest.raises(CannotDo):
        requests.lift(asked, actor=officer)
    assert is_restricted(ada)
    asked.outcome["lift_told_at"] = (timezone.now() - requests.TOLD_BEFORE).isoformat()
    asked.save()
    requests.lift(asked, actor=officer)
    assert not is_restricted(ada)
    with pytest.raises(CannotDo):
        requests.lift(asked, actor=officer)


@pytest.mark.django_db
def test_who_asked_for_a_restriction_ends_it_at_once_ds11(ada):
    ask(ada, Kind.RESTRICT)
    requests.lift_by_customer(ada, rows.proof())
    assert not is_restricted(ada)


@pytest.mark.django_db
def test_until_an_erasure_is_done_nothing_is_used(ada):
    asked = ask(ada)
    assert asked.status == Status.OPEN
    assert is_restricted(ada)
    requests.drop(asked, actor=SYSTEM)
    assert not is_restricted(ada)


@pytest.mark.django_db
def test_taking_back_an_erasure_leaves_a_restriction_that_was_asked_apart(ada):
    ask(ada, Kind.RESTRICT)
    requests.drop(ask(ada), actor=SYSTEM)
    assert is_restricted(ada)


@pytest.mark.django_db
def test_an_erasure_gives_its_certificate_and_mails_it_ds8(ada, officer):
    other, asked = ask(ada, Kind.RECTIFY, text="Ada wants this"), ask(ada)
    requests.carry_out(asked, actor=officer)
    assert not Customer.objects.filter(pk=ada.pk).exists()
    assert (asked.customer_id, asked.detail, asked.status) == (None, {}, Status.DONE)
    assert asked.outcome["rows"]["who it is"] == 1
    mail = post.last()
    assert mail["To"] == "ada@example.com"
    assert str(Erasure.objects.get().subject_ref) in post.text_of(mail)
    other.refresh_from_db()
    assert (other.status, other.detail, other.customer_id) == (Status.DROPPED, {}, None)


@pytest.mark.django_db
def test_who_is_gone_cannot_be_erased_again(ada, officer):
    asked = ask(ada)
    RightsRequest.objects.filter(pk=asked.pk).update(customer_id=None)
    with pytest.raises(CannotDo):
        requests.carry_out(asked, actor=officer)


@pytest.mark.django_db
def test_what_was_said_in_words_goes_with_the_customer_ds8(ada, officer):
    refused = ask(ada, Kind.RECTIFY, text="x")
    requests.refuse(refused, "Ada is right about Ada.", actor=officer)
    requests.carry_out(ask(ada), actor=officer)
    refused.refresh_from_db()
    assert (refused.reason, refused.detail) == ("", {})
    said = str([(each.before, each.after, each.object_name) for each in AuditEntry.objects.all()])
    assert "Ada is right" not in said


@pytest.mark.django_db
def test_the_outcome_stands_in_the_log_without_a_word_of_who(ada):
    asked = ask(ada, Kind.RESTRICT)
    outcome = [each.fields for each in reading.of_subjects([subjects.of_tenant()]) if each.fields.get("kind") == "rights_request"]
    assert [(each["number"], each["request"], each["status"]) for each in outcome] == [(asked.number, "restrict", "done")]
    assert "ada" not in str(outcome)


@pytest.mark.django_db
def test_after_a_merge_it_is_still_theirs(cast, ada):
    bob = rows.customer("bob@example.com", name="Bob")
    asked = ask(ada, Kind.RECTIFY, text="x")
    merging.merge(ada, bob, by=cast.ana)
    assert list(requests.of_customer(bob)) == [asked]
    requests.carry_out(ask(bob), actor=SYSTEM)
    assert Customer.objects.count() == 0
