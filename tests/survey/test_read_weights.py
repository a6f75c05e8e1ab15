"""Weights by hand: design, reserves, non-response, census; in every draw alike."""

import copy
import hashlib

import numpy as np
import pandas as pd
import pytest

from citiesforall.core.errors import InputError
from citiesforall.estimation.replicates import rao_wu
from citiesforall.survey.field_list import read_field_list
from citiesforall.survey.making import private_word, read_layer
from citiesforall.survey.reading import read_interviews
from citiesforall.survey.sangkats import Units
from citiesforall.survey.visited import Visited, make_frame
from citiesforall.survey.weights import Known, Persons, areas_of, make_weights, to_census
from tests.survey import interviews as make
from tests.survey.test_read_faults import MAIN, column, one

UNITS = Units(frozenset(make.UNITS), "kh@2025", "KH")


def objects(values):
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def field_list(tmp_path, rows, header="household_id,cluster,stratum,sangkat_code,role,weight"):
    (tmp_path / "sample.csv").write_text("\n".join([header, *rows]) + "\n", "utf-8")
    return read_field_list(tmp_path / "sample.csv")


def visited(household, outcome, cluster=None, stratum=None, weight=None):
    n = len(household)
    blank = [""] * n
    return Visited(
        "x",
        np.arange(n) + 2,
        household,
        cluster or blank,
        stratum or blank,
        weight or blank,
        objects(outcome),
    )


def test_non_response_and_reserves_by_hand(tmp_path):
    # stratum A: clusters 1, 2 of 3 households, weight 10 each; cluster 1 used one reserve
    rows = [f"1-{k},1,A,020301,main,10" for k in range(3)] + ["1-r,1,A,020301,reserve,10"]
    rows += [f"2-{k},2,A,020301,main,10" for k in range(3)] + ["2-r,2,A,020301,reserve,10"]
    listed, faults = field_list(tmp_path, rows)
    assert not faults
    came = visited(
        ["1-0", "1-1", "1-2", "1-r", "2-0", "2-1"],
        ["completed", "refused", "vacant", "completed", "completed", "completed"],
    )
    frame, faults, notes = make_frame(came, listed)
    assert not faults
    # cluster 1: 4 asked share 3 x 10, 7.5 each, the vacant one is no household; cluster 2: 3 asked, 2-2 was not visited; 2-r never used
    assert sorted(frame.base.tolist()) == [7.5, 7.5, 7.5, 10, 10, 10]
    assert frame.outcome == {"completed": 4, "not_visited": 1, "refused": 1, "vacant": 1}
    assert "1 households of the reserve" in str(notes[0])
    persons = Persons(np.ones(4), np.zeros(4), np.zeros(4))
    made = make_weights(frame, [0, 3, 4, 5], (persons, None), (3, "s"), "x", None)
    # few answers a cluster: the stratum makes up; 52.5 in all over 7.5 + 7.5 + 10 + 10 = 35: factor 1.5
    np.testing.assert_allclose(made.weights[0], [11.25, 11.25, 15, 15])
    assert made.design["response_rate"] == round(4 / 6, 4)


HEADER = "household_id,cluster,stratum,sangkat_code,role,weight,households_estimated,households_listed"


def test_weights_follow_the_households_found_in_the_field(tmp_path):
    # cluster 1: 120 found where 100 were estimated, cluster 2 not counted
    rows = [f"1-{k},1,A,020301,main,10,100,120" for k in range(2)] + ["2-0,2,A,020301,main,10,80,"]
    listed, faults = field_list(tmp_path, rows, HEADER)
    assert not faults
    np.testing.assert_allclose(listed.weight, [12, 12, 10])
    assert listed.counted == 1


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (["a,1,A,020301,main,5,100,x"], "'x' cannot be used"),
        (["a,1,A,020301,main,5,100,0"], "'0' cannot be used"),
        (["a,1,A,020301,main,5,,90"], "beside households_estimated"),
        (["a,1,A,020301,main,5,100,90", "b,1,A,020301,main,5,100,"], "one count, in all its rows"),
    ],
)
def test_a_count_that_cannot_be_is_a_fault(tmp_path, rows, says):
    _, faults = field_list(tmp_path, rows, HEADER)
    assert any(says in fault.what for fault in faults)


