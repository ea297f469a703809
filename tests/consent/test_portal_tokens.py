"""Tokens of customers: opaque, hard to forge, of one tenant and one grade, and refused in one way (privacy.md PP2, PP10)."""

from contextlib import suppress
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import tenancy
from consent.models import Channel
from consent.portal import tokens

pytestmark = pytest.mark.django_db
ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"


def test_what_goes_in_comes_out(in_acme):
    act = tokens.read(tokens.act(42, purpose_key="newsletter", channel=Channel.EMAIL))
    assert (act.customer_id, act.purpose_key, act.channel) == (42, "newsletter", "email")
    assert timezone.now() - act.issued_at < timedelta(minutes=2)


@pytest.mark.parametrize("channel", ["", *Channel.values])
def test_every_channel_has_its_place(in_acme, channel):
    assert tokens.read(tokens.act(1, channel=channel)).channel == channel


def test_a_link_of_three_years_ago_still_works_and_one_of_six_does_not(in_acme):
    """PP2"""
    now = timezone.now()
    assert tokens.read(tokens.act(7, issued_at=now - timedelta(days=3 * 365))).customer_id == 7
    with pytest.raises(tokens.NoToken):
        tokens.read(tokens.act(7, issued_at=now - timedelta(days=6 * 365)))


def test_a_token_hides_what_is_in_it(in_acme):
    text = tokens.act(42, purpose_key="newsletter", channel="email")
    assert set(text) <= set(ALPHABET)
    assert "newsletter" not in text
    assert text != tokens.act(43, purpose_key="newsletter", channel="email")


def test_another_tenant_cannot_read_it(cast):
    """SE2"""
    with tenancy.scope(cast.acme):
        text = tokens.act(42)
    with tenancy.scope(cast.globex), pytest.raises(tokens.NoToken):
        tokens.read(text)


def test_one_grade_is_not_the_other(in_acme):
    with pytest.raises(tokens.NoToken):
        tokens.read_view(tokens.act(42))
    with pytest.raises(tokens.NoToken):
        tokens.read(tokens.view(42))
    assert tokens.read_view(tokens.view(42)) == 42


def test_a_new_secret_key_leaves_old_links_working(in_acme, settings):
    text, old = tokens.act(42), settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 60, [old]
    assert tokens.read(text).customer_id == 42
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(tokens.NoToken):
        tokens.read(text)


def test_no_letter_of_it_can_be_changed(in_acme):
    text = tokens.act(42, purpose_key="newsletter", channel="email")
    for place in range(len(text) - 1):  # the last letter holds spare bits
        other = "A" if text[place] != "A" else "B"
        with pytest.raises(tokens.NoToken):
            tokens.read(text[:place] + other + text[place + 1 :])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.one_of(st.text(max_size=300), st.text(ALPHABET, max_size=300)))
def test_whatever_else_is_read_is_no_token(in_acme, text):
    """PP10: never another error than the one."""
    with pytest.raises(tokens.NoToken):
        tokens.read(text)


class Counting:
    """A key that remembers how often it was asked."""

    def __init__(self, key: AESSIV) -> None:
        self.key, self.asked = key, 0

    def decrypt(self, *parts):
        self.asked += 1
        return self.key.decrypt(*parts)


def test_each_fault_asks_every_key_as_a_good_token_does(in_acme, cast, monkeypatch, settings):
    """PP10: the same work for forged, cut, expired, foreign and empty."""
    settings.SECRET_KEY_FALLBACKS = ["o" * 60]
    good, old = tokens.act(1), tokens.act(1, issued_at=timezone.now() - timedelta(days=9 * 365))
    foreign = "A" * len(good)
    keys = [Counting(key) for key in tokens._keys(tokens.ACT)]
    monkeypatch.setattr(tokens, "_keys", lambda grade: keys)
    asked = []
    for text in (good, old, foreign, good[:10], "", "é" * 20, "x" * 4000):
        before = sum(key.asked for key in keys)
        with suppress(tokens.NoToken):
            tokens.read(text)
        asked.append(sum(key.asked for key in keys) - before)
    assert asked == [2] * 7


def test_thousands_a_second_can_be_made(in_acme, benchmark_seconds=1.0):
    began = timezone.now()
    for customer_id in range(3_000):
        tokens.act(customer_id, purpose_key="newsletter", channel="email")
    assert (timezone.now() - began).total_seconds() < benchmark_seconds
