"""The model pool with real threads: loaded once, shared, unloaded under pressure, never while somebody uses it."""

from __future__ import annotations

import gc
import json
import random
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Event

import pytest

from core.backends.memory import DEFAULT_SHARE, ModelMemory, Need
from core.backends.pool import ModelPool, ModelState
from core.backends.registry import read_name
from core.errors import BackendUnavailable, Cancelled, UnknownBackend
from tests import tiny_models
from tests.core.backends.hub_server import safetensors
from tests.waiting import HANG_SECONDS, until

A, B, C = "hf:a", "hf:b", "hf:c"
GIGABYTE = 10**9


class FakeBackend:
    def __init__(self, name: str) -> None:
        self.name = name
        self.itself: FakeBackend | None = None


@dataclass(frozen=True)
class FakeMachine(ModelMemory):
    """So much memory, models of so many bytes; `alive` are the models that something still refers to. `gates` hold a load back; `fail` breaks it."""

    sizes: dict[str, int] = field(default_factory=dict)
    loads: list[str] = field(default_factory=list)
    alive: weakref.WeakSet[FakeBackend] = field(default_factory=weakref.WeakSet)
    gates: dict[str, Event] = field(default_factory=dict)
    fail: dict[str, BaseException] = field(default_factory=dict)
    collects: bool = True  # a collection takes long in a process full of other tests' objects
    totals: list[int] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def worst(self) -> int:
        return max(self.totals, default=0)

    def need(self, name, report):
        report("downloading, 1 GB of 2 GB", 0.5)
        return Need("cpu", self.sizes.get(name.written, 0))

    def release(self):
        if self.collects:
            super().release()

    def load(self, name, report):
        with self.lock:
            self.loads.append(name)
        if name in self.gates:
            assert self.gates[name].wait(HANG_SECONDS)
        if name in self.fail:
            raise self.fail[name]
        with self.lock:
            backend = FakeBackend(name)
            if self.collects:
                backend.itself = backend  # as networks refer to themselves: only a collection takes them away
            self.alive.add(backend)
            self.totals.append(sum(self.sizes.get(one.name, 0) for one in self.alive))
        return backend


def machine_and_pool(limit=None, names=(A, B, C), **sizes):
    machine = FakeMachine(limit, sizes={f"hf:{name}": size for name, size in sizes.items()})
    return machine, ModelPool(names, machine, machine.load)


def test_many_who_ask_at_once_share_one_model():
    machine, pool = machine_and_pool()
    machine.gates[A] = Event()

    def ask(_):
        with pool.using(A) as backend:
            time.sleep(0.01)
            return id(backend)

    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(ask, number) for number in range(24)]
        until(lambda: machine.loads == [A])
        assert pool.state(A) == ModelState(A, "loading", "loading")
        machine.gates[A].set()
        assert len({one.result(HANG_SECONDS) for one in asked}) == 1
    assert (machine.loads, pool.state(A)) == ([A], ModelState(A, "ready"))


@pytest.mark.parametrize(
    ("error", "message"),
    [
        pytest.param(BackendUnavailable("It is gated. Accept its licence."), "It is gated. Accept its licence.", id="known"),
        pytest.param(
            ValueError("Unrecognised architecture\nmore"), 'Backend "hf:a" cannot be loaded: ValueError: Unrecognised architecture. The server\'s log says more.', id="unknown"
        ),
        pytest.param(MemoryError(), 'Backend "hf:a" cannot be loaded: MemoryError: . The server\'s log says more.', id="out of memory"),
    ],
)
def test_all_who_wait_are_told_why_it_failed_and_the_next_one_tries_again(error, message):
    machine, pool = machine_and_pool(a=5)
    machine.gates[A], machine.fail[A] = Event(), error
    with ThreadPoolExecutor(3) as threads:
        asked = [threads.submit(lambda: pool.using(A).__enter__()) for _ in range(3)]
        until(lambda: pool._slots[A].load.waiting == 3)
        machine.gates[A].set()
        assert [(type(one.exception(HANG_SECONDS)), str(one.exception(HANG_SECONDS))) for one in asked] == [(BackendUnavailable, message)] * 3
    assert pool.state(A) == ModelState(A, "failed", problem=message)
    del machine.fail[A]
    with pool.using(A) as backend:
        assert backend.name == A
    assert (machine.loads, pool.state(A).phase, pool.state(A).problem) == ([A, A], "ready", "")


def test_two_models_load_at_once():
    machine, pool = machine_and_pool(100, a=40, b=40)
    machine.gates.update({A: Event(), B: Event()})
    pool.start(A)
    pool.start(B)
    until(lambda: sorted(machine.loads) == [A, B])
    machine.gates[A].set()
    machine.gates[B].set()
    until(lambda: [state.phase for state in pool.states()] == ["ready", "ready", "not loaded"])
    assert [state.bytes for state in pool.states()] == [40, 40, 0]


