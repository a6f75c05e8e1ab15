"""Known traps of Cambodia's figures, each as a small file somebody might bring: none passes in silence."""

import contextlib
import json
import sys

import numpy as np
import pandas as pd
import pytest
import shapely

from citiesforall.cli import main
from citiesforall.core.city import SourceUse
from citiesforall.core.errors import InputError
from citiesforall.core.place import gazetteer
from citiesforall.gather.register_known import figure_doubts, known_people
from citiesforall.gather.register_layer import read_one
from citiesforall.gather.register_names import misnamed
from citiesforall.gather.register_places import where_of
from citiesforall.gather.series import read_series
from citiesforall.pipeline.run import gather_layers

EDITION = "kh@2025"
PLACES = gazetteer(EDITION).places


def children_of(code, level="district"):
    return sorted(one.code for one in PLACES.values() if one.level == level and one.code.startswith(code))


def write(path, rows, header="code,people"):
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n", "utf-8")
    return path.name


SOURCE = """
id = "{id}"
title = "{id}"
provider = "Somebody"
licence = "own-data"
citation = "Somebody"
file = "{file}"
format = "table"
vintage = "{vintage}"
edition = "{edition}"
columns = {{ code = "code", {word} = "people"{more} }}
"""


def city_file(
    folder, code, *, people, totals=None, level="district", vintage="2019", edition=EDITION, more=""
):
    """Write a city of registers: people, and census totals to rescale them to."""
    first = children_of(code, level)[0]
    shape = {
        "type": "Feature",
        "properties": {"code": first},
        "geometry": shapely.geometry.mapping(shapely.box(103.5, 10.6, 103.6, 10.7)),
    }
    (folder / "shape.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [shape]}), "utf-8"
    )
    text = f"""period = "2019"
[place]
code = "{code}"
name = "{PLACES[code].name if code in PLACES else "Cambodia"}"
edition = "{EDITION}"
[choices]
draws = 2
[sources.boundaries]
id = "shapes"
title = "Shapes"
provider = "Somebody"
licence = "own-data"
citation = "Somebody"
file = "shape.geojson"
format = "gazetteer"
vintage = "2025"
edition = "{EDITION}"
columns = {{ code = "code" }}
options = {{ unit_level = "{level}" }}
[[sources.people]]
""" + SOURCE.format(
        id="counts",
        file=write(folder / "people.csv", people),
        vintage="2021",
        edition=EDITION,
        word="value",
        more="",
    )
    if totals is not None:
        named = len(totals[0]) > 2
        name = write(folder / "totals.csv", totals, "code,people,name" if named else "code,people")
        text += "[sources.totals]\n" + SOURCE.format(
            id="census",
            file=name,
            vintage=vintage,
            edition=edition,
            word="value",
            more=', name = "name"' if named else "",
        )
    (folder / "city.toml").write_text(text + more, "utf-8")
    return folder / "city.toml"


def doubts(file, layer="homes"):
    """Gather a city; return what is doubted, and the people of its units."""
    found = gather_layers(file, file.parent / "out", threads=1)
    said = [note["what"] for note in found.layers[layer].info["notes"] if note["kind"] == "doubt"]
    homes = pd.read_parquet(found.layers["homes"].folder / "homes.parquet").set_index("unit")["people"]
    return " | ".join(said), homes


def even(code, people=50_000, level="district"):
    return [(one, people) for one in children_of(code, level)]


# ------------------------------------------------------------------------------------------------ Preah Sihanouk: 70.9 %
SIHANOUK = {"KH1801": 73_036, "KH1802": 105_053, "KH1803": 25_791, "KH1804": 15_985}


@pytest.mark.parametrize("edition", ["kh@2014", "kh@2019"])
def test_districts_that_hold_71_percent_of_their_province_are_flagged_as_totals(tmp_path, edition):
    said, homes = doubts(
        city_file(tmp_path, "KH18", people=even("KH18"), totals=[*SIHANOUK.items()], edition=edition)
    )
    assert "KH18 is, by its 4 parts, 219,865: people of regular households only" in said
    assert "the final count of 2019 is 310,072" in said
    assert homes.sum() > 0


