"""Nothing of few people is told, nor can it be worked out: by hand, and by an attacker who solves all sums at once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from citiesforall.nation.withhold import Maker, few, withheld, withheld_places

FEWEST = 5


def attack(counts, out, cell):
    """Return the least and the most a count can be, from everything that is told, written out as dense equations."""
    C = counts.value.size
    hidden = out | counts.silent
    equations = np.zeros((len(counts.sums), C))
    for number, (whole, parts) in enumerate(counts.sums):
        equations[number, whole] -= 1
        for part in parts:
            equations[number, part] += 1
    limits = []
    for one in range(C):
        known = not hidden[one]
        most = None if np.isinf(counts.most[one]) else counts.most[one]
        limits.append((counts.value[one],) * 2 if known else (0.0, most))
    ends = []
    for sign in (1, -1):
        aim = np.zeros(C)
        aim[cell] = sign
        found = linprog(aim, A_eq=equations, b_eq=np.zeros(len(equations)), bounds=limits, method="highs-ds")
        if found.status == 3:
            ends.append(-sign * np.inf)
            continue
        assert found.status == 0, found.message
        ends.append(sign * found.fun)
    return ends


def determined(counts, out):
    """Return which withheld counts linear algebra alone determines."""
    unknown = np.flatnonzero(out)
    rows = np.zeros((len(counts.sums), unknown.size))
    for number, (whole, parts) in enumerate(counts.sums):
        for sign, cells in ((-1, (whole,)), (1, parts)):
            for cell in cells:
                if out[cell]:
                    rows[number, np.searchsorted(unknown, cell)] += sign
    if not rows.size:
        return np.zeros(0, bool)
    _, sizes, basis = np.linalg.svd(rows, full_matrices=True)
    free = basis[int((sizes > 1e-9).sum()) :]
    return np.abs(free).max(axis=0, initial=0) < 1e-9


def safe(counts, out, fewest=FEWEST):
    """Check what must hold of every table."""
    asked = few(counts.value, counts.most, fewest)
    assert out[asked].all()
    unknown = np.flatnonzero(out)
    told = determined(counts, out)
    for number, cell in enumerate(unknown):
        if asked[cell]:
            assert not told.size or not told[number]
            low, high = attack(counts, out, cell)
            assert high - low >= min(fewest, counts.most[cell]) - 1e-5, (cell, low, high)


def test_one_sibling_is_withheld_too_the_smallest():
    assert withheld_places(np.array([142.0, 2, 40, 100]), np.array([-1, 0, 0, 0]), FEWEST).tolist() == [
        False, True, True, False,
    ]  # fmt: skip


def test_nobody_and_enough_are_told():
    assert not withheld_places(np.array([45.0, 0, 5, 40]), np.array([-1, 0, 0, 0]), FEWEST).any()


def test_what_is_left_to_the_whole_is_a_count_too():
    """All but three of 200 people have it: three lack it, and 197 of 200 would say so."""
    found = withheld_places(
        np.array([217.0, 197, 20]), np.array([-1, 0, 0]), FEWEST, np.array([400.0, 200, 200])
    )
    assert found.tolist() == [False, True, True]


def test_levels_above_do_not_give_it_away():
    """A province of one district of few: the district, its province, and another province are withheld."""
    values = np.array([103.0, 3, 100, 3, 60, 40])
    parent = np.array([-1, 0, 0, 1, 2, 2])
    found = withheld_places(values, parent, FEWEST)
    assert found[[1, 2, 3]].all()
    assert not found[0]


def test_groups_across_places_need_a_rectangle():
    """Women and men in two places: three women here; withholding her men alone would leave her place's sum and her column."""
    values = np.array([[60.0, 23, 37], [28.0, 3, 25], [32.0, 20, 12]])
    found = withheld_places(values, np.array([-1, 0, 0]), FEWEST)
    made = Maker([], [], [], [])
    cell = np.array([[made.count(float(x), np.inf) for x in row] for row in values])
    for part in range(3):
        made.sum(cell[part, 0], cell[part, 1:])
    for place in range(3):
        made.sum(cell[0, place], cell[1:, place])
    assert found[1:, 1:].all()
    assert not found[:, 0].any()
    safe(made.counts(), found[cell >= 0].reshape(values.shape).ravel())


def test_a_small_rest_is_protected_though_no_table_shows_it():
    made = Maker([], [], [], [])
    whole, part = made.count(50.0, 1000.0), made.count(47.0, 1000.0)
    made.sum(whole, [part])
    counts = made.counts()
    out = withheld(counts, FEWEST)
    assert out[whole] or out[part]
    assert not (out[whole] and out[part])
    safe(counts, out)


def test_a_whole_that_is_less_than_its_parts_says_nothing():
    made = Maker([], [], [], [])
    made.sum(made.count(5.0, 10.0), [made.count(9.0, 10.0)])
    assert made.counts().sums == ()


@st.composite
def tables(draw):
    """Draw a tree of places with groups, some counts linked, some places not known."""
    R, P = draw(st.integers(2, 9)), draw(st.sampled_from([1, 3]))
    parent = np.array([-1, *(draw(st.integers(max(0, row - 4) // 2, row - 1)) for row in range(1, R))])
    size = st.sampled_from([0, 0, 1, 2, 3, 4, 5, 7, 12, 30, 200])
    leaf = ~np.isin(np.arange(R), parent)
    parts = np.array(
        [[draw(size) if leaf[row] else 0 for row in range(R)] for _ in range(max(P - 1, 1))], float
    )
    for row in range(R - 1, 0, -1):
        parts[:, parent[row]] += parts[:, row]
    values = np.vstack([parts.sum(axis=0), parts]) if P > 1 else parts
    most = values + draw(st.sampled_from([0, 2, 6, 1000]))
    return values, parent, most


@settings(max_examples=50, deadline=None)
@given(tables(), st.sampled_from([2, 5, 11]))
def test_no_table_gives_anybody_away(table, fewest):
    values, parent, most = table
    P, R = values.shape
    made = Maker([], [], [], [])
    cell = np.array(
        [[made.count(float(values[p, r]), float(most[p, r])) for r in range(R)] for p in range(P)]
    )
    for p in range(P):
        for place in np.unique(parent[parent >= 0]):
            made.sum(cell[p, place], cell[p, parent == place])
    for place in range(R if P > 1 else 0):
        made.sum(cell[0, place], cell[1:, place])
    counts = made.counts()
    out = withheld(counts, fewest)
    safe(counts, out, fewest)
    if not few(values, most, fewest).any():
        assert not out.any()
    same = withheld_places(values, parent, fewest, most)
    assert (same.ravel() == out[: P * R]).all()


@pytest.mark.parametrize("seed", range(3))
def test_a_larger_nation_of_groups(seed):
    random = np.random.default_rng(seed)
    parent = np.array([-1, *[0] * 4, *np.repeat(np.arange(1, 5), 8)])
    parts = np.zeros((2, parent.size))
    parts[:, 5:] = random.choice([0, 1, 3, 4, 8, 20, 90], (2, 32))
    for row in range(parent.size - 1, 0, -1):
        parts[:, parent[row]] += parts[:, row]
    values = np.vstack([parts.sum(axis=0), parts])
    found = withheld_places(values, parent, FEWEST, values + 100)
    assert found[few(values, values + 100, FEWEST)].all()
    assert not found.all()
