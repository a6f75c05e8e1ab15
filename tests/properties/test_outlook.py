"""Properties of outlook and triggers: order, sums, monotone, and what a missing month may never do."""

from dataclasses import replace

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from citiesforall.core.trigger import Baseline, triggers
from citiesforall.diagnose.growth import effective_years, figures, growth_rate, raked
from citiesforall.diagnose.growth_counts import Counts, Pair, bridged
from citiesforall.diagnose.outlook_draws import people_draws
from citiesforall.diagnose.outlook_rates import rates_of, tree_of
from citiesforall.diagnose.trigger_levels import NORMAL, UNKNOWN, lasting, since, states, thresholds

SAID = figures()
COUNT = st.floats(1.0, 1e7)
RULES = [triggers()[key] for key in ("rice_price", "dengue_cases", "domestic_violence", "pm25", "complaints")]
PERCENTILE = RULES[0].model_copy(
    update={"rule": "percentile", "watch": 80.0, "act": 95.0, "baseline": Baseline(months=12, least=6)}
)
LOW = triggers()["rice_price"].model_copy(update={"bad": "low", "watch": 0.8, "act": 0.6})
ALL = [*RULES, PERCENTILE, LOW]
VALUES = st.one_of(st.just(np.nan), st.integers(0, 30).map(float))


@given(past=COUNT, present=COUNT, years=st.floats(1, 50))
def test_there_and_back(past, present, years):
    rate = float(growth_rate(past, present, years))
    assert np.isclose(past * np.exp(rate * effective_years(years, None)), present)
    assert np.isclose(float(growth_rate(present, past, years)), -rate)


@given(one=st.floats(0.1, 100), more=st.floats(0, 100), half_life=st.floats(1, 200))
def test_years_ahead_count_more_the_further_but_never_more_than_they_are(one, more, half_life):
    assert effective_years(one, half_life) <= effective_years(one + more, half_life) + 1e-9
    assert effective_years(one, half_life) <= one + 1e-9


@given(
    parts=arrays(np.float64, (4, 3), elements=st.floats(1, 1e6)),
    whole=arrays(np.float64, 4, elements=st.floats(1, 1e6)),
)
def test_parts_add_up_and_keep_their_order(parts, whole):
    out = raked(parts, whole)
    assert np.allclose(out.sum(axis=1), whole)
    assert (
        np.argsort(out, axis=1, kind="stable") == np.argsort(parts, axis=1, kind="stable")
    ).all() or np.allclose(
        np.sort(out, axis=1), np.take_along_axis(out, np.argsort(parts, axis=1, kind="stable"), axis=1)
    )


def outlook(people, past, order, horizon=15.0):
    """Carry a city of three units forward; units in any order."""
    codes = ["KH9901", *(f"KH99010{at + 1}" for at in order)]
    places = pd.DataFrame({"place": codes, "parent": [None, "KH9901", "KH9901", "KH9901"]})
    amounts = {f"KH99010{at + 1}": float(value) for at, value in enumerate(people)}
    amounts["KH9901"] = sum(amounts.values())
    tree = tree_of(places, amounts)
    pairs = {
        f"KH99010{at + 1}": Pair(float(before), float(now), 2015, 2025, frozenset({f"KH99010{at + 1}"}), "x")
        for at, (before, now) in enumerate(zip(past, people, strict=True))
    }
    base = np.tile(tree.people, (21, 1))
    return tree, people_draws(tree, base, rates_of(tree, pairs, SAID), (horizon, SAID, 1))


TOWN = st.lists(st.floats(100, 1e6), min_size=3, max_size=3)
CHANGE = st.lists(st.floats(0.6, 1.6), min_size=3, max_size=3)


@settings(max_examples=40)
@given(people=TOWN, change=CHANGE, order=st.permutations([0, 1, 2]))
def test_the_order_of_places_changes_nothing_and_they_add_up(people, change, order):
    past = [now / times for now, times in zip(people, change, strict=True)]
    tree, out = outlook(people, past, [0, 1, 2])
    same, again = outlook(people, past, order)
    assert tree.codes == same.codes
    np.testing.assert_array_equal(out, again)
    assert np.allclose(out[:, 1:].sum(axis=1), out[:, 0])


