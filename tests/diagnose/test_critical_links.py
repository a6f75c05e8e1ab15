"""Links people depend on: two towns and a bridge by hand, and cuts counted at once held to searching again."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from citiesforall.core.city import City
from citiesforall.core.inputs import Finished, Inputs
from citiesforall.diagnose.critical_links import (
    _to_care,
    bridges_of,
    candidates,
    critical_links,
    people_beyond,
    without,
)
from citiesforall.diagnose.walking import Walking
from citiesforall.measure.layers import Layers
from citiesforall.network.insert import OnEdge
from citiesforall.network.streets import Streets, components
from citiesforall.network.walks import Kind


def streets_of(n: int, rows: list[tuple[int, int, float]], places: list[tuple[float, float]]) -> Streets:
    """Return streets with straight lines; lengths may be longer than the line."""
    u, v = (np.array([row[at] for row in rows], np.int32) for at in (0, 1))
    m = np.array([row[2] for row in rows], float)
    x, y = np.array(places, float).T
    ends = np.column_stack([u, v]).ravel()
    return Streets(
        x, y, u, v, m, np.zeros(len(rows), np.int8), np.ones(len(rows), bool),
        np.arange(0, 2 * len(rows) + 1, 2), x[ends], y[ends], components(n, u, v, m), ("primary",),
    )  # fmt: skip


def on_edges(rows: list[tuple[int, float]]) -> OnEdge:
    """Return places on edges: edge, and metres along it; no way to it."""
    return OnEdge(
        np.array([row[0] for row in rows], np.int32),
        np.array([row[1] for row in rows], float),
        np.zeros(len(rows)),
    )


def walking_of(streets: Streets, homes: OnEdge, people: np.ndarray, doors: OnEdge, bridges=None) -> Walking:
    """Return a city of one unit a home."""
    n, F = people.shape[1], len(doors.edge)
    layers = Layers(
        "all",
        people,
        None,
        1.2,
        1.2,
        {},
        np.ones(n, bool),
        np.zeros(n),
        {},
        np.arange(n),
        np.eye(n, dtype=bool),
    )
    kind = Kind(
        np.zeros(F), np.zeros(F), np.arange(F, dtype=np.int32), ["f"] * F, [0.0] * F, ["s"] * F, False, ["s"]
    )
    codes = [f"KH{number:02d}" for number in range(n)]
    return Walking(streets, layers, codes, homes, {"hospital": kind}, {"hospital": doors}, 10_000.0, bridges)


def inputs(tmp_path) -> Inputs:
    city = City.model_validate({"place": {"code": "KH99", "name": "Twins"}, "period": "2023"})
    return Inputs(city, {}, {"places": Finished(tmp_path, {"crs": "EPSG:32648"})})


def twins() -> Walking:
    """Return two towns on a river's banks, joined by a bridge of two decks and by a road the long way round.

        0 ----e0 100---- 1 ==e1, e2 200== 2 ----e3 100---- 3 ----e4 50---- 4
        '------------------ e5 5000, by the north ---------'

    The hospital is at node 0, on e6, a dead end of 50 m. Homes: A (10) on e0, B (20) at 80 m of e3, C (40) at the end of e4, node 4. Draws double B.
    """
    places = [(500_000.0 + at, 1_300_000.0) for at in (0, 100, 300, 400, 450)] + [(500_000.0, 1_299_950.0)]
    rows = [
        (0, 1, 100.0),
        (1, 2, 200.0),
        (1, 2, 200.0),
        (2, 3, 100.0),
        (3, 4, 50.0),
        (0, 3, 5000.0),
        (0, 5, 50.0),
    ]
    streets = streets_of(6, rows, places)
    # the second deck runs 8 m beside the first between its ends
    x, y = streets.vertex_x.copy(), streets.vertex_y.copy()
    x = np.insert(x, 5, [500_100.0, 500_300.0])
    y = np.insert(y, 5, [1_300_008.0, 1_300_008.0])
    start = streets.vertex_start + np.array([0, 0, 0, 2, 2, 2, 2, 2])
    streets = Streets(**{**vars(streets), "vertex_x": x, "vertex_y": y, "vertex_start": start})
    bridges = np.array(
        [[500_100, 1_300_000, 500_300, 1_300_000], [500_300, 1_300_008, 500_100, 1_300_008]], float
    )
    homes = on_edges([(0, 50), (3, 80), (4, 50)])
    people = np.array([[10.0, 20, 40], [10, 40, 40], [10, 10, 40], [10, 20, 40]])
    return walking_of(streets, homes, people, on_edges([(6, 0.0)]), bridges)


def test_bridge_of_two_decks_is_one_link(tmp_path):
    assert [edges.tolist() for edges in bridges_of(twins().streets, twins().bridges)] == [[1, 2]]
    table, notes = critical_links(inputs(tmp_path), twins())
    # Bridge: before B 80 + 200 + 100 = 380, C 50 + 100 + 200 + 100 = 450. Without it by the north: B 20 + 5000, C 50 + 5000:
    # beyond 30 minutes at 1.2 m/s, 2160 m. Extra: 20 x 4640 + 40 x 4600 = 276.8 person-km. One deck alone costs nobody a metre.
    first = table.iloc[0]
    assert (first["kind"], first["edges"], first["people_cut_off"]) == ("bridge", "1 2", 0)
    assert first["people_lose_access"] == 20 + 40
    assert first["extra_person_km"] == pytest.approx(20 * 4.64 + 40 * 4.6)
    assert first["lose_low"] < 60 < first["lose_high"] <= 80
    assert first["place"] == "KH02"
    assert shapely.from_wkb(first["geometry"]).geom_type == "MultiLineString"
    # e0 has the same two on its far side; A, who lives on it, leaves it by its other end
    second = table.iloc[1]
    assert (second["edges"], second["people_lose_access"], second["alike"]) == ("0", 60, 1)
    # e3: C walks 50 + 5000 instead of 450; B, on it, still leaves over node 2
    third = table.iloc[2]
    assert (third["edges"], third["people_lose_access"], third["alike"]) == ("3", 40, 0)
    assert len(table) == 3
    assert "of 7 links were judged; 3" in notes[0].what


def test_without_the_road_round_the_bridge_cuts_off(tmp_path):
    whole = twins()
    closed = Streets(**{**vars(whole.streets), "edge_walk": np.arange(7) != 5})
    walking = Walking(**{**vars(whole), "streets": closed})
    cuts, beyond = people_beyond(walking, walking.doors["hospital"])
    # two decks hold each other; e0 has B and C beyond it; e3 only C, for B lives on it; e4 nobody: C lives on it
    assert cuts.tolist() == [0, 3, 4, 6]
    assert beyond.tolist() == [60, 40, 0, 0]
    table, _ = critical_links(inputs(tmp_path), walking)
    assert table[["edges", "people_cut_off"]].to_numpy().tolist() == [["1 2", 60], ["0", 60], ["3", 40]]
    assert (table["low"] < table["people_cut_off"]).tolist() == [True, True, False]


def test_no_care_known_is_said(tmp_path):
    whole = twins()
    table, notes = critical_links(inputs(tmp_path), Walking(**{**vars(whole), "doors": {}, "kinds": {}}))
    assert table["status"].tolist() == ["missing"]
    assert "No health centre or hospital is known" in notes[0].what


@settings(max_examples=150, deadline=None)
@given(st.integers(2, 10), st.data())
def test_cuts_counted_at_once_are_those_found_by_searching_again(n, data):
    node = st.integers(0, n - 1)
    edges = data.draw(
        st.lists(st.tuples(node, node, st.sampled_from([1.0, 10.0, 25.0])), min_size=1, max_size=16)
    )
    streets = streets_of(n, edges, [(10.0 * at, 0.0) for at in range(n)])
    share, edge = st.sampled_from([0.0, 0.3, 1.0]), st.integers(0, len(edges) - 1)
    homes, doors = (
        on_edges(
            [
                (at, part * edges[at][2])
                for at, part in data.draw(st.lists(st.tuples(edge, share), min_size=1, max_size=6))
            ]
        )
        for _ in range(2)
    )
    people = 2.0 ** np.arange(len(homes.edge))[None, :]
    walking = walking_of(streets, homes, people, doors)
    care = _to_care(walking, ["hospital"])
    cuts, beyond = people_beyond(walking, doors)
    expected = dict(zip(cuts.tolist(), beyond.tolist(), strict=True))
    for at in range(len(edges)):
        after = without(walking, care, np.array([at], np.int32))
        lost = people[0, np.isfinite(care.home_m) & ~np.isfinite(after)].sum()
        assert lost == expected.get(at, 0.0)
        assert (after >= care.home_m).all()
    passing = np.zeros(len(edges))
    judged = {tuple(one) for one in candidates(walking, care, passing)}
    assert {(at,) for at, lost in expected.items() if lost > 0} <= judged
