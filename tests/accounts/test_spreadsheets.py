"""CSV that a spreadsheet opens without running anything, and that comes back as it was."""

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import spreadsheets

texts = st.text(st.characters(codec="utf-8"), max_size=40)


@given(texts)
def test_no_cell_begins_a_formula(text):
    assert not spreadsheets.safe(text).startswith(spreadsheets.STARTS_A_FORMULA)


@given(texts)
def test_a_text_loses_nothing(text):
    assert spreadsheets.safe(text).removeprefix("'") == text.removeprefix("'")


@given(st.lists(st.lists(texts, min_size=2, max_size=2), max_size=5))
def test_what_is_written_is_read_back_as_the_same_cells(rows):
    written = "".join(spreadsheets.csv_of(["a", "b"], rows))
    found = list(csv.reader(io.StringIO(written.removeprefix("\ufeff"), newline="")))
    assert found == [["a", "b"], *[[spreadsheets.safe(cell) for cell in row] for row in rows]]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (0, 0),
        (-5, -5),
        ("-5", "'-5"),
        ("=1", "'="[:2] + "1"),
        ("\n=1", "'\n=1"),
        ("＝1", "'＝1"),
        ({"b": 1, "a": "=x"}, '{"a": "=x", "b": 1}'),
        ([], "[]"),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00+00:00"),
    ],
)
def test_each_kind_of_value(value, cell):
    assert spreadsheets.safe(value) == cell
