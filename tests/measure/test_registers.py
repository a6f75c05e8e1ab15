"""Methods of registers, by hand: a city of two districts and four communes."""

import json

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.stats import chi2

from citiesforall.core.errors import NoDataError
from citiesforall.core.source import SourceError
from citiesforall.measure.layers import Layers
from citiesforall.measure.register_layer import load_registers
from citiesforall.measure.registers import (
    counting_interval,
    register_growth,
    register_mean,
    register_rate,
    register_share,
    register_total,
    years_differ,
)

PLACES = ["KH01", "KH0102", "KH0103", "KH010201", "KH010202", "KH010301", "KH010302"]
PARENTS = [None, "KH01", "KH01", "KH0102", "KH0102", "KH0103", "KH0103"]
PEOPLE = [1000.0, 600.0, 400.0, 400.0, 200.0, 300.0, 100.0]
CITY, EAST, WEST, A, B, C, D = range(7)


def rows(amount, values, period="2022", source="poor", status="ok", reason=""):
    return [
        {
            "place": place, "amount": amount, "value": value, "period": period, "source": source,
            "status": "missing" if np.isnan(value) else status, "reason": reason, "n": 1.0,
        }
        for place, value in values.items()
    ]  # fmt: skip


def layers(tmp_path, table, S=1, errors=None, series=(), year="2019", people=None):
    pd.DataFrame(table).to_parquet(tmp_path / "registers.parquet")
    places = pd.DataFrame({"place": PLACES, "parent": PARENTS}, dtype=object)
    drawn = np.broadcast_to(np.array(PEOPLE), (S, 7)) if people is None else people
    found = load_registers(
        tmp_path, {"series": list(series)}, places, drawn, {"year": year, "errors": errors or {}, "seed": 1}
    )
    nothing = np.zeros((S, 4))
    return Layers(
        "all", nothing, None, 1.0, 1.0, {}, np.zeros(4, bool), nothing[0], {}, np.arange(4), np.zeros((7, 4), bool),
        registers=found,
    )  # fmt: skip


UNITS = PLACES[3:]
HOUSEHOLDS = rows("households", dict(zip(UNITS, [100.0, 50.0, 60.0, 20.0], strict=True)))
POOR = rows("poor_households", dict(zip(UNITS, [10.0, 20.0, 6.0, 4.0], strict=True)))


def test_a_share_adds_up(tmp_path):
    found = register_share(layers(tmp_path, HOUSEHOLDS + POOR), num=["poor_households"], den=["households"])
    assert found.num[0].tolist() == [40.0, 30.0, 10.0, 10.0, 20.0, 6.0, 4.0]  # 10 + 20 + 6 + 4
    assert found.den[0].tolist() == [230.0, 150.0, 80.0, 100.0, 50.0, 60.0, 20.0]
    assert found.value()[CITY] == pytest.approx(40 / 230)
    assert found.n.tolist() == [4.0, 2.0, 2.0, 1.0, 1.0, 1.0, 1.0]
    assert not found.unknown_share.any()
    assert not found.estimated


def test_several_amounts_are_added(tmp_path):
    more = rows("poor_1_households", dict.fromkeys(UNITS, 1.0))
    found = register_share(
        layers(tmp_path, HOUSEHOLDS + POOR + more),
        num=["poor_households", "poor_1_households"],
        den=["households"],
    )
    assert found.num[0, CITY] == 44


def test_places_count_only_where_both_are_known(tmp_path):
    poor = rows("poor_households", dict(zip(UNITS, [10.0, np.nan, 6.0, 4.0], strict=True)))
    found = register_share(layers(tmp_path, HOUSEHOLDS + poor), num=["poor_households"], den=["households"])
    assert found.num[0, CITY] == 20
    assert found.den[0, CITY] == 180  # without the 50 households of KH010202
    assert found.unknown_share.tolist() == pytest.approx(
        [0.2, 1 / 3, 0, 0, 1, 0, 0]
    )  # 200 of 1000, 200 of 600
    assert np.isnan(found.value()[B])


def test_what_is_known_of_a_larger_place_fills_that_place_only(tmp_path):
    crimes = rows("crimes", {"KH0102": 12.0, "KH010301": 3.0, "KH010302": 1.0})
    found = register_rate(layers(tmp_path, crimes), num=["crimes"], den=["residents"])
    assert found.num[0, [CITY, EAST, WEST, C, D]].tolist() == [16.0, 12.0, 4.0, 3.0, 1.0]  # 12 + 3 + 1
    assert found.den[0, [CITY, EAST, WEST]].tolist() == [1000.0, 600.0, 400.0]
    assert np.isnan(found.value()[[A, B]]).all()
    assert found.unknown_share[[A, B, CITY]].tolist() == [1.0, 1.0, 0.0]


