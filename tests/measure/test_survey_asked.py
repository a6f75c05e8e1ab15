"""Which groups are asked of what, and that a city without a survey is as it was."""

import numpy as np

from citiesforall.core.group import groups
from citiesforall.core.indicator import Indicator
from citiesforall.measure import methods
from citiesforall.measure.asked import bind_asked, bind_groups, groups_asked, groups_known, groups_surveyed
from citiesforall.measure.run import measure_all
from citiesforall.measure.survey_load import make_survey

from .conftest import PEOPLE, little
from .invented_survey import layers, places, replicates, survey_of

assert methods.MODULES
SPEEDS = {"walk_m_s": 1.0, "slow_walk_m_s": 0.8}


def declared(method="survey_share", **options):
    return Indicator.model_validate(
        {
            "id": "one", "title": "t", "meaning": "m", "dimension": "city", "unit": "%", "better": "higher", "method": method,
            "with": options,
        }
    )  # fmt: skip


def test_without_a_survey_groups_are_those_of_the_cells():
    town = little(cells={**little().cells, "people_women": PEOPLE / 2, "people_men": PEOPLE / 2})
    bound, unknown = bind_groups(town, groups(), SPEEDS)
    assert groups_known(town, list(bound), unknown) == (list(bound), unknown)
    assert "idpoor" not in {*bound, *unknown}, "only a survey could know it"
    asked = declared(answer="roof", of="people")
    assert groups_surveyed(asked, town) == ["all"]
    (found,) = measure_all(town, {"one": asked}, bound)
    assert found.estimate is None
    assert "no household survey" in found.reason


def test_with_a_survey_groups_are_those_either_knows():
    survey, _ = survey_of([40, 40])
    town = layers(survey, survey.frame.parent.size)
    known, unknown = groups_known(town, ["all", "slow_walkers"], ["women", "age_60_up"])
    assert {"all", "slow_walkers", "women", "age_60_up", "idpoor", "women_renters"} <= set(known)
    assert unknown == ["slum", "not_slum"], "this survey did not ask for slum conditions"
    assert known[:2] == ["all", "slow_walkers"]


def test_indicators_of_households_are_asked_of_groups_of_households():
    survey, _ = survey_of([40, 40])
    town = layers(survey, survey.frame.parent.size)
    assert groups_surveyed(declared(answer="roof", of="households"), town) == [
        "all", "idpoor", "not_idpoor", "renters", "owners",
    ]  # fmt: skip
    assert "women_60_up" in groups_surveyed(declared(answer="roof", of="people"), town)
    assert "slow_walkers" not in groups_surveyed(declared(answer="safe", of="respondents"), town)
    assert set(bind_asked(town, groups())) >= set(groups_surveyed(declared(answer="roof", of="people"), town))


def test_without_members_people_of_a_sex_are_not_known_but_adults_are():
    survey, made = survey_of([40, 40])
    bare = make_survey(
        {name: made[name] for name in ("households", "respondents")},
        replicates(made["households"]),
        places(2),
    )
    town = layers(bare, 3)
    assert "women" not in groups_surveyed(declared(answer="roof", of="people"), town)
    assert "idpoor" in groups_surveyed(declared(answer="roof", of="people"), town)
    assert "women" in groups_surveyed(declared(answer="safe", of="respondents"), town)
    np.testing.assert_array_equal(bare.size, survey.size)


def test_registers_and_scorecards_are_asked_of_everybody_only():
    bound = dict.fromkeys(("all", "women"), little())
    assert groups_asked(declared("register_share", num=["a"], den=["b"]), bound) == ["all"]
    assert groups_asked(declared("share_exposed", hazard="flood_class", at_least=1), bound) == [
        "all",
        "women",
    ]
