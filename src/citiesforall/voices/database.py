"""Opens the database of voices: one SQLite file by default, PostgreSQL by its address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError

from citiesforall.core.errors import CitiesError, InputError
from citiesforall.voices.tables import META

WAIT_S = 10
"""How long a writer waits for another before it says that it could not."""


class BusyError(CitiesError):
    """Say that nothing was kept because others write or the store is away; it may be tried again."""


class FullError(CitiesError):
    """Say that nothing was kept because the disk is full."""


def open_database(address: str | Path) -> Engine:
    """Open a database, making its tables where they are not there.

    Parameters
    ----------
    address
        Path of a SQLite file, or ``postgresql://user@host/name``.

    Returns
    -------
    Engine
        To pass to everything of this room.

    Raises
    ------
    InputError
        The address cannot be opened.
    """
    text = str(address)
    if "://" not in text:
        Path(text).parent.mkdir(parents=True, exist_ok=True)
        text = f"sqlite:///{text}"
    text = text.replace("postgresql://", "postgresql+psycopg://", 1).replace(
        "postgres://", "postgresql+psycopg://", 1
    )
    try:
        engine = create_engine(text, connect_args={"timeout": WAIT_S} if text.startswith("sqlite") else {})
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _sqlite)
            event.listen(engine, "begin", _begin)
        engine = engine.execution_options(turn=Lock())
        with engine.execution_options(writes=True).begin() as connection:
            META.create_all(connection)
    except (ArgumentError, NoSuchModuleError, DatabaseError, ImportError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise InputError(
            f"{_without_password(text)}: the database of voices cannot be opened: {reason}. "
            "Give the path of a file, or postgresql://user@host/name."
        ) from None
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that writes: all of it is kept, or nothing.

    Parameters
    ----------
    engine
        From `open_database`.

    Yields
    ------
    Connection
        Committed at the end; when it has returned, the disk has it.

    Raises
    ------
    BusyError, FullError
        Nothing was kept.
    """
    try:
        with _turn(engine), engine.execution_options(writes=True).begin() as connection:
            yield connection
    except OperationalError as error:
        reason = str(error.orig)
        if "full" in reason or "No space" in reason:
            raise FullError(
                "voices: the disk is full: nothing was kept. Make room, then send it again."
            ) from None
        raise BusyError(
            f"voices: not kept now: {reason.splitlines()[0]}. Send it again in a moment."
        ) from None


@contextmanager
def _turn(engine: Engine) -> Iterator[None]:
    """Wait for the other writers of this process, first come, first served: SQLite's own waiting is blind and unfair."""
    turn = engine.get_execution_options().get("turn") if engine.dialect.name == "sqlite" else None
    if turn is None:
        yield
        return
    if not turn.acquire(timeout=WAIT_S):
        raise BusyError("voices: not kept now: others write. Send it again in a moment.")
    try:
        yield
    finally:
        turn.release()


def now() -> str:
    """Return the time as tables hold it: ISO 8601 in UTC with microseconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _sqlite(connection: Any, _record: Any) -> None:
    """Set a connection up: readers do not wait for writers, and what is committed is on the disk."""
    connection.isolation_level = None  # the driver begins nothing by itself; _begin does
    for word in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {word}")


def _begin(connection: Connection) -> None:
    """Begin a transaction; one that writes takes its lock at once, so that two of them cannot block each other."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _without_password(address: str) -> str:
    """Return an address that may be shown."""
    head, _, tail = address.partition("://")
    who, at, rest = tail.rpartition("@")
    return f"{head}://{who.partition(':')[0]}{at}{rest}"
