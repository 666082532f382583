"""The command line of a fine-tuning: flags, presets, what is refused; and how a run's status is read by others."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import InvalidInput, InvalidSettings
from tests.conftest import ROOT
from train.__main__ import parse_args
from train.sft.config import HELP, PRESETS, MergeConfig, SftConfig, config_json, differences
from train.sft.loop import rate_at
from train.sft.status import Status, read_evaluations, read_metrics, read_status, write_status

LEAST = ["sft", "--data", "roofs", "--out", "run"]
PLAIN = SftConfig(("roofs",), Path("run"), "hf:x/y")


def test_flags_go_over_presets_and_presets_over_defaults() -> None:
    config = parse_args([*LEAST, "--preset", "llava-1.5-7b", "depictqa", "--lora-rank", "8", "--no-share-images", "--mix", "general=0.3", "answer=2"])
    expected = SftConfig(
        ("roofs",), Path("run"), "hf:llava-hf/llava-1.5-7b-hf", ("llava-1.5-7b", "depictqa"), mix=("general=0.3", "answer=2"), lora_rank=8, lora_alpha=16, lora_dropout=0.1,
        lora_targets="attention", learning_rate=2e-4, epochs=1, share_images=False,
    )  # fmt: skip
    assert config == expected
    assert expected.shares == {"general": 0.3, "answer": 2.0}


def test_the_papers_recipe_is_the_papers() -> None:
    config = parse_args([*LEAST, "--preset", "llava-1.6-7b", "paper"])
    assert isinstance(config, SftConfig)
    assert (config.method, config.rate, config.warmup, config.batch, config.epochs) == ("full", 2e-5, 0.03, 64, 2)


@pytest.mark.parametrize("name", [name for name in PRESETS if "model" in PRESETS[name]])
def test_every_model_preset_names_a_model_that_a_run_takes(name) -> None:
    assert parse_args([*LEAST, "--preset", name]).model.startswith("hf:")


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        pytest.param([], "No model is named: give --model hf:MODEL, or a --preset with one.", id="no model"),
        pytest.param(["--preset", "mplug-owl2"], "mPLUG-Owl2 cannot be trained here: its code does not run on transformers 5.", id="the paper's fourth model"),
        pytest.param(["--preset", "lava"], 'There is no preset "lava". Known: llava-1.5-7b,', id="an unknown preset"),
        pytest.param(["--model", "hf:x", "--method", "half"], '--method is one of lora, full, got "half".', id="an unknown method"),
        pytest.param(["--model", "hf:x", "--batch", "0"], "--batch is at least 1, got 0.", id="an empty batch"),
        pytest.param(["--model", "hf:x", "--held-out", "1"], "--held-out lies from 0 to below 1, got 1.0.", id="all held out"),
        pytest.param(["--model", "hf:x", "--learning-rate", "7"], "--learning-rate lies between 0 and 1", id="a wild learning rate"),
        pytest.param(["--model", "hf:x", "--method", "full", "--quantisation", "4bit"], "Quantised weights cannot be trained: leave out --quantisation", id="full and quantised"),
        pytest.param(["--model", "hf:x", "--mix", "general"], "--mix takes NAME=SHARE, such as general=0.3", id="a share of nothing"),
        pytest.param(["--model", "hf:x", "--bench-every", "5", "--evaluate-every", "0"], "--bench-every needs --evaluate-every", id="a bench never asked"),
    ],
)
def test_settings_that_make_no_sense_are_refused(flags, message) -> None:
    with pytest.raises(InvalidSettings) as refusal:
        parse_args([*LEAST, *flags])
    assert message in str(refusal.value)


def test_merge_is_a_command_of_its_own() -> None:
    assert parse_args(["merge", "--adapter", "a", "--out", "b"]) == MergeConfig(Path("a"), Path("b"))


def test_the_kept_settings_are_the_command_line_and_tell_what_differs() -> None:
    kept = json.loads(config_json(PLAIN))
    assert set(kept) == set(HELP)
    assert differences(PLAIN, kept) == []
    assert differences(replace(PLAIN, seed=4, batch=8, workers=9, save_every=1), kept) == ["batch 64 -> 8", "seed 0 -> 4"]


def test_the_learning_rate_is_that_of_transformers_own_schedule() -> None:
    import torch
    from transformers import get_cosine_schedule_with_warmup

    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=PLAIN.rate)
    schedule = get_cosine_schedule_with_warmup(optimizer, 4, 100)
    theirs = []
    for _ in range(100):
        theirs.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    assert [rate_at(step, 100, replace(PLAIN, warmup=0.04)) for step in range(100)] == pytest.approx(theirs)


def test_who_looks_on_needs_no_torch(tmp_path) -> None:
    code = "import sys, train.sft.config, train.sft.status; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_a_status_that_nobody_keeps_is_one_of_a_run_that_was_stopped(tmp_path) -> None:
    write_status(tmp_path, Status("training", 7, 20, 0.5))
    found = read_status(tmp_path)
    assert (found.state, found.step, found.message) == ("stopped", 7, "The process ended without a word: run the same command again to go on.")
    with pytest.raises(InvalidInput, match=r"holds no run: it has no status\.json that can be read"):
        read_status(tmp_path / "elsewhere")


def test_tables_are_read_while_their_last_line_is_being_written(tmp_path) -> None:
    assert read_metrics(tmp_path) == [] and read_evaluations(tmp_path) == []
    head = "step,epoch,loss,learning_rate,gradient_norm,tokens,tokens_per_second,seconds\n"
    (tmp_path / "metrics.csv").write_text(head + "1,0.1,2.5,0.001,1,100,50,2\n2,0.2,2.4,0.0")
    (tmp_path / "evaluations.jsonl").write_text('{"step": 0, "loss": 2.0}\n{"step": 4, "lo')
    assert [row["step"] for row in read_metrics(tmp_path)] == [1]
    assert read_evaluations(tmp_path) == [{"step": 0, "loss": 2.0}]
