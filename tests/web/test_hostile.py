"""A hostile client, and a few hundred requests made up from the description of the routes: no server error, nothing given away."""

import json
import re

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from sqlalchemy import select
from tests.web.in_browser import small_city

from citiesforall.voices.database import open_database
from citiesforall.voices.tables import ACTS, VOICES
from citiesforall.web.app import make_app
from citiesforall.web.house import COOKIE, House, Rules

VOICE = {
    "key": "phone-0001",
    "category": "health",
    "text": "The clinic is far",
    "lang": "en",
    "consent": "2026-1",
}
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>"
HUGE = "9" * 6_000
SURROGATE = b'"\\ud800 alone"'
OPERATIONS = 40
"""Fewer operations than the app has: what is tried must not shrink unseen."""
SERVER_ERROR, REQUESTS = 500, 300
EXAMPLES = 8
"""Requests made up for each operation."""


def send(client, **more):
    """Send a voice."""
    return client.post("/api/voices", json=VOICE | more)


def test_markup_stays_text(client, as_role):
    reference = send(client, text=SCRIPT).json()["id"]
    followed = client.get(f"/api/voices/{reference}")
    assert followed.json()["text"] == SCRIPT
    assert followed.headers["content-type"] == "application/json"
    assert (
        "script" not in followed.headers["content-security-policy"]
    )  # only default-src 'self': no inline script
    as_role("officer").post(f"/api/office/voices/{reference}", json={"status": "seen", "is_shown": True})
    assert "<script>" not in client.get(f"/open311/v2/requests/{reference}.xml").text


