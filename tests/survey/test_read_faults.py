"""What is wrong with a survey file is said all at once, with sheet, row and column; nothing is half-read."""

import copy

import numpy as np
import pytest

from citiesforall.core.errors import InputError
from citiesforall.survey.making import make_households, read_layer
from tests.survey import interviews as make

MAIN = "City survey"


@pytest.fixture(scope="module")
def plain_sheets():
    return make.kobo_sheets(make.interviews(16), split="summary")


@pytest.fixture
def sheets(plain_sheets):
    return copy.deepcopy(plain_sheets)


def read(sheets, tmp_path, **words):
    path = make.write_zip({f"{name}.csv": lines for name, lines in sheets.items()}, tmp_path / "kobo.zip")
    use = make.a_use(**words)
    return read_layer(make.given(use, path), use, [path])


def faults(sheets, tmp_path, **words):
    with pytest.raises(InputError) as caught:
        read(sheets, tmp_path, **words)
    return caught.value.faults


def column(lines, name):
    (at,) = [place for place, header in enumerate(lines[0]) if header.split("/")[-1] == name]
    return at


def put(sheets, sheet, row, name, value):
    """Put a value into a row, numbered as a spreadsheet does."""
    sheets[sheet][row - 1][column(sheets[sheet], name)] = value


def one(found, *parts):
    """Return the one fault that says all of this."""
    hits = [fault for fault in found if all(part in fault for part in parts)]
    assert len(hits) == 1, (parts, found)
    return hits[0]


def noted(layer, *parts):
    assert any(all(part in str(note) for part in parts) for note in layer.notes), (
        parts,
        [str(note) for note in layer.notes],
    )


@pytest.mark.parametrize(
    ("sheet", "row", "name", "value", "says"),
    [
        (MAIN, 5, "toilet", "latrine", "'latrine' is no answer. Allowed: flush_sewer"),
        (MAIN, 6, "rooms", "three", "'three' is no number"),
        (MAIN, 6, "rooms", "0", "0 cannot be. Allowed: 1 to 40"),
        (MAIN, 6, "rooms", "2.5", "2.5 is no whole number"),
        (MAIN, 6, "rcsi_borrow", "8", "8 cannot be. Allowed: 0 to 7"),
        (MAIN, 7, "benefits_12m", "pension gold", "'pension gold' holds an answer that is not allowed"),
        (MAIN, 8, "interview_date", "2026-02-30", "'2026-02-30' is no date"),
        (MAIN, 8, "interview_date", "2199-02-03", "2199-02-03 cannot be the day of an interview"),
        (MAIN, 8, "interview_date", "1926-02-03", "1926-02-03 cannot be the day"),
        (MAIN, 9, "sangkat_code", "120101", "lies outside the city"),
        (MAIN, 9, "sangkat_code", "999999", "is not known"),
        (MAIN, 9, "sangkat_code", "Svay Por", "'Svay Por' is no code of a sangkat"),
        (MAIN, 9, "sangkat_code", "", "is no code of a sangkat"),
        (MAIN, 10, "household_size", "9", "counts 9 members and lists"),
        (MAIN, 10, "respondent_number", "25", "member 25 answered, but"),
        (MAIN, 10, "household_id", "", "no number of its household"),
        (MAIN, 10, "stratum", "", "stratum is missing"),
        (MAIN, 10, "cluster", "", "cluster is missing"),
        ("members", 3, "age", "212", "212 cannot be. Allowed: 0 to 110"),
        ("members", 3, "age", "-1", "-1 cannot be"),
        ("members", 3, "age", "", "age of the member is not known"),
        ("members", 3, "sex", "", "sex of the member is not known"),
        ("members", 2, "age", "11", "the member who answered is 11 years old"),
        ("members", 3, "_parent_index", "99", "belongs to no interview"),
        ("members", 3, "_submission__uuid", "u0015", "of different exports"),
        ("threats", 3, "threat", "", "names no threat"),
    ],
)  # fmt: skip
def test_one_wrong_value(sheets, tmp_path, sheet, row, name, value, says):
    put(sheets, sheet, row, name, value)
    if name == "threat":
        put(sheets, sheet, row, "threat_shown", value)
    fault = one(faults(sheets, tmp_path), says)
    wanted = 2 if says.startswith("the member who answered") else row
    assert f"row {wanted}, column" in fault or f"row {wanted}:" in fault, fault
    assert ("City survey.csv" if sheet == MAIN or wanted == 2 else f"{sheet}.csv") in fault


