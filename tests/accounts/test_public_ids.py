"""Opaque ids: there and back for every number, garbage is refused, and those of another tenant mean nothing."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Tenant
from accounts.tenancy import public_ids

keys = st.binary(min_size=16, max_size=16)
numbers = st.integers(min_value=1, max_value=2**53 - 1)


@given(keys, numbers)
def test_every_id_comes_back(key, number):
    tenant = Tenant(id_key=key)
    assert public_ids.decode(tenant, public_ids.encode(tenant, number)) == number


@given(keys, numbers)
def test_every_id_has_the_shape_of_the_address(key, number):
    text = public_ids.encode(Tenant(id_key=key), number)
    assert len(text) == public_ids.LENGTH
    assert set(text) <= set(public_ids.ALPHABET)


@given(keys, st.sets(numbers, max_size=50))
def test_no_two_ids_are_the_same(key, some):
    assert len({public_ids.encode(Tenant(id_key=key), number) for number in some}) == len(some)


@given(keys, st.text(alphabet=string.printable + "é\x00", max_size=16))
def test_garbage_is_no_id(key, text):
    tenant = Tenant(id_key=key)
    try:
        number = public_ids.decode(tenant, text)
    except public_ids.NotAnId:
        return
    assert public_ids.encode(tenant, number) == text


@given(keys, keys, numbers)
def test_an_id_of_another_tenant_does_not_lead_to_the_same_row(mine, theirs, number):
    text = public_ids.encode(Tenant(id_key=theirs), number)
    found = _decoded(Tenant(id_key=mine), text)
    assert mine == theirs or found is None or found > 2**20


def _decoded(tenant: Tenant, text: str) -> int | None:
    try:
        return public_ids.decode(tenant, text)
    except public_ids.NotAnId:
        return None


def test_of_ten_thousand_ids_of_another_tenant_hardly_one_is_an_id_at_all():
    """2**53 of 2**64 numbers count as ids: one in two thousand."""
    mine, theirs = Tenant(id_key=b"m" * 16), Tenant(id_key=b"t" * 16)
    found = [_decoded(mine, public_ids.encode(theirs, number)) for number in range(1, 10_001)]
    assert sum(number is not None for number in found) < 30


def test_neighbours_do_not_look_alike():
    tenant = Tenant(id_key=b"k" * 16)
    firsts = {public_ids.encode(tenant, number)[:4] for number in range(1, 101)}
    assert len(firsts) > 95


@pytest.mark.parametrize("text", ["", "0" * 12, "0" * 14, "i" * 13, "O" * 13, "z" * 13, "0" * 12 + "\n", "٠" * 13])
def test_a_text_of_another_shape_is_no_id(text):
    with pytest.raises(public_ids.NotAnId):
        public_ids.decode(Tenant(id_key=b"k" * 16), text)
