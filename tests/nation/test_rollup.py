"""Cities add up to provinces and the nation: exact sums, intervals from draws, coverage, withholding, rates derived again."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from citiesforall.core.indicator import indicators
from citiesforall.core.tables import check_observations, read_parquet, write_parquet
from citiesforall.core.units import unit
from citiesforall.estimation.decomposition import decomposed
from citiesforall.measure.draw_store import interval_of, read_draws, summed
from citiesforall.nation.books import left_out
from citiesforall.nation.coverage import NOT_A_SUM
from citiesforall.nation.derive import derived, growth_of, together
from citiesforall.nation.exact import STEP
from citiesforall.nation.rollup import ROLLUP, make_rollup
from citiesforall.nation.within_between import WITHIN_BETWEEN

TOLD = ("ok", "estimated", "modelled", "low_n")


@pytest.fixture(scope="module")
def rolled(nation, tmp_path_factory):
    """Return the rollup of three krongs."""
    folder = tmp_path_factory.mktemp("rollup")
    make_rollup(nation, folder)
    return folder


@pytest.fixture(scope="module")
def table(rolled):
    return read_parquet(rolled / "observations.parquet")


def one(table, place, indicator, group="all"):
    found = table[(table["place"] == place) & (table["indicator"] == indicator) & (table["group"] == group)]
    assert len(found) == 1, (place, indicator, group)
    return found.iloc[0]


def test_columns_and_order_are_those_of_observations(table):
    assert list(table.columns) == list(ROLLUP)
    check_observations(table[[name for name in table if name in list(ROLLUP)[:13]]])
    assert set(table["basis"]) <= {"streets", ""}
    assert table["coverage_people"].between(0, 1).all()
    assert table["coverage_places"].between(0, 1).all()
    told = table[table["status"].isin(TOLD)]
    assert sorted(set(told.loc[told["quality"] != "invented", "indicator"])) == []


def test_every_sum_is_exact(table, nation):
    """KH98 holds one krong, KH99 two; the nation holds both: to the last digit, for all that adds up and is told everywhere."""
    declared = indicators()
    wide = table.set_index(["indicator", "group", "place"]).sort_index()[["num", "den", "status"]]
    cities = {"KH98": ["KH9801"], "KH99": ["KH9901", "KH9902"], "KH": ["KH98", "KH99"]}
    checked = 0
    for (indicator, group), _ in table.groupby(["indicator", "group"]):
        if declared[indicator].method in NOT_A_SUM:
            continue
        rows = wide.loc[indicator, group]
        for whole, parts in cities.items():
            told = [part for part in parts if part in rows.index and np.isfinite(rows.num[part])]
            if rows.status[whole] not in TOLD or rows.status.reindex(parts).eq("suppressed").any():
                continue
            assert rows.num[whole] == sum(rows.num[part] for part in reversed(told)), (
                indicator,
                group,
                whole,
            )
            if rows.den[whole] != 1:
                assert rows.den[whole] == sum(rows.den[part] for part in told)
            checked += 1
    assert checked > 300


def test_values_of_members_are_their_own(table, nation):
    for city in nation.cities:
        own = city.table("observations")
        both = table[table["place"] == city.code].merge(
            own, on=["place", "group", "indicator"], suffixes=("", "_own")
        )
        told = both[both["value"].notna()]
        assert len(told) > 100
        # Amounts of people are rounded by less than a thousandth of a person.
        by = np.maximum(told["num"], 1) / np.maximum(told["num"] - STEP, 0.5) - 1 + 1e-9
        assert (
            np.abs(told["value"] - told["value_own"]) <= np.abs(told["value_own"]) * (by + 1e-6) + 1e-9
        ).all()
        withheld = both["value"].isna() & both["value_own"].notna()
        assert set(both.loc[withheld, "status"]) <= {"suppressed"}


def test_intervals_come_from_the_draws_of_the_cities(table, nation):
    checked = 0
    for indicator in ("health_centre_access", "public_transport_access", "market_access"):
        row = one(table, "KH", indicator)
        if np.isnan(row["low"]):
            continue
        drawn = [read_draws(city.folder, indicator, "all", city.code) for city in nation.cities]
        num, den = summed(drawn)
        value, low, high = interval_of((num / den)[:, None] * unit(indicators()[indicator].unit).per_si)
        assert [row["value"], row["low"], row["high"]] == pytest.approx([value[0], low[0], high[0]], rel=1e-6)
        checked += 1
    assert checked


def test_what_does_not_add_up_says_so(table):
    for indicator in ("health_walk_median", "health_walk_inequality", "urban_class"):
        row = one(table, "KH", indicator)
        assert (row["status"], row["note"]) == ("not_applicable", "not_a_sum")
        assert np.isnan(row["value"])
        assert one(table, "KH9801", indicator)["status"] in TOLD


def test_rates_are_derived_again(table, nation):
    """The nation's ratio of land to people is that of its built-up area and residents, not a mean of the cities' ratios."""
    past, now, before, after = 0.0, 0.0, 0.0, 0.0
    for city in nation.cities:
        own = city.table("observations")
        own = own[(own["place"] == city.code) & (own["group"] == "all")].set_index("indicator")
        change, rate = own.loc["built_up_change"], own.loc["population_growth"]
        past, now = past + change["den"], now + change["den"] + change["num"]
        people = own.loc["population", "num"]
        before, after = before + people * np.exp(-rate["num"] * 10), after + people
    land, growth = (now - past) / past / 10, np.log(after / before) / 10
    assert one(table, "KH", "land_consumption_rate")["value"] == pytest.approx(100 * land, rel=1e-6)
    assert one(table, "KH", "population_growth")["value"] == pytest.approx(100 * growth, rel=1e-6)
    assert one(table, "KH", "land_use_efficiency")["value"] == pytest.approx(land / growth, rel=1e-6)


def test_rates_of_other_periods_are_not_joined(nation):
    city = nation.cities[0]
    own = city.table("observations")
    own = own[own["place"] == city.code]
    first = growth_of(own, indicators(), 2_000.0)
    later = {
        name: replace(found, years=frozenset({(5.0, 5.0)}), periods=frozenset({"2020/2025"}))
        for name, found in first.items()
    }
    rate = derived(indicators()["population_growth"], together(first, later))
    assert rate is not None
    assert rate.note == "periods_differ"
    assert np.isnan(rate.value)
    assert rate.period == "2015/2025"


def test_the_order_of_cities_changes_no_byte(nation, rolled, tmp_path):
    make_rollup(replace(nation, cities=tuple(reversed(nation.cities))), tmp_path)
    for file in ("observations.parquet", "observations.csv", "within_between.parquet", "beside.parquet"):
        assert (tmp_path / file).read_bytes() == (rolled / file).read_bytes(), file


def test_too_few_covered_people_make_no_value_but_are_told(nation, tmp_path):
    """Only the smallest of three krongs has the indicator: the nation has no value, and the covered people's is beside."""
    people = {
        city.code: one(city.table("observations"), city.code, "population")["num"] for city in nation.cities
    }
    least = min(people, key=people.get)
    cities = []
    for city in nation.cities:
        folder = tmp_path / city.code
        shutil.copytree(city.folder, folder)
        if city.code != least:
            own = city.table("observations")
            write_parquet(own[own["indicator"] != "market_access"], folder / "observations.parquet")
        cities.append(replace(city, folder=folder))
    (tmp_path / "out").mkdir()
    make_rollup(replace(nation, cities=tuple(cities)), tmp_path / "out")
    row = one(read_parquet(tmp_path / "out" / "observations.parquet"), "KH", "market_access")
    own = one(
        nation.cities[[city.code for city in cities].index(least)].table("observations"),
        least,
        "market_access",
    )
    assert (row["status"], row["note"]) == ("missing", "of_covered_people")
    assert np.isnan(row["value"])
    assert row["of_covered"] == pytest.approx(own["value"], rel=1e-6)
    assert row["coverage_people"] <= people[least] / sum(people.values()) + 1e-9


