"""Draws kept: what is read back is what was measured; sums, gaps and ranks are made on it."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from citiesforall.core.errors import DeclarationError, MissingSourceError
from citiesforall.core.estimate import Estimate, ratio
from citiesforall.core.source import SourceError
from citiesforall.estimation.replicates import rao_wu
from citiesforall.measure.asked import bind_groups
from citiesforall.measure.draw_store import (
    DRAWS,
    INDEX,
    Answer,
    difference,
    draws_of,
    interval_of,
    open_draws,
    rank_chances,
    read_draws,
    sign_chance,
    summed,
    write_draws,
)
from citiesforall.measure.load import Draws, make_layers
from citiesforall.measure.making import METHOD_MODULES
from citiesforall.measure.run import measure_all, rows

from .conftest import little
from .test_run import CLINIC, FACTS

S = 6
CODES = ["CITY", "WEST", "EAST"]


def answer(num, den, has=(True, True, True), indicator="clinic", group="all"):
    estimate = Estimate(np.asarray(num, float), np.asarray(den, float), np.full(3, 9.0))
    return Answer(indicator, group, estimate, np.array(has), np.array(["ok"] * 3, dtype=object))


def random(seed, rows=S):
    return np.random.default_rng(seed).uniform(1, 9, (rows, 3))


@pytest.fixture
def kept(tmp_path):
    """Return a folder of draws: two indicators that share their denominator, and one that no draw changes."""
    den = random(0)
    answers = [
        answer(random(1), den),
        answer(random(2), den, indicator="market"),
        answer(random(3, 1), np.ones((1, 3)), indicator="area"),
        answer(random(4), den, has=(True, False, True), group="women"),
    ]
    write_draws(tmp_path, answers, CODES, S)
    return tmp_path, answers


def test_what_is_read_is_what_was_measured(kept):
    folder, answers = kept
    for one in answers:
        for row, place in enumerate(CODES):
            if one.has[row]:
                num, den = read_draws(folder, one.indicator, one.group, place)
                assert_array_equal(num, np.broadcast_to(one.estimate.num, (S, 3))[:, row])
                assert_array_equal(den, np.broadcast_to(one.estimate.den, (S, 3))[:, row])


def test_shared_amounts_are_written_once_and_fixed_ones_not_at_all(kept):
    # clinic: 3 num + 3 den; market: 3 num, its den is known; area: nothing; women: 2 num + 2 den
    assert np.load(kept[0] / DRAWS).shape == (3 + 3 + 3 + 2 + 2, S)


def test_withheld_values_leave_no_draws(kept):
    with pytest.raises(DeclarationError, match="place 'WEST' has no 'clinic' of women"):
        read_draws(kept[0], "clinic", "women", "WEST")


def test_the_same_answers_give_the_same_bytes(kept, tmp_path):
    folder = tmp_path / "again"
    folder.mkdir()
    write_draws(folder, kept[1], CODES, S)
    for name in (DRAWS, INDEX):
        assert (folder / name).read_bytes() == (kept[0] / name).read_bytes()


def test_the_file_is_mapped_not_read(kept):
    found = open_draws(kept[0])
    assert isinstance(found.draws, np.memmap)
    assert found.draws.dtype == np.float64
    assert list(found.index.columns) == [
        "indicator", "group", "place", "num_at", "den_at", "num", "den", "additive",
    ]  # fmt: skip


def test_a_run_without_stated_errors_has_an_empty_file(tmp_path):
    write_draws(tmp_path, [answer(random(3, 1), np.ones((1, 3)))], CODES, 1)
    assert np.load(tmp_path / DRAWS).shape == (0, 1)
    assert read_draws(tmp_path, "clinic", "all", "EAST")[1].tolist() == [1.0]
    write_draws(tmp_path, [], CODES, 1)
    assert open_draws(tmp_path).index.empty


def test_what_is_not_there_is_said(kept, tmp_path):
    with pytest.raises(MissingSourceError, match="there are no draws here"):
        open_draws(tmp_path / "nothing")
    with pytest.raises(DeclarationError, match="Did you mean 'clinic'"):
        read_draws(kept[0], "clinics", "all", "CITY")
    with pytest.raises(DeclarationError, match="no group 'men'"):
        read_draws(kept[0], "clinic", "men", "CITY")


def cells_of(columns, units, per_cell=10.0):
    """Return cells of 100 m in two units, the border at x = 1000."""
    col, row = (axis.ravel() for axis in np.meshgrid(np.asarray(columns), np.arange(10), indexing="ij"))
    table = pd.DataFrame(
        {
            "cell": ((col + 2**30) << 32) + row + 2**30,
            "unit": np.where(col < 10, units[0], units[1]),
            "x": col * 100.0 + 50,
            "y": row * 100.0 + 50,
            "people": per_cell + row,
        }
    )
    return table.sort_values(["unit", "cell"], ignore_index=True)


def layers_of(cells, codes, city):
    places = pd.DataFrame({"place": [city, *codes], "parent": [None] + [city] * len(codes)})
    error = SourceError(relative_sd=0.4, block_m=500, said_by="ours")
    return make_layers(
        places, cells, None, Draws(51, 7, "worldpop", error), {"walk_m_s": 1.2, "years": {}, "facts": {}}
    )


def test_two_cities_that_share_cells_share_their_draws():
    """One source errs once: the sangkat both maps hold has the same draws in both, whatever else they hold."""
    west, _ = layers_of(cells_of(range(20), ("A", "B")), ["A", "B"], "ONE")
    east, _ = layers_of(cells_of(range(10, 40), ("-", "B")), ["B"], "TWO")
    inside_west, inside_east = (
        west.cells["cell"] >= (10 + 2**30) << 32,
        east.cells["cell"] < (20 + 2**30) << 32,
    )
    assert inside_west.sum() == inside_east.sum() == 100
    assert_array_equal(west.people[:, inside_west], east.people[:, inside_east])
    assert west.people[1:].std(axis=0).min() > 0


def test_sums_over_places_equal_the_parents_draws():
    layers, codes = layers_of(cells_of(range(20), ("A", "B")), ["A", "B"], "ONE")
    people = layers.rows(layers.people)
    one = np.ones(51)
    num, _ = summed([(people[:, codes.index(code)], one) for code in ("A", "B")])
    assert_array_equal(num, people[:, codes.index("ONE")])


def test_a_nation_is_its_cities_draw_by_draw():
    """What two cities share widens the sum and drops out of the gap."""
    common, own = np.random.default_rng(1).normal(0, 1, (2, 2001))
    own[0] = common[0] = 0
    first, second = 100 + 10 * common, 100 + 10 * common + own
    one = np.ones(2001)
    num, den = summed([(first, one), (second, one)])
    _, low, high = interval_of(num / den)
    assert (high - low) / 2 == pytest.approx(1.96 * 10, rel=0.1)
    value, low, high = difference(first, second)
    assert value == 0
    assert (high - low) / 2 == pytest.approx(1.96, rel=0.1)


def test_draws_of_a_measured_town_add_up(tmp_path):
    assert METHOD_MODULES, "importing them registers the methods"
    chance = np.random.default_rng(3)
    people = np.vstack([little().people, little().people * chance.uniform(0.5, 1.5, (S - 1, 4))])
    town = little(people=people)
    bound, _ = bind_groups(town, {"all": _group()}, {"walk_m_s": 1.0, "slow_walk_m_s": 0.8})
    found = next(iter(measure_all(town, {"clinic_access": CLINIC}, bound)))
    has = rows(found, CLINIC, CODES, FACTS)["value"].notna().to_numpy()
    write_draws(
        tmp_path, [Answer("clinic_access", "all", found.estimate, has, np.array(["ok"] * 3))], CODES, S
    )
    codes, num, den = draws_of(open_draws(tmp_path), "clinic_access")
    at = [codes.index(code) for code in CODES]
    assert_allclose(num[:, at[1]] + num[:, at[2]], num[:, at[0]], rtol=1e-14)
    assert_allclose(ratio(num, den)[:, at], ratio(found.estimate.num, found.estimate.den), rtol=0)


def test_gaps_from_replicate_weights_agree_with_the_textbook():
    """Two groups of a simple random sample: se = sqrt(p (1 - p) / n + q (1 - q) / m)."""
    n, m, draws = 300, 500, 2001
    answers = np.concatenate([np.arange(n) < 0.3 * n, np.arange(m) < 0.6 * m]).astype(float)
    weights = rao_wu(["all"] * (n + m), np.arange(n + m), np.ones(n + m), draws, 1)
    first = np.arange(n + m) < n
    values = [ratio(weights[:, of] @ answers[of], weights[:, of].sum(axis=1)) for of in (first, ~first)]
    value, low, high = difference(*values)
    half = 1.96 * np.sqrt(0.3 * 0.7 / n + 0.6 * 0.4 / m)
    assert value == pytest.approx(-0.3)
    assert (low, high) == (pytest.approx(-0.3 - half, abs=0.004), pytest.approx(-0.3 + half, abs=0.004))


def _group():
    from citiesforall.core.group import groups  # noqa: PLC0415 - one test needs it

    return groups()["all"]


def test_ranks_by_hand():
    # draws 1..4 of three places; higher is better
    values = np.array([[1.0, 2, 3], [1, 2, 3], [2, 1, 3], [1, 2, 3], [1, 1, 3]])
    # worst: A, B, A, then A and B level, half each
    assert rank_chances(values).tolist() == [2.5 / 4, 1.5 / 4, 0]
    assert rank_chances(values, worst=2).tolist() == [1, 1, 0]
    assert rank_chances(values, better="lower").tolist() == [0, 0, 1]


def test_a_place_without_a_value_has_no_rank_and_spoils_none():
    values = np.array([[1.0, np.nan, 3], [1, np.nan, 3], [4, np.nan, 3], [1, np.nan, 3]])
    assert_allclose(rank_chances(values), [2 / 3, np.nan, 1 / 3])


def test_no_stated_error_gives_no_chance():
    same = np.tile([1.0, 2.0], (5, 1))
    assert np.isnan(rank_chances(same)).all()
    assert np.isnan(sign_chance(same)).all()
    assert np.isnan(sign_chance(same[:1])).all()


def test_the_side_of_a_gap():
    assert sign_chance(np.array([2.0, 1, -1, 3, 0])).item() == 2 / 4
    assert sign_chance(np.array([-2.0, -1, -1, -3, -0.5])).item() == 1


def test_relative_gaps_and_walks_beyond_reach():
    value, low, high = difference(np.array([2.0, 1, 3, 2]), np.array([4.0, 4, 4, 4]), relative=True)
    assert (value, low, high) == pytest.approx(
        (0.5, 0.2625, 0.7375)
    )  # 0.25, 0.75 and 0.5: 5 % in from both ends
    value, low, high = difference(np.array([2.0, np.inf, 3]), np.array([4.0, np.inf, 4]))
    assert value == -2
    assert np.isnan([low, high]).all()
