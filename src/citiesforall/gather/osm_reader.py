"""Opens OpenStreetMap extracts with DuckDB's reader, and looks up where their nodes are."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pyarrow as pa

from citiesforall.gather.pbf import check_pbf, damaged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citiesforall.gather.ways import Float, Long

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
    except (duckdb.Error, pa.ArrowInvalid) as error:
        if isinstance(error, duckdb.InternalException | duckdb.FatalException):
            _reader.cache_clear()  # such an error closes DuckDB for good: the next file gets a new one
        raise damaged(pbf, error) from None


def distinct(refs: Long) -> Long:
    """Return ids in rising order, each once; sorting beats hashing on ids.

    Parameters
    ----------
    refs
        Ids. (n,)

    Returns
    -------
    ndarray
        Ids. (m,)
    """
    ordered = np.sort(refs)
    return ordered[np.append(True, ordered[1:] != ordered[:-1])] if len(ordered) else ordered


def places(reader: duckdb.DuckDBPyConnection, pbf: Path, points: Long) -> tuple[Float, Float]:
    """Look up where nodes are, batch by batch so that the extract is never held as a whole.

    Parameters
    ----------
    reader
        From `open_extract`.
    pbf
        The extract.
    points
        Ids of nodes, rising, each once. (n,)

    Returns
    -------
    (ndarray, ndarray)
        Longitude and latitude, nan where the extract does not hold the node. (n,), (n,) [degrees]
    """
    lon, lat = np.full(len(points), np.nan), np.full(len(points), np.nan)
    query = "SELECT id, lon, lat FROM ST_ReadOSM(?) WHERE kind = 'node'"
    for batch in reader.execute(query, [str(pbf)]).to_arrow_reader(BATCH_ROWS):
        ids = batch.column(0).to_numpy()
        order: Any = slice(None)
        if (ids[1:] < ids[:-1]).any():
            order = np.argsort(ids, kind="stable")
            ids = ids[order]
        low, high = np.searchsorted(points, ids[0]), np.searchsorted(points, ids[-1], side="right")
        at = np.searchsorted(ids, points[low:high])
        at[at == len(ids)] = 0
        found = ids[at] == points[low:high]
        lon[low:high][found] = batch.column(1).to_numpy()[order][at[found]]
        lat[low:high][found] = batch.column(2).to_numpy()[order][at[found]]
    return lon, lat


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
