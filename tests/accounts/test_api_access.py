"""How a partner's program gets in: a key in a header, for its own tenant, so often a minute."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import keys, tenancy
from accounts.api.access import KeyThrottle
from accounts.models import ApiKey

WHERE = "/api/v1/key"


def issue(tenant, user, **values) -> str:
    with tenancy.scope(tenant):
        fields = {"name": "Shop", "scopes": ["numbers.view"], "expires_at": timezone.now() + timedelta(days=30), **values}
        return keys.issue(ApiKey(created_by=user, **fields)).text


@pytest.fixture
def text(cast) -> str:
    return issue(cast.acme, cast.ana, scopes=["numbers.view", "content.view"], purposes=["service"])


def ask(client, text: str, path: str = WHERE, **options):
    return client.get(path, headers={"authorization": f"Bearer {text}"}, **options)


def key_of(tenant) -> ApiKey:
    with tenancy.scope(tenant):
        return ApiKey.objects.get()


def test_a_key_tells_what_it_may(client, cast, text):
    answer = ask(client, text)
    assert answer.status_code == 200
    found = answer.json()
    assert found.pop("expires_at")
    assert found == {"tenant": "acme", "name": "Shop", "scopes": ["content.view", "numbers.view"], "purposes": ["service"]}


def test_a_key_sets_no_cookie(client, text):
    assert not ask(client, text).cookies


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer garbage",
        "Bearer portret",
        "Bearer portret_acme",
        "Bearer portret_acme_00000000_guess",
        "Bearer portret_nobody_00000000_guess",
        "Bearer \xff\xfe",
        "Bearer portret_acme_\x00_\x00",
        "Bearer portret_ac\x00me_x_x",
        "Basic YW5hOnBhc3M=",
        "Token {text}",
        "Bearer {text}x",
        "Bearer {text} {text}",
        "Bearer x{text}",
    ],
)
def test_anything_but_a_key_is_refused_and_says_how_to_send_one(client, cast, text, header):
    headers = {} if header is None else {"authorization": header.format(text=text)}
    answer = client.get(WHERE, headers=headers)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_the_key_of_one_tenant_does_not_open_another(client, cast, text):
    assert ask(client, text.replace("_acme_", "_globex_")).status_code == 401


def test_a_session_is_no_key(ana):
    assert ana.get(WHERE).status_code == 401


@pytest.mark.parametrize("query", ["?key={text}", "?a=1&a={text}", "?a={text}&a=1"])
def test_a_key_in_the_address_is_refused_even_with_a_good_header(client, text, query):
    answer = ask(client, text, WHERE + query.format(text=text))
    assert answer.status_code == 401
    assert "header" in answer.json()["detail"]


def test_an_expired_key_is_refused(client, cast):
    assert ask(client, issue(cast.acme, cast.ana, expires_at=timezone.now() - timedelta(seconds=1))).status_code == 401


def test_a_revoked_key_is_refused_with_the_same_words(client, cast, text):
    unknown = ask(client, "portret_acme_00000000_guess").json()
    with tenancy.scope(cast.acme):
        keys.revoke(ApiKey.objects.get())
    assert ask(client, text).json() == unknown


def test_use_is_noted_with_its_address(client, cast, text):
    ask(client, text, REMOTE_ADDR="192.0.2.9")
    key = key_of(cast.acme)
    assert key.last_used_from == "192.0.2.9"
    assert timezone.now() - key.last_used_at < timedelta(seconds=10)


def test_use_is_noted_at_most_once_a_minute(client, cast, text):
    ask(client, text)
    first = key_of(cast.acme).last_used_at
    ask(client, text)
    assert key_of(cast.acme).last_used_at == first
    with tenancy.scope(cast.acme):
        ApiKey.objects.update(last_used_at=first - timedelta(seconds=61))
    ask(client, text)
    assert key_of(cast.acme).last_used_at >= first


def test_a_guess_is_not_noted_as_use(client, cast, text):
    ask(client, text + "x")
    assert key_of(cast.acme).last_used_at is None


def test_too_many_requests_are_told_when_to_come_back(client, cast, text, monkeypatch):
    monkeypatch.setattr(KeyThrottle, "rate", "3/min", raising=False)
    answers = [ask(client, text) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 0 < int(answers[-1]["Retry-After"]) <= 60


def test_one_busy_key_does_not_hold_up_another(client, cast, text, monkeypatch):
    monkeypatch.setattr(KeyThrottle, "rate", "1/min", raising=False)
    other = issue(cast.globex, cast.mallory)
    assert [ask(client, key).status_code for key in (text, text, other)] == [200, 429, 200]


def test_a_key_may_what_its_scopes_say_and_nothing_else(cast, text):
    key = key_of(cast.acme)
    assert key.may("numbers.view")
    assert not key.may("customers.view")
    assert key.is_for("service")
    assert not key.is_for("newsletter")


def test_only_by_get(client, text):
    assert client.post(WHERE, headers={"authorization": f"Bearer {text}"}).status_code == 405


def test_an_address_that_does_not_exist_answers_a_program(client, db):
    answer = client.get("/api/v1/nothing")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
