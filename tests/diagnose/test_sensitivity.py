"""Ranks under other choices, and which choice moves them: by hand, by formula, and held to SALib."""

import numpy as np
import pytest
from SALib.analyze import sobol as salib

from citiesforall.core.indicator import Indicator
from citiesforall.diagnose.index_design import Design
from citiesforall.diagnose.normalise import posts_of
from citiesforall.diagnose.ranks import (
    FACTORS,
    LEAST_RUNS,
    MOST_RUNS,
    draw_weights,
    make_model,
    n_runs_for,
    picks,
    rank_bounds,
    rank_table,
    ranks_of,
    run_scores,
)
from citiesforall.diagnose.sensitivity import sensitivity_table, sobol_of, sobol_runs


def ishigami(runs):
    x = np.pi * (2 * runs - 1)
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def salib_of(model, n, n_factors, seed=1):
    """Run a model on our runs and let SALib work out the indices."""
    A, B, AB = sobol_runs(n_factors, n, seed)
    parts = [model(A), *(model(one) for one in AB), model(B)]
    problem = {
        "num_vars": n_factors,
        "names": [f"x{at}" for at in range(n_factors)],
        "bounds": [[0, 1]] * n_factors,
    }
    return salib.analyze(
        problem, np.stack(parts, axis=1).ravel(), calc_second_order=False, num_resamples=2, seed=1
    )


def test_ishigami_by_formula_and_by_salib():
    # a = 7, b = 0.1: V1 = (1 + b pi^4 / 5)^2 / 2 = 4.34589, V2 = a^2 / 8 = 6.125, V13 = b^2 pi^8 (1/18 - 1/50) = 3.37373;
    # V = 13.84462: S = (0.31391, 0.44241, 0), T = (0.55760, 0.44241, 0.24369)
    found = sensitivity_table(lambda runs: {"y": ishigami(runs)}, ("a", "b", "c"), 4096, 1)
    assert list(found["first"]) == pytest.approx([0.31391, 0.44241, 0], abs=0.02)
    assert list(found["total"]) == pytest.approx([0.55760, 0.44241, 0.24369], abs=0.02)
    assert (found["first_low"] <= found["first"]).all()
    assert (found["first"] <= found["first_high"]).all()
    assert (found["total_high"] - found["total_low"]).between(0.005, 0.15).all()
    theirs = salib_of(ishigami, 4096, 3)
    assert np.asarray(found["first"]) == pytest.approx(theirs["S1"], abs=0.003)
    assert np.asarray(found["total"]) == pytest.approx(theirs["ST"], abs=0.003)


def test_a_sum_by_hand():
    # y = x1 + 2 x2: variances 1/12 and 4/12: a fifth and four fifths, no interaction.
    found = sensitivity_table(lambda x: {"y": x[:, 0] + 2 * x[:, 1]}, ("a", "b", "c"), 2048, 3)
    assert list(found["first"]) == pytest.approx([0.2, 0.8, 0], abs=0.01)
    assert list(found["total"]) == pytest.approx([0.2, 0.8, 0], abs=0.01)


def test_an_output_that_never_moves_has_no_indices():
    found = sensitivity_table(lambda x: {"still": np.ones(len(x)), "y": x[:, 0]}, ("a", "b"), 64, 1)
    still = found[found["output"] == "still"]
    assert still[["first", "total", "first_low", "total_high"]].isna().all(axis=None)
    assert found.loc[2, "total"] == pytest.approx(1, abs=0.05)


def test_one_output_has_the_shape_of_many():
    A, B, AB = sobol_runs(2, 64, 1)
    first, total = sobol_of(A[None, :, 0], B[None, :, 0], AB[:, None, :, 0])
    assert first.shape == total.shape == (1, 2)


def town(P=6, S=40, seed=5):
    """Return the values of a few places over six indicators, three items, two dimensions."""
    rng = np.random.default_rng(seed)
    row = {"title": "X", "meaning": "X.", "dimension": "food", "unit": "%", "method": "total"}
    declared = [
        Indicator.model_validate(
            {"id": f"x{at}", "better": better, "goalposts": {"floor": floor, "goal": 100 - floor}, **row}
        )
        for at, (better, floor) in enumerate([("higher", 0), ("lower", 100), ("higher", 0)] * 2)
    ]
    design = Design(
        ("one", "two"),
        ("A", "B", "C"),
        np.array([0, 0, 1]),
        tuple(one.id for one in declared),
        np.array([0, 0, 1, 1, 2, 2]),
        posts_of(declared),
        np.ones(6, bool),
        np.array([0.5, 0.5]),
    )
    level = rng.uniform(20, 80, (P, 6))
    draws = np.clip(level + rng.normal(0, 5, (S, P, 6)), 0, 100)
    draws[0] = level
    own = np.ones((P, 6), bool)
    own[:, 5] = False
    draws[:, :, 5] = draws[:, :1, 5]
    return draws, own, design


def test_our_model_agrees_with_salib():
    draws, own, design = town()
    model = make_model(draws, own, design, 1)

    def shift(runs):
        ranks = ranks_of(run_scores(model, runs))
        return np.abs(ranks - ranks_of(run_scores(model, np.zeros((1, 5))))).mean(axis=1)

    ours = sensitivity_table(lambda runs: {"y": shift(runs)}, FACTORS, 2048, 1)
    theirs = salib_of(shift, 2048, len(FACTORS))
    assert np.asarray(ours["first"]) == pytest.approx(theirs["S1"], abs=0.01)
    assert np.asarray(ours["total"]) == pytest.approx(theirs["ST"], abs=0.01)
    # A total effect is never less than the first, beyond the error of the estimate.
    assert (ours["total_high"] >= ours["first_low"]).all()


