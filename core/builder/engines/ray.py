"""The cluster engine: the same runner in Ray actors, fed with shard ids. Ray is an extra; a cluster's machines need one file system for the output."""

from __future__ import annotations

import os
import pickle
import socket
from collections.abc import Iterator
from typing import Any

from core.builder.engines.base import Died, Event, Failed, Job, Ready, Task
from core.errors import BackendUnavailable, GiqaError, InvalidSettings

try:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # read once, on import
    import ray
    from ray.exceptions import RayActorError, RayError
except ImportError as error:
    raise BackendUnavailable("--engine ray needs Ray, which is not installed: pip install -r requirements-ray.txt. Or build with --engine local.") from error

_REACH_SECONDS = 5


class _Actor:
    """A worker. Ray gives an actor of one CPU one thread for its numerics."""

    def __init__(self, job: bytes) -> None:
        import cv2

        from core.builder.engines.running import Runner

        cv2.setNumThreads(1)
        self._runner = Runner(pickle.loads(job))

    def ready(self) -> Ready:
        return Ready()

    def run(self, task: Task) -> Iterator[Event]:
        """An actor outlives what ends a build: it says so, and the build ends it."""
        try:
            yield from self._runner.run(task)
        except GiqaError as error:
            yield Failed(type(error), str(error))
        except OSError as error:
            yield Failed(GiqaError, str(error))


class RayPool:
    """`workers` actors, wherever there is room for them; those for which there is none yet wait, and the others work.

    The process stays with its cluster until it ends: each pass over the stages has a pool of its own.
    """

    def __init__(self, job: Job, workers: int, gpus_per_worker: float = 0.0, address: str = "") -> None:
        if not ray.is_initialized():
            _connect(address)
        there = ray.cluster_resources().get("GPU", 0)
        if there < gpus_per_worker:
            raise InvalidSettings(f"A worker is to have {gpus_per_worker:g} GPUs, and the cluster has {there:g}: take less with --gpus-per-worker, or none.")
        self._job = ray.put(pickle.dumps(job))
        self._kind: Any = ray.remote(num_cpus=1, num_gpus=gpus_per_worker, max_restarts=0, max_task_retries=0)(_Actor)
        self._actors = dict[int, Any]()
        self._coming = dict[Any, int]()
        for worker in range(workers):
            self._start(worker)

    def give(self, worker: int, task: Task) -> None:
        once_heard: dict[str, Any] = {"num_returns": "streaming", "_generator_backpressure_num_objects": 1}  # or a dying actor's last words are lost
        stream = self._actors[worker].run.options(**once_heard).remote(task)
        self._coming[stream] = worker

    def poll(self, seconds: float) -> list[tuple[int, Event]]:
        ready, _ = ray.wait(list(self._coming), num_returns=1, timeout=seconds, fetch_local=False) if self._coming else ([], [])
        return [event for one in ready for event in self._events(one)]

    def kill(self, worker: int) -> None:
        ray.kill(self._actors[worker], no_restart=True)

    def close(self) -> None:
        for actor in self._actors.values():
            ray.kill(actor, no_restart=True)

    def _start(self, worker: int) -> None:
        self._actors[worker] = self._kind.remote(self._job)
        self._coming[self._actors[worker].ready.remote()] = worker

    def _events(self, coming: Any) -> Iterator[tuple[int, Event]]:
        """One event of an actor's stream, or that it is ready, or that it is gone."""
        worker = self._coming[coming]
        try:
            if isinstance(coming, ray.ObjectRef):
                del self._coming[coming]
                yield worker, ray.get(coming)
            else:
                yield worker, ray.get(next(coming))
        except StopIteration:
            del self._coming[coming]
        except RayActorError as error:
            self._coming.pop(coming, None)
            self._start(worker)
            yield worker, Died(f"by {type(error).__name__}")
        except RayError as error:
            raise GiqaError(f"Ray failed, which should not be: {error}") from error


def _connect(address: str) -> None:
    """To a running cluster, or to one that is started on this machine for the build."""
    try:
        _reach(address)
        ray.init(address=address or None, include_dashboard=None if address else False, log_to_driver=True, logging_level="ERROR", namespace="giqa")
    except (OSError, ValueError) as error:
        raise BackendUnavailable(f"There is no Ray cluster at {address or 'this machine'}: {error}. Start one with `ray start --head`.") from error


def _reach(address: str) -> None:
    """Raises `OSError` where nobody listens: Ray itself would go on trying for minutes."""
    host, colon, port = address.rpartition(":")
    if colon and port.isdigit() and "//" not in host:
        socket.create_connection((host, int(port)), _REACH_SECONDS).close()
