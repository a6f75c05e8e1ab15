"""What must hold of survey numbers whatever was answered."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citiesforall.core.group import groups
from citiesforall.measure import survey as methods
from citiesforall.measure.layers import Layers
from citiesforall.measure.survey_hiding import FEWEST_ANSWERS
from citiesforall.measure.survey_layer import bind_survey
from citiesforall.measure.survey_load import make_survey

PARENT = [None, "CITY", "CITY", "D0", "D0", "D1", "D1"]
PLACES = pd.DataFrame({"place": ["CITY", "D0", "D1", "U0", "U1", "U2", "U3"], "parent": PARENT})
CHILDREN = {0: [1, 2], 1: [3, 4], 2: [5, 6]}
FAMILIES = [
    ("women", "men"),
    ("age_0_14", "age_15_59", "age_60_up"),
    ("idpoor", "not_idpoor"),
    ("disabled", "not_disabled"),
]
OF = ("people", "members", "respondents")


@st.composite
def surveys(draw):
    """Draw the tables of a survey of four units, some of them small or empty."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    per_unit = draw(st.lists(st.integers(0, 90), min_size=4, max_size=4).filter(lambda n: sum(n) >= 4))
    unit = np.repeat(np.arange(4), per_unit)
    H = unit.size
    size = rng.integers(1, 6, H)
    row = np.repeat(np.arange(H), size)

    def persons(n):
        return {
            "sex": rng.choice(["female", "male"], n), "age": rng.integers(0, 90, n).astype(float),
            "disabled": (rng.random(n) < draw(st.sampled_from([0.02, 0.2, 0.5]))).astype(float), "migrant": np.nan,
        }  # fmt: skip

    def answers(n):
        return np.where(rng.random(n) < 0.1, np.nan, (rng.random(n) < 0.4).astype(float))

    households = pd.DataFrame(
        {
            "household": [f"H{number:04d}" for number in range(H)], "unit": [f"U{one}" for one in unit],
            "stratum": [f"S{one // 2}" for one in unit], "cluster": [str(number // 4) for number in range(H)],
            "weight": rng.gamma(3, 1, H), "size": size.astype(float), "adults": rng.integers(1, 4, H).astype(float), "date": "2025",
            "idpoor": (rng.random(H) < 0.3).astype(float), "people": answers(H),
        }
    )  # fmt: skip
    tables = {
        "households": households,
        "respondents": pd.DataFrame({**persons(H), "respondents": answers(H)}),
        "members": pd.DataFrame({"row": row, **persons(row.size), "members": answers(row.size)}),
    }
    weights = households["weight"].to_numpy() * rng.gamma(4, 0.25, (4, H))
    weights[0] = households["weight"]
    return tables, weights


def layers(survey, group):
    belongs = np.ones((len(PLACES), 1), dtype=bool)
    bound = bind_survey(survey, groups()[group], groups())
    return Layers(
        "all", np.ones((1, 1)), None, 1.0, 1.0, {}, np.ones(1, bool), np.zeros(1), {}, np.array([0]), belongs, survey=bound
    )  # fmt: skip


def measure(tables, weights, group, of):
    try:
        survey = make_survey(tables, weights, PLACES, "1/x")
    except Exception as error:
        if "one cluster in all" in str(error):
            pytest.skip("a sample of one cluster is refused")
        raise
    return methods.survey_share(layers(survey, group), answer=of, of=of)


def asked(tables, of):
    column = tables["households" if of == "people" else of][of]
    return not column.isna().all()


@settings(max_examples=20, deadline=None)
@given(surveys(), st.sampled_from(OF), st.randoms(use_true_random=False))
def test_the_order_of_households_does_not_matter(made, of, random):
    tables, weights = made
    if not asked(tables, of):
        return
    H = weights.shape[1]
    order = list(range(H))
    random.shuffle(order)
    place = np.empty(H, np.int64)
    place[order] = np.arange(H)
    members = tables["members"].assign(row=place[tables["members"]["row"]]).sample(frac=1, random_state=1)
    other = {
        "households": tables["households"].iloc[order], "respondents": tables["respondents"].iloc[order], "members": members,
    }  # fmt: skip
    one, two = measure(tables, weights, "women", of), measure(other, weights[:, order], "women", of)
    assert one.status.tolist() == two.status.tolist()
    np.testing.assert_allclose(one.num, two.num, rtol=1e-9)
    np.testing.assert_array_equal(one.n, two.n)
    for first, second in zip(one.bounds, two.bounds, strict=True):
        np.testing.assert_allclose(first, second, rtol=1e-6, atol=1e-9)


@settings(max_examples=20, deadline=None)
@given(surveys(), st.sampled_from(OF))
def test_draw_0_is_as_published_and_places_add_up(made, of):
    tables, weights = made
    if not asked(tables, of):
        return
    got = measure(tables, weights, "all", of)
    home = tables["households"]
    row = tables["members"]["row"].to_numpy() if of == "members" else np.arange(len(home))
    each = {"people": home["size"], "members": home["size"] * 0 + 1, "respondents": home["adults"]}[
        of
    ].to_numpy()[row]
    value = tables["households" if of == "people" else of][of].to_numpy()
    known = ~np.isnan(value)
    assert got.den[0, 0] == pytest.approx((weights[0, row] * each)[known].sum())
    assert got.num[0, 0] == pytest.approx((weights[0, row] * each * np.nan_to_num(value)).sum())
    for place, parts in CHILDREN.items():
        np.testing.assert_allclose(got.num[:, parts].sum(axis=1), got.num[:, place], atol=1e-9)
        np.testing.assert_allclose(got.den[:, parts].sum(axis=1), got.den[:, place], atol=1e-9)


@settings(max_examples=20, deadline=None)
@given(surveys(), st.sampled_from(OF), st.sampled_from(FAMILIES))
def test_groups_are_parts_of_everybody(made, of, family):
    tables, weights = made
    if not asked(tables, of):
        return
    whole = measure(tables, weights, "all", of)
    parts = [measure(tables, weights, group, of) for group in family]
    np.testing.assert_allclose(sum(one.den for one in parts), whole.den, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(sum(one.num for one in parts), whole.num, rtol=1e-9, atol=1e-9)
    gone = np.stack([one.status == "suppressed" for one in parts])
    there = np.stack([one.n > 0 for one in parts])
    assert (gone | ~there).any(axis=0).tolist() == (gone.any(axis=0) | ~there.all(axis=0)).tolist()
    assert (gone == (gone.any(axis=0) & there)).all(), "parts of one whole are withheld together"


@settings(max_examples=30, deadline=None)
@given(surveys(), st.sampled_from(OF), st.sampled_from([*groups()]))
def test_fewer_than_thirty_answers_are_never_told(made, of, group):
    tables, weights = made
    if (
        groups()[group].survey is None
        or set(groups()[group].survey) & {"renter", "slum", "migrant"}
        or not asked(tables, of)
    ):
        return
    got = measure(tables, weights, group, of)
    few = (got.n > 0) & (got.n < FEWEST_ANSWERS)
    assert (got.status[few] == "suppressed").all()
    assert "modelled" not in got.status, "four units make no model"
    shown = (got.status != "suppressed") & (got.n > 0)
    for place, parts in CHILDREN.items():
        rest = got.n[place] - got.n[parts][shown[parts]].sum()
        if shown[place]:
            assert rest == 0 or rest >= FEWEST_ANSWERS
    low, high = got.interval()
    value = got.value()
    known = ~np.isnan(low) & ~np.isnan(value)
    assert (low[known] <= value[known] + 1e-12).all()
    assert (value[known] <= high[known] + 1e-12).all()
    assert (low[known] >= 0).all()
    assert (high[known] <= 1).all()
