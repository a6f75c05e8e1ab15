"""Monthly tables in every layout come out as one; gaps stay missing; every fault is told with its row."""

import numpy as np
import pandas as pd
import pytest

from citiesforall.core.city import City, SourceUse
from citiesforall.core.errors import InputError
from citiesforall.core.inputs import Finished, Inputs
from citiesforall.core.tables import write_parquet
from citiesforall.core.trigger import series
from citiesforall.gather.register_places import where_of
from citiesforall.gather.series import SERIES, make_series, read_series
from citiesforall.gather.series_layout import WORDS
from citiesforall.gather.series_months import added_up
from citiesforall.gather.series_periods import month_of, month_of_slot, months_between, slot_of, slots_in

PLACES = pd.DataFrame(
    {
        "place": ["KH9901", "KH990101", "KH990102"],
        "parent": [None, "KH9901", "KH9901"],
        "level": ["city", "commune", "commune"],
    }
)
WHERE = where_of(PLACES, "kh@2025")


def use_of(**words):
    base = {
        "id": "monthly", "role": "series", "file": "m.csv", "title": "t", "provider": "p", "licence": "own-data",
        "citation": "c", "format": "table", "vintage": "2024", "code_prefix": "KH",
    }  # fmt: skip
    return SourceUse.model_validate({**base, **words})


def read(tmp_path, text, name="m.csv", **words):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_series(use_of(**words), path, WHERE)


def faults(tmp_path, text, **words):
    with pytest.raises(InputError) as error:
        read(tmp_path, text, **words)
    return error.value.faults


def as_dict(table):
    return {
        (p, s, m): v for p, s, m, v in table[["place", "series", "period", "value"]].itertuples(index=False)
    }


WIDE = {"place": "sangkat", "period": "month", "dengue_cases": "dengue", "road_deaths": "killed"}


def test_wide_by_series(tmp_path):
    text = "sangkat,month,dengue,killed\n990101,2024-01,3,0\n990101,2024-02,,1\n990102,2024-01,5,2\n"
    found = as_dict(read(tmp_path, text, columns=WIDE).monthly)
    assert found["KH990101", "dengue_cases", "2024-01"] == 3
    assert np.isnan(found["KH990101", "dengue_cases", "2024-02"])
    assert found["KH990102", "road_deaths", "2024-01"] == 2
    assert len(found) == 6


def test_wide_by_month_and_workbook_dates(tmp_path):
    text = "sangkat,2024-01,2024-02,note\n990101,3,4,x\n990102,5,,y\n"
    found = as_dict(
        read(tmp_path, text, columns={"place": "sangkat"}, options={"months_of": "dengue_cases"}).monthly
    )
    assert found["KH990101", "dengue_cases", "2024-02"] == 4
    path = tmp_path / "m.xlsx"
    table = pd.DataFrame({"month": pd.to_datetime(["2024-01-01", "2024-02-01"]), "rice": [2400, 2500]})
    table.to_excel(path, index=False)
    got = read_series(use_of(columns={"period": "month", "rice_price": "rice"}), path, WHERE).monthly
    assert as_dict(got) == {
        ("KH9901", "rice_price", "2024-01"): 2400,
        ("KH9901", "rice_price", "2024-02"): 2500,
    }


def test_long_with_names_of_the_provider(tmp_path):
    text = "date,commodity,price,unit\n2024-01-15,Rice (mixed),2400,KHR/kg\n2024-01-15,Salt,900,KHR/kg\n"
    columns = {"period": "date", "series": "commodity", "value": "price", "unit": "unit"}
    got = read(tmp_path, text, columns=columns, options={"names": {"rice_price": "Rice (mixed)"}})
    assert as_dict(got.monthly) == {("KH9901", "rice_price", "2024-01"): 2400}
    assert "1 of 2 rows are of series the city does not watch" in str(got.notes[-1])


def test_all_layouts_say_the_same(tmp_path):
    wide = "month,dengue,killed\n2024-01,3,0\n2024-02,4,1\n"
    long = "month,what,n\n2024-01,dengue_cases,3\n2024-01,road_deaths,0\n2024-02,dengue_cases,4\n2024-02,road_deaths,1\n"
    one = read(tmp_path, wide, columns={k: v for k, v in WIDE.items() if k != "place"}).monthly
    two = read(tmp_path, long, columns={"period": "month", "series": "what", "value": "n"}).monthly
    assert as_dict(one) == as_dict(two)