def test_the_same_with_figures_nobody_published_says_the_share(tmp_path):
    totals = [(code, people - 100) for code, people in SIHANOUK.items()]
    said, _ = doubts(city_file(tmp_path, "KH18", people=even("KH18"), totals=totals, edition="kh@2019"))
    assert "KH18 is, by its 4 parts, 219,465: 70.8% of the published 310,072" in said


def test_province_and_districts_in_one_table_of_totals_are_added_up(tmp_path):
    totals = [("KH18", 310_072), *SIHANOUK.items()]
    said, _ = doubts(city_file(tmp_path, "KH18", people=even("KH18"), totals=totals, edition="kh@2019"))
    assert "KH18 is stated as 310,072, but its 4 parts add up to 219,865 (70.9%)" in said


def test_the_right_total_is_not_doubted_and_holds_to_the_last_digit(tmp_path):
    said, homes = doubts(city_file(tmp_path, "KH18", people=even("KH18", 51_111), totals=[("KH18", 310_072)]))
    assert "310,072" not in said
    assert homes.sum() == homes[::-1].sum() == 310_072


def test_a_register_of_districts_that_lack_a_part_of_the_province_is_said(tmp_path):
    found = register(
        tmp_path, [("KH18", 310_072), *SIHANOUK.items()], {"people": "people"}, edition="kh@2019"
    )
    assert "KH18 is stated as 310,072, but its 4 parts add up to 219,865 (70.9%)" in notes(found)


# ------------------------------------------------------------------------------------------ Tboung Khmum: numbered anew
CENSUS_NUMBERS = [
    ("KH2501", 45_000, "Suong"), ("KH2502", 87_000, "Dambae"), ("KH2503", 103_000, "Krouch Chhmar"), ("KH2504", 137_000, "Memut"),
    ("KH2505", 91_000, "Ou Reang Ov"), ("KH2506", 129_000, "Ponhea Kraek"), ("KH2507", 184_000, "Tboung Khmum"),
]  # fmt: skip


def where(codes=(), level="district"):
    units = [one.code for one in PLACES.values() if one.level == level]
    provinces = sorted({one[:4] for one in units})
    table = pd.DataFrame(
        {
            "place": ["KH", *provinces, *units],
            "parent": [None, *["KH"] * len(provinces), *(one[:4] for one in units)],
        },
        dtype=object,
    )
    return where_of(table, EDITION)


def register(
    folder,
    rows,
    columns,
    *,
    header="code,people",
    residents=None,
    edition=EDITION,
    name="table.csv",
    **options,
):
    path = folder / name
    write(path, rows, header)
    use = SourceUse(
        id="theirs", role="registers", file=name, title="Theirs", provider="Somebody", licence="own-data", citation="Somebody",
        format="table", vintage="2019", edition=edition, columns={"code": "code", **columns}, options=options,
    )  # fmt: skip
    return read_one(use, path, where(), pd.Series(residents or {}, dtype=np.float64), "2019")


def notes(found):
    return " | ".join(note.what for note in found.notes if note.kind != "figure")


def values(found, amount):
    rows = found.table[found.table["amount"] == amount]
    return rows.set_index("place")["value"].dropna().to_dict()


def test_codes_of_another_numbering_stop_and_are_named(tmp_path):
    with pytest.raises(InputError) as caught:
        register(tmp_path, CENSUS_NUMBERS, {"people": "people", "name": "name"}, header="code,people,name")
    said = "\n".join(caught.value.faults)
    assert "row 2, column 'name': the code KH2501 is of Dambae, the name 'Suong' of KH2506" in said
    assert said.count(" is of ") == 6  # Tboung Khmum itself is 2507 in both
    assert 'options.join = "name"' in said


