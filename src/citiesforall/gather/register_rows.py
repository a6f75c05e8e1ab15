"""One register's file turned into rows: a code, and a value or a reason for every amount."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyogrio

from citiesforall.core.amounts import amounts
from citiesforall.core.city import SourceUse
from citiesforall.core.codes import country, normalise_code
from citiesforall.core.errors import InputError
from citiesforall.core.notes import Note
from citiesforall.core.place import LEVELS
from citiesforall.gather.raw_rows import as_text, frame_of
from citiesforall.gather.register_faults import Fault
from citiesforall.gather.register_numbers import Floats, parse, text_faults
from citiesforall.gather.register_options import KEYS, Options, whole_of
from citiesforall.gather.tables import kept_rows, read_rows
from citiesforall.gather.vector_file import raise_missing

Texts = npt.NDArray[np.object_]
TOTALS = re.compile(r"^\W*(?:grand\s+)?(?:sub)?total\b|សរុប", re.IGNORECASE)
FROM_SHARE = "worked out from a rounded share"
ZERO_UNSAID = 0.2
"""Share of blanks in a column without a single 0 from which the blanks may mean 0 (ours)."""


@dataclass(frozen=True)
class Column:
    """Hold one amount of a file.

    Parameters
    ----------
    amount
        nan where there is none. (n,)
    reason
        Why there is none, where something stands in the way. (n,)
    name
        The file's name of the column.
    estimated
        Why the values are estimates, empty where they are counts.
    """

    amount: Floats
    reason: Texts
    name: str
    estimated: str = ""


@dataclass(frozen=True)
class Rows:
    """Hold a register as its file has it.

    Parameters
    ----------
    file
        Its name.
    number
        Row in the file. (n,)
    code, name
        Place code in its one form (empty where none can be read) and the name that stands beside it. (n,)
    columns
        Amount -> its column; shares are still shares.
    shares
        Amounts that are shares of their whole, 0 to 1.
    faults, notes
        What is wrong, and what was mended.
    """

    file: str
    number: npt.NDArray[np.int64]
    code: Texts
    name: Texts
    columns: Mapping[str, Column]
    shares: frozenset[str] = frozenset()
    faults: tuple[Fault, ...] = ()
    notes: tuple[Note, ...] = field(default_factory=tuple)


def read_register_rows(use: SourceUse, path: Path, options: Options, country_code: str) -> Rows:
    """Read a register's file.

    Parameters
    ----------
    use, path
        The source and its file: a table, JSON, or the attributes of a vector file.
    options
        What the city file says of it.
    country_code
        ISO 3166 code of the country the codes are of.

    Returns
    -------
    Rows
        Values, and every fault of single values and codes.

    Raises
    ------
    InputError
        The file cannot be read, or a column that is named is not there.
    """
    table, notes = _table(use, path)
    _raise_lacking(use, path, options, table)
    table = kept_rows(table, use)
    if table.empty:
        raise InputError(f"{path.name}: no row is left. Mend 'where' of source '{use.id}'.")
    totals = _totals(table, use)
    notes = list(notes)
    if totals.any():
        notes.append(Note(path.name, f"{int(totals.sum())} rows of totals were left out.", "repair"))
        table = table[~totals]
    rows = _coded(table, use, path, options, country_code)
    columns: dict[str, Column] = {}
    faults = list(rows.faults)
    for word in (word for word in use.columns if word not in KEYS):
        columns[word], found, said = _column(table, use.columns[word], word, options)
        faults += found
        notes += [Note(path.name, text, kind) for text, kind in said]
    columns |= _counted(table, options)
    columns |= _wholes(table, options, columns, faults)
    return replace(
        rows,
        columns=columns,
        shares=options.share_amounts(),
        faults=tuple(faults),
        notes=(*rows.notes, *notes),
    )


def _table(use: SourceUse, path: Path) -> tuple[pd.DataFrame, list[Note]]:
    """Read the file as texts; of a vector file the attributes."""
    if use.format != "vector":
        table, notes = read_rows(path, use)
        return table, list(notes)
    try:
        meta, _, _, fields = pyogrio.raw.read(
            path, layer=use.options.get("layer"), encoding=use.encoding, read_geometry=False
        )
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        UnicodeDecodeError,
        ValueError,
    ) as error:
        said = " ".join(str(error).split())
        raise InputError(
            f"{path.name}: this cannot be read as a vector file: {said}. Give GeoJSON, GeoPackage or shapefile."
        ) from None
    names = [str(name) for name in meta["fields"]]
    rows = [[as_text(value) for value in row] for row in zip(*fields, strict=True)]
    if not rows:
        raise InputError(
            f"{path.name}: this file has no feature. Give a file with one feature for each place."
        )
    table = frame_of(names, rows)
    raise_missing(use, path, tuple(names))
    return table, []


def _raise_lacking(use: SourceUse, path: Path, options: Options, table: pd.DataFrame) -> None:
    """Raise for columns that the options name and the table lacks, and for a register without codes."""
    if "code" not in use.columns:
        raise InputError(
            f"{path.name}: which column holds the place codes is not said. Write columns.code = one of: "
            f"{', '.join(map(str, table.columns[:30]))}."
        )
    asked = {f"count_where {word}": str(rule.get("column")) for word, rule in options.count_where.items()}
    asked |= {
        f"whole_from_share {word}": str(rule.get("share")) for word, rule in options.whole_from_share.items()
    }
    extra = use.model_copy(update={"columns": asked, "where": {}})
    raise_missing(extra, path, tuple(map(str, table.columns)))


def _totals(table: pd.DataFrame, use: SourceUse) -> npt.NDArray[np.bool_]:
    """Find rows of totals: the word stands where the code or the name should, and there is no code."""
    found = np.zeros(len(table), dtype=bool)
    code = table[use.columns["code"]]
    for name in {use.columns["code"], use.columns.get("name", table.columns[0])}:
        said = table[name].astype("string").str.contains(TOTALS).fillna(value=False).to_numpy(dtype=bool)
        found |= said & (code.isna() | (code == table[name])).to_numpy()
    return found


def _coded(table: pd.DataFrame, use: SourceUse, path: Path, options: Options, country_code: str) -> Rows:
    """Read the codes of all rows."""
    texts = table[use.columns["code"]]
    known = {text: _code(text, use, options, country_code) for text in texts.dropna().unique()}
    code = np.array([known.get(text, "") if text is not None else "" for text in texts], dtype=object)
    name = table[use.columns["name"]] if "name" in use.columns else pd.Series([""] * len(table))
    number = table.index.to_numpy(dtype=np.int64)
    faults = [
        Fault(
            at,
            int(number[at]),
            use.columns["code"],
            *_no_code(texts.iloc[at], options, country_code),
            (),
            "code",
        )
        for at in range(len(code))
        if not code[at]
    ]
    faults += _wrong_level(code, number, use, options, country_code)
    mended = sum(
        1 for text, one in known.items() if one and text not in {one, one.removeprefix(country_code)}
    )
    notes = [
        Note(path.name, f"{mended} codes had lost their leading zero or had other marks; mended.", "repair")
    ]
    named = np.array([one if isinstance(one, str) else "" for one in name], dtype=object)
    return Rows(
        path.name, number, code, named, {}, faults=tuple(faults), notes=tuple(notes if mended else ())
    )


def _code(text: str, use: SourceUse, options: Options, country_code: str) -> str:
    """Return one code in its form, empty where it is none."""
    if text in options.codes:
        return options.codes[text]
    bare = text.removeprefix(use.code_prefix) if use.code_prefix and use.code_prefix != country_code else text
    try:
        return normalise_code(bare, country_code)
    except InputError:
        return ""


def _no_code(text: str | None, options: Options, country_code: str) -> tuple[str, str]:
    """Say what is wrong with a code."""
    if text is None:
        return "there is no code", "Write the place's code, or leave the row out with 'where'"
    example = "KH010201" if country_code == "KH" else f"{country_code}..."
    if options.codes:
        return f"'{text}' is neither a code nor a word of options.codes", "Add it to options.codes"
    return f"'{text}' is no place code", f"Write a code like {example}"


def _wrong_level(
    code: Texts, number: npt.NDArray[np.int64], use: SourceUse, options: Options, country_code: str
) -> list[Fault]:
    """Tell codes of another level than the register's."""
    here = country(country_code)
    if options.level is None or here is None:
        return []
    length = len(country_code) + here.digits[LEVELS.index(options.level)]
    return [
        Fault(
            at,
            int(number[at]),
            use.columns["code"],
            f"{one} is not a {options.level}",
            "Mend the code",
            (),
            "level",
        )
        for at, one in enumerate(code)
        if one and len(one.partition("_")[0]) != length
    ]


