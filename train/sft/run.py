"""`python -m train sft`: from a config to a model that answers by name. Run again, it goes on from the newest whole checkpoint."""

from __future__ import annotations

import json
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from core.backends.devices import settle_threads
from core.builder.lock import locked
from core.errors import Cancelled, DiskFull, GiqaError, InvalidInput
from core.export.giqa import write_whole
from train.sft import checkpoints
from train.sft.batches import Collator
from train.sft.checkpoints import Progress
from train.sft.config import SftConfig
from train.sft.conversations import ImageFile
from train.sft.evaluating import held_out_bench, held_out_loss, run_bench, write_samples
from train.sft.finishing import card, name_of, send, write_model
from train.sft.journal import Journal, begin, versions
from train.sft.loop import Machine, Taken, take_steps
from train.sft.model import Trainee, base_name, load_trainee, precision
from train.sft.planning import Plan
from train.sft.preparing import Prepared, prepare, read_and_check, write_data_report
from train.sft.status import Status, read_metrics, read_status, write_status
from train.sft.tokens import Encoder

_BENCH_HOURS = 6
_MIXED = {torch.float32: "no", torch.bfloat16: "bf16", torch.float16: "fp16"}


@dataclass(slots=True, eq=False)
class Run:
    """One run, ready for its steps. `first`: whether this process writes; others only compute."""

    config: SftConfig
    trainee: Trainee
    prepared: Prepared
    plan: Plan
    machine: Machine
    journal: Journal | None
    progress: Progress
    figures: dict[str, float]

    @property
    def first(self) -> bool:
        return self.journal is not None

    @property
    def sharded(self) -> bool:
        """Whether no process has all weights (FSDP, DeepSpeed)."""
        return str(self.machine.accelerator.distributed_type).rpartition(".")[2] in ("FSDP", "DEEPSPEED")


def run_sft(config: SftConfig) -> str:
    """Trains, and returns the name by which the result answers, "" in all processes but the first. What stands in `config.out` is in docs/training.md.

    Raises `InvalidInput` and `InvalidSettings` for what cannot be trained on or with, `Cancelled` where it was asked to stop (a checkpoint is written),
    `DiskFull`, `ModelFailed` where the loss is no number, and what loading a model raises.
    """
    base_name(config)
    accelerator = _accelerator(config)
    first = bool(accelerator.is_main_process)
    with ExitStack() as stack:
        if first:
            _open(config, stack)
        accelerator.wait_for_everyone()
        stop = stack.enter_context(_asked_to_stop())
        try:
            return _run(config, accelerator, stop, _teller(config, first))
        except BaseException as error:
            if first:
                _tell_end(config, error)
            raise


def _run(config: SftConfig, accelerator: Any, stop: Callable[[], bool], say: Callable[[str], None]) -> str:
    place = config.out / ("model" if config.method == "full" else "adapter")
    run = _prepared(config, accelerator, stop, say)
    if run.progress.step < run.plan.steps or not (place / "giqa.json").is_file():
        _train(run, say)
        _finish(run, place, say)
    name = name_of(config, run.trainee, place)
    if run.journal:
        send(place, config, say)
        run.journal.say(state="finished", step=run.progress.step, seconds_left=0.0, message=name)
        run.journal.close()
    accelerator.wait_for_everyone()
    return name if run.first else ""


def _open(config: SftConfig, stack: ExitStack) -> None:
    """The folder, held by this process alone. Raises `InvalidInput` where another process holds it, `DiskFull`."""
    try:
        config.out.mkdir(parents=True, exist_ok=True)
        stack.enter_context(locked(config.out))
    except OSError as error:
        if checkpoints.is_disk_full(error, config.out):
            raise DiskFull(f"{config.out} cannot be written: {error.strerror}. Make room, or name another disk with --out.") from error
        raise InvalidInput(f"{config.out} cannot be written: {error.strerror}. Name another folder with --out.") from error
    begin(config.out, config)
    write_status(config.out, Status())


