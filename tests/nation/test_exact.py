"""Sums are the same to the last digit in any order and at any level."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citiesforall.core.errors import InputError
from citiesforall.nation.exact import STEP, controlled, fine_step, round_tree, rounded, step_of

AMOUNTS = st.lists(st.floats(0, 5e7), min_size=1, max_size=60)


@settings(max_examples=100)
@given(AMOUNTS, st.randoms())
def test_sums_do_not_depend_on_the_order_nor_on_the_brackets(amounts, random):
    parts = rounded(amounts).tolist()
    exact = sum(map(Fraction, parts))
    again = parts[:]
    random.shuffle(again)
    cut = random.randrange(len(again) + 1)
    assert sum(parts) == sum(again) == sum(again[:cut]) + sum(again[cut:]) == float(np.sum(again)) == exact
    assert max(abs(a - b) for a, b in zip(parts, amounts, strict=True)) <= STEP / 2


@settings(max_examples=100)
@given(AMOUNTS)
def test_a_known_total_is_kept_and_no_part_is_off_by_a_step(amounts):
    total = float(rounded(math.fsum(amounts)))
    if total == 0:
        return
    kept = controlled(amounts, total)
    assert float(kept.sum()) == total
    assert (kept >= 0).all()
    assert (kept[np.array(amounts) == 0] == 0).all()
    assert np.abs(kept - amounts).max() < STEP * 1.001
    assert (rounded(kept) == kept).all()


def test_largest_remainders_by_hand():
    """7.5, 2.3 and 0.2 of 10: 7 + 2 + 0 leave one, which goes to the first, for it lost most."""
    assert controlled([7.5, 2.3, 0.2], 10.0, 1.0).tolist() == [8.0, 2.0, 0.0]
    assert controlled([7.5, 2.3, 0.2], 9.0, 1.0).tolist() == [7.0, 2.0, 0.0]
    assert controlled([7.5, 2.3, 0.2], 8.0, 1.0).tolist() == [7.0, 1.0, 0.0]
    assert controlled([0.4, 0.4, 0.0], 5.0, 1.0).tolist() == [3.0, 2.0, 0.0]
    assert controlled([3.0, 4.0], 0.0, 1.0).tolist() == [0.0, 0.0]


def test_what_cannot_be_rounded_is_refused():
    with pytest.raises(InputError, match="multiple"):
        controlled([1.0], 0.3)
    with pytest.raises(InputError, match="0 or more"):
        controlled([-1.0, 3.0], 2.0)
    with pytest.raises(InputError, match="0 or more"):
        controlled([0.0], 2.0)
    with pytest.raises(InputError, match="too large"):
        rounded(2.0**41)
    with pytest.raises(InputError, match="finite"):
        step_of(math.inf)


@given(st.floats(1e-6, 1e18))
def test_steps_hold_every_sum(total):
    for step in (step_of(total), fine_step(total)):
        assert math.frexp(step)[0] == 0.5  # a power of two
        assert total <= 2.0**52 * step
    assert fine_step(total) <= step_of(total)
    assert step_of(15_552_211.0) == STEP


def test_a_tree_by_hand():
    """A nation of 10 in two provinces; the first is told as 6.5 but its communes hold only 4: 2.5 are its own."""
    amounts = np.array([10.0, 6.5, 3.5, 1.5, 2.5, np.nan, 3.5])
    parent = np.array([-1, 0, 0, 1, 1, 2, 2])
    found, own = round_tree(amounts, parent)
    assert np.array_equal(found, amounts, equal_nan=True)
    assert own.tolist() == [0.0, 2.5, 0.0, 1.5, 2.5, 0.0, 3.5]


@st.composite
def trees(draw):
    """Draw a tree whose places are the sums of what they hold, added in another order, some not known."""
    n = draw(st.integers(2, 40))
    parent = np.array([-1, *(draw(st.integers(0, row - 1)) for row in range(1, n))])
    leaf = ~np.isin(np.arange(n), parent)
    amounts = np.where(leaf, [draw(st.floats(0, 1e6)) for _ in range(n)], 0.0)
    for row in range(n - 1, 0, -1):
        amounts[parent[row]] += amounts[row]
    hidden = np.array([draw(st.integers(0, 9)) == 0 for _ in range(n)])
    return np.where(hidden, np.nan, amounts), parent


@settings(max_examples=100)
@given(trees())
def test_every_place_is_what_it_holds_and_its_own(tree):
    amounts, parent = tree
    found, own = round_tree(amounts, parent)
    assert (np.isnan(found) == np.isnan(amounts)).all()
    assert np.nanmax(np.abs(found - amounts), initial=0) <= STEP * 40
    some = np.nan_to_num(found)
    for place in range(parent.size):
        assert some[place] == float(some[parent == place].sum()) + own[place]
    # Everything below a place adds up to it, level by level or all at once.
    assert some[0] == float(own.sum())
