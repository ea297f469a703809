"""What somebody tries who wants a no to be lost, or an erased customer to come back: one test an attempt."""

import threading
import uuid
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connections
from django.utils import timezone

from accounts import tenancy
from accounts.audit import SYSTEM
from consent import capture, clock, gate, projection, recording, retention, suppressions
from consent.models import Channel, ConsentState, Hold, LedgerEvent, Purpose, Reason, RetentionRule, State, Suppression
from consent.portal import choosing
from consent.proof import CannotRecord
from consent.recording import Choice
from consent.rights import erasing, journal
from customers import identity, intake, merging
from customers.identity import claims
from customers.intake import Item, Outcome
from customers.models import Customer, LifecycleRule, QuarantinedItem, Score, Segment, SourceRecord, Visibility
from customers.segments import counting
from customers.segments.faults import BadRule
from customers.segments.parsing import parse
from customers.segments.vocabulary import Vocabulary
from tests.conftest import make_cast
from tests.consent import form_rows, rows
from tests.customers import segment_rows

NOW = timezone.now()
OPEN = {"eprivacy_basis": "not_needed", "gdpr_basis": "legitimate_interest"}
EVERYBODY = {"version": "portret-rule/1", "all": []}
EVIDENCE = {"method": "import", "form_version": "", "evidence_sha256": "ab" * 32}


def ago(days: float):
    return timezone.now() - timedelta(days=days)


@pytest.fixture
def ada(in_acme):
    return rows.customer()


@pytest.fixture
def newsletter(in_acme):
    return rows.purpose()


def reason(who, what, channel="email") -> Reason:
    return gate.ask([who.pk], what, channel)[who.pk].reason


def state(who, what, channel="email") -> str:
    return ConsentState.objects.get(customer=who, purpose=what, channel=channel).state


# --- a no that was said stays


def test_an_old_no_of_a_file_does_not_make_room_for_an_old_yes_cc7(ada, newsletter):
    rows.allow(ada, newsletter, state=State.WITHDRAWN, method="portal")
    rows.allow(ada, newsletter, state=State.OBJECTED, method="import", occurred_at=ago(900))
    with pytest.raises(CannotRecord):
        rows.allow(ada, newsletter, occurred_at=ago(300), **EVIDENCE)
    assert state(ada, newsletter) == "withdrawn"


def test_a_no_said_again_counts_from_the_last_time_cc7(ada, newsletter):
    rows.allow(ada, newsletter, state=State.WITHDRAWN, method="import", occurred_at=ago(900))
    rows.allow(ada, newsletter, state=State.WITHDRAWN, method="portal")
    with pytest.raises(CannotRecord):
        rows.allow(ada, newsletter, occurred_at=ago(300), **EVIDENCE)


@pytest.mark.parametrize("ended", [State.REVOKED, State.INVALIDATED, State.EXPIRED])
def test_what_we_end_ourselves_does_not_take_the_place_of_their_no_cc7(ada, newsletter, ended):
    rows.allow(ada, newsletter, state=State.WITHDRAWN)
    rows.allow(ada, newsletter, state=ended, indicated_by="system", method="clock")
    assert state(ada, newsletter) == "withdrawn"


def test_the_end_of_one_row_s_consent_is_not_that_of_another_s_cr7(cast, ada, newsletter):
    work = rows.customer("ada@work.example")
    rows.allow(work, newsletter, occurred_at=ago(800))
    rows.allow(ada, newsletter)
    merging.merge(work, ada, by=cast.ana)
    assert clock.end_consents() == 1
    assert (state(ada, newsletter), state(work, newsletter)) == ("given", "expired")


def test_a_no_that_came_first_is_not_turned_into_an_end_by_the_clock_cr7(ada, newsletter):
    rows.allow(ada, newsletter, occurred_at=ago(800))
    over = list(ConsentState.objects.all())
    rows.allow(ada, newsletter, state=State.WITHDRAWN)
    assert recording.expire(over) == 0
    assert state(ada, newsletter) == "withdrawn"