def _column(
    table: pd.DataFrame, name: str, word: str, options: Options
) -> tuple[Column, list[Fault], list[tuple[str, Any]]]:
    """Read one amount; ``men + women`` adds two columns."""
    parts = [name] if name in table.columns else [part.strip() for part in name.split("+")]
    number = [int(one) for one in table.index]
    total, faults, said = np.zeros(len(table)), list[Fault](), list[tuple[str, Any]]()
    for part in parts:
        parsed = parse(table[part])
        faults += text_faults(parsed, table[part], number, (word,))
        if parsed.n_mended:
            said.append(
                (
                    f"column '{part}': {parsed.n_mended} numbers had thousands marked, Khmer digits or %; read.",
                    "repair",
                )
            )
        scale = np.where(parsed.percent | (word not in options.percent), 1.0, 0.01)
        total += parsed.numbers * scale
    blank = np.isnan(total) & ~_at(faults, len(table))
    said += _blank_said(total, blank, name, word, options)
    total = np.where(blank, 0.0, total) if word in options.blank_is_zero else total
    reason = np.full(len(table), "", dtype=object)
    reason[np.isnan(total)] = "the register leaves it blank"
    if word in options.zero_is_missing:
        zero = total == 0
        reason[zero] = "0 stands for not known"
        total = np.where(zero, np.nan, total)
    return Column(total * options.factor.get(word, 1.0), reason, name), faults, said


