"""What is withheld, and that it cannot be had back by adding and subtracting what is published."""

import numpy as np
import pytest

from citiesforall.measure.survey_hiding import FEWEST_ANSWERS, hidden

NOT_YET = np.zeros(4, dtype=bool)
FLAT = np.array([-1, 0, 0, 0])
TREE = np.array([-1, 0, 0, 1, 1, 1, 2, 2])
"""A city, two districts, three and two units."""


def out(n, parent=FLAT, already=None):
    n = np.atleast_2d(np.asarray(n, float))
    return hidden(n, parent, np.zeros(parent.size, bool) if already is None else already).tolist()


def test_enough_answers_everywhere_hide_nothing():
    assert out([90, 30, 30, 30]) == [False] * 4


def test_a_single_small_unit_takes_the_next_smallest_with_it():
    assert out([129, 29, 60, 40]) == [False, True, False, True]


def test_small_units_that_hold_thirty_together_need_no_other():
    assert out([90, 15, 15, 60]) == [False, True, True, False]
    assert out([89, 15, 14, 60]) == [False, True, True, True]


def test_units_without_answers_hide_nothing_and_are_not_hidden():
    assert out([90, 0, 45, 45]) == [False] * 4
    assert out([100, 0, 20, 80]) == [False, False, True, True]


def test_a_city_of_few_answers_is_withheld_whole():
    assert out([29, 9, 10, 10]) == [True] * 4


def test_parts_of_a_whole_are_withheld_together():
    women, men = [120, 40, 40, 40], [100, 8, 46, 46]
    assert out([women, men]) == [False, True, True, False], (
        "8 men, so no women either, and a second unit for both"
    )


def test_what_holds_a_group_is_withheld_so_is_the_group():
    assert out([120, 40, 40, 40], already=np.array([False, True, False, False])) == [
        False,
        True,
        False,
        False,
    ]


def test_a_withheld_district_takes_units_of_its_own_with_it():
    n = [100, 10, 90, 4, 3, 3, 50, 40]
    assert out(n, TREE) == [False, True, True, True, True, True, False, True], (
        "the first district is too small; the second goes with it, and one unit of the second, else they would add up to it"
    )


def solvable(equations, wanted):
    """Say whether an amount follows from sums that are known."""
    if not len(equations):
        return False
    known = np.array(equations, float)
    return np.linalg.matrix_rank(np.vstack([known, wanted])) == np.linalg.matrix_rank(known)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("shape", ["flat", "tree"])
@pytest.mark.parametrize("families", [1, 2])
def test_no_small_number_follows_from_what_is_published(seed, shape, families):
    """Unknown: the amount of each part (or crossing of parts) in each unit. Known: every published sum, and who is nowhere."""
    rng = np.random.default_rng([seed, families])
    parent = TREE if shape == "tree" else np.array([-1, 0, 0, 0, 0, 0])
    units = np.flatnonzero(~np.isin(np.arange(parent.size), parent))
    P = 2 if families == 2 else int(rng.integers(2, 4))
    most = [40, 80, 150, 400][seed % 4]
    cells = rng.integers(0, most, (units.size, P, P if families == 2 else 1)).astype(float)
    inside = np.zeros((parent.size, units.size), bool)
    for column, unit in enumerate(units):
        row = unit
        while row >= 0:
            inside[row, column] = True
            row = parent[row]
    by_row = np.einsum("ru,upq->pqr", inside, cells)
    everybody = hidden(by_row.sum((0, 1))[None], parent, np.zeros(parent.size, bool))
    published = [(np.ones(cells.shape[1:]), everybody)]
    first = hidden(by_row.sum(1), parent, everybody)
    published += [(np.eye(P)[p][:, None] * np.ones(cells.shape[1:]), first) for p in range(P)]
    if families == 2:
        second = hidden(by_row.sum(0), parent, everybody)
        published += [(np.ones(cells.shape[1:]) * np.eye(P)[q], second) for q in range(P)]
        crossed = hidden(by_row.reshape(P * P, -1), parent, first | second)
        published += [(np.outer(np.eye(P)[0], np.eye(P)[0]), crossed)]
    equations, secrets = [], []
    for which, gone in published:
        n = np.einsum("pq,pqr->r", which, by_row)
        for row in range(parent.size):
            vector = (inside[row][:, None, None] * which).ravel()
            if n[row] == 0:
                equations += list(np.eye(vector.size)[vector > 0])
            elif not gone[row]:
                equations.append(vector)
            if 0 < n[row] < FEWEST_ANSWERS:
                secrets.append(vector)
    assert not any(solvable(equations, secret) for secret in secrets)
