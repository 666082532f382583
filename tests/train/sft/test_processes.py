"""Two processes that speak over gloo: the same gradients, order of data and resume as one."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import ROOT, free_port
from train.sft.config import SftConfig
from train.sft.run import run_sft
from train.sft.status import read_metrics, read_status

LAUNCH = ["-m", "torch.distributed.run", "--nproc_per_node", "2"]
"""What `accelerate launch` starts for several devices; for CPUs alone that one wants MPI."""
SHIPPED = ROOT / "train" / "launch"


def two(config: SftConfig, *more: str) -> subprocess.CompletedProcess:
    flags = ["--data", *config.data, "--model", config.model, "--out", str(config.out), "--batch", "6", "--epochs", "1", "--learning-rate", "0.003", "--lora-rank", "4", "--lora-dropout", "0"]
    flags += ["--held-out", "0.2", "--evaluate-every", "3", "--save-every", "2", "--samples", "1", "--device", "cpu", *more]
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, *LAUNCH, "--master_port", str(free_port()), "-m", "train", "sft", *flags]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240, check=False)


@pytest.mark.slow
def test_two_processes_learn_what_one_learns_and_go_on_where_the_other_stopped(data, base_of, tmp_path) -> None:
    config = SftConfig(
        (str(data),), tmp_path / "one", f"hf:{base_of('llava')}", batch=6, epochs=1, learning_rate=3e-3, lora_rank=4, lora_dropout=0.0, held_out=0.2, evaluate_every=3, save_every=2, samples=1,
        device="cpu",
    )  # fmt: skip
    run_sft(config)
    both = replace(config, out=tmp_path / "two")
    ended = two(both)
    assert ended.returncode == 0, ended.stderr[-3000:]
    assert_alike(config.out, both.out)
    half = replace(config, out=tmp_path / "half")
    last = len(read_metrics(config.out))
    for folder in sorted((both.out / "checkpoints").iterdir())[-1:]:  # as if it had been killed after the last but one
        assert folder.name == f"step-{last:08}"
        for path in sorted(folder.iterdir()):
            path.unlink()
    for path in (both.out / "adapter").iterdir():
        path.unlink()
    both.out.rename(half.out)
    run_sft(half)  # one process goes on with what two began
    assert_alike(config.out, half.out)


@pytest.mark.parametrize(("name", "kind"), [("gpus", "MULTI_GPU"), ("fsdp", "FSDP"), ("deepspeed", "DEEPSPEED")])
def test_the_shipped_configurations_are_ones_that_accelerate_reads(name, kind) -> None:
    from accelerate.commands.config.config_args import load_config_from_file

    config = load_config_from_file(str(SHIPPED / f"{name}.yaml"))
    assert str(config.distributed_type).rpartition(".")[2] == kind and config.mixed_precision == "bf16"


def test_the_shipped_fsdp_settings_are_known_to_accelerate() -> None:
    import dataclasses

    import yaml
    from accelerate import FullyShardedDataParallelPlugin

    settings = yaml.safe_load((SHIPPED / "fsdp.yaml").read_text())["fsdp_config"]
    known = {field.name for field in dataclasses.fields(FullyShardedDataParallelPlugin)} | {"offload_params"}
    renamed = {"offload_params": "cpu_offload"}
    assert {renamed.get(key.removeprefix("fsdp_"), key.removeprefix("fsdp_")) for key in settings} - {"version"} <= known


def test_the_shipped_deepspeed_settings_are_zero_3() -> None:
    from accelerate.utils.deepspeed import HfDeepSpeedConfig

    config = HfDeepSpeedConfig(str(SHIPPED / "zero3.json"))
    assert config.is_zero3() and config.get_value("train_micro_batch_size_per_gpu") == 1


def assert_alike(one: Path, other: Path) -> None:
    ours, theirs = read_metrics(one), read_metrics(other)
    assert read_status(other).state == "finished"
    for name, close in (("step", 0), ("loss", 2e-5), ("gradient_norm", 2e-4), ("learning_rate", 1e-9), ("tokens", 0)):
        assert [row[name] for row in theirs] == pytest.approx([row[name] for row in ours], abs=close, rel=1e-5), name