def test_an_end_is_written_for_a_channel_that_is_no_longer_offered_cr7(ada):
    both = rows.purpose(channels=("email", "sms"))
    rows.allow(ada, both, "sms", occurred_at=ago(800))
    rows.next_version(both)
    assert clock.end_consents() == 1


def test_a_no_on_a_channel_that_is_no_longer_offered_stands_when_it_comes_back_dl4(ada):
    both = rows.purpose(channels=("email", "sms"))
    rows.allow(ada, both, "sms")
    rows.next_version(both)
    rows.allow(ada, both, "sms", state=State.WITHDRAWN)
    rows.next_version(both, channels=["email", "sms"])
    assert reason(ada, both, "sms") != Reason.ALLOWED


def test_a_no_in_the_portal_reaches_the_row_that_still_says_yes(cast, ada, newsletter):
    work = rows.customer("ada@work.example")
    rows.allow(ada, newsletter)
    rows.allow(work, newsletter, state=State.WITHDRAWN)
    link = merging.merge(work, ada, by=cast.ana)
    choosing.say_no(ada, newsletter, "email", rows.proof(method="one_click"))
    merging.unmerge(link, by=cast.ana)
    assert reason(ada, newsletter) == Reason.WITHDRAWN


def test_an_objection_holds_for_every_row_after_an_unmerge(cast, ada):
    choice = rows.purpose("choice", kind="profiling", **OPEN)
    work = rows.customer("ada@work.example")
    link = merging.merge(work, ada, by=cast.ana)
    rows.allow(ada, choice, state=State.OBJECTED)
    merging.unmerge(link, by=cast.ana)
    assert reason(Customer.objects.get(pk=work.pk), choice) == Reason.OBJECTED


def test_an_old_yes_does_not_end_an_objection_to_everything_ds12(ada, newsletter):
    recording.hold(ada.pk, Hold.Kind.OBJECTED, rows.proof(method="gpc", indicated_by="signal"))
    with pytest.raises(CannotRecord):
        rows.allow(ada, newsletter, occurred_at=ago(300), **EVIDENCE)
    assert Hold.objects.exists()


def test_one_yes_after_an_objection_is_one_yes_ds12(ada, newsletter):
    offers = rows.purpose("offers")
    rows.allow(ada, offers)
    recording.hold(ada.pk, Hold.Kind.OBJECTED, rows.proof(method="gpc", indicated_by="signal"))
    later = rows.purpose("later", **OPEN)
    rows.allow(ada, newsletter)
    assert [reason(ada, each) == Reason.ALLOWED for each in (newsletter, offers, later)] == [True, False, False]


def test_many_who_come_back_from_an_objection_take_no_more_questions(in_acme, newsletter, django_assert_max_num_queries):
    everybody = [rows.customer(f"n{n}@example.com") for n in range(60)]
    for each in everybody:
        recording.hold(each.pk, Hold.Kind.OBJECTED, rows.proof())
    asked = [Choice(each.pk, newsletter, "email", State.GIVEN) for each in everybody]
    with django_assert_max_num_queries(40):
        assert not recording.record_all(asked, rows.proof()).refused
    assert not Hold.objects.exists()


# --- a yes is one to what was shown


def test_a_late_yes_is_no_yes_to_a_newer_text_tp7(ada, newsletter):
    rows.allow(ada, newsletter, occurred_at=ago(10))
    rows.next_version(newsletter, is_material=True)
    rows.allow(ada, newsletter, occurred_at=ago(5), **EVIDENCE)
    assert reason(ada, newsletter) == Reason.OUTDATED
    rows.allow(ada, newsletter)
    assert reason(ada, newsletter) == Reason.ALLOWED


def test_a_long_job_does_not_hand_over_for_a_purpose_that_was_put_away_pl3(ada, newsletter):
    rows.allow(ada, newsletter)
    Purpose.objects.update(archived_at=timezone.now())
    assert gate.decide([ada.pk], newsletter, "email", asked_by="test")[ada.pk].reason == Reason.NOT_OFFERED


