"""A published nation over HTTP: what is sent is what the tables hold, outlines fit together, nothing else is read."""

import numpy as np
import pandas as pd
import pytest
import shapely
from fastapi.testclient import TestClient
from tests.web.nation_tables import CHALLENGES, COMMUNES, DISTRICTS, LOST, SHARE, SIDE, small_nation

from citiesforall.voices.accounts import make_account
from citiesforall.web.app import make_app
from citiesforall.web.serve import house_for

URL = "/api/nations/kh"


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """Return a folder of results with a nation and no city."""
    folder = tmp_path_factory.mktemp("out")
    small_nation(folder)
    return folder


@pytest.fixture(scope="module")
def client(out):
    """Return a client of a laptop's server."""
    house = house_for([], out, host="127.0.0.1")
    with TestClient(make_app(house)) as made:
        yield made
    house.engine.dispose()


def test_a_nation_alone_is_served_and_says_who_it_is(client):
    assert client.get("/api/cities").json() == []
    (listed,) = client.get("/api/nations?lang=en").json()
    assert (listed["code"], listed["name"], listed["is_invented"]) == ("KH", "Small Nation", True)
    assert client.get("/api/nations").json()[0]["name"] == "ប្រទេសតូច"
    said = client.get(f"{URL}?lang=en").json()
    assert said["levels"] == ["nation", "province", "district", "commune"]
    assert {one["id"] for one in said["indicators"]} == {"population", SHARE}
    assert said["bounds"] == pytest.approx([104.0, 11.0, 104.8, 11.1])
    assert said["failed"] == {"lost.toml": "its extract is not there"}
    assert "peers" in said["tables"]
    assert "progress" not in said["tables"]


def test_numbers_are_those_of_the_table_with_coverage_and_basis(client, out):
    table = pd.read_parquet(out / "nation_kh/observations.parquet")
    table = table[(table["indicator"] == SHARE) & (table["status"] != "missing")].set_index("place")
    sent = client.get(f"{URL}/observations/{SHARE}").json()
    assert sent["place"] == list(table.index)
    assert LOST not in sent["place"]
    for name in ("value", "low", "high", "coverage_people"):
        expected = [None if np.isnan(one) else one for one in table[name]]
        assert sent[name] == expected
    assert sent["status"][sent["place"].index("KH0102")] == "suppressed"
    assert sent["value"][sent["place"].index("KH0102")] is None
    of_place = client.get(f"{URL}/places/KH0101").json()
    assert dict(zip(of_place["indicator"], of_place["value"], strict=True)) == {
        "population": 300.0,
        SHARE: 15.0,
    }


def test_outlines_fit_together_at_every_level(client):
    areas = {}
    for level in ("province", "district", "commune"):
        features = client.get(f"{URL}/outlines/{level}.geojson").json()["features"]
        shapes = shapely.from_geojson([str(one["geometry"]).replace("'", '"') for one in features])
        assert shapely.coverage_is_valid(shapes)
        areas[level] = shapely.area(shapes).sum()
    assert areas["commune"] == pytest.approx(7 * SIDE**2)  # eight less the one without an outline
    assert areas["district"] == areas["province"] == pytest.approx(8 * SIDE**2)
    inside = client.get(f"{URL}/outlines/commune.geojson?within=KH01").json()["features"]
    assert [one["properties"]["place"] for one in inside] == [
        one for one in COMMUNES if one.startswith("KH01")
    ]


def test_rows_and_columns_of_a_table_are_chosen(client):
    sent = client.get(f"{URL}/tables/challenge_members?columns=challenge,severity,has&member=KH0202").json()
    assert sent == {"challenge": list(CHALLENGES), "severity": [80.0, None, None], "has": [True, None, None]}
    assert client.get(f"{URL}/tables/members").json()["member"] == list(DISTRICTS)


@pytest.mark.parametrize(
    "path",
    ["/tables/accounts", "/tables/%2e%2e%2fmembers", "/outlines/street.geojson", "/outlines/commune.geojson?within=KH99", "/places/KH99"],
)  # fmt: skip
def test_what_is_not_there_is_refused_in_words(client, path):
    answer = client.get(URL + path)
    assert answer.status_code == 404
    assert answer.json()["faults"]


def test_another_nation_or_column_is_refused(client):
    assert "there is none of this code" in client.get("/api/nations/th").json()["faults"][0]
    assert client.get(f"{URL}/tables/members?columns=secret").status_code == 404
    assert client.get(f"{URL}/observations/nothing").status_code == 404


def test_an_answer_is_packed_and_not_sent_twice(client):
    first = client.get(f"{URL}/places", headers={"accept-encoding": "gzip"})
    assert first.headers["content-encoding"] == "gzip"
    assert len(first.json()["place"]) == 1 + 2 + 4 + 8
    again = client.get(f"{URL}/places", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_others_may_only_look_where_there_are_accounts(out, tmp_path):
    house = house_for([], out, host="127.0.0.1", address=str(tmp_path / "v.db"))
    make_account(house.engine, "admin", "administrator", "a long password", "test")
    with TestClient(make_app(house_for([], out, host="127.0.0.1", address=str(tmp_path / "v.db")))) as made:
        assert made.get(URL).status_code == 200
        assert made.post(URL).status_code == 405
    house.engine.dispose()
