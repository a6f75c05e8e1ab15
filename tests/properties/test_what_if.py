"""What-if on random small cities: the fast answer is the ordinary one, access only grows, what is undone was never there."""

import json
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.town.make_town import X0, Y0, make_town

from citiesforall.core.inputs import Finished, Inputs
from citiesforall.core.scenario import Scenario, changes_of
from citiesforall.core.tables import read_parquet, write_parquet
from citiesforall.network.improve import after, attached, reached, warm_network
from citiesforall.network.insert import at_points, attach, seeds
from citiesforall.network.search import k_nearest
from citiesforall.network.streets import Streets, components, save, walk_csr
from citiesforall.network.walks import find_walks, kinds_of, save_walks
from citiesforall.pipeline.run import gather_layers
from citiesforall.whatif.facilities import kinds_with
from citiesforall.whatif.session import Session, open_session
from citiesforall.whatif.standing import ADDED_UP

KINDS = (
    "health_centre",
    "hospital",
    "market",
    "primary_school",
    "pharmacy",
    "food_shop",
    "place_of_worship",
    "bank",
)
QUICK = settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.too_slow])
WIDE_M = 3000.0


@cache
def town() -> Inputs:
    """Return Little Town, gathered: random cities take its sources, choices and places."""
    folder = Path(tempfile.mkdtemp())
    found = gather_layers(
        make_town(folder / "data", errors="people lists", choices="draws = 0"), folder / "out", threads=1
    )
    done = {name: Finished(made.folder, made.info) for name, made in found.layers.items()}
    return replace(found.work.given, done=done, run="r")


def random_streets(rng: np.random.Generator) -> Streets:
    """Lay a crooked grid with holes, parts cut off, loops and several streets between the same two nodes."""
    side = int(rng.integers(3, 8))
    x, y = (X0 + rng.uniform(0, WIDE_M, side * side), Y0 + rng.uniform(0, WIDE_M, side * side))
    n_edges = int(rng.integers(side * side, 3 * side * side))
    u, v = rng.integers(0, side * side, n_edges), rng.integers(0, side * side, n_edges)
    round_x, round_y = np.round(x / 100) * 100, np.round(y / 100) * 100  # many ways of the same length
    length_m = np.maximum(np.hypot(round_x[u] - round_x[v], round_y[u] - round_y[v]), 50.0)
    walk = rng.uniform(size=n_edges) < 0.9
    walk[0] = True
    return Streets(
        round_x, round_y, u.astype(np.int32), v.astype(np.int32), length_m, np.zeros(n_edges, np.int8), walk,
        np.arange(n_edges + 1, dtype=np.int64) * 2,
        np.column_stack([round_x[u], round_x[v]]).ravel(), np.column_stack([round_y[u], round_y[v]]).ravel(),
        components(side * side, u[walk], v[walk], length_m[walk]), ("residential",),
    )  # fmt: skip


@cache
def random_city(seed: int) -> Session:
    """Return a random city in memory: streets, people, groups, units, facilities and stops."""
    rng, base = np.random.default_rng(seed), town()
    folder = Path(tempfile.mkdtemp())
    streets = random_streets(rng)
    n_units = int(rng.integers(1, 5))
    units = [f"KH99010{number + 1}" for number in range(n_units)]
    places = read_parquet(base.done["places"].folder / "places.parquet")
    top = places[places["parent"].isna()]
    unit = places[places["parent"].notna()].iloc[[0] * n_units].assign(place=units, parent="KH9901")
    C = int(rng.integers(3, 40))
    cells = read_parquet(base.done["cells"].folder / "cells.parquet").iloc[[0] * C].reset_index(drop=True)
    people = np.where(rng.uniform(size=C) < 0.2, 0.0, rng.integers(1, 900, C))
    shares = {
        name: rng.uniform(size=C) * (rng.uniform(size=C) < 0.8) for name in ("women", "age_60_up", "men")
    }
    cells = cells.assign(
        cell=np.arange(C), unit=rng.choice(units, C), people=people,
        x=X0 + np.round(rng.uniform(0, WIDE_M, C) / 50) * 50, y=Y0 + np.round(rng.uniform(0, WIDE_M, C) / 50) * 50,
        **{f"people_{name}": people * share for name, share in shares.items()},
    ).sort_values(["unit", "cell"], kind="stable", ignore_index=True)  # fmt: skip
    listed = read_parquet(base.done["facilities"].folder / "facilities.parquet")
    listed = listed[listed["kind"].isin((*KINDS, "public_health", "food", "school"))]
    picked = listed.iloc[rng.integers(0, len(listed), int(rng.integers(4, 30)))]
    n = len(picked)
    facilities = picked.assign(
        facility=[f"f{number}" for number in range(n)], x=X0 + np.round(rng.uniform(0, WIDE_M, n) / 50) * 50,
        y=Y0 + np.round(rng.uniform(0, WIDE_M, n) / 50) * 50,
    ).sort_values(["kind", "facility", "x", "y"], kind="stable", ignore_index=True)  # fmt: skip
    stops = read_parquet(base.done["stops"].folder / "stops.parquet")
    done = dict(base.done)
    tables = {"places": pd.concat([top, unit]), "cells": cells, "facilities": facilities, "stops": stops}
    for name, table in tables.items():
        (folder / name).mkdir()
        write_parquet(table, folder / name / f"{name}.parquet")
        done[name] = Finished(folder / name, base.done[name].info)
    for name in ("streets", "walks"):
        (folder / name).mkdir()
        done[name] = Finished(folder / name, base.done[name].info)
    save(streets, folder / "streets" / "streets.npz")
    choices = {"snap_m": base.city.choices.snap_m, "reach_m": base.city.choices.reach_m}
    save_walks(folder / "walks", *find_walks(streets, cells, kinds_of(facilities, stops), choices, 1))
    del done["homes"]
    return open_session(replace(base, done=done), warm=False)


