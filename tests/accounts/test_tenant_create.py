"""Founding an organisation: its address is free, well formed and nobody else's, also when two ask at once."""

from threading import Barrier, Thread

import pytest
from django.db import connections

from accounts import tenancy
from accounts.models import AuditEntry, Membership, Tenant
from tests.conftest import make_user, signed_in

ENGLISH = {"accept-language": "en"}


def found(client, **values):
    return client.post("/organisations/new/", {"name": "Initech", "slug": "initech", **values}, headers=ENGLISH)


def test_who_founds_it_owns_it(cleo, cleo_user):
    assert found(cleo).url == "/t/initech/"
    with tenancy.scope(Tenant.objects.get(slug="initech")):
        assert Membership.objects.get().roles == ["owner"]
        assert [entry.action for entry in AuditEntry.objects.order_by("pk")] == ["tenant.created", "member.joined"]
        assert {entry.actor_id for entry in AuditEntry.objects.all()} == {cleo_user.pk}
    assert cleo.get("/t/initech/").status_code == 200


def test_an_address_that_is_taken_says_so(cast, cleo):
    answer = found(cleo, slug="acme")
    assert answer.status_code == 422
    assert "already" in answer.content.decode()
    assert Tenant.objects.count() == 2


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"slug": "admin"}, "reserved"),
        ({"slug": "Acme Inc"}, "small letters"),
        ({"slug": "ab"}, "3 to 40"),
        ({"slug": "-abc"}, "small letters"),
        ({"slug": "a_b_c"}, "small letters"),
        ({"slug": "x" * 41}, "40"),
        ({"slug": "café"}, "small letters"),
        ({"slug": ""}, "required"),
        ({"name": ""}, "required"),
        ({"name": "x" * 101}, "100"),
        ({"name": "Acme\r\nBcc: all@victims.example"}, "one line"),
        ({"name": "Acme\x00"}, "Null"),
    ],
)
def test_bad_input_says_why(cleo, wrong, word):
    answer = found(cleo, **wrong)
    assert answer.status_code == 422
    assert word in answer.content.decode()
    assert not Tenant.objects.exists()


def test_who_is_not_signed_in_is_asked_to(client, db):
    assert found(client).url.startswith("/account/login/")


def test_two_who_ask_for_one_address_at_the_same_moment_do_not_both_get_it(committed):
    users = [make_user(name, f"{name}@row.example") for name in ("cleo", "dana")]
    clients = [signed_in(user) for user in users]
    together, answers = Barrier(2), []

    def ask(client) -> None:
        together.wait()
        answers.append(found(client).status_code)
        connections.close_all()

    threads = [Thread(target=ask, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [302, 422]
    assert Tenant.objects.filter(slug="initech").count() == 1
