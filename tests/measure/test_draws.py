"""Draws: deterministic, free of order, with the mean, spread and totals that are stated."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from citiesforall.core.source import SourceError
from citiesforall.estimation.hashing import mix, text_hash
from citiesforall.measure.draws import draw_people, draw_present

ERROR = SourceError(relative_sd=0.5, block_m=1000, said_by="ours")


def town(side=40, **words):
    col, row = (axis.ravel() for axis in np.meshgrid(np.arange(side), np.arange(side)))
    cells = pd.DataFrame(
        {
            "cell": ((col + 2**30) << 32) + row + 2**30,
            "x": col * 100.0 + 50,
            "y": row * 100.0 + 50,
            "people": 1.0 + (col % 7),
        }
    )
    return cells.assign(**words)


def test_the_first_draw_is_as_published():
    cells = town()
    assert_array_equal(draw_people(cells, ERROR, 1, "pop", 5)[0], cells["people"])


@pytest.mark.parametrize(
    "error", [None, SourceError(said_by="ours"), SourceError(relative_sd=0, said_by="ours")]
)
def test_no_stated_error_gives_one_row(error):
    assert draw_people(town(), error, 1, "pop", 200).shape == (1, 1600)


def test_mean_and_spread_are_those_stated():
    cells = town(side=100)
    draws = draw_people(cells, ERROR, 1, "pop", 201)
    log = np.log(draws[1:] / draws[0])
    # 2,000,000 numbers, of which half the variance is of 100 blocks x 200 draws only: 20,000
    assert log.std() == pytest.approx(0.5, rel=0.02)
    assert log.mean() == pytest.approx(-(0.5**2) / 2, abs=0.01)
    assert draws[1:].mean() / draws[0].mean() == pytest.approx(1, abs=0.01)


def test_half_the_variance_is_shared_inside_a_block():
    draws = draw_people(town(), ERROR, 1, "pop", 1001)
    log = np.log(draws[1:] / draws[0]) + 0.125
    same = (log[:, 0] * log[:, 9]).mean()  # both in the first block of ten cells
    other = (log[:, 0] * log[:, 10]).mean()
    assert same == pytest.approx(0.125, abs=0.03)
    assert other == pytest.approx(0, abs=0.03)


def test_totals_of_census_units_stay_known():
    unit = np.where(np.arange(1600) < 700, "KH01", np.where(np.arange(1600) < 1500, "KH02", ""))
    cells = town(rescale_unit=unit)
    draws = draw_people(cells, ERROR, 1, "pop", 50)
    for code in ("KH01", "KH02"):
        here = unit == code
        assert_allclose(draws[:, here].sum(axis=1), cells["people"][here].sum(), rtol=1e-12)
    free = unit == ""
    assert draws[:, free].sum(axis=1).std() > 1


def test_a_city_that_is_a_part_of_its_census_unit_keeps_some_uncertainty():
    # half the people live outside: factor 1 / (0.5 r + 0.5) for the ratio r drawn inside
    alone = draw_people(town(), ERROR, 1, "pop", 50).sum(axis=1)
    part = draw_people(town(rescale_unit="KH12", rescale_share=0.5), ERROR, 1, "pop", 50).sum(axis=1)
    ratio = alone / alone[0]
    assert_allclose(part / part[0], ratio / (0.5 * ratio + 0.5), rtol=1e-12)


def test_unknown_people_stay_unknown_and_spoil_nobody():
    cells = town(rescale_unit="KH12")
    cells.loc[3, "people"] = np.nan
    draws = draw_people(cells, ERROR, 1, "pop", 5)
    assert np.isnan(draws[:, 3]).all()
    assert np.isfinite(np.delete(draws, 3, axis=1)).all()


@settings(max_examples=20, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(0, 2**31), st.text(min_size=1, max_size=9))
def test_order_does_not_matter(random, seed, source):
    cells = town(side=12, rescale_unit="KH12")
    order = random.sample(range(len(cells)), len(cells))
    assert_allclose(
        draw_people(cells.iloc[order], ERROR, seed, source, 4),
        draw_people(cells, ERROR, seed, source, 4)[:, order],
        rtol=1e-13,
    )


def test_other_cells_and_the_number_of_draws_do_not_matter():
    cells = town()
    whole = draw_people(cells, ERROR, 1, "pop", 30)
    assert_array_equal(draw_people(cells.iloc[100:200], ERROR, 1, "pop", 10), whole[:10, 100:200])


def test_parts_of_one_cell_err_together_and_sources_apart():
    cells = town().iloc[[0, 0, 1]].reset_index(drop=True)
    draws = draw_people(cells, ERROR, 1, "pop", 10)
    assert_array_equal(draws[:, 0], draws[:, 1])
    assert not np.allclose(draws[1:, 0], draws[1:, 2])
    assert not np.allclose(draws[1:], draw_people(cells, ERROR, 1, "other", 10)[1:])
    assert not np.allclose(draws[1:], draw_people(cells, ERROR, 2, "pop", 10)[1:])


def test_hashes_are_those_of_splitmix64():
    # the generator's first numbers from state 0, as published with it
    state = np.array([0, 0x9E3779B97F4A7C15], np.uint64)
    assert [hex(one) for one in mix(state)] == ["0xe220a8397b1dcdaf", "0x6e789e6aa1b965f4"]
    assert text_hash("a") != text_hash("b")


def test_facilities_are_absent_as_often_as_stated():
    ids = [f"f{number}" for number in range(2000)]
    there = draw_present(ids, 0.1, 1, "osm", 201)
    assert there[0].all()
    assert there[1:].mean() == pytest.approx(0.9, abs=0.002)
    assert_array_equal(draw_present(ids[::-1], 0.1, 1, "osm", 201), there[:, ::-1])


def test_access_points_of_one_facility_come_and_go_together():
    there = draw_present(["park", "park", "clinic"], [0.5, 0.5, 0.0], 1, "osm", 50)
    assert_array_equal(there[:, 0], there[:, 1])
    assert there[:, 2].all()
    assert not there[:, 0].all()


def test_no_stated_chance_gives_one_row():
    assert draw_present(["a", "b"], np.nan, 1, "osm", 50).tolist() == [[True, True]]
    assert draw_present([], 0.1, 1, "osm", 50).shape == (1, 0)
