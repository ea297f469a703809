"""The catalogue of attributes: standard ones, new ones, values that were waiting, putting away and back."""

from types import SimpleNamespace

import pytest

from accounts import tenancy
from accounts.audit import SYSTEM
from accounts.models import AuditEntry
from accounts.team import join
from customers import attributes
from customers.models import Attribute, Customer, SourceRecord, UndeclaredKey
from tests.conftest import make_user, signed_in
from tests.customers.telling import item, source, took

LIST = "/t/acme/attributes/"
NEW = {"label": "Shoe size", "key": "shoe_size", "type": "whole", "category": "ordinary"}


@pytest.fixture
def waiting(cast):
    """Three customers of whom a source said a shoe size that nobody declared; one of them is no number."""
    with tenancy.scope(cast.acme):
        shop = source()
        items = [item(shop, number=str(n), city="Utrecht") for n in range(3)]
        for one, size in zip(items, (42, "38", "large"), strict=True):
            one.undeclared = {"shoe_size": size}
        return [taken.customer_id for taken in took(shop, *items)]


def looks(cast, row):
    with tenancy.scope(cast.acme):
        return Customer.objects.get(pk=row).attributes


def test_the_standard_attributes_are_there_from_the_start(ana, cast):
    assert b"first_name" in ana.get(LIST).content


def test_what_sources_also_send_is_listed(ana, waiting):
    page = ana.get(LIST).content.decode()
    assert "shoe_size" in page
    assert "Make it an attribute" in page


def test_a_new_attribute_takes_up_the_values_that_fit(ana, cast, waiting):
    assert ana.post(f"{LIST}new/", NEW).status_code == 302
    assert [looks(cast, row).get("shoe_size") for row in waiting] == [42, 38, None]
    with tenancy.scope(cast.acme):
        assert not UndeclaredKey.objects.exists()
        assert AuditEntry.objects.filter(action="attribute.created").exists()


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"key": "Shoe Size"}, "small letters"),
        ({"key": "city"}, "already"),
        ({"type": "choice"}, "one a line"),
        ({"type": "money"}, "currency"),
        ({"label": ""}, "required"),
    ],
)
def test_a_bad_attribute_is_refused_at_the_field(ana, cast, waiting, wrong, word):
    page = ana.post(f"{LIST}new/", {**NEW, **wrong})
    assert page.status_code == 422
    assert word in page.content.decode()


def test_putting_away_takes_it_out_of_every_portrait_and_back(ana, cast, waiting):
    with tenancy.scope(cast.acme):
        mark = Attribute.objects.get(key="city").public_id
    ana.post(f"{LIST}{mark}/retire/")
    assert "city" not in looks(cast, waiting[0])
    ana.post(f"{LIST}{mark}/retire/")
    assert looks(cast, waiting[0])["city"] == "Utrecht"


def test_the_type_of_an_attribute_does_not_change(ana, cast):
    ana.get(LIST)
    with tenancy.scope(cast.acme):
        city = Attribute.objects.get(key="city")
        mark = city.public_id
    ana.post(f"{LIST}{mark}/", {"label": "Town", "key": "town", "type": "whole", "category": "ordinary"})
    with tenancy.scope(cast.acme):
        city.refresh_from_db()
    assert (city.label, city.key, city.type) == ("Town", "city", "text")


def test_a_viewer_looks_and_changes_nothing(ben, cast):
    assert ben.get(LIST).status_code == 200
    assert ben.get(f"{LIST}new/").status_code == 403


def test_the_list_takes_a_constant_number_of_queries(ana, cast, waiting, django_assert_max_num_queries):
    with django_assert_max_num_queries(15):
        ana.get(LIST)


class TestTakenUp:
    """What sources said while nobody had declared it, or while it was put away."""

    @pytest.fixture
    def genre(self, cast):
        """`say(source, value, day)`: undeclared; then `declare()`; `looks()`: what the portrait shows."""
        with tenancy.scope(cast.acme):
            yield SimpleNamespace(say=_say_genre, declare=_declare_genre, looks=lambda: Customer.objects.get().attributes.get("genre"))

    def test_of_two_sources_the_later_word_wins_as_ever(self, genre):
        genre.say(source("Till"), "jazz", day=9)
        genre.say(source("Shop"), "soul", day=2)
        genre.declare()
        assert genre.looks() == "jazz"

    def test_a_message_on_its_way_is_newer_than_what_was_taken_up(self, genre):
        genre.say(source("Shop"), "jazz", day=1)
        genre.declare()
        took(source("Shop"), item(source("Shop"), email="ada@x.example", day=2, genre="soul"))
        assert genre.looks() == "soul"

    def test_what_was_said_while_it_was_put_away_comes_with_it_and_the_older_word_is_kept(self, genre):
        genre.say(source("Shop"), "jazz", day=1)
        attribute = genre.declare()
        attributes.retire(attribute)
        genre.say(source("Shop"), "soul", day=5)
        attributes.restore(attribute)
        assert genre.looks() == "soul"
        assert [value for value, _ in SourceRecord.objects.get().earlier["genre"]] == ["jazz"]


def _say_genre(of, value, *, day):
    one = item(of, email="ada@x.example", day=day)
    one.undeclared = {"genre": value}
    took(of, one)


def _declare_genre():
    attribute = Attribute.objects.create(key="genre", label="Genre", type="text")
    attributes.take_up(attribute)
    return attribute


def test_the_currency_of_an_attribute_does_not_change_under_its_values(ana, cast):
    ana.post(f"{LIST}new/", {**NEW, "key": "credit", "type": "money", "currency": "jpy"})
    with tenancy.scope(cast.acme):
        credit = Attribute.objects.get(key="credit")
        mark = credit.public_id
    ana.post(f"{LIST}{mark}/", {"label": "Credit", "category": "ordinary", "currency": "EUR"})
    with tenancy.scope(cast.acme):
        credit.refresh_from_db()
    assert (credit.label, credit.currency) == ("Credit", "JPY")


def test_a_currency_has_three_letters(ana, cast):
    ana.get(LIST)
    assert ana.post(f"{LIST}new/", {**NEW, "key": "credit", "type": "money", "currency": "€"}).status_code == 422


def test_keys_that_sources_make_up_are_shown_to_nobody_who_may_not_see_customers(ana, cast, waiting):
    analyst = make_user("Cas Kok", "cas@acme.example")
    with tenancy.scope(cast.acme):
        join(analyst, roles=["analyst"], actor=SYSTEM)
    page = signed_in(analyst).get(LIST)
    assert page.status_code == 200
    assert "shoe_size" not in page.content.decode()