def test_all_faults_in_one_report(sheets, tmp_path):
    put(sheets, MAIN, 5, "toilet", "latrine")
    put(sheets, MAIN, 7, "toilet", "latrine")
    put(sheets, MAIN, 6, "rooms", "three")
    put(sheets, "members", 3, "age", "212")
    put(sheets, MAIN, 9, "sangkat_code", "120101")
    found = faults(sheets, tmp_path)
    assert len(found) == 4
    assert "rows 5, 7, column 'sanitation/toilet'" in one(found, "latrine")


def test_faults_are_capped(sheets, tmp_path):
    for name in [
        header.split("/")[-1]
        for header in sheets[MAIN][0]
        if header.split("/")[0] in ("fcs", "rcsi", "fies", "housing", "income")
    ]:
        for row in range(2, 18):
            put(sheets, MAIN, row, name, f"x{row}")
    found = faults(sheets, tmp_path)
    assert len(found) == 201
    assert "further faults" in found[-1]


def test_missing_column(sheets, tmp_path):
    at = column(sheets[MAIN], "toilet")
    for line in sheets[MAIN]:
        del line[at]
    fault = one(faults(sheets, tmp_path), "'toilet': this column is missing")
    assert 'options.left_out = ["toilet"]' in fault
    layer = read(sheets, tmp_path, options={"left_out": ["toilet"]})
    assert "improved_sanitation" not in layer.tables["households"]
    noted(layer, "rest on 4 of 5 deprivations", "improved_sanitation")


def test_renamed_column(sheets, tmp_path):
    sheets[MAIN][0][column(sheets[MAIN], "household_id")] = "interview/houshold_id"
    assert "Did you mean 'interview/houshold_id'?" in one(
        faults(sheets, tmp_path), "'household_id': this column is missing"
    )
    read(sheets, tmp_path, columns={"household_id": "interview/houshold_id"})


def test_column_named_that_is_not_there(sheets, tmp_path):
    assert "Did you mean 'sanitation/toilet'?" in one(
        faults(sheets, tmp_path, columns={"toilet": "sanitation/toilets"}), "there is no such column"
    )


def test_repeated_column(sheets, tmp_path):
    at = column(sheets[MAIN], "toilet")
    for line in sheets[MAIN]:
        line.insert(3, line[at])
    noted(read(sheets, tmp_path), "'toilet' stands in 2 columns that hold the same")
    sheets[MAIN][4][3] = "none" if sheets[MAIN][4][3] != "none" else "vip"
    one(faults(sheets, tmp_path), "'toilet' stands in 2 columns", "differ")


def test_labels_instead_of_codes_are_mended(sheets, tmp_path):
    put(sheets, MAIN, 5, "toilet", "Pit latrine with slab")
    put(sheets, MAIN, 6, "toilet", "  pit LATRINE with slab ")
    layer = read(sheets, tmp_path)
    noted(layer, "2 values were labels instead of codes (toilet)")
    assert layer.tables["households"]["basic_sanitation"].notna().any()


def test_duplicate_interviews(sheets, tmp_path):
    copied = list(sheets[MAIN][3])
    copied[column(sheets[MAIN], "_index")] = "17"
    copied[column(sheets[MAIN], "_uuid")] = "u0099"
    sheets[MAIN].append(copied)
    layer = read(sheets, tmp_path)
    noted(layer, "1 interviews were sent twice")
    assert layer.info["n"] == 16
    copied[column(sheets[MAIN], "rooms")] = "39"
    one(faults(sheets, tmp_path), "has 2 interviews that differ (rows 4, 18)")


def test_two_rows_with_one_id(sheets, tmp_path):
    put(sheets, MAIN, 5, "_uuid", "u0000")
    found = faults(sheets, tmp_path)
    one(found, "'u0000' stands in row 2 too")


def test_half_filled_interviews_are_no_answer(sheets, tmp_path):
    for at, header in enumerate(sheets[MAIN][0]):
        if header.split("/")[0] not in (
            "interview",
            "household",
            "respondent",
            "closing",
            "roster",
        ) and not header.startswith("_"):
            sheets[MAIN][4][at] = ""
    sheets["threats"] = [
        line for line in sheets["threats"] if line[column(sheets["threats"], "_parent_index")] != "4"
    ]
    layer = read(sheets, tmp_path)
    assert layer.info["n"] == 15
    assert layer.info["design"]["outcomes"] == {"completed": 15, "partial": 1}
    noted(layer, "1 interviews answer fewer than half")


