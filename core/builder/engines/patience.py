"""One record through one stage, with the patience that models and their servers need: tried again, waited for, or given up with a reason."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

from core.builder.engines.base import Limits, Waiting
from core.builder.work import Work
from core.errors import BackendUnavailable, Cancelled, DiskFull, GiqaError, InvalidSettings, MissingCapability, ModelFailed, UnknownBackend
from core.records import Dropped

_LONGEST_PAUSE_SECONDS = 15.0
_FIRST_PATIENCE_SECONDS = 10.0  # for a server that never answered: its address is wrong, more likely than not
_log = logging.getLogger(__name__)
Trying = Generator[Waiting, None, Work | Dropped]


@dataclass(slots=True)
class Patience:
    """What is left of it, over all records of a worker. It comes back with the first success of a stage. `answered`: stages that ever did."""

    limits: Limits
    waited_seconds: float = 0.0
    failed_in_a_row: Counter[str] = field(default_factory=Counter)
    answered: set[str] = field(default_factory=set)

    def attempt(self, stage: str, make: Callable[[], Work | Dropped], lost: Callable[[str, str], Dropped]) -> Trying:
        """What `make` gives, or `lost(reason, detail)`. Raises what would befall every other record too."""
        failures = 0
        while True:
            try:
                made = make()
            except (MissingCapability, UnknownBackend, InvalidSettings, Cancelled, DiskFull):
                raise
            except BackendUnavailable as error:
                yield from self._wait(stage, error)
                continue
            except ModelFailed as error:
                reason, detail = "model failed", str(error)
            except GiqaError as error:
                return lost("record cannot be made", str(error))
            except Exception as error:  # noqa: BLE001 - a model's libraries raise anything, and one record must not end a build
                _log.debug("a stage failed", exc_info=True)
                reason, detail = "stage failed", f"{type(error).__name__}: {error}"[:1_000]
            else:
                self.succeeded(stage)
                return made
            failures += 1
            if failures > self.limits.retries:
                self._count(stage, detail)
                return lost(reason, detail)
            yield from self._pause(failures, detail)

    def succeeded(self, stage: str) -> None:
        self.waited_seconds, self.failed_in_a_row[stage] = 0.0, 0
        self.answered.add(stage)

    def _pause(self, failures: int, why: str) -> Generator[Waiting, None, None]:
        yield Waiting(why)
        time.sleep(min(self.limits.pause_seconds * 2 ** (failures - 1), _LONGEST_PAUSE_SECONDS))

    def _wait(self, stage: str, error: BackendUnavailable) -> Generator[Waiting, None, None]:
        """Longer each time. Raises the error where all patience is spent."""
        most = self.limits.patience_seconds if stage in self.answered else min(self.limits.patience_seconds, _FIRST_PATIENCE_SECONDS)
        left = most - self.waited_seconds
        if left <= 0:
            waited = f" It was waited for {self.waited_seconds:.0f} s." if self.waited_seconds else ""
            raise BackendUnavailable(f"{error}{waited} What is done is kept: run the same command again to go on.") from error
        yield Waiting(f"{error} Waiting for it, {left:.0f} s at most.")
        seconds = min(max(self.limits.pause_seconds, self.waited_seconds), _LONGEST_PAUSE_SECONDS, left)
        time.sleep(seconds)
        self.waited_seconds += seconds

    def _count(self, stage: str, detail: str) -> None:
        self.failed_in_a_row[stage] += 1
        if self.failed_in_a_row[stage] >= self.limits.failures_in_a_row:
            raise ModelFailed(
                f"{self.failed_in_a_row[stage]} records in a row failed at the stage {stage}, the last with: {detail} It is hardly the records' fault, and the "
                "build ends here. What is done is kept: mend the model, and run the same command again to go on."
            )