def test_who_is_seen_follows_the_channels_of_the_version_in_force_pl1(ada):
    both = rows.purpose(channels=("email", "sms"))
    rows.allow(ada, both, "sms")
    assert Visibility.objects.get().is_visible
    rows.next_version(both)
    assert not Visibility.objects.filter(is_visible=True).exists()


# --- what must not be laundered


def test_a_list_for_something_else_is_not_used_pl4(cast, in_acme):
    rows.purpose()
    Segment.objects.create(name="Sent", kind=Segment.Kind.LIST, purpose="research")
    Segment.objects.create(name="Plain", kind=Segment.Kind.LIST)
    with pytest.raises(BadRule, match="is not made for"):
        parse({**EVERYBODY, "all": [{"list": "Sent"}]}, Vocabulary.load("newsletter"))
    parse({**EVERYBODY, "all": [{"list": "Plain"}]}, Vocabulary.load("newsletter"))


def test_a_score_is_not_used_from_the_moment_its_purpose_is_refused_pl1(ada, newsletter):
    profiling = rows.purpose("profiling", kind="profiling", channels=("all",))
    LifecycleRule.objects.create(purpose="profiling")
    scored = {"orders": 3, "spent": 100, "currency": "EUR", "first_order_at": NOW, "last_order_at": NOW, "computed_at": NOW}
    Score.objects.create(customer=ada, recency=5, frequency=5, money=5, lifecycle="active", **scored)
    rows.allow(ada, newsletter)
    rows.allow(ada, profiling, "all")
    rule = parse({**EVERYBODY, "all": [{"score": "orders", "at_least": 1}]}, Vocabulary.load("newsletter"))
    assert counting.count(rule).count == 1
    rows.allow(ada, profiling, "all", state=State.WITHDRAWN)
    assert counting.count(rule).count == 0


# --- erased is gone


def test_a_quarantined_item_that_spells_it_otherwise_goes_too_ds8(in_acme):
    who = rows.customer("josé@example.com", phone="+31612345678")
    texts = [
        '{"email":"jos\\u00e9@example.com"}',
        '{"tel":"06-12 34 56 78"}',
        '{"email":"Jos\u00c9@Example.com"}',
        '{"a":"x\\tjosé@example.com"}',
    ]
    others = ['{"email":"mar.josé2@example.com"}', '{"email":"xjosé@example.com"}', '{"tel":"0612345679"}']
    for text in (*texts, *others):
        QuarantinedItem.objects.create(source=rows.source(), item=text, digest=uuid.uuid4(), reason="x", received_at=NOW)
    erasing.erase([who.pk], actor=SYSTEM)
    assert sorted(QuarantinedItem.objects.values_list("item", flat=True)) == sorted(others)


def test_a_number_that_was_erased_is_not_called_either_ds9(in_acme):
    erasing.erase([rows.customer(phone="+31612345678").pk], actor=SYSTEM)
    assert {row.channel for row in suppressions.find("+31612345678", Channel.PHONE)} == {"sms", "phone"}


def test_an_address_that_only_stands_on_the_profile_is_barred_and_notes_go_ds9(ada):
    Customer.objects.filter(pk=ada.pk).update(email="second@example.com")
    suppressions.add("second@example.com", Suppression.Kind.MANUAL, note="Ada Lovelace asked by phone")
    erasing.erase([ada.pk], actor=SYSTEM)
    assert "erased" in {row.kind for row in suppressions.find("second@example.com")}
    assert not Suppression.objects.exclude(note="").exists()


def test_erasing_many_takes_as_many_questions_as_erasing_few(in_acme, django_assert_max_num_queries):
    everybody = [rows.customer(f"n{n}@example.com").pk for n in range(100)]
    with django_assert_max_num_queries(90):
        assert len(erasing.erase(everybody, actor=SYSTEM)) == 100


def test_an_erasure_after_a_crash_in_the_middle_of_a_line_is_still_read_rt5(in_acme):
    erasing.erase([rows.customer().pk], actor=SYSTEM)
    with journal.path().open("a") as file:
        file.write('{"at": "cut off')
    erasing.erase([rows.customer("ben@example.com").pk], actor=SYSTEM)
    assert len(list(journal.lines())) == 2


