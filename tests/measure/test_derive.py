"""Ratios of rates against the metadata's worked figures."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from citiesforall.core.errors import NoDataError
from citiesforall.measure.derive import (
    built_change,
    land_consumption_rate,
    land_growth,
    land_per_people_growth,
    people_growth,
    population_growth_rate,
)  # fmt: skip

from .conftest import little

A = np.array


def test_sdg_11_3_1_worked_example():
    # People 1,000,000 -> 1,200,000, built 100 -> 130 km2, 5 years: 0.06 / 0.036464 = 1.6454; old: ln(1.3)/5 / 0.036464 = 1.4390.
    growth = population_growth_rate(A([1e6]), A([1.2e6]), 5)
    new, old = (land_consumption_rate(A([100.0]), A([130.0]), 5, year) for year in ("2021", "2018"))
    assert_allclose(growth, [0.036464], atol=5e-7)
    assert_allclose(new, [0.06])
    assert_allclose(old, [0.052473], atol=5e-7)
    assert_allclose(new / growth, [1.6454], atol=5e-5)
    assert_allclose(old / growth, [1.4390], atol=5e-5)


def test_on_the_little_street(town):
    # Built 7,000 -> 10,000 m2 in 10 years: 3/7/10 a year; people 160 -> 200: ln(1.25)/10.
    assert_allclose(land_growth(town).value()[0], 3 / 70)
    assert_allclose(built_change(town).value(), [3 / 7, 3 / 4, 0])
    assert_allclose(people_growth(town).value()[0], np.log(1.25) / 10)
    assert_allclose(land_per_people_growth(town).value()[0], (3 / 70) / (np.log(1.25) / 10))


def test_a_ratio_to_no_growth_is_undefined():
    town = little(people_past=A([100.0, 50, 30, 20]))
    assert np.isnan(land_per_people_growth(town).value()).all()


def test_shrinking_people_give_a_negative_ratio():
    town = little(people_past=A([200.0, 100, 60, 40]))
    assert land_per_people_growth(town).value()[0] < 0


def test_without_two_dates_it_is_missing(town):
    with pytest.raises(NoDataError, match="earlier date"):
        people_growth(little(people_past=None))
    with pytest.raises(NoDataError, match="how many years"):
        land_growth(little(years={}))
