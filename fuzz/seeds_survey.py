"""Survey exports in every shape: KoboToolbox as zip and XLSX, ODK Central, plain tables."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.survey import interviews as make

from fuzz.cityfile import Use, use
from fuzz.seeds import Seed, as_csv, seed

PLACE = {"code": "KH0203", "name": "Battambang", "edition": "kh@2025", "members": list(make.UNITS)}


def exports(town: Path, own: dict[str, list[Use]]) -> list[Seed]:
    """Return one seed for each shape."""
    data = make.interviews(8, seed=4)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = {
            "kobo.zip": make.write_zip(
                {f"{key}.csv": rows for key, rows in make.kobo_sheets(data).items()}, folder / "a.zip", ";"
            ).read_bytes(),
            "kobo.xlsx": make.write_xlsx(
                make.kobo_sheets(data, "km", "summary"), folder / "b.xlsx"
            ).read_bytes(),
            "odk.zip": make.write_zip(make.odk_files(data), folder / "c.zip").read_bytes(),
            "plain.csv": as_csv(_plain(data)),
        }
    found = [
        seed(file, town, {"households": [use(file, format=form, id="survey")]}, made, place=PLACE)
        for file, form in (
            ("kobo.zip", "kobo"),
            ("kobo.xlsx", "kobo"),
            ("odk.zip", "odk"),
            ("plain.csv", "table"),
        )
    ]
    words = {
        "trim": 5,
        "weights": "final",
        "left_out": ["toilet"],
        "size_from": "roster",
        "weight_of": "household",
        "persons_per_room": 3,
    }
    said = use("plain.csv", format="table", id="survey", options=words, columns={"weight": "weight"})
    found.append(seed("words", town, {"households": [said]}, made, place=PLACE))
    return [seed("town", town, {"households": own["households"]}), *found]


def _plain(data: tuple[list[dict[str, str]], ...]) -> list[list[str]]:
    """Return interviews as one table with a weight."""
    header, rows = make.table(data[0])
    return [[*header, "weight"], *([*row, str(1 + at % 3)] for at, row in enumerate(rows))]
