"""The outlook worked by hand; parts add up to the whole on draws; what is missing says what would fill it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from citiesforall.core.city import City, read_city
from citiesforall.core.errors import DeclarationError
from citiesforall.core.estimate import Estimate
from citiesforall.core.inputs import Finished, Inputs
from citiesforall.core.tables import write_parquet
from citiesforall.diagnose.growth import figures
from citiesforall.diagnose.growth_counts import Pair
from citiesforall.diagnose.outlook import GROWTH, OUTLOOK, make_outlook
from citiesforall.diagnose.outlook_draws import built_draws, people_draws
from citiesforall.diagnose.outlook_ground import Ground, place_sums
from citiesforall.diagnose.outlook_rates import rates_of, tree_of
from citiesforall.measure.draw_store import Answer, write_draws

SAID = replace(figures(), method="exponential")
PLACES = pd.DataFrame({"place": ["KH9901", "KH990101", "KH990102"], "parent": [None, "KH9901", "KH9901"]})
PEOPLE = {"KH9901": 3000.0, "KH990101": 1000.0, "KH990102": 2000.0}


def pairs(**past):
    return {
        code: Pair(value, PEOPLE[code], 2015, 2025, frozenset({code}), "census")
        for code, value in past.items()
    }


def ground(n_draws=1, built=(100.0, 60.0), land=(1e9, 1e9)):
    tree = tree_of(PLACES, PEOPLE)
    base = np.tile([PEOPLE[code] for code in tree.codes], (n_draws, 1))
    now, past = np.array([sum(built), *built]), np.array([80.0, 60.0, 20.0])
    return Ground(
        tree, base, 2025, now, past, np.array([sum(land), *land]), (2015, 2025), np.full(3, np.nan), None
    )


def test_people_by_hand():
    # City 2,400 to 3,000 in ten years: ln 1.25 / 10 = 2.2314 % a year. In ten more: 3,000 x 1.25 = 3,750.
    # Parts alone: 1,000 x (1000 / 500) = 2,000 and 2,000 x (2000 / 1900) = 2,105.26; together 4,105.26; held to 3,750:
    # 2,000 x 3,750 / 4,105.26 = 1,826.92 and 1,923.08.
    tree = tree_of(PLACES, PEOPLE)
    base = np.array([[PEOPLE[code] for code in tree.codes]])
    rates = rates_of(tree, pairs(KH9901=2400, KH990101=500, KH990102=1900), SAID)
    out = people_draws(tree, base, rates, (10, SAID, 1))
    assert out[0] == pytest.approx([3750, 1826.923, 1923.077])


def test_damped_by_hand():
    # Half-life 30: ten years are worth 30 / ln 2 x (1 - 2^(-1/3)) = 43.2809 x 0.2062995 = 8.92883 years.
    tree = tree_of(PLACES, PEOPLE)
    base = np.array([[PEOPLE[code] for code in tree.codes]])
    rates = rates_of(tree, pairs(KH9901=2400), SAID)
    out = people_draws(tree, base, rates, (10, figures(), 1))
    assert out[0, 0] == pytest.approx(3000 * np.exp(np.log(1.25) / 10 * 8.92883), rel=1e-5)


def test_built_up_by_hand():
    # City: land 80 to 160 in ten years: 6.93 % a year; people 2.23 %: land per person grows by 4.70 % a year.
    # In ten years: 160 x 1.25 (people) x exp(0.470) (per person) = 160 x 2 = 320: more 160, shared by what each would build
    # alone. Parts: 60 to 100: people double (bounded 6.93 %), land 5.11 %: alone 100 x 5 / 3 = 166.67 at the people of its own
    # count, here held to 1,826.92 / 2,000 of them.
    state = ground()
    rates = rates_of(state.tree, pairs(KH9901=2400, KH990101=500, KH990102=1900), SAID)
    people = people_draws(state.tree, state.base, rates, (10, SAID, 1))
    out = built_draws(state, people, rates, (2035, SAID, 1))
    assert out[0, 0] == pytest.approx(320)
    assert out[0, 1:].sum() == pytest.approx(320)
    # Second part: 20 to 60 is 10.99 % a year, bounded to 8 %; people ln(2000 / 1900) / 10 = 0.513 %.
    one = 100 * 1.826923 * np.exp(10 * (np.log(100 / 60) / 10 - np.log(2) / 10)) - 100
    two = 60 * (1923.077 / 2000) * np.exp(10 * (0.08 - np.log(2000 / 1900) / 10)) - 60
    assert out[0, 1] == pytest.approx(100 + one * 160 / (one + two), rel=1e-5)


def test_built_up_never_more_than_the_land_and_never_less_than_today():
    state = ground(built=(100.0, 60.0), land=(110.0, 70.0))
    rates = rates_of(state.tree, pairs(KH9901=2400), SAID)
    out = built_draws(
        state, people_draws(state.tree, state.base, rates, (25, SAID, 1)), rates, (2050, SAID, 1)
    )
    assert out[0] == pytest.approx([180, 110, 70])
    shrinking = rates_of(state.tree, pairs(KH9901=6000), SAID)
    people = people_draws(state.tree, state.base, shrinking, (25, SAID, 1))
    assert (built_draws(ground(), people, shrinking, (2050, SAID, 1)) >= ground().built).all()


def test_parts_add_up_on_draws_and_intervals_widen():
    state = ground(201)
    rates = rates_of(state.tree, pairs(KH9901=2400, KH990101=500, KH990102=1900), SAID)
    widths = []
    for horizon in (5, 25):
        people = people_draws(state.tree, state.base, rates, (horizon, SAID, 1))
        built = built_draws(state, people, rates, (2025 + horizon, SAID, 1))
        for out in (people, built):
            assert out[:, 1:].sum(axis=1) == pytest.approx(out[:, 0])
        widths.append(np.ptp(np.log(people[1:]), axis=0))
    assert (widths[1] > widths[0]).all()


def test_a_larger_whole_errs_less_than_a_small_part():
    state = ground(501)
    tree = replace(state.tree, people=10 * state.tree.people)  # 30,000, of whom 10,000 and 20,000
    rates = rates_of(tree, pairs(KH9901=2400, KH990101=800, KH990102=1600), SAID)
    sd = np.std(np.log(people_draws(tree, 10 * state.base, rates, (10, SAID, 1))[1:]), axis=0)
    assert sd[0] < sd[1]


def test_spread_of_the_draws_is_what_is_said():
    # 3,000 people: 1.8 % a year on average, sd 2.256 %; counts: 2 % x sqrt 2 / 10 = 0.283 %; together 2.274 % a year.
    state = ground(2001)
    rates = rates_of(state.tree, pairs(KH9901=2400), SAID)
    out = people_draws(state.tree, state.base, rates, (10, SAID, 1))[1:, 0]
    assert np.std(np.log(out)) == pytest.approx(0.2274, rel=0.05)


def cells_of():
    return pd.DataFrame(
        {
            "cell": [1, 2], "unit": ["KH990101", "KH990102"], "people": [1000.0, 2000.0], "people_past": [900.0, 1500.0],
            "built_m2": [100.0, 60.0], "built_past_m2": [60.0, 20.0], "land_m2": [1e4, 1e4],
        }
    )  # fmt: skip


def inputs(tmp_path, cells, years, counts=None, **city):
    """Lay down what the outlook reads."""
    done = {}
    for step, tables in {"places": {"places": PLACES}, "cells": {"cells": cells}}.items():
        folder = tmp_path / step
        folder.mkdir()
        for name, table in tables.items():
            write_parquet(table, folder / f"{name}.parquet")
        done[step] = Finished(folder, {"years": years} if step == "cells" else {})
    measured = tmp_path / "measure"
    measured.mkdir()
    codes = list(PLACES["place"])
    draws = np.tile([PEOPLE[code] for code in codes], (51, 1))
    estimate = Estimate(draws, np.ones_like(draws), np.ones(3))
    write_draws(
        measured,
        [Answer("population", "all", estimate, np.ones(3, bool), np.full(3, "ok", object))],
        codes,
        51,
    )
    done["measure"] = Finished(measured, {})
    if counts is not None:
        folder = tmp_path / "series"
        folder.mkdir()
        write_parquet(
            pd.DataFrame(counts, columns=["place", "edition", "period", "value", "source"]),
            folder / "counts.parquet",
        )
        done["series"] = Finished(folder, {})
    made = City.model_validate({"place": {"code": "KH9901", "name": "x"}, "period": "2025", **city})
    out = tmp_path / "out"
    out.mkdir()
    return Inputs(made, {}, done), out


YEARS = {
    "people": 2025.0,
    "people_growth": 2025.0,
    "people_past": 2015.0,
    "built_m2": 2025.0,
    "built_past_m2": 2015.0,
}


def test_tables(tmp_path):
    given, out = inputs(tmp_path, cells_of(), YEARS)
    info = make_outlook(given, out)
    table, growth = pd.read_parquet(out / "outlook.parquet"), pd.read_parquet(out / "growth.parquet")
    assert list(table.columns) == list(OUTLOOK)
    assert list(growth.columns) == list(GROWTH)
    assert set(table["year"]) == {2025, 2030, 2050}
    assert not table.duplicated(["place", "quantity", "year"]).any()
    ahead = table[table["method"] == "damped"]
    assert (ahead["status"] == "modelled").all()
    assert (ahead["low"] <= ahead["high"]).all()
    assert set(ahead["base_years"]) == {"2015-2025"}
    assert growth.set_index(["place", "quantity"]).loc[("KH9901", "people"), "rate"] == pytest.approx(
        np.log(3000 / 2400) / 10
    )
    assert "grew by 2.23 % a year" in info["notes"][0]["what"]
    pd.testing.assert_frame_equal(
        pd.read_csv(out / "outlook.csv", keep_default_na=False, na_values=[""])[["value"]], table[["value"]]
    )


def test_one_date_is_missing_and_says_what_would_fill_it(tmp_path):
    cells = cells_of().drop(columns=["people_past", "built_past_m2"])
    given, out = inputs(tmp_path, cells, {"people": 2025.0, "built_m2": 2025.0})
    info = make_outlook(given, out)
    ahead = pd.read_parquet(out / "outlook.parquet").query("year > 2025")
    assert set(ahead["status"]) == {"missing"}
    assert ahead["value"].isna().all()
    assert set(ahead["note"]) == {"one_date"}
    assert any("people_past" in note["what"] for note in info["notes"])
    assert any("built_up_past" in note["what"] for note in info["notes"])


def test_counts_come_before_grids(tmp_path):
    counts = [("KH990101", "", "2015", 500.0, "a"), ("KH990102", "", "2015", 1900.0, "a")]
    counts += [("KH990101", "", "2025", 1000.0, "b"), ("KH990102", "", "2025", 2000.0, "b")]
    given, out = inputs(
        tmp_path, cells_of(), YEARS, counts, outlook={"method": "exponential", "years": [2035]}
    )
    make_outlook(given, out)
    table = (
        pd.read_parquet(out / "outlook.parquet")
        .query("quantity == 'people' and year == 2035")
        .set_index("place")
    )
    assert table["value"].tolist() == pytest.approx([3750, 1826.923, 1923.077])
    assert set(table["method"]) == {"exponential"}


def test_a_missing_cell_makes_its_places_unknown():
    tree = tree_of(PLACES, PEOPLE)
    cells = cells_of().assign(built_m2=[np.nan, 60.0])
    assert np.isnan(place_sums(tree, cells, "built_m2")).tolist() == [True, True, False]
    assert place_sums(tree, cells, "land_m2")[0] == 2e4


def test_words_of_the_city_file(tmp_path):
    (tmp_path / "c.toml").write_text(
        'period = "2024"\n[place]\ncode = "KH9901"\nname = "x"\n[outlook]\nmethod = "linear"\nyears = [1800]\n'
    )
    with pytest.raises(DeclarationError) as error:
        read_city(tmp_path / "c.toml")
    said = "\n".join(error.value.faults)
    assert "outlook.method: 'linear' is not known" in said
    assert "outlook.years" in said
