"""Cambodia's gazetteer workbook and older lists of communes; the table of what changed between them."""

from __future__ import annotations

import csv
import io
import json
import re
import warnings
from collections import Counter
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pyogrio

from citiesforall.core.editions import PlaceChange
from citiesforall.core.errors import InputError
from citiesforall.core.notes import Note
from citiesforall.core.place import LEVELS, Place, gazetteer, make_gazetteer, normalise_code
from citiesforall.gather.gazetteer_compare import compare

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from citiesforall.core.place import Gazetteer

HEADER = ("Type", "Code", "Name (Khmer)", "Name (Latin)", "Reference", "Official Note", "Note (by Checker)")
HEADER_ROW = 3
SHEETS = re.compile(r"\s*(\d{1,2})\.\s*(.+?)\s*")
#: Types as the workbook writes them, and the level they belong to.
KINDS = {
    "ក្រុង": ("krong", "district"),
    "ស្រុក": ("srok", "district"),
    "ខណ្ឌ": ("khan", "district"),
    "ឃុំ": ("khum", "commune"),
    "សង្កាត់": ("sangkat", "commune"),
    "ភូមិ": ("phum", "village"),
}
LEVEL_OF = {4: "province", 6: "district", 8: "commune", 10: "village"}
ZERO_WIDTH = re.compile(r"[\u200b-\u200d\u2060\ufeff]")
MONTHS = {
    "មករា": 1, "កុម្ភៈ": 2, "មីនា": 3, "មេសា": 4, "ឧសភា": 5, "មិថុនា": 6, "កក្កដា": 7, "សីហា": 8, "កញ្ញា": 9,
    "តុលា": 10, "វិច្ឆិកា": 11, "ធ្នូ": 12, "Jan": 1, "Feb": 2, "Mar": 3, "Apr": 4, "May": 5, "June": 6, "Jun": 6,
    "July": 7, "Jul": 7, "Aug": 8, "Sep": 9, "Oct": 10, "Nov": 11, "Dec": 12,
}  # fmt: skip
DAY = re.compile(rf"(\d{{1,2}})[\s-]*(?:ខែ)?\s*({'|'.join(MONTHS)})[a-z]*[\s-]*(?:ឆ្នាំ)?\s*((?:19|20)\d\d)")
KHMER_DIGITS = str.maketrans("០១២៣៤៥៦៧៨៩", "0123456789")
#: Shares of people where a count is published; the rest counts villages.
COUNTED = (
    PlaceChange("kh@2008", "kh@2024", "province", "KH03", "KH03", "split", 0.5367, "people", "2013-12-31",
                "Kampong Cham: 899,791 of 1,676,632 people of both provinces in 2019"),
    PlaceChange("kh@2008", "kh@2024", "province", "KH03", "KH25", "split", 0.4633, "people", "2013-12-31",
                "Tboung Khmum: 776,841 of 1,676,632 people of both provinces in 2019"),
    PlaceChange("kh@2008", "kh@2024", "province", "KH08", "KH08", "split", 0.8624, "people", "2010-09",
                "Kandal without the 20 communes given to Phnom Penh: 1,091,170 of 1,265,280 people in 2008"),
    PlaceChange("kh@2008", "kh@2024", "province", "KH08", "KH12", "split", 0.1376, "people", "2010-09",
                "20 communes given to Phnom Penh: 174,110 of 1,265,280 people in 2008"),
    PlaceChange("kh@2011", "kh@2024", "province", "KH03", "KH03", "split", 0.5367, "people", "2013-12-31",
                "Kampong Cham: 899,791 of 1,676,632 people of both provinces in 2019"),
    PlaceChange("kh@2011", "kh@2024", "province", "KH03", "KH25", "split", 0.4633, "people", "2013-12-31",
                "Tboung Khmum: 776,841 of 1,676,632 people of both provinces in 2019"),
)  # fmt: skip
#: District Pur Rieng of Prey Veng: its codes of 2008 were given to other communes in 2011.
REUSED = "KH1411"
#: Communes of Dangkao that went to Pur SenChey in 2011; no list of then names them, their villages do.
NAMES_2008 = {
    "KH120502": "Trapeang Krasang",
    "KH120503": "Kouk Roka",
    "KH120504": "Phleung Chheh Roteh",
    "KH120505": "Chaom Chau",
    "KH120506": "Kakab",
    "KH120509": "Samraong Kraom",
    "KH120511": "Krang Thnong",
}
COLUMNS = ("from_edition", "to_edition", "level", "from", "to", "kind", "share", "basis", "date", "note")


