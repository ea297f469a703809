"""`manage segment_count`: real purchases of a music shop, counted by SQL and by plain Python."""

import csv
import io
import json
import uuid
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts import tenancy
from accounts.models import Tenant
from customers.models import Event
from tests.customers import segment_rows

DATA = Path(__file__).parents[1] / "data" / "cdnow_purchases.csv"
ORDER = "Order Completed"
QUESTION = {
    "version": "portret-rule/1",
    "all": [
        {"event": ORDER, "times": {"at_least": 2}},
        {"event": ORDER, "total": {"more_than": 100, "currency": "USD"}},
        {"none": [{"event": ORDER, "window": {"days": 90, "before": "1998-07-01"}}]},
    ],
}


def asked(path, *options: str) -> dict:
    out = io.StringIO()
    call_command("segment_count", str(path), "--tenant", "acme", *options, stdout=out)
    return json.loads(out.getvalue().splitlines()[-1])


@pytest.fixture
def shop(cast):
    """All purchases of the shop."""
    bought = defaultdict(list)
    with DATA.open(encoding="utf-8") as file:
        for line in csv.DictReader(file):
            bought[line["customer_id"]].append((date.fromisoformat(line["date"]), round(float(line["amount_usd"]) * 100)))
    Tenant.objects.filter(pk=cast.acme.pk).update(time_zone="America/New_York")
    cast.acme.refresh_from_db()
    with tenancy.scope(cast.acme) as tenant:
        segment_rows.lay_out()
        rows = segment_rows.customers(*({} for _ in bought))
        kind, source = segment_rows.kind(ORDER).pk, segment_rows.source().pk
        Event.objects.bulk_create(
            (
                Event(
                    customer_id=row.pk,
                    origin_id=row.pk,
                    type_id=kind,
                    source_id=source,
                    occurred_at=(at := datetime(day.year, day.month, day.day, tzinfo=tenant.zone).astimezone(UTC)),
                    received_at=at,
                    message_id=uuid.uuid4(),
                    amount=amount,
                    currency="USD",
                )
                for row, purchases in zip(rows, bought.values(), strict=True)
                for day, amount in purchases
            ),
            batch_size=5_000,
        )
    return bought


def test_the_question_of_the_music_shop(cast, shop, tmp_path):
    """Bought at least twice, for over 100 dollars, and nothing in the 90 days before July 1998."""
    (tmp_path / "rule.json").write_text(json.dumps(QUESTION))
    end, start = date(1998, 7, 1), date(1998, 7, 1) - timedelta(days=90)
    expected = sum(
        len(purchases) >= 2 and sum(amount for _, amount in purchases) > 10_000 and not any(start <= day < end for day, _ in purchases)
        for purchases in shop.values()
    )
    found = asked(tmp_path / "rule.json")
    assert found["count"] == expected > 0
    assert found["ms"] > 0
    lately = {**QUESTION, "all": [*QUESTION["all"][:2], {"event": ORDER, "did": False, "window": {"last_days": 90}}]}
    (tmp_path / "clock.json").write_text(json.dumps(lately))
    assert asked(tmp_path / "clock.json", "--at", "1998-07-01")["count"] == expected


def test_it_reads_standard_input(cast, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO('{"version": "portret-rule/1", "all": []}'))
    assert asked("-")["count"] == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "cannot be read"),
        ('{"version": "portret-rule/1", "all": [{"event": "Nothing"}]}', r"all\[0\].event: There is no event “Nothing”"),
    ],
)
def test_what_is_wrong_is_said(cast, tmp_path, text, said):
    (tmp_path / "rule.json").write_text(text)
    with pytest.raises(CommandError, match=said):
        asked(tmp_path / "rule.json")


def test_an_unknown_organisation_and_a_moment_that_makes_no_sense(cast, tmp_path):
    (tmp_path / "rule.json").write_text('{"version": "portret-rule/1", "all": []}')
    with pytest.raises(CommandError, match="no organisation"):
        call_command("segment_count", str(tmp_path / "rule.json"), "--tenant", "nobody")
    with pytest.raises(CommandError, match="does not exist"):
        asked(tmp_path / "rule.json", "--at", "soon")
