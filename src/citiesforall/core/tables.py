"""Tables that cross a room: their columns, checked on every write."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

STATUSES = ("ok", "estimated", "modelled", "low_n", "suppressed", "missing", "not_applicable")

OBSERVATIONS = {
    "place": "str", "group": "str", "indicator": "str", "version": "int64", "period": "str", "value": "float64",
    "low": "float64", "high": "float64", "num": "float64", "den": "float64", "n": "float64", "status": "str", "run": "str",
}  # fmt: skip


def check_observations(table: pd.DataFrame) -> pd.DataFrame:
    """Check the observations and return them with their columns in order.

    Parameters
    ----------
    table
        Rows of observations.

    Returns
    -------
    pandas.DataFrame
        The same rows.

    Raises
    ------
    AssertionError
        A column, key, status or range is wrong: a fault of ours, not of the data.
    """
    assert list(table.columns) == list(OBSERVATIONS), list(table.columns)
    assert not table.duplicated(["place", "group", "indicator", "period"]).any(), (
        "an observation stands twice"
    )
    assert table["status"].isin(STATUSES).all(), table["status"].unique()
    has = table["status"].isin(["ok", "estimated", "modelled", "low_n"])
    assert (has == table["value"].notna()).all(), "a value without a status that allows it, or the other way"
    share = table["value"].notna() & (table["low"] > table["high"])
    assert not share.any(), "an interval is upside down"
    typed: pd.DataFrame = table.astype({name: kind for name, kind in OBSERVATIONS.items() if kind != "str"})
    return typed


def write_parquet(table: pd.DataFrame, path: Path, metadata: dict[str, str] | None = None) -> None:
    """Write a table as Parquet with the same bytes for the same table.

    Parameters
    ----------
    table
        Any table; a ``geometry`` column holds WKB.
    path
        File to write.
    metadata
        Text kept in the file's schema (CRS, units, sources).
    """
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    kept = {b"citiesforall": b"1", **{k.encode(): v.encode() for k, v in (metadata or {}).items()}}
    pq.write_table(
        arrow.replace_schema_metadata({**(arrow.schema.metadata or {}), **kept}), path, compression="zstd"
    )


def read_parquet(path: Path) -> pd.DataFrame:
    """Read a table written by `write_parquet`."""
    table: pd.DataFrame = pq.read_table(path).to_pandas()
    return table


def floats(
    table: pd.DataFrame, columns: list[str]
) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Return columns as float64 arrays, those that are there."""
    return {name: table[name].to_numpy(np.float64) for name in columns if name in table}
