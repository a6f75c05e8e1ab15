"""Invented interviews in the shapes KoboToolbox, ODK Central and plain tables give them."""

import csv
import io
import random
import re
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd

from citiesforall.core.city import City, SourceUse
from citiesforall.core.inputs import Finished, Inputs
from citiesforall.survey.bank import bank
from citiesforall.text import say

UNITS = ("KH020301", "KH020302", "KH020303", "KH020304")
STRATA = {"KH020301": "core", "KH020302": "core", "KH020303": "edge", "KH020304": "edge"}
SKIPPED = ("note", "start", "end", "text")


def a_use(**more):
    """Return a source of households."""
    words = {
        "id": "survey",
        "role": "households",
        "file": "x",
        "title": "t",
        "provider": "p",
        "licence": "own-data",
        "citation": "c",
        "format": "kobo",
        "vintage": "2026-02",
    }
    return SourceUse.model_validate(words | more)


def a_city(draws=8, **sources):
    return City.model_validate(
        {
            "place": {"code": "KH0203", "name": "Battambang", "members": list(UNITS), "edition": "kh@2025"},
            "period": "2026",
            "choices": {"draws": draws, "seed": 3},
            "sources": sources,
        }
    )


def given(use, *paths, draws=8, homes=None, folder=None):
    """Return what a maker is handed."""
    sources = {"households": [use.model_dump()]}
    if homes is not None:
        totals = a_use(id="census", format="table").model_dump() | {"role": "totals"}
        sources["totals"] = [totals]
    done = {}
    if homes is not None:
        pd.DataFrame(homes).to_parquet(folder / "homes.parquet")
        done["homes"] = Finished(folder, {})
    return Inputs(a_city(draws, **sources), {"households": [(use, tuple(paths))]}, done)


def _answer(question, rng):
    """Return a code or number a person might give."""
    if question.choices:
        codes = [one.code for one in bank().lists[question.choices]]
        plain = [code for code in codes if code not in ("none", "refused", "dont_know", "nothing", "nobody")]
        if question.type == "select_multiple":
            return " ".join(sorted(rng.sample(plain, rng.randint(1, min(2, len(plain))))))
        return rng.choice(plain)
    if question.constraint:
        low = re.search(r">= (-?\d+)", question.constraint)
        high = re.search(r"<= (\d+)", question.constraint)
        return str(
            rng.randint(int(low.group(1)) if low else 0, min(int(high.group(1)) if high else 20, 400000))
        )
    return str(rng.randint(0, 5))


def interviews(n=24, seed=1):
    """Return interviews, members and threats as rows of our names."""
    rng = random.Random(seed)
    read = bank()
    asked = [
        one
        for one in read.questions.values()
        if one.type not in SKIPPED and one.type not in ("calculate", "geopoint", "today")
    ]
    main, members, threats = [], [], []
    for number in range(n):
        unit = UNITS[number % 4]
        size = rng.randint(1, 6)
        row = {one.name: _answer(one, rng) for one in asked if one.table in ("household", "respondent")}
        row |= {
            "interview_date": f"2026-02-{number % 27 + 1:02d}",
            "cluster": f"C{number % 8:02d}",
            "household_id": f"C{number % 8:02d}-{number:03d}",
            "sangkat_code": unit.removeprefix("KH"),
            "stratum": STRATA[unit],
            "visit_number": "1",
            "door": "adult_home",
            "consent": "yes",
            "household_size": str(size),
            "respondent_number": "1",
            "interview_end_state": "completed",
            "result": "completed",
            "rooms": str(rng.randint(1, 4)),
            "remarks": "Neighbour of Sok Dara, 012 345 678",
            "location": "13.1 103.2 0 5",
            "sexual_harassment_types": rng.choice(["none", "comments"]),
            "physical_harassment_types": "none",
        }
        row["threats_all"] = " ".join(
            code for name, codes in row.items() if name.startswith("threats_") for code in codes.split()
        )
        for at in range(size):
            person = {one.name: _answer(one, rng) for one in asked if one.table == "member"}
            person |= {
                "member_number": str(at + 1),
                "relation": "head" if at == 0 else "child",
                "age": str(rng.randint(20, 70) if at == 0 else rng.randint(0, 45)),
                "health_scheme": rng.choice(["hef", "nssf", "none"]),
                "_parent": number,
            }
            members.append(person)
        row["respondent_sex"], row["respondent_age"] = members[-size]["sex"], members[-size]["age"]
        main.append(row)
        for code in row["threats_all"].split():
            detail = {one.name: _answer(one, rng) for one in asked if one.table == "threat"}
            threats.append(detail | {"threat": code, "threat_shown": code, "_parent": number})
    return main, members, threats


def _module(name):
    question = bank().questions.get(name)
    return question.module if question else ""