def test_clusters_with_enough_answers_make_up_for_their_own(tmp_path):
    rows = [f"{c}-{k},{c},A,020301,main,10" for c in (1, 2) for k in range(10)]
    listed, _ = field_list(tmp_path, rows)
    names = [row.split(",")[0] for row in rows]
    outcome = ["completed"] * 5 + ["refused"] * 5 + ["completed"] * 10
    frame, _, _ = make_frame(visited(names, outcome), listed)
    keep = [at for at, one in enumerate(outcome) if one == "completed"]
    made = make_weights(
        frame, keep, (Persons(np.ones(15), np.zeros(15), np.zeros(15)), None), (2, "s"), "x", None
    )
    np.testing.assert_allclose(made.weights[0], [20] * 5 + [10] * 10)


def test_households_outside_the_sample(tmp_path):
    listed, _ = field_list(tmp_path, [f"{c}-{k},{c},A,020301,main,10" for c in (1, 2) for k in range(2)])
    came = visited(["1-0", "1-9", "2-0"], ["completed"] * 3, cluster=["1", "1", "1"])
    _, faults, _ = make_frame(came, listed)
    assert [fault.row for fault in faults] == [3, 4]
    assert "household '1-9' is not in the sample" in faults[0].what
    assert "is of cluster '1' here and of '2' in the sample" in faults[1].what


def test_field_list_of_clusters(tmp_path):
    listed, faults = field_list(
        tmp_path,
        ["1,A,020301,0.1,0.05", "2,A,020301,1,0.1"],
        "cluster,stratum,sangkat_code,cluster_probability,household_probability",
    )
    assert not faults
    np.testing.assert_allclose(listed.weight, [200, 10])
    frame, faults, _ = make_frame(
        visited(["a", "b", "c", "d"], ["completed"] * 4, cluster=["1", "1 Svay Por", "2", "2"]), listed
    )
    assert not faults
    # cluster 2 was sure to be taken: it is a stratum of its own, its households the clusters
    made = make_weights(
        frame, [0, 1, 2, 3], (Persons(np.ones(4), np.zeros(4), np.zeros(4)), None), (2, "s"), "x", None
    )
    assert made.design["strata"] == 1 or made.design["strata"] == 2
    _, faults, _ = make_frame(visited(["a"], ["completed"], cluster=["9"]), listed)
    assert "cluster '9' is not in the sample" in faults[0].what


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (["a,1,A,020301,main,0", "b,1,A,020301,main,5"], "'0' cannot be. Numbers above 0"),
        (["a,1,A,020301,main,-3", "b,1,A,020301,main,5"], "'-3' cannot be"),
        (["a,1,A,020301,main,x", "b,1,A,020301,main,5"], "'x' cannot be"),
        (["a,1,A,020301,main,5", "a,1,A,020301,main,5"], "household 'a' stands in the list twice"),
        (["a,1,A,020301,main,5", "b,1,B,020301,main,5"], "lies in 'A' and in 'B'"),
        (["a,,A,020301,main,5"], "cluster or stratum is missing"),
    ],
)
def test_faults_of_the_field_list(tmp_path, rows, says):
    _, faults = field_list(tmp_path, rows)
    assert any(says in fault.what for fault in faults)


@pytest.mark.parametrize(
    ("weight", "says"),
    [
        ("0", "weight '0' cannot be"),
        ("-1", "'-1' cannot be"),
        ("", "'' cannot be"),
        ("90000", "times the median"),
    ],
)
def test_absurd_weights(weight, says):
    _, faults, _ = make_frame(visited(["a", "b", "c"], ["completed"] * 3, weight=["10", weight, "12"]), None)
    assert says in faults[0].what
    assert faults[0].row == 3


