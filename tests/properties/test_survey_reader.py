"""Whatever is done to a survey export, it is read as a whole or refused with sentences; never a traceback, never half a layer."""

import copy
import random

import numpy as np
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.survey import interviews as make

from citiesforall.core.errors import InputError
from citiesforall.survey.export import read_export
from citiesforall.survey.making import read_layer
from citiesforall.survey.values import date, is_blank, number, squeezed, yes_no

JUNK = ("", " ", "n/a", "none", "#REF!", "-1", "0", "9999999", "1e309", "nan", "inf", "១២", "yes", "no", "លុក", "a b", "2026-13-40", "46056",
        "u0001", "C00-000", "020301", "KH020301", "12", "'", '"', ";", ",", "\ufeff", "0,5", "1.0", "true", "x" * 300)  # fmt: skip
SHEETS = make.kobo_sheets(make.interviews(8, seed=4), split="summary")
MORE = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def change_columns(lines, at, _row, how):
    """Drop, repeat or empty a column."""
    for line in lines[how == "blank_column" :]:
        if at >= len(line):
            continue
        if how == "drop_column":
            del line[at]
        elif how == "copy_column":
            line.insert(0, line[at])
        else:
            line[at] = ""


def change_rows(lines, at, row, how):
    """Drop, repeat, move or cut a row."""
    if how == "drop_row":
        del lines[row]
    elif how == "copy_row":
        lines.append(list(lines[row]))
    elif how == "swap":
        lines[row], lines[-1] = lines[-1], lines[row]
    else:
        lines[row] = lines[row][:at]


CHANGES = ("cell",) * 4 + (
    "header",
    "drop_sheet",
    "drop_row",
    "copy_row",
    "swap",
    "cut",
    "drop_column",
    "copy_column",
    "blank_column",
)


def mutated(sheets, rng):
    """Return sheets with one to four random changes."""
    sheets = copy.deepcopy(sheets)
    for _ in range(rng.randint(1, 4)):
        name = rng.choice(list(sheets))
        lines = sheets[name]
        if not lines or not lines[0]:
            continue
        at, row, how = rng.randrange(len(lines[0])), rng.randrange(len(lines)), rng.choice(CHANGES)
        if how == "cell" and at < len(lines[row]):
            lines[row][at] = rng.choice(JUNK)
        elif how == "header":
            lines[0][at] = rng.choice((*JUNK, rng.choice(lines[0])))
        elif how.endswith("column"):
            change_columns(lines, at, row, how)
        elif how == "drop_sheet" and len(sheets) > 1:
            del sheets[name]
        elif how in CHANGES[6:10]:
            change_rows(lines, at, row, how)
    return sheets


def whole(layer):
    """Check that a layer is all it must be."""
    n = layer.info["n"]
    assert n == len(layer.tables["households"]) == len(layer.tables["respondents"]) > 0
    assert layer.replicates.shape == (9, n)
    assert np.isfinite(layer.replicates).all()
    assert (layer.replicates >= 0).all()
    assert (layer.replicates[0] > 0).all()
    households = layer.tables["households"]
    assert households["household"].is_unique
    assert set(households["unit"]) <= set(make.UNITS)
    assert (households["size"] >= 1).all()
    if "members" in layer.tables:
        assert layer.tables["members"]["row"].between(0, n - 1).all()
    for table in ("households", "respondents"):
        for name, kind in layer.info["answers"].items():
            if kind == table:
                assert (layer.tables[table][name].dropna() >= 0).all(), name


@given(st.integers(0, 10**9))
@example(1)
@MORE
def test_changed_exports(tmp_path_factory, seed):
    rng = random.Random(seed)
    folder = tmp_path_factory.mktemp("fuzz")
    sheets = mutated(SHEETS, rng)
    form, path = "kobo", folder / "kobo.zip"
    if rng.random() < 0.2:
        path = make.write_xlsx(
            {
                name[:31]: [[str(value)[:300].replace("\ufeff", "") for value in line] for line in lines]
                for name, lines in sheets.items()
            },
            folder / "kobo.xlsx",
        )
    else:
        make.write_zip({f"{name}.csv": lines for name, lines in sheets.items()}, path, rng.choice(",;"))
    use = make.a_use(format=form)
    try:
        layer = read_layer(make.given(use, path), use, [path])
    except InputError as error:
        said = error.faults
    else:
        said = ["it was read as a whole, which is well"]
        whole(layer)
    assert said
    for fault in said:
        assert len(fault) > 20, fault
        assert "object at 0x" not in fault


@given(st.integers(0, 10**9))
@settings(max_examples=40, deadline=None)
def test_changed_bytes(tmp_path_factory, seed):
    """Cut and spoil files as bytes."""
    rng = random.Random(seed)
    folder = tmp_path_factory.mktemp("bytes")
    raw = bytearray(_zipped(folder))
    for _ in range(rng.randint(1, 6)):
        raw[rng.randrange(len(raw))] = rng.randrange(256)
    if rng.random() < 0.5:
        raw = raw[: rng.randrange(len(raw))]
    path = folder / rng.choice(("a.zip", "a.csv", "a.xlsx"))
    path.write_bytes(bytes(raw))
    try:
        export = read_export([path])
    except InputError:
        return
    for sheet in export.sheets:
        assert all(len(row) == len(sheet.header) for row in sheet.rows)


def _zipped(folder):
    small = {"a.csv": [["a", "b"], ["1", "2"], ["3", "4"]], "b.csv": [["x", "y"], ["ក", "ខ"]]}
    return make.write_zip(small, folder / "plain.zip").read_bytes()


@given(st.text(max_size=30))
def test_single_values(text):
    assert isinstance(number(text), float)
    found = date(text)
    assert found is None or len(found) == 10
    assert yes_no(text) in (0.0, 1.0) or np.isnan(yes_no(text))
    assert squeezed(squeezed(text)) == squeezed(text)
    is_blank(text)


@given(st.floats(-1e9, 1e9).map(lambda value: round(value, 3)))
def test_numbers_survive_their_writing(value):
    assert number(str(value)) == value
    if abs(value) < 1e6:
        comma = f"{value:.1f}".replace(".", ",")
        assert number(comma) == float(f"{value:.1f}")
