"""A second process that makes some steps meanwhile; the store is all the two share."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager


@contextmanager
def beside(
    first: Sequence[Callable[[], object]], then: Sequence[Callable[[], object]], *, threads: int
) -> Iterator[tuple[Callable[[int], None], Callable[[], None], Callable[[], None]]]:
    """Run pieces of work in a second process, the later ones when it is told to.

    Parameters
    ----------
    first, then
        What to do there. What fails there fails here again, where it is said: the second process keeps silent.
    threads
        With one thread nothing runs beside.

    Yields
    ------
    tuple
        Functions: wait until so many pieces are done; let the later ones begin; wait until all are done. They do nothing
        where no second process was started.

    Notes
    -----
    A process is only split before numpy is loaded, when it has no threads of its own; so a notebook runs step by step, with
    the same results. A result is a folder that is moved into place when it is whole: it does not matter who makes it.
    """
    if threads < 2 or sys.platform != "linux" or "numpy" in sys.modules:  # noqa: PLR2004 - one thread, one process
        yield (lambda _: None), _nothing, _nothing
        return
    process, done, told = _split(first, then)
    running = [process]
    waiting = [*first, *then]
    whole = len(waiting)

    def wait_for(pieces: int) -> None:
        while whole - len(waiting) < pieces:
            if not os.read(
                done, 1
            ):  # the pipe ends where the process does: nothing waits for one that failed
                waiting.clear()
                return
            waiting.pop()

    def begin_later() -> None:
        with contextlib.suppress(BrokenPipeError):  # it failed before: it will be said here
            os.write(told, b"1")

    def reap() -> None:
        while running:
            os.waitpid(running.pop(), 0)

    def wait_last() -> None:
        begin_later()  # told twice does no harm, never told would wait for ever
        reap()

    try:
        yield wait_for, begin_later, wait_last
    finally:
        for one in running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        reap()
        os.close(done)
        os.close(told)


def _split(
    first: Sequence[Callable[[], object]], then: Sequence[Callable[[], object]]
) -> tuple[int, int, int]:
    """Start the second process; return it, the pipe that says what is done, and the one that lets the later pieces begin."""
    done, finished = os.pipe()
    may, told = os.pipe()
    process = os.fork()
    if process:
        os.close(finished)
        os.close(may)
        return process, done, told
    os.close(told)
    with contextlib.suppress(BaseException):
        for work in first:
            work()
            os.write(finished, b"1")
        for work in then if os.read(may, 1) else ():
            work()
            os.write(finished, b"1")
    os._exit(0)


def _nothing() -> None:
    """Do nothing."""
