"""Amounts on the ground on the little street, every sum written out."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from citiesforall.core.errors import NoDataError
from citiesforall.measure.amounts import (
    amount_per_amount,
    fact,
    share_exposed,
    share_in_urban_class,
    share_near_street,
    total,
    urban_class_of_place,
    weighted_mean,
)  # fmt: skip
from citiesforall.measure.run import summed

from .conftest import little


def test_totals_add_up(town):
    found = summed(town, total(town, of="people"), is_total=True)
    assert_allclose(found.value(), [200, 150, 50])
    assert_allclose(found.den, np.ones((1, 3)))


def test_density_is_people_over_land(town):
    found = summed(town, amount_per_amount(town, of=["people"], per="land_m2"), is_total=False)
    assert_allclose(found.value(), [200 / 35e3, 150 / 20e3, 50 / 15e3])


def test_amounts_are_added_before_they_are_divided(town):
    found = summed(town, amount_per_amount(town, of=["street_m", "built_m2"], per="land_m2"), is_total=False)
    assert_allclose(found.value()[0], (350 + 10e3) / 35e3)


def test_mean_over_people_leaves_unknown_air_out_of_both_sums(town):
    # (20 x 100 + 30 x 50 + 10 x 20) / (100 + 50 + 20) = 3,700 / 170
    found = summed(town, weighted_mean(town, of="pm25_ug_m3"), is_total=False)
    assert_allclose(found.value(), [3700 / 170, 3500 / 150, 10])
    assert_allclose(found.unknown_share, [30 / 200, 0, 30 / 50])


def test_exposure(town):
    found = summed(town, share_exposed(town, hazard="flood_class", at_least=1), is_total=False)
    assert_allclose(found.value(), [80 / 180, 50 / 150, 1])
    deep = summed(town, share_exposed(town, hazard="flood_class", at_least=2), is_total=False)
    assert_allclose(deep.value(), [30 / 180, 0, 1])


def test_urban_classes_of_people_and_places(town):
    found = summed(town, share_in_urban_class(town, classes=[30]), is_total=False)
    assert_allclose(found.value(), [150 / 200, 1, 0])
    # City 150 of 200 in the centre: 3. West: 3. East: 30 of 50 in a cluster: 2.
    assert_allclose(urban_class_of_place(town, level=1).value(), [3, 3, 2])
    assert_allclose(urban_class_of_place(town, level=2).value(), [30, 30, 21])


def test_half_in_the_centre_is_a_city():
    half = little(people=[100, 0, 0, 100])
    assert urban_class_of_place(half, level=1).value()[0] == 3


def test_street_completeness(town):
    found = summed(town, share_near_street(town, within_m=50), is_total=False)
    assert_allclose(found.value(), [130 / 200, 100 / 150, 30 / 50])


def test_without_a_map_of_streets_nobody_is_far_from_one(town):
    with pytest.raises(NoDataError, match="no map of streets"):
        share_near_street(replace(town, leg_m=np.full(town.leg_m.shape, np.inf)), within_m=50)


def test_facts_stand_in_the_row_of_the_city():
    town = little(facts={"street_classes_share": 0.4})
    assert_allclose(fact(town, name="street_classes_share").value(), [0.4, np.nan, np.nan])
    with pytest.raises(NoDataError):
        fact(town, name="largest_component_share")


def test_what_no_source_gives_is_missing(town):
    with pytest.raises(NoDataError, match="open_m2"):
        amount_per_amount(town, of=["open_m2"], per="land_m2")


def test_units_are_classed_by_where_people_live():
    # a: 50 % in a centre: city. b: 30 % in a centre, 60 % in clusters: town, semi-dense. c: 49 % in clusters: rural, a village.
    # d: nobody. e: suburban 45 against dense 30 and semi-dense 25 together: not suburban, hence a dense town.
    code = np.array([30.0, 12, 30, 22, 12, 21, 13, 11, 23, 22, 21])
    people = np.array([50.0, 50, 30, 30, 40, 49, 51, 0, 30, 25, 45])
    n = code.size
    units = little(
        people=people, cells={"people": people, "urban_class": code}, people_past=None, known_street=np.ones(n, bool),
        leg_m=np.zeros(n), starts=np.array([0, 2, 5, 7, 8]), belongs=np.eye(5, dtype=bool),
    )  # fmt: skip
    assert_allclose(urban_class_of_place(units, level=1).value(), [3, 2, 1, np.nan, 2])
    assert_allclose(urban_class_of_place(units, level=2).value(), [30, 22, 13, np.nan, 23])
