"""Leaving and being removed: out at the next click, and never the last owner, also when two leave at the same moment."""

from threading import Barrier, Thread

import pytest
from django.db import connections

from accounts import tenancy
from accounts.models import AuditEntry, Membership
from tests.accounts.test_member_change import give, member_with
from tests.conftest import make_cast, signed_in

ENGLISH = {"accept-language": "en"}


def path_of(tenant, user) -> str:
    with tenancy.scope(tenant):
        return f"/t/{tenant.slug}/team/{Membership.objects.get(user=user).public_id}/remove/"


def owners(tenant) -> int:
    with tenancy.scope(tenant):
        return Membership.objects.owners().count()


def test_a_removed_colleague_is_out_at_the_next_click(cast, ana, ben):
    assert ben.get("/t/acme/").status_code == 200
    assert ana.post(path_of(cast.acme, cast.ben)).url == "/t/acme/team/"
    assert ben.get("/t/acme/").status_code == 404
    assert ben.post("/t/acme/settings/organisation/", {}).status_code == 404
    assert ben.get("/").url == "/organisations/new/"


def test_it_is_recorded_with_what_he_had(cast, ana):
    ana.post(path_of(cast.acme, cast.ben))
    with tenancy.scope(cast.acme):
        entry = AuditEntry.objects.get(action="member.removed")
    assert (entry.actor_id, entry.object_name, entry.before) == (cast.ana.pk, "Ben de Vries", {"roles": ["viewer"], "may_export": False})


def test_the_page_asks_first(cast, ana):
    assert ana.get(path_of(cast.acme, cast.ben)).status_code == 200
    with tenancy.scope(cast.acme):
        assert Membership.objects.count() == 2


@pytest.mark.parametrize("role", ["viewer", "analyst", "editor", "admin"])
def test_everybody_may_leave(cast, role):
    user = member_with(cast.acme, "guest", role)
    guest = signed_in(user)
    path = path_of(cast.acme, user)
    assert guest.get(path).status_code == 200
    assert guest.post(path).url == "/"
    assert guest.get("/t/acme/").status_code == 404


def test_the_last_owner_cannot_leave(cast, ana):
    answer = ana.post(path_of(cast.acme, cast.ana), headers=ENGLISH)
    assert answer.status_code == 422
    assert "only owner" in answer.content.decode()
    assert owners(cast.acme) == 1


def test_an_admin_does_not_remove_an_owner(cast):
    admin = signed_in(member_with(cast.acme, "adam", "admin"))
    assert admin.post(path_of(cast.acme, cast.ana)).status_code == 422
    assert owners(cast.acme) == 1


def test_a_viewer_removes_nobody_else(cast, ben):
    assert ben.get(path_of(cast.acme, cast.ana)).status_code == 403
    assert ben.post(path_of(cast.acme, cast.ana)).status_code == 403
    assert owners(cast.acme) == 1


def test_a_stranger_finds_nothing(cast, mallory):
    assert mallory.post(path_of(cast.acme, cast.ben)).status_code == 404


def test_only_by_get_and_post(cast, ana):
    assert ana.put(path_of(cast.acme, cast.ben)).status_code == 405


def at_once(*acts) -> list[int]:
    """Each act on a connection of its own, all let go at the same moment; their statuses in order."""
    together, answers = Barrier(len(acts)), []

    def run(act) -> None:
        together.wait()
        answers.append(act().status_code)
        connections.close_all()

    threads = [Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(answers)


@pytest.fixture
def two_owners(committed):
    cast = make_cast()
    give(signed_in(cast.ana), cast.acme, cast.ben, "owner")
    return cast, signed_in(cast.ana), signed_in(cast.ben)


def test_two_owners_who_leave_at_the_same_moment_do_not_both_get_out(two_owners):
    cast, ana, ben = two_owners
    paths = path_of(cast.acme, cast.ana), path_of(cast.acme, cast.ben)
    assert at_once(lambda: ana.post(paths[0]), lambda: ben.post(paths[1])) == [302, 422]
    assert owners(cast.acme) == 1


def test_two_owners_who_demote_each_other_at_the_same_moment_do_not_both_succeed(two_owners):
    cast, ana, ben = two_owners
    acts = [lambda: give(ana, cast.acme, cast.ben, "viewer"), lambda: give(ben, cast.acme, cast.ana, "viewer")]
    assert at_once(*acts)[0] == 302
    assert owners(cast.acme) == 1


def test_one_colleague_removed_by_two_at_the_same_moment_is_removed_once(two_owners):
    cast, ana, ben = two_owners
    path = path_of(cast.acme, member_with(cast.acme, "guest", "viewer"))
    assert at_once(lambda: ana.post(path), lambda: ben.post(path))[0] == 302
    with tenancy.scope(cast.acme):
        assert AuditEntry.objects.filter(action="member.removed").count() == 1
