"""Reading a document back: its texts, its numbers, and what a number's `how` comes to when somebody else works it out."""

import json
import math
import os
import re
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from citiesforall.core.city import read_city
from citiesforall.report.blocks import Number, Said
from citiesforall.report.evidence import read_evidence
from tests.report.conftest import ROOT, folders_of

SUM = re.compile(r"^(sum|mean) of (\w+)(?: where (.+?))?(?:, in millions)?$")
COUNT = re.compile(r"^count of rows(?: where (.+))?$")


def demo():
    """Return the tables of the demo krong; skip where no run of it is here. ``CITIES_DEMO`` names its output folder."""
    out = Path(os.environ.get("CITIES_DEMO", ROOT / "out"))
    files = sorted(out.rglob("krong.toml"))
    if not files or not (out / ".store").is_dir():
        pytest.skip("no demo is here; set CITIES_DEMO to the folder of one")
    return read_evidence(read_city(files[0]), folders_of(out, "kh99"))


def saids(one):
    """Yield every text with numbers of a document."""
    if isinstance(one, Said):
        yield one
    elif is_dataclass(one) and not isinstance(one, type):
        for field in fields(one):
            yield from saids(getattr(one, field.name))
    elif isinstance(one, tuple | list):
        for each in one:
            yield from saids(each)


def texts(one):
    """Yield every text of a document, also those without numbers."""
    if isinstance(one, Said):
        yield one.text
    elif isinstance(one, str):
        yield one
    elif is_dataclass(one) and not isinstance(one, type):
        for field in fields(one):
            if field.name not in {"svg", "kind", "id", "align", "role", "tone", "sign", "lang"}:
                yield from texts(getattr(one, field.name))
    elif isinstance(one, tuple | list):
        for each in one:
            yield from texts(each)


def numbers(document):
    """Return every number of a document."""
    return [number for said in saids(document) for number in said.numbers]


def cell_of(evidence, number: Number) -> float:
    """Return what stands in the table where a number says it is."""
    if number.table.endswith(".json"):
        found = evidence.said[number.table.removeprefix("plan/").removesuffix(".json")]
        for word in number.column.split("."):
            found = found[int(word)] if isinstance(found, list) else found.get(word)
        return math.nan if found is None else float(found)
    table = evidence.tables[number.table]
    has = np.ones(len(table), bool)
    for column, value in number.key:
        has &= (table[column].astype(str) == value).to_numpy()
    assert has.sum() <= 1, number
    return float(table.loc[has, number.column].iloc[0]) if has.any() else math.nan


def worked_out(evidence, number: Number) -> float | None:
    """Return what a number's ``how`` comes to; None where its words are not of the plain forms."""
    if number.table.endswith(".json"):
        return None
    parts = number.how.split(" over ")
    found = [_worked(evidence.tables[number.table], part) for part in parts]
    if None in found:
        return None
    return found[0] if len(found) == 1 else found[0] / found[1] if found[1] else math.nan


def _worked(table, how):
    if counted := COUNT.match(how):
        rows = _where(table, counted.group(1))
        return None if rows is None else float(len(rows))
    summed = SUM.match(how)
    if not summed or summed.group(2) not in table:
        return None
    rows = _where(table, summed.group(3))
    if rows is None:
        return None
    return float(rows[summed.group(2)].sum() if summed.group(1) == "sum" else rows[summed.group(2)].mean())


def _where(table, said):
    if not said:
        return table
    for part in said.split(" and "):
        is_so = re.match(r"^(\w+) is (\S+)$", part)
        if not is_so or is_so.group(1) not in table:
            return None
        table = table[table[is_so.group(1)].astype(str) == is_so.group(2)]
    return table


def as_number(text: str) -> tuple[float, float]:
    """Return the number a text shows and half of its last digit; Khmer digits are read too."""
    plain = text.translate(str.maketrans("០១២៣៤៥៦៧៨៩", "0123456789")).replace(",", "")
    found = re.search(r"-?\d+(?:\.(\d+))?", plain)
    assert found, text
    return float(found.group()), 0.5 * 10.0 ** -len(found.group(1) or "")


def without(evidence, *steps):
    """Return the evidence of a city that has not been taken as far."""
    files = {"plan": ("plan", "check"), "diagnose": ("challenges",)}
    gone = {name for step in steps for name in files[step]}
    return replace(
        evidence,
        folders={key: one for key, one in evidence.folders.items() if key not in steps},
        tables={key: one for key, one in evidence.tables.items() if key.split("/")[0] not in steps},
        said={key: one for key, one in evidence.said.items() if key not in gone},
    )


def changed_plan(evidence, **words):
    """Return the evidence with other words in ``plan.json``."""
    return replace(
        evidence, said={**evidence.said, "plan": json.loads(json.dumps(evidence.said["plan"])) | words}
    )
