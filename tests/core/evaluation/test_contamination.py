"""A benchmark's images in a training set: found in either kind of folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PIL import Image as PillowImage

from bench.__main__ import main
from core.errors import InvalidInput
from core.evaluation.contamination import contamination
from tests.bench.made_bench import small_bench
from tests.conftest import shipped


def test_a_copy_and_a_smaller_copy_are_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder in ("train", "bench"):
        (tmp_path / folder).mkdir()
    shutil.copy(shipped("coffee.png"), tmp_path / "train" / "a.png")
    PillowImage.open(shipped("chelsea.png")).convert("RGB").resize((200, 140)).save(tmp_path / "train" / "b.jpg", quality=80)
    shutil.copy(shipped("astronaut.png"), tmp_path / "train" / "c.png")
    for name in ("coffee.png", "chelsea.png", "rocket.jpg"):
        shutil.copy(shipped(name), tmp_path / "bench" / name)
    (tmp_path / "bench" / "broken.png").write_bytes(b"no image")
    found = contamination(tmp_path / "train", tmp_path / "bench")
    assert [(one.one, one.other, one.kind) for one in found] == [("a.png", "coffee.png", "same file"), ("b.jpg", "chelsea.png", "near duplicate")]
    with pytest.raises(SystemExit) as refusal:
        main(["contamination", "--bench", str(tmp_path / "bench"), "--train", str(tmp_path / "train")])
    assert refusal.value.code == 1 and "2 images of" in capsys.readouterr().out


def test_native_folders_are_compared_by_their_records_images(tmp_path: Path) -> None:
    bench, train = small_bench(tmp_path / "bench", images=3), small_bench(tmp_path / "train", images=2)
    assert sum(one.kind == "same file" for one in contamination(train, bench)) == 2


def test_a_folder_without_images_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no image"):
        contamination(tmp_path, tmp_path)