def test_weeks_belong_to_the_month_of_their_thursday(tmp_path):
    # 2024-W05: Monday 29 January to Sunday 4 February; its Thursday is 1 February.
    assert month_of_slot("2024-W05", "week") == "2024-02"
    assert (slots_in("2024-02", "week"), slots_in("2024-01", "week")) == (5, 4)
    rows = "".join(f"2024-W{week:02d},{week}\n" for week in range(1, 9))
    text = "week,n\n" + rows
    got = read(tmp_path, text, columns={"period": "week", "dengue_cases": "n"}, options={"frequency": "week"})
    found = as_dict(got.monthly)
    assert found["KH9901", "dengue_cases", "2024-01"] == 1 + 2 + 3 + 4
    assert np.isnan(found["KH9901", "dengue_cases", "2024-02"])  # weeks 5 to 8 of 5: one is lacking
    assert "too few weeks" in str(got.notes[-1])


def test_days_highest_of_the_month(tmp_path):
    rows = "".join(f"2024-02-{day:02d},{10 + day}\n" for day in range(1, 25))
    got = read(
        tmp_path,
        "day,v\n" + rows,
        columns={"period": "day", "pm25_day_max": "v"},
        options={"frequency": "day"},
    )
    assert as_dict(got.monthly) == {
        ("KH9901", "pm25_day_max", "2024-02"): 34
    }  # 24 of 29 days are three quarters


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("2024-03", "2024-03"), ("2024/3", "2024-03"), ("03/2024", "2024-03"), ("202403", "2024-03"), ("Mar 2024", "2024-03"),
        ("March 2024", "2024-03"), ("2024-03-31", "2024-03"), ("2024-03-31 00:00:00", "2024-03"), ("២០២៤-០៣", "2024-03"),
        ("2024M03", "2024-03"), ("2024-13", None), ("2024-02-30", None), ("Marz 2024", None), ("2024", None), ("", None),
        ("24-03", None), ("0024-03", None),
    ],
)  # fmt: skip
def test_months_as_people_write_them(text, month):
    assert month_of(text) == month


def test_weeks_that_cannot_be():
    assert slot_of("2024-W53", "week") is None
    assert slot_of("2020W53", "week") == "2020-W53"
    assert months_between("2023-11", "2024-02") == ["2023-11", "2023-12", "2024-01", "2024-02"]


def test_every_fault_at_once(tmp_path):
    text = (
        "sangkat,month,dengue,killed\n990101,2024-01,3,0\n990101,2024-01,4,0\n990109,2024-01,1,1\n990102,soon,1,1\n"
        "990102,2024-02,-2,many\n"
    )
    lines = faults(tmp_path, text, columns=WIDE)
    said = "\n".join(lines)
    assert "row 3, column 'dengue': dengue_cases of KH990101 in 2024-01 stands twice. Keep one." in said
    assert "row 4, column 'sangkat': 'KH990109' is no place of the city" in said
    assert "row 5, column 'month': 'soon' names no month. Write YYYY-MM" in said
    assert "row 6, column 'dengue': -2 cannot be 'Dengue cases' (cases; at least 0)" in said
    assert "row 6, column 'killed': 'many' is not a number" in said
    assert all("\n" not in line for line in lines)


def test_a_table_without_periods(tmp_path):
    (line,) = faults(
        tmp_path, "sangkat,dengue\n990101,3\n", columns={"place": "sangkat", "dengue_cases": "dengue"}
    )
    assert "no column says which month" in line


def test_mixed_units(tmp_path):
    text = "month,price,unit\n2024-01,2400,KHR/kg\n2024-02,2500,KHR/kg\n2024-03,0.6,USD/kg\n"
    columns = {"period": "month", "value": "price", "unit": "unit"}
    (line,) = faults(tmp_path, text, columns=columns, options={"series": "rice_price"})
    assert "row 4, column 'unit': series 'rice_price' is in 'KHR/kg' elsewhere, but here in 'USD/kg'" in line


def test_another_unit_needs_a_factor(tmp_path):
    text = "month,rice\n2024-01,0.6\n"
    words = {"columns": {"period": "month", "rice_price": "rice"}}
    (line,) = faults(tmp_path, text, **words, options={"units": {"rice_price": "USD/kg"}})
    assert "is in 'USD/kg', but it is kept in 'KHR/kg'" in line
    got = read(
        tmp_path, text, **words, options={"units": {"rice_price": "USD/kg"}, "factor": {"rice_price": 4100}}
    )
    assert got.monthly["value"].iloc[0] == pytest.approx(2460)


def test_unknown_series_and_options(tmp_path):
    lines = faults(
        tmp_path,
        "m,a\n2024-01,1\n",
        columns={"period": "m", "dengue_case": "a"},
        options={"frequnecy": "week", "factor": {"rice": 0}},
    )
    said = "\n".join(lines)
    assert "columns.dengue_case" in said
    assert "Did you mean 'dengue_cases'?" in said
    assert "options.frequnecy" in said
    assert "series 'rice' is not known" in said
    assert "options.factor.rice: 0 is not a number above 0" in said


