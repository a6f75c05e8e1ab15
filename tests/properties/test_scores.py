"""What must hold of scores and the index, whatever the values."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import gmean

from citiesforall.core.indicator import indicators
from citiesforall.diagnose.aggregate import AGGREGATIONS, aggregated
from citiesforall.diagnose.index import make_indices, make_profile
from citiesforall.diagnose.index_design import make_design
from citiesforall.diagnose.index_values import (
    EVERYBODY,
    evidence_of,
    narrowed,
    taken_over,
    tree_of,
    values_of,
)
from citiesforall.diagnose.normalise import (
    NORMALISATIONS,
    goalpost_scores,
    normalised,
    posts_of,
    score_interval,
)
from citiesforall.diagnose.ranks import ranks_of
from citiesforall.diagnose.score_table import score_table

SCORED = [one for one in indicators().values() if one.goalposts is not None]
ONE_WAY = [one for one in SCORED if one.better in {"higher", "lower"}]
DESIGN = make_design()
points = st.floats(0, 100, allow_subnormal=False)
seven = st.lists(points, min_size=7, max_size=7)
weights = st.lists(st.floats(0.01, 10), min_size=7, max_size=7)


@given(st.sampled_from(ONE_WAY), st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_a_better_value_never_scores_less(one, value, more):
    posts = posts_of([one])
    better = value + more if one.better == "higher" else value - more
    assert goalpost_scores(np.array([better]), posts)[0] >= goalpost_scores(np.array([value]), posts)[0]


@given(st.sampled_from(SCORED), st.floats(allow_nan=False))
def test_scores_lie_between_0_and_100(one, value):
    assert 0 <= goalpost_scores(np.array([value]), posts_of([one]))[0] <= 100


@given(st.sampled_from(SCORED))
def test_the_floor_scores_0_and_the_goal_100(one):
    posts = posts_of([one])
    assert goalpost_scores(posts.floor, posts)[0] == pytest.approx(0, abs=1e-9)
    assert goalpost_scores(posts.goal, posts)[0] == pytest.approx(100)


@given(st.sampled_from(SCORED), st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=3), st.floats(0, 1))
def test_the_score_of_any_value_in_an_interval_lies_in_its_interval(one, three, share):
    low, value, high = (np.array([x]) for x in sorted(three))
    posts = posts_of([one])
    bottom, top = score_interval(low, high, value, posts)
    inside = goalpost_scores(low + share * (high - low), posts)
    if np.isnan(bottom[0]):
        assert goalpost_scores(low, posts)[0] == pytest.approx(goalpost_scores(value, posts)[0])
    else:
        assert bottom[0] - 1e-9 <= inside[0] <= top[0] + 1e-9


@given(seven, weights)
def test_the_index_lies_between_the_weakest_and_the_strongest(dimensions, given_weights):
    d, w = np.array(dimensions), np.array(given_weights)
    w = w / w.sum()
    lowest, mean, geometric = (aggregated(d, w, how) for how in ("minimum", "arithmetic", "geometric"))
    assert lowest == d.min()
    assert max(d.min(), 1) - 1e-9 <= geometric <= max(d.max(), 1) + 1e-9
    assert geometric <= max(mean, aggregated(np.maximum(d, 1), w, "arithmetic")) + 1e-9
    assert geometric == pytest.approx(gmean(np.maximum(d, 1), weights=w), rel=1e-9)


@given(seven, weights, st.integers(0, 6), st.floats(0, 50))
def test_a_better_dimension_never_lowers_any_index(dimensions, given_weights, at, more):
    d, w = np.array(dimensions), np.array(given_weights)
    better = d.copy()
    better[at] += more
    for how in AGGREGATIONS:
        assert aggregated(better, w / w.sum(), how) >= aggregated(d, w / w.sum(), how) - 1e-9


@given(
    st.lists(st.lists(points, min_size=3, max_size=3), min_size=2, max_size=8),
    st.sampled_from(NORMALISATIONS),
)
def test_every_normalisation_keeps_the_order_in_an_indicator(table, how):
    values = np.round(np.array(table), 3)
    scores = normalised(values, how)
    for at in range(3):
        order = np.argsort(values[:, at], kind="stable")
        assert (np.diff(scores[order, at]) >= -1e-9).all()


@given(st.lists(points, min_size=2, max_size=12))
def test_ranks_add_up(scores):
    n = len(scores)
    assert ranks_of(np.array(scores)).sum() == pytest.approx(n * (n + 1) / 2)


def frames(values):
    """Make observations of one city and its places; values by place and indicator, nan where missing."""
    keys = [DESIGN.indicators[at] for at in np.unique(DESIGN.item_of, return_index=True)[1]]
    lines = [
        [code, "all", key, value, "ok", "2025", np.nan, np.nan]
        for code, row in values.items()
        for key, value in zip(keys, row, strict=False)
    ]
    table = pd.DataFrame(
        lines, columns=["place", "group", "indicator", "value", "status", "period", "low", "high"]
    )
    places = pd.DataFrame(
        [("KH1", "city", None), *((code, "commune", "KH1") for code in values if code != "KH1")],
        columns=["place", "level", "parent"],
    )
    return table, places


def indices(table, places):
    tree = tree_of(places, list(table["place"].unique()))
    evidence, used = narrowed(evidence_of(table, None, DESIGN, tree), DESIGN)
    found = make_indices(
        make_profile(EVERYBODY, taken_over(values_of(evidence, EVERYBODY, used, tree, 1), tree), used), used
    )
    return {code: found.by_name["geometric"][0, at] for at, code in enumerate(tree.codes)}


rows = st.lists(st.floats(0.01, 100) | st.just(np.nan), min_size=50, max_size=50)


@settings(max_examples=25, deadline=None)
@given(st.lists(rows, min_size=3, max_size=5), st.randoms(use_true_random=False))
def test_order_and_company_of_places_change_nothing(values, random):
    table, places = frames({"KH1": values[0], **{f"KH1{at:02}": row for at, row in enumerate(values[1:])}})
    before = indices(table, places)
    mixed = list(range(len(table)))
    random.shuffle(mixed)
    assert indices(table.iloc[mixed], places.iloc[::-1]) == pytest.approx(before, nan_ok=True)
    # Another place comes, and nobody's score or index moves: goalposts are fixed.
    more, more_places = frames({"KH1": values[0], "KH199": [1.0] * 50})
    joined = pd.concat([table, more[more["place"] == "KH199"]], ignore_index=True)
    after = indices(joined, pd.concat([places, more_places.tail(1)], ignore_index=True))
    assert {code: after[code] for code in before} == pytest.approx(before, nan_ok=True)
    alone, together = (score_table(one, indicators(), DESIGN) for one in (table, joined))
    kept = together[together["place"] != "KH199"].reset_index(drop=True)
    mine = alone.set_index(["place", "indicator"])["score"]
    assert kept.set_index(["place", "indicator"])["score"].reindex(mine.index).equals(mine)
