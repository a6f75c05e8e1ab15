"""A voice belongs to the smallest place that holds its coarse point; what cannot be placed is kept all the same."""

import pyproj
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from tests.web.in_browser import SIDE_M, SOUTH, WEST, small_city

from citiesforall.voices.coarse import coarse
from citiesforall.voices.tables import VOICES
from citiesforall.web.app import make_app
from citiesforall.web.house import House, Rules

VOICE = {"category": "health", "text": "The clinic is far", "lang": "en", "consent": "2026-1"}


@pytest.fixture
def served(engine, tmp_path):
    """Return a client of a server with a small city, one that is not there, and one whose folder is spoilt."""
    (tmp_path / "kh97").mkdir()
    (tmp_path / "kh97" / "run.json").write_text("{", "utf-8")
    house = House(engine, Rules(), tmp_path, {"kh96": None, "kh97": None, small_city(tmp_path): None})
    with TestClient(make_app(house)) as made:
        yield made


def degrees(east_m, north_m):
    """Return the latitude and longitude of a point so far from the corner of the city."""
    to = pyproj.Transformer.from_crs(32648, 4326, always_xy=True)
    lon, lat = to.transform(WEST + east_m, SOUTH + north_m)
    return {"lat": lat, "lon": lon}


def placed(client, engine, key, **where):
    """Send a voice and return the place it was kept with."""
    assert client.post("/api/voices", json=VOICE | {"key": key} | where).status_code == 201
    with engine.connect() as connection:
        return connection.execute(select(VOICES.c.place).where(VOICES.c.key == key)).scalar_one()


def test_a_point_is_in_the_smallest_place(served, engine):
    assert placed(served, engine, "phone-0001", **degrees(SIDE_M / 2, SIDE_M / 2)) == "KH980101"
    assert placed(served, engine, "phone-0002", **degrees(1.5 * SIDE_M, SIDE_M / 2)) == "KH980102"
    assert placed(served, engine, "phone-0003", **degrees(5 * SIDE_M, SIDE_M / 2)) is None
    assert placed(served, engine, "phone-0004") is None


def test_only_the_coarse_point_is_looked_at(served, engine):
    """Points a metre apart in one cell of 300 m lie in one place, also where the border runs between them."""
    border = [degrees(SIDE_M + step, SIDE_M / 2) for step in (-1, 1)]
    cells = [coarse(one["lat"], one["lon"]) for one in border]
    assert cells[0] == cells[1]
    told = [placed(served, engine, f"phone-1{number:03d}", **one) for number, one in enumerate(border)]
    assert told[0] == told[1]


def test_a_place_may_be_named_and_a_point_counts_before_it(served, engine):
    assert placed(served, engine, "phone-0001", place="KH980102") == "KH980102"
    here = degrees(SIDE_M / 2, SIDE_M / 2)
    assert placed(served, engine, "phone-0002", place="KH980102", **here) == "KH980101"
    answer = served.post("/api/voices", json=VOICE | {"key": "phone-0003", "place": "KH980103"})
    assert answer.status_code == 422
    assert "KH980103" in answer.json()["faults"][0]


def test_open311_and_files_are_placed_too(served, engine, as_role):
    here = degrees(SIDE_M / 2, SIDE_M / 2)
    data = {"service_code": "food", "description": "Rice is dear", "lat": here["lat"], "long": here["lon"]}
    assert served.post("/open311/v2/requests.json", data=data).status_code == 201
    with engine.connect() as connection:
        assert connection.execute(select(VOICES.c.place)).scalars().all() == ["KH980101"]


def test_voices_that_name_one_place_are_found_alike_without_a_point(served, as_role):
    first, other, far = (
        served.post("/api/voices", json=VOICE | {"key": f"phone-{at:04d}", "place": place}).json()["id"]
        for at, place in enumerate(("KH980101", "KH980101", "KH980102"))
    )
    told = as_role("officer").get(f"/api/office/voices/{first}/alike").json()
    assert [(one["id"], one["distance_m"]) for one in told] == [(other, None)]
    assert far not in {one["id"] for one in told}


@pytest.mark.parametrize(("lang", "left"), [("en", "Left"), ("km", "ឆ្វេង")])
def test_the_form_names_the_places_to_choose_from(served, lang, left):
    (city,) = served.get(f"/api/form?lang={lang}").json()["cities"]
    assert city["places"][0] == {"id": "KH980101", "name": left}
    assert len(city["places"]) == 2


@pytest.mark.parametrize("page", ["citizen", "office", "workshop"])
def test_a_small_page_loads_its_own_words_alone(served, page):
    words = served.get(f"/api/form/words/{page}?lang=km").json()
    assert f"web.{page}.title" in words
    assert len(words) < 300
    assert not [key for key in words if key.startswith(("plan.", "challenge.", "web.map."))]
