"""A partner's program records what a customer said, with its proof, for the purposes of its key (CR5, CR6, CC7, PL5)."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import tenancy
from consent.models import ConsentState, State
from tests.accounts.test_api_access import issue
from tests.consent import rows

WHERE = "/api/v1/consents"
PROOF = {"evidence_sha256": "ab" * 32, "label": "Yes, mail me", "text": "By phone, recording 7"}


@pytest.fixture
def key(cast) -> str:
    with tenancy.scope(cast.acme):
        cast.ada = rows.customer()
        cast.newsletter, cast.offers = rows.purpose(), rows.purpose("offers")
    return issue(cast.acme, cast.ana, scopes=["customers.change"], purposes=["newsletter"])


def send(client, key: str, *choices: dict, **more):
    head = {"authorization": f"Bearer {key}"}
    return client.post(WHERE, json.dumps({"choices": choices}), content_type="application/json", headers=head, **more)


def choice(**more) -> dict:
    at = (timezone.now() - timedelta(minutes=1)).isoformat()
    return {"email": "Ada@Example.com", "purpose": "newsletter", "state": "given", "occurred_at": at, "proof": PROOF, **more}


def state(cast) -> str:
    with tenancy.scope(cast.acme):
        return ConsentState.objects.get(customer=cast.ada, purpose=cast.newsletter).state


def test_a_yes_with_its_proof_stands_and_can_be_read(cast, client, key):
    answer = send(client, key, choice())
    assert answer.status_code == 200
    assert (len(answer.json()["events"]), answer.json()["refused"]) == (1, [])
    assert state(cast) == State.GIVEN
    (found,) = client.get(WHERE, {"email": "ada@example.com"}, headers={"authorization": f"Bearer {key}"}).json()["consents"]
    assert (found["purpose"], found["channel"], found["state"]) == ("newsletter", "email", "given")


def test_without_proof_it_is_kept_as_unknown_cr5(cast, client, key):
    send(client, key, choice(proof={}))
    assert state(cast) == State.UNKNOWN


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"purpose": "offers"}, "no_purpose"),
        ({"purpose": "nothing"}, "no_purpose"),
        ({"email": "nobody@example.com"}, "no_customer"),
        ({"email": "no address"}, "no_customer"),
        ({"channel": "sms"}, "not_offered"),
        ({"occurred_at": (timezone.now() + timedelta(days=1)).isoformat()}, "future"),
    ],
)
def test_what_may_not_stand_is_told_by_its_place_cr6_pl5(cast, client, key, more, code):
    answer = send(client, key, choice(), choice(**more)).json()
    assert [(each["place"], each["code"]) for each in answer["refused"]] == [(1, code)]
    assert len(answer["events"]) == 1


def test_a_no_is_not_turned_by_an_older_yes_cc7(cast, client, key):
    with tenancy.scope(cast.acme):
        rows.allow(cast.ada, cast.newsletter, state=State.WITHDRAWN)
    answer = send(client, key, choice(occurred_at=(timezone.now() - timedelta(days=9)).isoformat())).json()
    assert [each["code"] for each in answer["refused"]] == ["not_newer"]
    assert state(cast) == State.WITHDRAWN


def test_nonsense_is_a_400_that_says_where(client, key):
    answer = send(client, key, choice(state="maybe"))
    assert answer.status_code == 400
    assert "state" in str(answer.json())
    assert send(client, key).status_code == 400


def test_a_key_without_the_right_or_of_another_tenant_reaches_nothing(cast, client, key):
    weak = issue(cast.acme, cast.ana, name="Weak", scopes=["numbers.view"], purposes=["newsletter"])
    assert send(client, weak, choice()).status_code == 403
    theirs = issue(cast.globex, cast.mallory, scopes=["customers.change"], purposes=["newsletter"])
    assert [each["code"] for each in send(client, theirs, choice()).json()["refused"]] == ["no_purpose"]
    assert client.get(WHERE).status_code == 401


def test_a_thousand_take_as_many_queries_as_ten(cast, client, key, django_assert_max_num_queries):
    with tenancy.scope(cast.acme):
        many = [rows.customer(f"n{n}@example.com").email for n in range(60)]
    with django_assert_max_num_queries(60):
        answer = send(client, key, *(choice(email=email) for email in many))
    assert len(answer.json()["events"]) == 60
