"""Where somebody is signed in, and ending the other sessions."""

from django.test import Client

from tests.conftest import PASSWORD


def signed_in_from(address: str, browser: str) -> Client:
    client = Client(REMOTE_ADDR=address, HTTP_USER_AGENT=browser)
    client.post("/account/login/", {"login": "ana@acme.example", "password": PASSWORD})
    return client


def test_the_list_shows_every_session_of_the_user_and_nobody_elses(cast, mallory):
    here, _there = signed_in_from("192.0.2.1", "Firefox/1 Linux"), signed_in_from("192.0.2.2", "Chrome/1 Windows")
    sessions = here.get("/account/sessions/").context["sessions"]
    assert {(session.ip, session.user_id) for session in sessions} == {("192.0.2.1", cast.ana.pk), ("192.0.2.2", cast.ana.pk)}


def test_ending_the_others_leaves_this_one(cast):
    here, there = signed_in_from("192.0.2.1", "Firefox"), signed_in_from("192.0.2.2", "Chrome")
    assert there.get("/t/acme/").status_code == 200
    here.post("/account/sessions/")
    assert there.get("/t/acme/").url.startswith("/account/login/")
    assert here.get("/t/acme/").status_code == 200


def test_who_is_not_signed_in_sees_no_sessions(client, db):
    assert client.get("/account/sessions/").url.startswith("/account/login/")
