"""Answers on means, members and adults, worked by hand from the definitions they cite."""

import numpy as np

from citiesforall.survey import answers_means as means
from citiesforall.survey import answers_member as member
from citiesforall.survey import answers_person as person
from tests.survey.test_answers_home import asked, equal

nan = np.nan


def people(age, **codes):
    return asked(len(age), numbers={"age": age}, **codes)


def test_work():
    given = people(
        [30, 30, 30, 30, 30, 12, 30],
        worked_7d=["yes", "no", "no", "no", "no", "yes", "dont_know"],
        has_job_absent=[None, "yes", "no", "no", "no", None, "no"],
        looked_for_work_4w=[None, None, "yes", "yes", "no", None, None],
        available_2w=[None, None, "yes", "no", "yes", None, None],
    )
    found = member.derive_members(given, {})
    equal(found["employed"], [1, 1, 0, 0, 0, nan, nan])
    # who looked but cannot start, or did not look, is outside the labour force
    equal(found["in_labour_force"], [1, 1, 1, 0, 0, nan, nan])
    # unemployment rate: 1 of 3 in the labour force
    equal(found["unemployed"], [0, 0, 1, nan, nan, nan, nan])
    assert np.nanmean(found["unemployed"]) == 1 / 3


def test_informal_and_vulnerable():
    given = people(
        [30] * 6,
        worked_7d=["yes"] * 5 + ["no"],
        has_job_absent=[None] * 5 + ["no"],
        work_status=["employee", "employee", "own_account", "employer", "family_worker", None],
        work_insured=["yes", "no", None, None, None, None],
        work_registered=[None, None, "no", "yes", None, None],
    )
    found = member.derive_members(given, {})
    equal(found["informal_work"], [0, 1, 1, 0, 1, nan])
    equal(found["vulnerable_work"], [0, 0, 1, 0, 1, nan])


def test_child_labour():
    age = np.array([5, 11, 12, 13, 15, 17, 16, 14, 18, 4.0])
    hours = np.array([1, 0, 13, 14, 42, 43, 0, 0, 60, 9.0])
    hazard = np.array([0, 0, 0, 0, 0, 0, 1, 0, 1, 1.0])
    chores = np.array([0, 21, 0, 0, 0, 0, 0, 20, 0, 0.0])
    equal(member.child_labour(age, hours, hazard, chores), [1, 1, 0, 1, 0, 1, 1, 0, nan, nan])
    # 20 hours at 12 years would do, but danger is not known: complete cases only
    assert np.isnan(member.child_labour(*(np.array([one]) for one in (12.0, 20.0, nan, 0.0))))


def test_neet_and_school():
    given = people(
        [16, 20, 24, 25, 8, 8, 4, 5, 17, 3],
        attends_school=[
            "no",
            "tertiary",
            "no",
            "no",
            "primary",
            "non_formal",
            "preschool",
            "no",
            "upper_secondary",
            None,
        ],
        worked_7d=["no", "no", "yes", "no", "no", "no", "no", "no", "no", "no"],
        has_job_absent=["no", "no", None, "no", None, None, None, None, "no", None],
    )
    found = member.derive_members(given, {})
    equal(found["neet_15_24"], [1, 0, 0, nan, nan, nan, nan, nan, 0, nan])
    equal(found["out_of_school_6_14"], [nan, nan, nan, nan, 0, 1, nan, nan, nan, nan])
    equal(found["attends_preschool_3_5"], [nan] * 6 + [1, 0, nan, nan])
    equal(found["attends_primary_secondary_6_17"], [0, nan, nan, nan, 1, 0, nan, nan, 1, nan])


def test_disability():
    words = {f"wg_{name}": ["none", "a_lot", "some", "none", None] for name in member.DOMAINS}
    words["wg_seeing"] = ["none", "none", "some", "refused", None]
    words["wg_hearing"] = ["some", "cannot", "some", "none", None]
    equal(member.derive_members(people([40] * 5, **words), {})["disabled"], [0, 1, 0, nan, nan])


def test_health_papers_and_reading():
    given = asked(
        4,
        numbers={"age": [2, 5, 15, 30]},
        sets={
            "health_scheme": [
                frozenset({"hef"}),
                frozenset({"none"}),
                frozenset({"dont_know"}),
                frozenset({"private", "nssf"}),
            ]
        },
        birth_registered=["no", "yes", "yes", "yes"],
        ill_30d=["yes", "yes", "yes", "no"],
        care_30d=["health_centre", "traditional", "none_not_needed", None],
        id_document=[None, None, "yes", "no"],
        reads_writes=[None, None, "yes", "no"],
        education_level=[None, None, "primary", "tertiary"],
        lived_here=["always", "under_five_years", "dont_know", "ten_years_up"],
    )
    found = member.derive_members(given, {})
    equal(found["birth_registered_under_5"], [0, nan, nan, nan])
    equal(found["health_cover"], [1, 0, nan, 1])
    equal(found["ill_treated"], [1, 0, nan, nan])
    equal(found["has_id_document"], [nan, nan, 1, 0])
    equal(found["literate_15_up"], [nan, nan, 1, 0])
    equal(found["tertiary_25_up"], [nan, nan, nan, 1])
    equal(found["migrant"], [0, 1, nan, 0])