def _at(faults: list[Fault], n: int) -> npt.NDArray[np.bool_]:
    """Return which rows have a fault. (n,)"""
    found = np.zeros(n, dtype=bool)
    found[[fault.at for fault in faults]] = True
    return found


def _blank_said(
    values: Floats, blank: npt.NDArray[np.bool_], name: str, word: str, options: Options
) -> list[tuple[str, Any]]:
    """Say how blanks and zeros of a column were read."""
    n, zeros = int(blank.sum()), int((values == 0).sum())
    if word in options.blank_is_zero:
        return [(f"column '{name}': {n} blanks read as 0, as the city file says.", "repair")] if n else []
    if word in options.zero_is_missing:
        return (
            [(f"column '{name}': {zeros} zeros read as not known, as the city file says.", "repair")]
            if zeros
            else []
        )
    if n > ZERO_UNSAID * blank.size and not zeros:
        said = f"column '{name}': {n} blanks read as not known, but there is no 0: if they mean 0, write options.blank_is_zero."
        return [(said, "doubt")]
    return [(f"column '{name}': {n} blanks read as not known.", "figure")] if n else []


def _counted(table: pd.DataFrame, options: Options) -> dict[str, Column]:
    """Return the amounts that count rows."""
    nothing = np.full(len(table), "", dtype=object)
    found = {}
    if options.count is not None:
        found[options.count] = Column(np.ones(len(table)), nothing, "rows")
    for word, rule in options.count_where.items():
        name = str(rule["column"])
        yes = _fits(table[name], rule)
        reason = nothing.copy()
        reason[np.isnan(yes)] = f"column '{name}' is blank"
        found[word] = Column(yes, reason, name)
    return found


def _fits(texts: pd.Series[Any], rule: Mapping[str, Any]) -> Floats:
    """Tell which rows a rule of ``count_where`` counts: 1, 0, nan where the column is blank. (n,)"""
    if "equals" in rule:
        wanted = as_text(rule["equals"]).casefold()
        return np.array([np.nan if pd.isna(one) else float(one.casefold() == wanted) for one in texts])
    values = parse(texts).numbers
    low, high = float(rule.get("at_least", -np.inf)), float(rule.get("at_most", np.inf))
    return np.where(np.isnan(values), np.nan, (values >= low) & (values <= high))


def _wholes(
    table: pd.DataFrame, options: Options, columns: Mapping[str, Column], faults: list[Fault]
) -> dict[str, Column]:
    """Return wholes worked out from a part and its share of the whole."""
    found = {}
    for whole, rule in options.whole_from_share.items():
        name, part = str(rule["share"]), str(rule.get("part"))
        if part not in columns:
            raise InputError(
                f"options.whole_from_share.{whole}: part = '{part}' is not among the columns. Add columns.{part}."
            )
        parsed = parse(table[name])
        share = parsed.numbers * np.where(parsed.percent | (whole not in options.percent), 1.0, 0.01)
        faults += text_faults(parsed, table[name], [int(one) for one in table.index], (whole, part))
        given = columns[part].amount
        ok = (share > 0) & (share <= 1)
        value = np.where(ok, given / np.where(ok, share, 1.0), np.nan)
        reason = np.full(len(table), "", dtype=object)
        reason[np.isnan(value)] = f"{part} is 0 or not known, so its share does not tell the whole"
        faults += [
            Fault(
                int(at), int(table.index[int(at)]), name, f"a share of {share[at]:g} is above 1 ({part} {given[at]:g})",
                "Mend the share or the count", (whole, part), "share",
            )
            for at in np.flatnonzero(share > 1)
        ]  # fmt: skip
        found[whole] = Column(value, reason, name, estimated=FROM_SHARE)
    return found


def of_whole(word: str, rows: Rows) -> str | None:
    """Return the whole in the same file that an amount is a part of, None where the file has it not."""
    whole = amounts()[word].of if word not in rows.shares else whole_of(word)
    return whole if whole in rows.columns else None