def asked(session: Session, *rows: dict, plain: bool = False) -> pd.DataFrame:
    """Ask; plain, by the ordinary methods only."""
    changes, faults = changes_of(rows)
    assert not faults
    return (replace(session, kept=None) if plain else session).answer(Scenario(name="s", changes=changes))


places = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(
    lambda at: (X0 + 50.0 * at[0], Y0 + 50.0 * at[1])
)
added = st.tuples(st.sampled_from(KINDS), places).map(
    lambda one: {"do": "add_facility", "kind": one[0], "x": one[1][0], "y": one[1][1]}
)
seeds_of_cities = st.integers(0, 11)


@QUICK
@given(seeds_of_cities, st.lists(added, min_size=1, max_size=3), st.integers(0, 50))
def test_the_fast_answer_is_the_ordinary_one(seed, rows, number):
    session = random_city(seed)
    ids = sorted(set(session.city.facilities["facility"]))
    rows = [*rows, {"do": "remove_facility", "facility": ids[number % len(ids)]}] if number % 2 else rows
    pd.testing.assert_frame_equal(asked(session, *rows), asked(session, *rows, plain=True), check_exact=True)


@QUICK
@given(seeds_of_cities, added)
def test_a_facility_never_lowers_access(seed, row):
    session = random_city(seed)
    assume(
        all(kind in session.city.kinds for kind in kinds_with(row["kind"]))
    )  # else an average counts one kind more
    found = asked(session, row)
    shares = [key for key, one in session.kept.walked.items() if one.method in ADDED_UP]
    rows = found[found["indicator"].isin(shares) & (found["status_before"] != "missing")]
    assert (rows["num"] >= rows["num_before"]).all()
    assert (rows["difference"] >= -1e-12).all()
    times = found[found["indicator"].str.contains("_walk_median|_walk_90")].dropna(subset=["before", "after"])
    assert (times["difference"] <= 1e-12).all()


@QUICK
@given(seeds_of_cities, added)
def test_what_is_added_and_removed_was_never_there(seed, row):
    session = random_city(seed)
    assert asked(session, {**row, "id": "new"}, {"do": "remove_facility", "facility": "new"}).empty


@QUICK
@given(seeds_of_cities, st.lists(added, min_size=2, max_size=4, unique_by=json.dumps), st.randoms())
def test_the_order_of_additions_changes_nothing(seed, rows, random):
    session = random_city(seed)
    named = [{**row, "id": f"new{number}"} for number, row in enumerate(rows)]
    other = list(named)
    random.shuffle(other)
    pd.testing.assert_frame_equal(asked(session, *named), asked(session, *other), check_exact=True)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**20), st.integers(0, 3), st.integers(0, 4))
def test_ways_after_a_change_are_those_of_a_whole_search(seed, n_new, n_gone):
    rng = np.random.default_rng(seed)
    streets = random_streets(rng)
    draw = lambda n: tuple(o + np.round(rng.uniform(0, WIDE_M, n) / 50) * 50 for o in (X0, Y0))  # noqa: E731
    homes, doors, new = draw(30), draw(int(rng.integers(0, 12))), draw(n_new)
    n = len(doors[0])
    limit_m = float(rng.choice([600.0, 5000.0]))
    network = warm_network(streets, *homes, 400.0, limit_m)
    known = reached(network, attached(network, *doors), np.arange(n, dtype=np.int32))
    gone = np.zeros(n, bool)
    gone[rng.permutation(n)[:n_gone]] = True

    def whole(x, y):
        points, at = attach(streets, *homes, 400.0), attach(streets, x, y, limit_m)
        number = np.arange(len(x), dtype=np.int32)
        nodes = k_nearest(walk_csr(streets), seeds(streets, at, number), 1, limit_m)
        return at_points(streets, nodes, points, at, number, limit_m)[0][0]

    before_m = known.node_m.copy()
    found = whole(*doors)
    which, way_m = after(network, known, attached(network, *new), gone)
    found[which] = way_m
    left = [np.concatenate([old[~gone], more]) for old, more in zip(doors, new, strict=True)]
    np.testing.assert_array_equal(found, whole(*left))
    np.testing.assert_array_equal(known.node_m, before_m)
