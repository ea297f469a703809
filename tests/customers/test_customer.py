"""One customer: what is known and from where, what happened, why in a segment, putting together and taking apart."""

import pytest

from accounts import tenancy
from accounts.models import AuditEntry
from customers import identity, merging
from customers.models import Customer, Merge
from tests.customers.telling import item, said, source, took


@pytest.fixture
def ada(cast):
    with tenancy.scope(cast.acme):
        shop, till = source("Shop", priority=10), source("Till", priority=20)
        said(till, number="4", city="Amersfoort", first_name="Ada", last_name="Okafor")
        said(till, number="4", email="ada@x.example")
        taken = said(shop, number="1", email="ada@x.example", city="Utrecht", day=1)
        took(shop, *(item(shop, number="1", day=n, event=("Order Completed", {"cents": 1000 + n, "order_id": f"R{n}"})) for n in range(45)))
        return Customer.objects.get(pk=taken.customer_id)


def url(ada, path=""):
    with tenancy.scope(ada.tenant):
        return f"/t/acme/customers/{ada.public_id}/{path}"


def test_each_value_says_where_it_comes_from_and_what_lost(ana, ada):
    page = ana.get(url(ada)).content.decode()
    assert "Utrecht" in page
    assert "<del>Amersfoort</del>" in page
    assert "Till" in page
    assert "Ada Okafor" in page


def test_looking_at_a_customer_is_in_the_audit_log(ana, ada):
    ana.get(url(ada))
    with tenancy.scope(ada.tenant):
        entry = AuditEntry.objects.get(action="customer.viewed")
    assert (entry.actor_name, entry.object_id) == ("Ana Bakker", ada.pk)


def test_the_timeline_scrolls_by_keyset_to_its_end(ana, ada):
    seen, address = [], url(ada)
    while address:
        page = ana.get(address)
        seen += [entry.event.pk for entry in page.context["timeline"].entries]
        more = page.context["timeline"].next
        address = f"{url(ada)}?before={more}" if more else ""
    assert len(seen) == len(set(seen)) == 45


def test_the_timeline_shows_one_kind_of_event(ana, ada):
    with tenancy.scope(ada.tenant):
        said(source("Shop"), number="1", event="Ticket Closed", day=60)
    chosen = next(kind for kind in ana.get(url(ada)).context["types"] if kind.name == "Ticket Closed")
    with tenancy.scope(ada.tenant):
        mark = chosen.public_id
    assert [entry.event.type.name for entry in ana.get(f"{url(ada)}?event={mark}").context["timeline"].entries] == ["Ticket Closed"]


def test_a_place_that_makes_no_sense_shows_the_newest(ana, ada):
    for mark in ("x", "1_", "9e99_zzz", "nan_1"):
        assert len(ana.get(f"{url(ada)}?before={mark}").context["timeline"].entries) == 20


def test_opening_a_customer_takes_a_constant_number_of_queries(ana, ada, django_assert_max_num_queries):
    with django_assert_max_num_queries(40):
        ana.get(url(ada))


def test_a_viewer_looks_and_changes_nothing(ben, ada):
    assert ben.get(url(ada)).status_code == 200
    assert ben.get(url(ada, "merge/")).status_code == 403


def test_a_stranger_finds_nothing(mallory, ada):
    assert mallory.get(url(ada)).status_code == 404


def test_putting_together_and_taking_apart(ana, ada):
    with tenancy.scope(ada.tenant):
        other = Customer.objects.get(pk=said(source("Shop"), number="99", first_name="Adaline", last_name="Okafor").customer_id)
        mark = other.public_id
    page = ana.get(url(ada, "merge/"), {"q": "okafor"})
    assert [row.pk for row in page.context["found"]] == [other.pk]
    ana.post(url(ada, "merge/"), {"other": mark})
    assert ana.get(url(other)).url == url(ada)
    with tenancy.scope(ada.tenant):
        link = Merge.objects.get(merged_id=other.pk)
        undo = url(ada, f"merges/{link.public_id}/undo/")
    assert b"Take apart" in ana.get(url(ada, "merges/")).content
    ana.post(undo)
    assert ana.get(url(other)).status_code == 200
    with tenancy.scope(ada.tenant):
        actions = list(AuditEntry.objects.filter(action__startswith="customer.").values_list("action", flat=True))
    assert {"customer.merged", "customer.unmerged"} <= set(actions)


def test_putting_together_without_a_choice_says_so(ana, ada):
    for other in ("", "nonsense"):
        page = ana.post(url(ada, "merge/"), {"other": other}, follow=True)
        assert b"Choose the customer that is the same" in page.content


def test_taking_apart_twice_says_so(ana, ada, cast):
    with tenancy.scope(ada.tenant):
        other = Customer.objects.get(pk=said(source("Shop"), number="99").customer_id)
        link = merging.merge(other, ada, by=cast.ana)
        undo = url(ada, f"merges/{link.public_id}/undo/")
    ana.post(undo)
    assert b"taken apart already" in ana.post(undo, follow=True).content


@pytest.mark.parametrize("path", ["?before=x", "?before=9999999999_x", "segments/", "merges/"])
def test_there_is_no_way_to_look_that_is_not_in_the_audit_log(ana, ada, path):
    assert ana.get(url(ada, path)).status_code == 200
    with tenancy.scope(ada.tenant):
        assert AuditEntry.objects.get(action="customer.viewed").object_id == ada.pk


def test_a_link_of_other_customers_is_not_cut_on_this_page(ana, ada, cast):
    with tenancy.scope(ada.tenant):
        rows = [Customer.objects.get(pk=said(source("Shop"), number=name).customer_id) for name in ("x", "y")]
        link = merging.merge(*rows, by=cast.ana)
        undo = url(ada, f"merges/{link.public_id}/undo/")
    assert ana.post(undo).status_code == 404


class TestALotOfOneCustomer:
    """A test account of a shop, a till that names everybody "guest": thousands of identifiers, merges and values."""

    @pytest.fixture
    def many(self, cast):
        with tenancy.scope(cast.acme):
            shop, till = source("Shop"), source("Till")
            root = said(shop, number="0", email="test@x.example").customer_id
            took(till, *(item(till, number=str(n), city=f"City {n}", day=n) for n in range(300)))
            alias = [item(shop, number="0", same_as=(identity.external(str(n), till),)) for n in range(300)]
            took(shop, *alias)
            return Customer.objects.get(pk=root)

    def test_its_pages_show_some_and_say_how_many_more(self, ana, many):
        page = ana.get(url(many))
        assert (len(page.context["identifiers"].shown), page.context["identifiers"].more) == (100, 202)
        assert "202 more" in page.content.decode()
        assert all(len(fact.lost) <= 20 for fact in page.context["facts"])
        assert "279 older" in page.content.decode()
        assert len(ana.get(url(many, "merges/")).context["page"].rows) == 50

    def test_no_page_is_long(self, ana, many):
        for path in ("", "merges/", "segments/"):
            assert len(ana.get(url(many, path)).content) < 200_000
