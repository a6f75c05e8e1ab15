"""Who is urban, by hand: density and size of units, and what administrations are called."""

import numpy as np
import pandas as pd
import pytest

from citiesforall.core.errors import NoDataError
from citiesforall.measure.register_layer import load_registers
from citiesforall.measure.register_urban import register_in_kinds, share_in_dense_units
from tests.measure.conftest import little

RULE = {"of": "people", "per": "land_m2", "density": 200, "least": 2000}
# Three units: a town of two parts (1,500 and 600 people on 10 km2), a dense hamlet (500 on 1 km2), a wide field (4,000 on 40 km2).
PEOPLE = np.array([1500.0, 600.0, 500.0, 4000.0])
LAND = np.array([8e6, 2e6, 1e6, 4e7])


def units(people=PEOPLE, land=LAND):
    return little(
        people,
        cells={"land_m2": np.asarray(land)},
        starts=np.array([0, 2, 3]),
        belongs=np.array([[True, True, True], *np.eye(3, dtype=bool)]),
    )


def test_a_unit_is_urban_where_it_is_dense_and_large():
    town = units()
    found = share_in_dense_units(town, **RULE)
    # 2,100 / 10 km2 = 210 and 2,100 >= 2,000: urban, both parts. 500 / 1 km2 is dense and too small, 4,000 / 40 = 100 not dense.
    assert found.num[0].tolist() == [1500, 600, 0, 0]
    assert town.rows(found.num)[0].tolist() == [2100, 2100, 0, 0]
    assert found.den[0].sum() == 6600
    assert found.estimated
    assert "a part of the rule only" in found.note


@pytest.mark.parametrize(("people", "urban"), [([1400, 600, 0, 0], 2000), ([1399, 600, 0, 0], 0)])
def test_the_bounds_themselves_are_urban(people, urban):
    assert share_in_dense_units(units(people), **RULE).num.sum() == urban  # 2,000 on 10 km2 is 200 a km2


def test_a_unit_of_unknown_land_is_unknown_and_not_rural():
    found = share_in_dense_units(units(land=[8e6, 2e6, 1e6, np.nan]), **RULE)
    assert found.unknown.tolist() == [0, 0, 0, 4000]
    assert found.den[0].tolist() == [1500, 600, 500, 0]
    with pytest.raises(NoDataError, match="the land of no unit is known"):
        share_in_dense_units(units(land=[np.nan] * 4), **RULE)


def test_every_draw_classifies_anew():
    drawn = np.array([PEOPLE, [1000.0, 600.0, 2500.0, 4000.0]])
    found = share_in_dense_units(units(drawn), **RULE)
    assert found.num.tolist() == [[1500, 600, 0, 0], [0, 0, 2500, 0]]


# KH0106 is a krong (Serei Saophoan), KH0102 a srok.
PLACES = ["KH01", "KH0102", "KH0106", "KH010201", "KH010601", "KH010602"]
PARENTS = [None, "KH01", "KH01", "KH0102", "KH0106", "KH0106"]
RESIDENTS = np.array([[1000.0, 400.0, 600.0, 400.0, 350.0, 250.0]])


def of_registers(tmp_path, places=PLACES):
    table = pd.DataFrame(
        {"place": [places[0]], "amount": "households", "value": 1.0, "period": "2022", "source": "s", "status": "ok", "reason": "", "n": 1.0}
    )  # fmt: skip
    table.to_parquet(tmp_path / "registers.parquet")
    tree = pd.DataFrame(
        {"place": places, "parent": [None, *[places[0]] * 2, places[1], places[2], places[2]]}, dtype=object
    )
    held = load_registers(tmp_path, {}, tree, RESIDENTS, {"year": "2019", "errors": {}, "seed": 1})
    return little(registers=held)


def test_residents_of_municipalities_add_up(tmp_path):
    found = register_in_kinds(of_registers(tmp_path), of="residents", called=["town", "capital_district"])
    assert found.num[0].tolist() == [600, 0, 600, 0, 350, 250]
    assert found.den[0].tolist() == RESIDENTS[0].tolist()
    assert found.value()[0] == pytest.approx(0.6)
    assert found.n.tolist() == [3, 1, 2, 1, 1, 1]


def test_a_country_without_such_a_list_has_no_such_share(tmp_path):
    with pytest.raises(NoDataError, match="no list of town is kept"):
        register_in_kinds(
            of_registers(tmp_path, [one.replace("KH", "BR") for one in PLACES]),
            of="residents",
            called=["town"],
        )
    with pytest.raises(NoDataError, match="no list of hamlet is kept"):
        register_in_kinds(of_registers(tmp_path), of="residents", called=["hamlet"])