@pytest.mark.parametrize("sign", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_no_cell_of_an_export_is_a_formula(client, as_role, sign):
    send(client, text=f"{sign} and more")
    rows = as_role("officer").get("/api/office/voices.csv").text.splitlines()
    assert len(rows) == 2
    assert not re.search(r"(^|,)\"?[=+\-@]", rows[1].partition(",health,")[2])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"a text"',
        b"{",
        b"\xff\xfe",
        b"[" * 50_000,
        json.dumps(VOICE | {"lat": 1e308, "lon": -1e308}).encode(),
        json.dumps(VOICE | {"lat": float("nan"), "lon": 0}).encode(),
        json.dumps(VOICE).replace('"en"', HUGE).encode(),
        json.dumps(VOICE | {"lat": 0}).replace(": 0", f": {HUGE}").encode(),
        json.dumps(VOICE).encode().replace(b'"category"', SURROGATE),
        json.dumps(VOICE | {"key": "../../../etc/passwd"}).encode(),
        json.dumps(VOICE | {"key": "a" * 65}).encode(),
        json.dumps(VOICE | {"text": {"$gt": ""}}).encode(),
        json.dumps(VOICE | {"text": "\u0000\u0001\u0002"}).encode(),
        json.dumps(VOICE | {"said_at": "2026-13-45T99:99:99Z"}).encode(),
        json.dumps(VOICE | {"said_at": "\u0662\u0660\u0662\u0666-01-01T00:00:00Z"}).encode(),
        json.dumps(VOICE | {"channel": "office"}).encode(),
        json.dumps(VOICE | {"place": "KH' OR 1=1 --"}).encode(),
        json.dumps(VOICE | {"place": "KH0000"}).encode(),
        json.dumps(VOICE | {"status": "answered", "answer": "mine"}).encode(),
    ],
    ids=range(22),
)
def test_what_is_no_voice_is_refused_in_words_and_not_kept(client, house, body):
    answer = client.post("/api/voices", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in {400, 422}
    assert answer.json()["faults"]
    with house.engine.connect() as connection:
        assert connection.execute(select(VOICES.c.id)).all() == []


def test_signs_that_no_text_can_hold_are_left_out(client):
    body = json.dumps(VOICE).encode().replace(b'"The clinic is far"', SURROGATE)
    reference = client.post("/api/voices", content=body, headers={"content-type": "application/json"}).json()[
        "id"
    ]
    assert client.get(f"/api/voices/{reference}").json()["text"] == "alone"


def test_a_clock_that_is_ahead_is_set_right(client):
    reference = send(client, said_at="9999-12-31T23:59:59Z").json()["id"]
    assert client.get(f"/api/voices/{reference}").json()["said_at"] < "9999"


PATHS = (
    "/api/voices/..%2f..%2fvoices.db",
    "/api/voices/%00",
    "/api/cities/..%2f..%2fetc/places.geojson",
    "/api/cities/%2e%2e/diagnose/index",
    "/api/cities/KH98/..%2f..%2f/run",
    "/api/explain/../../etc",
    "/..%2f..%2fvoices.db",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/assets/..%2f..%2fapp.py",
    "/voices.db",
    "/api/workshops/%27%20OR%201=1",
    "/api/form/words/..%2fx",
    "/open311/v2/requests/%00.xml",
    "/api/voices/' OR '1'='1",
)


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_out_of_the_house(client, path):
    answer = client.get(path)
    assert answer.status_code in {400, 404, 422}
    assert b"SQLite" not in answer.content
    assert b"root:" not in answer.content
    assert b"Traceback" not in answer.content


def test_forged_cookies_open_nothing(house):
    token = "A" * 43
    for cookie in (token, "", "administrator", '{"role":"administrator"}', "' OR 1=1 --", "a" * 5_000):
        with TestClient(make_app(house), cookies={COOKIE: cookie}) as client:
            assert client.get("/api/session").json()["role"] == "public"
            assert client.get("/api/office/voices").status_code == 401
            answer = client.post(
                "/api/accounts", json={"name": "me", "role": "administrator", "password": "x" * 12}
            )
            assert answer.status_code == 401


def test_a_session_that_was_ended_is_dead(as_role):
    office = as_role("officer")
    cookie = office.cookies[COOKIE]
    assert office.delete("/api/session").status_code == 204
    office.cookies.set(COOKIE, cookie)
    assert office.get("/api/office/voices").status_code == 401


def test_an_officer_cannot_rise_nor_write_the_trail(as_role, house):
    office = as_role("officer")
    rise = {"name": "officer", "role": "administrator", "password": "another long one"}
    assert office.post("/api/accounts", json=rise).status_code == 403
    with house.engine.connect() as connection:
        before = connection.execute(select(ACTS.c.number)).all()
    assert office.post("/api/acts", json={}).status_code in {404, 405}
    with house.engine.connect() as connection:
        assert connection.execute(select(ACTS.c.number)).all() == before


@pytest.fixture
def workshop(as_role):
    """Return the code of an open workshop, and its planner."""
    planner = as_role("planner")
    asked = {"title": "A workshop", "challenges": ["debt", "poverty"], "groups": ["council", "women"]}
    return planner.post("/api/workshops", json=asked).json()["code"], planner


def cast(client, token, **points):
    """Cast a ballot."""
    return client.put(
        "/api/workshops/ballot", json={"points": points}, headers={"Authorization": f"Bearer {token}"}
    ).status_code


def test_a_ballot_replayed_counts_once_and_not_after_closing(client, workshop):
    code, planner = workshop
    token = client.post(f"/api/workshops/{code}/join", json={"group": "women"}).json()["token"]
    assert [cast(client, token, debt=100) for _ in range(20)] == [204] * 20
    said = client.get(f"/api/workshops/{code}").json()
    assert (said["n_joined"], said["n_voted"]) == (1, 1)
    assert planner.post(f"/api/workshops/{code}/close").status_code == 204
    assert cast(client, token, debt=0, poverty=100) == 422
    assert client.get(f"/api/workshops/{code}").json()["challenges"][0]["challenge"] == "debt"


@pytest.mark.parametrize(
    "points",
    [
        {"debt": 101},
        {"debt": -1, "poverty": 101},
        {"debt": 99},
        {"heat": 100},
        {},
        {"debt": 50.5, "poverty": 49.5},
    ],
)
def test_a_ballot_that_cheats_counts_nothing(client, workshop, points):
    code, _ = workshop
    token = client.post(f"/api/workshops/{code}/join", json={"group": "women"}).json()["token"]
    assert cast(client, token, **points) == 422
    assert client.get(f"/api/workshops/{code}").json()["n_voted"] == 0


def test_nobody_votes_with_a_token_of_their_own_making(client, workshop):
    for token in ("", "A" * 32, workshop[0], "' OR 1=1 --", "a" * 190):
        assert cast(client, token, debt=100) in {401, 404, 422}
    assert client.get(f"/api/workshops/{workshop[0]}").json()["n_voted"] == 0


def test_a_reference_tells_no_more_than_its_citizen_may_know(client, as_role):
    mine, other = (send(client, key=f"phone-{number:04d}").json()["id"] for number in range(2))
    office = as_role("officer")
    office.post(f"/api/office/voices/{other}", json={"status": "seen", "note": "call the owner"})
    for path in (
        f"/api/voices/{mine[:4]}",
        f"/api/voices/{mine[:-1]}%25",
        "/api/voices/*",
        f"/api/voices/{other},{mine}",
    ):
        assert client.get(path).status_code in {404, 422}
    said = client.get(f"/api/voices/{other}").text
    assert "call the owner" not in said
    assert "phone-" not in said
    for what in ("photo", "sound", "alike"):
        assert client.get(f"/api/office/voices/{other}/{what}").status_code == 401
    assert client.post(f"/api/office/voices/{other}", json={"status": "refused"}).status_code == 401


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 10_000,
        b"category,text\n",
        b"category,text\nhealth," + b"x" * 5_000,
        b'"\n"' * 2_000,
        b"\xff",
    ],
)
def test_files_that_are_none_are_refused_whole(as_role, content):
    office = as_role("officer")
    answer = office.post("/api/import", files={"file": ("../../v.csv", content, "text/csv")})
    assert answer.status_code in {201, 422}
    assert office.get("/api/office/voices").json()["n"] == 0


@seed(20260101)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=300), lat=st.floats(), lon=st.floats(), key=st.text(max_size=70))
def test_whatever_is_written_is_kept_or_refused(client, text, lat, lon, key):
    body = json.dumps(VOICE | {"text": text, "lat": lat, "lon": lon, "key": key}).encode()
    answer = client.post("/api/voices", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in {200, 201, 400, 422}


@pytest.fixture(scope="module")
def described(tmp_path_factory):
    """Return the description of a laptop's app, where everything may be asked, with a small city."""
    out = tmp_path_factory.mktemp("out")
    engine = open_database(out / "voices.db")
    house = House(engine, Rules(is_laptop=True, per_minute=1_000_000), out, {small_city(out): None})
    yield schemathesis.openapi.from_asgi("/openapi.json", make_app(house))
    engine.dispose()


def asked(operation):
    """Ask one operation with what its description allows and with what it does not; return the answers' statuses."""
    cases = operation.as_strategy() | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    told = []

    @seed(7)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def ask(case):
        answer = case.call()
        told.append(answer.status_code)
        assert answer.status_code < SERVER_ERROR, (case.as_curl_command(), answer.text[:400])

    ask()
    return told


def test_requests_made_up_from_the_description_find_no_server_error(described):
    told = {one.ok().label: asked(one.ok()) for one in described.get_all_operations()}
    assert len(told) >= OPERATIONS
    assert sum(map(len, told.values())) >= REQUESTS
