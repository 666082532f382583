"""Builds that are killed, starved, misled and stopped, with real processes: what comes out is the same to the byte, and what went wrong is named."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from core.builder.build import build
from core.builder.engines.base import EngineConfig, Limits
from core.builder.progress import Progress, read_status
from core.errors import BackendUnavailable, Cancelled, InvalidInput, InvalidRecord, InvalidSettings, MissingCapability, ModelFailed
from core.export.giqa import UNFINISHED, read_folder, validate
from tests.conftest import heed_ctrl_c
from tests.core.builder.hard_stages import QUICK, HardStages, Texts, config, made
from tests.waiting import HANG_SECONDS, until

ROOT = Path(__file__).resolve().parents[3]
PLAIN = tuple(f"text {number}" for number in range(22))
INLINE = EngineConfig(workers=0, limits=QUICK)


def local(workers: int = 2, limits: Limits = QUICK, **options) -> EngineConfig:
    return EngineConfig(workers=workers, limits=limits, **options)


def dropped(folder: Path) -> dict[int, tuple[str, str]]:
    return {one.row: (one.stage, one.reason) for one in read_folder(folder)[1].dropped()}


def children() -> list[int]:
    """The workers that this process started and that live; other tests may have left it a browser."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().rpartition(")")
            is_worker = b"local_worker" in stat.with_name("cmdline").read_bytes()
        except OSError:  # it has ended by now
            continue
        if int(rest.split()[1]) == os.getpid() and rest.split()[0] != "Z" and is_worker:
            found.append(int(name.split()[0]))
    return found


@pytest.fixture
def whole(tmp_path) -> Path:
    """The plain build, made without workers."""
    build(config(tmp_path / "whole"), Texts(PLAIN), INLINE, make=HardStages())
    return tmp_path / "whole"


@pytest.mark.parametrize(
    "engine",
    [
        pytest.param(local(1), id="one worker"),
        pytest.param(local(2), id="two workers"),
        pytest.param(local(2, stage_by_stage=True), id="stage by stage"),
        pytest.param(EngineConfig(workers=0, stage_by_stage=True), id="stage by stage in this process"),
    ],
)
def test_however_it_is_run_the_same_bytes_come_out(tmp_path, whole, engine):
    build(config(tmp_path / "out"), Texts(PLAIN), engine, make=HardStages())
    assert made(tmp_path / "out") == made(whole)
    assert validate(tmp_path / "out") == [] and read_folder(tmp_path / "out")[0].counts.records == 22
    assert children() == []


def test_nothing_that_is_compared_holds_a_time_or_a_path(tmp_path, whole):
    for name, content in made(whole).items():
        assert str(tmp_path).encode() not in content and b"20" + str(time.gmtime().tm_year)[2:].encode() + b"-" not in content, name
    assert "workers" not in (whole / "config.json").read_text()


POISON = {3: "tags:raise", 5: "merge:die", 9: "detect:hang", 10: "questions:odd", 12: "filter:fail", 14: "lost", 15: "gone"}
REASONS = {
    3: ("tags", "stage failed"),
    5: ("merge", "it ended its worker"),
    9: ("detect", "it ended its worker"),
    10: ("questions", "record cannot be made"),
    12: ("filter", "model failed"),
    14: ("source", "row is lost"),
    15: ("source", "image missing"),
}


def test_records_that_raise_hang_or_kill_are_let_go_and_all_others_are_made(tmp_path):
    texts = tuple(POISON.get(number, text) for number, text in enumerate(PLAIN))
    seen: list[Progress] = []
    build(config(tmp_path / "out"), Texts(texts), local(2), make=HardStages(), report=seen.append)
    assert dropped(tmp_path / "out") == REASONS
    assert {record.row for record in read_folder(tmp_path / "out")[1].records()} == set(range(22)) - set(POISON)
    details = {one.row: one.detail for one in read_folder(tmp_path / "out")[1].dropped()}
    assert details[3] == "ValueError: not every text is a number" and details[5] == "by SIGKILL" and details[9] == "no answer within 2 s"
    assert seen[-1].died == 6 and seen[-1].state == "done"
    assert {one.stage: dict(one.dropped) for one in seen[-1].stages if one.dropped}["merge"] == {"it ended its worker": 1}


