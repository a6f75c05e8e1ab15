"""Tables that cross a room: their columns, checked on every write."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

STATUSES = ("ok", "estimated", "modelled", "low_n", "suppressed", "missing", "not_applicable")

OBSERVATIONS = {
    "place": "str", "group": "str", "indicator": "str", "version": "int64", "period": "str", "value": "float64",
    "low": "float64", "high": "float64", "num": "float64", "den": "float64", "n": "float64", "status": "str", "run": "str",
}  # fmt: skip
INEQUALITY = {
    "place": "str", "indicator": "str", "measure": "str", "group_a": "str", "group_b": "str", "place_a": "str", "place_b": "str",
    "value": "float64", "unit": "str", "low": "float64", "high": "float64", "chance": "float64", "n": "float64",
    "status": "str", "note": "str", "run": "str",
}  # fmt: skip
MEASURES = (
    "group_gap", "group_ratio", "worst_group", "place_gap", "place_ratio", "worst_place", "gini", "concentration",
)  # fmt: skip
"""What the table of inequality may hold; ``word.measure.<id>`` says it in both languages."""


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


def check_inequality(table: pd.DataFrame) -> pd.DataFrame:
    """Check the table of inequality and return it with its columns in order.

    Parameters
    ----------
    table
        Gaps between groups and places, Gini and concentration index.

    Returns
    -------
    pandas.DataFrame
        The same rows.

    Raises
    ------
    AssertionError
        A column, key, status or range is wrong: a fault of ours, not of the data.
    """
    assert list(table.columns) == list(INEQUALITY), list(table.columns)
    assert table["measure"].isin(MEASURES).all(), table["measure"].unique()
    key = ["place", "indicator", "measure", "group_a", "group_b", "place_b"]
    assert not table.duplicated(key).any(), "a comparison stands twice"
    assert table["status"].isin(["ok", "estimated", "modelled", "low_n", "missing"]).all(), table[
        "status"
    ].unique()
    assert ((table["status"] != "missing") == table["value"].notna()).all(), (
        "a value without a status that allows it"
    )
    assert not (table["low"] > table["high"]).any(), "an interval is upside down"
    assert table["chance"].dropna().between(0, 1).all(), "a chance is a share of the draws"
    typed: pd.DataFrame = table.astype({name: kind for name, kind in INEQUALITY.items() if kind != "str"})
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


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV: missing as nothing, texts in quotes only where they must be.

    Parameters
    ----------
    table
        Any table without geometry.
    path
        File to write.
    """
    with path.open("wb") as file:
        file.write((",".join(map(str, table.columns)) + "\n").encode())
        plain = csv.WriteOptions(include_header=False, quoting_style="needed")
        csv.write_csv(pa.Table.from_pandas(table, preserve_index=False), file, plain)


def read_parquet(path: Path) -> pd.DataFrame:
    """Read a table written by `write_parquet`."""
    table: pd.DataFrame = pq.read_table(path).to_pandas()
    return table


def floats(
    table: pd.DataFrame, columns: list[str]
) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Return columns as float64 arrays, those that are there."""
    return {name: table[name].to_numpy(np.float64) for name in columns if name in table}
