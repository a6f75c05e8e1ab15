"""Members: each once, with its province, its people and where it comes from."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely

from citiesforall.core.nation import Nation
from citiesforall.core.tables import read_parquet
from citiesforall.nation.given import CityRun, NationInputs
from citiesforall.nation.members import Known, level_of, make_members, members_table, province_of, same_today

CAMBODIA = {"code": "KH", "name": "Cambodia", "edition": "kh@2025"}


def known(code, places, *, people=None, edition=None, **words):
    """Return what a run would say of places given as code -> (level, parent)."""
    told = {
        one: {
            "place": one,
            "name": f"N {one}",
            "name_km": None,
            "level": level,
            "parent": above,
            "area_m2": 1e6,
        }
        for one, (level, above) in places.items()
    }
    city = CityRun(f"{code}.toml", code, None, words.pop("kind", "streets"), **words)
    about = {"run": "r", "city": {"edition": edition, "period": "2022"}}
    return Known(city, about, told, people or {})


def nation_of(**place):
    return Nation.model_validate(
        {"place": CAMBODIA | place, "period": "2022", "registers": [{"file": "a.toml"}]}
    )


REGISTERS = {
    "KH": ("city", None), "KH02": ("province", "KH"), "KH0203": ("district", "KH02"), "KH0204": ("district", "KH02"),
    "KH020301": ("commune", "KH0203"), "KH020401": ("commune", "KH0204"),
}  # fmt: skip


def test_members_of_registers_are_their_districts_and_a_city_is_itself():
    registers = known("KH", REGISTERS, kind="registers", members="district", people={"KH0204": (10.0, "ok")})
    centre = known("KH12_CENTRE", {"KH12_CENTRE": ("city", None)}, part_of="KH12", edition="kh@2014")
    table = members_table(nation_of(), [centre, registers]).set_index("member")
    assert list(table.index) == ["KH0203", "KH0204", "KH12_CENTRE"]
    assert list(table["parent"]) == ["KH02", "KH02", "KH12"]
    assert list(table["kind"]) == ["registers", "registers", "streets"]
    assert list(table["level"]) == ["district", "district", "city"]
    assert table.loc["KH0204", "people"] == 10
    assert np.isnan(table.loc["KH0203", "people"])
    assert table.loc["KH0203", "people_status"] == "missing"


def test_a_city_of_streets_takes_the_place_of_the_registers_member_of_its_code():
    registers = known("KH", REGISTERS, kind="registers", members="district")
    krong = known("KH0203", {"KH0203": ("city", None)}, part_of="KH0203")
    table = members_table(nation_of(), [registers, krong])
    assert list(table["member"]) == ["KH0203", "KH0204"]
    assert list(table["kind"]) == ["streets", "registers"]
    assert list(table["part_of"]) == ["KH0203", ""]


def test_a_province_comes_from_the_nation_file_then_the_run_then_the_gazetteer_else_it_is_the_nation():
    krong = {"KH0203": ("city", None)}
    assert province_of(nation_of(), known("KH0203", krong, parent="KH07"), "KH0203") == "KH07"
    assert province_of(nation_of(), known("KH0203", krong), "KH0203") == "KH02"
    assert province_of(nation_of(), known("KH", REGISTERS, members="district"), "KH020401") == "KH02"
    assert province_of(nation_of(edition=None), known("KH0203", krong), "KH0203") == "KH"


def test_codes_that_mean_another_place_today_stay_in_their_city():
    units = {
        "KH12_CENTRE": ("city", None),
        "KH120101": ("commune", "KH12_CENTRE"),
        "KH121201": ("commune", "KH12_CENTRE"),
    }
    old = known("KH12_CENTRE", units, edition="kh@2014")
    assert same_today(nation_of(), old) == ["KH12_CENTRE", "KH120101"]
    new = known("KH12_CENTRE", units, edition="kh@2025")
    assert same_today(nation_of(), new) == list(units)


@pytest.mark.parametrize(
    ("code", "level"),
    [
        ("KH02", "province"),
        ("KH0203", "district"),
        ("KH020301", "commune"),
        ("KH12_CENTRE", "city"),
        ("BR4314902", "city"),
    ],
)
def test_digits_say_the_level(code, level):
    assert level_of(code) == level


def test_three_krongs(nation, tmp_path):
    said = make_members(replace(nation, failed={"lost.toml": "no such file"}), tmp_path)
    table = read_parquet(tmp_path / "members.parquet")
    assert list(table["member"]) == ["KH9801", "KH9901", "KH9902"]
    assert list(table["parent"]) == ["KH98", "KH99", "KH99"]
    assert table["invented"].all()
    for city in nation.cities:
        seen = city.table("observations")
        mine = seen[
            (seen["indicator"] == "population") & (seen["group"] == "all") & (seen["place"] == city.code)
        ]
        assert table.set_index("member").loc[city.code, "people"] == mine["value"].item()
    assert said["counts"]["failed"] == 1
    assert said["notes"][0]["what"] == "has no results: no such file"
    about = json.loads((tmp_path / "nation.json").read_text("utf-8"))
    assert about["failed"] == {"lost.toml": "no such file"}
    assert [one["code"] for one in about["cities"]] == ["KH9801", "KH9901", "KH9902"]
    assert str(tmp_path) not in (tmp_path / "nation.json").read_text("utf-8")


def test_places_stand_in_degrees_with_a_point_inside(nation):
    places = nation.table("members", "places")
    assert list(places["level"][:3]) == ["nation", "province", "province"]
    assert places["place"].is_unique
    assert set(places["parent"].dropna()) <= set(places["place"])
    inside = places[places["level"] == "commune"]
    shapes = shapely.from_wkb(inside["geometry"].to_numpy())
    assert shapely.contains(shapes, shapely.points(inside["x"], inside["y"])).all()
    west, south, east, north = shapely.total_bounds(shapes)
    assert 102 < west < east < 108
    assert 10 < south < north < 15
    assert pd.isna(places.loc[places["place"] == "KH", "parent"]).all()


def test_the_real_nation(cambodia, tmp_path):
    make_members(cambodia, tmp_path)
    table = read_parquet(tmp_path / "members.parquet")
    registers = table[table["kind"] == "registers"]
    # modelled counts rescaled to the census of 2019 by province: the districts add up to the nation
    assert registers["people"].sum() == pytest.approx(15_552_211, abs=1)
    assert registers["parent"].nunique() == 25
    assert isinstance(cambodia, NationInputs)
