"""Voices over HTTP: citizens send and follow, the office handles, nobody else sees more than they may."""

import io
import json
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from citiesforall.web.app import make_app
from citiesforall.web.guard import HEADERS
from citiesforall.web.house import Rules

VOICE = {
    "key": "phone-0001",
    "category": "health",
    "text": "The clinic is far",
    "lang": "en",
    "lat": 12.6412,
    "lon": 103.5321,
    "consent": "2026-1",
}


def send(client, **more):
    """Send a voice and return its reference."""
    return client.post("/api/voices", json=VOICE | more).json()["id"]


def test_a_citizen_sends_and_follows(client, as_role):
    first = client.post("/api/voices", json=VOICE)
    again = client.post("/api/voices", json=VOICE)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    reference = first.json()["id"]
    office = as_role("officer")
    done = office.post(
        f"/api/office/voices/{reference}", json={"status": "answered", "answer": "A nurse comes on Monday."}
    )
    assert done.status_code == 200
    seen = client.get(f"/api/voices/{reference.lower()}").json()
    assert (seen["status"], seen["answer"]) == ("answered", "A nurse comes on Monday.")
    assert "key" not in seen
    assert "place" not in seen


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"category": "weather"}, "category: 'weather' is not known"),
        ({"lat": 95}, "lat"),
        ({"consent": "no"}, "consent"),
        ({"phone": "012"}, "phone: this word is not known"),
        ({"text": ""}, "text"),
    ],
)
def test_what_is_wrong_is_said_in_one_shape(client, wrong, said):
    answer = client.post("/api/voices", json=VOICE | wrong)
    assert answer.status_code == 422
    assert len(answer.json()["faults"]) == 1
    assert said in answer.json()["faults"][0]


def test_a_photo_and_a_sound_reach_the_office_alone(client, as_role):
    out = io.BytesIO()
    Image.new("RGB", (40, 30)).save(out, "JPEG")
    files = {
        "photo": ("p.jpg", out.getvalue(), "image/jpeg"),
        "sound": ("s.ogg", b"OggS" + b"\0" * 40, "text/html"),
    }
    answer = client.post("/api/voices/with-files", data={"voice": json.dumps(VOICE)}, files=files)
    assert answer.status_code == 201
    reference = answer.json()["id"]
    for what in ("photo", "sound"):
        assert client.get(f"/api/office/voices/{reference}/{what}").status_code == 401
    office = as_role("officer")
    (row,) = office.get("/api/office/voices").json()["voices"]
    assert (row["photo"], row["sound"]) == (True, True)
    assert office.get(f"/api/office/voices/{reference}/photo").headers["content-type"] == "image/jpeg"
    assert office.get(f"/api/office/voices/{reference}/sound").headers["content-type"] == "audio/ogg"
    broken = client.post(
        "/api/voices/with-files",
        data={"voice": json.dumps(VOICE | {"key": "phone-0002"})},
        files={"photo": ("p.jpg", b"<svg/>", "image/jpeg")},
    )
    assert broken.status_code == 422
    assert "cannot be read" in broken.json()["faults"][0]
    assert office.get("/api/office/voices").json()["n"] == 1


OFFICE = (
    "/api/office/voices",
    "/api/office/voices.csv",
    "/api/office/voices/AAAA-AAAA/alike",
    "/api/office/voices/AAAA-AAAA/photo",
)


@pytest.mark.parametrize("path", OFFICE)
def test_the_public_does_not_see_the_office(client, path):
    assert client.get(path).status_code == 401


def test_roles_may_what_those_below_may_and_no_more(client, as_role):
    officer, planner, administrator = (as_role(role) for role in ("officer", "planner", "administrator"))
    assert officer.get("/api/acts").status_code == 403
    assert planner.get("/api/acts").status_code == 403
    assert administrator.get("/api/acts").status_code == 200
    table = {"title": "A workshop", "challenges": ["debt", "poverty"]}
    assert officer.post("/api/workshops", json=table).status_code == 403
    assert planner.post("/api/workshops", json=table).status_code == 201
    assert client.post("/api/workshops", json=table).status_code == 401


def test_a_foreign_page_cannot_use_a_session(client, as_role):
    reference = send(client)
    office = as_role("officer")
    for csrf in ("", "another"):
        office.headers["x-csrf"] = csrf
        assert office.post(f"/api/office/voices/{reference}", json={"status": "seen"}).status_code == 403
    cookie = office.post("/api/session", json={"name": "officer", "password": "a long password"}).headers[
        "set-cookie"
    ]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie


def test_a_laptop_asks_no_password_but_no_foreign_page_is_heard(house):
    with TestClient(make_app(replace(house, rules=Rules(is_laptop=True)))) as client:
        assert client.get("/api/session").json()["role"] == "administrator"
        assert client.get("/api/office/voices").status_code == 200
        table = {"title": "A workshop", "challenges": ["debt", "poverty"]}
        for header in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
            assert client.post("/api/workshops", json=table, headers=header).status_code == 403
        assert (
            client.post("/api/workshops", json=table, headers={"Origin": "http://testserver"}).status_code
            == 201
        )


