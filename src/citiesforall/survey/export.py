"""The files KoboToolbox, ODK Central and spreadsheets leave, as sheets of text with their row numbers; nothing is judged here."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from citiesforall.core.errors import InputError
from citiesforall.core.notes import Note
from citiesforall.survey.xlsx import read_xlsx

BLANKS = frozenset({"", "-", "--", "n/a", "na", "nan", "none", "null", "#n/a", "<na>", "..", "…"})
#: ``none`` is a code of many lists, so it is a blank only where the question has no such code.
MAYBE_CODES = frozenset({"none", "na", "null"})
SEPARATORS = ";,\t|"
SNIFFED_LINES = 20
LARGEST_PART = 400_000_000  # bytes a part of a zip may unpack to; more is no survey of a city
ENCODINGS = ("utf-8-sig", "cp1252", "latin-1")
SHEET_SUFFIXES = (".xlsx", ".xlsm")
TEXT_SUFFIXES = (".csv", ".tsv", ".txt")


@dataclass(frozen=True)
class Sheet:
    """Hold one table of an export as text.

    Parameters
    ----------
    where
        How a message names it: the file, and the sheet or part where it has several.
    name
        Of the sheet, or of the file without its ending.
    header
        Column names as written.
    rows
        Values as text; empty where there is nothing. Each as long as the header.
    numbers
        Number of each row in the file, as a spreadsheet shows it.
    """

    where: str
    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Export:
    """Hold all sheets of the files of one survey.

    Parameters
    ----------
    sheets
        In the order found.
    notes
        What was mended while reading.
    """

    sheets: tuple[Sheet, ...]
    notes: tuple[Note, ...] = ()


def read_export(paths: Sequence[Path], encoding: str | None = None) -> Export:
    """Read every sheet of one or several files.

    Parameters
    ----------
    paths
        CSV, XLSX, or zip files that hold such.
    encoding
        Of CSV files; None tries UTF-8, then cp1252.

    Returns
    -------
    Export
        The sheets that have a line of names.

    Raises
    ------
    InputError
        A file cannot be read, holds no table, or has rows that are longer than its line of names.

    Notes
    -----
    KoboToolbox parts with ``;`` and quotes every value; its XLSX has one sheet for the interviews and one for each repeat,
    and a line of HXL tags may follow the names. ODK Central parts with ``,`` and packs one CSV per repeat into a zip beside a
    ``media`` folder. (Sources: kobotoolbox/formpack ``reporting/export.py``; getodk/central-backend ``data/briefcase.js``.)
    """
    sheets: list[Sheet] = []
    notes: list[Note] = []
    for path in paths:
        try:
            found = _read(path.name, path.read_bytes(), encoding, notes)
        except InputError:
            raise
        except FileNotFoundError:
            raise InputError(
                f"{path.name}: there is no such file. Mend 'file' of the households source."
            ) from None
        except Exception as error:  # noqa: BLE001 - the libraries raise dozens of kinds for a broken file
            said = " ".join(str(error).split())[:160]
            raise InputError(
                f"{path.name}: this cannot be read: {said}. Export again as XLSX, CSV or zip."
            ) from None
        sheets += found
    if not sheets:
        names = ", ".join(path.name for path in paths)
        raise InputError(
            f"{names}: no table was found in it. Export the survey as XLSX, CSV or (ODK Central) zip of CSV files."
        )
    faults = [fault for sheet in sheets for fault in _too_long(sheet)]
    if faults:
        raise InputError(*faults)
    return Export(tuple(_trimmed(sheet, notes) for sheet in sheets), tuple(notes))


def _read(name: str, raw: bytes, encoding: str | None, notes: list[Note]) -> list[Sheet]:
    """Read one file by its ending."""
    suffix = Path(name).suffix.lower()
    if suffix == ".zip":
        return _read_zip(name, raw, encoding, notes)
    if suffix in SHEET_SUFFIXES:
        return _read_xlsx(name, raw)
    if suffix not in TEXT_SUFFIXES:
        raise InputError(
            f"{name}: files that end in '{suffix}' are not read. Export the survey as XLSX, CSV or zip."
        )
    return _read_csv(name, raw, encoding, notes)


def _read_zip(name: str, raw: bytes, encoding: str | None, notes: list[Note]) -> list[Sheet]:
    """Read the tables of a zip; photographs and recordings in it are left alone."""
    sheets: list[Sheet] = []
    with zipfile.ZipFile(io.BytesIO(raw)) as held:
        for part in held.infolist():
            inside = part.filename.replace("\\", "/").split("/")
            wanted = Path(part.filename).suffix.lower() in (*SHEET_SUFFIXES, *TEXT_SUFFIXES)
            if part.is_dir() or not wanted or "media" in inside[:-1] or inside[0] == "__MACOSX":
                continue
            if part.flag_bits & 1:
                raise InputError(f"{name}: it is locked by a password. Unlock it and give the plain zip.")
            if part.file_size > LARGEST_PART:
                raise InputError(
                    f"{name}: '{part.filename}' unpacks to {part.file_size / 1e6:,.0f} MB. "
                    f"At most {LARGEST_PART / 1e6:,.0f} MB are read. Is this the export of the survey?"
                )
            sheets += _read(inside[-1], held.read(part), encoding, notes)
    return sheets


def _read_xlsx(name: str, raw: bytes) -> list[Sheet]:
    """Read every sheet of a workbook that has a line of names."""
    held = read_xlsx(name, raw)
    made = (
        _sheet(f"{name}, sheet '{one}'" if len(held) > 1 else name, one, rows) for one, rows in held.items()
    )
    return [sheet for sheet in made if sheet is not None]


def _read_csv(name: str, raw: bytes, encoding: str | None, notes: list[Note]) -> list[Sheet]:
    """Read delimited text; the encodings spreadsheets write are tried in turn."""
    text, used = _decoded(name, raw, encoding)
    if used not in ("utf-8-sig", "utf-16", encoding) and not raw.isascii():
        notes.append(Note(name, f"read as {used}: it is not valid UTF-8.", "repair"))
    if "\x00" in text:
        raise InputError(f"{name}: this is not text (it holds zero bytes). Export again as CSV or XLSX.")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    first = text.split("\n", 1)[0].strip().lower()
    if first.startswith("sep=") and len(first) == len("sep=;"):
        separator, text = first[-1], text.split("\n", 1)[-1]
    else:
        separator = _separator(text)
    csv.field_size_limit(10_000_000)  # a trace of a route in one cell is longer than the default
    try:
        held = list(csv.reader(io.StringIO(text), delimiter=separator, strict=True))
    except csv.Error as error:
        raise InputError(
            f"{name}: quotation marks do not pair up ({error}): the file is cut off or was edited by hand. Export it again."
        ) from None
    rows = enumerate(([value.strip() for value in row] for row in held), start=1)
    sheet = _sheet(name, Path(name).stem, rows)
    return [] if sheet is None else [sheet]


def _decoded(name: str, raw: bytes, encoding: str | None) -> tuple[str, str]:
    """Return the text of a file and the encoding it was in."""
    guesses = ("utf-16", *ENCODINGS) if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ENCODINGS
    for one in (encoding,) if encoding else guesses:
        try:
            return raw.decode(one).lstrip("\ufeff"), one
        except UnicodeError:
            continue
        except LookupError:
            raise InputError(
                f"{name}: encoding '{one}' is not known. Write utf-8, or leave 'encoding' out."
            ) from None
    raise InputError(f"{name}: this is not text in encoding '{encoding}'. Leave 'encoding' out.")


def _separator(text: str) -> str:
    """Return the separator that splits the most of the first lines into equally many values."""

    def evenness(separator: str) -> tuple[int, int]:
        counts: list[int] = []
        for row in csv.reader(io.StringIO(text), delimiter=separator):
            counts += [len(row)] if row else []
            if len(counts) == SNIFFED_LINES:
                break
        even = sum(count == counts[0] for count in counts) if counts and counts[0] > 1 else 0
        return even, max(counts, default=0)

    return max(SEPARATORS, key=evenness)


def _sheet(where: str, name: str, rows: Iterable[tuple[int, Sequence[str]]]) -> Sheet | None:
    """Put a line of names and the rows below it together; None where there is no such line."""
    numbered = [(number, tuple(row)) for number, row in rows if any(row)]
    if not numbered:
        return None
    _, header = numbered[0]
    while header and not header[-1]:
        header = header[:-1]
    width = len(header)
    kept = [(number, row + ("",) * (width - len(row))) for number, row in numbered[1:]]
    return Sheet(
        where,
        name,
        tuple(" ".join(one.split()) for one in header),
        tuple(row for _, row in kept),
        tuple(number for number, _ in kept),
    )


def _too_long(sheet: Sheet) -> list[str]:
    """Return a fault for rows with values beyond the last name: they would be read into the wrong columns."""
    width = len(sheet.header)
    longer = [
        number
        for number, row in zip(sheet.numbers, sheet.rows, strict=True)
        if any(map(str.strip, row[width:]))
    ]
    if not longer:
        return []
    shown = ", ".join(map(str, longer[:5])) + (", ..." if len(longer) > 5 else "")  # noqa: PLR2004 - a few
    what = (
        f"{len(longer)} rows have more values than the {width} column names, so values and names do not fit. "
    )
    return [f"{sheet.where}: row {shown}: {what}Export again; do not edit the CSV by hand."]


def _trimmed(sheet: Sheet, notes: list[Note]) -> Sheet:
    """Cut rows to the header and leave out a line of HXL tags below it."""
    width = len(sheet.header)
    rows = tuple(row[:width] for row in sheet.rows)
    numbers = sheet.numbers
    if rows and any(rows[0]) and all(not value or value.startswith("#") for value in rows[0]):
        notes.append(Note(sheet.where, "row 2 holds HXL tags, no interview; it was left out.", "repair"))
        rows, numbers = rows[1:], numbers[1:]
    return Sheet(sheet.where, sheet.name, sheet.header, rows, numbers)
