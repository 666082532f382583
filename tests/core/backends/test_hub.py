"""Folders and downloads of models, against a server on this machine that plays the hub, in processes of their own: the hub's client reads its settings once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.backends.hub import model_folder
from core.backends.hub_progress import DownloadProgress, gigabytes
from core.backends.memory import ModelMemory, Need
from core.backends.registry import read_name
from core.backends.weight_files import DamagedWeights, memory_bytes, weight_files, what_is_missing
from core.errors import BackendUnavailable
from tests.core.backends.hub_server import SHA, WHOLE, FakeHub, playing, safetensors

ROOT = Path(__file__).resolve().parents[3]
ASK = """
import json, sys
from core.backends.hub import model_folder
from core.backends.registry import read_name
from core.errors import BackendUnavailable
told = []
try:
    folder, problem = str(model_folder(read_name(sys.argv[1]), lambda *what: told.append(what))), ""
except BackendUnavailable as error:
    folder, problem = "", str(error)
print(json.dumps([folder, problem, told]))
"""


@dataclass(frozen=True)
class Got:
    folder: Path | None
    problem: str
    told: list[tuple[str, float | None]]


def fetch(name: str, hub: str, home: Path, *, offline: bool = False) -> Got:
    environment = os.environ | {"HF_ENDPOINT": hub, "HF_HOME": str(home), "HF_HUB_OFFLINE": "1" if offline else "0"}
    run = subprocess.run([sys.executable, "-c", ASK, name], env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    folder, problem, told = json.loads(run.stdout)
    assert "it/s" not in run.stderr, "a bar was drawn in the server's log"
    return Got(Path(folder) if folder else None, problem, [tuple(one) for one in told])


def test_a_model_is_fetched_once_without_pickles_and_then_read_without_the_network(tmp_path):
    with playing(FakeHub()) as hub:
        got = fetch("hf:me/tiny", hub.address, tmp_path)
        assert got.problem == ""
        assert hub.fetched == {"config.json", "model.safetensors", "vocab.txt"}
        shares = [share for _, share in got.told if share is not None]
        assert got.told[0] == ("looking for the model", None) and shares == sorted(shares) and shares[-1] == 1.0
        assert got.told[-1][0] == "downloading, 1 MB of 1 MB"
        hub.asked.clear()
        again = fetch("hf:me/tiny", hub.address, tmp_path)
        assert (again.folder, again.told, hub.asked) == (got.folder, [], [])
    assert fetch("hf:me/tiny", "http://127.0.0.1:9", tmp_path, offline=True).folder == got.folder


def test_a_revision_is_a_folder_of_its_own_name(tmp_path):
    with playing(FakeHub()) as hub:
        assert fetch("hf:me/tiny?revision=v1", hub.address, tmp_path).folder == tmp_path / "hub" / "models--me--tiny" / "snapshots" / SHA
        assert "GET /api/models/me/tiny/revision/v1" in hub.asked


def test_a_download_that_breaks_off_is_gone_on_with(tmp_path):
    with playing(FakeHub(cut=1)) as hub:
        assert fetch("hf:me/tiny", hub.address, tmp_path).problem == ""


@pytest.mark.parametrize(
    ("hub", "name", "problem"),
    [
        pytest.param(
            FakeHub(refuse=(401, "RepoNotFound")),
            "hf:me/tinny",
            'there is no folder and no public model "me/tinny" (did you mean "me/tiny"?). Check the spelling; for a private one put your token into HF_TOKEN.',
            id="a typo, or private",
        ),
        pytest.param(
            FakeHub(refuse=(403, "GatedRepo")), "hf:me/new", "it is gated. Accept its licence at https://huggingface.co/me/new and put your token into HF_TOKEN.", id="gated"
        ),
        pytest.param(FakeHub(), "hf:me/tiny?revision=nope", '"me/tiny" has no revision "nope". Name a branch, a tag or a whole commit, or leave it out.', id="no such revision"),
        pytest.param(FakeHub(refuse=(503, "")), "hf:me/new", "the hub answered with status 503. Try again later.", id="the hub is down"),
        pytest.param(
            FakeHub({"config.json": b"{}", "pytorch_model.bin": b"pickle"}),
            "hf:me/new",
            "the repository holds no .safetensors weights, and others (pickles) are not loaded. Name a revision that has them, or convert the model.",
            id="pickles alone",
        ),
        pytest.param(
            FakeHub({"config.json": b"{}", "model.safetensors": safetensors(9)[:-4]}),
            "hf:me/new",
            "what was downloaded is not whole: it lacks the rest of model.safetensors: it has ",
            id="a damaged file on the hub",
        ),
        pytest.param(
            FakeHub({"model.safetensors": safetensors(9)}), "hf:me/new", "what was downloaded is not whole: it lacks config.json. Ask for it again, or delete ", id="no config"
        ),
    ],
)
def test_what_stands_in_the_way_of_a_download_is_said_with_the_fix(tmp_path, hub, name, problem):
    (tmp_path / "hub" / "models--me--tiny").mkdir(parents=True)
    with playing(hub):
        assert fetch(name, hub.address, tmp_path).problem.startswith(f'Backend "{name}": {problem}')


def test_without_a_network_a_model_that_is_not_here_is_said_to_be_missing(tmp_path):
    problem = fetch("hf:me/tiny", "http://127.0.0.1:9", tmp_path).problem
    assert problem == 'Backend "hf:me/tiny": it is not on this machine, and the hub cannot be reached (ConnectError). Check the network.'


def test_offline_a_model_that_is_not_here_is_said_to_be_missing(tmp_path):
    problem = fetch("hf:me/tiny", "http://127.0.0.1:9", tmp_path, offline=True).problem
    assert problem == (
        'Backend "hf:me/tiny": it is not on this machine, and HF_HUB_OFFLINE forbids to fetch it. Take that away, or copy the model\'s folder here and name it.'
    )


def test_a_half_downloaded_model_is_gone_on_with_once_the_network_is_back(tmp_path):
    whole = WHOLE["model.safetensors"]
    with playing(FakeHub()) as hub:
        folder = fetch("hf:me/tiny", hub.address, tmp_path).folder
        weights = (folder / "model.safetensors").resolve()
        (folder / "model.safetensors").unlink()
        weights.with_name(f"{weights.name}.incomplete").write_bytes(whole[:700_000])
        weights.unlink()
        offline = fetch("hf:me/tiny", hub.address, tmp_path, offline=True).problem
        assert offline.startswith('Backend "hf:me/tiny": it is only half downloaded, and HF_HUB_OFFLINE forbids to fetch it.')
        dead = fetch("hf:me/tiny", "http://127.0.0.1:9", tmp_path).problem
        assert dead.endswith("Check the network. What came so far is kept: ask for the model again and the download goes on from there.")
        hub.asked.clear()
        assert fetch("hf:me/tiny", hub.address, tmp_path).folder == folder
        assert (folder / "model.safetensors").read_bytes() == whole
        assert hub.fetched == {"model.safetensors"}


def folder_of(path: Path, **files: bytes) -> Path:
    path.mkdir(exist_ok=True)
    for name, data in files.items():
        (path / name.replace("__", ".")).write_bytes(data)
    return path


def test_a_folder_by_name_is_used_where_it_is(tmp_path):
    folder = folder_of(tmp_path / "model", config__json=b"{}", model__safetensors=safetensors(9))
    assert model_folder(read_name(f"hf:{folder}"), lambda *_: pytest.fail("nothing is to be told")) == folder


INDEX = json.dumps({"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}).encode()


@pytest.mark.parametrize(
    ("files", "lacking"),
    [
        pytest.param({}, "config.json", id="an empty folder"),
        pytest.param({"config__json": b"{}"}, "weights (a .safetensors file)", id="no weights"),
        pytest.param({"config__json": b"{}", "pytorch_model__bin": b"x"}, "weights (a .safetensors file)", id="pickles"),
        pytest.param({"config__json": b"{}", "model__safetensors": b""}, "the rest of model.safetensors, which is cut short at 0 bytes", id="an empty file"),
        pytest.param({"config__json": b"{}", "model__safetensors": b"\xff" * 99}, "the rest of model.safetensors, which is cut short at 99 bytes", id="no safetensors"),
        pytest.param({"config__json": b"{}", "model__safetensors": safetensors(9)[:-1]}, "the rest of model.safetensors: it has ", id="a byte short"),
        pytest.param({"config__json": b"{}", "model__safetensors": b"\2\0\0\0\0\0\0\0[]"}, "a readable header in model.safetensors", id="another header"),
        pytest.param(
            {"config__json": b"{}", "model.safetensors.index.json": INDEX, "model-1.safetensors": safetensors(9)}, "1 of 2 weight files (model-2.safetensors)", id="a shard missing"
        ),
        pytest.param({"config__json": b"{}", "model.safetensors.index.json": b"{"}, "a readable model.safetensors.index.json", id="a broken index"),
    ],
)
def test_what_a_folder_lacks_is_named(tmp_path, files, lacking):
    folder = folder_of(tmp_path / "model", **files)
    assert what_is_missing(folder).startswith(lacking)
    assert model_folder(read_name(f"hf:{folder}"), lambda *_: None) == folder, "a folder by name is its family's to judge"
    assert ModelMemory(1).need(read_name(f"hf:{folder}?device=cpu"), lambda *_: None) == Need("cpu", 0)


@pytest.mark.parametrize("target", ["./runs/giqa", "runs/../giqa/x", "/no/such/folder", "~/no-such-folder-here", "a b", "me/tiny/", "C:\\models\\x"])
def test_what_looks_like_a_folder_is_not_looked_for_on_the_hub(target):
    with pytest.raises(BackendUnavailable) as told:
        model_folder(read_name(f"hf:{target}"), lambda *_: None)
    assert f'there is no folder "{target}" here. Check the path' in str(told.value)


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "model.safetensors").touch()
    with pytest.raises(BackendUnavailable, match=r"this is a file\. Name the folder that holds"):
        model_folder(read_name(f"hf:{tmp_path}/model.safetensors"), lambda *_: None)


@pytest.mark.parametrize(("dtype", "width", "size"), [("F32", 2, 200), ("BF16", 4, 400), ("F32", 0.5, 50), ("I64", 2, 800)])
def test_memory_follows_the_precision_it_is_loaded_in(tmp_path, dtype, width, size):
    folder = folder_of(tmp_path / "model", config__json=b"{}", model__safetensors=safetensors(100, dtype))
    assert memory_bytes(folder, width) == size


def test_the_index_says_which_files_count(tmp_path):
    files = {"model.safetensors.index.json": INDEX, "model-1.safetensors": safetensors(1), "model-2.safetensors": safetensors(2), "consolidated.safetensors": safetensors(99)}
    folder = folder_of(tmp_path / "model", config__json=b"{}", **files)
    assert [path.name for path in weight_files(folder)] == ["model-1.safetensors", "model-2.safetensors"]
    assert (memory_bytes(folder, 4), what_is_missing(folder)) == (12, "")
    (folder / "model-1.safetensors").write_bytes(b"short")
    with pytest.raises(DamagedWeights):
        memory_bytes(folder, 4)


def test_progress_is_told_rarely_and_never_backwards():
    told = []
    progress = DownloadProgress(lambda what, share: told.append(share), 1000)
    for done in [*range(990), 500, 1000, 1000]:
        progress.reached(done)
    assert told[0] == 0 and told[-1] == 1.0 and told == sorted(told) and len(told) < 10


@pytest.mark.parametrize(("size", "words"), [(8_212_000_000, "8.21 GB"), (340_000_000, "340 MB"), (1_200, "1 kB"), (0, "0 kB")])
def test_sizes_are_written_in_powers_of_ten(size, words):
    assert gigabytes(size) == words


def test_a_folder_has_no_revisions(tmp_path):
    with pytest.raises(BackendUnavailable, match=r"is a folder, which has no revisions.*Leave out revision=main"):
        model_folder(read_name(f"hf:{tmp_path}?revision=main"), lambda _what, _share: None)
    assert model_folder(read_name(f"hf:{tmp_path}"), lambda _what, _share: None) == tmp_path
