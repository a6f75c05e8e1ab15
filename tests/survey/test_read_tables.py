"""Surveys that others made: columns and values mapped in the city file, no line of code."""

import numpy as np
import pytest

from citiesforall.core.errors import InputError
from citiesforall.survey.making import read_layer
from tests.survey import interviews as make
from tests.survey.test_read_faults import one

HOMES = """HHNO,PSU,STR,WT,COMM,HHSIZE,RSEX,RAGE,DRINK,WALLS,NIGHT,PRAYS,INC
1,11,1,120.5,020301,4,F,34,Piped,Brick,Very safe,yes,"1,200,000"
2,11,1,110,020301,2,M,51,Pond,Palm,Afraid,no,99
3,12,1,130,020302,6,F,29,Piped,Brick,Very safe,no,900000
4,12,1,100,020302,3,F,45,Well,Brick,,yes,800000
5,21,2,90,020303,5,M,62,Piped,Palm,Afraid,no,
6,22,2,95,020304,1,F,19,Pond,Brick,Afraid,NA,300000
"""
PEOPLE = """HH,SEX,YEARS,SCHOOL
1,F,34,
1,M,8,yes
1,M,7,no
1,F,70,
2,M,51,
2,F,50,
3,F,29,
3,M,10,yes
3,M,11,yes
3,F,40,
3,M,41,
3,F,6,no
4,F,45,
4,M,44,
4,F,9,yes
5,M,62,
5,F,60,
5,F,20,
5,F,4,
5,M,22,
6,F,19,
"""
COLUMNS = {
    "household_id": "HHNO", "cluster": "PSU", "stratum": "STR", "weight": "WT", "unit": "COMM", "size": "HHSIZE", "sex": "RSEX", "age": "RAGE",
    "water_source": "DRINK", "wall": "WALLS", "safe_at_night": "NIGHT", "joined_meeting_12m": "PRAYS", "income_khr_month": "INC",
}  # fmt: skip
VALUES = {
    "respondent_sex": {"F": "female", "M": "male"}, "sex": {"F": "female", "M": "male"},
    "water_source": {"Piped": "piped_dwelling", "Pond": "surface", "Well": "tube_well"},
    "wall": {"Brick": "brick", "Palm": "bamboo_leaves"}, "safe_at_night": {"Very safe": "1", "Afraid": "0"},
    "income_khr_month": {"99": ""},
}  # fmt: skip


def read(tmp_path, homes=HOMES, people=PEOPLE, columns=COLUMNS, **options):
    (tmp_path / "homes.csv").write_text(homes, "utf-8")
    (tmp_path / "people.csv").write_text(people, "utf-8")
    words = {
        "values": VALUES,
        "members": "people.csv",
        "member_columns": {
            "household_id": "HH",
            "sex": "SEX",
            "age": "YEARS",
            "out_of_school_6_14": "SCHOOL",
        },
    }
    options = {key: value for key, value in (words | options).items() if value is not None}
    use = make.a_use(format="table", columns=columns, options=options)
    path = tmp_path / "homes.csv"
    return read_layer(make.given(use, path, draws=4), use, [path])


def test_foreign_survey(tmp_path):
    layer = read(tmp_path)
    households, respondents, members = (
        layer.tables[name] for name in ("households", "respondents", "members")
    )
    np.testing.assert_array_equal(households["weight"], [120.5, 110, 130, 100, 90, 95])
    np.testing.assert_array_equal(households["improved_water"], [1, 0, 1, 1, 1, 0])
    np.testing.assert_array_equal(households["adults"], [2, 2, 3, 2, 4, 1])
    np.testing.assert_array_equal(households["income_khr_month"], [1.2e6, np.nan, 9e5, 8e5, np.nan, 3e5])
    # answers given as they are: yes and no of a question whose own codes are others
    np.testing.assert_array_equal(respondents["safe_at_night"], [1, 0, 1, np.nan, 0, 0])
    np.testing.assert_array_equal(respondents["joined_meeting_12m"], [1, 0, 0, 1, 0, np.nan])
    assert list(respondents["sex"]) == ["female", "male", "female", "female", "male", "female"]
    np.testing.assert_array_equal(members["out_of_school_6_14"].dropna(), [1, 0, 1, 1, 0, 1])
    # water and walls alone do not tell a slum
    assert "slum" not in households
    assert any("2 of 5 deprivations were asked of most" in str(note) for note in layer.notes)
    assert "fies_raw" not in households


