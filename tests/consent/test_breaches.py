"""The register of data breaches and its clock (BA3), and whose data somebody reached (BA4)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import tenancy
from accounts.models import AuditEntry
from consent import breaches
from consent.models import Breach
from tests.consent import rows

TOLD = {"nature": "n", "categories": "c", "consequences": "k", "measures": "m", "reached_at": "r"}
PAGE = "/t/acme/breaches/"


def local(moment) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M")


def said(**more) -> dict:
    now = timezone.now()
    whole = {"title": "Mail to the wrong list", "aware_at": local(now - timedelta(hours=30)), "nature": "n", "categories": "c"}
    return {**whole, "consequences": "k", "measures": "m", "reached_at": "privacy@acme.example", "is_risk": "on", **more}


@pytest.fixture
def breach(in_acme):
    aware = timezone.now() - timedelta(hours=30)
    return Breach.objects.create(
        title="A laptop", aware_at=aware, nature="n", categories="c", consequences="k", measures="m", reached_at="r"
    )


def test_one_is_recorded_and_its_clock_runs_ba3(cast, ana):
    assert ana.post(f"{PAGE}new/", said()).status_code == 302
    page = ana.get(PAGE).text
    assert "Mail to the wrong list" in page
    assert "41 hours left" in page or "42 hours left" in page or "40 hours left" in page
    with tenancy.scope(cast.acme):
        assert AuditEntry.objects.filter(action="breach.recorded").exists()
        assert breaches.waiting() == 1


def test_when_everybody_was_told_nothing_waits(cast, ana, breach):
    told = local(timezone.now() - timedelta(hours=1))
    ana.post(breach.get_absolute_url(), said(authority_told_at=told))
    assert "Everybody was told" in ana.get(PAGE).text


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"aware_at": "2100-01-01T10:00"}, "aware_at"),
        ({"is_risk": ""}, "late_reason"),
        ({"is_risk": "", "is_high_risk": "on", "late_reason": "x"}, "is_risk"),
        ({"aware_at": "2026-01-01T10:00", "authority_told_at": "2026-01-09T10:00"}, "late_reason"),
        ({"title": ""}, "title"),
    ],
)
def test_what_the_law_asks_is_asked(cast, ana, more, field):
    answer = ana.post(f"{PAGE}new/", said(**more))
    assert answer.status_code == 422
    assert field in answer.context["form"].errors


def test_ben_looks_and_changes_nothing_and_mallory_finds_nothing(cast, ben, mallory, breach):
    assert ben.get(PAGE).status_code == 200
    assert ben.post(f"{PAGE}new/", said()).status_code == 403
    assert ben.get(f"{PAGE}reach/").status_code == 403
    assert mallory.get(breach.get_absolute_url()).status_code == 404


def test_whose_data_was_reached_in_a_window_ba4(cast, ana, in_acme):
    for each in (rows.customer(), rows.customer("ben@example.com")):
        ana.get(each.get_absolute_url())
        ana.get(each.get_absolute_url())
    now = timezone.now()
    found = breaches.reach(now - timedelta(hours=1), now, who="ana")
    assert (found.customers, found.looks) == (2, 4)
    assert breaches.reach(now - timedelta(hours=3), now - timedelta(hours=2)).customers == 0
    asked = {"since": local(now - timedelta(days=1)), "until": local(now + timedelta(days=1)), "who": ""}
    assert "whose page was opened" in ana.get(f"{PAGE}reach/", asked).text
    assert ana.get(f"{PAGE}reach/", {**asked, "until": "2000-01-01T00:00"}).status_code == 422


def test_the_list_takes_as_many_queries_for_many(cast, ana, breach, django_assert_max_num_queries):
    for number in range(30):
        Breach.objects.create(
            title=f"{number}", aware_at=timezone.now(), nature="n", categories="c", consequences="k", measures="m", reached_at="r"
        )
    with django_assert_max_num_queries(14):
        ana.get(PAGE)