def read_workbook(path: str | Path, edition: str = "kh@2024") -> Gazetteer:
    """Read the gazetteer workbook of the NCDD.

    Parameters
    ----------
    path
        An ``.xlsx`` file: one sheet for each province (``2. Battambang``), header on row 3.
    edition
        Name of the edition.

    Returns
    -------
    Gazetteer
        Its places, with what was odd as notes.

    Raises
    ------
    InputError
        The file is no such workbook, or none of its rows has a code.
    """
    file = Path(path)
    places: dict[str, Place] = {}
    odd: Counter[str] = Counter()
    for number, name, rows in _sheets(file):
        province = normalise_code(number)
        places[province] = Place(province, "province", "khaet", name)
        for row in rows:
            _take(row, province, places, odd)
    if not odd.total() < len(places):
        raise InputError(
            f"{file.name}: no sheet has rows with codes under the header on row {HEADER_ROW}. {_shape()}"
        )
    orphans = [one.code for one in places.values() if one.parent is not None and one.parent not in places]
    if orphans:
        odd["lie in a place that has no row of its own"] = len(orphans)
    notes = [Note(file.name, f"{count} rows {what}.", "doubt") for what, count in sorted(odd.items())]
    return make_gazetteer(edition, places.values(), notes)


def _shape() -> str:
    """Return the sentence that says what the workbook looks like."""
    return (
        f"Expected on row {HEADER_ROW}: {', '.join(HEADER[:4])}. Use the workbook as the NCDD publishes it."
    )


def _sheets(file: Path) -> list[tuple[str, str, list[tuple[object, ...]]]]:
    """Return the number and name of each province, and its rows below the header."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", UserWarning
            )  # styles the library does not know; we read values only
            raw = io.BytesIO(file.read_bytes())  # openpyxl leaves a file open that it cannot read
            book = openpyxl.load_workbook(raw, read_only=True, data_only=True)
            sheets = [
                (one.title, list(one.iter_rows(HEADER_ROW, values_only=True))) for one in book.worksheets
            ]
            book.close()
    except FileNotFoundError:
        raise InputError(f"{file}: there is no such file. Give the path of the workbook (.xlsx).") from None
    except Exception as error:  # noqa: BLE001 - the libraries raise dozens of kinds for a broken file
        said = " ".join(str(error).split())[:160]
        raise InputError(f"{file.name}: this is no readable workbook: {said}. Fetch it again.") from None
    found = []
    for title, rows in sheets:
        named = SHEETS.fullmatch(title)
        head = tuple(str(cell or "").strip() for cell in rows[0]) if rows else ()
        if named and head[: len(HEADER[:4])] == HEADER[:4]:
            found.append((named[1], named[2], rows[1:]))
    if not found:
        raise InputError(f"{file.name}: no sheet is the list of a province. {_shape()}")
    return found


def _take(row: tuple[object, ...], province: str, places: dict[str, Place], odd: Counter[str]) -> None:
    """Add the place of one row, or count what is odd about it."""
    kind, level = KINDS.get(_clean(row[0]), ("", ""))
    try:
        code = normalise_code(row[1])
    except InputError:
        if any(cell not in (None, "") for cell in row):
            odd["have no code that can be read and were left out"] += 1
        return
    if code in places:
        odd["repeat a code and were left out"] += 1
        return
    if not code.startswith(province):
        odd["have a code of another province than their sheet"] += 1
    if LEVEL_OF[len(code)] != level:
        odd["have a type that does not fit the length of their code; the code counts"] += 1
        level, kind = LEVEL_OF[len(code)], ""
    name = _clean(row[3])
    if not name:
        odd["have no name in Latin script; their code stands for it"] += 1
    places[code] = Place(code, level, kind, name or code, _clean(row[2]) or None, code[:-2])


def _clean(cell: object) -> str:
    """Return the text of a cell without zero-width and outer spaces."""
    return ZERO_WIDTH.sub("", str(cell or "")).strip()


def decree_dates(path: str | Path) -> dict[str, str]:
    """Read the dates of decrees that the workbook notes beside places.

    Parameters
    ----------
    path
        The workbook.

    Returns
    -------
    dict
        Code -> day of the latest decree noted, ``2013-12-25``.
    """
    found: dict[str, str] = {}
    for _, _, rows in _sheets(Path(path)):
        for row in rows:
            text = " ".join(_clean(cell) for cell in row[4:6]).translate(KHMER_DIGITS)
            days = [f"{year}-{MONTHS[month]:02d}-{int(day):02d}" for day, month, year in DAY.findall(text)]
            if days and row[1]:
                found[normalise_code(row[1])] = max(days)
    return found


def older_list(edition: str, communes: dict[str, str], villages: Iterable[tuple[str, str]]) -> Gazetteer:
    """Make an edition of a list of communes, with the villages known for the same codes.

    Parameters
    ----------
    edition
        Its name.
    communes
        P-code -> name, empty where unknown.
    villages
        P-code and name of villages; those of other communes are left out.

    Returns
    -------
    Gazetteer
        Communes, their villages, and the districts and provinces that the codes imply.
    """
    places = {code: Place(code, "commune", "", name, None, code[:-2]) for code, name in communes.items()}
    for code in communes:
        places.setdefault(code[:4], Place(code[:4], "province", "", ""))
        places.setdefault(code[:6], Place(code[:6], "district", "", "", None, code[:4]))
    for code, name in villages:
        if code[:8] in communes:
            places.setdefault(code, Place(code, "village", "phum", name, None, code[:8]))
    return make_gazetteer(edition, places.values())


def older_editions(folder: str | Path) -> tuple[Gazetteer, ...]:
    """Read the older lists of communes from real tables.

    Parameters
    ----------
    folder
        With the villages (boundaries of 2008; names of communes from IDPoor 2010 and 2011), the commune database
        of 2011, the communes of 2014 (boundaries, flood index) and IDPoor of 2022 (communes of 2019 to 2021).

    Returns
    -------
    tuple of Gazetteer
        ``kh@2008``, ``kh@2011``, ``kh@2014``, ``kh@2019``.
    """
    home = Path(folder)
    table = pyogrio.read_dataframe(home / "villages.gpkg", read_geometry=False)
    villages = [
        (normalise_code(code), str(name))
        for code, name in zip(table["Vil_Code"], table["Village"], strict=True)
    ]
    later = [(code, name) for code, name in villages if not code.startswith(REUSED)]
    in_2011 = {
        normalise_code(row["NCDD_CodeC"]): row["Commune"] for row in _rows(home / "cdb2011_commune.csv")
    }
    in_2008 = {code: name for code, name in in_2011.items() if not code.startswith(REUSED)} | NAMES_2008
    for rounds in ("idpoor_2010_round.csv", "idpoor_2011_round.csv"):
        in_2008 |= {normalise_code(row["Vil_Code"])[:8]: row["Commune"] for row in _rows(home / rounds)}
    drawn = json.loads((home / "communes.geojson").read_text("utf-8"))["features"]
    names = {one["properties"]["code"]: one["properties"]["name_gazetteer"] for one in drawn}
    flood = json.loads((home / "flood_hazard_index.json").read_text("utf-8"))["DataList"]
    in_2014 = {code: str(names.get(code) or in_2011.get(code, "")) for code in _codes(flood, "commune")}
    poor = json.loads((home / "idpoor_2022-07.json").read_text("utf-8"))["DataList"]
    in_2019 = {normalise_code(row["Adm3_text"]): row["Adm3_Name"] for row in poor}
    return (
        older_list("kh@2008", {code[:8]: in_2008.get(code[:8], "") for code, _ in villages}, villages),
        older_list("kh@2011", in_2011, later),
        older_list("kh@2014", in_2014, later),
        older_list("kh@2019", in_2019, later),
    )


def _codes(rows: list[dict[str, object]], column: str) -> list[str]:
    """Return the codes of a column."""
    return [normalise_code(row[column]) for row in rows]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of an older table: latin-1, lines that end in carriage returns."""
    yield from csv.DictReader(io.StringIO(path.read_bytes().decode("latin-1"), newline=None))


