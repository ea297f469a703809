"""Who is who: what one message names belongs together, what contradicts stays apart, what was joined can be taken apart."""

import time
from itertools import pairwise

import pytest

from customers import identity, intake, merging
from customers.models import Customer, Event, Identifier, Merge
from customers.values import BadValue
from tests.customers.telling import NOON, item, said, source, took

pytestmark = pytest.mark.usefixtures("in_acme")


def present():
    return Customer.objects.present().count()


def test_an_address_in_another_case_is_the_same_customer():
    shop = source()
    assert said(shop, email="Ada@Shop.Example").customer_id == said(shop, email=" ada@shop.example ").customer_id


def test_an_address_with_a_plus_is_another_customer():
    shop = source()
    assert said(shop, email="ada+news@shop.example").customer_id != said(shop, email="ada@shop.example").customer_id


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("06 12345678", "+31612345678"),
        ("+31 (0)6 12345678", "+31612345678"),
        ("+31612345678", "+31612345678"),
        ("0032 470 12 34 56", "+32470123456"),
    ],
)
def test_a_phone_number_becomes_e164(raw, value):
    assert identity.phone(raw, "NL").value == value


@pytest.mark.parametrize("raw", ["06 123", "call me", "", "+310", "+9991234567890"])
def test_what_is_no_phone_number_is_refused(raw):
    with pytest.raises(BadValue):
        identity.phone(raw, "NL")


@pytest.mark.parametrize(
    "raw", ["ada@", "@shop.example", "ada shop.example", "a@b@c.example", "ada@shop", "x" * 250 + "@shop.example", "a\x00b@shop.example"]
)
def test_what_is_no_address_is_refused(raw):
    with pytest.raises(BadValue):
        identity.email(raw)


def test_the_same_number_of_two_sources_is_two_customers():
    assert said(source("Shop"), number="7").customer_id != said(source("Till"), number="7").customer_id


def test_sources_may_share_their_numbers():
    shop = source("Shop")
    site = source("Site", shares_ids_with=shop)
    assert said(shop, number="7").customer_id == said(site, number="7").customer_id


def test_a_visitor_becomes_known_and_brings_along_what_was_done_before():
    site = source("Site")
    said(site, device="d1", event="Page Viewed")
    known = said(site, device="d1", email="ada@shop.example", event="Signed Up")
    assert present() == 1
    assert Event.objects.filter(customer_id=known.customer_id).count() == 2


def test_a_known_visitor_on_a_new_device_is_joined_with_what_that_device_did():
    site = source("Site")
    ada = said(site, number="1", device="laptop")
    said(site, device="phone", event="Page Viewed")
    assert present() == 2
    assert said(site, number="1", device="phone").customer_id == ada.customer_id
    assert present() == 1
    assert Merge.objects.get().reason == Merge.Reason.SAME_SIGHTING
    assert Event.objects.get().customer_id == ada.customer_id


def test_it_makes_no_difference_how_the_messages_are_cut_into_chunks(cast):
    site = source("Site")
    together = took(site, item(site, device="d"), item(site, device="d", number="1"), item(site, number="1", email="a@x.example"))
    assert len({taken.customer_id for taken in together}) == 1
    apart = [said(site, device="e"), said(site, device="e", number="2"), said(site, number="2", email="b@x.example")]
    assert apart[1].customer_id == apart[2].customer_id
    assert present() == 2


def test_a_device_that_has_seen_two_people_stops_telling():
    site = source("Site")
    ada = said(site, number="ada", device="family")
    ben = said(site, number="ben", device="family")
    assert ada.customer_id != ben.customer_id
    assert Identifier.objects.get(kind="anonymous").shared_at is not None
    nobody = said(site, device="family", event="Page Viewed")
    assert nobody.customer_id not in (ada.customer_id, ben.customer_id)
    assert said(site, number="ada", device="family").customer_id == ada.customer_id
    assert said(site, number="cas", device="family").customer_id not in (ada.customer_id, ben.customer_id, nobody.customer_id)


def test_a_shared_device_within_one_chunk_stops_telling_too():
    site = source("Site")
    ada, ben, nobody = took(site, item(site, number="ada", device="f"), item(site, number="ben", device="f"), item(site, device="f"))
    assert len({ada.customer_id, ben.customer_id, nobody.customer_id}) == 3


def test_two_numbers_of_one_source_are_not_joined_by_an_address():
    shop = source()
    one, other = said(shop, number="1", email="family@home.example"), said(shop, number="2", email="family@home.example")
    assert one.customer_id != other.customer_id
    assert not Merge.objects.exists()


def test_an_address_joins_the_customers_of_two_sources():
    shop, till = source("Shop"), source("Till")
    one = said(shop, number="1", email="ada@shop.example")
    said(till, number="1")
    assert said(till, number="1", email="ada@shop.example").customer_id == one.customer_id
    assert present() == 1


def test_an_alias_joins_what_a_source_says_is_one():
    shop = source()
    one, other = said(shop, number="old"), said(shop, number="new")
    joined = said(shop, number="new", same_as=(identity.external("old", shop),))
    assert joined.customer_id in (one.customer_id, other.customer_id)
    assert present() == 1
    assert Merge.objects.get().reason == Merge.Reason.ALIAS


def test_an_alias_of_an_unknown_id_waits_for_it():
    site = source("Site")
    ada = said(site, number="ada", same_as=(identity.anonymous("d1"),))
    assert said(site, device="d1", event="Page Viewed").customer_id == ada.customer_id


