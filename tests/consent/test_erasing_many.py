"""A thousand of ten thousand are erased: nothing of them is in a dump or a file, and the log of all still adds up (DS8, CR10)."""

import re

from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import tenancy
from accounts.audit import SYSTEM
from consent import gate, recording
from consent.ledger import tree, verifying
from consent.models import State
from consent.recording import Choice
from consent.rights import erasing
from customers import intake
from customers.identity import claims
from customers.intake import Item
from customers.models import Customer
from tests.conftest import make_cast
from tests.consent import rows
from tests.consent.test_erasing import dump

MANY, GONE, BATCH = 10_000, 1_000, 2_500


def told(numbers: range) -> list[int]:
    """Customers as a source tells of them, each with a word that stands nowhere else."""
    now, source = timezone.now(), rows.source()
    items = [Item((claims.email(f"kanarie{n:05d}@example.com"),), now, {"email": f"kanarie{n:05d}@example.com"}) for n in numbers]
    return [each.customer_id for each in intake.take(items, source, received_at=now)]


def test_a_thousand_of_ten_thousand(committed):
    acme = make_cast().acme
    with tenancy.scope(acme):
        newsletter, ids = rows.purpose(), []
        for start in range(0, MANY, BATCH):
            part = told(range(start, start + BATCH))
            recording.record_all([Choice(each, newsletter, "email", State.GIVEN) for each in part], rows.proof(text="by hand"))
            gate.decide(part, newsletter, "email", asked_by="test")
            ids += part
    with tenancy.scope(acme), CaptureQueriesContext(connection) as asked:
        assert len(erasing.erase(ids[:GONE], actor=SYSTEM)) == GONE
    assert len(asked) < 120
    assert tree.sequence_all(acme)
    with tenancy.scope(acme):
        assert list(verifying.verify().findings) == []
        assert Customer.objects.count() == MANY - GONE
    named = {int(number) for number in re.findall(r"kanarie(\d{5})", dump())}
    assert named == set(range(GONE, MANY))
    files = b"".join(path.read_bytes() for path in settings.MEDIA_ROOT.rglob("*") if path.is_file())
    assert b"kanarie" not in files
