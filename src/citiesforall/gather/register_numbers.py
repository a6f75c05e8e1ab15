"""Numbers of a register as people type them: thousands, Khmer digits, percent signs, broken formulas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.gather.register_faults import Fault
from citiesforall.gather.tables import KHMER_TO_LATIN

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
THOUSANDS = r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?"
DECIMAL_COMMA = r"[+-]?\d*,(\d{1,2}|\d{4,})|[+-]?0?,\d+"
DOTS_AS_THOUSANDS = r"[+-]?\d{1,3}(\.\d{3}){2,}"
QUOTED = 40
"""Characters of a wrong value that are shown."""


@dataclass(frozen=True)
class Parsed:
    """Hold a column as numbers.

    Parameters
    ----------
    numbers
        nan where blank or wrong. (n,)
    bad
        Where something stands that is no number. (n,)
    percent
        Where a percent sign stood; the value is then a share. (n,)
    n_mended
        Values with thousands marked, Khmer digits or a percent sign.
    """

    numbers: Floats
    bad: Bools
    percent: Bools
    n_mended: int


def parse(texts: pd.Series[Any]) -> Parsed:
    """Turn texts into numbers.

    Parameters
    ----------
    texts
        Of one column, None where blank. (n,)

    Returns
    -------
    Parsed
        Values and what was done.

    Notes
    -----
    ``12,345`` and ``12.345.678`` are thousands; ``0,25`` is a decimal comma. ``12.345`` stays a decimal fraction: that a
    dot marks thousands there cannot be known.
    """
    blank = texts.isna().to_numpy()
    plain = pd.to_numeric(texts, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    hard = ~blank & ~np.isfinite(plain)
    percent = np.zeros(len(texts), dtype=bool)
    if not hard.any():
        return Parsed(plain, hard, percent, 0)
    text = texts[hard].astype("string").str.translate(KHMER_TO_LATIN)
    text = text.str.replace(r"[\s\u00a0\u202f'\u200b]", "", regex=True)
    signed = text.str.endswith("%").to_numpy(dtype=bool)
    text = text.str.removesuffix("%")
    for pattern, old, new in (
        (THOUSANDS, ",", ""),
        (DECIMAL_COMMA, ",", "."),
        (DOTS_AS_THOUSANDS, ".", ""),
    ):
        fits = text.str.fullmatch(pattern).to_numpy(dtype=bool)
        text = text.mask(fits, text.str.replace(old, new, regex=False))
    found = pd.to_numeric(text, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    found = np.where(np.isfinite(found), found, np.nan)
    percent[hard] = signed & ~np.isnan(found)
    values = plain.copy()
    values[hard] = np.where(signed, found / 100, found)
    bad = hard & np.isnan(values)
    return Parsed(values, bad, percent, int(hard.sum() - bad.sum()))


def text_faults(
    parsed: Parsed, texts: pd.Series[Any], rows: Sequence[int], amounts: tuple[str, ...]
) -> list[Fault]:
    """Tell every value that is no number.

    Parameters
    ----------
    parsed, texts
        A column and its numbers.
    rows
        Numbers of the rows in the file. (n,)
    amounts
        That are read from the column.
    """
    return [
        Fault(int(at), rows[int(at)], str(texts.name), *_wrong(str(texts.iloc[at])), amounts)
        for at in np.flatnonzero(parsed.bad)
    ]


def _wrong(text: str) -> tuple[str, str]:
    """Say what is wrong with a text that should be a number, and what to do."""
    shown = text if len(text) <= QUOTED else text[:QUOTED] + "..."
    if text.startswith("#"):
        return f"a broken formula ({shown})", "Mend the formula, or write the number"
    if text.startswith("="):
        return (
            f"a formula without a value ({shown})",
            "Open the workbook in a spreadsheet, save it, and give it again",
        )
    return f"'{shown}' is not a number", "Write a number, or leave the cell empty where nobody knows"