def test_codes_of_another_numbering_are_joined_by_name_where_the_city_says_so(tmp_path):
    found = register(
        tmp_path, CENSUS_NUMBERS, {"people": "people", "name": "name"}, header="code,people,name", join="name"
    )
    by_name = {PLACES[code].name: code for code in children_of("KH25")}
    assert values(found, "people") == {by_name[name]: people for _, people, name in CENSUS_NUMBERS}
    assert values(found, "people")["KH2506"] == 45_000  # Suong, not Dambae's 87,000
    assert "6 rows were joined by their name, not their code: KH2501 is KH2506 (Suong)" in notes(found)


def test_codes_of_another_numbering_among_census_totals_are_doubted(tmp_path):
    said, _ = doubts(city_file(tmp_path, "KH25", people=even("KH25"), totals=CENSUS_NUMBERS))
    assert "6 rows are named otherwise than their code: KH2501 is Dambae, but 'Suong' is KH2506" in said


def test_names_spelt_otherwise_or_renamed_since_are_left_alone():
    codes = ["KH2503", "KH2501", "KH250106", "KH0102"]
    names = ["Memot", "Srok Dambae", "Trapeang Pring", "somewhere nobody knows"]
    assert misnamed(codes, names, "kh@2019") == []


# ----------------------------------------------------------------------------------- provisional, misprinted, half counted
FIGURES = {
    "provisional of the nation": ({"KH": 15_288_489}, "provisional results of August 2019; the final count of 2019 is 15,552,211"),
    "provisional of Phnom Penh": ({"KH12": 2_129_371}, "provisional results of August 2019; the final count of 2019 is 2,281,951"),
    "a misprint passed on": ({"KH": 15_552_221}, "a misprint of 15,552,211"),
    "a misprint nobody listed": ({"KH12": 2_281_915}, "36 off the published 2,281,951"),
    "regular households": ({"KH": 15_184_511}, "people of regular households only, 97.64 % of all"),
    "commune database": ({"KH12": 1_474_489}, "the commune database of 2018, which lacks a third of the capital"),
    "gridded": ({"KH24": 374_607}, "a gridded estimate, about five times the census"),
    "Prey Veng": ({"KH14": 1_049_361}, "a total of the household tables that is not the sum of its districts"),
}  # fmt: skip


@pytest.mark.parametrize("case", FIGURES)
def test_figures_that_are_not_the_final_ones_are_recognised(case):
    figures, wanted = FIGURES[case]
    (note,) = figure_doubts(figures, "theirs.csv", EDITION, "2019")
    assert note.kind == "doubt"
    assert wanted in note.what


def test_provisional_figures_called_final_are_doubted_in_a_run(tmp_path, capsys, monkeypatch):
    file = city_file(tmp_path, "KH12", people=even("KH12"), totals=[("KH12", 2_129_371)])
    monkeypatch.setattr(sys, "argv", ["cities", "measure", str(file), "--out", str(tmp_path / "out")])
    with contextlib.suppress(SystemExit):
        main()
    said = capsys.readouterr().out
    assert (
        "KH12 is 2,129,371: provisional results of August 2019; the final count of 2019 is 2,281,951." in said
    )


def test_the_final_figures_of_every_province_are_not_doubted():
    for year, count in (("2019", 26), ("2008", 25)):
        final = {
            one.place: one.people for one in known_people("KH") if one.kind == "final" and one.year == year
        }
        assert len(final) == count
        assert sum(people for code, people in final.items() if len(code) == 4) == final["KH"]
        assert figure_doubts(final, "theirs.csv", f"kh@{year}", year) == ()


def test_a_nation_short_of_people_is_doubted_by_the_sum_of_its_provinces():
    final = {
        one.place: one.people
        for one in known_people("KH")
        if one.kind == "final" and one.year == "2019" and one.place != "KH"
    }
    (note,) = figure_doubts(final | {"KH12": 1_474_400.0}, "theirs.csv", EDITION, "2019")[:1]
    assert "KH is, by its 25 parts, 14,744,660: 94.8% of the published 15,552,211" in note.what


