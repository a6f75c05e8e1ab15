"""Evidence and what-if over HTTP, on Little Town: the same numbers as in its files, and as the ordinary what-if gives."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from fastapi.testclient import TestClient
from tests.town.make_town import make_town

import citiesforall
from citiesforall.core.errors import InputError
from citiesforall.pipeline.run import run_city
from citiesforall.pipeline.served import base_geojson, open_served, place_at
from citiesforall.pipeline.what_if import cells_after, session
from citiesforall.voices.accounts import make_account
from citiesforall.voices.database import open_database
from citiesforall.web.app import make_app
from citiesforall.web.house import House, Rules
from citiesforall.web.serve import house_for


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """Return the city file and the results of Little Town."""
    file, out = make_town(tmp_path_factory.mktemp("town")), tmp_path_factory.mktemp("out")
    run_city(file, out, threads=1, through="measure")
    return file, out


@pytest.fixture(scope="module")
def client(town):
    """Return a client of a laptop's server."""
    file, out = town
    engine = open_database(out / "voices.db")
    house = House(engine, Rules(is_laptop=True), out, {"kh9901": file})
    with TestClient(make_app(house)) as made:
        yield made
    engine.dispose()


@pytest.fixture(scope="module")
def warm(town):
    """Return the town kept in memory."""
    return session(town[0], town[1], threads=1)


def test_a_city_says_who_it_is_in_both_languages(client):
    (one,) = client.get("/api/cities?lang=en").json()
    assert (one["code"], one["has_what_if"]) == ("KH9901", True)
    west, south, east, north = one["bounds"]
    assert west < east
    assert south < north
    for lang in ("en", "km"):
        said = client.get(f"/api/cities/kh9901?lang={lang}").json()
        assert {"population", "health_centre_access"} <= {each["id"] for each in said["indicators"]}
        assert len(said["dimensions"]) == 8
    assert (
        said["indicators"][0]["title"]
        != client.get("/api/cities/kh9901?lang=en").json()["indicators"][0]["title"]
    )


def test_numbers_are_those_of_the_table(client, town):
    table = pd.read_parquet(town[1] / "kh9901" / "observations.parquet")
    table = table[(table["indicator"] == "health_centre_access") & (table["group"] == "all")].set_index(
        "place"
    )
    rows = client.get("/api/cities/KH9901/observations/health_centre_access").json()
    assert len(rows) == len(table)
    for row in rows:
        assert row["status"] == table["status"][row["place"]]
        value = table["value"][row["place"]]
        assert (row["value"] is None) == bool(np.isnan(value))
        assert row["value"] is None or row["value"] == value


def test_a_picture_of_cells_holds_every_cell_once(client, town):
    answer = client.get("/api/cities/kh9901/cells/people")
    frame = json.loads(answer.headers["x-grid"])
    pixels = np.frombuffer(answer.content, "<f4").reshape(frame["rows"], frame["columns"])
    table = pd.read_parquet(town[1] / "kh9901" / "cell_values.parquet")
    assert np.isfinite(pixels).sum() == table["cell"].nunique()
    most = table.groupby("cell")["people"].max()
    assert np.nansum(pixels) == pytest.approx(most.sum(), rel=1e-6)
    (upper_left, upper_right, _, lower_left) = frame["corners"]
    assert upper_left[0] < upper_right[0]
    assert upper_left[1] > lower_left[1]


@pytest.mark.parametrize("layer", ["streets", "open_space", "facilities", "stops"])
def test_the_map_is_made_of_the_citys_own_layers(client, layer):
    said = client.get(f"/api/cities/kh9901/base/{layer}.geojson").json()
    assert said["type"] == "FeatureCollection"
    for feature in said["features"]:
        x, y = (
            np.array(feature["geometry"]["coordinates"], dtype=object).ravel()[:2]
            if layer != "streets"
            else (104, 11)
        )
        assert x is not None
        assert y is not None


