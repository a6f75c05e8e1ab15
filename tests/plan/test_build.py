"""From a small street of people to a problem in arrays: options, rules, money; and that order changes nothing."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.plan.test_effects import ground

from citiesforall.core.action import actions
from citiesforall.plan.build_options import Draft, affordable, city_draft, dose_drafts, household_drafts
from citiesforall.plan.build_rules import cliques, make_rules, stands
from citiesforall.plan.effects import Need, full_dose


def need(people, place, service="basic_sanitation"):
    n = len(people)
    people, place = np.array(people, float), np.array(place)
    return Need(service, people, np.full(n, -1), place, people, 0 * people, {}, "", np.ones(n), np.ones(n))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 25).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, 2**31), st.floats(0, 1))))
def test_cliques_cover_every_near_pair_and_nothing_else(drawn):
    n, seed, share = drawn
    near = np.triu(np.random.default_rng(seed).random((n, n)) < share, 1)
    near = near | near.T
    found = cliques(near)
    covered = np.zeros_like(near)
    for clique in found:
        assert len(clique) == len(set(clique)) >= 2
        block = np.ix_(clique, clique)
        assert (near[block] | np.eye(len(clique), dtype=bool)).all()
        covered[block] = True
    np.testing.assert_array_equal(covered & ~np.eye(n, dtype=bool), near)


def test_packages_of_households_by_hand():
    # 880 people lack a latrine: 200 households of 4.4, in ten packages of 20 that serve 88 people, a tenth, each
    latrine = actions()["household_latrine"]
    (draft,) = household_drafts(latrine, need([880.0], [1]), 5, None, 1e9)
    assert (draft.size, draft.most, draft.place, draft.rows.tolist()) == (20, 10, 1, [5])
    np.testing.assert_allclose(draft.share, 0.1)
    # US$350 each, and a fund with US$2,800 a year: half of it buys four at a time
    (small,) = household_drafts(latrine, need([880.0], [1]), 0, None, 2800.0)
    assert (small.size, small.most) == (4, 50)


def test_an_action_for_the_poor_reaches_the_poor_and_needs_to_know_them():
    poor = actions()["idpoor_outreach"]
    (draft,) = household_drafts(poor, need([880.0], [0]), 0, np.array([0.25, 0.5]), 1e9)
    # a quarter of 880 are 220 people in 50 households: ten packages of five, 22 people or 1/40 of the row
    assert (draft.size, draft.most) == (5, 10)
    np.testing.assert_allclose(draft.share, 22 / 880)
    assert "no source says how many are poor" in household_drafts(poor, need([880.0], [0]), 0, None, 1e9)


def test_a_dose_in_pieces_each_smaller_than_the_one_before():
    light = actions()["street_light"]
    drafts = dose_drafts(light, need([300.0], [1]), 7, np.array([4000.0, 4000.0]), 1e9)
    full = full_dose(light, 4000.0)
    assert [draft.size for draft in drafts] == [round(full)] * 2
    shares = [draft.share[0] for draft in drafts]
    # 1 - 1/e of what can be done, then 1/e of that again
    np.testing.assert_allclose(
        shares, light.most_share * np.array([1 - np.exp(-1), np.exp(-1) - np.exp(-2)]), rtol=0.01
    )
    assert all(draft.rows.tolist() == [7] for draft in drafts)


def test_a_dose_too_large_for_a_place_is_of_the_city():
    route = actions()["bus_route"]
    drafts = dose_drafts(route, need([100.0, 50.0], [0, 1]), 0, np.array([4000.0, 4000.0]), 1e9)
    assert {draft.place for draft in drafts} == {-1}
    assert drafts[0].size == 1
    assert drafts[0].rows.tolist() == [0, 1]


def test_money_of_half_a_year_bounds_a_package():
    latrine = actions()["household_latrine"]
    price = sum(latrine.capital_usd) / 2
    assert affordable(latrine, 7.2, 1e9) == 8
    assert affordable(latrine, 100, 20 * price) == 10
    assert affordable(latrine, 100, price) == 1


def test_prerequisites_stand_where_half_the_people_have_them():
    city = ground(safely_managed_water={"C": 60.0, "W": 40.0})
    piped = actions()["piped_connection"]
    assert stands(piped, city, -1)
    assert not stands(piped, city, 1)
    assert not stands(piped, city, 0)
    assert not stands(actions()["warning_gauge"], city, -1)


def test_rules_of_pieces_prerequisites_and_exclusions():
    import pandas as pd  # noqa: PLC0415

    city = ground()
    loud, gauge, light, solar = (
        actions()[key] for key in ("warning_loudspeaker", "warning_gauge", "street_light", "solar_light")
    )
    lived = np.array([4000.0, 4000.0])
    drafts = [
        *dose_drafts(light, need([10.0], [1]), 0, lived, 1e9), *dose_drafts(solar, need([10.0], [1]), 0, lived, 1e9),
        *dose_drafts(loud, need([10.0], [1], "feels_warned"), 1, lived, 1e9)[:1], city_draft(gauge),
    ]  # fmt: skip
    table = pd.DataFrame({"site": [], "x": [], "y": []})
    rules = make_rules(drafts, actions(), city, table, (), {})
    pairs = {
        (
            int(one),
            tuple(
                rules.needs_any.indices[rules.needs_any.indptr[at] : rules.needs_any.indptr[at + 1]].tolist()
            ),
        )
        for at, one in enumerate(rules.needs)
    }
    # the second piece of each light needs the first; the loudspeaker needs the gauge
    assert pairs == {(1, (0,)), (3, (2,)), (4, (5,))}
    # one kind of light in a place
    assert rules.clashes.toarray().tolist() == [[1, 0, 1, 0, 0, 0]]
    assert len(make_rules(drafts, actions(), city, table, ("warning_gauge",), {}).needs) == 2


def test_no_more_units_than_could_be_half_used():
    import pandas as pd  # noqa: PLC0415

    hospital = actions()["referral_hospital"].model_copy(update={"max_units": None})
    rows, share = np.array([0]), np.ones(1)
    drafts = [Draft(hospital, site, 0, 0, 1.0, 1, 100_000.0, rows, share) for site in range(4)]
    table = pd.DataFrame({"site": list("abcd"), "x": [0.0, 9e3, 18e3, 27e3], "y": 0.0})
    # 61,000 people lack one: half of 100,000 fits once; 160,000: three times
    for lacking, most in ((61_000.0, 1), (160_000.0, 3), (10.0, 1)):
        rules = make_rules(drafts, actions(), ground(), table, (), {"referral_hospital": lacking})
        assert rules.count_max.tolist() == [most]