def _header(name, dialect):
    """Return how a dialect writes a question's column."""
    module = _module(name)
    repeat = {"member": "members", "threat": "threats"}.get(bank().questions[name].table) if module else None
    if dialect == "odk":
        return f"{module}-{name}" if module else name
    if dialect in ("km", "en"):
        text = bank().questions[name].text if module else ""
        return (say(f"survey.{name}.label", text, dialect) or text) if text else name
    parts = [part for part in (repeat, module, name) if part]
    return "/".join(parts)


def _value(name, value, dialect):
    question = bank().questions.get(name)
    if (
        dialect not in ("km", "en")
        or question is None
        or question.type not in ("select_one", "select_multiple")
    ):
        return value
    labels = {
        one.code: say(f"survey.choice.{question.choices}.{one.code}", one.label, dialect) or one.label
        for one in bank().lists[question.choices]
    }
    return " ".join(labels[code] for code in value.split())


def table(rows, dialect="xml", split="both"):
    """Return header and rows of one sheet."""
    names = list(dict.fromkeys(name for row in rows for name in row if name != "_parent"))
    header, makers = [], []
    for name in names:
        question = bank().questions.get(name)
        several = question is not None and question.type == "select_multiple"
        if not several or split in ("both", "summary"):
            header.append(_header(name, dialect))
            makers.append(lambda row, name=name: _value(name, row.get(name, ""), dialect))
        if several and split in ("both", "details"):
            for one in bank().lists[question.choices]:
                label = (
                    one.code
                    if dialect not in ("km", "en")
                    else say(f"survey.choice.{question.choices}.{one.code}", one.label, dialect) or one.label
                )
                header.append(f"{_header(name, dialect)}/{label}")
                makers.append(
                    lambda row, name=name, code=one.code: (
                        ("1" if code in row.get(name, "").split() else "0") if row.get(name) else ""
                    )
                )
    return header, [[make(row) for make in makers] for row in rows]


def kobo_sheets(data, dialect="xml", split="both"):
    """Return the sheets of a KoboToolbox export: title -> lines."""
    main, members, threats = data
    sheets = {}
    header, rows = table(main, dialect, split)
    more = ["_id", "_uuid", "_submission_time", "_validation_status", "_index"]
    sheets["City survey"] = [header + more] + [
        [*row, str(900 + at), f"u{at:04d}", "2026-02-03T09:00:00", "", str(at + 1)]
        for at, row in enumerate(rows)
    ]
    for name, part in (("members", members), ("threats", threats)):
        header, rows = table(part, dialect, split)
        more = ["_index", "_parent_table_name", "_parent_index", "_submission__id", "_submission__uuid"]
        sheets[name] = [header + more] + [
            [
                *row,
                str(at + 1),
                "City survey",
                str(one["_parent"] + 1),
                str(900 + one["_parent"]),
                f"u{one['_parent']:04d}",
            ]
            for at, (row, one) in enumerate(zip(rows, part, strict=True))
        ]
    return sheets


def odk_files(data, split="both"):
    """Return the files of an ODK Central export: name -> lines."""
    main, members, threats = data
    header, rows = table(main, "odk", split)
    files = {
        "city.csv": [["SubmissionDate", *header, "meta-instanceID", "KEY", "SubmitterName", "ReviewState"]]
        + [
            ["2026-02-03T02:00:00.000Z", *row, f"uuid:{at}", f"uuid:{at}", "Vanna", ""]
            for at, row in enumerate(rows)
        ]
    }
    for name, part in (("members", members), ("threats", threats)):
        header, rows = table(part, "odk", split)
        files[f"city-{name}.csv"] = [[*header, "PARENT_KEY", "KEY"]] + [
            [*row, f"uuid:{one['_parent']}", f"uuid:{one['_parent']}/{name}[{at}]"]
            for at, (row, one) in enumerate(zip(rows, part, strict=True))
        ]
    return files


def write_xlsx(sheets, path: Path):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, lines in sheets.items():
        sheet = book.create_sheet(title[:31])
        for line in lines:
            sheet.append([None if value == "" else value for value in line])
    book.save(path)
    return path


def as_csv(lines, sep=","):
    out = io.StringIO()
    csv.writer(out, delimiter=sep, quoting=csv.QUOTE_ALL if sep == ";" else csv.QUOTE_MINIMAL).writerows(
        lines
    )
    return out.getvalue()


def write_zip(files, path: Path, sep=",", bom=False):
    with zipfile.ZipFile(path, "w") as held:
        for name, lines in files.items():
            held.writestr(name, ("\ufeff" if bom else "") + as_csv(lines, sep))
        held.writestr("media/1.jpg", b"\xff\xd8")
    return path


def same(one, other):
    """Compare two layers of the same interviews in other files, draws and all: their secret is that of the answers."""
    assert one.tables.keys() == other.tables.keys()
    for name in one.tables:
        pd.testing.assert_frame_equal(one.tables[name], other.tables[name])
    np.testing.assert_array_equal(one.replicates, other.replicates)