def test_a_file_of_elsewhere(tmp_path):
    (line,) = faults(tmp_path, "sangkat,month,dengue,killed\n120101,2024-01,3,0\n", columns=WIDE)
    assert "The file is of another place" in line


def test_dated_counts_keep_their_codes_and_edition(tmp_path):
    text = "code,n\n12,1327615\n08,1265280\n03,\n"
    got = read(tmp_path, text, columns={"place": "code", "people": "n"}, period="2008", edition="kh@2008")
    assert got.monthly.empty
    rows = got.counts.set_index("place")
    assert rows.loc["KH12", ["edition", "period", "value"]].tolist() == ["kh@2008", "2008", 1327615]
    assert list(rows.index) == ["KH12", "KH08"]  # a blank is no count


def test_a_sum_with_a_part_missing_is_missing():
    rows = [
        ("KH990101", "dengue_cases", "2024-01", 3.0), ("KH990102", "dengue_cases", "2024-01", 5.0),
        ("KH990101", "dengue_cases", "2024-02", 3.0), ("KH990102", "dengue_cases", "2024-02", np.nan),
        ("KH990101", "rice_price", "2024-01", 2400.0), ("KH990102", "rice_price", "2024-01", 2600.0),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["place", "series", "period", "value"]).assign(
        source="s", derived=False
    )
    whole = added_up(table, WHERE.parent)
    city = as_dict(whole[whole["derived"]])
    assert city["KH9901", "dengue_cases", "2024-01"] == 8
    assert np.isnan(city["KH9901", "dengue_cases", "2024-02"])
    assert len(city) == 2  # prices are never added


def step(tmp_path, tables):
    """Run the step on several tables."""
    places = tmp_path / "places"
    places.mkdir()
    write_parquet(PLACES, places / "places.parquet")
    given = []
    for number, (text, words) in enumerate(tables):
        path = tmp_path / f"{number}.csv"
        path.write_text(text, encoding="utf-8")
        given.append((use_of(id=f"s{number}", file=path.name, **words), (path,)))
    city = City.model_validate({"place": {"code": "KH9901", "name": "x"}, "period": "2024"})
    inputs = Inputs(city, {"series": given}, {"places": Finished(places, {})})
    out = tmp_path / "out"
    out.mkdir()
    return make_series(inputs, out), pd.read_parquet(out / "series.parquet")


def test_the_step_fills_gaps_with_missing(tmp_path):
    text = "sangkat,month,dengue,killed\n990101,2024-01,3,0\n990101,2024-04,4,1\n"
    info, table = step(tmp_path, [(text, {"columns": WIDE})])
    assert list(table.columns) == list(SERIES)
    dengue = table[table["series"] == "dengue_cases"].set_index("period")["value"]
    assert list(dengue.index) == ["2024-01", "2024-02", "2024-03", "2024-04"]
    assert dengue.isna().tolist() == [False, True, True, False]
    assert info["series"]["dengue_cases"] == {"first": "2024-01", "last": "2024-04", "places": 1}
    assert any("2 of 4 values are missing" in note["what"] for note in info["notes"])


def test_two_sources_of_the_same_month(tmp_path):
    text = "month,rice\n2024-01,2400\n"
    words = {"columns": {"period": "month", "rice_price": "rice"}}
    with pytest.raises(InputError, match="s0, s1 both give KH9901 in 2024-01"):
        step(tmp_path, [(text, words), (text, words)])


def test_two_sources_fill_one_count_but_never_the_same_place(tmp_path):
    words = {"columns": {"place": "code", "people": "n"}, "period": "2008", "edition": "kh@2008"}
    rest = {**words, "columns": {"place": "code", "people": "n"}}
    text, more = "code,n\n12,1327615\n03,\n", "code,n\n03,1679992\n"
    step(tmp_path, [(text, words), (more, rest)])
    counts = pd.read_parquet(tmp_path / "out" / "counts.parquet")
    assert dict(zip(counts["place"], counts["value"], strict=True)) == {"KH12": 1327615, "KH03": 1679992}


def test_two_sources_of_the_same_count(tmp_path):
    words = {"columns": {"place": "code", "people": "n"}, "period": "2008", "edition": "kh@2008"}
    with pytest.raises(
        InputError, match=r"counts of people \(edition 'kh@2008'\): s0, s1 both give KH12 in 2008"
    ):
        step(tmp_path, [("code,n\n12,5\n", words)] * 2)


def test_words_and_series_do_not_clash():
    assert not set(WORDS) & set(series())
