"""Access lost to floods in Little Town, with the sums written out."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from citiesforall.core.indicator import indicators
from citiesforall.core.inputs import Finished, Inputs
from citiesforall.core.tables import read_parquet
from citiesforall.diagnose.critical_links import LINK_COLUMNS
from citiesforall.diagnose.cut_off import FLOOD_COLUMNS, INDICATOR_OF, make_cut_off
from citiesforall.diagnose.flooded_streets import on_bridges, streets_left, stretches
from citiesforall.measure.run import walks_to
from citiesforall.network.streets import load
from citiesforall.pipeline.run import Gathered, gather_layers, measure_city, publish_run
from tests.town import make_town as town

WEST, EAST, CITY = "KH990101", "KH990102", "KH9901"
DEEP_M = {(6, 3): 0.6, (8, 4): 0.6, (9, 3): 0.6, (5, 2): 0.6, (2, 0): 0.2}
"""Column and row of the cells under water: S1 is closed at x 600-700 and 900-1000, S3 at y 400-500; W7 and W3 stand in
water. Nobody knows the depth at E2."""


def write(folder: Path, *, depth: dict | None = None, **words) -> Path:
    """Write a variant of the town."""
    city = town.make_town(folder / "data", **words)
    if depth is not None:
        values = np.zeros((town.N, town.N))
        for (column, row), metres in depth.items():
            values[town.N - 1 - row, column] = metres
        values[town.N - 1 - 5, 8] = np.nan
        town._write_raster(folder / "data" / "depth.tif", values, "float64", -9999)
    return city


def run(city: Path, out: Path) -> tuple[Inputs, Gathered]:
    """Return what the maker is handed."""
    found = gather_layers(city, out, threads=1)
    done = {name: Finished(made.folder, made.info) for name, made in found.layers.items()}
    return replace(found.work.given, done=done), found


@pytest.fixture(scope="module")
def flooded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("flooded")
    given, found = run(write(folder, depth=DEEP_M), folder / "out")
    info = make_cut_off(given, folder)
    table = read_parquet(folder / "flood_access.parquet")
    return table.set_index(["scenario", "kind", "place"]).sort_index(), info, measure_city(found), folder


def row(flooded, scenario, kind, place):
    return flooded[0].loc[(scenario, kind, place)]


def test_who_loses_what(flooded):
    # at 0.5 m: E1 (500) on S1 x 700-900 and E4 (1350) on S1 x 1000-1050 are each alone with their stretch; Sun, their
    # health centre, stands at x 950 in the water; W7 (1000) is flooded at home. All of them had all of these.
    for kind in ("public_health", "hospital", "secondary_school", "primary_school"):
        city = row(flooded, "flood_2", kind, CITY)
        assert city["people_before"] - city["people_after"] == city["people_lost"] == 500 + 1350 + 1000
        assert city["lost_flooded_home"] == 1000
        assert row(flooded, "flood_2", kind, EAST)["people_lost"] == 500 + 1350
        assert row(flooded, "flood_2", kind, WEST)["people_lost"] == 1000
    # everybody but E6 (200), whose street nobody knows, was within 4320 m of Star
    assert row(flooded, "flood_2", "hospital", CITY)["people_before"] == 7000 - 200
    # in 0.15 m also W3 (300) stands, and had them all
    assert row(flooded, "flood_1", "hospital", CITY)["people_lost"] == 500 + 1350 + 1000 + 300
    # no water is a metre deep
    assert row(flooded, "flood_3", "hospital", CITY)["people_lost"] == 0
    # no errors are stated: no interval
    assert np.isnan(row(flooded, "flood_2", "hospital", CITY)[["low", "high"]].astype(float)).all()


def test_people_flooded_and_cut_off_stand_apart(flooded):
    home, cut = (row(flooded, "flood_2", kind, CITY) for kind in ("flooded_home", "cut_off_home"))
    assert (home["people_before"], home["people_lost"]) == (7000, 1000)
    # E1 and E4 have dry homes and no door of health, school, market or pharmacy on their stretches
    assert (cut["people_before"], cut["people_lost"], cut["lost_flooded_home"]) == (6800, 500 + 1350, 0)
    assert row(flooded, "flood_2", "cut_off_home", WEST)["people_lost"] == 0


def test_what_is_not_known_is_said(flooded):
    # E2 (400 of 3000 in the east, of 7000 in all) stands where nobody knows the depth: 13 % and 5.7 %
    assert [row(flooded, "flood_2", "hospital", place)["status"] for place in (WEST, EAST, CITY)] == [
        "ok", "estimated", "estimated",
    ]  # fmt: skip
    shelter = row(flooded, "flood_2", "shelter", CITY)
    assert shelter["status"] == "missing"
    assert shelter["note"] == "kind_unknown"
    assert np.isnan(shelter["people_lost"])
    assert any("what is a bridge" in note["what"] for note in flooded[1]["notes"])
    assert (row(flooded, "flood_2", "hospital", CITY)[["depth_m", "class_from"]] == [0.5, 2]).all()


def test_baseline_is_the_measured_observation(flooded):
    table = read_parquet(flooded[2]["measure"].folder / "observations.parquet")
    measured = table[table["group"] == "all"].set_index(["indicator", "place"])["num"]
    asked = flooded[0].reset_index()
    asked = asked[(asked["indicator"] != "") & asked["people_before"].notna()]
    assert len(asked) == 3 * 3 * len(INDICATOR_OF)  # scenarios, places, kinds
    for one in asked.itertuples():
        assert one.people_before == measured[(one.indicator, one.place)]


def test_kinds_are_those_their_indicators_walk_to():
    declared = indicators()
    assert {kind: walks_to(declared[key]) for kind, key in INDICATOR_OF.items()} == {
        kind: (kind,) for kind in INDICATOR_OF
    }


def test_critical_links_of_the_town(flooded):
    # Only S3 between S1 and S4 matters: without it E3 (40) and E5 (10) walk to Moon instead of Sun: from (850, 810) that is
    # 600 + 190 instead of 500 + 100 metres, 190 m more for 50 people.
    table = read_parquet(flooded[3] / "critical_links.parquet")
    assert list(table) == list(LINK_COLUMNS)
    assert len(table) == 1
    one = table.iloc[0]
    assert (one["rank"], one["kind"], one["street_class"], one["alike"]) == (1, "street", "residential", 0)
    assert one["length_m"] == pytest.approx(500)
    assert one["extra_person_km"] == pytest.approx(0.190 * 50)
    assert (one["people_cut_off"], one["people_lose_access"], one["place"]) == (0, 0, EAST)
    assert (one["x"] - town.X0, one["y"] - town.Y0) == pytest.approx((850, 560))
    assert (one["lon"], one["lat"]) == pytest.approx((105.0, 11.76), abs=0.02)


def test_floods_of_two_return_periods(tmp_path):
    city = write(tmp_path, depth=DEEP_M)
    one = 'file = "depth.tif"\nvintage = "2022"\nformat = "raster"\n'
    two = one.replace("depth", "rare") + "options = { return_period_years = 100 }\n"
    often = '[[sources.flood]]\nid = "often"\n' + town.ABOUT.format("often")
    text = city.read_text("utf-8").replace("[sources.flood]", "[[sources.flood]]").replace(one, two)
    city.write_text(text + often + one + "options = { return_period_years = 10 }\n", "utf-8")
    (tmp_path / "data" / "depth.tif").rename(tmp_path / "data" / "rare.tif")
    town._write_raster(tmp_path / "data" / "depth.tif", np.zeros((town.N, town.N)), "float64", -9999)
    given, found = run(city, tmp_path / "out")
    publish_run(found, measure_city(found), tmp_path / "out")  # the new columns stand in nobody's way
    make_cut_off(given, tmp_path)
    table = read_parquet(tmp_path / "flood_access.parquet")
    table = table[(table["kind"] == "hospital") & (table["place"] == CITY)].set_index("scenario")
    assert table["people_lost"].to_dict() == {
        "flood_100y_1": 3150, "flood_100y_2": 2850, "flood_100y_3": 0,
        "flood_10y_1": 0, "flood_10y_2": 0, "flood_10y_3": 0,
    }  # fmt: skip
    assert table["return_period_years"].tolist() == [100] * 3 + [10] * 3


@pytest.mark.parametrize(
    ("words", "word", "said"),
    [
        ({"streets": False}, "no_streets", "The city has no streets"),
        ({"flood": "table"}, "index_only", "index for whole places"),
    ],
)
def test_nothing_to_say_is_one_row_with_the_reason(tmp_path, words, word, said):
    given, _ = run(write(tmp_path, **words), tmp_path / "out")
    info = make_cut_off(given, tmp_path)
    table = read_parquet(tmp_path / "flood_access.parquet")
    assert list(table) == list(FLOOD_COLUMNS)
    assert table[["place", "status"]].to_numpy().tolist() == [[CITY, "missing"]]
    assert table["note"][0] == word
    assert any(said in note["what"] for note in info["notes"])
    assert (tmp_path / "critical_links.csv").is_file()


def test_stretches_are_cut_where_the_water_begins(flooded):
    streets = load(next(flooded[3].glob("out/.store/streets/*/streets.npz")))
    box = (town.X0, town.Y0, town.X0 + 1200.0, town.Y0 + 1200.0)
    pieces = stretches(streets, box, None)
    assert ((pieces.to_m - pieces.from_m) <= 10 + 1e-9).all()
    assert (pieces.to_m - pieces.from_m).sum() == pytest.approx(streets.edge_m.sum())
    wet = (pieces.x > town.X0 + 600) & (pieces.x < town.X0 + 700) & (pieces.y < town.Y0 + 400)
    left, cuts = streets_left(streets, pieces, wet)
    assert left.edge_m[~left.edge_walk].tolist() == pytest.approx([100])
    assert len(cuts.edge) == 2
    # with the deck known as a bridge nothing of it is closed
    deck = np.array([[town.X0 + 850.0, town.Y0 + 310.0, town.X0 + 250.0, town.Y0 + 310.0]])
    assert stretches(streets, box, deck).bridge.sum() == 60
    assert on_bridges(np.zeros((2, 4)), None).tolist() == [False, False]
