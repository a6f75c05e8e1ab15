"""Monthly tables in any layout, long or wide, brought to one: row, place, series, time, value."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from citiesforall.core.city import SourceUse
from citiesforall.core.errors import InputError, did_you_mean, raise_all
from citiesforall.core.notes import Note
from citiesforall.core.options import KINDS
from citiesforall.core.trigger import series
from citiesforall.gather.register_faults import Fault, fault_lines
from citiesforall.gather.series_periods import FREQUENCIES, Frequency, month_of

WORDS = ("period", "place", "series", "value", "unit")
OPTIONS = ("frequency", "months_of", "names", "series", "units", "factor")
LAID = ("row", "code", "series", "time", "value", "column")
"""Columns of a table once laid out: all texts but ``row``."""
SHOWN = 3


def check_words(use: SourceUse, file: str) -> None:
    """Refuse words of ``columns`` and ``options`` that nobody understands.

    Parameters
    ----------
    use
        Of the city file.
    file
        Its table, for the faults.

    Raises
    ------
    InputError
        Carrying every fault: unknown series, unknown options, a table without periods.
    """
    known = series()
    faults = [
        f"{file}: columns.{word}: neither a word ({', '.join(WORDS)}) nor a known series. {did_you_mean(word, known)}"
        for word in use.columns
        if word not in WORDS and word not in known
    ]
    faults += [
        f"{file}: options.{word}: this word is not known. {did_you_mean(word, OPTIONS)}"
        for word in use.options
        if word not in OPTIONS
        and word not in KINDS
        and "{" + word + "}" not in str(use.options.get("download", ""))
    ]
    frequency = use.options.get("frequency", "month")
    if frequency not in FREQUENCIES:
        faults.append(
            f"{file}: options.frequency '{frequency}' is not known. {did_you_mean(str(frequency), FREQUENCIES)}"
        )
    named = [
        use.options.get("months_of"),
        use.options.get("series"),
        *_table(use, "names"),
        *_table(use, "units"),
    ]
    faults += [
        f"{file}: options: series '{one}' is not known. {did_you_mean(str(one), known)}"
        for one in [*named, *_table(use, "factor")]
        if one is not None and one not in known
    ]
    faults += [
        f"{file}: options.factor.{key}: {value!r} is not a number above 0. Mend it."
        for key, value in _table(use, "factor").items()
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0
    ]
    if "period" not in use.columns and "months_of" not in use.options and not use.period:
        faults.append(
            f'{file}: no column says which month a value is of. Write columns.period = "...", '
            'options.months_of = "<series>" where each month is a column, or period = "YYYY-MM" for the whole file.'
        )
    raise_all(faults)


def _table(use: SourceUse, word: str) -> Mapping[str, Any]:
    """Return an option that is a table; empty where it is none."""
    value = use.options.get(word, {})
    return value if isinstance(value, dict) else {}


def frequency_of(use: SourceUse) -> Frequency:
    """Return how often a table has values."""
    found: Frequency = use.options.get("frequency", "month")
    return found


def laid_out(table: pd.DataFrame, use: SourceUse, path: Path, city: str) -> tuple[pd.DataFrame, list[Note]]:
    """Bring a table of any layout to one row for each value.

    Parameters
    ----------
    table
        As read, its index the rows of the file.
    use
        Whose ``columns`` and ``options`` say the layout.
    path
        Of the file.
    city
        Code for tables without places.

    Returns
    -------
    tuple
        Columns of `LAID`, and notes on what was left aside.

    Raises
    ------
    InputError
        No series can be found in the table, or units differ.
    """
    base = pd.DataFrame(
        {
            "row": table.index,
            "code": table[use.columns["place"]] if "place" in use.columns else city,
            "time": table[use.columns["period"]] if "period" in use.columns else use.period,
        },
        index=table.index,
    )
    if "months_of" in use.options:
        return _months_as_columns(table, base, use, path), []
    if "value" in use.columns:
        return _long(table, base, use, path)
    wide = {word: name for word, name in use.columns.items() if word not in WORDS}
    if not wide:
        raise InputError(
            f"{path.name}: no column is named for a series. Write columns.<series> = one of: "
            f"{', '.join(map(str, table.columns[:20]))}. Known series: {', '.join(series())}."
        )
    _raise_units({word: {str(unit)} for word, unit in _table(use, "units").items()}, use, path)
    parts = [base.assign(series=word, value=table[name], column=name) for word, name in wide.items()]
    return pd.concat(parts, ignore_index=True)[list(LAID)], []


def _months_as_columns(table: pd.DataFrame, base: pd.DataFrame, use: SourceUse, path: Path) -> pd.DataFrame:
    """Take every column whose name is a month."""
    one = str(use.options["months_of"])
    months = [name for name in table.columns if month_of(str(name)) is not None]
    if not months:
        raise InputError(
            f"{path.name}: options.months_of = '{one}', but no column is named like 2024-03. Mend one of them."
        )
    _raise_units({word: {str(unit)} for word, unit in _table(use, "units").items()}, use, path)
    parts = [base.assign(series=one, time=name, value=table[name], column=name) for name in months]
    return pd.concat(parts, ignore_index=True)[list(LAID)]


def _long(
    table: pd.DataFrame, base: pd.DataFrame, use: SourceUse, path: Path
) -> tuple[pd.DataFrame, list[Note]]:
    """Take a table with one value a row, of one series or of several named in a column."""
    value = use.columns["value"]
    if "series" not in use.columns:
        one = use.options.get("series")
        if one is None:
            raise InputError(
                f"{path.name}: which series its values are is not said. Write options.series = one of: "
                f"{', '.join(series())}, or columns.series."
            )
        named = pd.Series(str(one), index=table.index, dtype=object)
    else:
        ours = {key: key for key in series()}
        for key, names in _table(use, "names").items():
            ours |= dict.fromkeys(
                [str(name) for name in (names if isinstance(names, list) else [names])], key
            )
        named = table[use.columns["series"]].map(ours)
    there = named.notna()
    notes = []
    if not there.all():
        what = f"{int((~there).sum())} of {len(table)} rows are of series the city does not watch; they were left aside."
        notes.append(Note(path.name, what))
    if not there.any():
        shown = ", ".join(map(str, table[use.columns["series"]].dropna().unique()[:SHOWN]))
        raise InputError(
            f'{path.name}: no row is of a known series (it has {shown}). Write options.names = {{ rice_price = "{shown}" }} or '
            f"the like. Known: {', '.join(series())}."
        )
    units = {word: {str(unit)} for word, unit in _table(use, "units").items()}
    if "unit" in use.columns:
        _raise_mixed(table[there], named[there], use, path)
        for word, group in table[there].groupby(named[there])[use.columns["unit"]]:
            units[str(word)] = {str(one) for one in group.dropna().unique()}
    _raise_units(units, use, path)
    laid = base.assign(series=named, value=table[value], column=value)[there]
    return laid[list(LAID)].reset_index(drop=True), notes


def _raise_mixed(table: pd.DataFrame, named: pd.Series[Any], use: SourceUse, path: Path) -> None:
    """Raise where rows of one series are in several units."""
    column = use.columns["unit"]
    faults = []
    for word, units in table.groupby(named)[column]:
        usual = units.mode().iloc[0] if units.notna().any() else None
        for at, unit in units[units.notna() & (units != usual)].items():
            what = f"series '{word}' is in '{usual}' elsewhere, but here in '{unit}'"
            faults.append(
                Fault(
                    0, int(str(at)), column, what, "Give every value of a series in one unit", kind=str(word)
                )
            )
    raise_all(fault_lines(faults, path.name))


def _raise_units(units: Mapping[str, set[str]], use: SourceUse, path: Path) -> None:
    """Raise where a series is in another unit than ours and no factor is given."""
    factor = _table(use, "factor")
    raise_all(
        f"{path.name}: series '{word}' is in '{', '.join(sorted(said))}', but it is kept in '{series()[word].unit}'. "
        f"Write options.factor = {{ {word} = ... }}: by what its values are multiplied."
        for word, said in units.items()
        if word in series() and said != {series()[word].unit} and word not in factor
    )


def factor_of(use: SourceUse, word: str) -> float:
    """Return by what the values of a series are multiplied."""
    return float(_table(use, "factor").get(word, 1.0))