def test_the_commune_database_of_the_capital_is_recognised_from_its_districts(tmp_path):
    districts = children_of("KH12")
    people = [(code, 105_000) for code in districts[:-1]]
    people.append((districts[-1], 1_474_489 - sum(number for _, number in people)))
    said, homes = doubts(city_file(tmp_path, "KH12", people=people, totals=[("KH12", 2_281_951)]))
    assert f"KH12 is, by its {len(districts)} parts, 1,474,489: the commune database of 2018" in said
    assert homes.sum() == 2_281_951


def test_pailins_gridded_count_is_doubted_and_rescaled(tmp_path):
    grid = [("KH2401", 274_607), ("KH2402", 100_000)]
    said, homes = doubts(city_file(tmp_path, "KH24", people=grid, totals=[("KH24", 75_112)]))
    assert "KH24 is, by its 2 parts, 374,607: a gridded estimate, about five times the census" in said
    assert "people of KH24 multiplied by 0.2005 to the total of 75,112" in said
    assert homes.sum() == 75_112


def test_a_province_multiplied_otherwise_than_the_rest_is_doubted(tmp_path):
    final = {
        one.place: one.people
        for one in known_people("KH")
        if one.kind == "final" and one.year == "2019" and one.place != "KH"
    }
    people = [
        (code, round(final[code[:4]] / len(children_of(code[:4])) * (4.6 if code[:4] == "KH24" else 1.02)))
        for province in final
        for code in children_of(province)
    ]
    said, homes = doubts(city_file(tmp_path, "KH", people=people, totals=[*final.items()]))
    assert "people of KH24 (0.22) were multiplied otherwise than the rest (middle 0.98)" in said
    assert homes.sum() == 15_552_211