def _accelerator(config: SftConfig) -> Any:
    from accelerate import Accelerator
    from accelerate.utils import DistributedDataParallelKwargs, InitProcessGroupKwargs

    cpu = config.device == "cpu" or (config.device == "auto" and not (torch.cuda.is_available() or torch.backends.mps.is_available()))
    if cpu:
        settle_threads()
    kind = precision(config, torch.device("cpu" if cpu else "cuda" if torch.cuda.is_available() else "mps"))
    unused = "trained" in (config.vision, config.projector)  # text alone reaches neither
    handlers = [DistributedDataParallelKwargs(find_unused_parameters=unused), InitProcessGroupKwargs(timeout=timedelta(hours=_BENCH_HOURS))]
    return Accelerator(cpu=cpu, mixed_precision=_MIXED[kind], kwargs_handlers=handlers)


def _prepared(config: SftConfig, accelerator: Any, stop: Callable[[], bool], say: Callable[[str], None]) -> Run:
    with accelerator.main_process_first():  # the first unpacks images, the others find them
        found = read_and_check(config, say) if accelerator.is_main_process else read_and_check(replace(config, bench=None), say)
    say(f"Loading {config.model}.")
    trainee = load_trainee(config, accelerator.device, lambda _what, _share: None)
    for note in trainee.notes:
        say(note)
    encoder = Encoder(trainee.backend, config.workers)
    prepared = prepare(found, encoder, config, say)
    collator = Collator(encoder, _pad(trainee), _broken(config), trainee.shares_images)
    optimizer = torch.optim.AdamW(list(trainee.trained.values()), lr=config.rate, betas=(0.9, 0.999), weight_decay=config.weight_decay, fused=_fuses(accelerator))
    model, wrapped = accelerator.prepare(trainee.model, optimizer)
    machine = Machine(accelerator, model, wrapped, trainee.head, collator.batch, _pixels(accelerator, config), stop)
    plan = Plan(
        prepared.learnt, config.shares, config.seed, config.batch, config.epochs, config.max_steps, config.token_budget, trainee.shares_images, accelerator.num_processes
    )
    if plan.steps == 0:
        raise InvalidInput("Nothing is left to learn from: --mix takes every conversation away.")
    run = Run(config, trainee, prepared, plan, machine, None, Progress(fingerprint=prepared.hash), {})
    _resume(run, say)
    if accelerator.is_main_process:
        write_data_report(config.out, config, found, prepared, encoder)
        machine_told = {"python": sys.version.split()[0], "devices": accelerator.num_processes, "device": str(accelerator.device)}
        write_whole(config.out / "environment.json", json.dumps({"versions": versions(), **machine_told}, indent=1).encode())
        run.journal = Journal(config.out, plan.steps, run.progress.step)
        run.journal.say(best_loss=run.progress.best_loss, best_step=run.progress.best_step)
    say(_summary(run))
    return run


def _summary(run: Run) -> str:
    trained, whole = sum(one.numel() for one in run.trainee.trained.values()), sum(one.numel() for one in run.trainee.model.parameters())
    shared = "behind shared images" if run.plan.share_images else "each with an image of its own"
    return f"{len(run.prepared.learnt):,} conversations, {shared}; {run.plan.steps:,} steps; {trained / 1e6:.2f} of {whole / 1e6:.2f} million weights are trained."


def _pad(trainee: Trainee) -> int:
    return int(trainee.backend.engine.tokenizer.pad_token_id)


def _pixels(accelerator: Any, config: SftConfig) -> torch.dtype:
    return torch.float32 if config.method == "full" else precision(config, accelerator.device)


def _fuses(accelerator: Any) -> bool:
    return accelerator.device.type in ("cpu", "cuda") and str(accelerator.distributed_type).rpartition(".")[2] in ("NO", "MULTI_CPU", "MULTI_GPU")


