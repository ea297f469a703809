"""An organisation that leaves takes everything along, and nothing of it stays (RT7)."""

import json
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from accounts import tenancy
from accounts.models import Tenant
from accounts.tenancy import inspection
from consent import gate
from consent.ledger import tree
from tests import databases
from tests import rows as every
from tests.conftest import make_cast
from tests.consent import rows


@pytest.fixture
def stage(committed):
    cast = make_cast()
    for tenant in (cast.acme, cast.globex):
        with tenancy.scope(tenant):
            ada, newsletter = rows.customer("zeldzaam@example.com"), rows.purpose()
            rows.allow(ada, newsletter)
            gate.decide([ada.pk], newsletter, "email", asked_by="test")
            for model in inspection.tenant_models():
                every.make(model)
        tree.sequence_all(tenant)
    return cast


def counts(tenant) -> dict[str, int]:
    with databases.owner_connection(settings.DATABASES["default"]["NAME"]) as owner:
        owner.execute(f"SET app.tenant = '{tenant.pk}'")
        tables = [model._meta.db_table for model in inspection.tenant_models()]
        return {table: owner.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] for table in tables}


def test_everything_is_handed_over_and_nothing_stays_rt7(stage, tmp_path):
    before, others, said = counts(stage.acme), counts(stage.globex), StringIO()
    call_command("tenant_remove", "--tenant", "acme", "--export", str(tmp_path / "out"), "--remove", "acme", stdout=said)
    told = json.loads(said.getvalue())
    assert told["exported"] == told["removed"] == sum(before.values())
    lines = (tmp_path / "out" / "customers_customer.jsonl").read_text()
    assert "zeldzaam@example.com" in lines
    assert set(counts(stage.acme).values()) == {0}
    assert counts(stage.globex) == others
    assert not Tenant.objects.filter(slug="acme").exists()


def test_a_slip_of_the_hand_removes_nothing(stage, tmp_path):
    before = counts(stage.acme)
    with pytest.raises(CommandError, match="differ"):
        call_command("tenant_remove", "--tenant", "acme", "--export", str(tmp_path), "--remove", "globex")
    with pytest.raises(CommandError, match="no organisation"):
        call_command("tenant_remove", "--tenant", "nobody", "--export", str(tmp_path))
    assert counts(stage.acme) == before