def test_two_models_that_do_not_fit_together_load_one_after_the_other():
    machine, pool = machine_and_pool(100, a=60, b=60)
    machine.gates[A] = Event()
    pool.start(A)
    until(lambda: machine.loads == [A])
    pool.start(B)
    until(lambda: pool.state(B).what == "waiting for memory: hf:a in use")
    assert machine.loads == [A]
    machine.gates[A].set()
    until(lambda: pool.state(B).phase == "ready")
    assert pool.state(A) == ModelState(A) and machine.worst == 60


def test_under_pressure_the_model_used_longest_ago_goes():
    machine, pool = machine_and_pool(100, a=40, b=40, c=40)
    for name in (A, B, A, C):
        with pool.using(name):
            pass
    assert [state.phase for state in pool.states()] == ["ready", "not loaded", "ready"]
    assert {one.name for one in machine.alive} == {A, C}


def test_a_model_in_use_is_waited_for():
    machine, pool = machine_and_pool(100, a=60, b=60)
    with pool.using(A) as used:
        pool.start(B)
        until(lambda: pool.state(B).what.startswith("waiting for memory"))
        assert (pool.state(A).phase, pool.state(A).users, used.name) == ("ready", 1, A)
        del used
    until(lambda: pool.state(B).phase == "ready")
    assert [one.name for one in machine.alive] == [B]


def test_a_model_that_waits_for_memory_is_not_kept_waiting_by_those_who_keep_coming():
    machine, pool = machine_and_pool(100, a=60, b=60)
    ended, served = Event(), []

    def keep_coming():
        while not ended.is_set():
            with pool.using(A):
                time.sleep(0.02)
            served.append(A)

    visitors = [threading.Thread(target=keep_coming) for _ in range(3)]
    for visitor in visitors:
        visitor.start()
    until(lambda: len(served) > 3)
    with pool.using(B) as backend:
        assert backend.name == B and machine.worst == 60
        del backend
    before = len(served)
    until(lambda: len(served) > before)
    ended.set()
    for visitor in visitors:
        visitor.join(HANG_SECONDS)
    assert machine.worst == 60


def test_whoever_waits_for_a_model_can_stop_and_loading_goes_on():
    machine, pool = machine_and_pool()
    machine.gates[A] = Event()
    cancel = Event()
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(lambda: pool.using(A, cancel).__enter__())
        until(lambda: pool._slots[A].load.waiting == 1)
        cancel.set()
        with pytest.raises(Cancelled, match="Loading goes on"):
            asked.result(HANG_SECONDS)
    machine.gates[A].set()
    until(lambda: pool.state(A).phase == "ready")
    assert pool.state(A).users == 0


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        pytest.param(5 * GIGABYTE, 'Backend "hf:a" needs about 9.00 GB at cpu; --model-memory-gb allows 5.00 GB. Raise it, or take a smaller model.', id="the operator's limit"),
        pytest.param(None, 'Backend "hf:a" needs about 900000.00 GB at cpu; models may have 80% of the free memory, which is ', id="this machine's"),
    ],
)
def test_a_model_that_is_too_large_alone_is_refused_and_unloads_nobody(limit, message):
    machine, pool = machine_and_pool(limit, a=9 * GIGABYTE if limit else 900_000 * GIGABYTE, b=1)
    with pool.using(B):
        pass
    with pytest.raises(BackendUnavailable) as told, pool.using(A):
        pass
    assert str(told.value).startswith(message)
    assert [state.phase for state in pool.states()] == ["failed", "ready", "not loaded"]
    assert machine.loads == [B]


def test_a_failed_load_gives_its_share_back():
    machine, pool = machine_and_pool(100, a=60, b=60)
    machine.fail[A] = BackendUnavailable("no")
    with pytest.raises(BackendUnavailable), pool.using(A):
        pass
    with pool.using(B) as backend:
        assert backend.name == B


def test_what_is_not_offered_is_refused_and_the_proposer_is_always_there():
    _, pool = machine_and_pool()
    with pytest.raises(UnknownBackend) as told:
        pool.state("hf:other")
    assert str(told.value) == 'The model "hf:other" is not offered here. Choose one of: hf:a, hf:b, hf:c.'
    with pool.using("embedded") as backend:
        assert backend.name == "embedded"
    with pytest.raises(UnknownBackend):
        pool.offered("embedded")
    assert [state.name for state in pool.states()] == [A, B, C]
    assert pool.offered("") == pool.offered(None) == A


def test_an_error_of_whoever_uses_a_model_is_theirs_and_frees_it():
    _, pool = machine_and_pool()
    with pytest.raises(ZeroDivisionError), pool.using(A):
        raise ZeroDivisionError
    assert pool.state(A).users == 0


