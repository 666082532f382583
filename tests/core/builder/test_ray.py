"""The Ray engine on a real cluster of two nodes on this machine: the same bytes as the local one's, and a node that is killed costs its shards' time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from core.builder.build import build
from core.builder.engines.base import EngineConfig
from core.builder.progress import Progress
from core.errors import Cancelled
from core.export.giqa import read_folder
from tests.core.builder.hard_stages import QUICK, HardStages, Texts, config, made
from tests.core.builder.test_build import INLINE, PLAIN, POISON, REASONS, dropped, local

ROOT = Path(__file__).resolve().parents[3]
MORE = tuple(f"text {number}" for number in range(60))


@pytest.fixture(scope="module")
def cluster():
    """Two nodes of one CPU each; the head has none, so that work goes to the nodes."""
    pytest.importorskip("ray", reason="Ray is an extra: pip install -r requirements-ray.txt")
    import ray
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    nodes = [made.add_node(num_cpus=1) for _ in range(2)]
    made.wait_for_nodes()
    ray.init(address=made.address, namespace="giqa", logging_level="ERROR", log_to_driver=False)
    yield made, nodes
    ray.shutdown()
    made.shutdown()


def on_ray(workers: int = 2) -> EngineConfig:
    return EngineConfig("ray", workers, limits=QUICK)


@pytest.mark.ray
def test_ray_makes_the_same_bytes_and_either_engine_finishes_what_the_other_began(tmp_path, cluster):
    build(config(tmp_path / "whole"), Texts(PLAIN), INLINE, make=HardStages())
    build(config(tmp_path / "ray"), Texts(PLAIN), on_ray(), make=HardStages())
    for first, second, name in ((on_ray(), local(1), "begun by ray"), (local(1), on_ray(), "ended by ray")):
        begun = tmp_path / name / "stages" / "7-questions" / "00001.jsonl"
        with pytest.raises(Cancelled):
            build(config(tmp_path / name), Texts(PLAIN), first, make=HardStages(pause_seconds=0.05), cancelled=begun.exists)
        assert not (tmp_path / name / "manifest.json").exists()
        build(config(tmp_path / name), Texts(PLAIN), second, make=HardStages())
        assert made(tmp_path / name) == made(tmp_path / "whole")
    assert made(tmp_path / "ray") == made(tmp_path / "whole")


@pytest.mark.ray
def test_records_that_kill_or_hang_an_actor_are_let_go(tmp_path, cluster):
    texts = tuple(POISON.get(number, text) for number, text in enumerate(PLAIN))
    build(config(tmp_path / "out"), Texts(texts), on_ray(), make=HardStages())
    assert dropped(tmp_path / "out") == REASONS


@pytest.mark.ray
def test_a_killed_node_costs_no_record(tmp_path, cluster):
    ours, nodes = cluster
    killed: list[int] = []

    def kill(progress: Progress) -> None:
        if progress.done > 8 and not killed:
            killed.append(progress.done)
            ours.remove_node(nodes.pop(), allow_graceful=False)

    seen: list[Progress] = []
    build(config(tmp_path / "out"), Texts(MORE), on_ray(), make=HardStages(pause_seconds=0.1), report=lambda one: (seen.append(one), kill(one))[0])
    build(config(tmp_path / "whole"), Texts(MORE), INLINE, make=HardStages())
    assert made(tmp_path / "out") == made(tmp_path / "whole") and killed and seen[-1].died >= 1
    assert read_folder(tmp_path / "out")[0].counts.records == 60


@pytest.mark.ray
def test_a_cluster_that_is_not_there_is_named_at_once(tmp_path):
    pytest.importorskip("ray", reason="Ray is an extra: pip install -r requirements-ray.txt")
    (tmp_path / "a.jsonl").write_text('{"image": "a.jpg", "text": "The sky is noisy."}')
    command = [sys.executable, "-m", "core.builder", "run", "--source", str(tmp_path / "a.jsonl"), "--out", str(tmp_path / "out")]
    ended = subprocess.run([*command, "--engine", "ray", "--ray-address", "127.0.0.1:1"], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert ended.returncode == 2 and "There is no Ray cluster at 127.0.0.1:1: [Errno 111] Connection refused. Start one with `ray start --head`." in ended.stderr


def test_where_ray_is_missing_it_is_said(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"image": "a.jpg", "text": "The sky is noisy."}')
    command = "import sys; sys.modules['ray'] = None; from core.builder.__main__ import main; main(sys.argv[1:])"
    arguments = ["run", "--source", str(tmp_path / "a.jsonl"), "--out", str(tmp_path / "out"), "--engine", "ray"]
    ended = subprocess.run([sys.executable, "-c", command, *arguments], cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 2 and "--engine ray needs Ray, which is not installed: pip install -r requirements-ray.txt" in ended.stderr
