"""Run over every intervention: what it names is there, what it says agrees with the indicators, texts read well."""

import re

import pytest

from citiesforall.core.action import TIERS, actions
from citiesforall.core.action_checks import all_required, facility_kinds, plan_words
from citiesforall.core.errors import DeclarationError
from citiesforall.core.indicator import indicators
from citiesforall.core.references import references
from citiesforall.pipeline.list_actions import list_actions
from citiesforall.reference.actions import actions_page

EVERY = list(actions().values())
each = pytest.mark.parametrize("one", EVERY, ids=lambda one: one.id)
WALK_M_S = 1.2
ROWS = """
H1 H2 H3 H4 E1 E2 E3 W1 W2 W3 S1 S2 S3 S4 D1 D2 D3 D1b D4 D5 D6 R1 R1b R2 R3 R4 R5 R6 R7 L1 L2 P1 P2 T1 T2
G1 G2 G3 G4 F1 F2 V1 V2 M1 M2 U1 U2 U3 O1 O2 O3 O4 O5 J1 J2 Z1
"""
"""Of the table of interventions; S2b and D6b are the second work of a row that names two."""


def test_every_row_of_the_table_is_there():
    assert {one.code for one in EVERY} == {*ROWS.split(), "S2b", "D6b"}


@each
def test_title_and_meaning_read_well(one):
    assert one.title[0].isupper()
    assert not one.title.endswith(".")
    assert len(one.title) <= 80
    assert one.meaning.endswith(".")
    assert "  " not in one.title + one.meaning
    assert not one.note or one.note.endswith(".")


@each
def test_reach_is_that_of_the_indicator_it_should_change(one):
    """Whom the plan counts as served, the indicator counts too."""
    main = indicators()[one.acts_on[0]]
    if one.effect != "coverage" or not main.method.startswith("share_within"):
        return
    to = main.options["to"]
    if isinstance(to, dict):
        reach = {*to.values()} if len(to) == 1 else {to.get("stop_low", to.get(one.serves))}
        assert one.reach_m in reach
    else:
        assert one.reach_m == pytest.approx(main.options["minutes"] * 60 * WALK_M_S)


@each
def test_what_it_acts_on_has_a_direction(one):
    moved = [indicators()[key] for key in one.acts_on]
    assert any(found.better != "context" for found in moved)
    assert len(set(one.acts_on)) == len(one.acts_on)


@each
def test_figures_are_of_a_size_that_can_be(one):
    low, high = one.capital_usd
    assert high <= 20 * max(low, 1)
    assert one.om_usd_per_year[1] <= max(high, one.om_usd_per_year[1] if low < 1000 else 0.9 * high)
    assert one.capacity is None or one.effect in {"coverage", "household"}
    assert one.serves is None or one.serves in facility_kinds()


@each
def test_a_facility_needs_land_and_room(one):
    if one.effect == "coverage" and one.serves != "bus_stop":
        assert one.land_m2 > 0
        assert one.min_spacing_m > 0


@each
def test_who_says_it_is_known(one):
    assert set(one.cites) <= set(references())
    for word in (one.said_by, one.standard_by):
        assert word in {"ours", "recalled", *one.cites} or word in references()


@each
def test_taking_land_is_said(one):
    if one.resettlement_risk == "high":
        assert one.gender == "women_displaced" or one.gender_effect > 0
    assert one.gender_effect < 0 or one.gender != "women_displaced"
    assert one.gender_effect == 0 or one.gender != "no_difference"


def test_every_tier_dimension_and_side_has_something_to_do():
    assert {one.tier for one in EVERY} == set(TIERS)
    assert {one.dimensions[0] for one in EVERY} >= {"economic", "food", "health", "environmental", "personal", "community", "political"}  # fmt: skip
    assert {one.side for one in EVERY} == {"protection", "empowerment", "both"}
    assert {one.effect for one in EVERY} == {"coverage", "dose", "household", "city"}


def test_every_word_of_the_catalogue_is_used():
    assert {one.gender for one in EVERY} == set(plan_words("gender"))
    assert {one.programme for one in EVERY} == set(plan_words("programme"))
    assert {one.resettlement_risk for one in EVERY} == set(plan_words("safeguard"))
    assert {one.unit for one in EVERY} <= set(plan_words("unit"))


def test_a_sewer_needs_piped_water():
    assert "piped_connection" in all_required(actions(), "sewer")
    assert all_required(actions(), "warning_loudspeaker") == {"warning_gauge"}


def test_exclusions_are_told_by_one_side_at_least():
    pairs = {(one.id, other) for one in EVERY for other in one.excludes}
    assert ("sewer", "small_treatment") in pairs
    assert all(a != b for a, b in pairs)


def test_codes_sort_within_their_programme():
    for programme in plan_words("programme"):
        letters = {re.match(r"[A-Z]", one.code)[0] for one in EVERY if one.programme == programme}
        assert len(letters) <= 3, programme


@pytest.mark.parametrize("lang", ["en", "km"])
def test_the_list_names_every_action(lang):
    lines = list_actions(lang=lang).splitlines()
    assert [one.id for one in EVERY if not any(f" {one.id} " in line for line in lines)] == []


@each
def test_one_action_in_full_shows_its_grade_and_who_says_it(one):
    text = list_actions(one.code)
    assert text.startswith(f"{one.code} ")
    assert f"grade {one.grade}, " in text
    assert f"grade {one.standard_grade}, " in text
    assert all(f"({key})" in text for key in one.acts_on)
    assert list_actions(one.id, lang="km") != text


def test_a_city_sees_its_own_unit_rates_and_funds(tmp_path):
    file = tmp_path / "town.toml"
    file.write_text(
        'period = "2025"\n[place]\ncode = "KH0203"\nname = "Battambang"\n[budget]\nyears = [2027]\ncurrency = "USD"\n'
        'grade = "official"\n[budget.funds.dm]\ntitle = "Municipality fund"\ntier = "DM"\ncapital = [1]\nrecurrent = [1]\n'
        "[costs.health_centre]\ncapital = 199000\n",
        "utf-8",
    )
    text = list_actions("H2", city=file)
    assert "US$ 199,000" in text
    assert "the city's own unit rate" in text
    assert "Municipality fund" in text
    assert "none of the city's funds may pay for it" in list_actions("H3", city=file)


def test_what_is_not_there_is_told():
    with pytest.raises(DeclarationError, match="Did you mean 'health_centre'"):
        list_actions("health_center")
    with pytest.raises(DeclarationError, match="--lang 'fr' is not known"):
        list_actions(lang="fr")


def test_the_page_counts_what_is_there():
    page = actions_page()
    assert f"{len(EVERY)} interventions." in page
    for grade in "ABC":
        assert f"{sum(one.grade == grade for one in EVERY)} of grade {grade}" in page
