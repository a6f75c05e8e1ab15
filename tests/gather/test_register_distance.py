"""Distances from rows of a register to the points of others: hand-worked, faults, points far from their code."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiesforall.core.city import SourceUse
from citiesforall.core.errors import DeclarationError, InputError
from citiesforall.gather.register_distance import Ground
from citiesforall.gather.register_homes import STEP, rounded_to_totals
from citiesforall.gather.register_layer import read_one
from citiesforall.gather.register_places import where_of

CRS = "EPSG:32648"
UNITS = ["KH010201", "KH010202"]
WHERE = where_of(
    pd.DataFrame({"place": ["KH0102", *UNITS], "parent": [None, "KH0102", "KH0102"]}, dtype=object), "kh@2025"
)
RESIDENTS = pd.Series({"KH010201": 1_000.0, "KH010202": 400.0, "KH0102": 1_400.0})
VILLAGES = [  # 3 in the first commune, 1 in the second; metres
    ("01020101", 300_000, 1_500_000), ("01020102", 303_000, 1_500_000), ("01020103", 300_000, 1_504_000), ("01020201", 310_000, 1_500_000),
]  # fmt: skip
HEALTH = [("010201", 300_000, 1_500_000), ("010202", 310_000, 1_502_000)]


def use(name, columns=None, **more):
    return SourceUse(
        **{
            "id": name, "role": "registers", "file": f"{name}.csv", "title": name, "provider": "Council", "licence": "own-data",
            "citation": "Council", "format": "table", "vintage": "2022", "edition": "kh@2025", "crs": CRS,
            "columns": {"code": "code", "x": "x", "y": "y", **(columns or {})}, **more,
        }
    )  # fmt: skip


def table(folder, name, rows):
    path = folder / f"{name}.csv"
    path.write_text("code,x,y\n" + "".join(",".join(map(str, row)) + "\n" for row in rows), "utf-8")
    return path


NEAREST = {
    "to": "health",
    "detour": 1.5,
    "distance": "health_facility_distance",
    "near": "residents_near_health_facility",
    "within_m": 5000,
}


def measured(folder, *, villages=VILLAGES, health=HEALTH, nearest=NEAREST, **more):
    there = use("health", options={"level": "commune", "count": "health_centres"}, **more)
    ground = Ground(CRS, {"health": (there, (table(folder, "health", health),))})
    asked = use(
        "villages", options={"level": "village", "sum_to": "commune", "faults": "list", "nearest": nearest}
    )
    return read_one(asked, table(folder, "villages", villages), WHERE, RESIDENTS, "2022", ground)


def values(found, amount):
    rows = found.table[found.table["amount"] == amount].set_index("place")
    return rows["value"].to_dict(), rows["status"].to_dict()


def test_the_way_is_the_straight_line_times_the_detour_averaged_over_villages(tmp_path):
    found = measured(tmp_path)
    # first commune: 0, 3000, 4000 m straight: mean 7000 / 3, times 1.5 = 3500; second: 2000 x 1.5
    way, status = values(found, "health_facility_distance")
    assert way == pytest.approx({"KH010201": 3_500.0, "KH010202": 3_000.0})
    assert set(status.values()) == {"estimated"}
    # ways of 0, 4500 and 6000 m: two of three villages within 5 km, so two thirds of 1,000 residents; all 400 of the second
    near, status = values(found, "residents_near_health_facility")
    assert near == pytest.approx({"KH010201": 2_000 / 3, "KH010202": 400.0})
    assert set(status.values()) == {"estimated"}
    assert any(
        "from 4 rows to the nearest of 2 points of health: a straight line times 1.5" in note.what
        for note in found.notes
    )


def test_any_file_with_points_will_do(tmp_path):
    features = [
        {
            "type": "Feature",
            "properties": {"code": code},
            "geometry": {"type": "Point", "coordinates": [x, y]},
        }
        for code, x, y in HEALTH
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32648"}}
    path = tmp_path / "health.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}), "utf-8")
    there = use(
        "health",
        format="vector",
        file=path.name,
        columns={"code": "code"},
        options={"count": "health_centres"},
    )
    there = there.model_copy(update={"columns": {"code": "code"}})
    asked = use("villages", options={"level": "village", "sum_to": "commune", "nearest": NEAREST})
    ground = Ground(CRS, {"health": (there, (path,))})
    found = read_one(asked, table(tmp_path, "villages", VILLAGES), WHERE, RESIDENTS, "2022", ground)
    assert values(found, "health_facility_distance")[0]["KH010201"] == pytest.approx(3_500.0)


def test_a_row_without_a_point_is_unknown_and_said(tmp_path):
    found = measured(tmp_path, villages=[*VILLAGES[:2], ("01020103", "", ""), ("01020201", "", "")])
    way, status = values(found, "health_facility_distance")
    assert way["KH010201"] == pytest.approx(2_250.0)  # 0 and 3000 x 1.5
    assert np.isnan(way["KH010202"])
    assert status["KH010202"] == "missing"
    assert any("2 rows have no point" in note.what and note.kind == "doubt" for note in found.notes)


def test_a_facility_without_a_point_is_nowhere(tmp_path):
    found = measured(tmp_path, health=[HEALTH[0], ("010202", "", "")])
    assert values(found, "health_facility_distance")[0]["KH010202"] == pytest.approx(15_000.0)
    with pytest.raises(InputError, match="no row has a point"):
        measured(tmp_path, health=[("010202", "", "")])


def test_a_point_far_from_the_place_of_its_code_is_taken_and_said(tmp_path):
    found = measured(tmp_path, health=[HEALTH[0], ("010202", 300_000, 1_560_000)])
    # 010202's village lies at (310, 1500) km: sqrt(10^2 + 60^2) = 60.8 km away
    assert any(
        "1 points lie more than 20 km from the place of their code" in n.what and "(61 km)" in n.what
        for n in found.notes
    )
    assert values(found, "health_facility_distance")[0]["KH010202"] == pytest.approx(
        15_000.0
    )  # the other one, 10 km x 1.5


@pytest.mark.parametrize(
    ("nearest", "said"),
    [
        ({"to": "helth", "distance": "hospital_distance"}, "there is no such register in the city file"),
        ({"to": "health"}, "it fills no amount"),
        (
            {"to": "health", "distance": "hospital_distance", "detour": 0.9},
            "no way is shorter than a straight line",
        ),
        ({"to": "health", "near": "residents_near_health_facility"}, "a distance above 0 is needed"),
        ({"to": "health", "near": "health_centres", "within_m": 5}, "no part of the residents"),
        ({"to": "health", "distance": "health_centres"}, "a distance does not"),
        ({"to": "health", "distance": "way_to_health"}, "amount 'way_to_health' is not known"),
        ({"to": "health", "distances": "hospital_distance"}, "Did you mean 'distance'"),
        ({"distance": "hospital_distance"}, "a table with 'to' is expected"),
    ],
)
def test_what_cannot_be_asked_is_told(tmp_path, nearest, said):
    with pytest.raises((InputError, DeclarationError)) as caught:
        measured(tmp_path, nearest=nearest)
    assert said in "\n".join(caught.value.faults)


def test_a_table_that_does_not_say_where_its_rows_lie_is_told(tmp_path):
    asked = use("villages", options={"nearest": NEAREST, "sum_to": "commune"})
    asked = asked.model_copy(update={"columns": {"code": "code"}})
    ground = Ground(
        CRS,
        {
            "health": (
                use("health", options={"count": "health_centres"}),
                (table(tmp_path, "health", HEALTH),),
            )
        },
    )
    with pytest.raises(InputError, match=r"Write columns\.x and columns\.y"):
        read_one(asked, table(tmp_path, "villages", VILLAGES), WHERE, RESIDENTS, "2022", ground)


@given(
    st.lists(st.floats(0.01, 1e6), min_size=1, max_size=60),
    st.integers(1, 20_000_000),
    st.randoms(use_true_random=False),
)
def test_rounded_people_add_up_to_their_total_in_any_order(parts, total, random):
    people = np.array(parts) / sum(parts) * total
    out = rounded_to_totals(people, np.full(people.size, "KH01", dtype=object), {"KH01": float(total)})
    mixed = out.tolist()
    random.shuffle(mixed)
    assert sum(mixed) == sum(out.tolist()) == out.sum() == total
    assert np.abs(out - people).max() <= 2 * STEP
    assert (out / STEP == np.round(out / STEP)).all()


def test_steps_go_to_those_that_lost_most():
    # In steps: 1.6, 1.3, 0.1 round down to 1, 1, 0 and one step is left of 3: it goes to the first.
    people = np.array([1.6, 1.3, 0.1, np.nan, 2.6]) * STEP
    group = np.array(["KH01", "KH01", "KH01", "KH01", ""], dtype=object)
    out = rounded_to_totals(people, group, {"KH01": 3 * STEP}) / STEP
    assert out.tolist()[:3] == [2, 1, 0]
    assert np.isnan(out[3])
    assert out[4] == 3
