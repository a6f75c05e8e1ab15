"""Kinds: distances and groups as scikit-learn has them, by hand, stability where there are groups and where there are none."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_samples
from sklearn.metrics.pairwise import nan_euclidean_distances

from citiesforall.core.tables import read_parquet
from citiesforall.nation.common import make_common
from citiesforall.nation.kinds import by_people, make_kinds
from citiesforall.nation.kinds_choice import Facts, Kinds, find_kinds, most_like, standardised
from citiesforall.nation.kinds_cluster import (
    adjusted_rand,
    centres_of,
    cut,
    jaccards,
    nearest,
    relocated,
    renumbered,
    silhouettes,
    squared_distances,
    ward_tree,
)
from citiesforall.nation.kinds_facts import facts_of, weights_of
from citiesforall.nation.kinds_profile import marks_of, names_of
from citiesforall.nation.steps import Step

from .conftest import with_step
from .test_common import city_of, given_of

MEMBERS_STEP = Step("members", "citiesforall.nation.members:make_members")
COMMON_STEP = Step("common", "citiesforall.nation.common:make_common", ("members",))
KINDS_STEP = Step("kinds", "citiesforall.nation.kinds:make_kinds", ("members", "common"))
NUMBERS = st.lists(st.integers(0, 3), min_size=2, max_size=30)


def facts(raw, *, core=None, spread=0.0):
    """Return facts of numbers, with intervals as wide as said."""
    n, f = raw.shape
    codes = tuple(f"M{number:04d}" for number in range(n))
    names = tuple(["people", "density", *(f"c{number}" for number in range(f - 2))][:f])
    core = np.arange(n) if core is None else core
    return Facts(codes, names, raw, raw - spread, raw + spread, np.full(f, 1.0 / f), core)


def blobs(apart, n=30, f=4, seed=0):
    """Return three groups of members as far apart as said."""
    rng = np.random.default_rng(seed)
    middles = np.repeat(np.eye(3, f) * apart, n, axis=0)
    return middles + rng.standard_normal((3 * n, f))


def holes(shape, share, seed=0):
    """Return numbers with some missing, never a whole row."""
    rng = np.random.default_rng(seed)
    values = rng.standard_normal(shape)
    values[rng.random(shape) < share] = np.nan
    values[:, 0] = rng.standard_normal(shape[0])
    return values


def test_distance_by_hand():
    """(1, 2, -) and (4, -, 9) share the first of three features: 9 x 3/1 = 27."""
    one, other = np.array([[1.0, 2.0, np.nan]]), np.array([[4.0, np.nan, 9.0]])
    assert squared_distances(one, other, np.ones(3))[0, 0] == 27
    assert np.isnan(squared_distances(one, np.array([[np.nan, np.nan, 9.0]]), np.ones(3))[0, 0])


def test_distances_are_those_of_scikit_learn():
    values = holes((40, 5), 0.3)
    np.testing.assert_allclose(
        np.sqrt(squared_distances(values, values, np.ones(5))), nan_euclidean_distances(values), atol=1e-6
    )


@pytest.mark.parametrize("k", [2, 3, 5, 8])
def test_tree_is_that_of_scikit_learn(k):
    values = np.random.default_rng(k).standard_normal((60, 4))
    theirs = AgglomerativeClustering(k, linkage="ward").fit_predict(values)
    mine = cut(ward_tree(squared_distances(values, values, np.ones(4))), k)
    np.testing.assert_array_equal(mine, renumbered(theirs.astype(np.int64)))


def test_relocation_is_k_means():
    values = blobs(2.0)
    start = cut(ward_tree(squared_distances(values, values, np.ones(4))), 3)
    theirs = KMeans(3, init=centres_of(values, start), n_init=1, algorithm="lloyd", tol=0).fit(values)
    np.testing.assert_array_equal(
        relocated(values, start, np.ones(4)), renumbered(theirs.labels_.astype(np.int64))
    )


def test_relocation_never_worsens_the_sum_of_squares():
    values, weights = holes((80, 5), 0.2, 3), np.arange(1.0, 6.0)
    start = np.arange(80) % 4

    def within(labels):
        return np.nansum(weights * (values - centres_of(values, labels)[labels]) ** 2)

    moved = relocated(values, start, weights)
    assert within(moved) < within(start)
    np.testing.assert_array_equal(renumbered(nearest(values, centres_of(values, moved), weights)), moved)


def test_silhouettes_are_those_of_scikit_learn():
    values = blobs(2.0)
    labels = np.repeat(np.arange(3), 30)
    squared = squared_distances(values, values, np.ones(4))
    np.testing.assert_allclose(silhouettes(squared, labels), silhouette_samples(values, labels), atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=40))
def test_agreement_is_that_of_scikit_learn_and_knows_no_names(pairs):
    one, other = (renumbered(np.array(side, np.int64)) for side in zip(*pairs, strict=True))
    assert adjusted_rand(one, other) == pytest.approx(adjusted_rand_score(one, other), abs=1e-12)
    assert adjusted_rand(one, other) == pytest.approx(adjusted_rand(renumbered(5 - other), one), abs=1e-12)
    assert adjusted_rand(one, one) == 1


def test_jaccard_by_hand():
    """{1 2 3} against {1 2} {3 4 5}: 2/3; {4 5}: 2/3."""
    one, other = np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 1])
    np.testing.assert_allclose(jaccards(one, other), [2 / 3, 2 / 3])
    assert most_like(one, other).tolist() == [0, 1]
    assert most_like(one, np.zeros(5, np.int64)).tolist() == [0]


def test_three_groups_far_apart_are_three_kinds():
    found = find_kinds(facts(blobs(8.0)), 0, 50, 1)
    assert found.clear == "clear"
    assert adjusted_rand(found.label, np.repeat(np.arange(3), 30)) == 1
    assert (found.stability > 0.95).all()
    assert found.together[np.arange(90), found.label].min() > 0.9
    np.testing.assert_allclose(found.together.sum(axis=1), 1.0)
    assert found.tried[:, 0].tolist() == list(range(2, 11))


def test_one_cloud_is_no_kinds():
    cloud = np.random.default_rng(5).standard_normal((120, 6))
    found = find_kinds(facts(cloud), 0, 40, 1)
    assert found.clear == "none"
    assert set(found.label) == {0}
    assert (found.tried[:, 2] < 0.75).all()


def test_a_long_cloud_that_is_cut_the_same_way_each_time_is_gradual():
    rng = np.random.default_rng(2)
    line = np.column_stack([rng.standard_normal(300)] * 4) + 0.1 * rng.standard_normal((300, 4))
    found = find_kinds(facts(line), 2, 40, 1)
    assert found.stability.min() > 0.75
    assert found.clear == "gradual"
    assert found.cloud > 0.05


def test_groups_that_hang_on_uncertain_values_do_not_hold():
    """The same three groups, but each value may be six standard deviations off: nothing is stable any more."""
    assert find_kinds(facts(blobs(4.0), spread=0.0), 0, 40, 1).clear == "clear"
    assert find_kinds(facts(blobs(4.0), spread=12.0), 0, 40, 1).clear == "none"


def test_a_number_that_is_asked_for_is_given_and_called_unstable():
    cloud = np.random.default_rng(5).standard_normal((120, 6))
    found = find_kinds(facts(cloud), 6, 40, 1)
    assert len(found.stability) == 6
    assert found.clear == "unstable"


def test_units_do_not_matter():
    raw = blobs(3.0)
    scale, shift = np.array([1000.0, 0.01, 7.0, 1.0]), np.array([5.0, -3.0, 0.0, 100.0])
    one, other = find_kinds(facts(raw), 3, 20, 1), find_kinds(facts(raw * scale + shift), 3, 20, 1)
    np.testing.assert_array_equal(one.label, other.label)
    np.testing.assert_allclose(one.stability, other.stability)


def test_parts_of_others_make_no_kind_but_are_put_to_one():
    raw = blobs(8.0)
    found = find_kinds(facts(raw, core=np.arange(1, 90)), 0, 30, 1)
    assert found.label[0] == found.label[1]
    assert np.isnan(found.silhouette[0])
    z = standardised(raw, np.arange(1, 90))
    np.testing.assert_allclose(z[1:].mean(axis=0), 0, atol=1e-12)


def test_kinds_are_numbered_by_people():
    kinds = Kinds(
        np.array([0, 1, 1, 2]),
        np.array([0.1, 0.2, 0.3]),
        np.zeros(4),
        np.eye(4, 3),
        np.empty((0, 4)),
        0.0,
        "clear",
    )
    ordered = by_people(kinds, np.array([5.0, 10.0, 1.0, 7.0]))
    assert ordered.label.tolist() == [2, 0, 0, 1]
    assert ordered.stability.tolist() == [0.2, 0.3, 0.1]


def test_half_the_weight_is_what_a_member_is():
    np.testing.assert_allclose(
        weights_of(["people", "density", "a", "b", "c"]), [0.25, 0.25, 1 / 6, 1 / 6, 1 / 6]
    )
    np.testing.assert_allclose(weights_of(["a", "b"]), [0.5, 0.5])


def table_of_members(n):
    """Return members of which the first is a part and the last is known by half."""
    rng = np.random.default_rng(0)
    codes = [f"M{number:02d}" for number in range(n)]
    members = pd.DataFrame(
        {"member": codes, "city": "N", "place": codes, "people": rng.lognormal(10, 1, n), "area_m2": 1e7}
    )
    rows = [
        {"challenge": challenge, "member": code, "indicator": key, "severity": rng.uniform(0, 100)}
        for code in codes
        for challenge, key in (("poverty", "idpoor_households"), ("unsafe_water", "deprived_water"))
        if code != codes[-1]
    ]
    # one member has a better measure of water than the others: it is not compared by that
    rows.append(
        {"challenge": "unsafe_water", "member": "M01", "indicator": "safely_managed_water", "severity": 1.0}
    )
    return members, pd.DataFrame(rows).assign(severity_low=np.nan, severity_high=np.nan)


def test_members_are_compared_by_the_same_measure_and_left_out_where_too_little_is_known():
    members, matrix = table_of_members(12)
    found, by = facts_of(members, matrix, [False] + [True] * 11, ())
    assert by == {
        "people": "",
        "density": "",
        "poverty": "idpoor_households",
        "unsafe_water": "deprived_water",
    }
    assert "M11" not in found.members
    assert found.core.tolist() == list(range(1, 11))
    assert found.raw[0, 0] == pytest.approx(np.log(members["people"][0]))
    assert found.raw[0, 1] == pytest.approx(np.log(members["people"][0] / 10.0))


def test_names_say_what_marks_a_kind_in_both_languages():
    names = ("people", "density", "poverty", "unsafe_water")
    z = np.array([[1.0, 2.0, -0.6, -0.4], [0.1, 0.0, 0.2, 0.3]])
    marks = [marks_of(names, one) for one in z]
    assert marks == [["density.more", "people.more", "poverty.less"], []]
    assert names_of(marks, "en") == [
        "Densely settled; Many people; less of: Poor households",
        "Of middle size and density",
    ]
    assert len(set(names_of(marks, "km"))) == 2


def test_names_of_kinds_differ_where_marks_do():
    marks = [["a.more", "b.more", "c.more"], ["a.more", "b.more"]]
    real = {"a": "poverty", "b": "work", "c": "debt"}
    marks = [[f"{real[mark[0]]}{mark[1:]}" for mark in one] for one in marks]
    one, other = names_of(marks, "en")
    assert one != other


def test_three_krongs_are_too_few_for_kinds(nation, tmp_path):
    done = with_step(nation, COMMON_STEP, tmp_path)
    said = make_kinds(done, tmp_path)
    assert said["clear"] == "none"
    kinds = read_parquet(tmp_path / "kinds.parquet")
    assert kinds["kind"].tolist() == ["K1"]
    assert kinds["members"].tolist() == [3]
    assert set(read_parquet(tmp_path / "member_kinds.parquet")["kind"]) == {"K1"}
    other = tmp_path / "other"
    other.mkdir()
    make_kinds(dataclasses.replace(done, cities=done.cities[::-1]), other)
    for name in ("kinds", "member_kinds", "kind_profile", "kinds_tried", "peers"):
        assert (tmp_path / f"{name}.parquet").read_bytes() == (other / f"{name}.parquet").read_bytes()


def test_nothing_is_compared_where_nothing_is_known(tmp_path):
    given = given_of(
        tmp_path, [city_of(tmp_path / "a", "A", []), city_of(tmp_path / "b", "B", [])], [np.nan, np.nan]
    )
    make_common(given, tmp_path)
    said = make_kinds(dataclasses.replace(given, done={**given.done, "common": tmp_path}), tmp_path)
    assert (said["clear"], said["kinds"], said["left_out"]) == ("none", 0, ["A", "B"])
    assert read_parquet(tmp_path / "member_kinds.parquet")["note"].tolist() == ["too_little_known"] * 2
    for name in ("kinds", "kind_profile", "kinds_tried", "peers"):
        table = read_parquet(tmp_path / f"{name}.parquet")
        assert table.empty
        assert "object" not in set(table.dtypes.astype(str))


@pytest.mark.real
def test_the_districts_of_cambodia(cambodia, tmp_path_factory):
    """Cities stand apart from the thinly settled highlands; scikit-learn agrees on tree, silhouette and agreement."""
    store = tmp_path_factory.getbasetemp() / "real_nation"
    given = with_step(cambodia, MEMBERS_STEP, store)
    given = with_step(with_step(given, COMMON_STEP, store), KINDS_STEP, store)
    kinds, of = (
        given.table("kinds", "kinds"),
        given.table("kinds", "member_kinds").set_index("member")["kind"],
    )
    assert kinds["stability"].min() >= 0.75
    assert kinds["people"].is_monotonic_decreasing
    khans = {of[f"KH12{number:02d}"] for number in (1, 2, 3, 4, 13)}
    assert len(khans) == 1
    # Mondul Kiri and Ratanak Kiri are highlands, thinly settled
    highlands = {of[code] for code in of.index if code[:4] in {"KH11", "KH16"}}
    assert len(highlands) == 1
    assert highlands.isdisjoint(khans)
    members = given.table("members", "members").sort_values("member", ignore_index=True)
    counted = (members["part_of"] == "").tolist()
    known, _ = facts_of(members, given.table("common", "matrix"), counted, given.cities)
    whole = known.core[np.isfinite(known.raw[known.core]).all(axis=1)]
    assert len(whole) > 180
    z = standardised(known.raw, known.core)[whole] * np.sqrt(known.weights)
    squared = squared_distances(z, z, np.ones(z.shape[1]))
    for k in (3, 6):
        labels = AgglomerativeClustering(k, linkage="ward").fit_predict(z)
        mine = cut(ward_tree(squared), k)
        assert adjusted_rand_score(labels, mine) == 1
        np.testing.assert_allclose(silhouettes(squared.copy(), mine), silhouette_samples(z, mine), atol=1e-6)
