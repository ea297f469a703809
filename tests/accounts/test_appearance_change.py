"""Language and theme: the user's own, kept, and no way to another site."""

import pytest


def test_the_language_is_kept_with_the_user_and_speaks_on_the_next_page(cast, ana):
    answer = ana.post("/appearance/", {"language": "nl", "next": "/t/acme/"})
    cast.ana.refresh_from_db()
    assert (answer.url, cast.ana.language) == ("/t/acme/", "nl")
    assert ana.get("/t/acme/", headers={"accept-language": "en"})["Content-Language"] == "nl"


def test_who_is_not_signed_in_gets_a_cookie(client, db):
    assert client.post("/appearance/", {"language": "nl"}).cookies["django_language"].value == "nl"
    assert client.get("/account/login/")["Content-Language"] == "nl"


@pytest.mark.parametrize("wrong", [{"language": "xx"}, {"theme": "pink"}, {}])
def test_what_does_not_exist_changes_nothing(cast, ana, wrong):
    before = (cast.ana.language, cast.ana.theme)
    ana.post("/appearance/", wrong)
    cast.ana.refresh_from_db()
    assert (cast.ana.language, cast.ana.theme) == before


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_it_leads_to_no_other_site(ana, target):
    assert ana.post("/appearance/", {"theme": "dark", "next": target}).url == "/"


def test_only_by_post(ana):
    assert ana.get("/appearance/").status_code == 405