def test_what_a_roster_says_of_its_household():
    given = asked(
        6,
        sets={
            "health_scheme": [
                frozenset({"hef"}),
                frozenset({"none"}),
                frozenset({"private"}),
                None,
                frozenset({"private"}),
                frozenset({"none"}),
            ]
        },
        relation=["head", "spouse", "head", "child", "spouse", "child"],
        sex=["female", "male", "male", "female", "female", "male"],
    )
    row = np.array([0, 0, 1, 1, 2, 2])
    of = member.of_members(given, row, {"health_cover": np.array([1, 0, 1, nan, 1, 0.0])}, 3)
    equal(of.female_head, [1, 0, nan])
    equal(of.all_covered, [0, nan, 0])
    equal(of.insured, [1, nan, 0])


def test_debt_and_health_cost():
    # 500,001 of 1,000,000 is more than half; who owes nothing is not burdened; who pays out of nothing is
    equal(means.debt_burden(np.array([1, 1, 0, 1, nan, 1.0]), np.array([500_001, 500_000, nan, 1, 5, nan]),
                            np.array([1e6, 1e6, nan, 0, 1, 1])), [1, 0, 0, 1, nan, nan])  # fmt: skip
    # a tenth of spending, of income where spending is not known
    equal(means.catastrophic_health(np.array([101, 100, 101, 5.0]), np.array([1000, 1000, nan, nan]), np.array([1, 1, 1000, nan])),
          [1, 0, 1, nan])  # fmt: skip


def test_food():
    days = {f"fcs_{name}": [7, 2] for name in means.FCS} | {name: [1, 7] for name in means.RCSI}
    words = {name: ["yes", "no"] for name in means.FIES} | {name: ["often", "never"] for name in means.HWISE}
    words["fies_8_whole_day"] = ["no", "dont_know"]
    found, notes = means.derive_food(asked(2, numbers=days, **words), {}, oil_and_sugar_daily=False)
    # 7 x (2 + 3 + 1 + 1 + 4 + 4 + 0.5 + 0.5) = 112 and 2 x 16 = 32
    equal(found["fcs"], [112, 32])
    equal(found["fcs_poor_borderline"], [0, 1])
    # 1 + 2 + 1 + 3 + 1 = 8 and 7 x 8 = 56
    equal(found["rcsi"], [8, 56])
    equal(found["rcsi_19_up"], [0, 1])
    equal(found["fies_raw"], [7, nan])
    equal(found["fies_4_up"], [1, nan])
    equal(found["fies_7_up"], [1, nan])
    equal(found["hwise"], [12, 0])
    equal(found["hwise_insecure"], [1, 0])
    assert "35" in str(notes[0])
    higher, _ = means.derive_food(asked(2, numbers=days), {}, oil_and_sugar_daily=True)
    equal(higher["fcs_poor_borderline"], [0, 1])


def test_harassment():
    given = asked(
        5,
        sets={
            "sexual_harassment_types": [
                frozenset({"none"}),
                frozenset({"comments"}),
                frozenset({"touching"}),
                frozenset({"refused"}),
                None,
            ],
            "physical_harassment_types": [
                frozenset({"none"}),
                frozenset({"none"}),
                frozenset({"hit"}),
                frozenset({"hit"}),
                frozenset({"none"}),
            ],
        },
        sexual_harassment_when=[None, "past_12_months", "earlier", None, None],
        physical_harassment_when=[None, None, "dont_know", "past_12_months", None],
    )
    found = person.derive_person(given, {})
    equal(found["harassed_sexual_12m"], [0, 1, 0, nan, nan])
    equal(found["harassed_physical_12m"], [0, 0, nan, 1, 0])
    # known where both kinds are: the fourth was hit, but did not want to speak of the other
    equal(found["harassed_12m"], [0, 1, nan, nan, nan])


def test_bribes_are_paid_or_asked_for_of_those_with_contact():
    given = asked(
        6,
        official_contact_12m=["yes"] * 5 + ["no"],
        paid_bribe_12m=["yes", "no", "no", "yes", "no", None],
        bribe_asked_12m=["no", "yes", "no", "refused", "dont_know", None],
    )
    found = person.derive_person(given, {})
    equal(found["bribe_12m"], [1, 1, 0, nan, nan, nan])


def test_attributes_of_a_service_are_the_share_agreed_with():
    given = asked(
        3,
        health_access=["agree", "disagree", None],
        health_affordable=["strongly_agree", "dont_know", None],
        health_facilities=["disagree", "refused", None],
        health_equal=["agree", "agree", None],
        health_courtesy=["strongly_disagree", "dont_know", None],
    )
    found = person.derive_person(given, {})
    # three of five; one of the two answered; not used
    equal(found["satisfied_health_attributes"], [0.6, 0.5, nan])
    assert np.isnan(found["satisfied_education_attributes"]).all()


def test_services_and_voice():
    given = asked(
        4,
        safe_at_night=["fairly_safe", "never_goes_out", "refused", "very_unsafe"],
        health_overall=["very_satisfied", "dissatisfied", None, "dont_know"],
        government_overall=["dissatisfied", None, None, "satisfied"],
        say_in_government=["some", "very_little", "great_deal", "dont_know"],
        influence_on_politics=["not_at_all", "very_little", "a_lot", "some"],
        voted=["yes", "no", "not_allowed", "refused"],
        paid_bribe_12m=["yes", None, "no", "refused"],
    )
    found = person.derive_person(given, {})
    equal(found["safe_at_night"], [1, 0, nan, 0])
    equal(found["satisfied_health"], [1, 0, nan, nan])
    # mean over the services used: health 1 and government 0 make a half
    equal(found["service_satisfied"], [0.5, 0, nan, 1])
    equal(found["inclusive_and_responsive"], [0.5, 0, 1, nan])
    equal(found["voted"], [1, 0, nan, nan])
    equal(found["paid_bribe_12m"], [1, nan, 0, nan])
