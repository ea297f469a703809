"""The list of imports."""

from accounts import tenancy
from tests.customers.files import taken_in, text_of


def test_an_empty_list_helps(ana):
    page = ana.get("/t/acme/imports/").content.decode()
    assert "Bring in what you know already" in page


def test_each_import_says_what_became_of_its_rows(cast, ana):
    taken_in(cast.acme, text_of("id", "1", "2"), mapping={"external_id": "id"})
    page = ana.get("/t/acme/imports/").content.decode()
    assert "klanten.csv" in page
    assert "Done" in page


def test_the_number_of_queries_does_not_grow_with_the_list(cast, ana, django_assert_max_num_queries):
    for number in range(4):
        taken_in(cast.acme, text_of("id", str(number)), mapping={"external_id": "id"})
    with django_assert_max_num_queries(14):
        ana.get("/t/acme/imports/")


def test_a_viewer_is_refused(ben):
    assert ben.get("/t/acme/imports/").status_code == 403


def test_a_stranger_finds_nothing(mallory):
    assert mallory.get("/t/acme/imports/").status_code == 404


def test_other_methods(ana):
    assert ana.post("/t/acme/imports/").status_code == 405
    assert not tenancy.is_open()
