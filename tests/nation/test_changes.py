"""Why rounds differ: on rounds whose truth is known."""

import copy
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given as that
from hypothesis import settings
from hypothesis import strategies as st

from citiesforall.nation.changes import PARTS, changes_table
from citiesforall.nation.changes_basis import Basis
from citiesforall.nation.changes_ground import ground_of

SOURCE = {
    "id": "census",
    "provider": "NIS",
    "roles": ["registers"],
    "sha256": "a",
    "period": "2015",
    "vintage": None,
    "error": None,
}
COMMUNES = {"KH990101": "KH9901", "KH990102": "KH9901", "KH990103": "KH9901", "KH990201": "KH9902"}
"""Commune -> district: three in one, one in the other."""
VALUES = {
    "KH990101": (100.0, 400.0),
    "KH990102": (300.0, 500.0),
    "KH990103": (50.0, 100.0),
    "KH990201": (10.0, 200.0),
}
"""Commune -> people who have it, people."""


def parents_of(communes):
    """Return the place that each place lies in: communes, districts, one province, the nation."""
    return {**communes, **dict.fromkeys(sorted(set(communes.values())), "KH99"), "KH99": "KH"}


def basis(
    label,
    communes,
    values,
    *,
    period="2015",
    version=1,
    source=SOURCE,
    code="v1",
    area=1e6,
    edition="",
    areas=None,
):
    """Return a round of one country-wide register: a share in % of every place, from its communes."""
    parent = parents_of(communes)
    sums = {}
    for commune, amounts in values.items():
        at = commune
        while at:
            sums[at] = tuple(map(sum, zip(sums.get(at, (0.0, 0.0)), amounts, strict=True)))
            at = parent.get(at)
    rows = [
        {"place": place, "group": "all", "indicator": "has_it", "version": version, "period": period, "value": 100 * num / den,
         "low": np.nan, "high": np.nan, "num": num, "den": den, "status": "ok"} for place, (num, den) in sorted(sums.items())
    ]  # fmt: skip
    places = [
        {
            "place": key,
            "parent": parent.get(key),
            "area_m2": (areas or {}).get(key, area if key in communes else None),
        }
        for key in sums
    ]
    said = {
        "run": label, "code": code, "choices": {"draws": 100}, "city": {"code": "KH", "period": period}, "kind": "registers",
        "places": places, "sources": {source["id"]: source}, "indicators": {"has_it": [source["id"]]},
    }  # fmt: skip
    return Basis(label, pd.DataFrame(rows), {"KH": said}, parent, dict.fromkeys(values, "KH"), edition)


def told(before, now, places=("KH", "KH99", "KH9901", "KH9902")):
    """Return the rows by place."""
    table = changes_table(before, now, places)
    for _, row in table.iterrows():
        if not math.isnan(row["difference"]):
            assert sum(row[part] for part in PARTS) == row["difference"], "to the last digit"
            assert row["now"] - row["before"] == row["difference"]
    return table.set_index("place")


def only(row, part):
    """Tell whether a whole difference is of one part."""
    return row[part] == row["difference"] != 0 and all(row[other] == 0 for other in PARTS if other != part)


OLD = basis("2015", COMMUNES, VALUES)
LATER = SOURCE | {"sha256": "b", "period": "2020"}
BETTER = {key: (num * 1.2, den * 1.1) for key, (num, den) in VALUES.items()}


def test_only_the_world_changed():
    rows = told(OLD, basis("2020", COMMUNES, BETTER, period="2020", source=LATER))
    assert all(only(row, "of_world") for _, row in rows.iterrows())
    # 460 of 1,200 = 38.333 %; 552 of 1,320 = 41.818 %
    assert rows.loc["KH", "of_world"] == pytest.approx(552 / 13.2 - 460 / 12)


def test_only_a_source_was_published_again():
    again = SOURCE | {"sha256": "b", "vintage": "revised"}
    rows = told(OLD, basis("2020", COMMUNES, BETTER, source=again))
    assert all(only(row, "of_data") for _, row in rows.iterrows())


def test_only_a_method_version_was_raised():
    rows = told(OLD, basis("2020", COMMUNES, BETTER, version=2))
    assert all(only(row, "of_methods") for _, row in rows.iterrows())


def test_only_the_software_changed():
    rows = told(OLD, basis("2020", COMMUNES, BETTER, code="v2"))
    assert all(only(row, "of_methods") for _, row in rows.iterrows())