def test_parts_win_over_what_is_stated_of_the_whole_when_all_are_known(tmp_path):
    crimes = rows("crimes", {"KH01": 99.0, "KH0103": 50.0, **dict.fromkeys(UNITS, 2.0)})
    found = register_total(layers(tmp_path, crimes), of="crimes")
    assert found.num[0].tolist() == [8.0, 4.0, 4.0, 2.0, 2.0, 2.0, 2.0]
    crimes = rows("crimes", {"KH0103": 50.0, "KH010201": 2.0, "KH010202": 2.0, "KH010301": 2.0})
    found = register_total(layers(tmp_path, crimes), of="crimes")
    assert found.num[0, [CITY, WEST, C]].tolist() == [54.0, 50.0, 2.0]


def test_a_figure_of_the_city_is_of_the_city_alone(tmp_path):
    found = register_total(layers(tmp_path, rows("villages", {"KH01": 77.0})), of="villages")
    assert found.value()[CITY] == 77
    assert np.isnan(found.value()[1:]).all()
    assert (found.unknown_share[1:] == 1).all()


def test_a_total_of_some_places_says_so(tmp_path):
    found = register_total(layers(tmp_path, rows("villages", {"KH010201": 7.0})), of="villages")
    assert found.value()[[CITY, EAST, A]].tolist() == [7.0, 7.0, 7.0]
    assert found.unknown_share[[CITY, EAST]].tolist() == pytest.approx([0.6, 1 / 3])
    assert "places the register knows" in found.note


def test_an_index_is_averaged_over_residents(tmp_path):
    index = rows("flood_hazard_index", dict(zip(UNITS, [10.0, 40.0, 0.0, np.nan], strict=True)))
    found = register_mean(layers(tmp_path, index), of="flood_hazard_index")
    # east (400 x 10 + 200 x 40) / 600 = 20; city (4000 + 8000 + 0) / 900
    assert found.value()[[CITY, EAST, WEST]] == pytest.approx([12000 / 900, 20, 0])
    assert found.unknown_share[[CITY, WEST]] == pytest.approx([0.1, 0.25])


def test_shares_of_residents_move_with_the_residents(tmp_path):
    people = np.array([PEOPLE, [1000.0, 700.0, 300.0, 600.0, 100.0, 200.0, 100.0]])
    food = rows(
        "people_deprived_food", dict(zip(UNITS, [200.0, 20.0, 150.0, 0.0], strict=True))
    )  # 0.5 0.1 0.5 0
    said = [{"amount": "people_deprived_food", "period": "2022", "share_of": "residents"}]
    found = register_share(
        layers(tmp_path, food, S=2, series=said, people=people, year="2022"),
        num=["people_deprived_food"],
        den=["residents"],
    )
    assert found.num[0].tolist() == [370.0, 220.0, 150.0, 200.0, 20.0, 150.0, 0.0]
    assert found.num[1].tolist() == [
        410.0,
        310.0,
        100.0,
        300.0,
        10.0,
        100.0,
        0.0,
    ]  # 600 x 0.5 + 100 x 0.1 + 200 x 0.5
    assert found.den[1, CITY] == 1000
    assert not found.estimated


def test_years_that_differ_are_said_and_estimated(tmp_path):
    here = layers(tmp_path, rows("poor_persons", dict.fromkeys(UNITS, 9.0)), year="2019")
    found = register_share(here, num=["poor_persons"], den=["residents"])
    assert found.estimated
    assert found.note == "numerator of 2022, denominator of 2019"
    assert years_differ(here.registers, ["poor_persons"], ["poor_persons"]) == ""


def test_periods_can_be_asked_for_and_growth_is_between_them(tmp_path):
    old = rows("urban_people", dict(zip(UNITS, [100.0, 100.0, np.nan, 100.0], strict=True)), "2008")
    new = rows("urban_people", dict(zip(UNITS, [200.0, 100.0, 500.0, np.nan], strict=True)), "2011")
    here = layers(tmp_path, old + new)
    # 200 + 100 + 500 of 2011, 100 of 2008 where the later register is silent
    assert register_total(here, of="urban_people").num[0, CITY] == 900
    assert register_total(here, of="urban_people@last").num[0, CITY] == 800
    assert register_total(here, of="urban_people@2008").num[0, CITY] == 300
    assert register_total(here, of="urban_people@first").num[0, CITY] == 300
    found = register_growth(here, of="urban_people")
    # communes both know: 200 -> 300 in three years
    assert found.value()[CITY] == pytest.approx(np.log(300 / 200) / 3)
    assert not found.additive
    with pytest.raises(NoDataError, match="one year only"):
        register_growth(layers(tmp_path, new), of="urban_people")


