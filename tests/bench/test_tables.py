"""Tables as spreadsheets and people write them."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.config import VoteConfig
from bench.pairs import read_cases, run_vote
from bench.tables import read_table
from core.errors import InvalidInput


def written(tmp_path, text: str | bytes):
    path = tmp_path / "table.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        pytest.param("a,b\n1,2\n", [(2, {"a": "1", "b": "2"})], id="commas"),
        pytest.param("\ufeffa;b\r\n1,5; 2 \r\n", [(2, {"a": "1,5", "b": "2"})], id="semicolons, a mark at the start, spaces"),
        pytest.param("a\tb\n\n1\t2\n \t \n3\t4\n", [(3, {"a": "1", "b": "2"}), (5, {"a": "3", "b": "4"})], id="tabs and empty lines"),
        pytest.param('a,b\n"two\nlines",2\nx,3\n', [(3, {"a": "two\nlines", "b": "2"}), (4, {"a": "x", "b": "3"})], id="a name of two lines"),
        pytest.param("a,b\nodd\u2028name,2\n", [(2, {"a": "odd\u2028name", "b": "2"})], id="a separator that is no line's end"),
        pytest.param("a,b\n1\n1,2,3\n", [(2, {"a": "1"}), (3, {"a": "1", "b": "2"})], id="too few cells and too many"),
        pytest.param("", [], id="nothing"),
    ],
)  # fmt: skip
def test_tables_are_read(text, rows, tmp_path):
    assert list(read_table(written(tmp_path, text)).rows) == rows


@pytest.mark.parametrize(
    ("separator", "cell", "value"),
    [(",", "3.5", 3.5), (";", "3,5", 3.5), (",", "85 %", 85.0), (",", "1e3", 1000.0), (",", "nan", None), (",", "inf", None), (",", "", None), (",", "3,5", None), (";", "x", None)],
)
def test_numbers_are_read_as_they_are_written(separator, cell, value, tmp_path):
    assert read_table(written(tmp_path, f"a{separator}b\n")).number(cell) == value


@pytest.mark.parametrize("data", ["a,b\n1,2\n".encode("utf-16"), b"a,b\n\xe4,1\n", b'a,b\n"' + b"x" * 200_000 + b'",1\n'], ids=["UTF-16", "Latin-1", "an endless cell"])
def test_what_is_no_table_is_told(data, tmp_path):
    with pytest.raises(InvalidInput, match=r"cannot be read: .*\. Save it as CSV in UTF-8\.$"):
        read_table(written(tmp_path, data))


def test_an_endless_cell_is_told_whatever_another_reader_allows(tmp_path):
    before = csv.field_size_limit(2**20)
    try:
        with pytest.raises(InvalidInput, match=r"line 2 ends a cell of more than 131,072 characters\. Save"):
            read_table(written(tmp_path, b'a,b\n"' + b"x" * 200_000 + b'",1\n'))
    finally:
        csv.field_size_limit(before)


@given(st.text(max_size=200))
def test_any_text_is_a_table_or_is_refused(text):
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        try:
            table = read_table(written(Path(folder), text.encode("utf-8", "replace")))
        except InvalidInput:
            return
        assert all(set(cells) <= set(table.heads) for _, cells in table.rows)


def test_choices_between_two_may_come_from_a_spreadsheet_in_another_language(tmp_path):
    cases, problems = read_cases(written(tmp_path, "A;B;Prefer_B\nx.png;y.png;0,25\nx.png;y.png;25 %\n"))
    assert [(one.images, one.prefer_b) for one in cases] == [({"a": "x.png", "b": "y.png"}, 0.25)] and problems[0].startswith("Line 3: a is 'x.png'")


def test_a_table_without_what_votes_need_is_told_by_its_line(tmp_path):
    with pytest.raises(InvalidInput, match=r"line 3, holds r\.png, a\.png, good\.$"):
        run_vote(VoteConfig(dataset=written(tmp_path, "Reference;Image;MOS\nr.png;b.png;1,5\nr.png;a.png;good\n"), out=tmp_path / "out"), lambda done, of: None)
