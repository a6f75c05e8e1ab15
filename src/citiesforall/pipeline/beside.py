"""A second process that makes some steps meanwhile; the store is all the two share."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def beside(work: Callable[[], object], *, threads: int) -> Iterator[Callable[[], None]]:
    """Run work in a second process and give a function that waits for it.

    Parameters
    ----------
    work
        What to do there. What fails there fails here again, where it is said: the second process keeps silent.
    threads
        With one thread nothing runs beside.

    Yields
    ------
    Callable
        Waits until the work is done; does nothing where no second process was started.

    Notes
    -----
    A process is only split before numpy is loaded, when it has no threads of its own; so a notebook runs step by step, with
    the same results. A result is a folder that is moved into place when it is whole: it does not matter who makes it.
    """
    if threads < 2 or sys.platform != "linux" or "numpy" in sys.modules:  # noqa: PLR2004 - one thread, one process
        yield lambda: None
        return
    process = os.fork()
    if process == 0:
        with contextlib.suppress(BaseException):
            work()
        os._exit(0)
    running = [process]

    def wait() -> None:
        while running:
            os.waitpid(running.pop(), 0)

    try:
        yield wait
    finally:
        for one in running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        wait()