@pytest.mark.parametrize("seed", range(4))
def test_in_any_turmoil_memory_holds_and_everybody_is_served(seed):
    sizes = {"a": 60, "b": 40, "c": 30, "d": 90, "e": 10}
    names = [f"hf:{name}" for name in sizes]
    machine, pool = machine_and_pool(100, names=names, **sizes)
    machine = replace(machine, collects=False)
    pool = ModelPool(names, machine, machine.load)
    machine.fail["hf:e"] = BackendUnavailable("broken")
    problems, served = [], []

    def visitor(number):
        dice = random.Random(1000 * seed + number)
        for _ in range(15):
            name, cancel = dice.choice(names), Event()
            if dice.random() < 0.2:
                threading.Timer(dice.random() * 0.01, cancel.set).start()
            try:
                with pool.using(name, cancel) as backend:
                    if backend.name != name or pool.state(name).phase != "ready" or pool.state(name).users < 1:
                        problems.append(f"{name} is {pool.state(name)}")
                    time.sleep(dice.random() * 0.002)
                    served.append(name)
                    del backend
            except Cancelled:
                pass
            except BackendUnavailable as error:
                if str(error) != "broken":
                    problems.append(str(error))

    threads = [threading.Thread(target=visitor, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(HANG_SECONDS)
    assert problems == [] and not any(thread.is_alive() for thread in threads)
    until(lambda: all(state.phase != "loading" for state in pool.states()))
    gc.collect()
    assert machine.worst <= 100
    assert {"hf:a", "hf:b", "hf:c", "hf:d"} <= set(served)
    assert all(state.users == 0 for state in pool.states())
    assert {one.name for one in machine.alive} == {state.name for state in pool.states() if state.phase == "ready"}


def test_the_need_of_a_folder_follows_its_headers_and_its_options(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(safetensors(1000))

    def need(options):
        return ModelMemory().need(read_name(f"hf:{tmp_path}?device=cpu{options}"), lambda *_: None)

    assert need("") == Need("cpu", 4800)
    assert need("&dtype=bfloat16") == Need("cpu", 2400)
    assert need("&quantisation=4bit") == Need("cpu", 600)
    assert ModelMemory().need(read_name("openai:http://localhost:1/v1#m"), lambda *_: None) == Need()


def test_the_limit_is_the_operators_or_a_share_of_what_is_free():
    import psutil

    assert ModelMemory(7).limit("cpu", 10**12) == 7
    assert ModelMemory().limit("cpu", 10**12) == pytest.approx(DEFAULT_SHARE * (psutil.virtual_memory().available + 10**12), rel=0.02)


def test_scripted_models_take_their_place_in_the_pool(tmp_path):
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps({"default": "Fine."}))
    bad.write_text("{")
    pool = ModelPool([f"scripted:{good}", f"scripted:{bad}"])
    with pool.using() as backend:
        assert backend.name == f"scripted:{good}"
    with pytest.raises(BackendUnavailable, match="makes no sense"), pool.using(f"scripted:{bad}"):
        pass
    bad.write_text(good.read_text())
    with pool.using(f"scripted:{bad}"):
        assert pool.state(f"scripted:{bad}").users == 1


def test_the_weights_of_a_real_model_are_gone_once_another_took_its_place(tmp_path):
    names = [f"hf:{make(tmp_path / make.__name__)}?device=cpu" for make in (tiny_models.llava, tiny_models.llama)]
    memory = ModelMemory()
    needs = [memory.need(read_name(name), lambda *_: None).bytes for name in names]
    pool = ModelPool(names, ModelMemory(max(needs)))
    with pool.using(names[0]) as backend:
        weights = weakref.ref(next(backend.engine.model.parameters()))
        del backend
    assert (pool.state(names[0]).bytes, weights() is None) == (needs[0], False)
    with pool.using(names[1]):
        assert [state.phase for state in pool.states()] == ["not loaded", "ready"]
        assert weights() is None


def test_a_model_is_put_on_offer_preferred_and_taken_away_while_the_pool_runs():
    machine, pool = machine_and_pool(names=(A, B))
    pool.offer(C)
    pool.prefer(C)
    assert (pool.names, pool.offered(None)) == ((C, A, B), C)
    with pool.using() as backend:
        pool.withdraw(C)
        assert (backend.name, pool.names, pool.offered(None)) == (C, (A, B), A)
        with pytest.raises(UnknownBackend):
            pool.state(C)
    pool.offer(C)
    pool.withdraw(C)
    del backend
    gc.collect()
    assert not [one for one in machine.alive if one.name == C]


def test_what_the_operator_offers_stays_and_what_could_never_be_loaded_is_refused():
    _, pool = machine_and_pool(names=(A, B))
    pool.prefer(B)
    pool.withdraw(A)
    pool.withdraw("hf:never-there")
    assert pool.names == (B, A)
    pool.prefer(None)
    assert pool.names == (A, B)
    with pytest.raises(UnknownBackend, match='No backend "nonsense:x"'):
        pool.offer("nonsense:x")
    with pytest.raises(UnknownBackend, match="is not offered here"):
        pool.prefer(C)


def test_proposals_come_from_the_taught_embedded_model_where_that_is_the_default():
    _, pool = machine_and_pool(names=(A,))
    assert pool.proposer == "embedded"
    pool.offer("embedded:/taught")
    assert pool.proposer == "embedded"
    pool.prefer("embedded:/taught")
    assert pool.proposer == "embedded:/taught"
