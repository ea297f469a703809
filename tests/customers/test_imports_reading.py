"""How the bytes of a file become rows: encodings, delimiters, quotes, and a place to go on from that is exact."""

import csv
import io
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.imports import looking, reading
from customers.imports.looking import Shape, Unusable


def shape(data: bytes, **given_shape):
    return looking.look(io.BytesIO(data), **given_shape)


def read(data: bytes, **place):
    return list(reading.rows(io.BytesIO(data), shape(data), **place))


def cells(data: bytes):
    return [row.cells for row in read(data)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"])
def test_encodings_are_found_out(encoding):
    text = "naam;plaats\r\nZoë Müller;’s-Hertogenbosch\r\nRené;Curaçao\r\n" * 20
    data = text.replace("’", "'").encode(encoding)
    assert cells(data)[1:3] == [["Zoë Müller", "'s-Hertogenbosch"], ["René", "Curaçao"]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_found_out(delimiter):
    data = f'a{delimiter}b{delimiter}c\n1{delimiter}"2,5;6"{delimiter}3\n'.encode()
    assert shape(data).delimiter == delimiter
    assert cells(data)[1] == ["1", "2,5;6", "3"]


def test_one_column_is_a_file_too():
    assert cells(b"email\na@row.example\n") == [["email"], ["a@row.example"]]


def test_what_a_spreadsheet_says_above_the_header_is_no_header():
    data = b"sep=;\r\nemail;naam\r\na@row.example;Ada\r\n"
    names, top = reading.header(io.BytesIO(data), shape(data))
    assert (names, top.number) == (["email", "naam"], 2)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"  \n\n", "empty"),
        (b"email,naam\n", "no rows"),
        (b"email,naam\n\n,\n", "no rows"),
        (b"PK\x03\x04 and more", "spreadsheet"),
        (b"\x1f\x8b\x08 and more", "compressed"),
        (b"email\0\0\0\0naam\x01\x02,\0\n" * 5, "not a text file"),
        (",".join(f"c{n}" for n in range(10_000)).encode() + b"\n1\n", "10000 columns"),
        (b'email,naam\na@row.example,"Ada\nb@row.example,Bob\n', "row 2 does not close"),
    ],
)
def test_what_cannot_be_used_says_why(data, says):
    with pytest.raises(Unusable, match=says):
        reading.beginning(io.BytesIO(data), shape(data), most=10)


@pytest.mark.parametrize("encoding", ["no-such", "base64", "utf-32", "rot13"])
def test_an_encoding_that_cannot_be_read_by_lines_is_refused(encoding):
    with pytest.raises(Unusable, match="not known here"):
        shape(b"a,b\n1,2\n", encoding=encoding)


def test_a_quote_that_swallows_the_rest_names_its_row():
    data = b'a,b\n1,2\n3,"4\n' + b"5,6\n" * 60_000
    with pytest.raises(Unusable, match="row 3 does not close"):
        list(reading.rows(io.BytesIO(data), shape(data)))


def test_a_cell_that_is_too_long_costs_its_row_only():
    rows = read(b"a,b\n1," + b"x" * 200_000 + b"\n3,4\n")
    assert [bool(row.fault) for row in rows] == [False, True, False]
    assert rows[2].cells == ["3", "4"]


def test_a_line_without_end_does_not_fill_the_memory():
    rows = read(b"a,b\n1," + b"x" * 9_000_000)
    assert all(row.fault or len("".join(row.cells)) < 5_000_000 for row in rows)


def test_columns_with_one_name_are_told_apart_and_nameless_ones_named():
    names, _ = reading.header(io.BytesIO(b"Naam,,Naam,E-mail,,\n"), shape(b"Naam,,Naam,E-mail,,\n1,2,3,4,5,6\n"))
    assert names == ["Naam (1)", "Column 2", "Naam (2)", "E-mail"]


def test_a_few_broken_bytes_do_not_make_it_another_encoding():
    data = ("naam\n" + "Zoë\n" * 200).encode() + b"Ren\xe9\n"
    assert shape(data).encoding == "utf-8"
    assert cells(data)[-1] == ["Ren\udce9"]


def test_old_mac_line_ends():
    assert cells(b"a,b\r1,2\r3,4") == [["a", "b"], ["1", "2"], ["3", "4"]]


def test_rows_count_as_a_spreadsheet_counts():
    data = b'a,b\n"1\n1",2\n\n3,4\n'
    assert [(row.number, row.cells) for row in read(data)] == [(1, ["a", "b"]), (2, ["1\n1", "2"]), (3, []), (4, ["3", "4"])]


WORDS = st.text(st.characters(exclude_characters="\r\0", exclude_categories=["Cs"]), max_size=8)
TABLES = st.lists(st.lists(WORDS, min_size=3, max_size=3), min_size=2, max_size=12)


@given(
    table=TABLES,
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be"]),
    end=st.sampled_from(["\n", "\r\n"]),
    data=st.data(),
)
def test_reading_goes_on_from_any_row_exactly(table, encoding, end, data):
    """Whatever stands in the cells: line breaks, quotes, delimiters, letters of four bytes."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(table)
    file = text.getvalue().encode(encoding)
    known = looking.Shape(
        "utf-8" if "8" in encoding else encoding.replace("utf-16", "utf-16-le").replace("-le-be", "-be"), ",", "", len(file)
    )
    rows = list(reading.rows(io.BytesIO(file), known))
    assert [row.cells for row in rows] == table
    assert rows[-1].offset == len(file)
    stop = data.draw(st.sampled_from(rows))
    again = list(reading.rows(io.BytesIO(file), known, offset=stop.offset, number=stop.number))
    assert again == rows[stop.number :]


def test_millions_of_empty_columns_take_no_time_to_speak_of():
    file = io.BytesIO(b"a" + b"," * 2_000_000 + b"\n1\n")
    began = time.process_time()
    names, _top = reading.header(file, Shape("utf-8", ",", "", 0))
    assert names == ["a"]
    assert time.process_time() - began < 5