def test_a_link_to_confirm_is_worth_nothing_after_an_erasure_ds9(cast, in_acme, ada):
    rows.purpose(needs_confirmation=True)
    version = form_rows.opened(cast.ana).versions.get()
    capture.submit(version, capture.Answers("ada@example.com", (("newsletter", "email"),)), capture.Origin())
    token = form_rows.link_of_last().strip("/").rpartition("/")[2]
    erasing.erase([ada.pk], actor=SYSTEM)
    with pytest.raises(capture.NotYet):
        capture.confirm(token, capture.Origin())


def test_a_stranger_who_types_an_address_turns_no_no_cc7(cast, ada, newsletter):
    rows.allow(ada, newsletter, state=State.WITHDRAWN)
    version = form_rows.opened(cast.ana).versions.get()
    capture.submit(version, capture.Answers("ada@example.com", (("newsletter", "email"),)), capture.Origin())
    assert reason(ada, newsletter) == Reason.WITHDRAWN
    capture.confirm(form_rows.link_of_last().strip("/").rpartition("/")[2], capture.Origin())
    assert reason(ada, newsletter) == Reason.ALLOWED


def test_a_confirmed_address_frees_that_address_and_no_other_ds9(cast, ada):
    rows.purpose(needs_confirmation=True)
    Customer.objects.filter(pk=ada.pk).update(email="second@example.com")
    suppressions.add("second@example.com", Suppression.Kind.COMPLAINT)
    version = form_rows.opened(cast.ana).versions.get()
    capture.submit(version, capture.Answers("ada@example.com", (("newsletter", "email"),)), capture.Origin())
    capture.confirm(form_rows.link_of_last().strip("/").rpartition("/")[2], capture.Origin())
    assert [row.kind for row in suppressions.find("second@example.com")] == ["complaint"]


# --- terms


def test_nothing_goes_by_age_of_who_is_kept_and_not_used_art18(cast):
    with tenancy.scope(cast.acme):
        segment_rows.lay_out()
        ada, ben, work = rows.customer(), rows.customer("ben@example.com"), rows.customer("ada@work.example")
        recording.hold(work.pk, Hold.Kind.RESTRICTED, rows.proof())
        rows.allow(rows.customer("cem@work.example"), rows.purpose())
        Customer.objects.update(changed_at=ago(2000))
        merging.merge(work, ada, by=cast.ana)
        merging.merge(Customer.objects.get(email="cem@work.example"), ben, by=cast.ana)
        Customer.objects.update(changed_at=ago(2000))
        segment_rows.did(ada, "Page Viewed", ago(300))
        retention.change(RetentionRule.About.INACTIVE, 900, "x", actor=SYSTEM)
    gone = retention.apply(cast.acme)
    assert (gone["inactive"], gone["tracking"]) == (0, 0)


def test_what_a_source_said_before_goes_at_the_same_term_rt2(cast):
    with tenancy.scope(cast.acme):
        segment_rows.lay_out()
        catalogued = SimpleNamespace(key=claims.external("1", rows.source()))
        for city, days in (("Utrecht", 50), ("Delft", 20), ("Leiden", 1)):
            intake.take([Item((catalogued.key,), ago(days), {"city": city})], rows.source(), received_at=NOW)
        segment_rows.Attribute.objects.filter(key="city").update(kept_days=30)
    assert retention.apply(cast.acme)["attributes"] == 1
    with tenancy.scope(cast.acme):
        record = SourceRecord.objects.get()
        assert record.values["city"] == "Leiden"
        assert [said for said, _at in record.earlier["city"]] == ["Delft"]
    assert retention.apply(cast.acme)["attributes"] == 0


# --- two at once


@pytest.fixture
def stage(committed):
    cast = make_cast()
    with tenancy.scope(cast.acme):
        return SimpleNamespace(tenant=cast.acme, cast=cast, ada=rows.customer(), newsletter=rows.purpose())