def test_few_are_withheld_and_cannot_be_had_by_difference(nation, tmp_path):
    hidden = nation.nation.choices.model_copy(update={"hide_below": 30})
    make_rollup(replace(nation, nation=nation.nation.model_copy(update={"choices": hidden})), tmp_path)
    table = read_parquet(tmp_path / "observations.parquet")
    declared = indicators()
    walks = table[
        table["indicator"].map(lambda key: declared[key].method).isin(["share_within_walk", "share_exposed"])
    ]
    told = walks[walks["num"].notna()]
    assert not ((told["num"] > 0) & (told["num"] < 30)).any()
    rest = told["den"] - told["num"]
    assert not ((rest > 1e-6) & (rest < 30)).any()
    withheld = walks[walks["status"] == "suppressed"]
    assert len(withheld)
    assert withheld[["value", "num", "den", "n", "of_covered"]].isna().all().all()
    wide = told.set_index(["indicator", "group", "place"]).sort_index()["num"]
    for indicator, group in {(row.indicator, row.group) for row in withheld.itertuples()}:
        of = (
            wide.loc[indicator, group]
            if (indicator, group) in wide.index.droplevel(2)
            else pd.Series(dtype=float)
        )
        for whole, parts in {
            "KH99": ["KH9901", "KH9902"],
            "KH98": ["KH9801"],
            "KH": ["KH98", "KH99"],
        }.items():
            if whole in of.index:
                missing = [part for part in parts if part not in of.index]
                assert (
                    len(missing) != 1
                    or of[whole] - sum(of[part] for part in parts if part in of.index) == 0.0
                )