def test_a_killed_worker_is_replaced_and_its_shard_done_again(tmp_path, whole):
    killed: list[int] = []

    def kill(progress: Progress) -> None:
        if len(killed) < 3 and (there := children()):
            os.kill(there[len(killed) % len(there)], signal.SIGKILL)
            killed.append(progress.done)

    build(config(tmp_path / "out"), Texts(PLAIN), local(2), make=HardStages(pause_seconds=0.25), report=kill)
    assert made(tmp_path / "out") == made(whole) and killed
    assert read_status(tmp_path / "out")[0].died >= 1  # those that had a shard


BUILD = "import sys; from tests.core.builder.hard_stages import build_to_be_killed; build_to_be_killed(*sys.argv[1:])"


def start(out: Path, calls: Path, rows: int = 22, workers: int = 2, pause: float = 0.1, **options) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", BUILD, str(out), str(calls), str(rows), str(workers), str(pause)], cwd=ROOT, **options)


def until_it_grows(path: Path) -> None:
    before = path.stat().st_size
    until(lambda: path.stat().st_size > before)


@pytest.mark.parametrize(
    ("kills", "rows"),
    [pytest.param(3, 40, id="three times"), pytest.param(20, 160, id="twenty times", marks=pytest.mark.slow)],
)
def test_killed_again_and_again_it_ends_with_the_same_bytes_and_little_is_done_twice(tmp_path, kills, rows):
    calls, chance, texts = tmp_path / "calls", random.Random(5), Texts(tuple(f"text {number}" for number in range(rows)))
    killed = 0
    for _ in range(kills):
        building = start(tmp_path / "out", calls, rows)
        until(calls.exists)
        until_it_grows(calls)
        time.sleep(chance.random() * 0.5)
        building.kill()
        if building.wait() != -signal.SIGKILL:  # a quick machine had it done
            break
        killed += 1
    assert killed
    until(lambda: not running(tmp_path / "out"))
    build(config(tmp_path / "out"), texts, INLINE, make=HardStages(calls))
    build(config(tmp_path / "whole"), texts, INLINE, make=HardStages())
    until(lambda: not list((tmp_path / "out").rglob(f"*{UNFINISHED}")))
    assert made(tmp_path / "out") == made(tmp_path / "whole")
    made_twice = Counter(calls.read_text().splitlines()).total() - 7 * rows
    assert made_twice <= kills * 2 * 4 * 7  # at most a shard of four rows for each of two workers


def running(out: Path) -> bool:
    """Whether a process of that build lives."""
    parts = (b"build_to_be_killed", str(out).encode())
    return any(all(part in line for part in parts) for line in command_lines())


def command_lines() -> list[bytes]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes())
        except OSError:
            continue
    return found


def test_a_killed_build_takes_its_workers_with_it_and_leaves_the_folder_free(tmp_path, whole):
    building = start(tmp_path / "out", tmp_path / "calls")
    until(lambda: (tmp_path / "calls").exists())

    def found() -> list[bytes]:
        return [line for line in command_lines() if b"local_worker" in line and str(building.pid).encode() in line.split(b"\0")]

    workers = until(lambda: found() if len(found()) == 2 else [])  # the second may begin after the first has called
    assert read_status(tmp_path / "out")[0].state == "running"
    with pytest.raises(InvalidInput, match=f"is in use by process {building.pid} of"):
        build(config(tmp_path / "out"), Texts(PLAIN), INLINE, make=HardStages())
    building.kill()
    building.wait()
    assert (read_status(tmp_path / "out")[0].state, read_status(tmp_path / "out")[0].message[:24]) == ("stopped", "It ended without a word.")
    until(lambda: not any(line in command_lines() for line in workers))
    (tmp_path / "out" / "stages" / "0-rows" / ".00000.jsonl.1-ab.part").write_text("half")
    build(config(tmp_path / "out"), Texts(PLAIN), INLINE, make=HardStages())
    assert made(tmp_path / "out") == made(whole)


