"""Progress of a training for people: a bar, a CSV file and, where its package is installed, TensorBoard's events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec

from tqdm import tqdm

from train.config import EmbeddedConfig


@contextmanager
def progress(config: EmbeddedConfig, member: int) -> Iterator[Callable[[int, float], None]]:
    """`report(step, loss)`. Files: `metrics-M.csv`, appended to when a run goes on, and `tensorboard/`."""
    path = config.out / f"metrics-{member}.csv"
    fresh = not path.exists()
    with ExitStack() as open_things:
        log = open_things.enter_context(path.open("a", buffering=1, encoding="utf-8"))
        bar = open_things.enter_context(tqdm(total=config.steps, desc=f"network {member + 1} of {config.members}", unit="step", position=member))
        if fresh:
            log.write("step,loss\n")
        board = None
        if find_spec("tensorboard"):
            from torch.utils.tensorboard import SummaryWriter

            board = SummaryWriter(str(config.out / "tensorboard" / str(member)))
            open_things.callback(board.close)

        def report(step: int, loss: float) -> None:
            bar.update(step - bar.n)
            bar.set_postfix(loss=f"{loss:.3f}")
            log.write(f"{step},{loss:.5f}\n")
            if board:
                board.add_scalar("loss", loss, step)

        yield report
