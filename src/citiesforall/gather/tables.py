"""Registers and commune tables as councils keep them, read as text: any encoding, line end, separator."""

from __future__ import annotations

import csv
import io
import json
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from citiesforall.core.city import SourceUse
from citiesforall.core.errors import InputError, did_you_mean, raise_all
from citiesforall.core.notes import Note
from citiesforall.gather.raw_rows import as_text, frame_of, names_of

Floats = npt.NDArray[np.float64]

SEPARATORS = ",;\t|"
SNIFFED_LINES = 20  # the separator is the one that splits the first lines most evenly
KHMER_TO_LATIN = str.maketrans("០១២៣៤៥៦៧៨៩", "0123456789")


def read_table(path: Path, use: SourceUse) -> tuple[pd.DataFrame, tuple[Note, ...]]:
    """Read a table, every value as text.

    Parameters
    ----------
    path
        CSV (or TSV, TXT), XLSX, JSON (a list of records, alone or as the one list of an object) or Parquet.
    use
        Encoding, ``where`` filter and the columns that must be there; ``options.sheet`` names a sheet,
        ``options.header_row`` counts the rows above the column names.

    Returns
    -------
    tuple
        The table (values ``str``, missing as None), and notes on what was mended.

    Raises
    ------
    InputError
        The file cannot be read, has no rows, or lacks columns the city file names.

    Notes
    -----
    Codes must keep their leading zeros, so nothing is turned into a number here: see ``numbers`` and ``codes``.
    """
    table, notes = read_rows(path, use)
    return kept_rows(table, use).reset_index(drop=True), notes


def read_rows(path: Path, use: SourceUse) -> tuple[pd.DataFrame, tuple[Note, ...]]:
    """Read every row of a table, told by its number in the file.

    Parameters
    ----------
    path, use
        As for ``read_table``; ``where`` is left to ``kept_rows``.

    Returns
    -------
    tuple
        The table, whose index is the row in the file (the line of names counts; records of JSON count from 1), and notes.

    Raises
    ------
    InputError
        As ``read_table``.
    """
    readers: dict[str, Callable[[Path, SourceUse], tuple[pd.DataFrame, list[Note]]]] = {
        ".xlsx": _read_xlsx,
        ".xlsm": _read_xlsx,
        ".json": _read_json,
        ".parquet": _read_parquet,
    }
    try:
        table, notes = readers.get(path.suffix.lower(), _read_csv)(path, use)
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(f"{path.name}: there is no such file. Mend 'file' of source '{use.id}'.") from None
    except Exception as error:  # noqa: BLE001 - the libraries raise dozens of kinds for a broken file
        said = " ".join(str(error).split())[:200]
        raise InputError(
            f"{path.name}: this cannot be read as a table: {said}. Give CSV, XLSX, JSON or Parquet."
        ) from None
    if table.empty:
        raise InputError(
            f"{path.name}: this table has no rows. Give a file with a line of names and rows below it."
        )
    _raise_missing(path, use, [str(name) for name in table.columns])
    return table, tuple(notes)


def _read_csv(path: Path, use: SourceUse) -> tuple[pd.DataFrame, list[Note]]:
    """Read delimited text; the encodings councils use are tried in turn."""
    raw = path.read_bytes()
    notes: list[Note] = []
    text, encoding = _decode(raw, use.encoding, path)
    if encoding not in ("utf-8", "utf-8-sig") and not raw.isascii():
        notes.append(Note(path.name, f"read as {encoding}: it is not valid UTF-8.", "repair"))
    if "\x00" in text:
        raise InputError(
            f"{path.name}: this is not text (it holds zero bytes). Give CSV, XLSX, JSON or Parquet."
        )
    if "\r" in text.replace("\r\n", ""):
        notes.append(Note(path.name, "its lines end in '\\r'; they were read as line ends.", "repair"))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    read = csv.reader(io.StringIO(text), delimiter=_separator(text))
    numbered = [(number, row) for number, row in enumerate(read, start=1) if any(map(str.strip, row))]
    numbered = numbered[int(use.options.get("header_row", 0)) :]
    rows = [row for _, row in numbered]
    if not rows:
        raise InputError(
            f"{path.name}: this table is empty. Give a file with a line of names and rows below it."
        )
    names = names_of(rows[0])
    ragged = sum(len(row) != len(names) for row in rows[1:])
    if ragged:
        notes.append(
            Note(
                path.name,
                f"{ragged} of {len(rows) - 1} rows do not have {len(names)} values; cut or filled.",
                "repair",
            )
        )
    filled = [(row + [""] * len(names))[: len(names)] for row in rows[1:]]
    return frame_of(names, filled, [number for number, _ in numbered[1:]]), notes