def test_a_city_without_a_layer_has_nothing_of_it(town, tmp_path):
    one = open_served(town[1] / "kh9901")
    one.places.to_file(tmp_path / "city.gpkg", layer="places")
    said = json.loads(base_geojson(replace(one, folder=tmp_path), "open_space"))
    assert said == {"type": "FeatureCollection", "features": []}


def test_places_have_borders_and_a_point_is_in_one(client, town):
    said = client.get("/api/cities/kh9901/places.geojson").json()
    one = open_served(town[1] / "kh9901")
    middle = one.places[one.places["parent"].notna()].to_crs(4326).geometry.iloc[0].representative_point()
    assert place_at(one, middle.y, middle.x) in {
        feature["properties"]["place"] for feature in said["features"]
    }
    assert place_at(one, 0.0, 0.0) is None


def test_a_number_is_explained(client):
    said = client.get("/api/explain/kh9901/health_centre_access?lang=en").text
    assert "method: share_within_walk" in said


def test_what_if_answers_as_the_ordinary_one(client, town):
    file, out = town
    table = pd.read_parquet(out / "kh9901" / "observations.parquet")
    west, south, east, north = client.get("/api/cities").json()[0]["bounds"]
    change = {"do": "add_facility", "kind": "market", "lat": (south + north) / 2, "lon": (west + east) / 2}
    assert client.post("/api/cities/kh9901/warm").status_code == 204
    said = client.post("/api/cities/kh9901/what-if", json={"changes": [change]}).json()
    expected = citiesforall.what_if(file, [change], out=out)
    told = pd.DataFrame(said["columns"])
    keys = ["indicator", "group", "place"]
    both = expected[[*keys, "after"]].merge(
        told[[*keys, "after"]], on=keys, how="outer", suffixes=("", "_told")
    )
    assert len(both) == len(expected) == len(told) > 0
    np.testing.assert_array_equal(both["after"].to_numpy(float), both["after_told"].to_numpy(float))
    assert said["milliseconds"] > 0
    assert set(told["indicator"]) <= set(table["indicator"])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/cities/nowhere", 404),
        ("/api/cities/kh9901/observations/happiness", 404),
        ("/api/cities/kh9901/cells/happiness", 404),
        ("/api/cities/kh9901/base/moon.geojson", 404),
        ("/api/cities/kh9901/diagnose/secrets", 404),
        ("/api/cities/..%2f..%2fetc/places.geojson", 404),
        ("/api/explain/kh9901/happiness", 422),
        ("/api/cities/kh9901?lang=fr", 422),
    ],
)
def test_what_is_not_there_is_said(client, path, status):
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.json()["faults"]


def test_a_change_that_cannot_be_is_said(client):
    answer = client.post(
        "/api/cities/kh9901/what-if",
        json={"changes": [{"do": "add_facility", "kind": "castle", "lat": 11.5, "lon": 104.9}]},
    )
    assert answer.status_code == 422
    assert "castle" in answer.json()["faults"][0]


def test_who_may_ask_what_if(town):
    file, out = town
    engine = open_database(out / "other.db")
    with TestClient(make_app(House(engine, Rules(), out, {"kh9901": file}))) as stranger:
        assert stranger.post("/api/cities/kh9901/what-if", json={"changes": [{"do": "x"}]}).status_code == 401
        assert stranger.get("/api/cities/kh9901").status_code == 200
    engine.dispose()


def test_a_server_others_reach_needs_an_account(town, tmp_path):
    file, out = town
    house = house_for([file], out, host="127.0.0.1", address=str(tmp_path / "v.db"))
    assert house.rules.is_laptop
    with pytest.raises(InputError, match="it has no account"):
        house_for([file], out, host="0.0.0.0", address=str(tmp_path / "v.db"))
    make_account(house.engine, "sok", "administrator", "a long password", "test")
    open_to_all = house_for([file], out, host="0.0.0.0", address=str(tmp_path / "v.db"))
    assert not open_to_all.rules.is_laptop
    assert not house_for([file], out, host="127.0.0.1", address=str(tmp_path / "v.db")).rules.is_laptop
    with pytest.raises(InputError, match="no city was published here"):
        house_for([], tmp_path / "empty", host="127.0.0.1")


