"""All of Cambodia from its real registers: sums, defects, hand-checked communes, editions."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from citiesforall.core.place import gazetteer, translate
from citiesforall.pipeline.run import gather_layers, measure_city

CITY_FILE = Path(__file__).parents[2] / "cities" / "cambodia_registers.toml"
CENSUS = 15_552_211
DRAWS = 8


@pytest.fixture(scope="module")
def run(data_root, tmp_path_factory):
    """Run the city file of the repository with few draws; return measured tables and what is remembered."""
    folder = tmp_path_factory.mktemp("cambodia")
    text = CITY_FILE.read_text("utf-8")
    assert "draws = 100" in text
    text = text.replace("draws = 100", f"draws = {DRAWS}").replace(
        '"../../shared/data"', json.dumps(str(data_root))
    )
    file = folder / CITY_FILE.name
    file.write_text(text, "utf-8")
    for name in ("kampong_cham_2008.csv", "cambodia_urban_shares.csv"):
        shutil.copy(CITY_FILE.parent / name, folder)
    found = gather_layers(file, folder / "out", threads=1)
    made = measure_city(found)
    return {**found.layers, **made}


@pytest.fixture(scope="module")
def observations(run):
    table = pd.read_parquet(run["measure"].folder / "observations.parquet")
    return table[table["group"] == "all"].set_index(["indicator", "place"])


@pytest.fixture(scope="module")
def places(run):
    return pd.read_parquet(run["places"].folder / "places.parquet").drop(columns="geometry")


@pytest.fixture(scope="module")
def register(run):
    table = pd.read_parquet(run["registers"].folder / "registers.parquet")
    return table.set_index(["amount", "period", "place"])


def test_every_place_of_the_gazetteer_is_there(places):
    levels = places["level"].value_counts()
    assert levels.to_dict() == {"commune": 1661, "district": 210, "province": 25, "city": 1}


def test_people_are_the_census_of_each_province_and_of_the_nation(observations, places, data_root):
    people = observations.loc["population"]["value"]
    table = pd.read_csv(
        data_root / "cambodia" / "census_provinces_2008_2019.csv", dtype={"province_code": str}
    )
    census = table.set_index("KH" + table["province_code"])["population_2019"]
    assert census.sum() == CENSUS
    assert people[census.index].tolist() == census.tolist()
    assert people["KH"] == CENSUS


def test_people_add_up_to_the_last_digit_at_every_level_in_any_order(observations, places):
    people = observations.loc["population"]["value"]
    parent = places.set_index("place")["parent"]
    rng = np.random.default_rng(1)
    for level in ("commune", "district", "province"):
        at = places.loc[places["level"] == level, "place"]
        assert people[at].groupby(parent[at].to_numpy()).sum().eq(people).loc[parent[at].unique()].all()
        for _ in range(3):
            assert sum(rng.permutation(people[at].to_numpy())) == CENSUS


def test_the_way_to_health_facilities_is_that_of_an_independent_search(observations, places, data_root):
    folder = data_root / "cambodia"
    points = [
        pyogrio.read_dataframe(folder / f"moh2010_{kind}.geojson").geometry
        for kind in ("health_center", "health_post", "referral_hospital")
    ]
    there = np.concatenate([shapely.get_coordinates(one.to_numpy()) for one in points])
    villages = pyogrio.read_dataframe(folder / "villages.gpkg").to_crs("EPSG:32648")
    here = villages[
        villages["Vil_Code"].str.startswith("010201")
    ]  # Banteay Neang, the same commune in all editions
    xy = shapely.get_coordinates(here.geometry.to_numpy())
    straight = np.sqrt(((xy[:, None] - there[None]) ** 2).sum(axis=2)).min(axis=1)
    row = observations.loc[("health_facility_distance", "KH010201")]
    assert len(here) == 19
    assert row["value"] == pytest.approx(1.4 * straight.mean(), rel=1e-9)
    assert row["status"] == "estimated"
    assert row["low"] < row["value"] < row["high"]
    near = observations.loc[("residents_near_health_facility", "KH010201"), "value"]
    assert near == pytest.approx(100 * (1.4 * straight <= 5000).mean())
    # weighed by people going up: a district is the mean of its communes' ways over their residents
    ways, people = (
        observations.loc["health_facility_distance"]["value"],
        observations.loc["population"]["value"],
    )
    at = places.loc[places["parent"] == "KH0102", "place"]
    assert ways["KH0102"] == pytest.approx((ways[at] * people[at]).sum() / people[at].sum(), rel=1e-9)
    assert 3500 < ways["KH"] < 5000
    assert observations.loc[("residents_in_reach_of_health_facility", "KH"), "value"] > 90


def test_distance_to_school_goes_up_by_villages_and_beside_it_by_people(observations, places):
    by_villages = observations.loc["upper_secondary_distance"]
    by_people = observations.loc["residents_upper_secondary_distance"]["value"]
    for level in ("district", "province", "city"):
        at = places.loc[places["level"] == level, "place"]
        assert by_villages.loc[at, "value"].notna().mean() > 0.95
    assert by_villages.loc["KH", "den"] == pytest.approx(14_061)  # villages, not people
    # Where more people live schools are nearer: weighing by people brings the way down.
    assert by_people["KH"] < by_villages.loc["KH", "value"]


def test_urban_by_every_definition_under_its_own_name(observations):
    share = {key: observations.loc[(f"urban_share_{key}", "KH"), "value"] for key in
             ("census", "un", "2008", "2011", "listed", "dense", "municipal")}  # fmt: skip
    assert share["census"] == pytest.approx(39.4)
    assert share["un"] == pytest.approx(25)
    assert share["2008"] == pytest.approx(19.5, abs=0.5)  # of today in the communes that held 19.5 % then
    assert share["2008"] < share["2011"] < share["listed"] < share["census"] < share["dense"]
    # No list of communes of 2019 is published: no place below the nation has the census figure, and none is invented.
    for key in ("census", "un"):
        rows = observations.loc[f"urban_share_{key}"]
        assert rows.index[rows["value"].notna()].tolist() == ["KH"]
    assert set(observations.loc["urban_share_dense"]["status"]) <= {"estimated", "missing", "not_applicable"}
    assert observations.loc[("urban_share_municipal", "KH12"), "value"] == 100


def test_urban_lists_are_those_of_the_file(data_root):
    table = pd.read_csv(data_root / "cambodia" / "urban_communes_2008_2011.csv", encoding="latin-1")
    of_2004 = table[table["URBAN04"] == "U"]
    # 2,614,027 of 13,395,682 people of 2008: the 19.5 % urban of that census
    assert (len(of_2004), of_2004["TOTPOP"].sum()) == (162, 2_614_027)
    assert of_2004["TOTPOP"].sum() / 13_395_682 == pytest.approx(0.195, abs=5e-4)


def test_growth_is_of_the_same_ground(observations):
    rows = observations.loc["census_people_growth"]
    growth, status = rows["value"], rows["status"]
    # ln(2,281,951 / 1,501,725) / 11 = 3.80 %, not ln(2,281,951 / 1,327,615) / 11 = 4.92 %
    assert growth["KH12"] == pytest.approx(3.80, abs=0.005)
    assert growth["KH08"] == pytest.approx(100 * np.log(1_201_581 / 1_091_170) / 11, abs=0.01)
    # Kampong Cham and Tboung Khmum were one: ln(1,676,632 / 1,679,992) / 11 for both
    assert growth[["KH03", "KH25"]].to_numpy() == pytest.approx(
        100 * np.log(1_676_632 / 1_679_992) / 11, abs=0.001
    )
    assert set(status[["KH03", "KH08", "KH12", "KH25"]]) == {"estimated"}
    assert growth["KH"] == pytest.approx(100 * np.log(CENSUS / 13_395_682) / 11, abs=1e-9)
    assert status["KH01"] == "ok"
    assert growth["KH01"] == pytest.approx(2.18, abs=0.005)
    assert rows.drop(index=[code for code in rows.index if len(code) <= 4])["value"].isna().all()


def test_preah_sihanouk_is_seen_in_the_real_data(run):
    said = [note["what"] for note in run["homes"].info["notes"] if note["kind"] == "doubt"]
    # The modelled counts follow the household tables, which leave out 29 % of the province: 1 / 0.709 = 1.41.
    assert any("KH18 (1.43) were multiplied otherwise than the rest" in text for text in said)


SUMS = (
    "idpoor_households", "idpoor_people", "families_improved_latrine", "families_electricity", "deprived_food", "deprived_overall",
    "flood_hazard_index_mean", "vulnerability_index_mean", "residents_per_health_centre", "village_count",
    "villages_near_upper_secondary", "idpoor_households_earliest",
)  # fmt: skip


@pytest.mark.parametrize("key", SUMS)
def test_amounts_add_up_from_communes_to_districts_to_provinces_to_the_nation(observations, places, key):
    rows = observations.loc[key]
    parent = places.set_index("place")["parent"]
    for amount in ("num", "den") if key != "village_count" else ("num",):
        known = rows[amount].fillna(0.0)
        for level in ("commune", "district", "province"):
            at = places.loc[places["level"] == level, "place"]
            summed = known[at].groupby(parent[at].to_numpy()).sum()
            assert summed.to_numpy() == pytest.approx(known[summed.index].to_numpy(), rel=1e-9, abs=1e-9), (
                level
            )


def test_draws_add_up_too(run, places):
    from citiesforall.measure.draw_store import draws_of, open_draws  # noqa: PLC0415 - only here

    codes, num, _ = draws_of(open_draws(run["measure"].folder), "idpoor_households")
    at = [codes.index(code) for code in places.loc[places["level"] == "province", "place"]]
    assert num.shape[0] == DRAWS + 1
    assert num[:, at].sum(axis=1) == pytest.approx(num[:, codes.index("KH")], rel=1e-6)


def test_poor_households_of_communes_are_those_of_the_file(observations, data_root):
    listed = json.loads((data_root / "cambodia" / "idpoor_2022-07.json").read_text("utf-8"))["DataList"]
    by_code = {"KH" + row["Adm3_text"]: row for row in listed}
    rows = observations.loc["idpoor_households"]
    # Banteay Neang: 739 of 5,465 households; Bat Trang: 279 of 2,109
    assert rows.loc["KH010201", ["num", "den"]].tolist() == [739.0, 5465.0]
    assert rows.loc["KH010202", "value"] == pytest.approx(100 * 279 / 2109)
    unchanged = [
        code
        for code, pairs in translate(by_code, "kh@2019", "kh@2025").codes.items()
        if pairs == ((code, 1.0),)
    ]
    assert len(unchanged) > 1500
    for code in unchanged:
        assert rows.loc[code, "num"] == pytest.approx(by_code[code]["Total_Poor_12_HHs"], rel=1e-12)
    assert rows.loc["KH", "num"] == pytest.approx(sum(row["Total_Poor_12_HHs"] for row in listed), rel=1e-9)
    assert rows.loc["KH", "den"] == pytest.approx(3_928_051, rel=1e-9)


def test_electricity_is_percentages_times_families(observations, data_root):
    table = pd.read_csv(
        data_root / "cambodia" / "cdb2011_commune.csv", encoding="latin-1", lineterminator="\r"
    )
    here = table.set_index("NCDD_CodeC").loc[10202]
    assert here[["TT_Family", "Per_HH_El"]].tolist() == [1706, pytest.approx(78.753351)]
    row = observations.loc["families_electricity"].loc["KH010202"]
    assert row["den"] == 1706
    assert row["value"] == pytest.approx(78.753351)
    whole = (table["TT_Family"] * table["Per_HH_El"] / 100).sum()
    assert observations.loc[("families_electricity", "KH"), "num"] == pytest.approx(whole, rel=1e-9)


def test_villages_of_old_rounds_are_added_up_to_communes(register, data_root):
    table = pd.read_csv(
        data_root / "cambodia" / "idpoor_2010_round.csv", encoding="latin-1", lineterminator="\r"
    )
    of_commune = table[table["Vil_Code"] // 100 == 10201]
    assert register.loc[("poor_households", "2010/2011", "KH010201"), "value"] == of_commune["TOT_HH"].sum()
    assert register.loc[("poor_households", "2010/2011", "KH010201"), "n"] == len(of_commune)
    sizes = (of_commune["TOT_HH"] / of_commune["TOT_Per_HH"]).sum()
    assert register.loc[("households", "2010/2011", "KH010201"), "value"] == pytest.approx(sizes)


def test_the_all_zero_columns_come_out_missing_with_the_reason(run, observations):
    for key in ("deprived_unemployment", "deprived_underemployment"):
        assert set(observations.loc[key]["status"]) == {"missing"}
        assert observations.loc[key]["value"].isna().all()
        why = run["measure"].info["indicators"][key]["missing"]
        assert "is 0 in all 1633 rows: a defect of the source, not a fact" in why
    measured = [key for key in observations.index.levels[0] if key.startswith("deprived_")]
    assert sum(np.isfinite(observations.loc[(key, "KH"), "value"]) for key in measured) == 15


def test_deprivation_is_the_share_of_the_file_times_the_people_of_the_census(observations, data_root):
    table = pd.read_csv(data_root / "cambodia" / "commune_deprivation.csv", dtype={"commune_code": str})
    share = table.set_index("commune_code")["share_deprived_food"]
    rows = observations.loc["deprived_food"]
    for code in ("010201", "020101", "250714"):
        assert rows.loc["KH" + code, "value"] == pytest.approx(100 * share[code], abs=1e-9)
        assert rows.loc["KH" + code, "den"] == pytest.approx(
            observations.loc[("population", "KH" + code), "value"]
        )
    assert rows.loc["KH", "status"] == "estimated"


def test_years_that_are_mixed_are_said(run, observations):
    about = run["measure"].info["indicators"]
    note = about["idpoor_people"]["note"]
    assert note.startswith("numerator of 2022, denominator of 2019")
    # More people on the list of 2022 than the census of 2019 counted: shown, not cut at 100 %.
    assert "the part is more than its whole in KH020407" in note
    assert observations.loc[("idpoor_people", "KH"), "status"] == "estimated"
    assert observations.loc[("idpoor_households", "KH"), "status"] == "ok"
    assert observations.loc[("idpoor_households_earliest", "KH"), "period"] == "2010/2011"
    growth = observations.loc[("urban_people_growth", "KH")]
    assert growth["period"] == "2008/2011"
    assert growth["value"] == pytest.approx(100 * np.log(3_287_676 / 3_635_177) / 3, rel=1e-6)
    assert about["idpoor_households"]["sources"] == ["idpoor_2022"]


def test_rows_that_cannot_be_right_are_listed(run, register):
    listed = pd.read_csv(run["registers"].folder / "unmatched.csv")
    fewer = listed[(listed["source"] == "idpoor_2022") & (listed["column"] == "Total_Poor_12_Persons")]
    assert set(fewer["code"]) == {"KH070709", "KH070803", "KH110301", "KH110302", "KH110504"}
    assert register.loc[("poor_persons", "2022", "KH110302"), "status"] == "missing"
    assert register.loc[("poor_households", "2022", "KH110302"), "value"] == 84
    above = listed[(listed["source"] == "idpoor_2010") & (listed["column"] == "TOT_Per_HH")]
    assert set(above["code"]) == {"KH01030610", "KH02090104", "KH13030208"}
    assert "KH100411" in set(listed.loc[listed["source"] == "vulnerability_kh", "code"])


def test_the_match_rate_of_every_register_is_said(run):
    notes = [
        note["what"] for note in run["registers"].info["notes"] if " rows match a place (" in note["what"]
    ]
    assert len(notes) == 23
    assert "1646 of 1646 rows match a place (100.0%); 1657 of 1661 units have a value." in notes
    assert any(note.startswith("921 of 956 rows match") for note in notes)


def test_people_joined_to_a_wrong_commune_are_seen(run, observations):
    notes = [note["what"] for note in run["homes"].info["notes"]]
    (said,) = [note for note in notes if "cannot be right" in note]
    assert "KH100306 (274,861 against" in said  # the people of a khan of the capital
    assert observations.loc[("population", "KH100306"), "value"] < 10_000


def test_codes_used_again_are_not_joined_by_code(run, observations, data_root):
    # Codes that mean another commune in 2025 must not take its old namesake's numbers.
    listed = json.loads((data_root / "cambodia" / "idpoor_2022-07.json").read_text("utf-8"))["DataList"]
    by_code = {"KH" + row["Adm3_text"]: row["Total_HHs"] for row in listed}
    became = translate(by_code, "kh@2019", "kh@2025").codes
    moved = {
        old: new
        for old, new in became.items()
        if new[0][0] != old and len(new) == 1 and old in gazetteer("kh@2025").places
    }
    assert moved
    dens = observations.loc["idpoor_households"]["den"]
    for old, ((new, _),) in moved.items():
        assert dens[new] == pytest.approx(by_code[old])


def test_what_patients_wrote_is_never_a_share_of_people(observations):
    provinces = ["KH03", "KH16", "KH17"]
    assert observations.loc["patient_reports"].loc[provinces, "value"].tolist() == [137, 132, 123]
    assert observations.loc["patient_bribe_reports"].loc[provinces, "num"].sum() == 41
    assert (
        observations.loc[("patient_reports", "KH"), "status"] == "missing"
    )  # three provinces are not the nation
    assert observations.loc[("patient_quality", "KH03"), "status"] == "estimated"
    assert np.isnan(observations.loc[("patient_quality", "KH0301"), "value"])
    assert observations.loc[("patient_quality", "KH0301"), "status"] == "missing"


def test_the_map_opens_and_holds_every_place(run, tmp_path):
    import pyogrio  # noqa: PLC0415 - only here

    shutil.copyfile(run["results"].folder / "city.gpkg", tmp_path / "city.gpkg")
    table = pyogrio.read_dataframe(tmp_path / "city.gpkg", layer="places")
    assert len(table) == 1897
    assert (
        table.geometry[table["level"] == "commune"].isna().sum() == 62
    )  # new and split ones have no shape yet
    province = table.set_index("place").loc["KH12"]
    assert province.geometry.is_valid
    assert province["idpoor_households"] > 0
