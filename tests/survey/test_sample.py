"""The sample: sizes worked by hand, chances that hold over many draws, strata, reserves."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citiesforall.core.errors import InputError
from citiesforall.pipeline.survey_sample import _households
from citiesforall.survey.sample import draw_sample
from citiesforall.survey.sample_blocks import blocks_of_cells, blocks_of_places, strata_of
from citiesforall.survey.sample_design import (
    Wanted,
    allocate,
    curve_order,
    design_effect,
    draw_systematic,
    interviews_needed,
    margin,
    strata_by_quantile,
)  # fmt: skip


def test_sizes_worked_by_hand():
    # 1.96^2 x 0.25 / 0.05^2 = 384.1 -> 385 households drawn one by one from a very large city
    assert interviews_needed(Wanted(rho=0.0), 1e12) == 385
    # design effect 1 + 14 x 0.036 = 1.504; 385 x 1.504 = 579.04 -> 580
    assert design_effect(15, 0.036) == pytest.approx(1.504)
    assert interviews_needed(Wanted(), 1e12) == 580
    # 2,000 households: 579.04 / (1 + 578.04 / 2000) = 449.2 -> 450
    assert interviews_needed(Wanted(), 2000) == 450
    assert interviews_needed(Wanted(households=600), 2000) == 600
    # back: 385 of very many give 1.96 x sqrt(0.25 / 385) = 4.994 %
    assert margin(385, 1.0, 1e12) == pytest.approx(0.04994, abs=1e-5)
    assert np.isnan(margin(0, 1.0, 100))


def test_clusters_are_shared_out_by_hand():
    # 100, 300, 600 households, 20 clusters: 2, 6, 12
    assert allocate(np.array([100.0, 300, 600]), 20, "proportional", np.array([50, 50, 50])).tolist() == [
        2,
        6,
        12,
    ]
    # roots of 100, 400, 900 are 10, 20, 30: 12 clusters are 2, 4, 6
    assert allocate(np.array([100.0, 400, 900]), 12, "root", np.array([50, 50, 50])).tolist() == [2, 4, 6]
    assert allocate(np.array([1.0, 400, 900]), 12, "equal", np.array([50, 50, 50])).tolist() == [4, 4, 4]
    # a stratum of three blocks gives what it cannot take to the others
    assert allocate(np.array([500.0, 500]), 20, "proportional", np.array([3, 50])).tolist() == [3, 17]
    assert allocate(np.array([1.0, 999]), 10, "proportional", np.array([9, 50])).tolist() == [2, 8]


def test_steps_along_the_list_by_hand():
    # 10, 20, 30, 40: step 50 of 2 clusters, start 0.5 -> 25 and 75: the second and the fourth
    assert draw_systematic(np.array([10.0, 20, 30, 40]), 2, 0.5).tolist() == [0, 1, 0, 1]
    # one larger than the step is drawn for certain, here twice: 40 of 60 by steps of 20 from 10: 10, 30, 50
    assert draw_systematic(np.array([40.0, 20]), 3, 0.5).tolist() == [2, 1]


@settings(deadline=None, max_examples=30)
@given(st.lists(st.floats(1, 500), min_size=2, max_size=40), st.integers(1, 20))
def test_the_mean_number_of_draws_is_the_share_of_size(sizes, n):
    sizes = np.array(sizes)
    starts = (np.arange(500) + 0.5) / 500
    mean = np.mean([draw_systematic(sizes, n, start) for start in starts], axis=0)
    np.testing.assert_allclose(mean, n * sizes / sizes.sum(), atol=2e-3 + n / 500)
    assert mean.sum() == pytest.approx(n)


@settings(deadline=None)
@given(
    st.lists(st.floats(1, 1e5), min_size=1, max_size=12), st.integers(1, 200), st.sampled_from(["proportional", "root", "equal"])
)  # fmt: skip
def test_shared_out_clusters_add_up_and_fit(sizes, n, how):
    most = np.arange(2, 2 + len(sizes))
    found = allocate(np.array(sizes), n, how, most)
    assert (found <= most).all()
    assert (found >= 2).all()
    assert found.sum() == min(max(n, 2 * len(sizes)), most.sum())


def test_places_of_equal_value_stay_together():
    assert strata_by_quantile(np.array([1.0, 1, 1, 5]), np.ones(4), 2).tolist() == [0, 0, 0, 1]
    assert strata_by_quantile(np.array([3.0, 1, 2, 4]), np.ones(4), 2).tolist() == [1, 0, 0, 1]
    assert set(strata_by_quantile(np.array([1.0, np.nan, 3]), np.ones(3), 3).tolist()) <= {0, 1, 2}


def test_strata_are_named_by_what_is_known():
    ones = np.ones(4)
    assert strata_of(np.full(4, np.nan), np.full(4, np.nan), ones, 2) == ["all"] * 4
    assert strata_of(np.array([1.0, 2, 9, 10]), np.full(4, np.nan), ones, 2) == [
        "middle",
        "middle",
        "dense",
        "dense",
    ]
    assert strata_of(np.array([1.0, 2, 9, 10]), np.array([0.1, 0.3, 0.2, 0.4]), ones, 2) == [
        "middle_less_poor", "middle_poorer", "dense_less_poor", "dense_poorer",
    ]  # fmt: skip


def places(n):
    return pd.DataFrame(
        {"place": [f"KH99010{i}" for i in range(n)], "name": [f"S{i}" for i in range(n)], "name_km": None}
    )


def city(seed=1, units=4, side=12):
    rng = np.random.default_rng(seed)
    rows = [
        (f"KH99010{u}", u * 2000 + 100.0 * i, 100.0 * j)
        for u in range(units)
        for i in range(side)
        for j in range(side)
    ]
    cells = pd.DataFrame(rows, columns=["unit", "x", "y"])
    return cells, rng.uniform(0, 12, len(cells))


def test_blocks_hold_about_what_is_wanted_and_every_household_once():
    cells, households = city()
    frame = blocks_of_cells(cells, places(4), households, 100)
    assert frame["households"].sum() == pytest.approx(households.sum())
    assert frame["households"].between(60, 160).all()
    parts = np.concatenate([np.array(part) for part in frame["part"]])
    assert sorted(parts.tolist()) == np.flatnonzero(households > 0).tolist()
    assert (frame["place"] == [cells["unit"][part[0]] for part in frame["part"]]).all()
    # blocks are near: no cell lies farther than 800 m from the middle of its block in a sangkat of 1.2 km
    for block in frame.itertuples():
        gap = np.hypot(
            cells["x"].to_numpy()[list(block.part)] - block.x,
            cells["y"].to_numpy()[list(block.part)] - block.y,
        )
        assert gap.max() < 800


def drawn(seed=203, **words):
    cells, households = city()
    frame = blocks_of_cells(cells, places(4), households, 60)
    stratum = ["a" if code in {"KH990100", "KH990101"} else "b" for code in frame["place"]]
    return frame, draw_sample(
        frame, stratum, Wanted(**{"households": 200, "cluster_size": 10, **words}), "proportional", seed
    )


def test_a_sample_is_what_its_plan_says():
    frame, sample = drawn()
    main = sample.clusters[sample.clusters["role"] == "main"]
    # 200 interviews at 90 % response are 223 visits: 23 clusters of 10
    assert len(main) == 23 == sample.facts["clusters"]
    asked = sample.households[sample.households["role"] == "main"]
    assert len(asked) == 230 == sample.facts["households_to_visit"]
    # weights of the households asked stand for every household
    assert asked["weight"].sum() == pytest.approx(frame["households"].sum())
    spread = asked.groupby("stratum")["weight"].agg(["min", "max"])
    np.testing.assert_allclose(spread["min"], spread["max"])
    assert sample.strata["households"].sum() == pytest.approx(frame["households"].sum())
    assert not sample.households["household_id"].duplicated().any()
    assert (sample.clusters.groupby("stratum")["role"].value_counts()["a"]["reserve"]) >= 2
    reserves = sample.clusters[sample.clusters["role"] == "reserve"]
    assert not set(reserves["block"]) & set(main["block"])
    assert (sample.households["serial"] >= 1).all()
    # what a cluster was planned with stands beside an empty column for what is found there
    planned = sample.households["cluster"].map(sample.clusters.set_index("cluster")["households"])
    assert (sample.households["households_estimated"] == planned).all()
    assert (sample.households["households_listed"] == "").all()


def test_the_same_seed_draws_the_same_and_another_does_not():
    first, again, other = (drawn(seed)[1].households for seed in (203, 203, 204))
    pd.testing.assert_frame_equal(first, again)
    assert not first["serial"].equals(other["serial"]) or not first["sangkat_code"].equals(
        other["sangkat_code"]
    )


def test_weights_of_many_samples_stand_for_every_place():
    frame, _ = drawn()
    of_place = frame.groupby("place")["households"].sum()
    found = pd.DataFrame(
        [
            (one := drawn(seed)[1].households)[one["role"] == "main"].groupby("sangkat_code")["weight"].sum()
            for seed in range(120)
        ]
    ).fillna(0)
    # 60 samples: the mean of each place lies within three standard errors of the truth
    error = found.std() / np.sqrt(len(found))
    assert (np.abs(found.mean() - of_place) < 3 * error + 1e-9).all()


def test_too_few_blocks_say_so():
    frame = blocks_of_places(places(2).assign(x=np.nan, y=np.nan), np.array([50.0, 60]))
    with pytest.raises(InputError, match="2 blocks in 2 strata are too few"):
        draw_sample(frame, ["a", "b"], Wanted(households=20), "proportional", 1)


def test_the_curve_never_jumps():
    side = np.arange(16) * 100.0
    x, y = (axis.ravel() for axis in np.meshgrid(side, side))
    # a square whose side is a power of two: each place is 100 m from the one before
    order = curve_order(x * 65535 / 1500, y * 65535 / 1500)
    steps = np.hypot(np.diff(x[order]), np.diff(y[order]))
    assert (steps <= 100.0 + 1e-9).all()


def test_villages_without_a_place_on_the_map_come_last_but_are_drawn():
    order = curve_order(np.array([np.nan, 0.0, 100]), np.array([np.nan, 0.0, 0.0]))
    assert order.tolist() == [1, 2, 0]
    frame = blocks_of_places(places(6).assign(x=np.nan, y=np.nan), np.array([50.0, 60, 0, 70, np.nan, 80]))
    assert frame["block"].tolist() == ["KH990100", "KH990101", "KH990103", "KH990105"]
    sample = draw_sample(frame, ["all"] * 4, Wanted(households=40, cluster_size=10), "root", 1)
    assert sample.clusters["role"].tolist().count("main") == 5


def test_households_have_one_basis():
    people = np.array([440.0, 880, 400])
    # 1,320 people in 300 households are 4.4 each; the third unit has 400 / 4.4 = 90.9
    found, how = _households(people, np.array([100.0, 200, np.nan]), 5.0)
    np.testing.assert_allclose(found, [100, 200, 400 / 4.4])
    assert how == "by the register, 4.4 people each"
    # 1,320 people in 150 households are 8.8 each: the register counts other households than these people's
    found, how = _households(people, np.array([50.0, 100, np.nan]), 5.0)
    np.testing.assert_allclose(found, [88, 176, 80])
    assert "8.8 people a household cannot be" in how
    assert _households(people, np.full(3, np.nan), 5.0)[1] == "people by 5"