def test_an_interrupted_build_says_how_to_go_on(tmp_path, png):
    (tmp_path / "a.jpg").write_bytes(png)  # rows without their image would be through before anybody interrupts
    (tmp_path / "rows.jsonl").write_text("\n".join(json.dumps({"image": "a.jpg", "text": f"The sky {n} is noisy."}) for n in range(3000)))
    command = [sys.executable, "-m", "core.builder", "run", "--source", str(tmp_path / "rows.jsonl"), "--out", str(tmp_path / "out"), "--workers", "2"]
    building = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=heed_ctrl_c)
    until(lambda: (tmp_path / "out" / "status.json").exists())
    os.killpg(building.pid, signal.SIGINT)  # as a terminal does: every process has it
    assert building.wait(HANG_SECONDS) == 130 and "Stopped. Run the same command again to go on." in building.stderr.read()
    assert read_status(tmp_path / "out")[0].state == "stopped"


@pytest.mark.parametrize("engine", [INLINE, local(2)], ids=["in this process", "two workers"])
def test_a_build_that_is_cancelled_goes_on_where_it_was(tmp_path, whole, engine):
    first = tmp_path / "out" / "stages" / "7-questions" / "00001.jsonl"
    with pytest.raises(Cancelled, match="run it again to go on"):
        build(config(tmp_path / "out"), Texts(PLAIN), engine, make=HardStages(pause_seconds=0.02), cancelled=first.exists)
    assert not (tmp_path / "out" / "manifest.json").exists() and children() == []
    seen: list[Progress] = []
    build(config(tmp_path / "out"), Texts(PLAIN), engine, make=HardStages(), report=seen.append)
    assert made(tmp_path / "out") == made(whole) and seen[0].done >= 4


def test_a_full_disk_is_named_and_nothing_is_half_written(tmp_path, whole):
    command = [sys.executable, "-c", f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000)); {BUILD}", str(tmp_path / "out"), str(tmp_path / "calls"), "22", "2", "0"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 1 and "DiskFull" in ended.stderr and "cannot be written: File too large. Make room" in ended.stderr
    assert not list((tmp_path / "out").rglob(".*.part")) and read_status(tmp_path / "out")[0].state == "failed"
    before = made(tmp_path / "out")
    build(config(tmp_path / "out"), Texts(PLAIN), INLINE, make=HardStages())
    assert made(tmp_path / "out") == made(whole) and before and before.items() <= made(whole).items()


def test_a_server_that_comes_back_is_waited_for(tmp_path, whole):
    texts = (*PLAIN[:6], "detect:away", *PLAIN[7:])
    calls = tmp_path / "calls"
    calls.touch()
    build(config(tmp_path / "out"), Texts(texts), local(1), make=HardStages(calls))
    assert dropped(tmp_path / "out") == {} and calls.read_text().count("detect 6\n") == 3


@pytest.mark.parametrize("engine", [INLINE, local(1)], ids=["in this process", "a worker"])
def test_a_server_that_stays_away_ends_the_build_which_goes_on_when_it_is_back(tmp_path, engine):
    texts = Texts((*PLAIN[:6], "detect:away", *PLAIN[7:]))
    impatient = EngineConfig(workers=engine.workers, limits=Limits(patience_seconds=0))
    calls = tmp_path / "calls"
    calls.touch()
    with pytest.raises(BackendUnavailable, match=r"The server does not answer\. What is done is kept: run the same command again"):
        build(config(tmp_path / "out"), texts, impatient, make=HardStages(calls))
    assert (tmp_path / "out" / "stages" / "7-questions" / "00000.jsonl").exists() and read_status(tmp_path / "out")[0].state == "failed"
    build(config(tmp_path / "out"), texts, engine, make=HardStages(calls))
    assert dropped(tmp_path / "out") == {} and calls.read_text().count("questions 3\n") == 1


@pytest.mark.parametrize(
    ("deed", "error", "message"),
    [
        ("fail", ModelFailed, r"20 records in a row failed at the stage tags, the last with: The model answered prose\. It is hardly the records' fault"),
        ("raise", ModelFailed, "20 records in a row failed at the stage tags, the last with: ValueError"),
        ("cannot", MissingCapability, "It cannot see"),
        ("die", BackendUnavailable, "3 workers in a row ended before they had begun, the last by SIGKILL"),
    ],
)
def test_what_befalls_every_record_ends_the_build_and_drops_none(tmp_path, deed, error, message):
    make = Dying() if deed == "die" else HardStages()
    with pytest.raises(error, match=message):
        build(config(tmp_path / "out", shard_size=30), Texts((f"tags:{deed}",) * 30), local(1), make=make)
    assert not list((tmp_path / "out").glob("stages/7-questions/*")) and children() == []


