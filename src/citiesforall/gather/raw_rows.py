"""Rows as a file holds them turned into a table of texts, told by their number in the file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

BLANKS = frozenset({"", "-", "--", "n/a", "na", "nan", "none", "null", "#n/a", "..", "…"})


def as_text(value: Any) -> str:
    """Write one value as text: whole numbers without a point, missing as nothing.

    Parameters
    ----------
    value
        Of a workbook, JSON or Parquet cell.

    Returns
    -------
    str
        For instance ``10201`` for 10201.0.
    """
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def names_of(row: Sequence[str]) -> list[str]:
    """Return column names; empty and repeated ones get a number."""
    out: list[str] = []
    for position, name in enumerate(row):
        clean = " ".join(name.replace("\ufeff", "").split()) or f"column_{position + 1}"
        out.append(clean if clean not in out else f"{clean}_{position + 1}")
    return out


def frame_of(names: list[str], rows: list[list[str]], numbers: Sequence[int] = ()) -> pd.DataFrame:
    """Make a table of texts, missing as None, its index the rows' numbers in the file."""
    clean = [[None if value.strip().lower() in BLANKS else value.strip() for value in row] for row in rows]
    index = np.array(numbers or range(1, len(rows) + 1), dtype=np.int64)
    return pd.DataFrame(clean, columns=names, dtype=object, index=pd.Index(index))