SPLIT = {**COMMUNES, "KH990103": "KH9903"}
"""A district is split: its third commune becomes one of its own."""


def test_only_boundaries_changed_a_district_is_split():
    rows = told(OLD, basis("2020", SPLIT, VALUES))
    assert only(rows.loc["KH9901"], "of_boundaries")
    # Before 450 of 1,000, now 400 of 900.
    assert rows.loc["KH9901", "of_boundaries"] == pytest.approx(400 / 9 - 45)
    assert rows.loc["KH99", "difference"] == 0, "the province is the same ground"
    assert rows.loc["KH9902", "difference"] == 0
    assert rows.loc["KH9902", "note"] == "unchanged"


def test_a_new_district_has_no_earlier_value():
    row = told(OLD, basis("2020", SPLIT, VALUES), ["KH9903"]).loc["KH9903"]
    assert (row["status"], row["note"]) == ("missing", "missing_before")
    assert math.isnan(row["difference"])


def test_boundaries_and_the_world_at_once_are_told_apart_on_the_same_ground():
    rows = told(OLD, basis("2020", SPLIT, BETTER, period="2020", source=LATER))
    row = rows.loc["KH9901"]
    # The earlier round in today's boundary: 400 of 900 = 44.444 %; now 480 of 990 = 48.485 %.
    assert row["of_boundaries"] == pytest.approx(400 / 9 - 45)
    assert row["of_world"] == pytest.approx(480 / 9.9 - 400 / 9)
    assert row["not_told_apart"] == 0
    assert only(rows.loc["KH99"], "of_world")


def test_two_at_once_on_one_ground_are_not_told_apart():
    rows = told(OLD, basis("2020", COMMUNES, BETTER, period="2020", source=LATER, version=2))
    assert all(only(row, "not_told_apart") for _, row in rows.iterrows())
    assert rows.loc["KH", "note"] == "method world"


def test_two_at_once_beside_a_boundary_leave_the_boundary_measured():
    row = told(OLD, basis("2020", SPLIT, BETTER, period="2020", source=LATER, version=2)).loc["KH9901"]
    assert row["of_boundaries"] == pytest.approx(400 / 9 - 45)
    assert row["not_told_apart"] == pytest.approx(480 / 9.9 - 400 / 9)


def test_a_commune_split_in_two_is_one_piece_by_its_area():
    communes = {**COMMUNES, "KH990104": "KH9902"}
    values = {**VALUES, "KH990103": (20.0, 60.0), "KH990104": (30.0, 40.0)}
    areas = {"KH990103": 6e5, "KH990104": 4e5}
    # The new half goes to the other district: the pieces do not fit either district, so nothing is measured.
    rows = told(OLD, basis("2020", communes, values, areas=areas))
    assert only(rows.loc["KH9901"], "of_boundaries"), "there is no other reason"
    both = told(OLD, basis("2020", communes, values, areas=areas, period="2020", source=LATER))
    assert only(both.loc["KH9901"], "not_told_apart")
    inside = {**COMMUNES, "KH990104": "KH9901"}
    rows = told(OLD, basis("2020", inside, values, areas=areas, period="2020", source=LATER))
    assert rows.loc["KH9901", "difference"] == 0, "split inside the district: the same ground"


def test_ground_by_the_gazetteers_changes():
    # Paoy Paet (KH011002) became three sangkats; its neighbour KH010201 is named by no change.
    old = {"KH010201": "KH0102", "KH011002": "KH0110"}
    new = {"KH010201": "KH0102", **dict.fromkeys(("KH011002", "KH011003", "KH011005"), "KH0110")}
    ground = ground_of((old, new), ({}, {}), ("kh@2008", "kh@2024"), (old, new))
    assert ground.of_piece[ground.piece_before["KH011002"]] == (
        ("KH011002",),
        ("KH011002", "KH011003", "KH011005"),
    )
    assert ground.both(["KH011002"], 0)[1] == ("KH011002", "KH011003", "KH011005")
    assert ground.both(["KH011002"], 1)[1] is None, "a third of it is not the whole"
    assert {"KH0102", "KH0110"} <= ground.same
    assert ground.moved == {"KH011002"}


def test_a_place_that_is_gone_is_no_ground():
    ground = ground_of(
        ({"a": "p", "b": "p"}, {"a": "p"}), ({}, {}), ("", ""), ({"a": "p", "b": "p"}, {"a": "p"})
    )
    assert ground.moved == {"p"}
    assert ground.both(["a", "b"], 0)[1] is None
    assert ground.both(["a"], 1) == (("a",), ("a",))


