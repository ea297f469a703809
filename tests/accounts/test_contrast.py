"""Contrast as WCAG 2.2 measures it."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from accounts import contrast

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21),
        ("#ffffff", "#ffffff", 1),
        ("#777777", "#ffffff", 4.48),
        ("#767676", "#ffffff", 4.54),
        ("#ff0000", "#ffffff", 4.0),
    ],
)
def test_known_values(one, other, ratio):
    assert contrast.ratio(one, other) == pytest.approx(ratio, abs=0.005)


@given(colours, colours)
def test_it_lies_between_one_and_twenty_one_whichever_comes_first(one, other):
    assert 1 <= contrast.ratio(one, other) <= 21.0001
    assert contrast.ratio(one, other) == contrast.ratio(other, one)


@given(colours)
def test_what_is_refused_says_the_ratio_it_was_measured_at(colour):
    ratio = contrast.ratio(colour, contrast.LIGHT_PAGE)
    try:
        contrast.is_readable_on_light(colour)
    except ValidationError as refusal:
        assert ratio < contrast.ENOUGH
        assert f"{ratio:.1f} to 1" in refusal.messages[0]
    else:
        assert ratio >= contrast.ENOUGH


@pytest.mark.parametrize("text", ["", "#", "#fff", "#1234567", "123456", "#12345g", "#123456\n", "#１２３４５６", "red", "rgb(0,0,0)"])
def test_any_other_text_is_no_colour(text):
    with pytest.raises(ValidationError, match="six digits"):
        contrast.is_readable_on_dark(text)
