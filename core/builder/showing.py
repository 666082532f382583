"""The progress of a build on a terminal: a bar, or plain lines where nobody watches."""

from __future__ import annotations

import time
from typing import TextIO

from core.builder.progress import Progress, Report

_EVERY_SECONDS = 10.0


def shown_on(stream: TextIO) -> Report:
    """What tells a person of the progress; on a terminal a bar, in a log a line every ten seconds and one at the end."""
    return _bar(stream) if stream.isatty() else _lines(stream)


def line(progress: Progress) -> str:
    """"1,200 of 80,000 rows, 6.1/s, 3 dropped; a worker: open 9.0/s, detect 20.5/s"."""
    stages = ", ".join(f"{one.stage} {one.rate:,.1f}/s" for one in progress.stages if one.rate)
    told = [f"{progress.done:,} of {progress.total:,} rows, {progress.rate:,.1f}/s", *([f"{progress.dropped:,} dropped"] if progress.dropped else [])]
    return f"{', '.join(told)}{f'; one worker: {stages}' if stages else ''}{f'. {progress.message}' if progress.message else ''}"


def _bar(stream: TextIO) -> Report:
    from tqdm import tqdm

    bar = tqdm(unit="row", file=stream, dynamic_ncols=True)

    def show(progress: Progress) -> None:
        bar.total = progress.total
        bar.set_postfix_str(progress.message[:80] or f"{progress.dropped:,} dropped", refresh=False)
        bar.n = progress.done
        bar.refresh()
        if progress.state != "running":
            bar.close()

    return show


def _lines(stream: TextIO) -> Report:
    last = [time.monotonic()]

    def show(progress: Progress) -> None:
        if progress.state != "running" or time.monotonic() - last[0] >= _EVERY_SECONDS:
            last[0] = time.monotonic()
            print(line(progress), file=stream, flush=True)

    return show
