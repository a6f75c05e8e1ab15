"""Hot spots: by hand, against esda on real data, and what too few units cannot tell."""

import numpy as np
import pandas as pd
import pytest
import shapely
from pyogrio import read_dataframe
from scipy.sparse import csr_array
from scipy.stats import false_discovery_control

from citiesforall.core.tables import read_parquet
from citiesforall.diagnose.challenge_cells import blocks_of, queen
from citiesforall.diagnose.challenge_local import (
    contiguity,
    empirical_bayes,
    getis_ord_star,
    inner_points,
    kinds_of,
    local_test,
    with_nearest,
)
from citiesforall.diagnose.hot_spots import FEWEST_UNITS, make_hot_spots

from .invented_city import CITY, city_of, make_places, squares


def board(columns, rows):
    codes, shapes = squares(columns, rows)
    return codes, np.array([shapely.to_wkb(one) for one in shapes], dtype=object)


def test_gi_star_by_hand():
    # Five places in a row, values 1 1 1 5 7: mean 3, mean of squares (1+1+1+25+49)/5 = 15.4, s = sqrt(15.4 - 9) = sqrt(6.4).
    # The last: itself and one neighbour, W = 2, sum 12, spread = s sqrt((5 x 2 - 4) / 4) = sqrt(6.4 x 1.5); z = (12 - 6) / that.
    x = np.array([1.0, 1, 1, 5, 7])
    near = csr_array(np.eye(5) + np.eye(5, k=1) + np.eye(5, k=-1))
    z = getis_ord_star(x, near)
    assert z[4] == pytest.approx((12 - 6) / np.sqrt(6.4 * 1.5))
    # The middle: three places, sum 1 + 1 + 5 = 7, W = 3, (7 - 9) / sqrt(6.4 x (15 - 9) / 4).
    assert z[2] == pytest.approx((7 - 9) / np.sqrt(6.4 * 1.5))


def test_all_alike_is_no_hot_spot():
    near = csr_array(np.eye(5) + np.eye(5, k=1) + np.eye(5, k=-1))
    assert np.isnan(getis_ord_star(np.full(5, 0.1), near)).all()
    assert local_test(np.full((1, 5), 0.1), near) is None


def test_adjusted_p_by_hand():
    # p 0.005, 0.01, 0.03, 0.04 of four: q = p x 4 / rank, made monotone: 0.02, 0.02, 0.04, 0.04.
    assert false_discovery_control([0.005, 0.01, 0.03, 0.04]) == pytest.approx([0.02, 0.02, 0.04, 0.04])
    assert list(kinds_of(np.array([3.0, -3, 1]), np.array([0.01, 0.01, 0.6]))) == ["hot", "cold", "none"]


def test_touching_squares_and_an_island():
    codes, shapes = board(3, 2)
    island = shapely.to_wkb(shapely.box(90_000, 0, 91_000, 1000))
    shapes = np.array([*shapes, island], dtype=object)
    touch = contiguity(shapes)
    assert touch.toarray()[codes.index("C00")].nonzero()[0].tolist() == [1, 3, 4]
    assert touch.toarray()[6].sum() == 0
    near = with_nearest(touch, inner_points(shapes))
    assert near.toarray()[6].sum() == 5  # itself and its four nearest
    assert (near.diagonal() == 1).all()


def test_borders_with_slivers_touch():
    one, other = shapely.box(0, 0, 1000, 1000), shapely.box(1010, 0, 2000, 1000)
    touch = contiguity(np.array([shapely.to_wkb(one), shapely.to_wkb(other)], dtype=object))
    assert touch.toarray().tolist() == [[0, 1], [1, 0]]


def test_empirical_bayes_by_hand():
    # Shares 0.1 of 100, 0.5 of 10, 0.2 of 90: m = (10 + 5 + 18) / 200 = 0.165; m (1 - m) = 0.137775.
    # Scatter (100 x 0.065^2 + 10 x 0.335^2 + 90 x 0.035^2) / 200 = (0.4225 + 1.12225 + 0.11025) / 200 = 0.008275.
    # By chance 0.137775 / (200 / 3) = 0.002066625; A = 0.006208375. The small one: 0.165 + 0.335 x A / (A + 0.0137775).
    share, n = np.array([0.1, 0.5, 0.2]), np.array([100.0, 10, 90])
    A = 0.008275 - 0.137775 / (200 / 3)
    found = empirical_bayes(share, n)
    assert found[1] == pytest.approx(0.165 + 0.335 * A / (A + 0.0137775))
    assert abs(found[1] - 0.165) < 0.2 * 1.0 < 0.335


def test_empirical_bayes_near_esda_where_cases_are_rare():
    esda = pytest.importorskip("esda.smoothing")
    rng = np.random.default_rng(3)
    n = rng.integers(500, 5000, 40).astype(float)
    cases = rng.binomial(n.astype(int), 0.002 * rng.gamma(2, 0.5, 40))
    # esda takes the variance of rare events, m / n; ours is m (1 - m) / n: the same where m is small.
    other = esda.Empirical_Bayes(cases, n).r.ravel()
    assert empirical_bayes(cases / n, n) == pytest.approx(other, rel=0.02)


