"""Budgets, own unit rates, wishes and own sites of a city file: read, reckoned, and every fault told."""

import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiesforall.core.action import actions, actions_for
from citiesforall.core.budget import Budget, payers, rate_of, weights_of
from citiesforall.core.city import City, read_city
from citiesforall.core.errors import DeclarationError
from citiesforall.core.fund_limits import limits_usd
from citiesforall.core.nation import Nation, read_nation

PLACE = 'period = "2025"\n[place]\ncode = "KH0203"\nname = "Battambang"\n'
BUDGET = """
[budget]
years = [2027, 2028]
currency = "KHR"
khr_per_usd = 4100
grade = "assumed"
[budget.funds.dm]
title = "District and municipality fund"
tier = "DM"
capital = [4100000, 8200000]
recurrent = [410000, 410000]
[budget.funds.grant]
title = "Grant for health"
tier = "LN"
currency = "USD"
capital = [500, 0]
recurrent = [0, 0]
only = ["health"]
"""


def city(tmp_path, *texts):
    file = tmp_path / "town.toml"
    file.write_text(PLACE + "\n".join(texts), encoding="utf-8")
    return read_city(file)


def faults(tmp_path, *texts):
    with pytest.raises(DeclarationError) as caught:
        city(tmp_path, *texts)
    return caught.value.faults


def test_a_city_needs_no_budget(tmp_path):
    town = city(tmp_path)
    assert town.budget is None
    assert town.plan.objective == "fairness_first"
    assert weights_of(town.plan) == {"idpoor": 2.0, "disabled": 1.5, "women": 1.2}
    assert actions_for(town) == actions()


def test_limits_are_in_dollars(tmp_path):
    budget = city(tmp_path, BUDGET).budget
    limits = limits_usd(budget)
    # 4,100,000 riel / 4,100 = 1,000 dollars; the grant is in dollars already.
    assert limits["capital"].tolist() == [[1000, 2000], [500, 0]]
    assert limits["recurrent"].tolist() == [[100, 100], [0, 0]]


def test_who_may_pay(tmp_path):
    budget = city(tmp_path, BUDGET).budget
    assert payers(budget, actions()["health_centre"]) == ("dm", "grant"), "lead first, then partner"
    assert payers(budget, actions()["hydrant"]) == ("dm",), "the grant is for health alone"
    assert payers(budget, actions()["referral_hospital"]) == ("grant",)
    assert payers(budget, actions()["public_tap"]) == ()


