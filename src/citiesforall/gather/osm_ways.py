"""Reads the streets of an OpenStreetMap extract as arrays, by DuckDB's reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyproj

from citiesforall.core.errors import InputError
from citiesforall.core.notes import Note
from citiesforall.gather.osm_reader import BATCH_ROWS, open_extract
from citiesforall.gather.ways import (
    TAGS,
    Ways,
    Words,
    class_of,
    is_street,
    may_walk,
    on_bridge,
    street_rules,
    take_ragged,
)

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from citiesforall.gather.ways import Float, Int, Long


def read_ways(pbf: Path, crs: str) -> Ways:
    """Read the streets of an extract.

    Parameters
    ----------
    pbf
        An OpenStreetMap extract.
    crs
        Metric reference system the points are turned into.

    Returns
    -------
    Ways
        Every way that is a street by ``data/streets.toml``, walkable or not, sorted by id. Points the extract does
        not hold are -1.

    Raises
    ------
    InputError
        The file is missing, empty, cut off, no pbf, or holds no streets.
    """
    with open_extract(pbf) as reader:
        table = reader.execute(_ways_sql(), [str(pbf)]).to_arrow_table()
        tags = {key: _words(table.column(key)) for key in TAGS}
        n_tagged = table.num_rows
        rows = np.flatnonzero(is_street(tags))
        ids = table.column("id").to_numpy()[rows]
        rows = rows[np.argsort(ids, kind="stable")]
        start, refs = _refs(table.column("refs"), rows)
        del table
        points = _distinct(refs)
        lon, lat = _places(reader, pbf, points)
    if not len(rows):
        raise InputError(
            f"{pbf.name}: there are no streets in it. Give an extract that holds ways with a highway tag."
        )
    tags = {key: Words(words.code[rows], words.words) for key, words in tags.items()}
    way_class = class_of(tags["highway"])
    x, y = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lon, lat)
    known = np.isfinite(x + y)  # a stray point half a world away has no place in the city's system
    n_stray = int((~known & ~np.isnan(lon)).sum())
    node_of = np.where(known, np.cumsum(known) - 1, -1).astype(np.int32)
    node = node_of[np.searchsorted(points, refs)]
    if not known.any():
        raise InputError(
            f"{pbf.name}: there are no streets in it whose points it holds. Take a complete extract."
        )
    notes = _notes(pbf.name, n_tagged - len(rows), start, node)
    if n_stray:
        text = f"{n_stray:,} points lie too far away to be placed in {crs}: left out of their ways."
        notes = (*notes, Note(pbf.name, text, "repair"))
    walk, classes = may_walk(tags, way_class), street_rules().classes
    return Ways(start, node, x[known], y[known], way_class, walk, classes, notes, on_bridge(tags))


def _notes(where: str, n_out: int, start: Long, node: Int) -> tuple[Note, ...]:
    """Say how many ways are no streets, and how many leave the extract."""
    notes = []
    if n_out:
        text = f"{n_out:,} ways with a highway tag are no streets (squares drawn as areas, sites, ferries): left out."
        notes.append(Note(where, text))
    unknown = np.flatnonzero(node < 0)
    if len(unknown):
        n_ways = len(np.unique(np.searchsorted(start, unknown, side="right")))
        text = f"{n_ways:,} ways leave the extract: {len(unknown):,} of their points are not in it; the rest is kept."
        notes.append(Note(where, text, "repair"))
    return tuple(notes)


def _ways_sql() -> str:
    """Return the query for ways with a highway tag: id, points, and the tags the rules look at."""
    tags = ", ".join(f"tags['{key}'] AS \"{key}\"" for key in TAGS)
    return f"SELECT id, refs, {tags} FROM ST_ReadOSM(?) WHERE kind = 'way' AND tags['highway'] IS NOT NULL"  # noqa: S608  (constants)


def _words(column: pa.ChunkedArray) -> Words:
    """Turn a column of words into positions in the list of its words."""
    coded = column.combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    code = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    return Words(code, tuple(coded.dictionary.to_pylist()))


def _refs(column: pa.ChunkedArray, rows: Long) -> tuple[Long, Long]:
    """Return the points of the rows picked: where each way starts, and node ids."""
    lists = column.combine_chunks()
    start, at = take_ragged(lists.offsets.to_numpy().astype(np.int64), rows)
    return start, lists.values.to_numpy()[at]


def _distinct(refs: Long) -> Long:
    """Return the ids in rising order, each once; sorting beats hashing on ids."""
    ordered = np.sort(refs)
    return ordered[np.append(True, ordered[1:] != ordered[:-1])] if len(ordered) else ordered


def _places(reader: duckdb.DuckDBPyConnection, pbf: Path, points: Long) -> tuple[Float, Float]:
    """Look up where nodes are, batch by batch so that the extract is never held as a whole; nan where unknown."""
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
