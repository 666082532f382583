"""A worker process of the local engine: `python -m core.builder.engines.local_worker FD PARENT`. It is sent the job, then one task after the other."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import traceback
from multiprocessing.connection import Connection

from core.builder.engines.base import Failed, Job, Ready
from core.builder.engines.running import Runner
from core.errors import GiqaError

_LOOK_SECONDS = 0.5


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches all processes of a terminal; who ends the workers is the parent
    threading.Thread(target=_end_with, args=(int(sys.argv[2]),), daemon=True).start()
    link = Connection(int(sys.argv[1]))
    try:
        _work(link)
    except (EOFError, BrokenPipeError, ConnectionResetError):  # the parent is gone, or done with us
        return
    except GiqaError as error:
        link.send(Failed(type(error), str(error)))
    except OSError as error:
        link.send(Failed(GiqaError, str(error)))
    except Exception as error:  # noqa: BLE001 - the border of the process: the parent must hear of it, whatever it is
        traceback.print_exc()
        link.send(Failed(GiqaError, f"A worker failed, which should not be: {type(error).__name__}: {error}"))


def _work(link: Connection) -> None:
    job = link.recv()
    assert isinstance(job, Job)
    runner = Runner(job)
    link.send(Ready())
    while True:
        for event in runner.run(link.recv()):
            link.send(event)


def _end_with(parent: int) -> None:
    """A parent that was killed takes its workers along: they would hold models and write into a folder that is another's by then."""
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    main()