def _decode(raw: bytes, encoding: str | None, path: Path) -> tuple[str, str]:
    """Return the text and the encoding it was in."""
    tried = (
        [encoding]
        if encoding
        else ["utf-8-sig", "utf-16"]
        if raw[:2] in (b"\xff\xfe", b"\xfe\xff")
        else ["utf-8-sig"]
    )
    for one in [*tried, *([] if encoding else ["cp1252", "latin-1"])]:
        try:
            return raw.decode(one), one
        except UnicodeError:
            continue
        except LookupError:
            raise InputError(
                f"{path.name}: encoding '{one}' is not known. Write utf-8, latin-1 or cp1252."
            ) from None
    raise InputError(
        f"{path.name}: this is not text in encoding '{encoding}'. Mend 'encoding', or leave it out."
    )


def _separator(text: str) -> str:
    """Return the separator that splits the most of the first lines into equally many values."""
    lines = [line for line in text.split("\n", SNIFFED_LINES)[:SNIFFED_LINES] if line.strip()]

    def evenness(separator: str) -> tuple[int, int]:
        counts = [len(next(csv.reader([line], delimiter=separator), [])) for line in lines]
        return (
            sum(count == counts[0] for count in counts) if counts and counts[0] > 1 else 0,
            max(counts, default=0),
        )

    return max(SEPARATORS, key=evenness) if lines else ","


def _read_xlsx(path: Path, use: SourceUse) -> tuple[pd.DataFrame, list[Note]]:
    """Read one sheet of a workbook, the first unless named."""
    import openpyxl  # noqa: PLC0415 - a third of a second that only workbooks need

    raw = path.read_bytes()  # from memory: openpyxl leaves a file open that it cannot read
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of styles and validations, which carry no data
        books = [
            openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=values)
            for values in (True, False)
        ]
    try:
        names = books[0].sheetnames
        sheet = str(use.options.get("sheet", names[0]))
        if sheet not in names:
            raise InputError(f"{path.name}: there is no sheet '{sheet}'. {did_you_mean(sheet, names)}")
        read = zip(*(book[sheet].iter_rows(values_only=True) for book in books), strict=True)
        rows = [list(map(_value_or_formula, *row)) for row in read]
    finally:
        for book in books:
            book.close()
    numbered = [(number, row) for number, row in enumerate(rows, start=1) if any(row)]
    numbered = numbered[int(use.options.get("header_row", 0)) :]
    if not numbered:
        raise InputError(f"{path.name}: sheet '{sheet}' is empty. Name another with options.sheet.")
    head = names_of(numbered[0][1])
    filled = [(row + [""] * len(head))[: len(head)] for _, row in numbered[1:]]
    return frame_of(head, filled, [number for number, _ in numbered[1:]]), []


def _value_or_formula(value: Any, formula: Any) -> str:
    """Return the value of a cell; a formula that no spreadsheet has worked out yet stands as itself."""
    unworked = value is None and isinstance(formula, str) and formula.startswith("=")
    return as_text(formula if unworked else value)


def _read_json(path: Path, use: SourceUse) -> tuple[pd.DataFrame, list[Note]]:
    """Read a list of records, alone or as the longest list of an object."""
    text, _ = _decode(path.read_bytes(), use.encoding, path)
    held = json.loads(text)
    if isinstance(held, dict):
        lists = [value for value in held.values() if isinstance(value, list)]
        held = max(lists, key=len, default=[])
    if not isinstance(held, list) or not all(isinstance(row, dict) for row in held):
        raise InputError(
            f'{path.name}: this JSON is not a list of records. Give [{{"code": ..., "value": ...}}, ...].'
        )
    names = list(dict.fromkeys(str(name) for row in held for name in row))
    return frame_of(names, [[as_text(row.get(name)) for name in names] for row in held]), []


def _read_parquet(path: Path, use: SourceUse) -> tuple[pd.DataFrame, list[Note]]:
    """Read a Parquet file as text."""
    del use
    held = pq.read_table(path)
    names = [name for name in held.column_names if not pa.types.is_nested(held.schema.field(name).type)]
    columns = [[as_text(value) for value in held.column(name).to_pylist()] for name in names]
    return frame_of(names, [list(row) for row in zip(*columns, strict=True)]), []


