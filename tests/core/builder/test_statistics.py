"""Statistics against counts made by hand, on a folder small enough to count."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image as PillowImage

from core.backends.base import Tag
from core.boxes import Box, ImageSize
from core.builder.__main__ import main
from core.builder.drawing import SERIES, shortened, width_of, wrapped
from core.builder.sheet import draw_sheet, sample
from core.builder.statistics import BINS, counted, kinds_of, statistics_of, to_json
from core.builder.summary import report, summary
from core.errors import InvalidInput
from core.export.giqa import finish, put_image, write_part
from core.images import open_image
from core.records import BoxProvenance, Correction, Degradation, Dropped, ImageReference, QuestionRecord, Record, Region, RegionPhrase, RegionText, Synthesis


def box(name: str, area: float, status: str = "raw", reason: str = "", merged_from: tuple[str, ...] = (), source: str = "d") -> Region:
    """A region of so large an area, as high as the image."""
    return Region(name, Box(0, 0, area, 1), BoxProvenance(status, source, reason, None, merged_from))


def asked(kind: str, answer: str, form: str = "plain") -> QuestionRecord:
    return QuestionRecord(kind, form, RegionText("Is it?"), RegionText(answer))


@pytest.fixture
def folder(tmp_path, png) -> Path:
    """Four records of three images. By hand: 4 descriptions less one = 3; yes/no: 3 yes, 2 no, 1 neither; open: 2 what, 1 why, 1 how; 13 samples in all."""
    image = open_image(png)
    here = ImageReference(image.sha256, image.size, "a.png")
    first = Record(
        here, "set", 0,
        (box("r1", 0.02, "dropped", 'filter: No to "noisy"'), box("r2", 0.07, "dropped", "merged into r4"), box("r3", 0.08, "dropped", "merged into r4"), box("r4", 0.12, "merged", "", ("r2", "r3"))),
        (Tag("sky", "noisy", "negative"), Tag("Tower", "sharp", "positive")),
        RegionText("The sky is noisy, the tower is sharp.", (RegionPhrase(4, 7, ("r4",)),)),
        (asked("yes_no", "Yes.", "referring"), asked("yes_no", "No, it is not.", "referring"), asked("what", "Noise.", "grounding"), asked("why", "Grain.")),
    )  # fmt: skip
    second = Record(
        ImageReference("b" * 64, ImageSize(4, 3), "b.png"), "set", 1, (box("r1", 0.5, "kept"),), (Tag("sky", "clear", "positive"),),
        RegionText("The sky is clear.", (RegionPhrase(4, 7, ("r1",)),)), (asked("yes_no", "yes"), asked("yes_no", "Maybe."), asked("how", "Very.")),
    )  # fmt: skip
    third = Record(
        ImageReference("c" * 64, ImageSize(4, 3), "c.png"), "other", 2,
        (box("r1", 0.3, "corrected", source="person:ann"), box("r2", 1.0, "drawn", source="person:ann"), box("r3", 0.4), box("r4", 0.6, "dropped", "removed by ann")),
        (Tag("sky", "noisy", "negative"),), RegionText("天空很模糊"), (asked("yes_no", "YES"), asked("yes_no", "No"), asked("what", "Blur.")),
        correction=Correction("p", "r", "ann", "submitted"),
    )  # fmt: skip
    fourth = Record(ImageReference(image.sha256, image.size, "twin.png"), "set", 3)
    lost = [Dropped("set", 4, "source", "image missing"), Dropped("set", 5, "source", "image missing"), Dropped("set", 6, "detect", "too many boxes")]
    made = tmp_path / "made"
    write_part(made, 0, [first, second, third, fourth], lost)
    put_image(made, image.sha256, png)
    finish(made, {}, "")
    return made


def test_table_1_is_as_counted_by_hand(folder):
    table = to_json(statistics_of(folder))["table_1"]
    assert table == {
        "images": 3, "total": 13, "des": 3, "vqa_yes_no": {"total": 6, "yes": 3, "no": 2, "other": 1}, "vqa_open": {"total": 4, "how": 1, "what": 2, "why": 1},
    }  # fmt: skip


def test_boxes_are_as_counted_by_hand(folder):
    found = statistics_of(folder)
    assert found.boxes == {"dropped": 4, "merged": 1, "kept": 1, "corrected": 1, "drawn": 1, "raw": 1}
    assert found.lost == {"IQA-Filter": 1, "Box-Merge": 2, "removed by people": 1}
    filled = {kind: {place: count for place, count in enumerate(bins) if count} for kind, bins in found.areas.items()}
    assert filled == {
        "raw": {0: 1, 1: 2, 10: 1, 8: 1, 12: 1},  # .02 | .07 .08 | .5 | .4 | .6
        "refined": {2: 1, 10: 1, 8: 1},  # .12 | .5 | .4
        "human": {6: 1, 19: 1, 8: 1},  # .3 | 1 | .4, which she left as it was
    }


def test_words_tags_and_drops_are_as_counted_by_hand(folder):
    found = to_json(statistics_of(folder))
    assert found["phrases"] == {"sky": 3, "tower": 1} and found["effects"] == {"negative": 2, "positive": 2}
    assert found["qualities"] == {"noisy": 2, "sharp": 1, "clear": 1} and found["objects"] == {"grounded": 2, "text": 2}
    assert found["words"] == {"sky": 2, "noisy": 1, "tower": 1, "sharp": 1, "clear": 1, "天": 1, "空": 1, "很": 1, "模": 1, "糊": 1}
    assert found["dropped"] == [{"stage": "source", "reason": "image missing", "rows": 2}, {"stage": "detect", "reason": "too many boxes", "rows": 1}]
    assert found["question_forms"] == {"grounding": 1, "plain": 7, "referring": 2} and found["images_under_two_names"] == [["a.png", "twin.png"]]


def test_synthetic_faults_are_counted_by_kind_and_severity():
    made = Synthesis("a.jpg", 0, (Degradation("jpeg", 3, "ellipse", "r1"),))
    records = [Record(ImageReference(f"{n:064}", ImageSize(1, 1), f"a#{n}"), "s", n, (box("r1", 0.5),), synthesis=made) for n in range(3)]
    assert to_json(counted(records))["synthetic_faults"] == {"jpeg 3": 3}


@pytest.mark.parametrize(
    ("status", "merged_from", "corrected", "kinds"),
    [
        ("raw", (), False, ("raw", "refined")), ("kept", (), False, ("raw", "refined")), ("dropped", (), False, ("raw",)), ("merged", ("r1",), False, ("refined",)),
        ("dropped", ("r1",), False, ()), ("drawn", (), False, ("human",)), ("corrected", (), True, ("human",)), ("kept", (), True, ("raw", "refined", "human")),
        ("dropped", (), True, ("raw",)),
    ],
)  # fmt: skip
def test_which_distributions_a_box_is_of(status, merged_from, corrected, kinds):
    assert kinds_of(box("r9", 0.5, status, "", merged_from), corrected=corrected) == kinds


@settings(deadline=None)
@given(st.lists(st.floats(1e-6, 1.0), max_size=30))
def test_every_box_is_in_one_bin(areas):
    records = [Record(ImageReference("a" * 64, ImageSize(1, 1)), "s", row, (box("r1", area),)) for row, area in enumerate(areas)]
    bins = counted(records).areas["raw"]
    assert sum(bins) == len(areas) and len(bins) == BINS
    assert Counter(min(19, int(area * 20)) for area in areas) == Counter({place: count for place, count in enumerate(bins) if count})


def test_the_terminal_shows_it_all(folder, capsys):
    main(["statistics", str(folder)])
    told = capsys.readouterr().out
    assert told.rstrip("\n") == report(statistics_of(folder))
    assert "images  total  DES  VQA yes/no  Yes  No  VQA open  what  why  how\n     3     13    3           6    3   2         4     2    1    1\n" in told
    assert "1 yes/no questions are answered with neither." in told and "lost: 2 Box-Merge, 1 IQA-Filter, 1 removed by people" in told
    assert "         2  source: image missing" in told and "a.png = twin.png" in told


def test_a_run_is_summed_up(folder):
    assert summary(folder).splitlines() == [
        f"4 records of 3 images in {folder}",
        "  dropped 2: image missing",
        "  dropped 1: too many boxes",
        "  objects: 2 with boxes, 2 left as text",
        "  boxes: 1 corrected, 1 drawn, 4 dropped, 1 kept, 1 merged, 1 raw",
        "  questions: 1 how, 2 what, 1 why, 6 yes/no",
    ]


def test_files_are_written_where_they_are_asked_for(folder, tmp_path, capsys):
    main(["statistics", str(folder), "--json", str(tmp_path / "a" / "s.json"), "--png", str(tmp_path / "a" / "s.png"), "--sheet", str(tmp_path / "a" / "sheet.png")])
    assert json.loads((tmp_path / "a" / "s.json").read_text()) == to_json(statistics_of(folder))
    chart, sheet = (np.asarray(PillowImage.open(tmp_path / "a" / name)) for name in ("s.png", "sheet.png"))
    assert chart.shape == (1330, 1800, 3) and sheet.shape == (2 * 640, 3 * 600, 3)
    for color in SERIES[:3]:  # the three distributions
        assert (chart == color).all(-1).sum() > 300
    assert (sheet == SERIES[0]).all(-1).sum() > 200  # a box and its words


def test_an_empty_build_is_drawn_too(tmp_path):
    finish_empty = tmp_path / "empty"
    write_part(finish_empty, 0, [], [])
    finish(finish_empty, {}, "")
    main(["statistics", str(finish_empty), "--png", str(tmp_path / "s.png")])
    assert (tmp_path / "s.png").is_file()
    with pytest.raises(InvalidInput, match=r"There is no record in .* to show"):
        draw_sheet(finish_empty, tmp_path / "sheet.png")


def test_what_is_no_folder_of_ours_is_one_line(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["statistics", str(tmp_path)])
    assert ended.value.code == 2 and "is not a native folder" in capsys.readouterr().err


def test_a_sample_is_the_same_each_time_and_spread_over_the_rows():
    records = [Record(ImageReference("a" * 64, ImageSize(1, 1)), "s", row) for row in range(1_000)]
    rows = [record.row for record in sample(records, 20)]
    assert rows == [record.row for record in sample(records[::-1], 20)] == sorted(rows) and rows[0] < 200 and rows[-1] > 800


@settings(deadline=None)
@given(st.text(max_size=200), st.integers(60, 400))
@example("0\u2e80\x1f \x1f", 60)
def test_lines_keep_every_word_and_fit(text, width):
    lines = wrapped([(text, (0, 0, 0))], 17, width)
    assert "".join(word for line in lines for word, _ in line).replace(" ", "") == text.replace("\n", "").replace(" ", "")
    for line in lines:
        assert len(line) <= 1 or sum(width_of(word, 17) for word, _ in line) <= width + 1


def test_what_is_too_long_is_cut():
    assert shortened("short", 17, 100) == "short"
    assert shortened("a very long name indeed", 17, 100).endswith("…") and width_of(shortened("a very long name indeed", 17, 100), 17) <= 100
