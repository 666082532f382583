"""A status file is whole or not there, and stops nobody's work."""

from __future__ import annotations

import json

from core.status_file import write_status_file


def test_a_status_replaces_the_one_before_and_leaves_nothing_beside(tmp_path):
    for done in (1, 2):
        write_status_file(tmp_path / "status.json", {"done": done})
    assert json.loads((tmp_path / "status.json").read_text()) == {"done": 2} and [one.name for one in tmp_path.iterdir()] == ["status.json"]


def test_where_it_cannot_be_written_the_work_goes_on(tmp_path):
    write_status_file(tmp_path / "gone" / "status.json", {"done": 1})
    (tmp_path / "status.json").mkdir()
    write_status_file(tmp_path / "status.json", {"done": 1})
    assert [one.name for one in tmp_path.iterdir()] == ["status.json"]