def test_estimated_places_make_their_parents_estimated_from_a_twentieth_of_the_people(tmp_path):
    some = rows("villages", {"KH010201": 7.0, "KH010202": 1.0, "KH010301": 3.0}) + rows(
        "villages", {"KH010302": 2.0}, status="estimated"
    )
    found = register_total(layers(tmp_path, some), of="villages")
    # KH010302 has 100 of the city's 1000 people, 100 of the district's 400
    assert found.status.tolist() == ["estimated", "", "estimated", "", "", "", "estimated"]


def test_defects_say_why(tmp_path):
    bad = rows("people_deprived_unemployment", dict.fromkeys(UNITS, np.nan), reason="0 in all rows: a defect")
    with pytest.raises(NoDataError, match="a defect"):
        register_share(layers(tmp_path, bad), num=["people_deprived_unemployment"], den=["residents"])
    with pytest.raises(NoDataError, match="no register of the city gives 'homicides'"):
        register_total(layers(tmp_path, HOUSEHOLDS), of="homicides")


def test_stated_errors_are_drawn_alike_in_every_indicator(tmp_path):
    error = SourceError(relative_sd=0.1, shared=0.5, said_by="ours: for the test")
    here = layers(tmp_path, HOUSEHOLDS + POOR, S=4001, errors={"poor": error})
    share = register_share(here, num=["poor_households"], den=["households"])
    total = register_total(here, of="poor_households")
    assert np.array_equal(share.num, np.minimum(total.num, share.den))
    assert total.num[0].tolist() == [40.0, 30.0, 10.0, 10.0, 20.0, 6.0, 4.0]
    assert np.allclose(total.num[:, CITY], total.num[:, [A, B, C, D]].sum(axis=1), rtol=1e-12)
    one = np.log(total.num[1:, A] / 10)
    assert one.std() == pytest.approx(0.1, rel=0.05)
    # half of the variance is common: the log-errors of two places correlate by 0.5
    assert np.corrcoef(one, np.log(total.num[1:, D] / 4))[0, 1] == pytest.approx(0.5, abs=0.05)


def test_a_part_never_exceeds_its_whole_in_any_draw(tmp_path):
    error = SourceError(relative_sd=0.3, said_by="ours: for the test")
    poor = rows("poor_households", dict(zip(UNITS, [99.0, 49.0, 59.0, 20.0], strict=True)))
    found = register_share(
        layers(tmp_path, HOUSEHOLDS + poor, S=200, errors={"poor": error}),
        num=["poor_households"],
        den=["households"],
    )
    assert (found.num <= found.den).all()


def test_groups_are_not_told_apart(tmp_path):
    here = layers(tmp_path, HOUSEHOLDS)
    women = here.bound("women", np.ones(4), 1.0)
    with pytest.raises(NoDataError, match="groups"):
        register_total(women, of="households")
    assert json.dumps(register_total(here, of="households").num[0].tolist())


def test_parts_add_up_in_every_draw_also_where_they_reach_their_whole(tmp_path):
    error = SourceError(relative_sd=0.3, said_by="ours: for the test")
    poor = rows("poor_households", dict(zip(UNITS, [99.0, 10.0, 59.0, 20.0], strict=True)))
    found = register_share(
        layers(tmp_path, HOUSEHOLDS + poor, S=200, errors={"poor": error}),
        num=["poor_households"],
        den=["households"],
    )
    assert np.allclose(found.num[:, CITY], found.num[:, [A, B, C, D]].sum(axis=1), rtol=1e-12)
    assert np.allclose(found.num[:, EAST], found.num[:, [A, B]].sum(axis=1), rtol=1e-12)


def test_each_place_has_its_latest_value_and_its_own_period(tmp_path):
    """A figure of the city alone, of 2025, leaves the units what the register of 2024 says."""
    old = rows("crimes", dict(zip(UNITS, [12.0, 8.0, 20.0, 10.0], strict=True)), "2024")
    here = layers(tmp_path, old + rows("crimes", {"KH01": 70.0}, "2025", source="figures"), year="2024")
    found = register_total(here, of="crimes")
    assert found.num[0].tolist() == [70.0, 20.0, 30.0, 12.0, 8.0, 20.0, 10.0]
    assert found.periods.tolist() == ["2025", *["2024"] * 6]
    assert not found.unknown_share.any()
    rate = register_rate(here, num=["crimes"], den=["residents"])
    assert rate.value()[[CITY, A]].tolist() == [70 / 1000, 12 / 400]
    assert rate.note == "numerator of 2024/2025, denominator of 2024"
    assert register_total(here, of="crimes@last").num[0, CITY] == 70
    assert register_total(here, of="crimes@2024").num[0, CITY] == 50


