"""`python -m train sft` from data to an adapter that answers: the same losses as transformers' Trainer, killed and gone on, refused with the reason."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from core.backends import load
from core.dialects import GRID_MARKUP
from core.errors import BackendUnavailable, InvalidInput, InvalidSettings, MissingCapability, ModelFailed
from tests.conftest import ROOT
from tests.train.sft.conftest import native
from tests.waiting import until
from train.__main__ import main
from train.sft import checkpoints
from train.sft.config import MergeConfig, SftConfig
from train.sft.merging import run_merge
from train.sft.run import run_sft
from train.sft.status import read_evaluations, read_metrics, read_status


@pytest.fixture
def config(data, base_of, tmp_path) -> SftConfig:
    """Eight steps of six conversations on the tiny LLaVA."""
    return SftConfig(
        (str(data),), tmp_path / "run", f"hf:{base_of('llava')}", batch=6, epochs=1, learning_rate=3e-3, lora_rank=4, held_out=0.0, save_every=2, samples=0, device="cpu"
    )


def losses(folder: Path) -> list[float]:
    return [row["loss"] for row in read_metrics(folder)]


@pytest.mark.parametrize("family", ["llava_next", "qwen2_5_vl", "qwen3_vl"])
def test_every_family_learns_and_its_adapter_answers_by_name(family, config, base_of) -> None:
    name = run_sft(replace(config, model=f"hf:{base_of(family)}", epochs=2, held_out=0.2, evaluate_every=4, samples=1))
    assert name == f"hf:{base_of(family)}?adapter={config.out / 'adapter'}"
    found = losses(config.out)
    assert sum(found[-3:]) < sum(found[:3])
    evaluated = read_evaluations(config.out)
    assert evaluated[0]["step"] == 0 and evaluated[-1]["loss"] < evaluated[0]["loss"]
    model = load(name)
    assert model.dialect == GRID_MARKUP
    assert model.prompts.answer == "" and "[label]" in model.prompts.describe


def test_a_run_tells_everything_in_its_folder(config, data) -> None:
    run_sft(replace(config, held_out=0.25, evaluate_every=3, samples=2))
    names = {path.relative_to(config.out).as_posix() for path in config.out.rglob("*") if path.is_file() and "tensorboard" not in path.parts}
    steps = [0, 3, 6]
    expected = {"config.json", "data.json", "skipped.jsonl", "example.txt", "environment.json", "metrics.csv", "evaluations.jsonl", "status.json", ".lock"}
    assert expected | {f"samples/step-{step:08}/{name}" for step in steps for name in ("00.jpg", "samples.jsonl")} <= names
    report = json.loads((config.out / "data.json").read_text())
    assert report["sources"] == {"roofs": 48} and report["tasks"] == {"describe": 12, "answer": 36} and report["images"] == 12 and report["corrected"] == 12
    assert report["learnt"] + report["held_out"] == 48 and report["held_out"] % 4 == 0 and report["skipped"] == {}
    status = read_status(config.out)
    assert (status.state, status.step, status.of, status.message) == ("finished", status.of, len(losses(config.out)), f"{config.model}?adapter={config.out / 'adapter'}")
    assert "【" in (config.out / "example.txt").read_text()
    card = (config.out / "adapter" / "README.md").read_text()
    assert "48 of roofs" in card and str(config.out) not in card and str(data) not in card


def test_the_losses_are_those_of_transformers_own_trainer_on_the_same_batches(config, fresh, tmp_path) -> None:
    import torch
    from transformers import Trainer, TrainingArguments

    from train.sft.batches import Collator
    from train.sft.conversations import epoch_order
    from train.sft.model import load_trainee
    from train.sft.planning import Row
    from train.sft.reading import read_data
    from train.sft.tokens import Encoder

    config = replace(config, lora_dropout=0.0, corrected_weight=1.0, warmup=0.3)
    run_sft(config)
    trainee = load_trainee(config, torch.device("cpu"), lambda *_: None)
    encoder = Encoder(trainee.backend)
    samples = [encoder.sample(one) for one in read_data(config).conversations]
    order = epoch_order([one.conversation for one in samples], {}, config.seed, 0)
    collator = Collator(encoder, 1, pytest.fail, trainee.shares_images)

    class Rows(torch.utils.data.Dataset):
        def __len__(self):
            return len(order)

        def __getitem__(self, at):
            return samples[order[at]]

    def collate(given):
        batch = collator.batch([Row((one,)) for one in given])
        labels = torch.full_like(batch.inputs["input_ids"], -100)
        labels[:, 1:][batch.places[:, :-1]] = batch.targets
        return {"input_ids": batch.inputs["input_ids"], "pixel_values": batch.inputs["pixel_values"], "labels": labels}

    arguments = TrainingArguments(
        str(tmp_path / "theirs"), per_device_train_batch_size=3, gradient_accumulation_steps=2, num_train_epochs=1, learning_rate=config.rate, lr_scheduler_type="cosine",
        warmup_steps=0.3, logging_steps=1, adam_beta2=0.999, weight_decay=0.0, max_grad_norm=1.0, report_to=[], use_cpu=True, remove_unused_columns=False, train_sampling_strategy="sequential",
        save_strategy="no", disable_tqdm=True,
    )  # fmt: skip
    trainer = Trainer(trainee.model, arguments, data_collator=collate, train_dataset=Rows())
    trainer.train()
    logged = [row for row in trainer.state.log_history if "loss" in row]
    ours = read_metrics(config.out)
    assert [row["learning_rate"] for row in ours] == pytest.approx([row["learning_rate"] for row in logged], rel=1e-5)
    assert [row["loss"] for row in ours] == pytest.approx([row["loss"] for row in logged], abs=2e-4)
    assert [row["gradient_norm"] for row in ours] == pytest.approx([row["grad_norm"] for row in logged], rel=2e-3)


COMMAND = [sys.executable, "-m", "train", "sft"]


def arguments(config: SftConfig) -> list[str]:
    flags = {"model": config.model, "out": config.out, "batch": config.batch, "epochs": config.epochs, "learning-rate": config.learning_rate, "lora-rank": config.lora_rank}
    flags |= {"held-out": config.held_out, "save-every": config.save_every, "samples": 0, "device": "cpu"}
    return ["--data", *config.data, *(word for name, value in flags.items() for word in (f"--{name}", str(value)))]


def start(config: SftConfig, *more: str, before: str = "") -> subprocess.Popen:
    code = f"import torch; torch.set_num_threads(1)\n{before}\nfrom train.__main__ import main; main()"
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error", "OMP_NUM_THREADS": "1"}
    return subprocess.Popen([sys.executable, "-c", code, "sft", *arguments(config), *more], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def after(steps: int, deed: str) -> str:
    """A program's beginning that lets a run make so many steps, and does that in the midst of the next one."""
    return f"""
import os, signal, time
from pathlib import Path
import train.sft.loop as loop
update, made = loop._update, iter(range({steps} + 1))
def and_then(*given):
    if next(made, None) == {steps}:
        {deed}
    return update(*given)
loop._update = and_then
"""