def test_counts_tell_nobody_apart(client):
    for number in range(4):
        send(client, key=f"phone-{number:04d}")
    assert {
        row["n"] for row in client.get("/api/counts").json()["counts"] if row["category"] == "health"
    } == {None}
    send(client, key="phone-0009")
    assert {
        row["n"] for row in client.get("/api/counts").json()["counts"] if row["category"] == "health"
    } == {5}


def test_a_file_is_taken_in_once(as_role):
    office = as_role("officer")
    content = "category,text,consent\nhealth,The clinic is far,yes\nfood,Rice is dear,no\n"
    first = office.post("/api/import", files={"file": ("v.csv", content.encode(), "text/csv")})
    assert first.json() == {"kept": 1, "known": 0, "without_consent": 1}
    assert (
        office.post("/api/import", files={"file": ("v.csv", content.encode(), "text/csv")}).json()["known"]
        == 1
    )
    wrong = office.post("/api/import", files={"file": ("v.csv", b"category,text\nx,y\n", "text/csv")})
    assert wrong.status_code == 422
    assert wrong.json()["faults"][0].startswith("v.csv: row 2")


def test_too_much_is_refused_before_it_is_read(client):
    assert client.post("/api/voices/with-files", content=b"x" * 12_000_001).status_code == 413
    assert client.put("/api/workshops/ballot", content=b"x" * 64_001).status_code == 413


def test_too_many_are_asked_to_wait(house):
    with TestClient(make_app(replace(house, rules=Rules(per_minute=5)))) as client:
        told = [client.post("/api/voices", json=VOICE).status_code for _ in range(7)]
        assert told == [201, 200, 200, 200, 200, 429, 429]
        assert client.get("/api/counts").status_code == 200
    with TestClient(make_app(house)) as client:
        told = [
            client.post("/api/session", json={"name": "officer", "password": "wrong one"}).status_code
            for _ in range(11)
        ]
        assert told == [401] * 10 + [429]


@pytest.mark.parametrize(
    "path", ["/api/form", "/api/voices/AAAA-AAAA", "/nothing", "/open311/v2/services.xml"]
)
def test_every_answer_has_the_headers_of_the_house(client, path):
    answer = client.get(path)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value


def test_open311_in_both_shapes(client, as_role):
    assert [one["service_code"] for one in client.get("/open311/v2/services.json").json()][2] == "health"
    assert "<service_code>health</service_code>" in client.get("/open311/v2/services.xml").text
    sent = client.post(
        "/open311/v2/requests.json",
        data={
            "service_code": "health",
            "description": "The clinic is far",
            "lat": "12.64",
            "long": "103.53",
            "first_name": "Sok",
            "phone": "012",
        },
    )
    assert sent.status_code == 201
    reference = sent.json()[0]["service_request_id"]
    (row,) = client.get(f"/open311/v2/requests/{reference}.json").json()
    assert (row["status"], row["description"]) == ("open", "")  # nobody has looked at its words yet
    assert "lat" not in row  # fewer than five speak from there
    as_role("officer").post(f"/api/office/voices/{reference}", json={"status": "seen", "is_shown": True})
    assert client.get("/open311/v2/requests.json").json()[0]["description"] == "The clinic is far"
    assert (
        "<description>The clinic is far</description>"
        in client.get(f"/open311/v2/requests/{reference}.xml").text
    )


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({}, 400),
        ({"service_code": "health"}, 400),
        ({"service_code": "moon", "description": "Far"}, 404),
        ({"service_code": "health", "description": "Far", "lat": "north"}, 400),
    ],
)
def test_open311_says_faults_in_its_own_shape(client, data, status):
    answer = client.post("/open311/v2/requests.json", data=data)
    assert answer.status_code == status
    assert answer.json()[0]["code"] == status
    assert client.get("/open311/v2/requests/none.xml").text.count("<error>") == 1


def test_open311_asks_for_its_key(house):
    with TestClient(make_app(replace(house, rules=Rules(api_key="s3cret")))) as client:
        data = {"service_code": "health", "description": "The clinic is far"}
        assert client.post("/open311/v2/requests.json", data=data).status_code == 403
        assert client.post("/open311/v2/requests.json", data=data | {"api_key": "s3cret"}).status_code == 201


def test_a_workshop_over_http(client, as_role):
    planner = as_role("planner")
    code = planner.post(
        "/api/workshops",
        json={"title": "Krong workshop", "challenges": ["debt", "poverty"], "groups": ["council", "women"]},
    ).json()["code"]
    for number in range(10):
        token = client.post(f"/api/workshops/{code}/join", json={"group": "women"}).json()["token"]
        answer = client.put(
            "/api/workshops/ballot",
            json={"points": {"debt": 60 + number, "poverty": 40 - number}},
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.status_code == 204
    said = client.get(f"/api/workshops/{code.lower()}").json()
    assert (said["n_voted"], said["challenges"][0]["challenge"], said["agreement"]) == (10, "debt", 1.0)
    assert "[weights]" in client.get(f"/api/workshops/{code}/weights.toml").text
    assert client.get(f"/api/workshops/{code}/qr.svg").text.startswith("<svg")
    assert planner.post(f"/api/workshops/{code}/close").status_code == 204
    assert client.post(f"/api/workshops/{code}/join", json={"group": "women"}).status_code == 422
    assert client.put("/api/workshops/ballot", json={"points": {"debt": 100}}).status_code == 401
    assert client.get("/api/workshops/AAAA-AAAA").status_code == 404
