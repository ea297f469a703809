"""What a device did before somebody said who they are becomes theirs only where a text in force says so (TR9)."""

import pytest
from django.utils import timezone

from customers import intake
from customers.identity import claims
from customers.intake import Item
from customers.models import Customer, Identifier, PurposeDefault
from tests.consent import rows

DEVICE = claims.anonymous("device-1")
ADA = claims.email("ada@example.com")


def told(*known, **more) -> int:
    now = timezone.now()
    return intake.take([Item(known, now, {}, **more)], rows.source(), received_at=now)[0].customer_id


@pytest.mark.parametrize("is_said", [True, False])
def test_earlier_visits_are_joined_only_where_the_text_says_so_tr9(in_acme, is_said):
    PurposeDefault.objects.update(joins_visits=is_said)
    visitor = told(DEVICE)
    ada = told(ADA, DEVICE)
    assert Customer.objects.present().count() == (1 if is_said else 2)
    assert (Customer.objects.get(pk=visitor).root == ada) == is_said
    assert Identifier.objects.filter(kind="anonymous").count() == 1


def test_an_alias_of_a_device_joins_nothing_either_tr9(in_acme):
    PurposeDefault.objects.all().delete()
    visitor, ada = told(DEVICE), told(ADA)
    assert told(ADA, same_as=(DEVICE,)) == ada
    assert Customer.objects.get(pk=visitor).merged_into_id is None


def test_a_device_alone_is_still_one_visitor(in_acme):
    PurposeDefault.objects.all().delete()
    assert told(DEVICE) == told(DEVICE)