def _raise_missing(path: Path, use: SourceUse, there: list[str]) -> None:
    """Raise for every column the city file names and the table lacks."""
    asked = {f"columns.{word}": name for word, name in use.columns.items()}
    asked |= {f"where.{name}": name for name in use.where}
    raise_all(
        f"{path.name}: {word} = '{name}': there is no such column. {did_you_mean(name, there)}"
        for word, name in asked.items()
        if not set(_summands(name, there)) <= set(there)
    )


def _summands(name: str, there: Sequence[str]) -> list[str]:
    """Split ``men + women`` into columns, unless a column has just that name."""
    return [name] if name in there else [part.strip() for part in name.split("+")]


def kept_rows(table: pd.DataFrame, use: SourceUse) -> pd.DataFrame:
    """Return the rows asked for with ``where``; numbers and their text are the same. The index stays."""
    keep = np.ones(len(table), dtype=bool)
    for column, wanted in use.where.items():
        allowed = {as_text(value) for value in (wanted if isinstance(wanted, list) else [wanted])}
        keep &= table[column].isin(allowed).to_numpy()
    return table[keep]


def column(table: pd.DataFrame, path: Path, use: SourceUse, word: str) -> str:
    """Return the file's name of one of our words.

    Parameters
    ----------
    table
        As read.
    path
        Of the file, for the message.
    use
        Whose ``columns`` say the name; a column named as our word needs no saying.
    word
        For instance ``code``.

    Returns
    -------
    str
        A column, or columns joined by ``+``.

    Raises
    ------
    InputError
        Neither is there.
    """
    name = use.columns.get(word, word)
    if word not in use.columns and word not in table.columns:
        raise InputError(
            f"{path.name}: which column is '{word}' is not said. Write columns.{word} = one of: "
            f"{', '.join(map(str, table.columns[:30]))}."
        )
    return name


def numbers(table: pd.DataFrame, name: str, path: Path) -> Floats:
    """Return a column as numbers, or the sum of columns joined by ``+``.

    Parameters
    ----------
    table
        As read.
    name
        Of the column; ``men + women`` adds two.
    path
        Of the file, for the message.

    Returns
    -------
    ndarray
        nan where there is nothing; a sum with a missing part is missing. (n,)

    Raises
    ------
    InputError
        Values that are not numbers, the first few quoted.
    """
    total = np.zeros(len(table))
    for part in _summands(name, [str(c) for c in table.columns]):
        text = (
            table[part]
            .astype("string")
            .str.translate(KHMER_TO_LATIN)
            .str.replace(r"[\s\u00a0]", "", regex=True)
        )
        # 12,345 is a count with thousands marked; 0,25 is a decimal comma.
        thousands = text.str.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?").fillna(value=False).astype(bool)
        text = text.mask(thousands, text.str.replace(",", ""))
        text = text.mask(
            text.str.fullmatch(r"[+-]?\d*,\d+").fillna(value=False).astype(bool), text.str.replace(",", ".")
        )
        values = pd.to_numeric(text, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
        bad = ~np.isfinite(values) & text.notna().to_numpy()
        if bad.any():
            shown = ", ".join(f"'{value}'" for value in table[part][bad].unique()[:3])
            raise InputError(
                f"{path.name}: column '{part}': {int(bad.sum())} values are not numbers ({shown}). "
                "Leave unknown values empty."
            )
        total += values
    return total


def codes(column: pd.Series[Any], prefix: str, digits: Sequence[int]) -> tuple[list[str], int]:
    """Return place codes in their one form: prefix, then digits with their leading zeros.

    Parameters
    ----------
    column
        Codes as the file has them: ``010201``, ``10201``, ``10201.0``, ``KH10201``.
    prefix
        Country, or what else stands before the national code; may be empty.
    digits
        Lengths the national code may have, for instance 2, 4, 6, 8; empty where nothing is known of it.

    Returns
    -------
    tuple
        Codes (``KH010201``; empty where missing), and how many had lost their leading zero.

    Notes
    -----
    A zero is put back only where the code is one digit short of exactly one known length, and none of full length is.
    Codes of another make are left as they are.
    """
    out, n_repaired = [], 0
    for value in column:
        code = "" if value is None or value is pd.NA else as_text(value).upper().translate(KHMER_TO_LATIN)
        code = code.removesuffix(".0")
        national = code.removeprefix(prefix)
        if (
            national.isascii()
            and national.isdigit()
            and len(national) not in digits
            and len(national) + 1 in digits
        ):
            national = "0" + national
            n_repaired += 1
        out.append(prefix + national if code and (national.isalnum() or code.startswith(prefix)) else code)
    return out, n_repaired
