"""The default engine: processes of this machine, each with models of its own, spoken to over a socket. One that dies is replaced."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path

from core.builder.engines.base import Died, Event, Job, Task
from core.errors import InvalidSettings

_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")
"""As many processes as cores, each with as many threads, would fight; and sums over one thread are the same on every machine."""
_GPUS = Path("/proc/driver/nvidia/gpus")
_END_SECONDS = 5


@dataclass(frozen=True, slots=True)
class _Worker:
    process: subprocess.Popen[bytes]
    link: Connection

    def how(self) -> str:
        """How it ended, in words."""
        code = self.process.wait(_END_SECONDS)
        return f"by {signal.Signals(-code).name}" if code < 0 else f"with status {code}"


class LocalPool:
    """`workers` processes. They end with this one, however it ends."""

    def __init__(self, job: Job, workers: int, gpus_per_worker: float = 0.0) -> None:
        self._job = pickle.dumps(job)
        self._gpus = [gpus_of(visible_gpus(os.environ), number, gpus_per_worker) for number in range(workers)]
        self._workers = {number: self._start(number) for number in range(workers)}

    def give(self, worker: int, task: Task) -> None:
        with suppress(OSError):  # it is dead, and `poll` will say so
            self._workers[worker].link.send(task)

    def poll(self, seconds: float) -> list[tuple[int, Event]]:
        numbers = {worker.link: number for number, worker in self._workers.items()}
        return [self._event(numbers[link]) for link in wait(list(numbers), seconds) if isinstance(link, Connection)]

    def kill(self, worker: int) -> None:
        self._workers[worker].process.kill()

    def close(self) -> None:
        for worker in self._workers.values():
            worker.process.kill()  # files are whole or not there: nothing is lost but the shard at hand
        for worker in self._workers.values():
            worker.process.wait()
            worker.link.close()

    def _event(self, number: int) -> tuple[int, Event]:
        worker = self._workers[number]
        try:
            event: Event = worker.link.recv()
        except (EOFError, OSError):
            worker.process.kill()
            worker.link.close()
            how = worker.how()
            self._workers[number] = self._start(number)
            return number, Died(how)
        return number, event

    def _start(self, number: int) -> _Worker:
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-m", "core.builder.engines.local_worker", str(theirs.fileno()), str(os.getpid())]
            process = subprocess.Popen(command, env=self._environment(number), pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        link = Connection(ours.detach())
        with suppress(OSError):  # it is dead already, and `poll` will say so
            link.send_bytes(self._job)
        return _Worker(process, link)

    def _environment(self, number: int) -> dict[str, str]:
        paths = os.pathsep.join(path or os.getcwd() for path in sys.path)
        devices = {"CUDA_VISIBLE_DEVICES": self._gpus[number]} if self._gpus[number] else {}
        return dict.fromkeys(_ONE_THREAD, "1") | os.environ | {"PYTHONPATH": paths} | devices


def visible_gpus(environment: Mapping[str, str]) -> tuple[str, ...]:
    """By number or name, as CUDA takes them."""
    named = environment.get("CUDA_VISIBLE_DEVICES")
    if named is not None:
        return tuple(one.strip() for one in named.split(",") if one.strip())
    return tuple(str(number) for number, _ in enumerate(_GPUS.iterdir())) if _GPUS.is_dir() else ()


def gpus_of(gpus: tuple[str, ...], worker: int, each: float) -> str:
    """The devices of a worker: whole ones, or one that it shares; workers go round. Raises `InvalidSettings` where there are too few."""
    if each == 0:
        return ""
    if len(gpus) < max(1, each):
        raise InvalidSettings(f"A worker is to have {each:g} GPUs, and {len(gpus)} can be seen here: take less with --gpus-per-worker, or none.")
    if each < 1:
        return gpus[int(worker * each) % len(gpus)]
    return ",".join(gpus[(worker * int(each) + number) % len(gpus)] for number in range(int(each)))
