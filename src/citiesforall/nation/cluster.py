"""Cities on Dask: processes of this machine, or the workers of a cluster by its address. Nowhere else is Dask known."""

from __future__ import annotations

import logging
import os
import socket
import tempfile
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import dask
from distributed import Client, KilledWorker, LocalCluster, as_completed
from distributed.system import MEMORY_LIMIT

from citiesforall.nation.tasks import Answer, ClusterGoneError, Order, make_city, see

LOOPBACK = "127.0.0.1"
DASHBOARD = 8787
WINDOW = 3
"""Cities a worker has before it, the one it makes among them: more would only fill the scheduler."""
SMALLEST_BYTES = 1.5e9
"""Memory a worker should have: a city of half a million people takes less."""
SHARE = 0.9
"""Of the memory, that all workers share."""
DEATHS = 3
"""Workers of this machine a city may end before it is tried alone, and then again."""
KILLED = "its workers were ended again and again, most likely for want of memory: use fewer --workers, or larger ones"
CONNECT_S = "20s"
RETIRE_S = 5.0
"""A worker that is sent away gets so long to go. [s]"""
SETTINGS = {
    "distributed.scheduler.allowed-failures": DEATHS - 1,
    "distributed.worker.profile.enabled": False,  # looks at every worker a hundred times a second
    "distributed.admin.system-monitor.gil.enabled": False,
    "distributed.worker.memory.spill": False,  # answers are small: there is nothing to spill
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.pause": False,  # one city at a time: a pause would be for ever
    "distributed.worker.memory.terminate": 0.95,
}
"""A city that takes more than its worker's memory ends that worker, is tried again, and is then named."""
Say = Callable[[str], None]


@dataclass(frozen=True)
class Asked:
    """Say where cities are made.

    Parameters
    ----------
    scheduler
        Address of a Dask scheduler; empty for processes of this machine.
    workers
        Processes of this machine; 0 for as many as it has cores and memory for.
    """

    scheduler: str = ""
    workers: int = 0


def each(orders: Sequence[Order], asked: Asked, say: Say) -> Iterator[Answer]:
    """Make cities and give each answer when it is there, in no order.

    Parameters
    ----------
    orders
        What is asked.
    asked
        Where.
    say
        Told what a user should know: the dashboard, workers that are of no use.

    Yields
    ------
    Answer
        One for each order.

    Raises
    ------
    ClusterGoneError
        The scheduler cannot be reached, no worker sees the folder, or the scheduler went away: finished cities are kept.
    """
    if not orders:
        return
    with dask.config.set(SETTINGS), _client(asked, len(orders), say) as client:
        if not asked.scheduler:
            yield from _answers(client, orders, say)
            return
        with _sign(orders[0].out) as sign:
            _look_at_workers(client, sign, orders[0], say)
            yield from _answers(client, [replace(order, sign=str(sign)) for order in orders], say)


def _answers(client: Any, orders: Sequence[Order], say: Say) -> Iterator[Answer]:
    """Keep a bounded number of cities with the scheduler, and give back the answers.

    Notes
    -----
    A worker that is ended takes with it what waited for it, and Dask blames all of them. So a city that ended its workers is
    tried once more, alone, when the others are done: then only the guilty one is named.
    """
    waiting, suspects = deque(orders), deque[Order]()
    asked: dict[str, Order] = {}
    alone: set[str] = set()
    futures = as_completed([], loop=client.loop)

    def submit(order: Order) -> None:
        future = client.submit(make_city, order, key=f"{order.entry.code or 'city'}-{uuid.uuid4().hex}")
        asked[future.key] = order
        futures.add(future)

    def fill() -> None:
        window = max(WINDOW * sum(client.nthreads().values()), WINDOW)
        while waiting and len(asked) < window:
            submit(waiting.popleft())
        if suspects and not asked:
            submit(suspects.popleft())

    fill()
    for future in futures:
        order = asked.pop(future.key)
        answer = _answer(client, future, order, len(orders) - len(waiting) - len(suspects) - len(asked))
        if answer.blind:
            _send_away(client, list(next(iter(client.who_has([future]).values()), ())), answer.why, say)
            waiting.append(order)
        elif answer.why == KILLED and order.entry.file not in alone:
            alone.add(order.entry.file)
            suspects.append(order)
        else:
            yield answer
        future.release()
        fill()