def test_weights_of_another_are_left_as_they_are(tmp_path):
    layer = read(tmp_path)
    assert layer.info["design"]["census"] == ""
    assert layer.replicates.shape == (5, 6)


def test_without_members(tmp_path):
    layer = read(tmp_path, members=None, member_columns=None)
    assert "members" not in layer.tables
    np.testing.assert_array_equal(layer.tables["households"]["size"], [4, 2, 6, 3, 5, 1])
    np.testing.assert_array_equal(layer.tables["households"]["adults"], [1] * 6)
    assert list(layer.tables["respondents"]["age"]) == [34, 51, 29, 45, 62, 19]


def test_weights_of_persons(tmp_path):
    layer = read(tmp_path, weight_of="respondent")
    np.testing.assert_allclose(
        layer.tables["households"]["weight"], np.array([120.5, 110, 130, 100, 90, 95]) / [2, 2, 3, 2, 4, 1]
    )
    np.testing.assert_allclose(layer.tables["respondents"]["weight"], [120.5, 110, 130, 100, 90, 95])


def test_without_design(tmp_path):
    bare = {ours: theirs for ours, theirs in COLUMNS.items() if ours not in ("cluster", "stratum", "weight")}
    layer = read(tmp_path, columns=bare)
    said = "\n".join(map(str, layer.notes))
    for part in ("no strata are given", "no clusters are given", "neither a sample nor weights"):
        assert part in said
    np.testing.assert_array_equal(layer.replicates[0], np.ones(6))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("Piped,Brick", "Lake,Brick", "row 2, column 'DRINK': 'Lake' is no answer"),
        (",F,34", ",X,34", "column 'RSEX': 'X' is no answer. Allowed: female, male"),
        (",F,34", ",F,134", "row 2, column 'RAGE': 134 cannot be. Allowed: 0 to 110"),
        ("1,11,1,120.5", "1,11,1,0", "row 2, column 'weight': weight '0' cannot be"),
        ("2,11,1,110", "1,11,1,110", "household '1' has 2 interviews that differ (rows 2, 3)"),
        (",4,F", ",5,F", "counts 5 members and lists 4"),
        ("Very safe,yes", "sometimes,yes", "'sometimes' is no answer"),
        ("HHSIZE", "HSIZE", "columns.size = 'HHSIZE': there is no such column. Did you mean 'HSIZE'?"),
        ("020304", "20304", None),
    ],
)
def test_faults(tmp_path, old, new, says):
    if says is None:
        read(tmp_path, HOMES.replace(old, new))
        return
    with pytest.raises(InputError) as caught:
        read(tmp_path, HOMES.replace(old, new, 1))
    if "columns.size" in says:
        says = says.replace("columns.size", "columns.household_size")
    one(caught.value.faults, says)


def test_member_of_nobody(tmp_path):
    with pytest.raises(InputError) as caught:
        read(tmp_path, people=PEOPLE + "9,F,30,\n")
    one(caught.value.faults, "people.csv", "row 23", "belongs to no interview")


def test_one_column_per_answer(tmp_path):
    """A table of answers alone: yes and no, weight, stratum and cluster."""
    text = "id,psu,strat,w,code,n,elec,rent\n" + "".join(
        f"h{k},{k % 4},s{k % 2},{k + 1},02030{k % 4 + 1},{k % 3 + 1},{'yes' if k % 2 else 'no'},{k / 10}\n"
        for k in range(8)
    )
    (tmp_path / "homes.csv").write_text(text, "utf-8")
    columns = {
        "household": "id",
        "cluster": "psu",
        "stratum": "strat",
        "weight": "w",
        "unit": "code",
        "size": "n",
        "electricity": "elec",
        "housing_cost_share": "rent",
    }
    use = make.a_use(format="table", columns=columns)
    layer = read_layer(make.given(use, tmp_path / "homes.csv"), use, [tmp_path / "homes.csv"])
    np.testing.assert_array_equal(layer.tables["households"]["electricity"], [0, 1] * 4)
    np.testing.assert_allclose(layer.tables["households"]["housing_cost_share"], np.arange(8) / 10)
    assert layer.info["answers"]["housing_cost_share"] == "households"
