"""Signing in with a password: what opens, what is refused, and the trace both leave."""

from accounts import tenancy
from accounts.audit import SYSTEM
from accounts.models import AuditEntry
from accounts.team import join
from tests.conftest import PASSWORD, make_cast, make_user, signed_in

ENGLISH = {"accept-language": "en"}


def sign_in(client, email: str, password: str, **options):
    return client.post("/account/login/", {"login": email, "password": password}, headers=ENGLISH, **options)


def entries(tenant, action: str) -> list[AuditEntry]:
    with tenancy.scope(tenant):
        return list(AuditEntry.objects.filter(action=action).newest_first())


def test_the_right_password_opens_the_organisation(client, cast):
    answer = sign_in(client, "ana@acme.example", PASSWORD)
    assert answer.url == "/"
    assert client.get("/").url == "/t/acme/"


def test_an_address_is_the_same_in_capitals(client, cast):
    assert sign_in(client, "Ana@ACME.example", PASSWORD).url == "/"


def test_a_session_gets_a_new_key_at_sign_in(client, cast):
    before = client.session.session_key
    sign_in(client, "ana@acme.example", PASSWORD)
    assert client.session.session_key != before


def test_signing_in_leaves_who_when_and_from_where(client, committed):
    """In the log of the organisation that is entered, once a session; the user's other organisations are not told."""
    cast = make_cast()
    with tenancy.scope(cast.globex):
        join(cast.ana, roles=["viewer"], actor=SYSTEM)
    sign_in(client, "ana@acme.example", PASSWORD, REMOTE_ADDR="192.0.2.7", HTTP_USER_AGENT="Firefox")
    for page in ("/t/acme/team/0000000000000/", "/t/acme/", "/t/acme/"):  # the first is not there
        client.get(page, REMOTE_ADDR="192.0.2.7", HTTP_USER_AGENT="Firefox")
    (entry,) = entries(cast.acme, "user.signed_in")
    assert (entry.actor_id, entry.actor_name, entry.ip, entry.user_agent) == (cast.ana.pk, "Ana Bakker", "192.0.2.7", "Firefox")
    assert entry.request_id
    assert entries(cast.globex, "user.signed_in") == []


def test_signing_out_leaves_a_trace_and_closes(cast, ana):
    ana.post("/account/logout/")
    assert len(entries(cast.acme, "user.signed_out")) == 1
    assert ana.get("/t/acme/").status_code == 302


def test_a_wrong_password_is_refused_and_told_to_every_tenant_of_the_user(client, cast):
    with tenancy.scope(cast.globex):
        join(cast.ana, roles=["viewer"], actor=SYSTEM)
    answer = sign_in(client, "ana@acme.example", "not the password")
    assert answer.status_code == 200
    assert "_auth_user_id" not in client.session
    assert [entry.actor_name for tenant in (cast.acme, cast.globex) for entry in entries(tenant, "user.sign_in_failed")] == [
        "Ana Bakker"
    ] * 2


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(client, cast):
    wrong = sign_in(client, "ana@acme.example", "not the password").context["form"].errors
    unknown = sign_in(client, "nobody@acme.example", "not the password").context["form"].errors
    assert wrong == unknown


def test_neither_password_is_in_the_log(client, cast):
    sign_in(client, "ana@acme.example", "not the password")
    sign_in(client, "ana@acme.example", PASSWORD)
    with tenancy.scope(cast.acme):
        kept = str(list(AuditEntry.objects.values()))
    assert "not the password" not in kept
    assert PASSWORD not in kept


def test_after_five_wrong_passwords_even_the_right_one_waits(client, cast):
    for _ in range(5):
        sign_in(client, "ana@acme.example", "not the password")
    answer = sign_in(client, "ana@acme.example", PASSWORD)
    assert "Too many tries" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_who_tries_many_addresses_from_one_place_waits_too(client, cast):
    for number in range(30):
        sign_in(client, f"guess{number}@acme.example", "not the password")
    answer = sign_in(client, "ana@acme.example", PASSWORD)
    assert "_auth_user_id" not in client.session
    assert answer.status_code == 429 or "Too many" in answer.content.decode()


def test_the_limit_of_one_user_does_not_shut_out_another(client, cast):
    for _ in range(6):
        sign_in(client, "ana@acme.example", "not the password")
    assert sign_in(client, "ben@acme.example", PASSWORD).url == "/"


def test_a_user_made_inactive_is_out_at_the_next_click(cast, ana):
    assert ana.get("/t/acme/").status_code == 200
    type(cast.ana).objects.filter(pk=cast.ana.pk).update(is_active=False)
    assert ana.get("/t/acme/").url.startswith("/account/login/")


def test_signing_in_leads_to_no_other_site(client, cast):
    answer = sign_in(client, "ana@acme.example", PASSWORD, query_params={"next": "https://evil.example/"})
    assert answer.url == "/"


def test_a_user_without_an_organisation_is_asked_to_make_one(client, db):
    make_user("Cleo Jansen", "cleo@row.example")
    sign_in(client, "cleo@row.example", PASSWORD)
    assert client.get("/").url == "/organisations/new/"


def test_a_changed_password_ends_the_other_sessions(cast, ana):
    elsewhere = signed_in(cast.ana)
    answer = ana.post(
        "/account/password/change/", {"oldpassword": PASSWORD, "password1": "een-heel-nieuw-woord", "password2": "een-heel-nieuw-woord"}
    )
    assert answer.status_code == 302
    assert elsewhere.get("/t/acme/").url.startswith("/account/login/")
    assert ana.get("/t/acme/").status_code == 200
