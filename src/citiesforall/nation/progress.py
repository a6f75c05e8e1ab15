"""How far a nation is, on the terminal; a line now and then where nobody looks."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from citiesforall.nation.tasks import Answer

EVERY_S = 60.0
"""A file of messages is told at least so often. [s]"""


@dataclass(frozen=True)
class Shown:
    """Show how far a nation is.

    Parameters
    ----------
    ended
        Told the answer for a city that ended.
    say
        Told a line that stays.
    """

    ended: Callable[[Answer], None]
    say: Callable[[str], None]


@contextmanager
def shown(total: int) -> Iterator[Shown]:
    """Show how many of some cities have ended, and which failed.

    Parameters
    ----------
    total
        How many there are.

    Yields
    ------
    Shown
        A bar on a terminal; else lines on standard error, at most one a minute and one for each failure.
    """
    if sys.stderr.isatty():
        with _bar(total) as one:
            yield one
        return
    count, told = [0, 0], [time.monotonic()]

    def say(line: str) -> None:
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()

    def ended(answer: Answer) -> None:
        count[0] += 1
        count[1] += bool(answer.why)
        if answer.why:
            say(_failed(answer))
        if time.monotonic() - told[0] > EVERY_S or count[0] == total:
            told[0] = time.monotonic()
            say(f"{count[0]:,} of {total:,} cities ended, {count[1]} failed")

    yield Shown(ended, say)


def _failed(answer: Answer) -> str:
    """Return the line of a city that failed."""
    return f"{answer.file} failed: {answer.why}"


@contextmanager
def _bar(total: int) -> Iterator[Shown]:
    """Show a bar with the time that is left."""
    from rich.console import Console  # noqa: PLC0415 - only for people who look
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    bar = Progress(
        TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(),
        console=console, transient=True,
    )  # fmt: skip
    with bar:
        task = bar.add_task("cities", total=total)

        def say(line: str) -> None:
            console.print(line, markup=False)

        def ended(answer: Answer) -> None:
            if answer.why:
                say(_failed(answer))
            bar.update(task, advance=1, description=answer.folder or answer.file)

        yield Shown(ended, say)
