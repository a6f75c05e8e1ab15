"""Opens OpenStreetMap extracts with DuckDB's reader, and says what is wrong with those that cannot be read."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from citiesforall.gather.pbf import check_pbf, damaged

if TYPE_CHECKING:
    from collections.abc import Iterator

THREADS = 2
BATCH_ROWS = 1_000_000


@contextmanager
def open_extract(pbf: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a reader of an extract, and say in one line what is wrong with the file where it gives up.

    Parameters
    ----------
    pbf
        An OpenStreetMap extract.

    Yields
    ------
    duckdb.DuckDBPyConnection
        Knows ``ST_ReadOSM``.

    Raises
    ------
    InputError
        The file is missing, empty, cut off, damaged or no pbf.
    """
    check_pbf(pbf)
    try:
        with _reader().cursor() as reader:
            yield reader
    except (
        duckdb.Error,
        pa.ArrowException,
        OSError,
    ) as error:  # OSError: what DuckDB says while Arrow reads from it
        if isinstance(error, duckdb.InternalException | duckdb.FatalException | OSError):
            _reader.cache_clear()  # such an error may close DuckDB for good: the next file gets a new one
        raise damaged(pbf, error) from None


@cache
def _extension() -> str:
    """Return the path of DuckDB's spatial extension inside its Python package."""
    spec = find_spec("duckdb_extension_spatial")
    assert spec is not None
    assert spec.origin is not None
    return str(next(Path(spec.origin).parent.rglob("spatial.duckdb_extension")))


@cache
def _reader() -> duckdb.DuckDBPyConnection:
    """Open a DuckDB that reads OpenStreetMap files, without asking any network; opening takes longer than reading."""
    reader = duckdb.connect(config={"threads": THREADS, "autoinstall_known_extensions": False})
    reader.execute(f"LOAD '{_extension()}'")
    return reader