class Dying:
    """Models that do not fit."""

    def __call__(self):
        os.kill(os.getpid(), signal.SIGKILL)


def test_works_go_to_a_stage_together_where_it_gains_and_one_that_fails_is_found(tmp_path, whole):
    calls = tmp_path / "calls"
    build(config(tmp_path / "out"), Texts(PLAIN), INLINE, make=HardStages(calls, batches=True))
    assert calls.read_text().count("batch 4\n") == 5 and made(tmp_path / "out") == made(whole)
    build(config(tmp_path / "odd"), Texts((*PLAIN[:6], "tags:raise", *PLAIN[7:])), INLINE, make=HardStages(batches=True))
    assert dropped(tmp_path / "odd") == {6: ("tags", "stage failed")}


def test_progress_is_told_stage_by_stage_and_can_be_read_from_outside(tmp_path):
    seen: list[Progress] = []
    build(config(tmp_path / "out"), Texts((*PLAIN, "lost", "tags:odd")), local(1, stage_by_stage=True), make=HardStages(), report=seen.append)
    last = seen[-1]
    assert {one.stage: (one.done, one.total, dict(one.dropped)) for one in last.stages}["tags"] == (23, 24, {"record cannot be made": 1})
    assert (last.state, last.done, last.total, last.dropped) == ("done", 24, 24, 1) and all(one.rate > 0 for one in last.stages)
    kept, written = read_status(tmp_path / "out")
    assert kept == last and written.endswith("+00:00")
    with pytest.raises(InvalidInput, match="tells of no build"):
        read_status(tmp_path)


def test_a_damaged_file_is_named(tmp_path):
    build(config(tmp_path / "out"), Texts(PLAIN), INLINE, make=HardStages())
    (tmp_path / "out" / "manifest.json").unlink()
    (tmp_path / "out" / "stages" / "7-questions" / "00002.jsonl").write_text('{"rec')
    with pytest.raises(InvalidRecord, match=r"00002.jsonl, line 1 is damaged: delete the file and run the build again"):
        build(config(tmp_path / "out"), Texts(PLAIN), INLINE, make=HardStages())


def test_a_finished_build_is_left_as_it_is(tmp_path, whole):
    again = build(config(whole), Texts(PLAIN), INLINE, make=HardStages(tmp_path / "calls"))
    assert again == read_folder(whole)[0] and not (tmp_path / "calls").exists()


def test_an_empty_source_makes_an_empty_folder(tmp_path):
    assert build(config(tmp_path / "out"), Texts(()), local(2), make=HardStages()).counts.records == 0
    assert validate(tmp_path / "out") == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"workers": -1}, "A build takes 1 worker or more"),
        ({"workers": 0, "engine": "ray"}, "A build takes 1 worker or more"),
        ({"gpus_per_worker": 1.5}, "a share of one GPU or whole ones, got 1.5"),
        ({"gpus_per_worker": "detect=1,filter=-1"}, "a share of one GPU or whole ones, got -1"),
        ({"gpus_per_worker": "detect=nan"}, "a share of one GPU or whole ones, got nan"),
        ({"gpus_per_worker": "many"}, "numbers by stage such as"),
        ({"gpus_per_worker": "detects=1"}, "No model works in a stage called 'detects'"),
        ({"ray_address": "auto"}, "--ray-address belongs to --engine ray"),
    ],
)
def test_impossible_engines_are_refused(options, message):
    with pytest.raises(InvalidSettings, match=message):
        EngineConfig(**options)


@pytest.mark.parametrize(
    ("given", "stages", "share"),
    [
        (0.5, ("open", "detect"), 0.5),
        ("2", ("detect",), 2),
        ("detect=1, filter=0.5", ("detect",), 1),
        ("detect=1,filter=0.5", ("filter", "merge", "fuse"), 0.5),
        ("detect=1,filter=0.5", ("open", "tags"), 0),
        ("0.25,detect=1", ("tags",), 0.25),
        ("detect=1,filter=0.5", ("open", "tags", "detect", "filter"), 1),
    ],
)
def test_a_worker_takes_the_gpus_of_its_hungriest_stage(given, stages, share):
    assert EngineConfig(gpus_per_worker=given).gpus(stages) == share