@pytest.mark.parametrize("state", ["validation_status_not_approved", "Not approved"])
def test_rejected_interviews_are_no_answer(sheets, tmp_path, state):
    put(sheets, MAIN, 5, "_validation_status", state)
    layer = read(sheets, tmp_path)
    assert layer.info["design"]["outcomes"] == {"completed": 15, "rejected": 1}
    assert round(layer.info["design"]["response_rate"], 4) == round(15 / 16, 4)


def test_refusals_and_empty_homes(sheets, tmp_path):
    for row, outcome in ((5, "refused"), (6, "not_at_home"), (7, "vacant")):
        put(sheets, MAIN, row, "result", outcome)
    layer = read(sheets, tmp_path)
    assert layer.info["n"] == 13
    # 13 interviews of 15 eligible: the vacant dwelling is no household
    assert layer.info["design"]["response_rate"] == round(13 / 15, 4)


def test_stratum_of_one_cluster_is_joined(sheets, tmp_path):
    for row in range(2, 18):
        put(sheets, MAIN, row, "stratum", "lonely" if row in (2, 10) else "a" if row % 2 else "b")
        put(sheets, MAIN, row, "cluster", "X" if row in (2, 10) else f"K{row % 4}{row % 2}")
    layer = read(sheets, tmp_path)
    noted(layer, "were joined, because one of them has a single cluster")
    assert "b+lonely" in set(layer.tables["households"]["stratum"])


def test_one_cluster_in_all(sheets, tmp_path):
    for row in range(2, 18):
        put(sheets, MAIN, row, "stratum", "a")
        put(sheets, MAIN, row, "cluster", "1")
    one(faults(sheets, tmp_path), "one cluster in all")


def test_codes_without_leading_zero_and_of_villages(sheets, tmp_path):
    put(sheets, MAIN, 2, "sangkat_code", "20301")
    put(sheets, MAIN, 3, "sangkat_code", "02030204")
    layer = read(sheets, tmp_path)
    noted(layer, "1 codes of sangkats had lost their leading zero")
    noted(layer, "1 codes of sangkats were codes of villages")
    assert list(layer.tables["households"]["unit"][:2]) == ["KH020301", "KH020302"]


def test_roster_left_behind(sheets, tmp_path):
    del sheets["members"]
    one(faults(sheets, tmp_path), "members of the households are not in the file")


def test_size_from_roster(sheets, tmp_path):
    put(sheets, MAIN, 10, "household_size", "9")
    one(faults(sheets, tmp_path), 'options.size_from = "roster"')
    layer = read(sheets, tmp_path, options={"size_from": "roster"})
    noted(layer, "the list was taken")
    np.testing.assert_array_equal(
        layer.tables["households"]["size"], np.bincount(layer.tables["members"]["row"])
    )


def test_threat_told_but_not_named(sheets, tmp_path):
    lines = sheets["threats"]
    own = [line for line in lines[1:] if line[column(lines, "_parent_index")] == "1"]
    absent = next(
        code
        for code in ("fire", "drugs", "storm", "bribes")
        if code not in [line[column(lines, "threat")] for line in own]
    )
    own[0][column(lines, "threat")] = absent
    one(faults(sheets, tmp_path), f"tells of '{absent}', but does not name it")


def test_words_of_the_city_file(sheets, tmp_path):
    found = faults(
        sheets, tmp_path, options={"smaple": "x.csv", "values": {"toylet": {}}}, columns={"toilett": "x"}
    )
    assert "Did you mean 'sample'?" in one(found, "options.smaple")
    assert "Did you mean 'toilet'?" in one(found, "columns.toilett: this is no question")
    assert "Did you mean 'toilet'?" in one(found, "options.values.toylet")


def test_nothing_is_written_on_a_fault(sheets, tmp_path):
    put(sheets, MAIN, 5, "toilet", "latrine")
    path = make.write_zip({f"{name}.csv": lines for name, lines in sheets.items()}, tmp_path / "kobo.zip")
    folder = tmp_path / "out"
    folder.mkdir()
    with pytest.raises(InputError):
        make_households(make.given(make.a_use(), path), folder)
    assert list(folder.iterdir()) == []
