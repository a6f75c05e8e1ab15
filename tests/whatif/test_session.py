"""A session's answer is what differs in a full run on the changed city, to the last digit."""

import pandas as pd
import pytest

from citiesforall.core.errors import InputError
from citiesforall.network.walks import load_walks
from citiesforall.whatif.city import city_now
from citiesforall.whatif.session import moves_of, open_session, scenario_of
from tests.town.make_town import X0, Y0

from .conftest import differing, scenario


def at(x, y):
    return {"x": float(X0 + x), "y": float(Y0 + y)}


QUESTIONS = {
    "a health centre": [{"do": "add_facility", "kind": "health_centre", **at(860, 600)}],
    "a market far from all": [{"do": "add_facility", "kind": "market", **at(1010, 300)}],
    "a school where one stands": [{"do": "add_facility", "kind": "primary_school", **at(150, 300)}],
    "two at once": [
        {"do": "add_facility", "kind": "market", **at(850, 700)},
        {"do": "add_facility", "kind": "health_centre", **at(260, 900)},
    ],
    "of a kind not listed": [{"do": "add_facility", "kind": "post_office", **at(850, 700)}],
    "a stop": [{"do": "add_stop", "mode": "bus", "per_hour": 11.0, **at(850, 700)}],
    "a stop of unknown departures": [{"do": "add_stop", "mode": "rail", **at(850, 700)}],
    "a stop removed": [{"do": "remove_stop", "stop": "feed:A"}],
    "fewer buses": [{"do": "set_frequency", "mode": "bus", "factor": 0.3}],
    "a health centre removed": [{"do": "remove_facility", "facility": "register:health_centre_1"}],
    "the only market removed": [{"do": "remove_facility", "facility": "register:market_7"}],
    "a hospital moved": [{"do": "move_facility", "facility": "register:hospital_2", **at(840, 800)}],
    "a health centre becomes a hospital": [
        {"do": "upgrade_facility", "facility": "register:health_centre_1", "to": "police"}
    ],
    "a link": [
        {"do": "add_link", "line": [[X0 + 850.0, Y0 + 875.0], [X0 + 890.0, Y0 + 960.0]], "in_metres": True, "class": "footway"}
    ],
    "a street closed": [{"do": "close_street", "radius_m": 60.0, **at(850, 550)}],
    "flooded streets": [{"do": "close_street", "flood_class": 3}],
    "an open space": [{"do": "add_open_space", "area_m2": 20_000.0, **at(1000, 500)}],
    "more people": [{"do": "set_people", "place": "KH990102", "factor": 1.4, "year": 2030}],
    "all kinds together": [
        {"do": "add_facility", "kind": "market", **at(850, 700)},
        {"do": "close_street", "radius_m": 60.0, **at(250, 100)},
        {"do": "set_people", "place": "KH9901", "factor": 1.1},
        {"do": "add_stop", "mode": "bus", "per_hour": 2.0, **at(850, 700)},
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_answer_is_that_of_a_full_run(town, session, tmp_path, name):
    what = scenario(*QUESTIONS[name])
    want = differing(town, what, tmp_path, intervals=False)
    pd.testing.assert_frame_equal(session.answer(what), want, check_exact=True)
    if name not in {"of a kind not listed", "a school where one stands"}:
        assert len(want), "the question changes nothing: ask another"


@pytest.mark.parametrize("name", ["a health centre", "a health centre removed", "all kinds together"])
def test_the_answer_with_intervals_is_that_of_a_full_run(town, session, tmp_path, name):
    what = scenario(*QUESTIONS[name])
    want = differing(town, what, tmp_path, intervals=True)
    found = session.answer(what, intervals=True)
    pd.testing.assert_frame_equal(found, want, check_exact=True)
    assert found["low"].notna().any()


def test_a_waste_point_by_hand(session):
    """At (860, 600), 10 m off S3: E2 (850, 550) walks 50 + 10 = 60 m, everybody else in East more than 200 m.

    East 0 of 2800 -> 400 of 2800 = 100 x 400 / 2800; the city 1300 of 6800 -> 1700 of 6800 = 25 %. Who walks slowly has
    200 x 2 / 3 = 133 m: E2 still, and of the first point W2's 900: 1300 of 6800.
    """
    found = session.answer([{"do": "add_facility", "kind": "waste_point", **at(860, 600)}])
    rows = found.set_index(["indicator", "group", "place"])
    east = rows.loc[("waste_point_access", "all", "KH990102")]
    assert (east["before"], east["num"], east["den"]) == (0.0, 400.0, 2800.0)
    assert east["after"] == pytest.approx(100 * 400 / 2800, rel=1e-12)
    city = rows.loc[("waste_point_access", "all", "KH9901")]
    assert city["before"] == pytest.approx(100 * 1300 / 6800, rel=1e-12)
    assert city["after"] == pytest.approx(25.0, rel=1e-12)
    assert city["difference"] == pytest.approx(100 * 400 / 6800, rel=1e-12)
    slow = rows.loc[("waste_point_access", "slow_walkers", "KH9901")]
    assert (slow["num_before"], slow["num"]) == (900.0, 1300.0)
    assert "KH990101" not in set(found["place"])


def test_a_session_keeps_nothing_of_an_answer(session):
    what = scenario(*QUESTIONS["a health centre"])
    first = session.answer(what)
    for other in ("a health centre removed", "two at once", "a street closed"):
        session.answer(scenario(*QUESTIONS[other]))
    pd.testing.assert_frame_equal(session.answer(what), first, check_exact=True)


def test_a_cold_session_answers_the_same(town, session):
    cold = open_session(town.given, warm=False)
    what = scenario(*QUESTIONS["two at once"])
    pd.testing.assert_frame_equal(cold.answer(what), session.answer(what), check_exact=True)


def test_walks_kept_are_those_of_the_walks_step(town, session):
    arrays, _ = load_walks(town.given.done["walks"].folder)
    parts = session.kept.homes["all"].parts
    for kind in session.kept.reached:
        assert (session.kept.homes["all"].ways[kind].m[0] == arrays[f"{kind}.m"][0, parts]).all()


def test_changes_may_be_tables_and_their_faults_are_numbered():
    rows = [{"do": "remove_stop", "stop": "a"}, {"do": "remove_stpo"}, {"do": "set_people", "place": "A"}]
    with pytest.raises(InputError) as caught:
        scenario_of(rows)
    assert [fault.split(":")[1] for fault in caught.value.faults] == [" change 2", " change 3 (set_people)"]


def test_faults_of_added_facilities_are_all_told(session):
    with pytest.raises(InputError) as caught:
        session.answer(
            [
                {"do": "add_facility", "kind": "bank", "lon": 0.0, "lat": 0.0},
                {"do": "add_facility", "kind": "bank", **at(100, 100)},
                {"do": "add_stop", "lon": 0.0, "lat": 0.0},
            ]
        )
    assert len(caught.value.faults) == 2
    with pytest.raises(InputError, match="is there already"):
        session.answer([{"do": "add_facility", "kind": "bank", "id": "register:market_7", **at(100, 100)}])


def test_only_kinds_that_differ_are_searched_again(town):
    city = city_now(town.given)
    assert moves_of(city.kinds, city.kinds) == {}


def test_nothing_asked_changes_nothing(session):
    assert session.answer([]).empty