def make_place_changes(folder: str | Path) -> tuple[PlaceChange, ...]:
    """Make the table of changes between all editions of Cambodia's gazetteer.

    Parameters
    ----------
    folder
        With the workbook and the tables of ``older_editions``.

    Returns
    -------
    tuple of PlaceChange
        What ``data/kh/place_changes.csv`` holds.
    """
    workbook = Path(folder) / "ncdd_gazetteer_2024-10-14.xlsx"
    middle, newest = read_workbook(workbook), gazetteer("kh@2025")
    days = decree_dates(workbook)
    counted = {(row.from_edition, row.from_code) for row in COUNTED}
    rows: list[PlaceChange] = list(COUNTED)
    for old in older_editions(folder):
        year = old.edition.removeprefix("kh@")
        for row in compare(old, middle):
            day = days.get(row.to_code or "", "")
            if (row.from_edition, row.from_code) not in counted:
                rows.append(replace(row, date=day if day[:4] > year else ""))
    rows += [*compare(middle, newest), *compare(newest, middle)]
    levels = {level: number for number, level in enumerate(LEVELS)}
    return tuple(
        sorted(
            rows,
            key=lambda row: (
                row.from_edition,
                row.to_edition,
                levels[row.level],
                row.from_code or row.to_code or "",
                row.to_code or "",
            ),
        )
    )


def write_place_changes(rows: Iterable[PlaceChange]) -> str:
    """Return the table of changes as CSV text.

    Parameters
    ----------
    rows
        From ``make_place_changes``.

    Returns
    -------
    str
        With a header, in the order given.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    names = [one.name for one in fields(PlaceChange)]
    for row in rows:
        writer.writerow("" if getattr(row, name) is None else getattr(row, name) for name in names)
    return out.getvalue()
