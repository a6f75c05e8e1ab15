"""Registers as files: every fault told at once, rows set aside, blanks and zeros, units, editions."""

import json

import numpy as np
import openpyxl
import pandas as pd
import pytest

from citiesforall.core.city import SourceUse
from citiesforall.core.errors import CitiesError, DeclarationError, InputError
from citiesforall.core.place import gazetteer, translate
from citiesforall.gather.register_layer import checked, read_one
from citiesforall.gather.register_options import read_options
from citiesforall.gather.register_places import where_of

COMMUNES = [f"KH0102{number:02d}" for number in range(1, 14)]


def places(units=COMMUNES, own="KH0102"):
    return where_of(
        pd.DataFrame({"place": [own, *units], "parent": [None, *[own] * len(units)]}, dtype=object), "kh@2025"
    )


def use(columns, **more):
    return SourceUse(
        **{
            "id": "poor", "role": "registers", "file": "poor.csv", "title": "Poor", "provider": "Council", "licence": "own-data",
            "citation": "Council", "format": "table", "vintage": "2022", "edition": "kh@2025",
            "columns": {"code": "code", **columns}, **more,
        }
    )  # fmt: skip


def write(tmp_path, text, name="poor.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


HOUSEHOLDS = {"households": "hh", "poor_households": "poor"}


def read(tmp_path, text, columns=HOUSEHOLDS, residents=None, where=None, **options):
    people = pd.Series(residents if residents is not None else {}, dtype=np.float64)
    return read_one(use(columns, options=options), write(tmp_path, text), where or places(), people, "2023")


def values(found, amount):
    rows = found.table[found.table["amount"] == amount].set_index("place")
    return rows["value"]


def faults(tmp_path, text, columns=HOUSEHOLDS, **options):
    with pytest.raises(CitiesError) as caught:
        read(tmp_path, text, columns, **options)
    return caught.value.faults


def test_a_plain_register(tmp_path):
    found = read(tmp_path, "code,hh,poor\n010201,500,50\n10202,400,30\n")
    assert values(found, "households").to_dict() == {"KH010201": 500.0, "KH010202": 400.0}
    assert values(found, "poor_households").to_dict() == {"KH010201": 50.0, "KH010202": 30.0}
    assert set(found.table["period"]) == {"2022"}
    assert any("2 of 2 rows match a place (100.0%); 2 of 13 units" in note.what for note in found.notes)
    assert any("leading zero" in note.what for note in found.notes)


def test_every_fault_of_a_file_is_told_at_once_with_row_and_column(tmp_path):
    text = (
        "code,hh,poor\n"
        "010201,500,600\n"  # row 2: part above its whole
        "010202,abc,10\n"  # row 3: no number
        "010203,-5,0\n"  # row 4: below 0
        "010201,100,10\n"  # row 5: code again
        ",100,10\n"  # row 6: no code
        "#REF!,100,10\n"  # row 7: no code either
        "010204,#REF!,1\n"  # row 8: broken formula
    )
    said = "\n".join(faults(tmp_path, text))
    for part in (
        "row 2, column 'poor': 600 (poor_households) is more than 500 (households, column 'hh')",
        "row 3, column 'hh': 'abc' is not a number",
        "row 4, column 'hh': -5 is below 0",
        "row 5, column 'code': KH010201 stands in row 2 already",
        "row 6, column 'code': there is no code",
        "row 7, column 'code': '#REF!' is no place code",
        "row 8, column 'hh': a broken formula (#REF!)",
        'options.faults = "list"',
    ):
        assert part in said, part


def test_faulty_values_are_set_aside_and_listed_when_the_city_says_so(tmp_path):
    text = "code,hh,poor\n010201,500,600\n010202,400,30\n010203,300,x\n,9,1\n"
    found = read(tmp_path, text, faults="list")
    assert np.isnan(values(found, "households")["KH010201"])
    assert np.isnan(values(found, "poor_households")["KH010201"])
    assert values(found, "households")["KH010203"] == 300
    reasons = found.table.set_index(["place", "amount"])["reason"]
    assert "more than 500" in reasons["KH010201", "households"]
    assert "'x' is not a number" in reasons["KH010203", "poor_households"]
    assert list(found.unmatched["row"]) == [2, 4, 5]
    assert any("3 faults" in note.what and note.kind == "doubt" for note in found.notes)


def test_people_fewer_than_their_households_doubt_only_the_people(tmp_path):
    text = "code,hh,poor,people\n010201,500,60,12\n010202,400,30,150\n"
    found = read(tmp_path, text, {**HOUSEHOLDS, "poor_persons": "people"}, faults="list")
    assert values(found, "poor_households").to_dict() == {"KH010201": 60.0, "KH010202": 30.0}
    assert np.isnan(values(found, "poor_persons")["KH010201"])


def test_thousands_khmer_digits_and_percent_signs_are_read(tmp_path):
    text = 'code,hh,poor\n010201,"1,250",១២\n010202,"1 400",30\n'
    found = read(tmp_path, text)
    assert values(found, "households").to_dict() == {"KH010201": 1250.0, "KH010202": 1400.0}
    assert values(found, "poor_households")["KH010201"] == 12
    assert any("thousands marked, Khmer digits" in note.what for note in found.notes)


SHARES = {"families": "fam", "families_electricity": "el"}


def test_percentages_become_amounts_of_their_whole(tmp_path):
    found = read(tmp_path, "code,fam,el\n010201,200,45.5\n010202,100,2.5\n", SHARES, percent=True)
    # 200 x 45.5 % = 91, 100 x 2.5 % = 2.5
    assert values(found, "families_electricity").to_dict() == pytest.approx(
        {"KH010201": 91.0, "KH010202": 2.5}
    )


def test_a_percent_sign_says_percent_in_a_column_of_shares(tmp_path):
    found = read(
        tmp_path, "code,fam,el\n010201,200,45%\n010202,100,0.5\n", SHARES, shares=["families_electricity"]
    )
    assert values(found, "families_electricity").to_dict() == pytest.approx(
        {"KH010201": 90.0, "KH010202": 50.0}
    )


def test_two_units_in_one_column_are_told(tmp_path):
    text = "code,fam,el\n010201,200,0.45\n010202,100,60\n010203,100,0.3\n"
    said = "\n".join(faults(tmp_path, text, SHARES, shares=["families_electricity"]))
    assert "row 3, column 'el': 60 is above 1, while 2 rows are 0 to 1: two units in one column" in said
    said = "\n".join(faults(tmp_path, text, SHARES, percent=["families_electricity"]))
    assert "row 2, column 'el': 0.45 is a share: 1 rows are 60 or more, this one at most 1" in said
    assert "row 4" in said


def test_small_percentages_are_no_fault_where_they_run_on(tmp_path):
    text = "code,fam,el\n010201,200,0.4\n010202,100,0.9\n010203,100,2.1\n010204,100,60\n"
    found = read(tmp_path, text, SHARES, percent=["families_electricity"])
    assert values(found, "families_electricity")["KH010201"] == pytest.approx(0.8)


def test_shares_above_the_whole_are_told(tmp_path):
    text = "code,fam,el\n010201,200,130\n010202,100,60\n"
    assert "row 2, column 'el': 1.3 is a share above 100 %" in faults(tmp_path, text, SHARES, percent=True)[0]


def test_blanks_are_not_known_and_zeros_are_zero_unless_the_city_says_otherwise(tmp_path):
    text = "code,hh,poor\n010201,500,\n010202,400,0\n010203,300,7\n"
    found = read(tmp_path, text)
    assert np.isnan(values(found, "poor_households")["KH010201"])
    assert values(found, "poor_households")["KH010202"] == 0
    assert any("1 blanks read as not known" in note.what for note in found.notes)
    found = read(tmp_path, text, blank_is_zero=["poor_households"])
    assert values(found, "poor_households")["KH010201"] == 0
    found = read(tmp_path, text, zero_is_missing=["poor_households"])
    assert np.isnan(values(found, "poor_households")["KH010202"])
    text = "code,hh,poor\n010201,500,\n010202,400,5\n010203,300,7\n"
    assert any("if they mean 0" in note.what for note in read(tmp_path, text).notes)


def test_a_row_of_zeros_was_not_filled_in(tmp_path):
    found = read(tmp_path, "code,hh,poor\n010201,500,10\n010202,0,0\n")
    assert np.isnan(values(found, "households")["KH010202"])
    reasons = found.table.set_index(["place", "amount"])["reason"]
    assert "not filled in" in reasons["KH010202", "poor_households"]


def many(column):
    units = [f"KH01{district:02d}{number:02d}" for district in (2, 3) for number in range(1, 14)]
    rows = "\n".join(f"{code[2:]},{100 + n},{column(n)}" for n, code in enumerate(units))
    return "code,fam,el\n" + rows + "\n", places(units, "KH01")


def test_a_column_that_is_zero_everywhere_is_a_defect(tmp_path):
    text, where = many(lambda _: 0)
    found = read(tmp_path, text, SHARES, where=where, shares=["families_electricity"])
    assert values(found, "families_electricity").isna().all()
    assert found.about["families_electricity"]["status"] == "missing"
    assert "0 in all 26 rows: a defect of the source" in found.about["families_electricity"]["reason"]
    found = read(
        tmp_path,
        text,
        SHARES,
        where=where,
        shares=["families_electricity"],
        zero_is_real=["families_electricity"],
    )
    assert (values(found, "families_electricity") == 0).all()


def test_few_zeros_are_no_defect(tmp_path):
    found = read(tmp_path, "code,hh,poor\n010201,500,0\n010202,400,0\n")
    assert (values(found, "poor_households") == 0).all()


def test_shares_of_residents_become_persons(tmp_path):
    columns = {"people_deprived_food": "food"}
    people = {"KH010201": 1000.0, "KH010202": 400.0}
    found = read(tmp_path, "code,food\n010201,0.25\n010202,0.5\n010203,0.1\n", columns, people, shares=True)
    assert values(found, "people_deprived_food")["KH010201"] == 250
    assert values(found, "people_deprived_food")["KH010202"] == 200
    assert np.isnan(values(found, "people_deprived_food")["KH010203"])  # nobody knows its residents
    assert found.about["people_deprived_food"]["share_of"] == "residents"


def test_villages_are_added_up(tmp_path):
    text = "code,hh,poor\n01020101,100,10\n01020102,50,5\n01020201,80,\n01020202,20,4\n"
    found = read(tmp_path, text)
    assert values(found, "households").to_dict() == {"KH010201": 150.0, "KH010202": 100.0}
    rows = found.table.set_index(["amount", "place"])
    assert rows.loc[("households", "KH010201"), "n"] == 2
    assert rows.loc[("poor_households", "KH010202"), "status"] == "missing"  # half of its villages are blank


def test_a_whole_is_worked_out_from_a_part_and_its_share(tmp_path):
    rule = {"households": {"part": "poor_households", "share": "share"}}
    text = "code,poor,share\n010201,44,0.22\n010202,0,0\n010203,30,1.5\n"
    found = read(tmp_path, text, {"poor_households": "poor"}, whole_from_share=rule, faults="list")
    assert values(found, "households")["KH010201"] == pytest.approx(200)  # 44 / 0.22
    assert np.isnan(values(found, "households")["KH010202"])
    assert np.isnan(values(found, "poor_households")["KH010203"])
    assert "above 1" in found.unmatched["why"].iloc[0]


def test_rows_are_counted(tmp_path):
    text = "code,km\n010201,3\n010201,9\n010202,5\n010203,\n"
    rule = {"villages_near_upper_secondary": {"column": "km", "at_most": 5}}
    found = read(tmp_path, text, {}, count="villages", count_where=rule)
    assert values(found, "villages").to_dict() == {"KH010201": 2.0, "KH010202": 1.0, "KH010203": 1.0}
    assert values(found, "villages_near_upper_secondary")["KH010201"] == 1
    assert np.isnan(values(found, "villages_near_upper_secondary")["KH010203"])
    found = read(tmp_path, text, {}, count="health_centres", complete=True)
    assert values(found, "health_centres")["KH010213"] == 0
    assert values(found, "health_centres").sum() == 4


def test_a_file_of_another_place_is_refused_in_one_line(tmp_path):
    said = faults(tmp_path, "code,hh,poor\n250101,500,5\n250102,400,4\n")
    assert len(said) == 1
    assert "0 of 2 rows are of KH0102 (codes KH250101, KH250102 ...)" in said[0]


def test_codes_of_an_unknown_place_are_listed_not_joined(tmp_path):
    rows = "".join(f"{code[2:]},100,5\n" for code in COMMUNES)
    found = read(tmp_path, f"code,hh,poor\n{rows}010299,100,5\n")
    assert list(found.unmatched["code"]) == ["KH010299"]
    assert values(found, "households").sum() == 1300


def test_rows_of_totals_are_left_out(tmp_path):
    found = read(tmp_path, "code,hh,poor\n010201,500,5\nTotal,500,5\nសរុប,500,5\n")
    assert values(found, "households").sum() == 500
    assert any("2 rows of totals" in note.what for note in found.notes)


def test_missing_columns_are_named_with_the_nearest(tmp_path):
    said = faults(tmp_path, "code,households,poor\n010201,500,5\n", {"households": "housholds"})
    assert "columns.households = 'housholds': there is no such column. Did you mean 'households'?" in said[0]


def test_unknown_amounts_and_options_are_named_with_the_nearest(tmp_path):
    with pytest.raises(DeclarationError) as caught:
        read_options(
            use(
                {"poor_housholds": "poor"},
                options={"fault": "list", "level": "comune", "percent": ["famlies"]},
            )
        )
    said = "\n".join(caught.value.faults)
    for part in (
        "'poor_housholds' is not known. Did you mean 'poor_households'?",
        "options.fault: this word",
        "'comune'",
        "'famlies'",
    ):
        assert part in said


def test_codes_of_another_level_are_told(tmp_path):
    said = "\n".join(faults(tmp_path, "code,hh,poor\n010201,500,5\n0102,400,4\n", level="commune"))
    assert "row 3, column 'code': KH0102 is not a commune" in said


def test_a_workbook_with_broken_and_unworked_formulas(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["code", "hh", "poor"], ["010201", 500, 5], ["010202", "#REF!", 4], ["010203", "=B2+B3", 3]):
        sheet.append(row)
    path = tmp_path / "poor.xlsx"
    book.save(path)
    with pytest.raises(InputError) as caught:
        checked(use(HOUSEHOLDS), path, read_options(use(HOUSEHOLDS)), "KH")
    said = str(caught.value)
    assert "row 3, column 'hh': a broken formula (#REF!)" in said
    assert "row 4, column 'hh': a formula without a value (=B2+B3)" in said


def test_latin_1_with_old_line_ends_and_json(tmp_path):
    path = write(
        tmp_path, "code\rname\r".replace("\r", ",", 1) + "010201,Ph\u00e9um\r010202,B\r", "old.csv", "latin-1"
    )
    one = use({"name": "name"}, options={"count": "villages"})
    found = read_one(one, path, places(), pd.Series(dtype=float), "2022")
    assert any("'\\r'" in note.what for note in found.notes)
    assert len(found.table) == 2
    path = write(tmp_path, json.dumps({"DataList": [{"code": "010201", "hh": 5, "poor": 9}]}), "poor.json")
    with pytest.raises(InputError, match="row 1, column 'poor'"):
        read_one(use(HOUSEHOLDS), path, places(), pd.Series(dtype=float), "2022")


def test_split_places_are_estimated_and_keep_the_sum(tmp_path):
    codes = [code for code in gazetteer("kh@2025").places if len(code) == 8]
    old = next(
        change for change, pairs in translate([f"KH{n:06d}" for n in range(10201, 250715)], "kh@2014", "kh@2025").codes.items()
        if len(pairs) > 1
    )  # fmt: skip
    pairs = translate([old], "kh@2014", "kh@2025").codes[old]
    own = old[:4]
    where = places([code for code in codes if code.startswith(own)], own)
    one = use(HOUSEHOLDS, edition="kh@2014")
    found = read_one(
        one, write(tmp_path, f"code,hh,poor\n{old[2:]},1000,100\n"), where, pd.Series(dtype=float), "2022"
    )
    got = values(found, "households")
    assert got.to_dict() == pytest.approx({new: 1000 * share for new, share in pairs})
    assert set(found.table["status"]) == {"estimated"}
    assert any("split ones: estimated" in note.what for note in found.notes)