def test_an_alias_of_a_device_does_not_join_two_people():
    site = source("Site")
    ada = said(site, number="ada", email="ada@x.example", device="family")
    ben = said(site, number="ben", email="ben@x.example", same_as=(identity.anonymous("family"),))
    assert ada.customer_id != ben.customer_id
    assert not Merge.objects.exists()
    assert Identifier.objects.get(kind="anonymous").shared_at is not None


def test_an_alias_of_a_device_brings_along_what_was_done_on_it():
    site = source("Site")
    said(site, device="d1", event="Page Viewed")
    ada = said(site, number="ada", same_as=(identity.anonymous("d1"),))
    assert Event.objects.get().customer_id == ada.customer_id


def test_digits_of_another_script_are_the_same_phone_number():
    assert identity.phone("+31\u0666\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668", "NL").value == "+31612345678"


@pytest.mark.parametrize("raw", ["ada@shop.example\u200b", "\ufeffada@shop.example", "ad\u00ada@shop.example"])
def test_signs_that_nobody_sees_are_no_part_of_an_address(raw):
    assert identity.email(raw) == identity.email("ada@shop.example")


def test_an_address_is_the_same_however_its_accents_are_written():
    assert identity.email("jose\u0301@shop.example") == identity.email("jos\u00e9@shop.example")


def test_thousands_of_rows_that_turn_out_to_be_one_take_no_time_to_speak_of():
    shop = source()
    numbers = [identity.external(str(n), shop) for n in range(12_000)]
    sightings = [identity.Sighting((number,), NOON) for number in numbers]
    chain = [identity.Sighting((above,), NOON, (below,)) for below, above in reversed(list(pairwise(numbers)))]
    began = time.process_time()
    found = identity.plan(sightings + chain).found
    assert len({who.root_id for who in found}) == 1
    assert time.process_time() - began < 3


def test_a_message_counts_once_however_often_it_comes(cast):
    site = source("Site")
    once = item(site, number="1", event="Page Viewed")
    outcomes = [taken.outcome for taken in [*took(site, once, once), *took(site, once)]]
    assert outcomes == ["new", "duplicate", "duplicate"]
    assert Event.objects.count() == 1


def test_an_item_that_names_nobody_is_refused():
    with pytest.raises(intake.NobodyNamed):
        took(source(), item(source(), city="Utrecht"))


class TestMerging:
    """Ana puts together, and takes apart."""

    @pytest.fixture
    def trio(self, cast):
        shop = source()
        rows = [said(shop, number=name, first_name=name, city=f"city of {name}", event="Order Completed").customer_id for name in "abc"]
        return [Customer.objects.get(pk=row) for row in rows]

    def test_a_chain_and_its_middle_taken_out_again(self, trio, cast):
        a, b, c = trio
        merging.merge(a, b, by=cast.ana)
        second = merging.merge(b, c, by=cast.ana)
        assert present() == 1
        assert set(Event.objects.values_list("customer_id", flat=True)) == {c.pk}
        merging.unmerge(second, by=cast.ana)
        a, b, c = (Customer.objects.get(pk=row.pk) for row in trio)
        assert (a.root, b.root, c.root) == (b.pk, b.pk, c.pk)
        assert Event.objects.filter(customer_id=b.pk).count() == 2
        assert Event.objects.filter(customer_id=c.pk).count() == 1
        assert c.attributes["first_name"] == "c"
        assert b.attributes["first_name"] in ("a", "b")

    def test_unmerging_gives_back_just_what_there_was(self, trio, cast):
        a, b, _ = trio
        before = {row.pk: (row.attributes, row.name, row.is_identified) for row in (a, b)}
        merging.unmerge(merging.merge(a, b, by=cast.ana), by=cast.ana)
        after = {row.pk: (row.attributes, row.name, row.is_identified) for row in Customer.objects.filter(pk__in=before)}
        assert after == before

    def test_what_comes_in_after_a_merge_goes_back_with_its_identifier(self, trio, cast):
        a, b, _ = trio
        link = merging.merge(a, b, by=cast.ana)
        assert said(source(), number="a", event="Ticket Closed", postcode="1234 AB").customer_id == b.pk
        merging.unmerge(link, by=cast.ana)
        assert Event.objects.filter(customer_id=a.pk).count() == 2
        assert Customer.objects.get(pk=a.pk).attributes["postcode"] == "1234 AB"
        assert "postcode" not in Customer.objects.get(pk=b.pk).attributes

    def test_what_was_taken_apart_is_not_joined_again_by_itself(self, cast):
        shop, till = source("Shop"), source("Till")
        said(shop, number="1", email="ada@shop.example")
        said(till, number="1")
        said(till, number="1", email="ada@shop.example")
        merging.unmerge(Merge.objects.get(), by=cast.ana)
        said(till, number="1", email="ada@shop.example", day=3)
        assert present() == 2

    def test_one_customer_cannot_be_put_together_with_itself(self, trio, cast):
        a, b, _ = trio
        merging.merge(a, b, by=cast.ana)
        with pytest.raises(merging.CannotMerge):
            merging.merge(b, a, by=cast.ana)

    def test_a_link_is_cut_once(self, trio, cast):
        link = merging.merge(*trio[:2], by=cast.ana)
        merging.unmerge(link, by=cast.ana)
        with pytest.raises(merging.CannotMerge):
            merging.unmerge(link, by=cast.ana)
