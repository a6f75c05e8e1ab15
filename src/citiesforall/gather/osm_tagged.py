"""Finds the things of an OpenStreetMap extract that carry wanted tags, as arrays; leaves shapes to ``osm_shapes``."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from citiesforall.gather.osm_reader import BATCH_ROWS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    import duckdb

    from citiesforall.gather.ways import Float, Long

NODE, WAY, RELATION = 0, 1, 2  # codes of DuckDB's reader
AREA_TYPES = frozenset({"multipolygon", "boundary"})  # relations that are areas
_QUERY = "SELECT enum_code(kind) AS kind, id, tags, lon, lat, refs, ref_types FROM ST_ReadOSM(?)"
_PLACE = pa.schema({"id": pa.int64(), "lon": pa.float64(), "lat": pa.float64()})
_WAY = pa.schema({"id": pa.int64(), "refs": pa.list_(pa.field("l", pa.int64()))})


@dataclass(frozen=True)
class Ragged:
    """Hold the nodes of ways one after the other.

    Parameters
    ----------
    start
        Where each way starts. (n + 1,)
    refs
        Ids of nodes.
    """

    start: Long
    refs: Long


@dataclass(frozen=True)
class Places:
    """Hold where nodes are.

    Parameters
    ----------
    ids
        Rising. (n,)
    lonlat
        Of each. (n, 2) [degrees]
    """

    ids: Long
    lonlat: Float


@dataclass(frozen=True)
class Tagged:
    """Hold things with wanted tags, sorted by kind and id, and the ways that areas among them are made of.

    Parameters
    ----------
    kind
        NODE, WAY or RELATION. (n,)
    ids, tags
        Of each thing. (n,)
    lonlat
        Of nodes, nan for others. (n, 2) [degrees]
    nodes
        Of the ways among them.
    members
        Ids of the ways an area is made of, by relation.
    member_ids, member_nodes
        Those of the ways that the extract holds. (m,)
    places
        Every node of the extract.
    """

    kind: npt.NDArray[np.int8]
    ids: Long
    tags: list[dict[str, str]]
    lonlat: Float
    nodes: Ragged
    members: dict[int, list[int]]
    member_ids: Long
    member_nodes: Ragged
    places: Places


def find_tagged(
    reader: duckdb.DuckDBPyConnection,
    pbf: Path,
    keys: Iterable[str],
    values: Mapping[str, Collection[str]],
) -> Tagged:
    """Find the things that carry any of the keys.

    Parameters
    ----------
    reader
        From `gather.osm_reader.open_extract`.
    pbf
        The extract.
    keys
        Tag keys.
    values
        Of a key named here only these values count, alone or among others parted by ``;``.

    Returns
    -------
    Tagged
        What was found.

    Notes
    -----
    The file is read once, in batches. Nodes come before the ways that use them and ways before relations, so where
    every node is (24 bytes each) and the nodes of every way (8 bytes each) are held until the whole is read.
    """
    found, nodes, ways = [], [], []
    given = pa.array(sorted(keys), pa.string())
    stream = reader.execute(_QUERY, [str(pbf)]).to_arrow_reader(BATCH_ROWS)
    for batch in stream:
        found.append(batch.take(pa.array(_rows_with(batch.column("tags"), given, values))))
        kind = batch.column("kind")
        nodes.append(batch.select(_PLACE.names).filter(pc.equal(kind, NODE)))
        ways.append(batch.select(_WAY.names).filter(pc.equal(kind, WAY)))
    table = pa.Table.from_batches(found, stream.schema)
    table = _sorted(table).combine_chunks()
    tags = _dicts(_only(table.column("tags")))
    kind = table.column("kind").to_numpy().astype(np.int8)
    members = _members(table, kind, tags)
    member_ids, member_nodes = _ways_of(pa.Table.from_batches(ways, _WAY), members)
    return Tagged(
        kind,
        table.column("id").to_numpy(),
        tags,
        _lonlat(table),
        _ragged(table.filter(kind == WAY).column("refs")),
        members,
        member_ids,
        member_nodes,
        _places(nodes),
    )


def _lonlat(table: pa.Table) -> Float:
    """Return the places of a table. (n, 2)"""
    return np.column_stack([table.column("lon").to_numpy(), table.column("lat").to_numpy()])


def _places(batches: list[pa.RecordBatch]) -> Places:
    """Return where nodes are, sorted by id as most extracts already are."""
    table = pa.Table.from_batches(batches, _PLACE)
    ids, lonlat = table.column("id").to_numpy(), _lonlat(table)
    if (ids[1:] < ids[:-1]).any():
        order = np.argsort(ids, kind="stable")
        ids, lonlat = ids[order], lonlat[order]
    return Places(ids, lonlat)


def _sorted(table: pa.Table) -> pa.Table:
    """Sort things by kind and id, as most extracts already are."""
    order = np.lexsort((table.column("id").to_numpy(), table.column("kind").to_numpy()))
    return table if (order[1:] > order[:-1]).all() else table.take(pa.array(order))


def _only(column: pa.ChunkedArray) -> pa.Array:
    """Return a column in one piece."""
    whole = column.combine_chunks()
    return whole if isinstance(whole, pa.Array) else pa.concat_arrays(whole.chunks)


def _rows_with(tags: pa.MapArray, keys: pa.Array, values: Mapping[str, Collection[str]]) -> Long:
    """Return the rows that carry a key, with a value that counts."""
    is_key = pc.is_in(tags.keys, value_set=keys).to_numpy(zero_copy_only=False)
    at = np.flatnonzero(is_key)
    # Only the different pairs of key and value are looked at: there are few of them.
    key = tags.keys.take(pa.array(at)).dictionary_encode()
    value = tags.items.take(pa.array(at)).dictionary_encode()
    code = key.indices.to_numpy().astype(np.int64) * len(value.dictionary) + value.indices.to_numpy()
    pairs, pair = np.unique(code, return_inverse=True)
    names, said = key.dictionary.to_pylist(), value.dictionary.to_pylist()
    counts = [_counts(said[p % len(said)], values.get(names[p // len(said)])) for p in pairs.tolist()]
    at = at[np.array(counts, bool)[pair]]
    row = np.searchsorted(tags.offsets.to_numpy(), at, side="right") - 1
    return np.unique(row).astype(np.int64)


def _counts(value: str, allowed: Collection[str] | None) -> bool:
    """Tell whether a value, or one of its parts, is allowed."""
    if allowed is None or value in allowed:
        return True
    return ";" in value and any(part.strip() in allowed for part in re.split("[;,]", value))


def _dicts(tags: pa.MapArray) -> list[dict[str, str]]:
    """Return tags as dicts."""
    start = tags.offsets.to_numpy().tolist()
    keys = tags.keys.to_numpy(zero_copy_only=False).tolist()
    values = tags.items.to_numpy(zero_copy_only=False).tolist()
    return [
        dict(zip(keys[low:high], values[low:high], strict=True)) for low, high in itertools.pairwise(start)
    ]


def _ragged(column: pa.ChunkedArray) -> Ragged:
    """Return a column of lists as arrays."""
    lists = _only(column)
    return Ragged(lists.offsets.to_numpy().astype(np.int64), lists.values.to_numpy())


def _members(table: pa.Table, kind: npt.NDArray[np.int8], tags: list[dict[str, str]]) -> dict[int, list[int]]:
    """Return the ways that areas are made of, by relation."""
    rows = [at for at in np.flatnonzero(kind == RELATION).tolist() if tags[at].get("type") in AREA_TYPES]
    areas = table.take(pa.array(rows, pa.int64()))
    refs = _ragged(areas.column("refs"))
    types = _only(areas.column("ref_types")).values
    is_way = np.array([what == "way" for what in types.dictionary.to_pylist()] or [False])[
        types.indices.to_numpy()
    ]
    start = np.append(0, np.cumsum(is_way))[refs.start].tolist()
    ways = refs.refs[is_way].tolist()
    ids = areas.column("id").to_pylist()
    return {key: ways[low:high] for key, (low, high) in zip(ids, itertools.pairwise(start), strict=True)}


def _ways_of(ways: pa.Table, members: dict[int, list[int]]) -> tuple[Long, Ragged]:
    """Return the ids and nodes of the ways that areas are made of, sorted by id."""
    wanted = {way for refs in members.values() for way in refs}
    ids = ways.column("id").to_numpy()
    rows = np.flatnonzero(np.isin(ids, np.fromiter(wanted, np.int64, len(wanted))))
    rows = rows[np.argsort(ids[rows], kind="stable")]
    return ids[rows], _ragged(ways.column("refs").take(pa.array(rows)))