def _broken(config: SftConfig) -> Callable[[ImageFile, str], None]:
    def tell(image: ImageFile, reason: str) -> None:
        line = {"image": image.path.name, "reason": "image cannot be read", "detail": reason[:300]}
        with (config.out / "broken_images.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
        print(f"{image.path.name} cannot be read; what is said of it is not learnt.", file=sys.stderr)

    return tell


def _teller(config: SftConfig, first: bool) -> Callable[[str], None]:
    """Tells people on the terminal, and in the status while the run is being prepared."""

    def say(message: str) -> None:
        if first:
            print(message, file=sys.stderr, flush=True)
            status = read_status(config.out)
            if status.state == "preparing":
                write_status(config.out, replace(status, message=message))

    return say


@contextmanager
def _asked_to_stop() -> Iterator[Callable[[], bool]]:
    """Ctrl+C and SIGTERM end the run after the step that is being taken; a second Ctrl+C ends it at once."""
    asked: list[int] = []

    def note(number: int, _frame: object) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _resume(run: Run, say: Callable[[str], None]) -> None:
    found = checkpoints.newest(run.config.out, say)
    if found is None:
        return
    place, progress = found
    if progress.fingerprint != run.prepared.hash:
        raise InvalidInput(f"The data have changed since the run in {run.config.out} began. Name another folder with --out, or put the data back to go on.")
    if run.sharded:
        run.machine.accelerator.load_state(str(place / "sharded"))
    else:
        checkpoints.read_trained(place, run.trainee.trained, run.machine.optimizer)
    run.progress = progress
    say(f"Going on after step {progress.step:,}.")


def _train(run: Run, say: Callable[[str], None]) -> None:
    config, started = run.config, run.progress.step
    took = [row["seconds"] for row in read_metrics(config.out)[-20:]] if run.first else []
    if started == 0 and run.prepared.held_out and config.evaluate_every:
        _evaluate(run, 0, say)
    if _is_ended_early(run):
        return
    with tqdm(total=run.plan.steps, initial=started, unit="step", disable=not run.first) as bar:
        for taken in take_steps(run.machine, run.plan, config, started):
            run.progress = replace(run.progress, step=taken.number)
            took.append(taken.seconds)
            _tell_step(run, taken, took)
            bar.update()
            bar.set_postfix(loss=f"{taken.loss:.4f}")
            ended = taken.number == run.plan.steps
            if run.prepared.held_out and config.evaluate_every and (ended or taken.number % config.evaluate_every == 0):
                _evaluate(run, taken.number, say)
            if ended or taken.asked_to_stop or taken.number % config.save_every == 0 or run.progress.best_step == taken.number:
                _save(run)
            if taken.asked_to_stop and not ended:
                raise Cancelled(f"Stopped after step {taken.number:,} of {run.plan.steps:,}; run the same command again to go on.")
            if _is_ended_early(run):
                say(f"The held-out loss has not fallen for {run.progress.since_best} evaluations: ended early, after step {taken.number:,}.")
                _save(run)
                return


def _is_ended_early(run: Run) -> bool:
    return 0 < run.config.patience <= run.progress.since_best


def _tell_step(run: Run, taken: Taken, took: list[float]) -> None:
    if run.journal:
        pace = sum(took[-20:]) / len(took[-20:])
        epoch = taken.number / (run.plan.steps / run.config.epochs) if not run.config.max_steps else taken.number * run.config.batch / max(1, len(run.prepared.learnt))
        row = {
            "step": taken.number, "epoch": epoch, "loss": taken.loss, "learning_rate": taken.rate, "gradient_norm": taken.gradient_norm,
            "tokens": taken.tokens, "tokens_per_second": taken.tokens / taken.seconds, "seconds": taken.seconds,
        }  # fmt: skip
        run.journal.step(row, pace * (run.plan.steps - taken.number))


def _evaluate(run: Run, step: int, say: Callable[[str], None]) -> None:
    if run.journal:
        run.journal.say(state="evaluating")
    loss = held_out_loss(run.machine, run.prepared.held_out, run.config, share=run.plan.share_images)
    if step:  # what it was before the training is measured, and never kept
        better = run.progress.best_loss is None or loss < run.progress.best_loss
        since = 0 if better else run.progress.since_best + 1
        run.progress = replace(run.progress, since_best=since)
        run.progress = replace(run.progress, best_loss=loss, best_step=step) if better else run.progress
    figures = {"loss": loss}
    if run.journal and not run.sharded:
        write_samples(run.config.out / "samples" / f"step-{step:08}", run.trainee.backend, run.prepared.held_out, run.config.samples)
        run.trainee.model.train()
        if run.config.bench_every and step % run.config.bench_every == 0:
            figures |= _bench(run, step, say)
    if run.journal:
        run.figures = figures
        run.journal.evaluated(step, figures)
        run.journal.say(best_loss=run.progress.best_loss, best_step=run.progress.best_step)
    run.machine.accelerator.wait_for_everyone()


def _bench(run: Run, step: int, say: Callable[[str], None]) -> dict[str, float]:
    """The bench's figures; where it fails, that is said and the training goes on."""
    bench = run.config.bench or held_out_bench(run.config, run.prepared.held_out)
    if bench is None:
        say("No bench was asked: name one with --bench, or hold out records of a native folder.")
        return {}
    out = run.config.out / "bench" / f"step-{step:08}"
    weights = out.with_name(f"{out.name}-weights")
    write_model(weights, run.trainee, run.config, "")
    try:
        return run_bench(bench, name_of(run.config, run.trainee, weights), out, out.with_name(f"{out.name}.log"))
    except GiqaError as error:
        say(str(error))
        return {}
    finally:
        shutil.rmtree(weights, ignore_errors=True)


def _save(run: Run) -> None:
    parts = run.config.out / "checkpoints" / ".sharded.part"
    if run.sharded:
        run.machine.accelerator.save_state(str(parts))
        run.machine.accelerator.wait_for_everyone()
    if run.first:
        whole = checkpoints.write_trained(run.trainee.trained, run.machine.optimizer)
        checkpoints.save(run.config.out, run.progress, _moving(parts) if run.sharded else whole)
    run.machine.accelerator.wait_for_everyone()


def _moving(parts: Path) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        parts.rename(folder / "sharded")

    return write


def _finish(run: Run, place: Path, say: Callable[[str], None]) -> None:
    """The best weights that were kept, else the last."""
    best = checkpoints.folder_of(run.config.out, run.progress.best_step)
    if run.progress.best_step not in (0, run.progress.step) and best.is_dir() and not run.sharded:
        say(f"Keeping step {run.progress.best_step:,}, the best on held-out images (loss {run.progress.best_loss:.4f}).")
        checkpoints.read_trained(best, run.trainee.trained, None)
    state = run.machine.accelerator.get_state_dict(run.machine.model) if run.sharded else None
    if run.first:
        data = json.loads((run.config.out / "data.json").read_text(encoding="utf-8"))
        figures = {"loss": run.progress.best_loss} if run.progress.best_loss is not None else {}
        text = card(run.config, run.trainee.base.target, data, {**run.figures, **figures}, versions())
        write_model(place, run.trainee, run.config, text, state)
        say(f"It answers as {name_of(run.config, run.trainee, place)}")


def _tell_end(config: SftConfig, error: BaseException) -> None:
    """The last word in `status.json`."""
    try:
        status = read_status(config.out)
    except InvalidInput:
        return
    stopped = isinstance(error, (Cancelled, KeyboardInterrupt))
    told = str(error) or type(error).__name__
    write_status(config.out, replace(status, state="stopped" if stopped else "failed", message=told[:1000], seconds_left=None))
