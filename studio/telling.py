"""What models say, as it grows: each speaks in a thread of its own, and the page looks at the latest, a few times a second."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field, replace
from threading import Thread

from core.backends.base import Backend, VisionLanguageModel
from core.backends.pool import ModelPool
from core.errors import Cancelled, GiqaError
from core.quality import Answer, Score
from studio.blocks import Block, BlockState
from studio.runs import Run

_LOOK_SECONDS = 0.08
_ALIVE_SECONDS = 1.0  # Gradio notices a page that was left when it is given something to send, and closes the generator
_YES_NO = ("Yes", "No")
_log = logging.getLogger(__name__)

Speak = Callable[[Backend], Iterator[Answer]]


@dataclass(slots=True)
class Telling:
    """What one model says. Written by its thread, read by the page: each field is replaced whole. `block`: as it was before the first word."""

    model: str
    block: Block
    said: Answer | None = None
    state: BlockState = "waiting"
    problem: str = ""
    score: Score | None = None
    prompted: bool = False  # a model that is prompted; a quality model has no words of its own to show
    ended: bool = False
    version: int = 0

    def block_now(self, pool: ModelPool) -> Block:
        """Without its words: how far it is, who says it."""
        if self.state != "waiting":
            return replace(self.block, state=self.state, note=self.problem, choices=self._choices())
        loading = pool.state(self.model)
        busy = loading.phase == "loading"
        return replace(self.block, state="waiting", note=f"The model is being loaded: {loading.what}" if busy else "", share=loading.share if busy else None)

    def _choices(self) -> tuple[tuple[str, float], ...]:
        """The probabilities behind an answer that was chosen, not written."""
        said = self.said
        if said is None or not self.prompted or said.grounded.raw or said.confidence is None:
            return ()
        word = said.text.rstrip(".")
        return ((word, said.confidence), *((other, 1 - said.confidence) for other in _YES_NO if other != word))


@dataclass(frozen=True, slots=True)
class Teller:
    """Starts the threads of one run."""

    pool: ModelPool
    run: Run
    tellings: list[Telling] = field(default_factory=list)

    def start(self, model: str, block: Block, speak: Speak, rate: Callable[[Backend], Score] | None = None) -> None:
        """`rate`: asked when all is said; a failure of it is no failure of the telling."""
        telling = Telling(model, block)
        self.tellings.append(telling)
        Thread(target=self._tell, args=(telling, speak, rate), name=f"tell {model}", daemon=True).start()

    async def changes(self) -> AsyncIterator[None]:
        """Yields after each change and once a second, and a last time when all have ended; ends without a word where the run is superseded."""
        seen: object = None
        alive = time.monotonic()
        while not self.run.superseded:
            if self.run.cancel.is_set():
                for telling in self.tellings:
                    _abandon(telling)
            ended = all(telling.ended for telling in self.tellings)
            now = [(telling.version, telling.block_now(self.pool)) for telling in self.tellings]
            if now != seen or ended or time.monotonic() - alive > _ALIVE_SECONDS:
                seen, alive = now, time.monotonic()
                yield
            if ended:
                return
            await asyncio.sleep(_LOOK_SECONDS)

    def _tell(self, telling: Telling, speak: Speak, rate: Callable[[Backend], Score] | None) -> None:
        try:
            with self.pool.using(telling.model, self.run.cancel) as backend:
                telling.prompted = isinstance(backend, VisionLanguageModel)
                for said in speak(backend):
                    _set(telling, state="running", said=said)
                _set(telling, state="done")
                if rate:
                    telling.score = _rated(rate, backend)
        except Cancelled:
            _set(telling, state="stopped")
        except GiqaError as error:
            _set(telling, state="failed", problem=str(error))
        except Exception:  # noqa: BLE001 - the border between the program and a person
            _log.exception("a model could not be asked")
            _set(telling, state="failed", problem="Something went wrong on the server; it has been written to its log. Try again.")
        finally:
            telling.ended = True
            telling.version += 1


def _set(telling: Telling, *, state: BlockState, said: Answer | None = None, problem: str = "") -> None:
    if telling.ended:  # nobody waits for it any more
        return
    telling.said = said or telling.said
    telling.state, telling.problem = state, problem
    telling.version += 1


def _abandon(telling: Telling) -> None:
    """Stopped as the page sees it; its thread ends as soon as its model notices."""
    if not telling.ended:
        telling.state = telling.state if telling.state == "done" else "stopped"
        telling.ended = True


def _rated(rate: Callable[[Backend], Score], backend: Backend) -> Score | None:
    try:
        return rate(backend)
    except GiqaError as error:
        _log.warning("no score: %s", error)
        return None
