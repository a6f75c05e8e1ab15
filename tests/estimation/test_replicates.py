"""Replicate weights: the bootstrap of clusters within strata."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citiesforall.core.errors import InputError
from citiesforall.estimation.hashing import uniform
from citiesforall.estimation.replicates import collapse, rao_wu, self_representing

STRATUM = np.repeat(["north", "south"], [6, 4])
CLUSTER = np.array(["a", "a", "b", "b", "c", "c", "a", "a", "b", "b"])
WEIGHT = np.arange(1.0, 11.0)


def test_draw_0_is_the_survey_as_weighted():
    assert (rao_wu(STRATUM, CLUSTER, WEIGHT, 3, 1)[0] == WEIGHT).all()
    assert rao_wu(STRATUM, CLUSTER, WEIGHT, 0, 1).shape == (0, 10)
    assert rao_wu(STRATUM, CLUSTER, WEIGHT, 1, 1).shape == (1, 10)


def test_two_clusters_worked_by_hand():
    """Of two clusters one is drawn (n - 1 = 1) and counts 2 / 1 = 2 times, the other 0 times: all the draws there are."""
    factor = rao_wu(STRATUM, CLUSTER, WEIGHT, 200, 1)[1:, 6:] / WEIGHT[6:]
    assert {tuple(row) for row in factor} == {(2, 2, 0, 0), (0, 0, 2, 2)}


def test_three_clusters_worked_by_hand():
    """Of three clusters two are drawn; t n / (n - 1) = 3 t / 2 is 0, 1.5 or 3, and the three add up to 3."""
    factor = rao_wu(STRATUM, CLUSTER, WEIGHT, 200, 1)[1:, :6:2] / WEIGHT[:6:2]
    assert set(factor.ravel()) == {0, 1.5, 3}
    assert (factor.sum(axis=1) == 3).all()


def test_variance_of_a_total_is_the_one_of_clusters_drawn_with_replacement():
    """Cluster totals 1, 3, 8: n / (n - 1) sum (z - 4)^2 = 3 / 2 (9 + 1 + 16) = 39."""
    weights = rao_wu(["one"] * 3, [1, 2, 3], np.array([1.0, 3.0, 8.0]), 40_001, 1)
    totals = weights.sum(axis=1)
    assert totals[0] == 12
    assert totals[1:].mean() == pytest.approx(12, abs=0.1)
    assert totals[1:].var() == pytest.approx(39, rel=0.02)


def test_finite_population_correction():
    """With half of the clusters taken the variance of the total is half: 39 / 2."""
    half = np.full(3, 0.5)
    weights = rao_wu(["one"] * 3, [1, 2, 3], np.array([1.0, 3.0, 8.0]), 40_001, 1, half)
    assert weights.sum(axis=1)[1:].var() == pytest.approx(19.5, rel=0.02)
    assert (rao_wu(STRATUM, CLUSTER, WEIGHT, 5, 1, np.ones(10)) == WEIGHT).all()


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(10)), st.integers(0, 2**40))
def test_order_of_rows_does_not_matter(order, seed):
    straight = rao_wu(STRATUM, CLUSTER, WEIGHT, 20, seed)
    turned = rao_wu(STRATUM[order], CLUSTER[order], WEIGHT[order], 20, seed)
    assert (straight[:, order] == turned).all()


def test_names_in_the_same_order_and_more_draws_leave_draws_as_they_were():
    renamed = np.char.add("cluster ", CLUSTER)
    few, many = rao_wu(STRATUM, CLUSTER, WEIGHT, 20, 7), rao_wu(STRATUM, renamed, WEIGHT, 50, 7)
    assert (few == many[:20]).all()
    assert (few[1:] != rao_wu(STRATUM, CLUSTER, WEIGHT, 20, 8)[1:]).any()


def test_a_stratum_keeps_its_draws_whatever_happens_in_others():
    north = STRATUM == "north"
    assert (
        rao_wu(STRATUM, CLUSTER, WEIGHT, 20, 7)[:, north]
        == rao_wu(STRATUM[north], CLUSTER[north], WEIGHT[north], 20, 7)
    ).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 12), st.integers(1, 5), st.integers(0, 1000))
def test_replicates_scatter_about_the_survey(clusters, each, seed):
    n = clusters * each
    weights = rao_wu(np.zeros(n), np.repeat(np.arange(clusters), each), np.ones(n), 400, seed)
    assert (weights >= 0).all()
    assert weights.sum(axis=1) == pytest.approx(np.full(400, n))  # equal clusters: every draw keeps the sum
    assert abs(weights[1:].mean(axis=0) - 1).max() < 6 * np.sqrt(clusters / (clusters - 1) / 399)


@pytest.mark.parametrize("weight", [np.nan, -1.0, np.inf])
def test_impossible_weights_are_refused(weight):
    with pytest.raises(InputError, match="missing or below 0"):
        rao_wu(STRATUM, CLUSTER, np.append(WEIGHT[:-1], weight), 2, 1)


def test_strata_of_one_cluster_are_refused_by_name():
    with pytest.raises(InputError, match=r"strata east, west: there is one cluster only"):
        rao_wu([*STRATUM, "west", "east"], [*CLUSTER, "a", "a"], np.ones(12), 2, 1)


def test_collapse_joins_neighbours():
    stratum, cluster, joined = collapse(["1", "2", "2", "3", "4", "4"], ["a", "a", "b", "a", "a", "b"])
    assert joined == (("1", "2"), ("3", "4"))
    assert stratum.tolist() == ["1+2"] * 3 + ["3+4"] * 3
    assert rao_wu(stratum, cluster, np.ones(6), 2, 1).shape == (2, 6)


def test_collapse_joins_the_last_with_the_one_before_and_several_in_turn():
    assert set(collapse(["1", "1", "2"], ["a", "b", "c"])[0]) == {"1+2"}
    stratum, _, joined = collapse(["1", "2", "3"], ["a", "b", "c"])
    assert len(set(stratum)) == 1
    assert len(joined) == 2
    untouched, clusters, none = collapse(STRATUM, CLUSTER)
    assert (untouched == STRATUM).all()
    assert (clusters == CLUSTER).all()
    assert none == ()


def test_collapse_cannot_help_a_single_cluster():
    with pytest.raises(InputError, match="one cluster in all"):
        collapse(["1", "1"], ["a", "a"])


def test_clusters_of_one_name_stay_two_when_their_strata_are_joined():
    stratum, cluster, _ = collapse(["1", "2", "3", "3"], ["a", "a", "a", "b"])
    assert stratum.tolist() == ["1+2", "1+2", "3", "3"]
    assert cluster.tolist() == ["1/a", "2/a", "a", "b"]
    assert rao_wu(stratum, cluster, np.ones(4), 2, 1).shape == (2, 4)


def test_clusters_sure_to_be_taken_become_strata():
    strata, clusters = self_representing(
        ["s"] * 4, ["big", "big", "x", "y"], ["h1", "h2", "h3", "h4"], np.array([True, True, False, False])
    )
    assert strata.tolist() == ["s/big", "s/big", "s", "s"]
    assert clusters.tolist() == ["h1", "h2", "x", "y"]


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=5), st.integers(1, 30), st.integers(1, 30))
def test_hashed_numbers_lie_inside_and_depend_on_their_place_only(seed, rows, columns):
    numbers = uniform(seed, rows, columns)
    assert ((numbers > 0) & (numbers < 1)).all()
    assert (uniform(seed, rows + 1, columns + 1)[:rows, :columns] == numbers).all()


def test_hashed_numbers_are_uniform():
    numbers = uniform("x", 300, 300)
    assert numbers.mean() == pytest.approx(0.5, abs=0.005)
    assert np.histogram(numbers, 10, (0, 1))[0] == pytest.approx(np.full(10, 9000), rel=0.05)
