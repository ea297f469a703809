"""The look of a tenant on the pages of its customers: readable whatever colour it chose, and only its own."""

import pytest
from django.core.files.base import ContentFile
from hypothesis import given
from hypothesis import strategies as st

from accounts import contrast
from accounts.models import Brand
from consent.portal import look

COLOURS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


@given(COLOURS)
def test_a_colour_that_reads_on_white_reads_on_our_ground_too(colour):
    """WCAG 2.2 §1.4.3"""
    shown = look._readable(colour)
    assert contrast.ratio(shown, look.LIGHT_GROUND) >= contrast.ENOUGH
    assert contrast.ratio(shown, contrast.LIGHT_PAGE) >= contrast.ENOUGH


def test_a_colour_that_is_dark_enough_stays_as_it_is():
    assert look._readable("#1c4a40") == "#1c4a40"


def test_without_a_colour_our_own_stands():
    assert look.sheet(None) == look.sheet(Brand()) == ""


def test_the_dark_colour_holds_where_it_is_dark():
    sheet = look.sheet(Brand(colour_dark="#93c4ee"))
    assert sheet.count("--pt-brand: #93c4ee;") == 2
    assert "prefers-color-scheme: dark" in sheet
    assert ":root" not in sheet


@pytest.mark.django_db
def test_the_logo_is_there_for_everybody_once_there_is_one(client, in_acme):
    assert client.get("/p/acme/logo").status_code == 404
    Brand.objects.create(logo=ContentFile(b"\x89PNG", name="logo.png"))
    answer = client.get("/p/acme/logo")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "image/png"
    assert b"".join(answer.streaming_content) == b"\x89PNG"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["logo", "look.css"])
def test_only_looking(client, in_acme, path):
    assert client.post(f"/p/acme/{path}").status_code == 405
