"""A progress line on the terminal, silent where nobody looks."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Tell = Callable[[str, int, int], None]
"""Told the step's name, how much is done, and of how much (0 where unknown)."""


def quiet(_step: str, _done: int, _of: int) -> None:
    """Say nothing."""


@contextmanager
def progress() -> Iterator[Tell]:
    """Give a function that shows progress while the work runs.

    Yields
    ------
    Tell
        Silent where standard error is not a terminal.
    """
    if not sys.stderr.isatty():
        yield quiet
        return
    from rich.console import Console  # noqa: PLC0415 - only for people who look
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    bar = Progress(
        TextColumn("{task.description:<28}"), BarColumn(), TextColumn("{task.completed}/{task.total}"), TimeElapsedColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    tasks: dict[str, TaskID] = {}
    with bar:

        def tell(step: str, done: int, of: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step, total=of or 1)
            bar.update(tasks[step], completed=done, total=of or 1)

        yield tell
