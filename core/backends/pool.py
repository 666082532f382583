"""The models that the operator allows, each loaded once, when it is first asked for, and shared by all who ask.

Loading happens in a thread of its own: whoever asks waits, can stop waiting, and sees how far it is. Under memory pressure the model that was used
longest ago and that nobody uses is unloaded; where nothing can be unloaded, a load waits for its turn.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from threading import Condition, Event, Thread
from typing import Literal

from core.backends.base import Backend, Report
from core.backends.hub_progress import gigabytes
from core.backends.memory import DEFAULT_SHARE, ModelMemory, Need
from core.backends.names import BackendName
from core.backends.registry import load, read_name
from core.errors import BackendUnavailable, Cancelled, GiqaError, UnknownBackend

Phase = Literal["not loaded", "loading", "ready", "failed"]
PROPOSER = "embedded"
"""Always there: it makes proposals, maps and suggestions whatever else is offered."""

_MOST_USERS = {"embedded": 2}  # at once; it computes on the processor for a moment, and more of it only takes memory
_MOST_USERS_ELSE = 8  # a family that computes here takes turns by itself, a server takes several
_LOOK_AGAIN_SECONDS = 0.1  # for a cancel; a change wakes whoever waits at once
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ModelState:
    """`what`: what a load is doing, `share`: how much of it is done, in [0, 1], `None` where that is not known. `bytes`: about what it holds, 0 for next
    to nothing. `problem`: why it failed, and the fix. `users`: how many use it now."""

    name: str
    phase: Phase = "not loaded"
    what: str = ""
    share: float | None = None
    bytes: int = 0
    problem: str = ""
    users: int = 0


@dataclass(slots=True)
class _Load:
    """One attempt. `waiting`: who will use the model at once."""

    waiting: int = 0
    ended: bool = False
    error: GiqaError | None = None


@dataclass(slots=True)
class _Slot:
    name: BackendName
    phase: Phase = "not loaded"
    what: str = ""
    share: float | None = None
    problem: str = ""
    need: Need = field(default_factory=Need)
    backend: Backend | None = None
    users: int = 0
    used: int = 0  # when, as a count
    load: _Load = field(default_factory=lambda: _Load(ended=True))

    def state(self) -> ModelState:
        return ModelState(self.name.written, self.phase, self.what, self.share, self.need.bytes if self.backend else 0, self.problem, self.users)


class ModelPool:
    """Thread-safe. `names`: what the operator allows, the first is the default; more can be put on offer while it runs, such as what a training made."""

    def __init__(self, names: Sequence[str], memory: ModelMemory | None = None, loader: Callable[[str, Report], Backend] = load) -> None:
        self._given = tuple(dict.fromkeys(names))
        self._added: tuple[str, ...] = ()
        self._first = self._given[0]
        self._memory = memory or ModelMemory()
        self._loader = loader
        self._changed = Condition()
        self._closed = False
        self._clock = count(1)
        self._hungry: list[str] = []  # places where loads wait for memory: nobody new starts there on what they wait for, or they might wait for ever
        self._slots = {name: _Slot(read_name(name)) for name in dict.fromkeys((*names, PROPOSER))}

    @property
    def names(self) -> tuple[str, ...]:
        """What may be asked for, the default first."""
        return tuple(dict.fromkeys((self._first, *self._given, *self._added)))

    @property
    def proposer(self) -> str:
        """Who makes proposals, maps and suggestions: the embedded model, as it was taught where the default is one that was."""
        return self._first if self._slots[self._first].name.family == PROPOSER else PROPOSER

    def offer(self, name: str) -> None:
        """Puts one more on offer; nothing is loaded. Raises `UnknownBackend` for a name that could never be loaded."""
        slot = _Slot(read_name(name))
        with self._changed:
            self._slots.setdefault(name, slot)
            self._added = tuple(dict.fromkeys((*self._added, name)))

    def withdraw(self, name: str) -> None:
        """Takes away what was put on offer: whoever uses it goes on, nobody new is let in. The operator's own stay."""
        with self._changed:
            self._added = tuple(one for one in self._added if one != name)
            if name in self._slots and name not in (*self._given, PROPOSER):
                self._first = self._given[0] if self._first == name else self._first
                if not (slot := self._slots[name]).users and slot.load.ended:
                    _unload(slot)

    def prefer(self, name: str | None) -> None:
        """Makes one the default; `None`: the operator's first again. Raises `UnknownBackend` for one that is not offered."""
        self._first = self._given[0] if name is None else self.offered(name)

    def state(self, name: str) -> ModelState:
        """Raises `UnknownBackend` for a name that is not offered."""
        slot = self._slot(name)
        with self._changed:
            return slot.state()

    def states(self) -> tuple[ModelState, ...]:
        """Of what may be asked for, the default first, then in the operator's order."""
        with self._changed:
            return tuple(self._slots[name].state() for name in self.names)

    def start(self, name: str | None = None) -> None:
        """Begins to load it, unless it is loaded or being loaded; returns at once."""
        slot = self._slot(name)
        with self._changed:
            if slot.backend is None:
                self._begin(slot)

    def close(self) -> None:
        """Ends loads at the next thing they report, a download's next piece say, for a process does not end while its threads download."""
        with self._changed:
            self._closed = True

    @contextmanager
    def using(self, name: str | None = None, cancel: Event | None = None) -> Iterator[Backend]:
        """The model, loaded if need be, and kept for as long as the block runs. Do not nest: with little memory the inner one could wait for the outer.

        Raises `UnknownBackend` for a name that is not offered, `BackendUnavailable` where it cannot be loaded (the next one who asks tries again),
        and `Cancelled` soon after `cancel` is set while waiting.
        """
        slot = self._slot(name)
        backend = self._pinned(slot, cancel)
        try:
            yield backend
        finally:
            del backend
            with self._changed:
                slot.users -= 1
                slot.used = next(self._clock)
                self._changed.notify_all()

    def offered(self, name: str | None) -> str:
        """The name, or the default one for none. Raises `UnknownBackend` for one that is not offered; the proposer need not be."""
        wanted = name or self.names[0]
        if wanted not in self.names:
            raise UnknownBackend(f'The model "{wanted[:60]}" is not offered here. Choose one of: {", ".join(self.names)}.')
        return wanted

    def _slot(self, name: str | None) -> _Slot:
        return self._slots[PROPOSER if name == PROPOSER else self.offered(name)]

    def _pinned(self, slot: _Slot, cancel: Event | None) -> Backend:
        with self._changed:
            while slot.backend is not None and self._is_taken(slot):
                self._wait(cancel, "Stopped while others were using the model.")
            if slot.backend is None:
                self._await(self._begin(slot), cancel)
            else:
                slot.users += 1
            if slot.backend is None:
                raise BackendUnavailable(f'Backend "{slot.name.written}" went away while it was asked for. Ask again.')
            return slot.backend

    def _is_taken(self, slot: _Slot) -> bool:
        return slot.users >= _MOST_USERS.get(slot.name.family, _MOST_USERS_ELSE) or (slot.need.bytes > 0 and slot.need.place in self._hungry)

    def _begin(self, slot: _Slot) -> _Load:
        """The attempt that runs, or a new one."""
        if slot.load.ended:
            slot.load, slot.phase, slot.what, slot.share, slot.problem = _Load(), "loading", "starting", None, ""
            Thread(target=self._run, args=(slot, slot.load), name=f"load {slot.name.written}", daemon=True).start()
        return slot.load

    def _await(self, attempt: _Load, cancel: Event | None) -> None:
        """Until it has ended; then the caller's use of the model is counted already, so that nobody can unload it in between."""
        attempt.waiting += 1
        try:
            while not attempt.ended:
                self._wait(cancel, "Stopped while the model was being loaded. Loading goes on.")
        except Cancelled:
            attempt.waiting -= 1
            raise
        if attempt.error is not None:
            raise type(attempt.error)(*attempt.error.args) from attempt.error

    def _wait(self, cancel: Event | None, stopped: str) -> None:
        """For a change, or a moment; raises `Cancelled`."""
        if cancel is not None and cancel.is_set():
            raise Cancelled(stopped)
        self._changed.wait(_LOOK_AGAIN_SECONDS)

    def _run(self, slot: _Slot, attempt: _Load) -> None:
        def report(what: str, share: float | None) -> None:
            with self._changed:
                slot.what, slot.share = what, share
                if self._closed:
                    raise Cancelled("The studio ends.")

        backend, error = None, None
        try:
            need = self._memory.need(slot.name, report)
            self._make_room(slot, need)
            report("loading", None)
            backend = self._loader(slot.name.written, report)
        except GiqaError as known:
            error = known
        except Exception as unknown:  # noqa: BLE001 - the border of a thread: whoever waits is told
            _log.exception("a model could not be loaded")
            said = str(unknown).strip().partition("\n")[0][:300]
            error = BackendUnavailable(f'Backend "{slot.name.written}" cannot be loaded: {type(unknown).__name__}: {said}. The server\'s log says more.')
        self._end(slot, attempt, backend, error)

    def _end(self, slot: _Slot, attempt: _Load, backend: Backend | None, error: GiqaError | None) -> None:
        with self._changed:
            attempt.ended, attempt.error = True, error
            slot.backend, slot.what, slot.share, slot.used = backend, "", None, next(self._clock)
            slot.phase, slot.problem = ("ready", "") if error is None else ("failed", str(error))
            if error is None:
                slot.users += attempt.waiting
            else:
                slot.need = Need()
            self._changed.notify_all()
        if error is not None:
            self._memory.release()

    def _make_room(self, slot: _Slot, need: Need) -> None:
        """Returns once the model's share is set aside. Raises `BackendUnavailable` for one that is too large by itself."""
        waiting = False
        try:
            while need.bytes:
                with self._changed:
                    others = [one for one in self._slots.values() if one is not slot and one.need.bytes and one.need.place == need.place]
                    if self._takes(slot, need, others):
                        return
                    idle = [one for one in others if one.backend and not one.users]
                    if not idle:
                        if not waiting:
                            self._hungry.append(need.place)
                        waiting = True
                        slot.what, slot.share = f"waiting for memory: {', '.join(one.name.written for one in others)} in use", None
                        self._changed.wait(5 * _LOOK_AGAIN_SECONDS)
                        continue
                    _unload(min(idle, key=lambda one: one.used))
                self._memory.release()
        finally:
            with self._changed:
                if waiting:
                    self._hungry.remove(need.place)
                self._changed.notify_all()

    def _takes(self, slot: _Slot, need: Need, others: Sequence[_Slot]) -> bool:
        """Sets the share aside where there is room. `others`: what has or will have memory at that place."""
        limit = self._memory.limit(need.place, sum(one.need.bytes for one in others if one.backend))
        if need.bytes > limit and all(one.backend for one in others):
            raise self._too_large(slot, need, limit)
        fits = sum(one.need.bytes for one in others) + need.bytes <= limit
        if fits:
            slot.need = need
        return fits

    def _too_large(self, slot: _Slot, need: Need, limit: int) -> BackendUnavailable:
        given = self._memory.limit_bytes is not None
        whose = "--model-memory-gb allows" if given else f"models may have {DEFAULT_SHARE:.0%} of the free memory, which is"
        fix = "Raise it, or take a smaller model" if given else "Take a smaller model, dtype=bfloat16 or quantisation, or free some memory"
        return BackendUnavailable(f'Backend "{slot.name.written}" needs about {gigabytes(need.bytes)} at {need.place}; {whose} {gigabytes(limit)}. {fix}.')


def _unload(slot: _Slot) -> None:
    """Drops the pool's own reference, the only one that lasts."""
    slot.backend, slot.phase, slot.need = None, "not loaded", Need()