@pytest.mark.filterwarnings("ignore")
def test_gi_star_is_that_of_esda_on_real_places(data_root):
    esda = pytest.importorskip("esda")
    weights = pytest.importorskip("libpysal.weights")
    # The first 300 communes of Cambodia and the share of their people deprived in drinking water.
    places = read_dataframe(data_root / "cambodia" / "communes.geojson").to_crs(32648)
    told = pd.read_csv(data_root / "cambodia" / "commune_deprivation.csv")
    worth = dict(zip(told["commune_code"].astype(int), told["share_deprived_water"], strict=True))
    places = places[places.geometry.notna() & places["code"].notna()]
    places["number"] = places["code"].astype(str).str.removeprefix("KH").astype(int)
    places = places[places["number"].isin(worth)].head(300)
    shapes = np.array([shapely.to_wkb(one) for one in places.geometry], dtype=object)
    near = with_nearest(contiguity(shapes), inner_points(shapes))
    x = np.array([worth[one] for one in places["number"]])
    neighbours = {row: [int(c) for c in near[[row]].indices if c != row] for row in range(len(x))}
    other = esda.G_Local(
        x, weights.W(neighbours, silence_warnings=True), transform="B", permutations=0, star=True
    )
    assert getis_ord_star(x, near) == pytest.approx(other.Zs, rel=1e-9)


def hot_corner(tmp_path, n_draws=1):
    places = make_places(5, 4)
    units = [code for code in places["place"] if code != CITY]
    bad = {"C00", "C01", "C10", "C11"}
    rng = np.random.default_rng(5)
    noise = {code: 0.02 * rng.standard_normal() for code in units}
    values = {code: (0.2 + noise[code] if code in bad else 0.9 + noise[code] / 2, 100.0) for code in units}
    return city_of(
        tmp_path, places, {("health_centre_access", "all"): {CITY: (0.75, 2000.0), **values}}, n_draws
    )


def test_a_bad_corner_is_hot(tmp_path):
    given, _ = hot_corner(tmp_path)
    info = make_hot_spots(given, tmp_path)
    table = read_parquet(tmp_path / "hot_spots.parquet")
    assert set(table["indicator"]) == {"health_centre_access"}
    assert set(table.loc[table["kind"] == "hot", "place"]) == {
        "C00",
        "C01",
        "C10",
    }  # C11 has five good neighbours
    assert (table["z"][table["kind"] == "hot"] > 0).all()  # worse is positive, though the value is low
    assert (table["q"] >= table["p"]).all()
    assert table["chance"].isna().all()  # no draws, no chance
    assert info["notes"]


def test_too_few_units_are_said(tmp_path):
    places = make_places(3, 2)
    units = [code for code in places["place"] if code != CITY]
    values = {
        ("health_centre_access", "all"): {code: (0.1 * n, 10.0) for n, code in enumerate([CITY, *units], 1)}
    }
    given, _ = city_of(tmp_path, places, values)
    info = make_hot_spots(given, tmp_path)
    assert read_parquet(tmp_path / "hot_spots.parquet").empty
    assert any("too few" in note["what"] and str(FEWEST_UNITS) in note["what"] for note in info["notes"])


def test_blocks_are_the_largest_that_are_many():
    x, y = (one.ravel().astype(float) * 100 for one in np.meshgrid(np.arange(30), np.arange(30)))
    # 3 x 3 blocks of 1 km and 6 x 6 of 500 m are fewer than 60; 15 x 15 of 200 m are not.
    blocks = blocks_of(x, y, np.ones(900), np.array(["a"] * 900, dtype=object))
    assert (blocks.side_m, len(blocks.corner)) == (200.0, 225)
    near = queen(blocks.corner)
    assert sorted(set(near.sum(axis=1).tolist())) == [3.0, 5.0, 8.0]


def test_chance_says_how_often_a_place_stays_hot():
    near = csr_array(np.eye(12) + np.eye(12, k=1) + np.eye(12, k=-1))
    rng = np.random.default_rng(1)
    x = np.r_[np.zeros(9), 9.0, 9.0, 9.0] + 0.01 * rng.standard_normal((50, 12))
    found = local_test(x, near)
    assert found.chance[10] == 1.0
    assert (found.q[[10]] < 0.05).all()


def test_table_of_units_keeps_columns(tmp_path):
    given, _ = hot_corner(tmp_path)
    make_hot_spots(given, tmp_path)
    assert list(pd.read_csv(tmp_path / "hot_spots.csv").columns)[:7] == [
        "indicator",
        "place",
        "z",
        "p",
        "q",
        "kind",
        "level",
    ]