def test_a_run_by_hand():
    # Two places, one draw: goalpost scores, arithmetic mean, nothing left out.
    draws, _, design = town(P=2, S=1)
    draws[0] = [[40, 40, 20, 80, 50, 50], [60, 60, 20, 80, 50, 50]]
    model = make_model(draws, np.ones((2, 6), bool), design, 1)
    flat = model.__class__(model.items, model.dimension_of, np.ones((1, 3)), np.full((1, 2), 0.5))
    # Place 1: items A (40 + 60) / 2 = 50, B (20 + 80) / 2 = 50, C (50 + 50) / 2 = 50 -> 50
    # Place 2: A (60 + 40) / 2 = 50: the same
    arithmetic = np.array([[0.0, 0.0, 0.0, 0.5, 0.0]])
    assert run_scores(flat, arithmetic)[0] == pytest.approx([50, 50])
    assert [one[0] for one in picks(arithmetic, flat)] == [0, 0, 0, 1, 0]


def test_choices_are_equally_likely_and_draw_0_is_never_picked():
    draws, own, design = town()
    model = make_model(draws, own, design, 1)
    A, _, _ = sobol_runs(5, 4096, 2)
    draw, weight, normalisation, aggregation, left_out = picks(A, model)
    assert draw.min() == 1
    assert draw.max() == 39
    assert weight.max() == len(model.dimension_weights) - 1
    assert np.bincount(normalisation) / 4096 == pytest.approx([1 / 3] * 3, abs=0.01)
    assert np.bincount(aggregation) / 4096 == pytest.approx([1 / 3] * 3, abs=0.01)
    assert left_out.mean() == pytest.approx(0.5, abs=0.01)
    assert [one[0] for one in picks(np.full((1, 5), 1.0), model)] == [39, 511, 2, 2, 1]


def test_drawn_weights_lie_around_those_given():
    rng = np.random.default_rng(1)
    drawn = draw_weights(np.full(7, 1 / 7), 20000, rng)
    assert drawn.sum(axis=1) == pytest.approx(1)
    assert drawn.mean(axis=0) == pytest.approx(1 / 7, abs=0.003)
    # Relative standard deviation one half: k = 6 / 0.25 - 1 = 23; sqrt((1 - 1/7) / (1/7 x 24)) = 0.5
    assert drawn.std(axis=0) * 7 == pytest.approx(0.5, abs=0.02)
    some = draw_weights(np.array([0.75, 0.25, 0.0]), 20000, rng)
    assert some.mean(axis=0) == pytest.approx([0.75, 0.25, 0], abs=0.01)
    assert (some[:, 2] == 0).all()
    assert (draw_weights(np.array([0.0, 1.0]), 3, rng) == [0, 1]).all()


def test_ranks_by_hand():
    ranks = ranks_of(np.array([[50.0, 70, 70, np.nan, 10]]))
    assert np.array_equal(ranks, [[3, 1.5, 1.5, np.nan, 4]], equal_nan=True)
    table = rank_table(np.array([[1.5, 1.5], [1, 2], [1, 2], [2, 1]]), ["a", "b"]).set_index(
        ["place", "rank"]
    )
    # a: half of the shared run and two others are rank 1: 2.5 of 4
    assert table.loc[("a", 1), "chance"] == pytest.approx(2.5 / 4)
    assert table.loc[("b", 1), "chance"] == pytest.approx(1.5 / 4)
    assert table.groupby("place")["chance"].sum().tolist() == pytest.approx([1, 1])
    low, high = rank_bounds(np.tile(np.arange(1.0, 101)[:, None], (1, 2)))
    assert (low[0], high[0]) == (3, 98)  # 2.5 % of 99 steps: 1 + 2.475 -> 3; 1 + 96.525 -> 98


def test_chances_agree_with_counting_every_choice():
    # With one set of weights and few draws every combination can be counted: 39 draws x 3 x 3 x 2.
    draws, own, design = town()
    model = make_model(draws, own, design, 1)
    fixed = model.__class__(
        model.items, model.dimension_of, model.item_weights[:1], model.dimension_weights[:1]
    )
    sizes = (39, 1, 3, 3, 2)
    every = np.stack(np.meshgrid(*[(np.arange(n) + 0.5) / n for n in sizes], indexing="ij"), axis=-1).reshape(
        -1, 5
    )
    exact = (ranks_of(run_scores(fixed, every)) == 1).mean(axis=0)
    sampled = (ranks_of(run_scores(fixed, sobol_runs(5, 4096, 9)[0])) == 1).mean(axis=0)
    assert sampled == pytest.approx(exact, abs=0.02)


def test_many_places_have_fewer_runs():
    assert n_runs_for(12, 51) == MOST_RUNS
    assert n_runs_for(1661, 51) == LEAST_RUNS
    assert n_runs_for(200, 51) == 2048  # 2.5e7 / 10 200 = 2451 -> 2^11


def test_the_same_seed_gives_the_same_runs():
    assert all(np.array_equal(*pair) for pair in zip(sobol_runs(5, 64, 4), sobol_runs(5, 64, 4), strict=True))
    assert not np.array_equal(sobol_runs(5, 64, 4)[0], sobol_runs(5, 64, 5)[0])