def waits_for(path: Path) -> str:
    return f"while not Path({str(path)!r}).exists(): time.sleep(0.02)"


def test_a_run_that_was_killed_goes_on_with_the_losses_of_an_unbroken_one(config) -> None:
    whole = replace(config, out=config.out.with_name("whole"))
    run_sft(whole)
    for steps in (3, 4):  # the second one goes on after the checkpoint of step 2
        process = start(config, before=after(steps, "os.kill(os.getpid(), signal.SIGKILL)"))
        _, told = process.communicate()
        assert process.returncode == -signal.SIGKILL, told
        assert read_status(config.out).state == "stopped"
    assert len(losses(config.out)) == 6
    run_sft(config)
    assert losses(config.out) == pytest.approx(losses(whole.out), rel=1e-6)
    assert [row["step"] for row in read_metrics(config.out)] == list(range(1, 9))


def test_ctrl_c_ends_after_the_step_with_a_checkpoint(config) -> None:
    process = start(replace(config, save_every=100), before=after(1, "os.kill(os.getpid(), signal.SIGINT)"))
    _, told = process.communicate()
    assert process.returncode == 130
    done = len(losses(config.out))
    assert done == 3
    assert f"Stopped after step {done} of 8; run the same command again to go on." in told
    assert checkpoints.newest(config.out, pytest.fail)[1].step == done
    assert read_status(config.out).state == "stopped"


