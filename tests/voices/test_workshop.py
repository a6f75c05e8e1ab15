"""Workshops: ballots replace each other, results and weights are worked out by hand."""

import tomllib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from citiesforall.core.errors import InputError
from citiesforall.voices.agree import kendall_w, opinions, weights_of
from citiesforall.voices.workshop import (
    BallotIn,
    WorkshopIn,
    close_workshop,
    join,
    open_workshop,
    results,
    vote,
    weights_toml,
)

TABLE = ("poverty", "debt", "public_transport")


@pytest.fixture
def workshop(database):
    """Return the database and the code of an open workshop."""
    return database, open_workshop(database, WorkshopIn(title="Krong workshop", challenges=TABLE), "sok")


def read(database, code):
    """Return the results."""
    with database.connect() as connection:
        return results(connection, code)


def ballot(*points, **scores):
    """Return a ballot over the table."""
    return BallotIn(points=dict(zip(TABLE, points, strict=True)), scores=scores)


def test_a_workshop_of_four(workshop):
    database, code = workshop
    given = [
        ("council", (50, 30, 20)),
        ("council", (60, 20, 20)),
        ("women", (10, 80, 10)),
        ("women", (20, 60, 20)),
    ]
    for group, points in given:
        vote(database, join(database, code, group), ballot(*points, poverty=5 if group == "council" else 2))
    said = read(database, code)
    assert (said["n_joined"], said["n_voted"], said["groups"]) == (4, 4, {"council": 2, "women": 2})
    by = {row["challenge"]: row for row in said["challenges"]}
    assert [row["challenge"] for row in said["challenges"]] == ["debt", "poverty", "public_transport"]
    assert by["debt"]["mean"] == pytest.approx((30 + 20 + 80 + 60) / 4)
    assert by["poverty"]["median"] == pytest.approx(35)
    assert by["poverty"]["score_median"] == pytest.approx(3.5)
    assert by["poverty"]["by_group"] == {}  # two of a group are too few to be shown apart
    # all three challenges are of the economic dimension: it alone was asked about
    assert said["weights"] == dict.fromkeys(
        ("economic", "food", "health", "environmental", "personal", "community", "political"), 1.0
    )
    assert tomllib.loads(weights_toml(said))["weights"]["economic"] == 1.0
    assert "2 council, 2 women" in weights_toml(said)


def test_a_ballot_replaces_the_one_before(workshop):
    database, code = workshop
    token = join(database, code, "youth")
    vote(database, token, ballot(100, 0, 0))
    vote(database, token, ballot(0, 0, 100))
    vote(database, token, ballot(0, 0, 100))
    said = read(database, code)
    assert said["n_voted"] == 1
    assert said["challenges"][0]["challenge"] == "public_transport"
    assert said["challenges"][0]["mean"] == 100


def test_ninety_delegates_at_once_are_all_counted(workshop):
    database, code = workshop
    tokens = [join(database, code, "community") for _ in range(90)]
    with ThreadPoolExecutor(16) as many:
        list(many.map(lambda token: vote(database, token, ballot(40, 35, 25)), tokens))
    assert read(database, code)["n_voted"] == 90


def test_groups_that_differ_are_shown_apart(workshop):
    database, code = workshop
    for group, score in [("council", 5)] * 3 + [("women", 2)] * 3:
        vote(database, join(database, code, group), ballot(34, 33, 33, poverty=score))
    row = next(row for row in read(database, code)["challenges"] if row["challenge"] == "poverty")
    assert row["by_group"] == {"council": 5, "women": 2}
    assert row["is_split"]


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ({"poverty": 50, "debt": 20}, "add up to 70"),
        ({"poverty": 50, "moon": 50}, "'moon' is not on the table"),
    ],
)
def test_a_ballot_that_does_not_fit_is_said_and_not_counted(workshop, points, said):
    database, code = workshop
    with pytest.raises(InputError, match=said):
        vote(database, join(database, code, "council"), BallotIn(points=points))
    assert read(database, code)["n_voted"] == 0


def test_what_is_closed_takes_nothing(workshop):
    database, code = workshop
    token = join(database, code, "council")
    close_workshop(database, code, "sok")
    for late in (
        lambda: vote(database, token, ballot(34, 33, 33)),
        lambda: join(database, code, "council"),
        lambda: close_workshop(database, code, "sok"),
    ):
        with pytest.raises(InputError, match="closed"):
            late()


def test_strangers_are_told(workshop):
    database, code = workshop
    with pytest.raises(InputError, match="not invited"):
        join(database, code, "tourists")
    with pytest.raises(InputError, match="Join again"):
        vote(database, "no such token", ballot(34, 33, 33))
    with pytest.raises(InputError, match="there is none with this code"):
        read(database, "AAAA-AAAA")
    with pytest.raises(InputError, match=r"'hunger_games' is not known.*\n?"):
        open_workshop(database, WorkshopIn(title="Other", challenges=("hunger_games", "debt")), "sok")


def test_kendalls_w_by_hand():
    # ranks 1 2 3 / 1 3 2 / 1 2 3: sums 3 7 8, mean 6, S = 9 + 1 + 4 = 14; W = 12 x 14 / (9 x 24) = 0.7778
    assert kendall_w(np.array([[10.0, 20, 30], [10, 30, 20], [10, 20, 30]])) == pytest.approx(168 / 216)
    assert kendall_w(np.array([[1.0, 2, 3], [3, 2, 1]])) == pytest.approx(0)
    assert np.isnan(kendall_w(np.array([[1.0, 2, 3]])))
    assert np.isnan(kendall_w(np.full((4, 3), 33.0)))


POINTS = arrays(float, st.tuples(st.integers(2, 8), st.integers(2, 6)), elements=st.integers(0, 5).map(float))


@given(POINTS, st.randoms())
def test_agreement_does_not_depend_on_order_and_stays_in_range(points, random):
    one = kendall_w(points)
    order, across = list(range(len(points))), list(range(points.shape[1]))
    random.shuffle(order)
    random.shuffle(across)
    other = kendall_w(points[order][:, across])
    assert np.isclose(one, other, equal_nan=True)
    assert np.isnan(one) or -1e-9 <= one <= 1 + 1e-9


@given(st.integers(2, 9))
def test_all_of_one_mind_agree_wholly(n):
    points = np.tile([50.0, 30, 20], (n, 1))
    assert kendall_w(points) == pytest.approx(1)
    (first, *_) = opinions(points, np.full_like(points, np.nan), ["council"] * n)
    assert (first.low, first.median, first.high) == (50, 50, 50)
    assert np.isnan(first.score_median)


def test_weights_by_hand():
    # 40 points for economic (10 + 30), 60 for health; two dimensions asked: 0.4 x 2 and 0.6 x 2
    assert weights_of(np.array([[10.0, 30, 60]]), ("economic", "economic", "health"), ("economic", "food", "health")) == {
        "economic": 0.8, "food": 1.0, "health": 1.2,
    }  # fmt: skip