def aside(tenant, work) -> tuple[threading.Thread, list]:
    said = []

    def run() -> None:
        try:
            with tenancy.scope(tenant):
                said.append(work())
        except Exception as error:  # noqa: BLE001 - what it is, is what the test looks at
            said.append(error)
        finally:
            connections.close_all()

    other = threading.Thread(target=run)
    other.start()
    return other, said


def test_who_is_erased_while_a_source_waits_does_not_come_in_after_all_ds9(stage):
    item = Item((claims.email("ada@example.com"),), NOW, {"email": "ada@example.com"})
    with tenancy.scope(stage.tenant):
        erasing.erase([stage.ada.pk], actor=SYSTEM)
        other, said = aside(stage.tenant, lambda: intake.take([item], rows.source(), received_at=NOW)[0].outcome)
        other.join(0.7)
    other.join()
    assert said == [Outcome.ERASED]


@pytest.mark.parametrize("state", [State.GIVEN, State.WITHDRAWN])
def test_a_choice_that_waits_for_an_erasure_is_told_so_and_breaks_nothing(stage, state):
    with tenancy.scope(stage.tenant):
        rows.allow(stage.ada, stage.newsletter)
    with tenancy.scope(stage.tenant):
        erasing.erase([stage.ada.pk], actor=SYSTEM)
        other, said = aside(stage.tenant, lambda: rows.allow(stage.ada, stage.newsletter, state=state))
        other.join(0.7)
    other.join()
    assert getattr(said[0], "code", said[0]) == "no_customer"


def test_an_erasure_waits_for_a_choice_and_neither_waits_for_the_other_in_a_ring(stage):
    with tenancy.scope(stage.tenant):
        held = recording._hold_still([stage.ada.pk])
        other, said = aside(stage.tenant, lambda: len(erasing.erase([stage.ada.pk], actor=SYSTEM)))
        other.join(0.7)
        rows.allow(stage.ada, stage.newsletter)
        assert held
    other.join()
    assert said == [1]


def test_confirming_and_erasing_do_not_wait_for_each_other_in_a_ring(stage):
    with tenancy.scope(stage.tenant):
        rows.purpose("careful", needs_confirmation=True)
        version = form_rows.opened(stage.cast.ana, ("careful", "email")).versions.get()
        capture.submit(version, capture.Answers("ada@example.com", (("careful", "email"),)), capture.Origin())
    token = form_rows.link_of_last().strip("/").rpartition("/")[2]
    with tenancy.scope(stage.tenant):
        identity.lock()
        other, said = aside(stage.tenant, lambda: capture.confirm(token, capture.Origin()))
        other.join(0.7)
        assert len(erasing.erase([stage.ada.pk], actor=SYSTEM)) == 1
    other.join()
    assert isinstance(said[0], capture.NotYet)


def test_a_look_at_everybody_does_not_write_a_yes_back_over_a_no_pl1(stage):
    with tenancy.scope(stage.tenant):
        rows.allow(stage.ada, stage.newsletter)
    with tenancy.scope(stage.tenant):
        rows.allow(stage.ada, stage.newsletter, state=State.WITHDRAWN)
        other, said = aside(stage.tenant, projection.everybody)
        other.join(0.7)
        assert not said  # it waits, so that it sees the no
    other.join()
    with tenancy.scope(stage.tenant):
        assert not Visibility.objects.get().is_visible


def test_twenty_at_once_are_one_no_dl2(stage):
    with tenancy.scope(stage.tenant):
        rows.allow(stage.ada, stage.newsletter)
        before = LedgerEvent.objects.count()
    proof = rows.proof(method="one_click")
    clicks = [aside(stage.tenant, lambda: choosing.say_no(stage.ada, stage.newsletter, "email", proof)) for _ in range(20)]
    for thread, _said in clicks:
        thread.join()
    with tenancy.scope(stage.tenant):
        assert LedgerEvent.objects.count() == before + 1
    assert [said for _thread, said in clicks] == [[None]] * 20