def test_census_by_area_and_sex():
    rng = np.random.default_rng(5)
    n = 120
    women, men = rng.integers(0, 4, n).astype(float), rng.integers(1, 4, n).astype(float)
    area = objects(["a" if k % 3 else "b" for k in range(n)])
    weights = rng.uniform(5, 15, (6, n)) * (rng.random((6, n)) < 0.9)
    known = Known(area, {"a": 9000.0, "b": 4000.0}, {"a": 4800.0, "b": 2100.0}, {"a": 4200.0, "b": 1900.0})
    out, notes = to_census(weights, Persons(women + men, women, men), known)
    for name in ("a", "b"):
        rows = area == name
        np.testing.assert_allclose(out[:, rows] @ women[rows], known.women[name], rtol=1e-7)
        np.testing.assert_allclose(out[:, rows] @ men[rows], known.men[name], rtol=1e-7)
    assert (out[weights == 0] == 0).all()
    assert "2 areas, 2 of them by sex," in str(notes[0])


def test_census_by_area_where_few_were_listed():
    # one area, 2 households of 3 and 1 people, weights 10: 40 people; the census counts 80, so both double
    known = Known(objects(["a", "a"]), {"a": 80.0}, {"a": 60.0}, {"a": 20.0})
    out, _ = to_census(
        np.array([[10.0, 10.0]]), Persons(np.array([3.0, 1]), np.array([1.0, 1]), np.array([2.0, 0])), known
    )
    np.testing.assert_allclose(out, [[20, 20]])


def test_areas():
    assert areas_of(["u", "v", "u"], ["A", "B", "A"], frozenset("uv")) == ({"u": "A", "v": "B"}, "strata")
    assert areas_of(["u", "v", "u"], ["A", "B", "B"], frozenset("uv"))[1] == "city"
    assert areas_of(["u"], ["A"], frozenset("uv"))[1] == "city"


@pytest.fixture(scope="module")
def sheets():
    return make.kobo_sheets(make.interviews(32), split="summary")


def test_survey_adds_up_to_the_census_in_every_draw(sheets, tmp_path):
    path = make.write_zip({f"{name}.csv": lines for name, lines in sheets.items()}, tmp_path / "kobo.zip")
    people = [1000.0, 3000, 2000, 500]
    homes = {
        "unit": list(make.UNITS),
        "people": people,
        "people_women": [520.0, 1500, 1100, 240],
        "people_men": [480.0, 1500, 900, 260],
    }
    use = make.a_use()
    layer = read_layer(make.given(use, path, draws=20, homes=homes, folder=tmp_path), use, [path])
    households, members = layer.tables["households"], layer.tables["members"]
    assert layer.info["design"]["census"] == "strata"
    core = households["stratum"].to_numpy() == "core"
    size = households["size"].to_numpy()
    np.testing.assert_allclose(layer.replicates[:, core] @ size[core], 4000, rtol=1e-6)
    np.testing.assert_allclose(layer.replicates[:, ~core] @ size[~core], 2500, rtol=1e-6)
    woman = (members["sex"] == "female").to_numpy()
    of_core = core[members["row"]]
    if woman[of_core].sum() >= 30 <= (~woman[of_core]).sum():
        share = layer.replicates[:, members["row"].to_numpy()[of_core & woman]].sum(axis=1)
        np.testing.assert_allclose(share, 2020, rtol=1e-5)
    assert np.unique(layer.replicates[:, 0]).size > 2


def test_interviews_joined_with_the_field_list(sheets, tmp_path):
    sheets = copy.deepcopy(sheets)
    main = sheets[MAIN]
    names = {word: column(main, word) for word in ("household_id", "cluster", "stratum", "sangkat_code")}
    rows = [
        f"{line[names['household_id']]},{line[names['cluster']]},{line[names['stratum']]},{line[names['sangkat_code']]},main,12.5"
        for line in main[1:]
    ]
    (tmp_path / "sample.csv").write_text(
        "\n".join(
            [
                "household_id,cluster,stratum,sangkat_code,role,weight",
                *rows,
                "C00-999,C00,core,020301,main,12.5",
            ]
        )
        + "\n",
        "utf-8",
    )
    for word in ("stratum", "sangkat_code", "cluster"):  # the list says them
        at = column(main, word)
        for line in main:
            del line[at]
    path = make.write_zip({f"{name}.csv": lines for name, lines in sheets.items()}, tmp_path / "kobo.zip")
    use = make.a_use(options={"sample": "sample.csv"})
    layer = read_layer(make.given(use, path), use, [path])
    assert layer.info["design"]["response_rate"] == round(32 / 33, 4)
    np.testing.assert_allclose(layer.replicates[0].sum(), 33 * 12.5)
    assert set(layer.tables["households"]["stratum"]) == {"core", "edge"}
    main[3][column(main, "household_id")] = "Z99-001"
    path = make.write_zip({f"{name}.csv": lines for name, lines in sheets.items()}, tmp_path / "kobo.zip")
    with pytest.raises(InputError) as caught:
        read_layer(make.given(use, path), use, [path])
    one(caught.value.faults, "row 4, column 'household_id': household 'Z99-001' is not in the sample")