# ------------------------------------------------------------------------------------------- misprints of the P tables
def p_table(districts, **wrong):
    """Return rows of districts whose people and households fit their residents, with some rows typed wrong."""
    rows, residents = [], {}
    for at, code in enumerate(districts):
        people = 60_011 + 1_237 * at
        residents[code] = float(people)
        rows.append(wrong.get(code, (code, people - 17, people // 2, people // 4)))
    return rows, residents


COLUMNS = {"people": "people", "women": "women", "households": "households"}
HEADER = "code,people,women,households"
DISTRICTS = [*children_of("KH03"), *children_of("KH08"), *children_of("KH14")]


def test_one_figure_in_all_columns_of_a_row_stops(tmp_path):
    """Chamkar Leu: 5,160 in every column."""
    rows, residents = p_table(DISTRICTS, KH0302=("KH0302", 5_160, 5_160, 5_160))
    with pytest.raises(InputError, match="5,160 stands in all 3 columns: one figure typed everywhere"):
        register(tmp_path, rows, COLUMNS, header=HEADER, residents=residents)
    found = register(tmp_path, rows, COLUMNS, header=HEADER, residents=residents, faults="list")
    assert "KH0302" not in values(found, "people")
    assert (found.unmatched["why"] == "5,160 stands in all 3 columns: one figure typed everywhere").any()


def test_a_figure_that_cannot_go_with_its_residents_is_doubted(tmp_path):
    """Chamkar Leu again, in a table of one column: only a second count can tell."""
    rows, residents = p_table(DISTRICTS, KH0302=("KH0302", 5_160, 2_500, 1_100))
    found = register(tmp_path, rows, COLUMNS, header=HEADER, residents=residents)
    assert "people of 1 places cannot go with their residents: KH0302 (5,160; " in notes(found)


def test_another_districts_figure_is_doubted_both_ways(tmp_path):
    """Kandal Stueng: 332,843 of another district."""
    rows, residents = p_table(
        DISTRICTS, KH0801=("KH0801", 332_843, 160_000, 70_000), KH1401=("KH1401", 332_843, 170_000, 71_000)
    )
    residents["KH1401"] = 332_900.0
    found = register(tmp_path, rows, COLUMNS, header=HEADER, residents=residents)
    assert "column 'people': 332,843 stands for KH0801, KH1401: a figure of another place, copied?" in notes(
        found
    )
    assert "people of 1 places cannot go with their residents: KH0801 (332,843; " in notes(found)


def test_a_total_that_is_not_the_sum_of_its_rows_is_doubted(tmp_path):
    """Prey Veng: 1,049,361 stated, 1,056,866 by its districts."""
    districts = children_of("KH14")
    people = [81_000 + at for at in range(len(districts) - 1)]
    rows = [("KH14", 1_049_361), *zip(districts, [*people, 1_056_866 - sum(people)], strict=True)]
    found = register(tmp_path, rows, {"people": "people"})
    assert (
        f"KH14 is stated as 1,049,361, but its {len(districts)} parts add up to 1,056,866 (100.7%)"
        in notes(found)
    )


def test_a_code_that_lost_a_digit_is_found_by_its_name(tmp_path):
    """Srei Santhor, 0314, printed as 211, which reads as a district of Battambang."""
    rows = [(211, 93_000, "Srei Santhor"), ("0302", 100_000, "Chamkar Leu")]
    columns = {"people": "people", "name": "name"}
    name = PLACES["KH0314"].name
    with pytest.raises(InputError, match=f"the code KH0211 is of .*, the name '{name}' of KH0314"):
        register(tmp_path, [(211, 93_000, name), rows[1]], columns, header="code,people,name")
    found = register(
        tmp_path, [(211, 93_000, name), rows[1]], columns, header="code,people,name", join="name"
    )
    assert values(found, "people") == {"KH0314": 93_000, "KH0302": 100_000}


@pytest.mark.parametrize(
    ("amount", "whole"),
    [("poor_households", "households"), ("people_deprived_unemployment", None)],
    ids=["IDPoor", "unemployment"],
)
def test_columns_of_zeros_are_a_defect_and_not_a_fact(tmp_path, amount, whole):
    columns = {amount: "zero"} | ({whole: "people"} if whole else {})
    rows = [(code, 1_000 + at, 0) for at, code in enumerate(DISTRICTS)]
    found = register(tmp_path, rows, columns, header="code,people,zero", shares=not whole)
    assert values(found, amount) == {}
    assert f"column 'zero' is 0 in all {len(DISTRICTS)} rows: a defect of the source, not a fact" in notes(
        found
    )


# ---------------------------------------------------------------------------------- growth across a border that moved
def growth_use(edition):
    return SourceUse(
        id="census", role="series", file="two.csv", title="Two censuses", provider="Somebody", licence="own-data", citation="Somebody",
        format="table", vintage="2019", period="2008", edition=edition, columns={"place": "code", "people": "people"},
    )  # fmt: skip


@pytest.mark.parametrize(("edition", "doubted"), [("kh@2008", False), ("kh@2019", True)])
def test_people_of_2008_in_codes_of_today_would_grow_by_a_border(tmp_path, edition, doubted):
    write(tmp_path / "two.csv", [("12", 1_327_615), ("08", 1_265_280), ("01", 677_872)])
    provinces = sorted({one[:4] for one in PLACES})
    table = pd.DataFrame(
        {"place": ["KH", *provinces], "parent": [None, *["KH"] * len(provinces)]}, dtype=object
    )
    read = read_series(growth_use(edition), tmp_path / "two.csv", where_of(table, EDITION))
    said = " | ".join(note.what for note in read.notes if note.kind == "doubt")
    assert (
        "KH12 is 1,327,615: census of 2008, at the boundaries of 2008, without the 20 communes" in said
    ) == doubted
    assert ("say edition = 'kh@2008', else a border grows" in said) == doubted
    assert "KH01" not in said
