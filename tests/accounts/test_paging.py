"""Paging by keyset: every row once, whichever way one walks."""

import pytest
from django.test import RequestFactory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import paging
from accounts.models import AuditEntry

FACTORY = RequestFactory()


@pytest.fixture
def thirty(in_acme) -> list[int]:
    AuditEntry.objects.bulk_create(AuditEntry(actor_kind="system", action="key.revoked") for _ in range(30))
    return list(AuditEntry.objects.filter(action="key.revoked").order_by("-pk").values_list("pk", flat=True))


def walk(step: str, start: str, size: int) -> list[paging.Page]:
    """Every page from `start` on, following `previous` or `next` to the end."""
    entries, pages, place = AuditEntry.objects.filter(action="key.revoked"), [], start
    while place is not None:
        pages.append(paging.newest_first(entries, FACTORY.get(f"/{place}"), size=size))
        place = getattr(pages[-1], step) or None
    return pages


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=st.integers(1, 35))
def test_there_and_back_shows_every_row_once_in_order(thirty, size):
    there = walk("next", "", size)
    assert [row.pk for page in there for row in page.rows] == thirty
    assert there[0].previous == ""
    back = walk("previous", there[-2].next, size) if len(there) > 1 else there
    assert [row.pk for page in reversed(back) for row in page.rows] == thirty


def test_rows_that_come_meanwhile_do_not_move_the_page(thirty):
    first = walk("next", "", 10)[0]
    AuditEntry.objects.create(actor_kind="system", action="key.revoked")
    second = paging.newest_first(AuditEntry.objects.filter(action="key.revoked"), FACTORY.get(f"/{first.next}"), size=10)
    assert [row.pk for row in second.rows] == thirty[10:20]


def test_no_rows_are_a_page_without_neighbours(in_acme):
    assert paging.newest_first(AuditEntry.objects.filter(action="key.rotated"), FACTORY.get("/")) == paging.Page([], "", "")
