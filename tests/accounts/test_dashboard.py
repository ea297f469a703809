"""Today: a greeting by the hour where the organisation is, and the first steps."""

from datetime import timedelta

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from accounts.models import Tenant


def greeting(hour: int, language: str) -> str:
    with translation.override(language):
        return render_to_string("components/_greeting.html", {"name": "Ana", "hour": hour}).strip()


@pytest.mark.parametrize(
    ("hour", "english", "dutch"),
    [
        (0, "Good morning, Ana", "Goedemorgen Ana"),
        (11, "Good morning, Ana", "Goedemorgen Ana"),
        (12, "Good afternoon, Ana", "Goedemiddag Ana"),
        (17, "Good afternoon, Ana", "Goedemiddag Ana"),
        (18, "Good evening, Ana", "Goedenavond Ana"),
        (23, "Good evening, Ana", "Goedenavond Ana"),
    ],
)
def test_it_greets_by_the_hour(hour, english, dutch):
    assert (greeting(hour, "en-gb"), greeting(hour, "nl")) == (english, dutch)


def test_the_hour_is_that_of_the_organisation(cast, ana):
    Tenant.objects.filter(pk=cast.acme.pk).update(time_zone="Asia/Tokyo")
    assert ana.get("/t/acme/").context["now"].utcoffset() == timedelta(hours=9)


def test_the_first_steps_speak_to_the_reader_in_dutch(cast, ana):
    page = ana.get("/t/acme/", headers={"accept-language": "nl"}).content.decode()
    assert "Beveilig uw account met een tweede factor" in page
    assert "Vul uw juridische gegevens in" in page
