"""`python -m core.export` from a store to a folder and back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from core.boxes import Box
from core.corrections import Edit, EditedRegion
from core.errors import InvalidInput
from core.export.__main__ import ExportConfig, main, parse_args
from core.export.conversion import Form
from core.export.export import run_export
from core.export.giqa import read_folder, validate
from core.export.llava import read_llava
from core.grounded_text import compose
from core.records import ImageReference, Record, with_regions
from core.store.image_files import image_library
from core.store.store import open_store
from core.store.values import Save, Selection
from tests.postgres_server import new_database


@pytest.fixture
def data(tmp_path, png) -> Path:
    """A data folder with two tasks, the second one submitted after a correction."""
    return filled(tmp_path / "data", png)


def filled(folder, png, url=None):
    image = image_library(folder).add(png, "roof.png")
    text, regions = with_regions(compose("The ", ("sky", [Box(0, 0, 1, 0.25)]), " is noisy."))
    records = [Record(ImageReference(image.id, image.size, "roof.png"), "set", row, regions, (), text) for row in range(2)]
    store = open_store(folder, url)
    tasks = store.add_proposals(store.add_project("Roofs").id, records, user="ann").tasks
    store.save(Save(tasks[1], "ann", None, "k", Edit((EditedRegion("r1", Box(0, 0, 0.5, 0.5)),), description=text), "submitted"))
    store.close()
    return folder


def test_the_records_of_a_database_server_come_out_with_the_folder_s_images(postgres_server, postgres_template, tmp_path, png):
    with new_database(postgres_server, postgres_template) as address:
        url = address.render_as_string(hide_password=False)
        filled(tmp_path / "data", png, url)
        main(["--data-dir", str(tmp_path / "data"), "--database-url", url, "--out", str(tmp_path / "out")])
    manifest, found = read_folder(tmp_path / "out")
    assert ([record.row for record in found.records()], manifest.counts.images, validate(tmp_path / "out")) == ([0, 1], 1, [])


@pytest.mark.parametrize(("select", "rows"), [("proposals", [None, None]), ("latest", [None, "submitted"]), ("submitted", ["submitted"])])
def test_what_was_chosen_is_in_the_folder(data, tmp_path, capsys, select, rows):
    main(["--data-dir", str(data), "--select", select, "--out", str(tmp_path / "out")])
    manifest, found = read_folder(tmp_path / "out")
    assert [record.correction and record.correction.status for record in found.records()] == rows
    assert (manifest.counts.images, manifest.images, validate(tmp_path / "out")) == (1, "copied", [])
    assert capsys.readouterr().out == f"{tmp_path / 'out'}: {len(rows)} records of 1 images, {len(rows)} boxes, {len(rows)} phrases, 0 questions\n"


def test_llava_json_holds_the_same_texts(data, tmp_path):
    main(["--data-dir", str(data), "--format", "llava", "--out", str(tmp_path / "out"), "--project", "Roofs"])
    rows, problems = read_llava(tmp_path / "out" / "llava.json")
    assert problems == [] and [row.answer.text for row in rows] == ["The sky is noisy."] * 2
    assert [len(row.answer.boxes) for row in rows] == [1, 1]
    assert all((tmp_path / "out" / row.image).is_file() for row in rows)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["images", "llava.json", "sources.json"]


def test_images_can_be_left_where_they_are(data, tmp_path):
    main(["--data-dir", str(data), "--no-images", "--out", str(tmp_path / "out")])
    assert not (tmp_path / "out" / "images").exists() and read_folder(tmp_path / "out")[0].images == "referenced"


def test_a_deleted_image_is_named_and_the_rest_is_exported(data, tmp_path, capsys):
    for path in (data / "images").glob("*/*.original"):
        path.unlink()
    main(["--data-dir", str(data), "--out", str(tmp_path / "out")])
    assert capsys.readouterr().err == "image missing: roof.png\n"
    assert read_folder(tmp_path / "out")[0].counts.records == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data-dir", "nowhere"], "There is no studio's data in nowhere: no giqa.db."),
        (["--project", "Walls"], 'There is no project "Walls". There are: Roofs.'),
    ],
)
def test_a_refusal_is_one_line(data, tmp_path, capsys, arguments, message):
    with pytest.raises(SystemExit) as ended:
        main(["--data-dir", str(data), "--out", str(tmp_path / "out"), *arguments])
    assert ended.value.code == 2 and message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_one_line(data, tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(SystemExit) as ended:
        main(["--data-dir", str(data), "--out", str(tmp_path / "file" / "out")])
    assert ended.value.code == 2 and "Not a directory" in capsys.readouterr().err


@pytest.mark.parametrize("form", get_args(Form))
@pytest.mark.parametrize("select", get_args(Selection))
def test_every_selection_goes_out_in_every_form_or_says_that_it_holds_nothing(data, tmp_path, select, form):
    there = next(open_store(data).records(select), None)
    out = tmp_path / "out"
    if there is None:
        with pytest.raises(InvalidInput, match=f'the selection "{select}" holds no record'):
            run_export(open_store(data), image_library(data), out, form, select, None, images=True)
        assert not out.exists()
    else:
        assert run_export(open_store(data), image_library(data), out, form, select, None, images=True).counts.records > 0


def test_nothing_to_export_is_said(data, tmp_path):
    with pytest.raises(InvalidInput, match='the selection "submitted" holds no record'):
        run_export(open_store(data), image_library(data), tmp_path / "out", "giqa", "submitted", 9, images=True)


def test_the_command_line_is_the_config_and_its_help_is_quick():
    assert parse_args(["--data-dir", "a", "--out", "b"], {}) == ExportConfig(Path("a"), Path("b"))
    told = parse_args(["--data-dir", "a", "--out", "b"], {"GIQA_DATABASE_URL": "postgresql://h/d"})
    assert told == ExportConfig(Path("a"), Path("b"), database_url="postgresql://h/d")
    code = "import sys, core.export.__main__ as m\ntry: m.main(['--help'])\nexcept SystemExit: pass\nprint('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.splitlines()[-1] == "False"
