"""Walking methods on the little street, every sum written out."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from citiesforall.core.errors import NoDataError
from citiesforall.measure.access import (
    completeness_within_walk,
    gap_between_places,
    share_within_distance,
    share_within_walk,
    walk_time_gini,
    walk_time_quantile,
    weighted_gini,
    weighted_quantile,
)  # fmt: skip
from citiesforall.measure.layers import Ways
from citiesforall.measure.run import summed

from .conftest import PEOPLE, little, ways


def test_share_within_walk_leaves_unknown_homes_out_of_both_amounts(town):
    # 15 min at 1 m/s = 900 m: cells 0 (100 m) and 1 (700 m) reach, 2 (1,900 m) does not, 3 is unknown.
    found = summed(town, share_within_walk(town, to="clinic", minutes=15), is_total=False)
    assert_allclose(found.num[0], [150, 150, 0])  # 100 + 50; 100 + 50; none of 30
    assert_allclose(found.den[0], [180, 150, 30])  # 200 less the 20 unknown
    assert_allclose(found.unknown_share, [20 / 200, 0, 20 / 50])
    assert_allclose(found.value(), [150 / 180, 1, 0])


def test_a_slow_walker_reaches_less_far(town):
    slow = town.bound("slow_walkers", np.ones(4), 0.5)
    found = summed(slow, share_within_walk(slow, to="clinic", minutes=15), is_total=False)
    assert_allclose(found.num[0], [100, 100, 0])  # 900 s x 0.5 m/s = 450 m: only cell 0


def test_distance_limits_shrink_with_the_speed(town):
    # 800 m for most adults is 400 m at half the speed.
    slow = town.bound("slow_walkers", np.ones(4), 0.5)
    assert_allclose(share_within_distance(town, to={"clinic": 800}).num[0], [100, 50, 0, 0])
    assert_allclose(share_within_distance(slow, to={"clinic": 800}).num[0], [100, 0, 0, 0])


def test_several_kinds_count_each_person_once(town):
    # clinic within 200 m: cell 0; market within 1 km: cells 1, 2. Nobody twice.
    assert_allclose(share_within_distance(town, to={"clinic": 200, "market": 1000}).num[0], [100, 50, 30, 0])


def test_a_kind_nobody_listed_is_missing_not_unserved(town):
    with pytest.raises(NoDataError, match="'school'"):
        share_within_walk(town, to="school", minutes=15)
    # One listed kind of two is not enough: who lives near the unlisted one would be counted as unserved.
    with pytest.raises(NoDataError, match="'school'"):
        share_within_distance(town, to={"school": 500, "clinic": 200})


def test_completeness_averages_over_the_kinds_that_are_listed():
    metres = {f"k{i}": ways([100 * i, 100, np.inf, 0]) for i in range(5)}
    town = little(ways=metres)
    kinds = [*metres, "unlisted"]
    # limit 250 m: cell 0 reaches k0, k1, k2 = 3 of 5; cell 1 all; cell 2 none; cell 3 unknown.
    assert_allclose(completeness_within_walk(town, kinds=kinds, minutes=250 / 60).num[0], [60, 50, 0, 0])
    assert_allclose(
        completeness_within_walk(town, kinds=kinds, minutes=250 / 60, all_of_them=True).num[0], [0, 50, 0, 0]
    )
    with pytest.raises(NoDataError, match="only 4 of 5"):
        completeness_within_walk(
            little(ways={k: metres[k] for k in list(metres)[:4]}), kinds=list(metres), minutes=5
        )


def test_median_walk_is_the_smallest_time_half_of_the_people_need(town):
    # Known: 100 people at 100 s, 50 at 700 s, 30 at 1,900 s. Half of 180 is 90: 100 s. Ninth tenth of 180 is 162: 1,900 s.
    assert_allclose(walk_time_quantile(town, to="clinic", share=0.5).value(), [100, 100, 1900])
    assert_allclose(walk_time_quantile(town, to="clinic", share=0.9).value(), [1900, 700, 1900])


def test_a_median_beyond_reach_is_unknown_not_long(town):
    # Market: 100 of 180 people cannot reach one, so the median is not finite.
    assert np.isinf(walk_time_quantile(town, to="market", share=0.5).value()[0])  # the row says missing


def test_quantile_at_an_exact_half():
    values, people = np.array([[1.0, 2.0, 3.0]]), np.array([[0.1, 0.1, 0.2]])
    assert weighted_quantile(values, people, 0.5)[0] == 2.0  # 0.1 + 0.1 is half of 0.4, rounding aside


def test_gini_by_hand():
    # Two people walking 0 and 1: Lorenz area 1/2 * 1/2 * 1 = 1/4, Gini = 1 - 2 * 1/4 = 1/2.
    assert_allclose(weighted_gini(np.array([[0.0, 1.0]]), np.array([[1.0, 1.0]])), [0.5])
    assert_allclose(weighted_gini(np.array([[3.0, 3.0]]), np.array([[1.0, 9.0]])), [0.0], atol=1e-15)
    # Unreachable counts as the longest walk found: as (0, 1, 1).
    assert_allclose(
        weighted_gini(np.array([[0.0, 1.0, np.inf]]), np.ones((1, 3))),
        weighted_gini(np.array([[0.0, 1.0, 1.0]]), np.ones((1, 3))),
    )


def test_gini_agrees_with_the_mean_difference(town):
    # Gini = sum_ij w_i w_j |x_i - x_j| / (2 W^2 mean), an independent formula.
    x, w = np.array([100.0, 700, 1900]), np.array([100.0, 50, 30])
    expected = (np.abs(x[:, None] - x) * w[:, None] * w).sum() / (2 * w.sum() ** 2 * np.average(x, weights=w))
    assert_allclose(walk_time_gini(town, to="clinic").value()[0], expected)


def test_gap_between_places(town):
    # 15 min: west 150 of 150, east 0 of 30: gap 1 for the city; a single unit has no gap.
    assert_allclose(gap_between_places(town, to="clinic", minutes=15).value(), [1, np.nan, np.nan])


def test_absent_facilities_send_people_to_the_next_one():
    m = np.array([[100.0, 200.0], [500.0, np.inf]])
    facility = np.array([[0, 1], [1, -1]], dtype=np.int32)
    present = np.array([[True, True], [False, True], [True, False], [False, False]])
    found = Ways(m, facility, present, estimated=False, sources=()).nearest_m()
    assert_allclose(found, [[100, 200], [500, 200], [100, np.inf], [np.inf, np.inf]])


def test_draws_make_an_interval_only_where_they_differ():
    people = np.vstack([PEOPLE, PEOPLE * [1.1, 0.9, 1, 1], PEOPLE * [0.9, 1.1, 1, 1], PEOPLE])
    town = little(people=people)
    found = summed(town, share_within_walk(town, to="clinic", minutes=5), is_total=False)
    low, high = found.interval()
    # City: 100 of 180; draws 110 of 185 (0.5946), 90 of 175 (0.5143), 100 of 180 (0.5556).
    assert_allclose(low[0], np.percentile([110 / 185, 90 / 175, 100 / 180], 2.5))
    assert_allclose(high[0], np.percentile([110 / 185, 90 / 175, 100 / 180], 97.5))
    assert np.isnan(low[2])  # east: 0 of 30 in every draw, no width, hence no interval


def test_an_interval_holds_its_value_and_may_be_open_above():
    # Two clinics in draw 0; absent in some draws. People 100 at 100 m (then 500 m), 50 at 200 m (then nowhere).
    m = np.array([[100.0, 200.0, 300.0, 10.0], [500.0, np.inf, np.inf, 20.0]])
    facility = np.array([[0, 1, 1, 0], [1, -1, -1, 1]], dtype=np.int32)
    present = np.array([[True, True]] + [[True, False], [False, True]] * 20)
    town = little(
        ways={"clinic": Ways(m, facility, present, estimated=False, sources=())},
        known_street=np.ones(4, bool),
    )
    found = walk_time_quantile(town, to="clinic", share=0.9)
    low, high = found.interval()
    assert low[0] <= found.value()[0]
    assert np.isinf(high[0])
    share = summed(town, share_within_walk(town, to="clinic", minutes=250 / 60), is_total=False)
    low, high = share.interval()
    assert low[0] <= share.value()[0] <= high[0]
