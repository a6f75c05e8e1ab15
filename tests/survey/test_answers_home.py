"""Answers on the dwelling, worked by hand from the rules of SDG 11.1.1 and the Joint Monitoring Programme."""

import numpy as np
import pytest

from citiesforall.survey import answers_home as home
from citiesforall.survey.answers import all_of, any_of
from citiesforall.survey.asked import Asked

nan = np.nan


def asked(n, numbers=(), sets=(), **codes):
    """Return interviews with some answers."""
    texts = {}
    for name, values in codes.items():
        texts[name] = np.array(values, dtype=object)
    held = {}
    for name, values in dict(sets).items():
        held[name] = np.empty(n, dtype=object)
        held[name][:] = values
    return Asked(
        "x",
        np.arange(n) + 2,
        texts,
        held,
        {name: np.array(values, float) for name, values in dict(numbers).items()},
    )


def equal(found, wanted):
    np.testing.assert_array_equal(found, np.array(wanted, float))


def test_yes_no_unknown():
    one, other = np.array([1, 1, 0, 0, nan, nan]), np.array([0, nan, 0, nan, nan, 1.0])
    # complete cases: one part that decides alone does not count where the other is not known
    equal(any_of([one, other]), [1, nan, 0, nan, nan, nan])
    equal(all_of([one, other]), [0, nan, 0, nan, nan, nan])
    equal(any_of([one, np.full(6, nan)]), [nan] * 6)


def test_water():
    given = asked(
        8,
        numbers={"water_minutes": [nan, 30, 31, nan, nan, nan, 5, nan]},
        water_source=[
            "piped_dwelling",
            "tube_well",
            "tube_well",
            "bottled",
            "bottled",
            "surface",
            "rainwater",
            None,
        ],
        water_other_source=[None, None, None, "piped_yard", "surface", None, None, None],
        water_place=[
            None,
            "elsewhere",
            "elsewhere",
            "delivered",
            "delivered",
            "elsewhere",
            "elsewhere",
            None,
        ],
        water_short_1m=["no", "no", "no", "no", "no", "no", "no", None],
        water_test=["safe", "safe", "not_tested", "not_tested", "safe", "contaminated", "safe", None],
    )
    found = home.derive_home(given, np.full(8, 4.0), {}, {})
    # bottled water is as good as the other source; surface water is not improved
    equal(found["improved_water"], [1, 1, 1, 1, 0, 0, 1, nan])
    # 30 minutes are near enough, 31 are not; what is piped in or brought takes none
    equal(found["basic_water"], [1, 1, 0, 1, 0, 0, 1, nan])
    # only the tested count: piped and clean 1; well elsewhere 0; bottled with surface water 0; surface 0; rain elsewhere 0
    equal(found["safely_managed_water"], [1, 0, nan, nan, 0, 0, 0, nan])


def test_water_of_slum_conditions_is_the_list_of_the_indicator():
    sources = [
        "tanker",
        "cart",
        "kiosk",
        "kiosk",
        "bottled",
        "public_tap",
        "public_tap",
        "public_tap",
        "piped_neighbour",
    ]
    given = asked(
        9,
        numbers={"water_tap_households": [nan, nan, nan, nan, nan, 5, 6, nan, nan]},
        water_source=sources,
        water_other_source=[None, None, "tube_well", "cart", "tanker", None, None, None, None],
    )
    found = home.derive_home(given, np.ones(9), {}, {})
    # all are improved for the Joint Monitoring Programme
    equal(found["improved_water"], [1] * 9)
    # not tanker and cart, nor what is bought beside them, nor a tap of six households
    equal(found["improved_water_11_1_1"], [0, 0, 1, 0, 0, 1, 0, nan, 1])
    # a form that did not ask how many share a tap: every tap counts
    older = home.derive_home(asked(2, water_source=["public_tap", "tanker"]), np.ones(2), {}, {})
    equal(older["improved_water_11_1_1"], [1, 0])


def test_what_is_not_answered_does_not_move_the_share_of_slums():
    """Of 100,000 households 20 % lack tenure and 10 % water; a quarter does not answer on tenure, a tenth not on water."""
    rng = np.random.default_rng(1)
    lacks = {"improved_water_11_1_1": 0.1, "improved_sanitation": 0.0, "secure_tenure": 0.2}
    true = {name: (rng.random(100_000) >= share).astype(float) for name, share in lacks.items()}
    silent = {"improved_water_11_1_1": 0.1, "improved_sanitation": 0.0, "secure_tenure": 0.25}
    said = {name: np.where(rng.random(100_000) < silent[name], nan, has) for name, has in true.items()}
    # 1 - 0.9 x 0.8 = 28 %; where one known lack was enough it was 34 %
    assert np.nanmean(home.slum(said)) == pytest.approx(0.28, abs=0.006)


def test_sanitation():
    given = asked(
        8,
        numbers={"toilet_households": [nan, 2, 3, nan, nan, nan, nan, nan]},
        toilet=[
            "flush_septic",
            "flush_septic",
            "flush_pit",
            "hanging",
            "none",
            "flush_sewer",
            "pit_slab",
            "vip",
        ],
        toilet_shared=["no", "yes", "yes", "no", None, "no", "no", None],
        toilet_emptied=["never", "never", "never", None, None, None, "service_unknown", "covered_pit"],
    )
    found = home.derive_home(given, np.full(8, 4.0), {}, {})
    equal(found["improved_sanitation"], [1, 1, 0, 0, 0, 1, 1, nan])
    equal(found["basic_sanitation"], [1, 0, 0, 0, 0, 1, 1, nan])
    equal(found["safely_managed_sanitation"], [1, 0, 0, 0, 0, nan, nan, nan])
    equal(found["sewer_connected"], [0, 0, 0, 0, 0, 1, 0, 0])
    treated = home.derive_home(given, np.full(8, 4.0), {"sewage_treated": 1.0}, {})
    equal(treated["safely_managed_sanitation"], [1, 0, 0, 0, 0, 1, nan, nan])


