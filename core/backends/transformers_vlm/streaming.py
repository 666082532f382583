"""A reply in pieces. It is decoded in a thread of its own, which holds the device for as long as it decodes and no longer than somebody listens."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from threading import Event, Thread

from core.backends.devices import held
from core.backends.transformers_vlm.batching import BROKEN, failed, is_out_of_memory, out_of_memory
from core.backends.transformers_vlm.decoding import Pieces, Row, decode, until_end
from core.backends.transformers_vlm.inputs import Engine
from core.errors import Cancelled, GiqaError

_Item = list[int] | GiqaError | None
_HALF_A_CHARACTER = "\ufffd"


def stream(engine: Engine, row: Row, cancel: Event | None) -> Iterator[str]:
    """The pieces make what `generate` gives. Ends early, without an error, soon after `cancel` is set; closing it ends the decoding as well."""
    left, items = Event(), queue.SimpleQueue[_Item]()
    stops = [left] if cancel is None else [left, cancel]
    worker = Thread(target=_work, args=(engine, row, stops, items.put), name=f"reply of {engine.name}", daemon=True)
    worker.start()
    try:
        yield from _pieces(engine, items)
    finally:
        left.set()
        worker.join()


def _work(engine: Engine, row: Row, stops: list[Event], put: Callable[[_Item], None]) -> None:
    """Puts the tokens as they come, then an error where there is one, then `None`."""
    try:
        with held(engine.devices, *stops):
            if not any(stop.is_set() for stop in stops):
                decode(engine, [row], stops, Pieces(put))
    except Cancelled:
        pass
    except GiqaError as error:
        put(error)
    except BROKEN as error:
        put(out_of_memory(engine) if is_out_of_memory(error) else failed(engine, error))
    finally:
        put(None)


def _pieces(engine: Engine, items: queue.SimpleQueue[_Item]) -> Iterator[str]:
    tokens, shown, going_on = list[int](), "", True
    while going_on:
        item = items.get()
        while item is not None:  # all that has come meanwhile: a slow reader gets longer pieces
            if isinstance(item, GiqaError):
                raise item
            tokens += item
            if items.empty():
                break
            item = items.get()
        going_on = item is not None
        text = engine.text(until_end(engine, tokens))
        settled = text.rstrip(_HALF_A_CHARACTER) if going_on else text
        if len(settled) > len(shown) and settled.startswith(shown):
            yield settled[len(shown) :]
            shown = settled