@settings(max_examples=40)
@given(people=TOWN, change=CHANGE, more=st.floats(1.0, 1.3))
def test_a_city_that_grew_more_will_be_larger(people, change, more):
    past = [now / times for now, times in zip(people, change, strict=True)]
    _, slow = outlook(people, past, [0, 1, 2])
    _, fast = outlook(people, [one / more for one in past], [0, 1, 2])
    assert fast[0, 0] >= slow[0, 0] * (1 - 1e-12)


@given(
    people=st.dictionaries(
        st.sampled_from([f"KH{n:02d}" for n in range(1, 25)]), st.floats(1, 1e7), min_size=1
    )
)
def test_bridging_loses_nobody(people):
    found = bridged(Counts(2008, "kh@2008", people), "kh@2025")
    assert np.isclose(sum(found.groups.values()), sum(people.values()))
    codes = [code for group in found.groups for code in group]
    assert len(codes) == len(set(codes))


def judged(values, one):
    watch, act = thresholds(values, one)
    return lasting(states(values, watch, act, one), one.persistence)


def concern(found):
    """Rank levels: an all-clear that is lost is a step up, and one that is won a step down."""
    return np.array([1, 0, 2, 3])[found + 1]


SERIES = arrays(np.float64, (2, 50), elements=VALUES)


@settings(max_examples=60)
@given(values=SERIES, at=st.integers(0, 49), more=st.integers(1, 40), one=st.sampled_from(ALL))
def test_a_worse_value_never_lowers_the_level_of_its_month(values, at, more, one):
    before = judged(values, one)
    worse = values.copy()
    worse[:, at] += more if one.bad == "high" else -more
    after = judged(worse, one)
    assert (concern(after[:, at]) >= concern(before[:, at])).all()
    if one.baseline is None:  # then no other month either
        assert (concern(after) >= concern(before)).all()


@settings(max_examples=60)
@given(values=SERIES, one=st.sampled_from(ALL))
def test_a_missing_month_is_neither_alarm_nor_normal(values, one):
    found = judged(values, one)
    assert (found[np.isnan(values)] == UNKNOWN).all()


@settings(max_examples=60)
@given(
    found=arrays(np.int8, (1, 12), elements=st.integers(-1, 2)),
    at=st.integers(0, 11),
    k=st.integers(1, 4),
    more=st.integers(0, 3),
)
def test_a_month_that_goes_missing_makes_no_alarm_and_no_all_clear(found, at, k, more):
    whole, gone = found.copy(), found.copy()
    gone[0, at] = UNKNOWN
    before, after = lasting(whole, (k, k + more)), lasting(gone, (k, k + more))
    alarms = after > NORMAL
    assert (after[alarms] <= before[alarms]).all()  # no alarm that was not there
    assert (before[after == NORMAL] == NORMAL).all()  # no all-clear that was not there


@settings(max_examples=60)
@given(
    found=arrays(np.int8, (3, 20), elements=st.integers(-1, 2)), k=st.integers(1, 4), more=st.integers(0, 3)
)
def test_lasting_longer_is_asked_for_more(found, k, more):
    easy, hard = lasting(found, (k, k + more + 1)), lasting(found, (k + 1, k + more + 1))
    known = (easy != UNKNOWN) & (hard != UNKNOWN)
    assert (hard[known] <= easy[known]).all()


@settings(max_examples=40)
@given(levels=arrays(np.int8, (2, 20), elements=st.integers(-1, 2)))
def test_since_is_an_unbroken_run(levels):
    begun = since(levels)
    for place, month in np.ndindex(levels.shape):
        first = begun[place, month]
        if levels[place, month] <= NORMAL:
            assert first == -1
        else:
            assert (levels[place, first : month + 1] >= levels[place, month]).all()
            assert first == 0 or levels[place, first - 1] < levels[place, month]


@settings(max_examples=30)
@given(values=SERIES, one=st.sampled_from(ALL))
def test_places_do_not_touch_each_other(values, one):
    both = judged(values, one)
    assert (judged(values[::-1], one)[::-1] == both).all()
    assert (judged(values[:1], one) == both[:1]).all()


def test_no_errors_no_interval():
    said = replace(SAID, mape_per_year=(0.0, 0.0, 0.0), count_sd=0.0)
    tree = tree_of(pd.DataFrame({"place": ["KH9901"], "parent": [None]}), {"KH9901": 100.0})
    rates = rates_of(tree, {"KH9901": Pair(90, 100, 2015, 2025, frozenset({"KH9901"}), "x")}, said)
    out = people_draws(tree, np.full((5, 1), 100.0), rates, (10, said, 1))
    assert (out == out[0]).all()