def test_places_of_two_years_are_added_up_and_say_so(tmp_path):
    old = rows("crimes", dict(zip(UNITS, [12.0, 8.0, 20.0, 10.0], strict=True)), "2023")
    here = layers(tmp_path, old + rows("crimes", {"KH010201": 6.0}, "2024"))
    found = register_total(here, of="crimes")
    assert found.num[0].tolist() == [44.0, 14.0, 30.0, 6.0, 8.0, 20.0, 10.0]
    assert found.periods.tolist() == ["2023/2024", "2023/2024", "2023", "2024", "2023", "2023", "2023"]


def test_part_and_whole_of_the_same_span_but_other_years_in_a_place_are_said(tmp_path):
    both = [
        *rows("households", dict(zip(UNITS, [100.0, 50.0, 60.0, 20.0], strict=True)), "2023"),
        *rows("households", {"KH010202": 55.0}, "2024"),
        *rows("poor_households", dict(zip(UNITS, [10.0, 20.0, 6.0, 4.0], strict=True)), "2023"),
    ]
    here = layers(tmp_path, [*both, *rows("poor_households", {"KH010201": 9.0}, "2024")])
    found = register_share(here, num=["poor_households"], den=["households"])
    assert found.estimated
    same = layers(tmp_path, [*both, *rows("poor_households", {"KH010202": 9.0}, "2024")])
    assert not register_share(same, num=["poor_households"], den=["households"]).estimated


def test_a_published_part_above_its_whole_shows_and_is_doubted(tmp_path):
    error = SourceError(relative_sd=0.3, said_by="ours: for the test")
    poor = rows("poor_households", dict(zip(UNITS, [120.0, 10.0, 59.0, 20.0], strict=True)))
    here = layers(tmp_path, HOUSEHOLDS + poor, S=200, errors={"poor": error})
    found = register_share(here, num=["poor_households"], den=["households"])
    assert found.value()[[A, CITY]].tolist() == [1.2, 209 / 230]
    assert found.status.tolist() == ["", "", "", "estimated", "", "", ""]
    assert "more than its whole in KH010201" in found.note
    assert (found.num[:, [B, C, D]] <= found.den[:, [B, C, D]]).all()


def test_counts_of_events_err_as_poisson_counts(tmp_path):
    deaths = rows("road_deaths", dict(zip(UNITS, [7.0, 0.0, 0.0, 0.0], strict=True)))
    found = register_rate(layers(tmp_path, deaths), num=["road_deaths"], den=["residents"])
    low, high = found.interval()
    # 7 of 400: Garwood's limits of 7 are 2.814 and 14.423. None of 200: 0 and -ln 0.025 = 3.689.
    assert (low[A], high[A]) == (pytest.approx(2.814 / 400, rel=1e-3), pytest.approx(14.423 / 400, rel=1e-3))
    assert (low[B], high[B]) == (0.0, pytest.approx(-np.log(0.025) / 200))
    assert (low[CITY], high[CITY]) == (pytest.approx(2.814e-3, rel=1e-3), pytest.approx(14.423e-3, rel=1e-3))


def test_limits_of_counts_equal_scipy_and_hold_the_count():
    count = np.array([0.0, 1.0, 7.0, 65.0, 1000.0, np.nan])
    low, high = counting_interval(count)
    assert_allclose(low[1:5], chi2.ppf(0.025, 2 * count[1:5]) / 2)
    assert_allclose(high[:5], chi2.ppf(0.975, 2 * count[:5] + 2) / 2)
    assert (low[:5] <= count[:5]).all()
    assert (high[:5] > count[:5]).all()
    assert np.isnan([low[5], high[5]]).all()


def test_a_stated_error_and_what_is_no_event_keep_their_interval(tmp_path):
    beds = rows("hospital_beds", dict(zip(UNITS, [7.0, 0.0, 0.0, 0.0], strict=True)))
    none = register_rate(layers(tmp_path, beds), num=["hospital_beds"], den=["residents"]).interval()
    assert np.isnan(none).all()
    deaths = rows("road_deaths", dict(zip(UNITS, [700.0, 5.0, 5.0, 5.0], strict=True)))
    sure = layers(tmp_path, deaths, S=201, errors={"poor": SourceError(relative_sd=0.5, said_by="ours")})
    low, high = register_rate(sure, num=["road_deaths"], den=["residents"]).interval()
    assert low[A] < 0.6 * 1.75  # a spread of one half is far wider than that of 700 deaths
    assert high[A] > 1.4 * 1.75