def test_same_survey_same_draws(sheets, tmp_path):
    path = make.write_zip({f"{name}.csv": lines for name, lines in sheets.items()}, tmp_path / "kobo.zip")
    use, other = make.a_use(), make.a_use(id="another")
    one_, two = (read_layer(make.given(use, path), use, [path]) for _ in range(2))
    np.testing.assert_array_equal(one_.replicates, two.replicates)
    three = read_layer(make.given(other, path), other, [path])
    assert not np.allclose(one_.replicates[1:], three.replicates[1:])
    pd.testing.assert_frame_equal(one_.tables["members"], three.tables["members"])


def test_published_draws_do_not_give_clusters_away(sheets, tmp_path):
    """Who knows the seed, the sample and the sha256 of the file draws the clusters again, and solves draws of a total for them."""
    path = make.write_zip({f"{name}.csv": lines for name, lines in sheets.items()}, tmp_path / "kobo.zip")
    use = make.a_use()
    layer = read_layer(make.given(use, path, draws=200), use, [path])
    home = layer.tables["households"]
    clusters, of = np.unique(home["stratum"] + home["cluster"], return_inverse=True)
    yes = np.random.default_rng(0).uniform(0.5, 1.5, clusters.size)[of]  # what each cluster answered
    truth = np.bincount(of, weights=yes * home["weight"])
    published = layer.replicates @ yes

    def found(seed):
        again = rao_wu(home["stratum"], home["cluster"], np.ones(len(home)), 201, seed)
        factors = np.column_stack([again[:, of == one][:, 0] for one in range(clusters.size)])
        return np.linalg.lstsq(factors - 1, published - published[0], rcond=None)[0], factors

    sha = hashlib.sha256(path.read_bytes()).hexdigest()
    for seed in ("3/survey", f"3/survey/{sha}"):
        guess, factors = found(seed)
        drawn = layer.replicates[1:, [int(np.flatnonzero(of == k)[0]) for k in range(clusters.size)]]
        for k in range(clusters.size):
            assert abs(np.corrcoef(factors[1:, k], drawn[:, k])[0, 1]) < 0.4
        explained = 1 - np.var(published - published[0] - (factors - 1) @ guess) / np.var(published)
        assert explained < 0.4**2, "the draws follow the public factors"
    # With the secret the attack works: the test would see a leak.
    guess, factors = found(f"3/survey/{private_word(read_interviews(use, [path], UNITS))}")
    assert np.abs((factors - 1) @ (guess - truth)).max() < 1e-6 * truth.sum()


def test_the_secret_of_draws_is_that_of_the_answers(sheets, tmp_path):
    def word(sheets, name):
        path = make.write_zip({f"{key}.csv": lines for key, lines in sheets.items()}, tmp_path / name)
        return private_word(read_interviews(make.a_use(), [path], UNITS))

    other, turned = copy.deepcopy(sheets), copy.deepcopy(sheets)
    turned[MAIN][1:] = turned[MAIN][:0:-1]
    at = column(sheets[MAIN], "lighting")
    other[MAIN][3][at] = next(
        line[at] for line in sheets[MAIN][1:] if line[at] not in ("", sheets[MAIN][3][at])
    )
    first = word(sheets, "one.zip")
    assert word(sheets, "two.zip") == word(turned, "three.zip") == first, "neither names nor order matter"
    assert word(other, "four.zip") != first, "one answer of one household does"
