"""One piece of work at a time on each device, and no circles."""

from __future__ import annotations

import threading
import time

import pytest

from core.backends.devices import device_lock, device_of, dtype_of, held, settle_threads
from core.backends.names import parse_name
from core.errors import BackendUnavailable, Cancelled
from tests.waiting import HANG_SECONDS


def name(query: str):
    return parse_name(f"hf:x{query}", ("device", "dtype"), takes_model=False)


def test_a_device_has_one_lock() -> None:
    assert device_lock("cpu") is device_lock("cpu") and device_lock("cuda") is device_lock("cuda:0") and device_lock("cuda:1") is not device_lock("cuda:0")


def test_work_on_one_device_does_not_overlap() -> None:
    inside, most = 0, 0

    def work() -> None:
        nonlocal inside, most
        with held(["here"]):
            inside += 1
            most = max(most, inside)
            time.sleep(0.02)
            inside -= 1

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_two_who_need_two_devices_do_not_wait_for_each_other_forever() -> None:
    done = []

    def work(*devices: str) -> None:
        for _ in range(20):
            with held(devices):
                done.append(devices)

    threads = [threading.Thread(target=work, args=order, daemon=True) for order in (("left", "right"), ("right", "left"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(HANG_SECONDS)
    assert len(done) == 40


def test_waiting_ends_when_it_is_cancelled() -> None:
    stop, free, occupied = threading.Event(), threading.Event(), threading.Event()

    def occupy() -> None:
        with held(["busy"]):
            occupied.set()
            free.wait(HANG_SECONDS)

    thread = threading.Thread(target=occupy)
    thread.start()
    assert occupied.wait(HANG_SECONDS)
    threading.Timer(0.1, stop.set).start()
    with pytest.raises(Cancelled), held(["busy", "aside"], None, stop):
        pass
    assert device_lock("aside").acquire(blocking=False), "what it held is free again"
    device_lock("aside").release()
    free.set()
    thread.join()


def test_the_cpu_computes_in_single_precision_unless_told_otherwise() -> None:
    import torch

    assert dtype_of(name(""), device_of(name("?device=cpu"))) == torch.float32
    assert dtype_of(name("?dtype=bfloat16"), device_of(name("?device=cpu"))) == torch.bfloat16


@pytest.mark.parametrize("device", ["gpu", "cuda:99", "meta", "cpu:x", ""])
def test_a_device_that_is_not_there_is_refused(device) -> None:
    from core.backends.names import BackendName

    if device:
        with pytest.raises(BackendUnavailable, match=f'there is no device "{device}" here. Write device=cpu, or leave it out.'):
            device_of(BackendName("hf:x", "hf", "x", {"device": device}))
    else:
        assert device_of(BackendName("hf:x", "hf", "x")).type in {"cpu", "cuda", "mps"}


def test_threads_are_never_more_than_before() -> None:
    import torch

    before = torch.get_num_threads()
    settle_threads()
    assert 1 <= torch.get_num_threads() <= before