def test_a_checkpoint_cut_in_half_is_passed_over_for_the_one_before(config, capsys) -> None:
    run_sft(config)
    before = losses(config.out)
    newest = checkpoints.folder_of(config.out, 8)
    weights = newest / "trained.safetensors"
    weights.write_bytes(weights.read_bytes()[: weights.stat().st_size // 2])
    for path in (config.out / "adapter").iterdir():
        path.unlink()
    run_sft(config)
    told = capsys.readouterr().err
    assert "The checkpoint step-00000008 is damaged (trained.safetensors has" in told and "Going on after step 6." in told
    assert losses(config.out) == pytest.approx(before, rel=1e-6)


def test_a_full_disk_is_said_and_nothing_half_written_is_left(config) -> None:
    process = start(config, before="import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (15_000, 15_000)); import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)")
    _, told = process.communicate()
    assert process.returncode == 2, told
    assert "There is no room for the checkpoint of step 2" in told and "run the same command again: it goes on." in told
    assert list((config.out / "checkpoints").iterdir()) == []
    assert read_status(config.out).state == "failed"
    run_sft(config)
    assert len(losses(config.out)) == 8


def test_a_loss_that_is_no_number_ends_the_run_and_keeps_the_last_checkpoint(config, monkeypatch) -> None:
    import train.sft.loop as loop

    taken, real = [], loop.summed_loss

    def broken(*given):
        taken.append(1)
        return real(*given) * (float("nan") if len(taken) == 5 else 1)

    monkeypatch.setattr(loop, "summed_loss", broken)
    with pytest.raises(ModelFailed, match=r"The loss of step 5 is nan and its gradients are nan: the training has gone astray, and nothing of this step was kept\."):
        run_sft(config)
    assert checkpoints.newest(config.out, pytest.fail)[1].step == 4
    assert read_status(config.out).state == "failed" and len(losses(config.out)) == 4


def test_images_that_disappear_end_the_run_and_it_goes_on_once_they_are_back(config, tmp_path) -> None:
    moving = native(tmp_path / "moving", 12)
    config = replace(config, data=(str(moving),))
    images, away = moving / "images", tmp_path / "away"
    one_ahead = "ahead = loop.made_ahead; loop.made_ahead = lambda things, make, workers: ahead(things, make, 1)"
    process = start(config, before=after(3, waits_for(away)) + one_ahead)
    until(lambda: process.poll() is not None or len(losses(config.out)) == 3)
    images.rename(away)
    _, told = process.communicate()
    assert process.returncode == 2 and "was there when the training began and is gone. Put the data back and run the same command again." in told
    away.rename(images)
    run_sft(config)
    assert len(losses(config.out)) == 8


def test_two_runs_in_one_folder_are_refused(config) -> None:
    process = start(config, before=after(1, waits_for(config.out / "never")))
    until(lambda: process.poll() is not None or losses(config.out))
    with pytest.raises(InvalidInput, match=f"is in use by process {process.pid} of"):
        run_sft(config)
    assert read_status(config.out).state == "training"
    process.kill()
    process.communicate()
    with pytest.raises(InvalidSettings, match=r"holds a run with other settings: batch 6 -> 7\. Name another folder with --out, or the same settings to go on\."):
        run_sft(replace(config, batch=7))


def test_a_run_whose_data_have_changed_is_not_gone_on_with(config, tmp_path) -> None:
    growing = native(tmp_path / "growing", 12)
    config = replace(config, data=(str(growing),))
    run_sft(replace(config, max_steps=2))
    native(tmp_path / "more", 13)
    for name in ("records", "images"):
        for path in (tmp_path / "more" / name).iterdir():
            (growing / name / path.name).write_bytes(path.read_bytes())
    with pytest.raises(InvalidInput, match=r"The data have changed since the run in .* began\."):
        run_sft(replace(config, max_steps=2))


def test_a_finished_run_is_not_trained_again(config) -> None:
    name = run_sft(config)
    stamp = (config.out / "adapter" / "adapter_model.safetensors").stat().st_mtime_ns
    assert run_sft(config) == name
    assert (config.out / "adapter" / "adapter_model.safetensors").stat().st_mtime_ns == stamp


def test_one_conversation_is_enough(config, tmp_path) -> None:
    one = tmp_path / "one.json"
    folder = native(tmp_path / "roofs", 1)
    image = next((folder / "images").iterdir())
    turns = [{"from": "human", "value": "<image>\nIs it sharp?"}, {"from": "gpt", "value": "No."}]
    one.write_text(json.dumps([{"id": "1", "image": image.name, "conversations": turns}]))
    run_sft(replace(config, data=(str(one),), images=image.parent, epochs=2, held_out=0.5))
    assert len(losses(config.out)) == 2


def test_training_ends_early_where_the_held_out_loss_no_longer_falls(config, capsys) -> None:
    run_sft(replace(config, held_out=0.3, evaluate_every=1, patience=2, learning_rate=1e-12, epochs=4))
    assert "evaluations: ended early, after step" in capsys.readouterr().err
    status, found = read_status(config.out), read_evaluations(config.out)
    assert status.state == "finished" and len(losses(config.out)) < 10
    assert status.best_loss == min(row["loss"] for row in found[1:])
    assert checkpoints.folder_of(config.out, status.best_step).is_dir()


def test_all_weights_can_be_trained_and_the_result_is_a_model_by_itself(config) -> None:
    name = run_sft(replace(config, method="full", projector="trained", learning_rate=1e-3))
    assert name == f"hf:{config.out / 'model'}"
    assert load(name).dialect == GRID_MARKUP
    assert losses(config.out)[-1] < losses(config.out)[0]


def test_an_adapter_is_trained_further_and_merged(config, base_of, tmp_path) -> None:
    first = run_sft(config)
    more = replace(config, model=first, out=tmp_path / "more")
    run_sft(more)
    assert losses(more.out)[0] < losses(config.out)[0]
    merged = run_merge(MergeConfig(more.out / "adapter", tmp_path / "merged"))
    apart, whole = load(f"hf:{base_of('llava')}?adapter={more.out / 'adapter'}"), load(merged)
    assert whole.dialect == GRID_MARKUP and whole.prompts == apart.prompts
    theirs = dict(apart.engine.model.named_parameters())
    assert all(one.allclose(theirs[key], atol=1e-6) for key, one in whole.engine.model.named_parameters())
    with pytest.raises(InvalidInput, match="is not an empty folder: name a new one"):
        run_merge(MergeConfig(more.out / "adapter", tmp_path / "merged"))


def test_gradient_checkpointing_changes_no_loss(config) -> None:
    run_sft(config)
    again = replace(config, out=config.out.with_name("recomputed"), gradient_checkpointing=True)
    run_sft(again)
    assert losses(again.out) == pytest.approx(losses(config.out), rel=1e-5)


def test_neither_sharing_nor_the_token_budget_changes_what_is_learnt(config) -> None:
    config = replace(config, lora_dropout=0.0)
    run_sft(config)
    for name, other in {"apart": {"share_images": False}, "narrow": {"token_budget": 100}}.items():
        run_sft(replace(config, out=config.out.with_name(name), **other))
        assert losses(config.out.with_name(name)) == pytest.approx(losses(config.out), abs=2e-5)


REFUSED = [
    pytest.param({"model": "hf:{llama}"}, MissingCapability, 'llama" is a text model and sees no images, so it cannot learn from them.', id="a base without vision"),
    pytest.param({"model": "hf:{kosmos2}"}, MissingCapability, "is Kosmos-2, whose processor does not mark images by one token", id="a family that cannot be trained here"),
    pytest.param({"model": "embedded"}, InvalidSettings, '"embedded" cannot be trained here: only models of transformers can', id="not of transformers"),
    pytest.param({"data": ("nowhere",)}, InvalidInput, "There are no data at nowhere: name a native folder", id="no data"),
    pytest.param({"max_tokens": 20}, InvalidInput, "Nothing is left to learn from: 48 conversations: longer than the context", id="everything too long"),
    pytest.param({"mix": ("horses=2",)}, InvalidInput, '--mix names "horses", which is neither a task', id="a share of nothing"),
    pytest.param({"mix": ("roofs=0",)}, InvalidInput, "--mix takes every conversation away.", id="shares of zero"),
]


@pytest.mark.parametrize(("changes", "kind", "message"), REFUSED)
def test_what_cannot_be_trained_is_refused_with_the_reason(changes, kind, message, config, base_of) -> None:
    changes = {name: value.format(llama=base_of("llama"), kosmos2=base_of("kosmos2")) if name == "model" else value for name, value in changes.items()}
    with pytest.raises(kind) as refusal:
        run_sft(replace(config, **changes))
    assert message in str(refusal.value)


def test_an_adapter_for_another_base_is_refused(config, base_of) -> None:
    adapter = run_sft(replace(config, max_steps=1)).partition("?adapter=")[2]
    with pytest.raises(BackendUnavailable, match="was made for"):
        run_sft(replace(config, model=f"hf:{base_of('qwen2_5_vl')}?adapter={adapter}", out=config.out.with_name("other")))


def test_images_of_the_bench_in_the_data_are_refused_unless_allowed(config, data, tmp_path) -> None:
    bench = native(tmp_path / "bench", 2, first=11)
    with pytest.raises(InvalidInput, match=r"1 images of the data stand in .*bench too, such as .* \(same file of images/.*\)\. Figures of that bench would say nothing\."):
        run_sft(replace(config, bench=bench))
    run_sft(replace(config, bench=bench, allow_contamination=True, max_steps=1))


def test_the_command_says_a_refusal_in_one_line(config, capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["sft", "--data", "nowhere", "--model", config.model, "--out", str(config.out)])
    assert ended.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("python -m train: error: There are no data at nowhere")