def test_handwashing():
    given = asked(
        5,
        handwashing_place=["fixed", "mobile", "none", "not_allowed", "fixed"],
        handwashing_water=["yes", "yes", None, None, "yes"],
        handwashing_soap=["yes", "no", None, None, None],
    )
    equal(home.derive_home(given, np.ones(5), {}, {})["handwashing"], [1, 0, 0, nan, nan])


def test_durable():
    sites = [{"none"}, {"railway"}, {"none"}, {"none"}, None]
    given = asked(
        5,
        sets={"hazard_site": [None if one is None else frozenset(one) for one in sites]},
        wall=["brick", "brick", "salvaged", "wood", "wood"],
        roof=["metal", "metal", None, "metal", "metal"],
        floor=["cement", "cement", "cement", "cement", "cement"],
        dwelling_condition=["good", "good", "good", "dilapidated", "good"],
    )
    equal(home.derive_home(given, np.ones(5), {}, {})["durable_housing"], [1, 0, nan, 0, nan])


def test_space():
    crowd = home.persons_per_room(np.array([6.0, 7, 3, 4]), np.array([2.0, 2, nan, 0]))
    equal(crowd, [3, 3.5, nan, nan])
    # three persons a room are enough by the definition, two by the measurement table of the same document
    equal(home.sufficient_living_area(crowd), [1, 0, nan, nan])
    equal(home.sufficient_living_area(crowd, 2.0), [0, 0, nan, nan])


def test_tenure():
    given = asked(
        6,
        tenure=["owned", "rented", "occupied", "occupied", "refused", "rented"],
        tenure_paper=["hard_title", "none", "none", "none", "dont_know", "written_lease"],
        eviction_fear=[
            "very_likely",
            "unlikely",
            "somewhat_likely",
            "dont_know",
            "very_unlikely",
            "very_unlikely",
        ],
    )
    found = home.derive_home(given, np.ones(6), {}, {})
    equal(found["tenure_document"], [1, 0, 0, 0, nan, 1])
    equal(found["fears_eviction"], [1, 0, 1, nan, 0, 0])
    # a document or no fear is enough, where both were answered
    equal(found["secure_tenure"], [1, 1, 0, nan, nan, 1])
    equal(found["renter"], [0, 1, 0, 0, nan, 1])


def slums(parts):
    return {name: np.array(values, float) for name, values in zip(home.DEPRIVATIONS, parts, strict=False)}


def test_slum():
    parts = slums([[1, 0, 0, 1, 1], [1, 1, nan, nan, 1], [1, 1, 0, 1, 1], [1, 1, 1, 1, 1], [1, 1, 1, 1, 0]])
    # the third lacks room, but its toilet is not known: it does not count, as the fourth does not
    equal(home.slum(parts), [0, 1, nan, nan, 1])
    equal(home.slum_deprivations(parts), [0, 1, nan, nan, 1])


def test_deprivation_hardly_asked_does_not_decide():
    n = 10
    given = {name: np.ones(n) for name in home.DEPRIVATIONS[:4]} | {
        "secure_tenure": np.array([0.0, 0] + [nan] * 8)
    }
    found = home.derive_home(asked(n), np.ones(n), {}, given)
    # tenure is known of 2 of 10 only, and only where it is bad: four deprivations are used
    equal(found["slum"], [0] * n)


def test_cost():
    given = asked(
        6,
        numbers={
            "housing_cost_khr_month": [300_000, 300_001, 100, 0, nan, 50_000],
            "income_khr_month": [1_000_000, 1_000_000, 0, 0, 1_000_000, nan],
        },
    )
    found = home.derive_home(given, np.ones(6), {}, {"slum": np.array([0, 0, 0, 1, 1, 0.0])})
    np.testing.assert_allclose(found["housing_cost_share"], [0.3, 0.300001, nan, nan, nan, nan])
    # above 30 % only; who pays out of no income is burdened
    equal(found["housing_cost_burden"], [0, 1, 1, nan, nan, nan])
    # three of six known: the burden counts; slum conditions or the burden make housing inadequate
    equal(found["inadequate_housing"], [0, 1, 1, nan, nan, nan])


@pytest.mark.parametrize(("fuel", "clean"), [("lpg", 1), ("charcoal", 0), ("none", nan), (None, nan)])
def test_who_does_not_cook_is_not_counted(fuel, clean):
    equal(
        home.derive_home(asked(1, cooking_fuel=[fuel]), np.ones(1), {}, {})["improved_cooking_fuel"], [clean]
    )


def test_given_answers_stand_for_ours():
    given = {"improved_water": np.array([1.0, 0.0])}
    found = home.derive_home(
        asked(2, water_source=["surface", "surface"], water_place=["dwelling", "dwelling"]),
        np.ones(2),
        {},
        given,
    )
    equal(found["improved_water"], [1, 0])
    equal(found["basic_water"], [1, 0])
