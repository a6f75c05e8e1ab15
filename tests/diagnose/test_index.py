"""Dimensions and index, worked by hand and held to scipy; what is missing stays missing and is named."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import gmean

from citiesforall.core.city import read_city
from citiesforall.core.errors import DeclarationError
from citiesforall.core.indicator import indicators
from citiesforall.core.inputs import Finished, Inputs
from citiesforall.core.tables import write_parquet
from citiesforall.core.units import unit
from citiesforall.diagnose.aggregate import FLOOR, aggregated, dimension_scores, item_scores
from citiesforall.diagnose.index_design import dimension_weights, make_design
from citiesforall.diagnose.index_values import (
    EVERYBODY,
    evidence_of,
    narrowed,
    of_group,
    taken_over,
    tree_of,
    values_of,
)
from citiesforall.diagnose.scores import make_scores, scores_of
from citiesforall.measure.draw_store import Kept

SEVEN = ("economic", "food", "health", "environmental", "personal", "community", "political")
LEVELS = {"KH1": ("city", None), "KH101": ("commune", "KH1"), "KH102": ("commune", "KH1")}
EMPTY = pd.DataFrame(
    columns=["indicator", "group", "place", "num_at", "den_at", "num", "den", "additive"]
).astype({"num_at": np.int64, "den_at": np.int64})


def firsts():
    """Return the first indicator with goalposts of every item: item -> indicator."""
    design = make_design()
    return {
        design.items[item]: design.indicators[at] for at, item in reversed(list(enumerate(design.item_of)))
    }


def observe(scores, drop=(), group="all"):
    """Make observations in which every item of a dimension scores what is given: place -> dimension -> score."""
    design, lines = make_design(), []
    for place, wanted in scores.items():
        for code, key in firsts().items():
            post = indicators()[key].goalposts
            dimension = design.dimensions[design.dimension_of[design.items.index(code)]]
            if dimension in wanted and code not in drop:
                value = post.floor + wanted[dimension] / 100 * (post.goal - post.floor)
                lines.append([place, group, key, value])
    table = pd.DataFrame(lines, columns=["place", "group", "indicator", "value"])
    return table.assign(low=np.nan, high=np.nan, status="ok", period="2025")


def places():
    return pd.DataFrame(
        [(code, level, parent) for code, (level, parent) in LEVELS.items()],
        columns=["place", "level", "parent"],
    )


def same(S=4):
    return Kept(EMPTY, np.empty((0, S)))


def run(observations, weights=None, kept=None):
    return scores_of(observations, kept or same(), places(), weights or {}, 1)


CITY = dict(zip(SEVEN, (60.0, 80.0, 70.0, 45.0, 75.0, 65.0, 50.0), strict=True))
POOR = {name: value - 20 for name, value in CITY.items()}
RICH = {name: value + 10 for name, value in CITY.items()}


@pytest.fixture(scope="module")
def whole():
    return run(observe({"KH1": CITY, "KH101": POOR, "KH102": RICH}))


def test_the_index_by_hand(whole):
    index = whole[0]["index"]
    mine = index[(index["place"] == "KH1") & (index["group"] == "all")].set_index("index")
    # (60 x 80 x 70 x 45 x 75 x 65 x 50) ^ (1/7): ln = 4.09434 + 4.38203 + 4.24850 + 3.80666 + 4.31749 + 4.17439 + 3.91202
    # = 28.93543; / 7 = 4.13363; exp = 62.404
    assert mine.loc["geometric", "value"] == pytest.approx(62.404, abs=1e-3)
    assert mine.loc["geometric", "value"] == pytest.approx(gmean(list(CITY.values())))
    # 445 / 7 = 63.571
    assert mine.loc["arithmetic", "value"] == pytest.approx(63.5714, abs=1e-4)
    assert mine.loc["minimum", "value"] == pytest.approx(45)
    assert mine.loc["geometric", "weakest"] == "environmental"
    assert mine.loc["geometric", "status"] == "ok"
    assert np.isnan(mine.loc["geometric", "low"])  # no stated error: no interval, never one of no width


def test_worst_off_place_stands_beside_the_mean(whole):
    tables, info = whole
    assert info["index"]["worst_place"] == "KH101"
    assert info["index"]["worst_place_value"] == pytest.approx(gmean(list(POOR.values())))
    assert info["index"]["weakest"] == "environmental"
    index = tables["index"].set_index(["place", "index"])
    assert index.loc[("KH102", "geometric"), "rank"] == 1
    assert index.loc[("KH101", "geometric"), "rank"] == 2
    assert index.loc[("KH101", "geometric"), "n_ranked"] == 2
    # RICH is better in every dimension: no weights, normalisation or aggregation can turn that round.
    chances = tables["rank_chances"].set_index("place")
    assert chances.loc["KH101", "rank"] == 2
    assert chances.loc["KH101", "chance"] == 1


def test_city_weights_count(whole):
    table = observe({"KH1": CITY})
    index = run(table, {"environmental": 3.0})[0]["index"].set_index("index")
    # Nine ninths: (445 + 2 x 45) / 9 = 59.444
    assert index.loc["arithmetic", "value"] == pytest.approx(59.4444, abs=1e-4)
    expected = gmean(list(CITY.values()), weights=[1, 1, 1, 3, 1, 1, 1])
    assert index.loc["geometric", "value"] == pytest.approx(expected)
    # A dimension of weight 0 is shown and counts for nothing, not even when it is missing.
    without = {name: value for name, value in CITY.items() if name != "environmental"}
    index = run(observe({"KH1": without}), {"environmental": 0.0})[0]["index"].set_index("index")
    assert index.loc["geometric", "value"] == pytest.approx(gmean(list(without.values())))


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        (
            {"enviromental": 1.0},
            "weights.enviromental: there is no such dimension. Did you mean 'environmental'?",
        ),
        ({"food": -1.0}, "weights.food: -1 is given."),
        ({"food": np.nan}, "weights.food: nan is given."),
        (dict.fromkeys(SEVEN, 0.0), "every dimension has weight 0"),
    ],
)
def test_weights_that_cannot_be_used_are_refused(weights, said):
    with pytest.raises(DeclarationError) as error:
        dimension_weights(weights, SEVEN)
    assert said in str(error.value)


def test_nested_equal_weights_keep_one_source_from_drowning_the_others():
    # Item A has three indicators of 90, item B one of 30: (90 + 30) / 2 = 60, not (3 x 90 + 30) / 4 = 75.
    scores = np.array([90.0, 90.0, 90.0, 30.0])
    items = item_scores(scores, np.array([0, 0, 0, 1]), 2)
    assert list(items) == [90, 30]
    assert dimension_scores(items, np.array([0.5, 0.5]), np.array([0, 0]), 1)[0] == pytest.approx(60)
    design = make_design()
    for at, name in enumerate(design.dimensions):
        mine = design.dimension_of == at
        assert design.item_weights()[mine].sum() == pytest.approx(1), name
    # An indicator that answered two items would be counted twice.
    assert len(set(design.indicators)) == len(design.indicators)
    for key, item in zip(design.indicators, design.item_of, strict=True):
        assert indicators()[key].dimension == design.dimensions[design.dimension_of[item]], key


def test_a_dimension_needs_sixty_per_cent():
    # Food has six items. Four are 67 %, three 50 %.
    enough, too_few = (
        observe({"KH1": CITY}, drop=codes) for codes in (("FO5", "FO6"), ("FO4", "FO5", "FO6"))
    )
    dimensions = run(enough)[0]["dimensions"].set_index("dimension")
    assert dimensions.loc["food", "coverage"] == pytest.approx(4 / 6)
    assert dimensions.loc["food", "score"] == pytest.approx(80)
    tables, info = run(too_few)
    food = tables["dimensions"].set_index("dimension").loc["food"]
    assert food["status"] == "missing"
    assert np.isnan(food["score"])
    assert food["score_of_known"] == pytest.approx(80)
    index = tables["index"].set_index("index")
    assert index.loc["geometric", "status"] == "missing"
    assert np.isnan(index.loc["geometric", "value"])
    others = [value for name, value in CITY.items() if name != "food"]
    assert index.loc["geometric_of_known", "value"] == pytest.approx(gmean(others))
    assert index.loc["geometric_of_known", "status"] == "estimated"
    assert info["index"]["missing"] == ["food"]
    assert any("food (50%)" in note["what"] for note in info["notes"])


def test_four_dimensions_make_no_index_of_any_name():
    four = {name: CITY[name] for name in SEVEN[:4]}
    tables, _ = run(observe({"KH1": four}))
    assert tables["index"]["value"].isna().all()
    assert set(tables["index"]["index"]) == {"geometric", "arithmetic", "minimum"}
    assert tables["rank_chances"].empty
    assert tables["sensitivity"].empty


def test_a_zero_does_not_hide_the_others():
    # Floor 1: (1 x 100^6)^(1/7) = exp(6 ln 100 / 7) = exp(3.94729) = 51.795
    dimensions = np.array([0.0, 100, 100, 100, 100, 100, 100])
    weights = np.full(7, 1 / 7)
    assert FLOOR == 1
    assert aggregated(dimensions, weights, "geometric") == pytest.approx(51.795, abs=1e-3)
    assert aggregated(dimensions, weights, "minimum") == 0


def test_what_only_the_city_knows_stands_in_and_is_told():
    # Three of eight health items are known of the city only.
    gone = ("HE4", "HE7", "HE8")
    table = pd.concat(
        [observe({"KH1": CITY}), observe({"KH101": POOR, "KH102": RICH}, drop=gone)], ignore_index=True
    )
    tables, info = run(table)
    health = tables["dimensions"].set_index(["place", "dimension"]).loc[("KH101", "health")]
    # Five items of 50 and three of 70: (250 + 210) / 8 = 57.5
    assert health["score"] == pytest.approx(57.5)
    assert health["coverage"] == 1
    assert health["own_share"] == pytest.approx(5 / 8)
    assert health["status"] == "ok"
    assert any("3 indicators are known of the place above only" in note["what"] for note in info["notes"])


def test_a_dimension_nothing_of_which_is_the_places_own_is_missing():
    without = {name: value for name, value in POOR.items() if name != "political"}
    tables, _ = run(observe({"KH1": CITY, "KH101": without}))
    political = tables["dimensions"].set_index(["place", "dimension"]).loc[("KH101", "political")]
    assert political["coverage"] == 1
    assert political["own_share"] == 0
    assert political["status"] == "missing"
    index = tables["index"].set_index(["place", "index"])
    assert index.loc[("KH101", "geometric"), "status"] == "missing"


def test_groups_have_the_same_items_as_everybody():
    # Of women only food insecurity is known: 40 beside everybody's 80 in the five other items: (40 + 5 x 80) / 6 = 73.33.
    design, tree = make_design(), tree_of(places(), ["KH1"])
    table = pd.concat(
        [
            observe({"KH1": CITY}),
            observe({"KH1": {"food": 40.0}}, drop=("FO2", "FO3", "FO4", "FO5", "FO6"), group="women"),
        ],
        ignore_index=True,
    )
    evidence, used = narrowed(evidence_of(table, same(), design, tree), design)
    everybody = taken_over(values_of(evidence, EVERYBODY, used, tree, 1), tree)
    nothing = np.zeros(len(used.indicators), bool)
    women = of_group(values_of(evidence, "women", used, tree, 1), everybody, nothing)
    assert women.own.sum() == 1
    assert not np.isnan(women.draws).any()
    dimensions = run(table)[0]["dimensions"].set_index(["group", "dimension"])
    assert dimensions.loc[("women", "food"), "score"] == pytest.approx(440 / 6)
    assert np.isnan(dimensions.loc[("women", "health"), "score"])


def test_what_makes_a_group_does_not_count_against_it():
    # Everybody in IDPoor households is IDPoor: of EC2 the group has everybody's score, 60, not 0.
    table = pd.concat(
        [observe({"KH1": CITY}), observe({"KH1": {"economic": 30.0}}, group="idpoor")], ignore_index=True
    )
    key = firsts()["EC2"]
    assert key == "idpoor_survey"
    table.loc[(table["indicator"] == key) & (table["group"] == "idpoor"), "value"] = 100.0
    dimensions = run(table)[0]["dimensions"].set_index(["group", "dimension"])
    mine = dimensions.loc[("idpoor", "economic")]
    # EC2, and EC6 (the card is the cover), are everybody's 60, the six others 30: (2 x 60 + 6 x 30) / 8 = 37.5
    assert firsts()["EC6"] == "social_protection"
    assert mine["score"] == pytest.approx(37.5)
    assert mine["own_share"] == pytest.approx(6 / 8)


def test_draws_make_the_interval():
    # Food insecurity errs by its amounts; its item is one of six and its dimension one of seven.
    rng = np.random.default_rng(0)
    S = 4001
    num = rng.normal(120, 12, S)
    num[0] = 120
    key = firsts()["FO1"]
    table = observe({"KH1": CITY})
    table.loc[table["indicator"] == key, "value"] = 12.0  # (12 - 60) / -60 = 80
    index = pd.DataFrame(
        {
            "indicator": [key],
            "group": ["all"],
            "place": ["KH1"],
            "num_at": [0],
            "den_at": [-1],
            "num": [120.0],
            "den": [1000.0],
            "additive": [True],
        }
    )
    tables, _ = run(table, kept=Kept(index, num[None, :]))
    food = tables["dimensions"].set_index("dimension").loc["food"]
    # sd of the value 1.2 points of 60 = 2 points of score; / 6 = 1/3; 1.96 x 1/3 = 0.653
    assert food["score"] == pytest.approx(80)
    assert food["low"] == pytest.approx(80 - 0.653, abs=0.04)
    assert food["high"] == pytest.approx(80 + 0.653, abs=0.04)


def test_an_interval_without_draws_is_kept_whole():
    # Nobody's home was flooded, 0 (0 to 9): the draws must reach as far as the interval says.
    design, tree = make_design(), tree_of(places(), ["KH1"])
    table = observe({"KH1": CITY})
    key = firsts()["EN4"]
    mine = table["indicator"] == key
    table.loc[mine, ["value", "low", "high"]] = (0.0, 0.0, 9.0)
    evidence, used = narrowed(evidence_of(table, same(4001), design, tree), design)
    values = values_of(evidence, EVERYBODY, used, tree, 1)
    drawn = values.draws[1:, 0, used.indicators.index(key)]
    assert drawn.min() == 0
    assert np.percentile(drawn, 97.5) == pytest.approx(9, rel=0.08)
    assert values.errs[0, used.indicators.index(key)]


def test_the_profile_is_written_the_same_twice(tmp_path):
    city = tmp_path / "city.toml"
    city.write_text('period = "2025"\n[place]\ncode = "KH1"\nname = "A"\n')
    measured = tmp_path / "measured"
    measured.mkdir()
    table = observe({"KH1": CITY, "KH101": POOR, "KH102": RICH})
    table.loc[table["place"] == "KH102", "low"] = table["value"] - 1
    table.loc[table["place"] == "KH102", "high"] = table["value"] + 1
    write_parquet(table, measured / "observations.parquet")
    write_parquet(places(), measured / "places.parquet")
    given = Inputs(read_city(city), {}, done={name: Finished(measured, {}) for name in ("measure", "places")})
    bodies = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        info = make_scores(given, folder)
        assert info["notes"]
        bodies.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert bodies[0] == bodies[1]
    assert set(bodies[0]) == {
        f"{name}.{kind}"
        for name in ("scores", "dimensions", "index", "rank_chances", "sensitivity")
        for kind in ("parquet", "csv")
    }


def test_a_city_with_nothing_still_comes_out():
    table = observe({"KH1": {}})
    table.loc[0] = ["KH1", "all", "population", 100.0, np.nan, np.nan, "ok", "2025"]
    tables, info = run(table)
    assert tables["scores"].empty
    assert tables["index"]["value"].isna().all()
    assert info["index"]["missing"] == list(SEVEN)


def test_the_weakest_dimension_has_its_chance():
    # Environmental 45, political 50 with draws of 50, 40, 48, 47, 30: of the four draws 40 and 30 are below 45.
    table = observe({"KH1": CITY})
    design = make_design()
    political = [key for code, key in firsts().items() if code.startswith("PO")]
    drawn = np.array([50.0, 40, 48, 47, 30])
    lines = []
    for key in political:
        post = indicators()[key].goalposts
        value = post.floor + drawn / 100 * (post.goal - post.floor)
        lines.append(value / unit(indicators()[key].unit).per_si)
    index = pd.DataFrame({"indicator": political, "group": "all", "place": "KH1"}).assign(
        num_at=range(len(political)), den_at=-1, num=[line[0] for line in lines], den=1.0, additive=True
    )
    tables, _ = run(table, kept=Kept(index, np.array(lines)))
    mine = tables["index"].set_index("index").loc["geometric"]
    assert mine["weakest"] == "environmental"
    assert mine["weakest_chance"] == pytest.approx(0.5)
    assert design.dimensions == SEVEN


def test_modelled_values_are_told():
    table = observe({"KH1": CITY, "KH101": POOR})
    table.loc[table["place"] == "KH101", "status"] = "modelled"
    _, info = run(table)
    assert any(
        "100% of the places' own values behind the index are modelled" in note["what"]
        for note in info["notes"]
    )
