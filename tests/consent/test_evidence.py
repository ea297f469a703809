"""Any message that was sent can show its consent (CR11)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.audit import SYSTEM
from consent import evidence, gate, notices
from consent.models import Decision, RetentionRule
from consent.rights import erasing
from tests.consent import rows


@pytest.fixture
def decisions(in_acme):
    newsletter = rows.purpose()
    everybody = [rows.customer(f"n{n}@example.com") for n in range(20)]
    for who in everybody:
        rows.allow(who, newsletter, notices={"newsletter": notices.shown(newsletter.version, "nl")}, labels={"newsletter": "Ja, mail mij"})
    gate.decide([who.pk for who in everybody], newsletter, "email", asked_by="campaign:1")
    return list(Decision.objects.all())


def test_each_shows_what_was_said_to_what_text(decisions):
    found = [evidence.of_decision(each) for each in decisions]
    assert all(each.is_complete for each in found)
    assert {each.fields["label"] for each in found} == {"Ja, mail mij"}
    assert all("Nieuws over platen." in each.json["notice"] for each in found)
    assert all(each.json["leaf_hash"] for each in found)


def test_it_takes_three_queries(decisions):
    with CaptureQueriesContext(
        connection,
    ) as asked:
        evidence.of_decision(decisions[7])
    assert len(asked) == 3


def test_the_proof_outlives_the_customer_for_its_term_rt3(decisions):
    erasing.erase([decisions[0].customer_id], actor=SYSTEM)
    assert evidence.of_decision(decisions[0]).is_complete
    RetentionRule.objects.create(about="evidence", days=0)
    erasing.erase([decisions[1].customer_id], actor=SYSTEM)
    assert not evidence.of_decision(decisions[1]).is_complete
