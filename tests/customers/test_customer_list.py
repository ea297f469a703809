"""The list of customers: found by any identifier and by the beginning of a name; a constant number of queries."""

import pytest

from accounts import tenancy
from tests.customers.telling import item, said, source, took

LIST = "/t/acme/customers/"


@pytest.fixture
def known(cast):
    with tenancy.scope(cast.acme):
        shop = source()
        said(shop, number="0042", email="ada@x.example", phone="0612345678", first_name="Ada", last_name="Okafor", city="Utrecht")
        said(shop, number="0043", email="noor@x.example", first_name="Noor", last_name="de Vries", city="Zeist")
        said(shop, device="d-1", event="Page Viewed")
    return cast.acme


def names(client, **asked):
    return [str(row.name or row.email or "?") for row, _ in client.get(LIST, asked).context["lines"]]


@pytest.mark.parametrize("q", ["0042", "ADA@x.example", "06 12345678", "+31612345678", "ada", "Ada O", "okaf", " ada   okafor "])
def test_a_customer_is_found_by_any_identifier_and_by_the_beginning_of_a_name(ana, known, q):
    assert names(ana, q=q) == ["Ada Okafor"]


@pytest.mark.parametrize("q", ["kafor", "nobody", "%", "' OR 1=1 --", "\\", "x" * 254])
def test_what_is_not_there_is_said_so(ana, known, q):
    page = ana.get(LIST, {"q": q})
    assert page.context["lines"] == []
    assert b"Nothing found" in page.content


def test_unknown_visitors_are_shown_when_asked_for(ana, known):
    assert len(names(ana)) == 2
    assert len(names(ana, anonymous="on")) == 3


def test_columns_are_chosen(ana, known):
    assert "Zeist" in ana.get(LIST).content.decode()
    ana.post(f"{LIST}columns/", {"columns": ["last_name"]})
    page = ana.get(LIST).content.decode()
    assert "Zeist" not in page
    assert "de Vries" in page


def test_too_many_columns_and_unknown_ones_are_refused(ana, known):
    assert ana.post(f"{LIST}columns/", {"columns": ["shoe_size"]}).status_code == 422


def test_pages_by_keyset_show_everybody_once(ana, known, cast):
    with tenancy.scope(cast.acme):
        shop = source()
        took(shop, *(item(shop, number=f"n{n}", first_name=f"N{n}") for n in range(120)))
    seen, address = [], LIST
    while address:
        page = ana.get(address).context["page"]
        seen += [row.pk for row in page.rows]
        address = LIST + page.next if page.next else ""
    assert len(seen) == len(set(seen)) == 122


def test_the_list_takes_as_many_queries_for_many_as_for_few(ana, known, cast, django_assert_max_num_queries):
    with tenancy.scope(cast.acme):
        shop = source()
        took(shop, *(item(shop, number=f"n{n}", first_name=f"N{n}") for n in range(60)))
    with django_assert_max_num_queries(20):
        assert len(ana.get(LIST).context["lines"]) == 50


def test_an_empty_list_says_what_to_do(ana, cast):
    assert b"No customers yet" in ana.get(LIST).content


def test_another_tenant_sees_none_of_it(mallory, known):
    assert mallory.get(LIST).status_code == 404
    assert mallory.get("/t/globex/customers/", {"q": "ada"}).context["lines"] == []


def test_a_name_is_found_however_its_accents_are_written(ana, cast):
    with tenancy.scope(cast.acme):
        said(source(), number="9", first_name="Zo\u00eb")
    for written in ("Zo\u00eb", "Zoe\u0308"):
        assert len(ana.get(LIST, {"q": written}).context["lines"]) == 1


@pytest.mark.parametrize(
    "query",
    [
        {"q": "a\x00b"},
        {"q": "+" + "9" * 250},
        {"q": "\ufeff"},
        {"lifecycle": "x", "segment": "x", "anonymous": "x"},
        {"before": "9" * 400, "after": "\x00"},
        {"before": "\u0661", "segment": "a\x00b"},
    ],
)
def test_a_question_that_makes_no_sense_breaks_nothing(ana, known, query):
    assert ana.get(LIST, query).status_code == 200