BAD = [
    ("years = [2027, 2028]", "", "budget.years: this is missing. Add it."),
    ("years = [2027, 2028]", "years = []", "budget.years: no year is given."),
    ("years = [2027, 2028]", "years = [2028, 2027]", "budget.years: 2028, 2027 do not rise by one."),
    ("years = [2027, 2028]", "years = [2027, 2029]", "do not rise by one"),
    ("years = [2027, 2028]", 'years = ["soon"]', "budget.years: 'soon' is not a whole number. Mend it."),
    ("[budget]", "[[budget]]", "... is not a single table, as [name]. Mend it."),
    ("years = [2027, 2028]", "years = [27, 28]", "are not all between 2000 and 2100"),
    ("khr_per_usd = 4100", "", "KHR (funds dm) and US dollars stand beside each other without a rate. Give khr_per_usd"),
    ("khr_per_usd = 4100", "khr_per_usd = 0", "budget.khr_per_usd: 0 must be greater than 0."),
    ("khr_per_usd = 4100", "khr_per_usd = 4100\nper_usd = 4000", "per_usd: 4000 contradicts the 4100 KHR for a dollar."),
    ('currency = "USD"', 'currency = "THB"', "THB (funds grant) and US dollars stand beside each other without a rate. Use KHR or USD."),
    ('currency = "KHR"', 'currency = "riel"', "budget.currency: 'riel' is not of the form"),
    ("[4100000, 8200000]", "[4100000]", "budget: funds.dm: capital has 1 numbers for 2 years."),
    ("[4100000, 8200000]", "[-1, 5]", "budget.funds.dm.capital: -1 must be at least 0."),
    ("[4100000, 8200000]", "[5, inf]", "budget.funds.dm.capital.2: inf is no number"),
    ('tier = "DM"', 'tier = "CC"', "budget.funds.dm.tier: 'CC' is not known."),
    ('["health"]', '["helth"]', "programme 'helth' is not known. Did you mean 'health'?"),
    ('grade = "assumed"', "", "budget.grade: this is missing."),
    ('title = "Grant for health"', 'titel = "x"', "budget.funds.grant.titel: this word is not known. Did you mean 'title'?"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said"), BAD, ids=[said[:50] for _, _, said in BAD])
def test_a_wrong_budget_is_told(tmp_path, old, new, said):
    assert old in BUDGET
    lines = faults(tmp_path, BUDGET.replace(old, new))
    assert any(said in line for line in lines), lines
    assert all(line.startswith("town.toml: ") for line in lines)


def test_a_budget_without_funds_is_told(tmp_path):
    said = faults(tmp_path, BUDGET.split("[budget.funds", maxsplit=1)[0] + "[budget.funds]\n")
    assert said == (
        "town.toml: budget: funds: there is no fund. Add one as [budget.funds.<id>] with title, tier, capital and recurrent.",
    )


def test_faults_of_all_tables_come_at_once(tmp_path):
    lines = faults(
        tmp_path, BUDGET.replace("[4100000, 8200000]", "[4100000]"),
        '[costs.helth_centre]\ncapital_usd = 5\n[plan]\nactions = ["bus"]\nobjective = "fair"\n',
        '[[sites]]\nname = "Old market"\nlon = 203\nlat = 13\nkinds = ["markt"]\n',
    )  # fmt: skip
    for said in (
        "capital has 1 numbers",
        "'helth_centre' is not known",
        "'bus' is not known",
        "'fair' is not known",
        "203 must be at most 180",
        "'markt' is not known",
    ):
        assert any(said in line for line in lines), said


def test_own_unit_rates_take_the_place_of_the_catalogue(tmp_path):
    own = "[costs.health_centre]\ncapital = [410000000, 820000000]\nlead_months = 24\nsource = 'Price list 2026'\n"
    town = city(tmp_path, BUDGET, own, "[costs.street_light]\ncapital_usd = 180\n")
    have = actions_for(town)
    assert have["health_centre"].capital_usd == (100_000, 200_000)
    assert have["health_centre"].om_usd_per_year == actions()["health_centre"].om_usd_per_year
    assert (have["health_centre"].cost_by, have["health_centre"].note) == ("city", "Price list 2026")
    assert have["health_centre"].lead_months == 24
    assert have["street_light"].capital_usd == (180, 180)
    assert have["bus_stop"] == actions()["bus_stop"]


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (
            "capital_usd = 5\ncapital = 5",
            "costs.health_centre: capital_usd and capital: the same cost is given twice.",
        ),
        ("capital_usd = [9, 5]", "costs.health_centre.capital_usd: the low end 9 is above the high end 5."),
        ("capital_usd = -5", "costs.health_centre.capital_usd: [-5, -5] is no cost."),
        ("per_unit = 1", "costs.health_centre: per_unit: it means nothing with effect 'coverage'."),
        ("life_years = 0", "costs.health_centre.life_years: 0 must be greater than 0."),
        (
            "captal_usd = 5",
            "costs.health_centre.captal_usd: this word is not known. Did you mean 'capital_usd'?",
        ),
    ],
)
def test_wrong_unit_rates_are_told(tmp_path, own, said):
    assert any(said in line for line in faults(tmp_path, BUDGET, f"[costs.health_centre]\n{own}\n"))


def test_unit_rates_in_riel_need_a_budget(tmp_path):
    (line,) = faults(tmp_path, "[costs.health_centre]\ncapital = 5\n")
    assert "there is none. Add [budget], or give capital_usd" in line


def test_wishes_that_contradict_are_told(tmp_path):
    (line,) = faults(tmp_path, '[plan]\nactions = ["bus_stop", "hydrant"]\nwithout = ["hydrant"]\n')
    assert "plan: without: hydrant: wanted in actions too." in line
    (line,) = faults(tmp_path, "[plan]\nweights = {idpoor = 0.5}\n")
    assert "plan.weights.idpoor: 0.5 must be at least 1" in line


def test_own_sites_are_read(tmp_path):
    town = city(
        tmp_path,
        '[[sites]]\nname = "Old market"\nlon = 103.2\nlat = 13.1\nkinds = ["market"]\nland_m2 = 4000\n',
    )
    assert town.sites[0].kinds == ("market",)


@given(
    st.lists(st.integers(0, 10**13), min_size=1, max_size=8),
    st.sampled_from(["KHR", "USD", "BRL"]),
    st.floats(0.5, 20000),
)
def test_limits_turn_back_into_what_was_budgeted(money, currency, rate):
    years = tuple(range(2026, 2026 + len(money)))
    fund = {"title": "t", "tier": "DM", "capital": money, "recurrent": money}
    word = {"KHR": {"khr_per_usd": rate}, "USD": {}, "BRL": {"per_usd": rate}}[currency]
    budget = Budget.model_validate(
        {"years": years, "currency": currency, "grade": "official", "funds": {"f": fund}, **word}
    )
    back = np.rint(limits_usd(budget)["capital"][0] * rate_of(budget, currency))
    assert back.tolist() == money


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parents[2] / "cities").glob("*.toml")), ids=lambda path: path.stem
)
def test_every_committed_city_still_reads(path):
    if "registers" in tomllib.loads(path.read_text("utf-8")):  # a file that names cities
        assert isinstance(read_nation(path), Nation)
    else:
        assert isinstance(read_city(path), City)