def _answer(client: Any, future: Any, order: Order, ended: int) -> Answer:
    """Return what came of one city.

    Raises
    ------
    ClusterGoneError
        The scheduler went away.
    """
    if future.status in {"cancelled", "lost", "pending"}:
        where = getattr(client.scheduler, "address", "")
        raise ClusterGoneError(
            f"The scheduler at {where} went away when {ended - 1} cities had ended. What was finished is kept. "
            "Start the cluster and the command again."
        )
    error = future.exception()
    if error is None:
        answer: Answer = future.result()
        return answer
    if isinstance(error, KilledWorker):
        return Answer(order.entry.file, why=KILLED)
    return Answer(
        order.entry.file, why=f"{type(error).__name__} on the cluster: {' '.join(str(error).split())}"
    )


def _send_away(client: Any, workers: Sequence[str], why: str, say: Say) -> None:
    """Retire workers that cannot do any city; end where none is left.

    Raises
    ------
    ClusterGoneError
        No worker is left.
    """
    say(f"{why}: {', '.join(workers)} is not used.")
    client.retire_workers(list(workers))
    ends = time.monotonic() + RETIRE_S
    while set(workers) & set(client.scheduler_info(n_workers=-1)["workers"]) and time.monotonic() < ends:
        time.sleep(0.1)
    if set(client.scheduler_info(n_workers=-1)["workers"]) <= set(workers):
        raise ClusterGoneError(f"No worker at {client.scheduler.address} can be used: {why}. {NEED}")


NEED = (
    "Results are files: give every worker the folder of results and the city files at the same path (a shared disk), "
    "and the same version of citiesforall."
)


def _look_at_workers(client: Any, sign: Path, order: Order, say: Say) -> None:
    """Ask every worker whether it sees the folder, and send those away that do not.

    Raises
    ------
    ClusterGoneError
        None does.
    """
    found = client.run(see, str(sign), order.code)
    for said in sorted({said for said in found.values() if said}):
        _send_away(
            client, sorted(worker for worker in found if found[worker] == said), f"a worker {said}", say
        )
    if not client.nthreads():
        say(f"No worker at {client.scheduler.address} yet: waiting for the first.")


@contextmanager
def _sign(out: Path) -> Iterator[Path]:
    """Put a file into the folder of results by which a worker knows that it sees it."""
    out.mkdir(parents=True, exist_ok=True)
    sign = out.resolve() / f".seen-{uuid.uuid4().hex}"
    sign.touch()
    try:
        yield sign
    finally:
        sign.unlink(missing_ok=True)


@contextmanager
def _client(asked: Asked, n_orders: int, say: Say) -> Iterator[Any]:
    """Connect to a scheduler, or start processes here.

    Raises
    ------
    ClusterGoneError
        Nobody answers at the address.
    """
    if asked.scheduler:
        try:
            client = Client(asked.scheduler, timeout=CONNECT_S, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            said = " ".join(str(error).split())
            raise ClusterGoneError(
                f"--scheduler '{asked.scheduler}': no Dask scheduler answers there ({said}). Give an address such as "
                "tcp://10.0.0.1:8786, and see that its port is open from here."
            ) from None
        with client:
            say(f"Dashboard: {client.dashboard_link} ({len(client.nthreads())} workers)")
            yield client
        return
    n_workers = min(asked.workers or _fitting(), n_orders)
    with (
        tempfile.TemporaryDirectory(prefix="cities-") as scratch,
        _local(n_workers, scratch) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        say(f"Dashboard: {cluster.dashboard_link} ({n_workers} workers of this machine)")
        yield client


def _local(n_workers: int, scratch: str) -> LocalCluster:
    """Start processes of this machine, reachable from this machine alone."""
    return LocalCluster(
        n_workers=n_workers,
        threads_per_worker=1,
        processes=True,
        host=LOOPBACK,
        dashboard_address=f"{LOOPBACK}:{_free(DASHBOARD)}",
        memory_limit=int(MEMORY_LIMIT * SHARE / n_workers),
        local_directory=scratch,
        silence_logs=logging.CRITICAL,
    )


def _fitting() -> int:
    """Return how many workers this machine has cores and memory for."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, int(MEMORY_LIMIT * SHARE / SMALLEST_BYTES)))


def _free(port: int) -> int:
    """Return a port of this machine: the one asked for where it is free, else 0, for any."""
    with socket.socket() as one, suppress(OSError):
        one.bind((LOOPBACK, port))
        return port
    return 0