def test_inequality_within_and_between_is_that_of_the_members(rolled, table):
    found = read_parquet(rolled / "within_between.parquet")
    assert list(found.columns) == list(WITHIN_BETWEEN)
    some = found[(found["status"] != "missing") & (found["measure"] != "variance_of_persons")]
    assert len(some) > 50
    for row in some.itertuples():
        rows = table[
            (table["indicator"] == row.indicator)
            & (table["group"] == "all")
            & table["place"].isin(["KH9801", "KH9901", "KH9902"])
        ]
        rows = rows[rows["value"].notna()]
        people = [one(table, place, "population")["num"] for place in rows["place"]]
        group = np.unique([place[:4] for place in rows["place"]], return_inverse=True)[1]
        value = rows["value"].to_numpy() / unit(indicators()[row.indicator].unit).per_si
        parts = decomposed(value, np.array(people), group, row.measure)
        close = 1e-9 * max(1.0, float(np.max(value)) ** 2 if row.measure == "variance" else 1.0)
        assert [row.total, row.within, row.between] == pytest.approx([x[0] for x in parts], abs=close)
    assert not found.duplicated(["indicator", "level", "measure"]).any()
    persons = found[found["measure"] == "variance_of_persons"]
    assert persons["total"].dropna().between(-1e-9, 0.25 + 1e-9).all()


def test_density_does_not_speak_for_people_whose_area_is_not_known():
    """Of three communes the first has an area, the second none, in the third nobody lives; a health centre may be elsewhere."""
    num, den = (
        np.array([[90.0, 90.0], [0.0, 40.0], [0.0, 0.0]]),
        np.array([[3.0, 1.0], [0.0, 0.0], [0.0, 0.0]]),
    )
    names = ("population_density", "residents_per_health_centre")
    found = left_out(num, den, np.array([90.0, 40.0, 0.0]), names)
    assert found.tolist() == [[False, False], [True, False], [False, False]]
    assert not left_out(num, den, np.array([90.0, 40.0, 0.0]), ("idpoor_households", "population")).any()


def test_which_methods_do_not_add_up_is_what_cities_say(nation):
    declared = indicators()
    for city in nation.cities:
        index = read_parquet(city.folder / "draws_index.parquet")
        method = index["indicator"].map(lambda key: declared[key].method)
        assert set(method[~index["additive"]]) <= NOT_A_SUM
        assert not set(method[index["additive"]]) & NOT_A_SUM


def test_real_cambodia(cambodia, tmp_path):
    """Provinces, districts and communes each sum to 15,552,211; what registers say of province and nation is what comes out."""
    from citiesforall.nation.members import make_members  # noqa: PLC0415 - only where the data are

    (tmp_path / "members").mkdir()
    (tmp_path / "rollup").mkdir()
    make_members(cambodia, tmp_path / "members")
    said = make_rollup(replace(cambodia, done={"members": tmp_path / "members"}), tmp_path / "rollup")
    table = read_parquet(tmp_path / "rollup" / "observations.parquet")
    people = table[(table["indicator"] == "population") & (table["group"] == "all")].set_index("place")["num"]
    for digits in (0, 2, 4, 6):
        level = people[people.index.str.fullmatch(rf"KH\d{{{digits}}}")]
        assert level.sum() == 15_552_211.0, digits
    registers = next(city for city in cambodia.cities if city.kind == "registers")
    own = registers.table("observations")
    both = table.merge(own, on=["place", "group", "indicator"], suffixes=("", "_own"))
    told = both[(both["basis"] == "registers") & both["num"].notna()]
    assert len(told) > 50_000
    adds = ~told["indicator"].map(lambda key: indicators()[key].method).isin(list(NOT_A_SUM))
    # Rounded once: nowhere farther than a step from what the city file says.
    assert np.abs(told["num"] - told["num_own"])[adds].max() < STEP * 1.01
    assert said["counts"]["withheld"] < 0.05 * len(told)
    few = (
        (told["num"] > 0)
        & (told["num"] < 5)
        & told["indicator"].str.startswith(("deprived", "idpoor", "families"))
    )
    assert not few.any()
    if len(cambodia.cities) > 1:
        row = table[
            (table["place"] == "KH")
            & (table["indicator"] == "health_centre_access")
            & (table["group"] == "all")
        ]
        assert row["status"].tolist() == ["missing"]
        assert float(row["coverage_people"].iloc[0]) < 0.06
        beside = read_parquet(tmp_path / "rollup" / "beside.parquet")
        assert (beside["place"] == "KH12").all()
    spread = read_parquet(tmp_path / "rollup" / "within_between.parquet")
    assert not spread.duplicated(["indicator", "level", "measure"]).any()
    assert {"province", "member"} <= set(spread["level"])
    json.dumps(said)
