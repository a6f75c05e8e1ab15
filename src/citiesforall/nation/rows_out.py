"""A long table written place by place, so that it never has to fit in memory: Parquet and the same as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

ROWS_AT_ONCE = 1 << 16
"""Rows of a row group: places are written together until there are so many."""


TYPES = {"str": pa.string(), "float64": pa.float64(), "int64": pa.int64()}


def put_aside(
    parts: Iterable[pd.DataFrame], columns: Mapping[str, str], path: Path
) -> Iterator[pd.DataFrame]:
    """Pass tables on, each kept in a file when the next is asked for.

    Parameters
    ----------
    parts
        Tables, in order.
    columns
        Name -> ``str``, ``float64`` or ``int64``.
    path
        Of the file, finished when the tables are.
    """
    schema = pa.schema([(name, TYPES[kind]) for name, kind in columns.items()])
    with pq.ParquetWriter(path, schema, compression="zstd") as out:
        for part in parts:
            out.write_table(pa.Table.from_pandas(part[schema.names], schema, preserve_index=False))
            yield part


def from_aside(path: Path) -> Iterator[pd.DataFrame]:
    """Yield the tables that were put aside, one by one.

    Parameters
    ----------
    path
        Of the file.
    """
    with pq.ParquetFile(path) as file:
        for number in range(file.num_row_groups):
            yield file.read_row_group(number).to_pandas()


def write_rows(parts: Iterable[pd.DataFrame], columns: Mapping[str, str], path: Path) -> int:
    """Write tables one after another as one Parquet file and one CSV file, the same bytes for the same rows.

    Parameters
    ----------
    parts
        In order; each is let go before the next is made.
    columns
        Name -> ``str``, ``float64`` or ``int64``.
    path
        Of the Parquet file; the CSV file lies beside it.

    Returns
    -------
    int
        Rows written.
    """
    schema = pa.schema(
        [(name, TYPES[kind]) for name, kind in columns.items()], metadata={b"citiesforall": b"1"}
    )
    plain = csv.WriteOptions(include_header=False, quoting_style="needed")
    written = 0
    with (
        path.with_suffix(".csv").open("wb") as file,
        pq.ParquetWriter(path, schema, compression="zstd") as out,
    ):
        file.write((",".join(columns) + "\n").encode())
        for table in _grouped(parts, schema):
            out.write_table(table)
            csv.write_csv(table, file, plain)
            written += table.num_rows
    return written


def _grouped(parts: Iterable[pd.DataFrame], schema: pa.Schema) -> Iterable[pa.Table]:
    """Yield tables of at least so many rows, the last one excepted."""
    waiting: list[pa.Table] = []
    for part in parts:
        waiting.append(pa.Table.from_pandas(part[schema.names], schema, preserve_index=False))
        if sum(table.num_rows for table in waiting) >= ROWS_AT_ONCE:
            yield pa.concat_tables(waiting).combine_chunks()
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting).combine_chunks()
