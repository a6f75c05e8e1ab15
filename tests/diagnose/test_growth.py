"""Growth worked by hand; Phnom Penh's from the real tables, boundaries bridged."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from citiesforall.core.references import references
from citiesforall.diagnose.growth import (
    effective_years,
    error_per_year,
    figures,
    growth_rate,
    growth_table,
    land_per_person_growth,
    log_growth,
    raked,
)
from citiesforall.diagnose.growth_counts import Counts, Pair, bridged, pairs_of
from citiesforall.diagnose.outlook_rates import pairs_of_counts, rates_of, tree_of

SAID = figures()
ONE_WITH_TBOUNG_KHMUM = 1_679_992.0
"""Kampong Cham in 2008, which the file leaves blank."""


@pytest.fixture(scope="module")
def censuses(data_root):
    """Return the censuses of 2008 and 2019 by province, as their file has them."""
    table = pd.read_csv(
        data_root / "cambodia" / "census_provinces_2008_2019.csv", dtype={"province_code": str}
    )
    codes = "KH" + table["province_code"]
    before = dict(zip(codes, table["population_2008_old_boundary"], strict=True))
    after = dict(zip(codes, table["population_2019"].astype(float), strict=True))
    known = {code: value for code, value in before.items() if not np.isnan(value)}
    return Counts(2008, "kh@2008", known, "census"), Counts(2019, "kh@2019", after, "census")


def with_kampong_cham(before):
    return replace(before, people={**before.people, "KH03": ONE_WITH_TBOUNG_KHMUM})


def test_rate_by_hand():
    # ln(2,281,951 / 1,501,725) / 11 = ln 1.519553 / 11 = 0.418416 / 11
    assert growth_rate(1_501_725, 2_281_951, 11) == pytest.approx(0.0380378, abs=1e-6)
    # At the old boundary it would be ln(2,281,951 / 1,327,615) / 11 = 0.0492: the error this bridge is for.
    assert growth_rate(1_327_615, 2_281_951, 11) == pytest.approx(0.0492, abs=1e-4)
    assert np.isnan(growth_rate([0, 5, 5], [5, 0, 5], 10)).tolist() == [True, True, False]
    assert np.isnan(growth_rate(5, 6, 0))


def test_phnom_penh_grew_by_3_8_percent(censuses):
    pairs, _ = pairs_of(*censuses, "kh@2025")
    pair = pairs["KH12"]
    # 1,327,615 + 13.76 % of Kandal's 1,265,280 = 1,327,615 + 174,103 = 1,501,718
    assert pair.past == pytest.approx(1_501_725, rel=1e-5)
    assert growth_rate(pair.past, pair.present, 11) == pytest.approx(0.0380, abs=5e-5)
    assert pairs["KH08"].past == pytest.approx(1_091_170, rel=1e-4)
    assert growth_rate(pairs["KH08"].past, pairs["KH08"].present, 11) > 0  # not -0.47 % a year


def test_kampong_cham_and_tboung_khmum_are_taken_together(censuses):
    pairs, _ = pairs_of(with_kampong_cham(censuses[0]), censuses[1], "kh@2025")
    assert pairs["KH03"] == pairs["KH25"]
    assert pairs["KH03"].together == {"KH03", "KH25"}
    # ln((899,791 + 776,841) / 1,679,992) / 11 = ln 0.998 / 11 = -0.02 % a year
    assert growth_rate(pairs["KH03"].past, pairs["KH03"].present, 11) == pytest.approx(-0.000182, abs=1e-6)


def test_a_province_the_file_leaves_blank_is_missing(censuses):
    pairs, _ = pairs_of(*censuses, "kh@2025")
    assert not {"KH03", "KH25"} & pairs.keys()
    assert len(pairs) == 23


def test_the_nation_is_the_sum(censuses):
    pairs, _ = pairs_of(with_kampong_cham(censuses[0]), censuses[1], "kh@2025")
    groups = {pair.together: pair for pair in pairs.values()}.values()
    assert sum(pair.past for pair in groups) == pytest.approx(13_395_682)
    assert sum(pair.present for pair in groups) == pytest.approx(15_552_211)


def test_spread_of_provinces_is_what_growth_toml_says(censuses):
    pairs, _ = pairs_of(with_kampong_cham(censuses[0]), censuses[1], "kh@2025")
    rates = np.array([float(growth_rate(pair.past, pair.present, 11)) for pair in pairs.values()])
    nation = np.log(15_552_211 / 13_395_682) / 11
    assert np.sqrt(((rates - nation) ** 2).mean()) == pytest.approx(SAID.inherited_sd, abs=5e-4)


def test_half_life_between_the_last_censuses():
    # 1998-2008: ln(13,395,682 / 11,437,656) / 10 = 1.580 %; 2008-2019: 1.357 %; midpoints 10.5 years apart.
    earlier, later = np.log(13_395_682 / 11_437_656) / 10, np.log(15_552_211 / 13_395_682) / 11
    assert 10.5 * np.log(2) / np.log(earlier / later) == pytest.approx(48, abs=0.5)


def test_villages_shares_put_places_together_and_counted_ones_do_not():
    # District KH0505 was split by villages; its parts are one for growth.
    before = Counts(2008, "kh@2008", {"KH0505": 100.0, "KH0501": 50.0})
    found = bridged(before, "kh@2024")
    assert found.groups[frozenset({"KH0509", "KH0510"})] == pytest.approx(100)
    assert found.groups[frozenset({"KH0501"})] == 50


def test_a_count_that_lacks_a_part_gives_no_growth():
    # KH0801 went partly to Dangkao (KH1205), which also was a district of Phnom Penh: without the others it is lacking.
    before, after = Counts(2008, "kh@2008", {"KH0304": 10.0}), Counts(2019, "kh@2019", {"KH2501": 12.0})
    pairs, lacking = pairs_of(before, after, "kh@2025")
    assert pairs["KH2501"].past == 10
    assert not lacking


def test_damping_by_hand():
    # 30 years, half-life 30: 30 / 0.693147 x (1 - 1/2) = 21.6404
    assert effective_years(30, 30) == pytest.approx(21.6404, abs=1e-4)
    assert effective_years(30, None) == 30
    assert effective_years(-3, 30) == -3
    assert effective_years(1e6, 30) == pytest.approx(30 / np.log(2))


def test_errors_by_size_by_hand():
    # Counties: 1.2 % a year x sqrt(pi / 2) = 1.504 % a year; after 30 years 36 % on average.
    assert error_per_year([5_000, 20_000, 999_999, 1_000_000, np.nan], SAID) == pytest.approx(
        np.array([0.018, 0.012, 0.012, 0.006, 0.018]) * 1.2533141
    )
    z = np.random.default_rng(1).normal(0, 0.012 * 1.2533141 * 30, 200_000)
    assert np.abs(z).mean() == pytest.approx(0.36, rel=0.01)


def test_growth_is_bounded():
    grown = log_growth(
        np.array([0.2, -0.2]), np.zeros(2), np.zeros((1, 2)), 10, replace(SAID, method="exponential")
    )
    assert grown[0] == pytest.approx([0.8, -0.4])


def test_parts_are_held_to_their_whole():
    out = raked(np.array([[10.0, 30.0, np.nan]]), np.array([60.0]))
    assert out[0, :2] == pytest.approx([15, 45])
    assert np.isnan(out[0, 2])


def test_land_per_person_and_11_3_1():
    # Land 6 % a year, people 3 %: ratio 2, land per person grows by 3 % a year.
    assert land_per_person_growth(np.array([0.06]), np.array([0.03])) == pytest.approx([0.03])


def test_figures_say_who_states_them():
    table = growth_table()
    for name, row in table.items():
        if isinstance(row, dict):
            assert row["grade"] in {"V", "K", "ours"}, name
            assert row["said_by"], name
            assert set(row["cites"]) <= references().keys(), name


def tree(people):
    places = pd.DataFrame({"place": ["KH", "KH12", "KH08", "KH1201"], "parent": [None, "KH", "KH", "KH12"]})
    return tree_of(places, people)


PEOPLE = {"KH": 300.0, "KH12": 200.0, "KH08": 100.0, "KH1201": 150.0}


def pair(code, past, present):
    return Pair(past, present, 2008, 2019, frozenset({code}), "census")


def test_places_without_counts_take_their_wholes():
    rates = rates_of(tree(PEOPLE), {"KH12": pair("KH12", 150, 200), "KH08": pair("KH08", 100, 100)}, SAID)
    assert rates["KH1201"].rate == rates["KH12"].rate == pytest.approx(np.log(200 / 150) / 11)
    assert (rates["KH1201"].status, rates["KH1201"].notes) == ("estimated", ("of_whole",))
    assert rates["KH1201"].sd == pytest.approx(np.hypot(rates["KH12"].sd, 0.014))
    assert rates["KH"].rate == pytest.approx(np.log(300 / 250) / 11)
    assert rates["KH"].status == "ok"  # all its parts are counted


def test_a_whole_of_which_too_little_is_counted():
    rates = rates_of(tree(PEOPLE), {"KH08": pair("KH08", 100, 100)}, SAID)
    assert set(rates) == {"KH08"}
    mostly = rates_of(tree({**PEOPLE, "KH08": 20.0, "KH12": 280.0}), {"KH12": pair("KH12", 150, 280)}, SAID)
    assert mostly["KH"].notes == ("of_most_parts",)
    assert "of_whole" in mostly["KH08"].notes


def test_counts_too_near_or_of_other_ground_are_not_used():
    near = Pair(100, 101, 2018, 2019, frozenset({"KH"}), "x")
    wild = Pair(10, 300, 2008, 2019, frozenset({"KH"}), "x")  # 31 % a year
    short = Pair(100, 110, 2015, 2019, frozenset({"KH"}), "x")
    assert not rates_of(tree(PEOPLE), {"KH": near}, SAID)
    assert not rates_of(tree(PEOPLE), {"KH": wild}, SAID)
    assert rates_of(tree(PEOPLE), {"KH": short}, SAID)["KH"].notes == ("short_period",)


def test_the_pair_nearest_to_ten_years_is_taken():
    counts = [Counts(year, "kh@2025", {"KH12": 100.0 + year - 1998}) for year in (1998, 2008, 2013, 2019)]
    pairs, _, faults = pairs_of_counts(counts, "kh@2025", SAID)
    assert (pairs["KH12"].from_year, pairs["KH12"].to_year) == (2008, 2019)
    assert not faults


def test_an_edition_nobody_knows_is_told():
    counts = [Counts(2008, "kh@1990", {"KH12": 1.0}), Counts(2019, "kh@2025", {"KH12": 1.0})]
    pairs, _, faults = pairs_of_counts(counts, "kh@2025", SAID)
    assert not pairs
    assert "edition 'kh@1990' is not known" in faults[0]
