"""What sources say, and which value wins: trust first, then time; what lost is kept."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some
from msgspec.json import decode

from customers import attributes, catalogue, merging, portrait, trust
from customers.models import Attribute, Customer, Event, SourceRecord, Touch
from customers.portrait import Record, Statement
from tests.customers.telling import NOON, item, said, source, took

VALUES = some.one_of(some.none(), some.integers(0, 3), some.booleans(), some.sampled_from(["a", "b"]), some.just(["x", "y"]))


def looks(taken):
    return Customer.objects.get(pk=taken.customer_id).attributes


@pytest.mark.usefixtures("in_acme")
class TestConflicts:
    def test_the_source_that_is_trusted_more_wins_though_it_is_older(self):
        shop, till = source("Shop", priority=10), source("Till", priority=20)
        said(shop, email="ada@x.example", city="Utrecht")
        assert looks(said(till, email="ada@x.example", city="Amersfoort", day=9))["city"] == "Utrecht"

    def test_a_new_order_of_trust_settles_what_was_said_before(self):
        shop, till = source("Shop", priority=10), source("Till", priority=20)
        said(shop, email="ada@x.example", city="Utrecht")
        ada = said(till, email="ada@x.example", city="Amersfoort", day=9)
        Touch.objects.all().delete()
        till.priority = 5
        till.save()
        trust.changed(till)
        assert looks(ada)["city"] == "Amersfoort"
        assert set(Touch.objects.values_list("customer_id", flat=True)) == {ada.customer_id}

    def test_of_equal_trust_the_later_wins_and_the_other_is_kept(self):
        shop, till = source("Shop"), source("Till")
        said(shop, email="ada@x.example", city="Utrecht", day=5)
        ada = said(till, email="ada@x.example", city="Amersfoort", day=2)
        assert looks(ada)["city"] == "Utrecht"
        assert SourceRecord.objects.get(source=till).values["city"] == "Amersfoort"

    def test_a_late_message_does_not_push_a_newer_value_aside(self):
        shop = source()
        said(shop, number="1", city="Utrecht", day=5)
        ada = said(shop, number="1", city="Zeist", day=2)
        assert looks(ada)["city"] == "Utrecht"
        assert [value for value, _ in SourceRecord.objects.get().earlier["city"]] == ["Zeist"]

    def test_a_value_said_again_later_is_as_new_as_when_it_was_said_last(self):
        shop = source()
        for city, day in (("Utrecht", 1), ("Utrecht", 9), ("Zeist", 5)):
            ada = said(shop, number="1", city=city, day=day)
        assert looks(ada)["city"] == "Utrecht"

    def test_a_value_that_is_taken_back_gives_way_to_another_source(self):
        shop, till = source("Shop", priority=10), source("Till", priority=20)
        said(till, email="ada@x.example", city="Zeist")
        said(shop, email="ada@x.example", city="Utrecht")
        assert looks(said(shop, email="ada@x.example", city=None, day=1))["city"] == "Zeist"

    def test_a_source_says_more_without_taking_back_the_rest(self):
        shop = source()
        said(shop, number="1", city="Utrecht", first_name="Ada")
        ada = said(shop, number="1", city="Zeist", day=1)
        assert looks(ada) == {"city": "Zeist", "first_name": "Ada"}
        assert SourceRecord.objects.get().times["first_name"].startswith("2026-06-01")

    def test_of_two_rows_about_one_customer_the_last_wins(self):
        shop = source()
        first, second = took(shop, item(shop, number="1", city="Utrecht"), item(shop, number="1", city="Zeist"))
        assert (first.outcome, second.outcome) == ("new", "changed")
        assert looks(first)["city"] == "Zeist"

    def test_outcomes_say_what_happened(self):
        shop = source()
        days = [said(shop, number="1", city=city, day=day).outcome for day, city in enumerate(["Utrecht", "Utrecht", "Zeist"])]
        assert days == ["new", "unchanged", "changed"]

    def test_a_key_in_no_catalogue_is_kept_and_used_for_nothing(self):
        shop = source()
        odd = item(shop, number="1", city="Utrecht")
        odd.undeclared = {"shoe_size": 42}
        (taken,) = took(shop, odd)
        assert looks(taken) == {"city": "Utrecht"}
        assert SourceRecord.objects.get().undeclared == {"shoe_size": 42}

    def test_name_and_address_stand_beside_for_the_lists(self):
        ada = Customer.objects.get(pk=said(source(), number="1", email="ADA@x.example", first_name="Éva", last_name="de Vries").customer_id)
        assert (ada.email, ada.name, ada.name_key, ada.family_key) == ("ada@x.example", "Éva de Vries", "éva de vries", "de vries")

    def test_who_changed_is_touched(self):
        shop = source()
        ada = said(shop, number="1", city="Utrecht")
        Touch.objects.all().delete()
        said(shop, number="1", city="Utrecht")
        assert not Touch.objects.exists()
        said(shop, number="1", city="Zeist", day=1)
        assert set(Touch.objects.values_list("customer_id", flat=True)) == {ada.customer_id}

    def test_many_items_take_as_many_statements_as_few(self, django_assert_max_num_queries):
        shop = source()
        said(shop, number="0", city="Utrecht", event="Page Viewed")
        with django_assert_max_num_queries(60):
            took(shop, *(item(shop, number=str(n), email=f"{n}@x.example", city="Zeist", event="Page Viewed") for n in range(500)))
        assert Event.objects.count() == 501


def json_of(part):
    return decode(part) if isinstance(part, str) else part


@given(
    some.lists(some.tuples(some.sampled_from("abc"), VALUES, some.integers(0, 50)), unique_by=lambda said: (said[0], said[2]), max_size=12),
    some.randoms(),
)
def test_a_record_is_the_same_in_whatever_order_it_was_told(told, random):
    def fold(order):
        record = Record({}, None, {}, {}, {})
        for key, value, day in order:
            record.hear(Statement(0, NOON + timedelta(days=day), {key: value}))
        return record.values, record.at, record.earlier

    shuffled = list(told)
    random.shuffle(shuffled)
    assert fold(told) == fold(shuffled)


@given(
    some.lists(some.tuples(some.sampled_from("ab"), VALUES, some.integers(0, 50)), unique_by=lambda said: (said[0], said[2]), max_size=10),
    some.integers(0, 10),
)
def test_a_record_that_was_put_away_and_read_again_goes_on_as_if_it_had_not(told, cut):
    def fold(order, record):
        for key, value, day in order:
            record.hear(Statement(0, NOON + timedelta(days=day), {key: value}))
        return record

    whole = fold(told, Record({}, None, {}, {}, {})).row(NOON)
    first = fold(told[:cut], Record({}, None, {}, {}, {})).row(NOON)
    second = portrait.gather(Statement(1, NOON + timedelta(days=day), {key: value}) for key, value, day in told[cut:]).get(1)
    record = portrait.read(*first)
    if second:
        portrait._hear_again(record, second)
    assert [json_of(part) for part in record.row(NOON)] == [json_of(part) for part in whole]


@pytest.mark.usefixtures("in_acme")
class TestWhatIsSaidAgain:
    """What a source says once more may let it win, or say less than before: the portrait follows."""

    @pytest.fixture
    def genres(self):
        catalogue.attributes()
        return Attribute.objects.create(key="genres", label="Genres", type="choices", options=["jazz", "soul"])

    def test_a_choice_fewer_is_another_value(self, genres):
        shop = source()
        said(shop, number="1", genres=["jazz", "soul"])
        Touch.objects.all().delete()
        ada = said(shop, number="1", genres=["jazz"], day=1)
        assert ada.outcome == "changed"
        assert looks(ada)["genres"] == ["jazz"]
        assert Touch.objects.exists()

    def test_the_same_said_again_later_wins_from_another_source_of_equal_trust(self):
        shop, till = source("Shop"), source("Till")
        said(shop, email="ada@x.example", city="Utrecht", day=1)
        said(till, email="ada@x.example", city="Zeist", day=2)
        Touch.objects.all().delete()
        ada = said(shop, email="ada@x.example", city="Utrecht", day=3)
        assert looks(ada)["city"] == "Utrecht"
        assert Touch.objects.exists()
        assert portrait.fold([ada.customer_id]) == 0

    def test_so_it_does_among_rows_that_were_merged(self, cast):
        shop, till = source("Shop"), source("Till")
        one, other = said(shop, number="1", city="Utrecht", day=1), said(till, number="1", city="Zeist", day=2)
        merging.merge(*Customer.objects.filter(pk__in=(one.customer_id, other.customer_id)), by=cast.ana)
        ada = said(shop, number="1", city="Utrecht", day=3)
        assert looks(ada)["city"] == "Utrecht"

    def test_an_attribute_that_was_put_away_meanwhile_does_not_come_back_with_a_new_customer(self):
        shop = source()
        attributes.retire(Attribute.objects.get(key="city"))
        assert looks(said(shop, number="1", first_name="Ada", city="Utrecht")) == {"first_name": "Ada"}
