"""Workshops in a real browser: opened by a facilitator, ten delegates, results live, weights adopted."""

import tomllib

import pytest
from tests.web.in_browser import browser, faults_of, live

from citiesforall.voices.accounts import make_account
from citiesforall.voices.database import open_database
from citiesforall.web.house import House, Rules

PASSWORD = "a long password"
TABLE = ("debt", "flooding", "heat", "health_care")
GROUPS = ("council", "women", "youth")
WEIGHED = {"economic": 30, "environmental": 50, "health": 20}
"""Points of every simulated ballot by dimension: debt 30, flooding 40 and heat 10, health care 20."""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Return the address of a server with a planner."""
    out = tmp_path_factory.mktemp("out")
    engine = open_database(out / "voices.db")
    make_account(engine, "planner", "planner", PASSWORD, "test")
    make_account(engine, "officer", "officer", PASSWORD, "test")
    with live(House(engine, Rules(), out)) as made:
        yield made
    engine.dispose()


@pytest.fixture(scope="module")
def chromium():
    """Return a browser."""
    with browser() as made:
        yield made


@pytest.fixture
def desk(chromium):
    """Return a facilitator's browser, in English."""
    made = chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    made.set_default_timeout(15_000)
    yield made.new_page()
    made.close()


@pytest.fixture
def phone(chromium):
    """Return a delegate's phone, in Khmer."""
    made = chromium.new_context(locale="km-KH", viewport={"width": 390, "height": 844})
    made.set_default_timeout(15_000)
    yield made.new_page()
    made.close()


def opened(desk, address):
    """Sign in, open a workshop, and return its code."""
    desk.goto(address + "workshop.html")
    desk.fill("#name", "planner")
    desk.fill("#password", PASSWORD)
    desk.click(".sign-in .first")
    desk.fill("#title", "Priorities of the krong")
    for challenge in TABLE:
        desk.check(f"input[value={challenge}]")
    assert faults_of(desk) == []
    desk.click(".open-form .first")
    return desk.locator(".code").inner_text()


def votes(page, address, code, group):
    """Let one delegate join and vote without a browser."""
    token = page.request.post(f"{address}api/workshops/{code}/join", data={"group": group}).json()["token"]
    ballot = {
        "points": {"debt": 30, "flooding": 40, "heat": 10, "health_care": 20},
        "scores": {"debt": 5 if group == "women" else 3, "heat": 1 if group == "council" else 4},
    }
    header = {"Authorization": f"Bearer {token}"}
    assert page.request.put(f"{address}api/workshops/ballot", data=ballot, headers=header).status == 204


def test_ten_delegates_set_priorities_together(address, desk, phone):
    code = opened(desk, address)
    assert desk.locator(".way img").evaluate("one => one.complete || one.decode().then(() => true)")
    assert desk.locator(".way a").get_attribute("href") == f"#{code}"
    for number in range(9):
        votes(phone, address, code, GROUPS[number % 3])

    phone.goto(f"{address}workshop.html#{code}")
    phone.check("input[value=women]")
    phone.click(".wide")
    phone.wait_for_selector(".challenge")
    cards = phone.locator(".challenge")
    assert cards.count() == len(TABLE)
    assert faults_of(phone) == []
    phone.click(".foot .wide")
    phone.wait_for_selector(".foot .fault")  # nothing is given yet
    for challenge, points in (("debt", 30), ("flooding", 40), ("health_care", 20), ("heat", 90)):
        phone.fill(f"#points-{challenge}", str(points))
        phone.press(f"#points-{challenge}", "Tab")
    assert phone.input_value("#points-heat") == "10"  # no more than were left
    phone.locator("input[name=score-debt]").nth(4).check()
    phone.click(".foot .wide")
    phone.wait_for_selector(".foot .done:not(:empty)")

    desk.locator(".figures dd", has_text="10").nth(1).wait_for()  # joined and voted, without loading again
    assert (
        desk.locator(".live tbody").first.locator("th").all_inner_texts()[0].startswith("Homes and streets")
    )
    assert "Strong agreement" in desk.locator(".figures").inner_text()
    heat = desk.locator(".live tr", has_text="Heat")
    assert "Groups differ" in heat.inner_text()
    assert "Council: 1" in heat.inner_text()
    assert faults_of(desk) == []
    adopted = tomllib.loads(desk.request.get(f"{address}api/workshops/{code}/weights.toml").text())["weights"]
    for dimension, points in WEIGHED.items():
        assert adopted[dimension] == pytest.approx(points * len(WEIGHED) / 100, abs=0.005)
    assert adopted["food"] == 1


def test_a_ballot_is_changed_and_then_the_workshop_closed(address, desk, phone):
    code = opened(desk, address)
    phone.goto(f"{address}workshop.html#{code}")
    phone.check("input[value=youth]")
    phone.click(".wide")
    phone.locator(".foot .row button").click()  # the rest spread evenly: 25 each
    phone.click(".foot .wide")
    phone.wait_for_selector(".foot .done:not(:empty)")
    phone.reload()
    phone.wait_for_selector(".challenge")
    assert [phone.input_value(f"#points-{one}") for one in TABLE] == ["25"] * len(TABLE)
    first = phone.locator(".challenge").first
    for _ in range(5):
        first.locator(".steps button").first.click()
    assert first.locator("input[type=number]").input_value() == "0"
    assert first.locator(".steps button").first.is_disabled()
    last = phone.locator(".challenge").last
    for _ in range(5):
        last.locator(".steps button").last.click()
    assert last.locator(".steps button").last.is_disabled()  # all are given
    phone.click(".foot .wide")
    phone.wait_for_selector(".foot .done:not(:empty)")
    said = phone.request.get(f"{address}api/workshops/{code}").json()
    assert (said["n_joined"], said["n_voted"]) == (1, 1)
    assert sorted(row["median"] for row in said["challenges"]) == [0, 25, 25, 50]
    assert said["challenges"][0]["by_group"] == {}  # one delegate alone is not shown apart

    desk.on("dialog", lambda one: one.accept())
    desk.locator(".danger").click()
    desk.get_by_text("The workshop is closed.").wait_for()
    phone.reload()
    phone.wait_for_selector("main .care")
    assert phone.locator(".challenge").count() == 0


def test_only_planners_open_one_and_a_wrong_code_is_said(address, desk, phone):
    desk.goto(address + "workshop.html")
    desk.fill("#name", "officer")
    desk.fill("#password", PASSWORD)
    desk.click(".sign-in .first")
    desk.wait_for_selector(".sign-in .fault")
    phone.goto(f"{address}workshop.html#AAAA-AAAA")
    phone.wait_for_selector(".fault[role=alert]")
    phone.locator("main a").click()
    phone.fill("#code", "zzzz zzzz")
    phone.press("#code", "Enter")
    phone.wait_for_selector(".fault[role=alert]")
    assert phone.url.endswith("#ZZZZ-ZZZZ")