def test_a_round_that_says_nothing_of_itself_is_not_told_apart():
    silent = Basis("2015", OLD.table, {}, OLD.parent, {})
    rows = told(silent, basis("2020", COMMUNES, BETTER, period="2020", source=LATER))
    assert all(only(row, "not_told_apart") for _, row in rows.iterrows())


def two_cities(label, values, *, versions=(1, 1), **more):
    """Return a round of two cities with runs of their own in one province."""
    parent = {"KH9901": "KH99", "KH9902": "KH99", "KH99": "KH"}
    one = basis(label, dict.fromkeys(values, "KH99"), values, **more)
    cities = {}
    for code in values:
        said = copy.deepcopy(one.cities["KH"])
        cities[code] = {
            **said,
            "kind": "streets",
            "places": [{"place": code, "parent": None, "area_m2": 1e6}],
        }
    table = one.table.assign(
        version=[versions[1] if place == "KH9902" else versions[0] for place in one.table["place"]]
    )
    return Basis(label, table, cities, parent, {code: code for code in values})


def test_each_citys_share_goes_to_its_own_reason():
    before = two_cities("2015", {"KH9901": (100.0, 400.0), "KH9902": (300.0, 600.0)})
    now = two_cities("2020", {"KH9901": (150.0, 400.0), "KH9902": (390.0, 600.0)}, versions=(1, 1))
    now.cities["KH9901"]["sources"]["census"] = SOURCE | {"sha256": "b"}
    now.cities["KH9902"]["code"] = "v2"
    row = told(before, now, ["KH"]).loc["KH"]
    # 40 % to 54 %: 50 of 1,000 more in the first, whose source is another; 90 of 1,000 in the second, whose software is another.
    assert row["of_data"] == pytest.approx(5.0)
    assert row["of_methods"] == pytest.approx(9.0)
    assert row["not_told_apart"] == 0


def test_shares_where_the_people_change_too():
    before = two_cities("2015", {"KH9901": (100.0, 400.0), "KH9902": (300.0, 600.0)})
    now = two_cities("2020", {"KH9901": (150.0, 500.0), "KH9902": (390.0, 600.0)})
    now.cities["KH9901"]["sources"]["census"] = SOURCE | {"sha256": "b"}
    now.cities["KH9902"]["code"] = "v2"
    row = told(before, now, ["KH"]).loc["KH"]
    # v from 0.4 to 540/1,100, half-way 0.445455; d half-way 1,050: (50 - 0.445455 x 100) / 1,050 = 0.519481 %.
    assert row["of_data"] == pytest.approx(100 * (50 - (0.4 + 540 / 1100) / 2 * 100) / 1050)
    assert row["of_methods"] == pytest.approx(100 * 90 / 1050)


amounts = st.tuples(st.floats(0, 1e5), st.floats(1, 1e6))
reasons = st.fixed_dictionaries(
    {},
    optional={
        "version": st.just(2),
        "code": st.just("v2"),
        "source": st.just(LATER),
        "period": st.just("2020"),
    },
)


@settings(max_examples=60, deadline=None)
@that(st.lists(amounts, min_size=8, max_size=8), reasons, st.booleans())
def test_parts_always_add_up_to_the_last_digit(values, more, split):
    first = dict(zip(COMMUNES, values[:4], strict=True))
    second = dict(zip(COMMUNES, values[4:], strict=True))
    told(basis("2015", COMMUNES, first), basis("2020", SPLIT if split else COMMUNES, second, **more))


@settings(max_examples=40, deadline=None)
@that(st.lists(amounts, min_size=4, max_size=4), st.sampled_from(["version", "code", "source", "period"]))
def test_the_world_never_takes_what_is_not_its(values, what):
    more = {"version": {"version": 2}, "code": {"code": "v2"}, "source": {"source": SOURCE | {"sha256": "b"}},
            "period": {"period": "2020", "source": LATER}}[what]  # fmt: skip
    part = {"version": "of_methods", "code": "of_methods", "source": "of_data", "period": "of_world"}[what]
    rows = told(OLD, basis("2020", COMMUNES, dict(zip(COMMUNES, values, strict=True)), **more))
    for _, row in rows.iterrows():
        assert row["difference"] == 0 or only(row, part)
