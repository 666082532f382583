"""JSON lines that outlive a kill, whatever separators their texts hold."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.lines import add_rows, read_rows, whole_lines

TEXTS = st.text(alphabet=st.one_of(st.characters(codec="utf-8"), st.sampled_from("\n\r\u2028\u2029\x85\x0b\x0c\x1c")), max_size=30)


@settings(deadline=None)
@given(st.lists(TEXTS, max_size=5))
def test_every_text_comes_back_in_one_line(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    path = tmp_path_factory.mktemp("lines") / "rows.jsonl"
    for text in texts:
        add_rows(path, [{"text": text}])
    assert [row["text"] for row in read_rows(path)] == texts and len(whole_lines(path)) == len(texts)


def test_half_a_line_is_cut_off_and_the_next_one_stands_alone(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"a": 1}\n{"b')
    assert list(read_rows(path)) == [{"a": 1}]
    add_rows(path, [{"c": 3}])
    assert list(read_rows(path)) == [{"a": 1}, {"c": 3}]


def test_a_file_that_is_not_there_has_no_lines(tmp_path: Path) -> None:
    assert whole_lines(tmp_path / "gone.jsonl") == [] and not (tmp_path / "gone.jsonl").exists()