def test_a_scenario_goes_round_by_its_link(client):
    change = {"do": "add_facility", "kind": "market", "lat": 11.5, "lon": 104.9}
    asked = {"name": "Market", "changes": [change]}
    made = client.post("/api/cities/kh9901/scenarios", json=asked)
    assert made.status_code == 201
    path = f"/api/cities/kh9901/scenarios/{made.json()['id']}"
    assert client.get(path).json()["changes"] == [change]
    assert [one["name"] for one in client.get("/api/cities/KH9901/scenarios").json()] == ["Market"]
    sites = client.post("/api/cities/kh9901/sites.toml", json=asked).text
    assert 'kinds = ["market"]' in sites
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404


def test_streets_are_numbered_as_a_change_names_them(client):
    said = client.get("/api/cities/kh9901/base/streets.geojson").json()
    edges = [one["properties"]["edge"] for one in said["features"]]
    assert edges == list(range(len(edges)))
    alike = 0
    for one in said["features"][:20]:
        (west, south), (east, north) = one["geometry"]["coordinates"][:2]
        middle = {
            "lon": (west + east) / 2,
            "lat": (south + north) / 2,
            "radius_m": 2.5,
        }  # lines are drawn within 2 m
        answers = []
        for which in ({"edges": [one["properties"]["edge"]]}, middle):
            asked = {"changes": [{"do": "close_street", **which}]}
            answers.append(client.post("/api/cities/kh9901/what-if", json=asked).json())
        assert answers[0].get("columns") == answers[1].get("columns")
        alike += "columns" in answers[0]
    assert alike > 0
    beyond = [{"do": "close_street", "edges": [len(edges)]}]
    assert client.post("/api/cities/kh9901/what-if", json={"changes": beyond}).status_code == 422


def test_letters_of_khmer_are_in_the_house(client):
    answer = client.get("/api/fonts/khmer.ttf")
    assert answer.headers["content-type"] == "font/ttf"
    assert len(answer.content) > 100_000


@pytest.mark.parametrize("kind", ["market", "health_centre", None])
@pytest.mark.parametrize("indicator", ["market_access", "health_centre_access", "street_density"])
def test_cells_after_a_change_add_up_to_the_answer(client, town, warm, kind, indicator):
    west, south, east, north = client.get("/api/cities").json()[0]["bounds"]
    change = {
        "do": "add_facility",
        "kind": kind,
        "lat": south + 0.4 * (north - south),
        "lon": west + 0.4 * (east - west),
    }
    if kind is None:  # the first street whose closing is an answer
        for edge in range(200):
            change = {"do": "close_street", "edges": [edge]}
            if client.post("/api/cities/kh9901/what-if", json={"changes": [change]}).status_code == 200:
                break
    asked = {"changes": [change]}
    answer = client.post(f"/api/cities/kh9901/what-if/cells/{indicator}", json=asked)
    now = client.get(f"/api/cities/kh9901/cells/{indicator}")
    assert answer.headers["x-grid"] == now.headers["x-grid"]
    pixels = np.frombuffer(answer.content, "<f4")
    table = pd.read_parquet(town[1] / "kh9901" / "cell_values.parquet")
    parts = cells_after(warm, asked["changes"], indicator)
    assert set(pixels[np.isfinite(pixels)]) <= set(parts.astype("<f4"))
    before = table[indicator].to_numpy(float)
    columns = pd.DataFrame(client.post("/api/cities/kh9901/what-if", json=asked).json()["columns"])
    rows = columns[(columns["indicator"] == indicator) & (columns["group"] == "all")]
    assert np.array_equal(before, parts, equal_nan=True) == rows.empty
    if indicator != "street_density" and len(rows):
        known = np.isfinite(parts)
        told = np.average(parts[known], weights=table["people"].to_numpy()[known])
        assert told == pytest.approx(rows[rows["place"] == "KH9901"]["after"].item(), rel=1e-9)
