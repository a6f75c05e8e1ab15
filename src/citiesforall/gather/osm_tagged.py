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
_QUERY = """
SELECT enum_code(kind) AS kind, id, tags, lon, lat, CASE WHEN kind = 'way' THEN refs END AS nodes,
CASE WHEN kind = 'relation' THEN refs END AS members, ref_types::VARCHAR[] AS member_types
FROM ST_ReadOSM(?) WHERE tags IS NOT NULL OR kind = 'way'
"""


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
class Tagged:
    """Hold things with wanted tags, sorted by kind and id, and the ways that areas among them are made of.

    Parameters
    ----------
    kind
        NODE, WAY or RELATION. (n,)
    ids, tags
        Of each thing. (n,)
    lon, lat
        Of nodes, nan for others. (n,) [degrees]
    nodes
        Of ways, nothing for others. (n,)
    members
        Ids of the ways an area is made of, by relation.
    member_ids, member_nodes
        Those of the ways that the extract holds. (m,)
    """

    kind: npt.NDArray[np.int8]
    ids: Long
    tags: list[dict[str, str]]
    lon: Float
    lat: Float
    nodes: Ragged
    members: dict[int, list[int]]
    member_ids: Long
    member_nodes: Ragged


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
    The file is read once, in batches; the nodes of every way are kept until the members of areas are known.
    """
    found, ways = [], []
    given = pa.array(sorted(keys), pa.string())
    for batch in reader.execute(_QUERY, [str(pbf)]).to_arrow_reader(BATCH_ROWS):
        found.append(batch.take(pa.array(_rows_with(batch.column("tags"), given, values))))
        ways.append(batch.filter(pc.equal(batch.column("kind"), WAY)).select(["id", "nodes"]))
    table = pa.Table.from_batches(found) if found else _nothing()
    kind = table.column("kind").to_numpy().astype(np.int8)
    order = pa.array(np.lexsort((table.column("id").to_numpy(), kind)))
    table = table.take(order).combine_chunks()
    tags = _dicts(_only(table.column("tags")))
    kind = table.column("kind").to_numpy().astype(np.int8)
    members = _members(table, kind, tags)
    member_ids, member_nodes = _ways_of(pa.Table.from_batches(ways) if ways else _nothing(), members)
    return Tagged(
        kind,
        table.column("id").to_numpy(),
        tags,
        table.column("lon").to_numpy(),
        table.column("lat").to_numpy(),
        _ragged(table.column("nodes")),
        members,
        member_ids,
        member_nodes,
    )


def _nothing() -> pa.Table:
    """Return a table of no things."""
    ids = pa.list_(pa.int64())
    return pa.table(
        {
            "kind": pa.array([], pa.uint8()), "id": pa.array([], pa.int64()),
            "tags": pa.array([], pa.map_(pa.string(), pa.string())), "lon": pa.array([], pa.float64()),
            "lat": pa.array([], pa.float64()), "nodes": pa.array([], ids),
            "members": pa.array([], ids), "member_types": pa.array([], pa.list_(pa.string())),
        }
    )  # fmt: skip


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
    columns = (areas.column(name).to_pylist() for name in ("id", "members", "member_types"))
    return {
        key: [ref for ref, what in zip(refs or (), types or (), strict=True) if what == "way"]
        for key, refs, types in zip(*columns, strict=True)
    }


def _ways_of(ways: pa.Table, members: dict[int, list[int]]) -> tuple[Long, Ragged]:
    """Return the ids and nodes of the ways that areas are made of, sorted by id."""
    wanted = {way for refs in members.values() for way in refs}
    ids = ways.column("id").to_numpy()
    rows = np.flatnonzero(np.isin(ids, np.fromiter(wanted, np.int64, len(wanted))))
    rows = rows[np.argsort(ids[rows], kind="stable")]
    return ids[rows], _ragged(ways.column("nodes").take(pa.array(rows)))
