"""How long what is kept, as colleagues see and change it (RT1, RT2, RT4)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import tenancy
from accounts.audit import SYSTEM
from accounts.models import AuditEntry
from consent import retention
from consent.models import RetentionRule
from customers.models import Attribute, Customer, QuarantinedItem
from tests.consent import rows
from tests.consent.rights_rows import Kind, ask

LIST, RUN = "/t/acme/retention/", "/t/acme/retention/run/"
About = RetentionRule.About


def change(about: str) -> str:
    return f"{LIST}change/?about={about}"


@pytest.fixture
def late(in_acme):
    """Something that could not be taken in forty days ago."""
    at = timezone.now() - timedelta(days=40)
    return QuarantinedItem.objects.create(source=rows.source(), item="{}", digest="0" * 32, reason="x", received_at=at)


def test_it_lists_every_rule_with_its_term(ana, in_acme):
    Attribute.objects.create(key="city", label="City", type="text", kept_days=365)
    text = ana.get(LIST).content.decode()
    for words in ("Items that could not be taken in", "30 days", "the usual term", "City", "365 days", "not yet"):
        assert words in text, words


def test_a_dry_run_counts_and_removes_nothing_rt2(ana, late):
    assert "This would go now" in ana.get(LIST + "?look").content.decode()
    assert QuarantinedItem.objects.exists()


def test_nothing_due_says_so(ana, in_acme):
    assert "Nothing is past its term." in ana.get(LIST + "?look").content.decode()


def test_a_term_can_be_changed(ana, in_acme):
    assert ana.post(change("quarantine"), {"days": "10", "reason": "Enough."}).status_code == 302
    assert RetentionRule.objects.get().days == 10
    entry = AuditEntry.objects.get(action=AuditEntry.Action.RETENTION_CHANGED)
    assert (entry.before["days"], entry.after["days"]) == (30, 10)


def test_for_ever_needs_a_reason_rt1(ana, in_acme):
    assert ana.post(change("decisions"), {"days": "", "is_for_ever": "on", "reason": " "}).status_code == 422
    assert ana.post(change("decisions"), {"days": "", "is_for_ever": "on", "reason": "A judge asked."}).status_code == 302
    assert RetentionRule.objects.get().days is None


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ("quarantine", {"days": ""}),
        ("quarantine", {"days": "10", "is_for_ever": "on"}),
        ("quarantine", {"days": "0"}),
        ("quarantine", {"days": "many"}),
        ("quarantine", {"days": "-1"}),
        ("inactive", {"days": "7"}),
        ("tracking", {"days": "200"}),
        ("tracking", {"days": "", "is_for_ever": "on", "reason": "x"}),
        ("evidence_ip", {"days": "31"}),
        ("evidence", {"days": "", "is_for_ever": "on", "reason": "x"}),
    ],
)
def test_a_term_that_makes_no_sense_or_may_not_be_says_why_rt4(ana, in_acme, about, said):
    assert ana.post(change(about), {"reason": "", **said}).status_code == 422
    assert not RetentionRule.objects.exists()


def test_after_a_run_each_rule_says_when_and_how_many(ana, cast):
    with tenancy.scope(cast.acme):
        at = timezone.now() - timedelta(days=40)
        QuarantinedItem.objects.create(source=rows.source(), item="{}", digest="0" * 32, reason="x", received_at=at)
    retention.apply(cast.acme)
    with tenancy.scope(cast.acme):
        rule = RetentionRule.objects.get(about=About.QUARANTINE)
        assert (rule.last_count, rule.days) == (1, 30)
        assert all(term.is_usual for term in retention.terms())
    text = ana.get(LIST).content.decode()
    assert "not yet" not in text


def test_run_now_starts_the_work_and_is_written_down(ana, late):
    assert ana.post(RUN).status_code == 302
    assert AuditEntry.objects.filter(action=AuditEntry.Action.RETENTION_CHANGED).exists()


def test_who_asked_something_or_asked_to_be_kept_is_not_erased_by_age(cast):
    with tenancy.scope(cast.acme):
        ask(rows.customer(), Kind.RESTRICT)
        ask(rows.customer("ben@example.com"), Kind.RECTIFY, text="x")
        rows.customer("quiet@example.com")
        Customer.objects.update(changed_at=rows.LONG_AGO)
        retention.change(About.INACTIVE, 900, "x", actor=SYSTEM)
    assert retention.apply(cast.acme)["inactive"] == 1


def test_a_viewer_looks_and_changes_nothing(ben, in_acme):
    assert ben.get(LIST).status_code == 200
    assert "Run now" not in ben.get(LIST).content.decode()
    assert ben.get(change("quarantine")).status_code == 403
    assert ben.post(RUN).status_code == 403


def test_a_stranger_finds_nothing(mallory, cast):
    assert mallory.get(LIST).status_code == 404
    assert mallory.get(change("quarantine")).status_code == 404


def test_what_has_no_rule_is_not_there(ana, in_acme):
    assert ana.get(change("nothing")).status_code == 404


def test_looking_changes_nothing(ana, in_acme):
    assert ana.get(RUN).status_code == 405
    assert ana.post(LIST).status_code == 405


@pytest.mark.django_db
def test_the_list_asks_as_often_for_many_as_for_one(ana, in_acme, django_assert_max_num_queries):
    for number in range(10):
        Attribute.objects.create(key=f"a{number}", label=f"A{number}", type="text", kept_days=10)
    with django_assert_max_num_queries(15):
        ana.get(LIST)
