"""Shares, means, quantiles and threats: weights, intervals, statuses."""

import numpy as np
import pandas as pd
import pytest

from citiesforall.core.errors import NoDataError
from citiesforall.core.group import groups, is_of_households
from citiesforall.estimation.domain import design, estimate
from citiesforall.measure import survey as methods
from citiesforall.measure import survey_amounts
from citiesforall.measure.survey_layer import bind_survey
from citiesforall.measure.survey_load import make_survey

from .invented_survey import layers, places, replicates, survey_of, tables

PER_UNIT = [60, 45, 50, 20, 8]


@pytest.fixture(scope="module")
def asked():
    return survey_of(PER_UNIT, districts=2)


def bound(survey, group):
    return layers(bind_survey(survey, groups()[group], groups()), survey.frame.parent.size)


@pytest.mark.parametrize(
    ("group", "answer", "of"),
    [
        ("all", "roof", "households"), ("idpoor", "roof", "households"), ("all", "safe", "respondents"),
        ("women", "safe", "respondents"), ("women_idpoor", "cover", "members"), ("age_60_up", "cover", "members"),
        ("not_disabled", "safe", "respondents"), ("all", "cover", "members"),
    ],
)  # fmt: skip
def test_the_same_as_on_single_answers(asked, group, answer, of):
    """Amounts, intervals and numbers of answers equal those of the estimation room, row by row of the table."""
    survey, made = asked
    table = made[of]
    row = table["row"].to_numpy() if of == "members" else np.arange(len(table))
    home = made["households"].iloc[row].reset_index(drop=True)
    person = home.assign(
        **{name: table[name].to_numpy() for name in table if name in ("sex", "age", "disabled")}
    )
    inside = np.ones(len(table), bool)
    for trait, is_ in groups()[group].survey.items():
        column = person[trait]
        inside &= (column.between(*is_) if isinstance(is_, tuple) else column == is_).to_numpy()
    where = places(len(PER_UNIT), 2).set_index("place")["parent"]
    unit = home["unit"].to_numpy()
    domain = np.column_stack(
        [
            [one == place or where[one] == place or place == "CITY" for one in unit] & inside
            for place in where.index
        ]
    )
    each = home["adults"].to_numpy() if of == "respondents" else np.ones(len(table))
    weights = replicates(made["households"])[:, row] * each
    how = design(home["stratum"], home["cluster"])
    theirs = estimate(table[answer].to_numpy(), weights, how, domain)
    ours = methods.survey_share(bound(survey, group), answer=answer, of=of)
    np.testing.assert_allclose(ours.num, theirs.num, rtol=1e-12)
    np.testing.assert_allclose(ours.den, theirs.den, rtol=1e-12)
    np.testing.assert_array_equal(ours.n, theirs.n)
    np.testing.assert_allclose(ours.bounds[0], theirs.low, rtol=1e-9)
    np.testing.assert_allclose(ours.bounds[1], theirs.high, rtol=1e-9)


def test_a_mean_is_the_same_too(asked):
    survey, made = asked
    home = made["households"]
    domain = np.column_stack([home["unit"] == place for place in places(len(PER_UNIT))["place"][1:]])
    theirs = estimate(
        home["income"].to_numpy(),
        replicates(home),
        design(home["stratum"], home["cluster"]),
        domain,
        share=False,
    )
    ours = methods.survey_mean(bound(survey, "all"), answer="income", of="households")
    np.testing.assert_allclose(ours.bounds[0][3:], theirs.low, rtol=1e-9)
    np.testing.assert_allclose(ours.num[:, 3:], theirs.num, rtol=1e-12)


def test_people_are_the_members_of_the_group(asked):
    survey, made = asked
    home, members = made["households"], made["members"]
    ours = methods.survey_share(bound(survey, "women"), answer="roof", of="people")
    women = (members["sex"] == "female").groupby(members["row"]).sum().to_numpy()
    assert ours.den[0, 0] == pytest.approx((home["weight"] * women).sum())
    assert ours.num[0, 0] == pytest.approx((home["weight"] * women * home["roof"]).sum())
    assert ours.n[0] == (women > 0).sum()
    everybody = methods.survey_share(bound(survey, "all"), answer="roof", of="people")
    assert everybody.den[0, 0] == pytest.approx((home["weight"] * home["size"]).sum())


def test_minutes_become_seconds(asked):
    survey, _ = asked
    one, sixty = (
        methods.survey_mean(bound(survey, "all"), answer="income", of="households", times=times)
        for times in (1, 60)
    )
    np.testing.assert_allclose(sixty.num, 60 * one.num)
    np.testing.assert_allclose(sixty.bounds[0], 60 * one.bounds[0])


def test_a_limit_is_reached_at_the_limit():
    made = tables([40])
    made["households"]["deprivations"] = np.tile([0.0, 1, 2, 3, np.nan], 8)
    survey = make_survey(made, replicates(made["households"]), places(1))
    got = methods.survey_count_share(bound(survey, "all"), answer="deprivations", at_least=2, of="households")
    weight = made["households"]["weight"].to_numpy().reshape(8, 5).sum(0)
    assert got.value()[0] == pytest.approx((weight[2] + weight[3]) / weight[:4].sum())
    assert got.n[0] == 32


def test_a_median_by_hand():
    made = tables([40])
    home = made["households"].assign(weight=1.0, size=1.0, number=np.arange(40.0))
    weights = np.ones((3, 40))
    weights[1, :20], weights[2, 20:] = 0, 0
    survey = make_survey({"households": home}, weights, places(1))
    got = methods.survey_quantile(bound(survey, "all"), answer="number", of="people")
    # between 19 and 20, 29 and 30, 9 and 10; a fiftieth of 19.5 is 0.39: steps of 0.2
    assert got.num[:, 0] == pytest.approx([19.6, 29.6, 9.6])
    assert not got.additive
    assert "rounded to steps of 0.2" in got.note
    assert got.untold.all(), "each draw would be what one household said"


def test_quantiles_lean_to_the_heavier_neighbour():
    """Weights 1, 3, 4: middles at 1/16, 5/16, 12/16 of all; a half lies 3/7 of the way from the second to the third."""
    values, weights = np.array([10.0, 20.0, 34.0]), np.array([[1.0, 3, 4], [0, 0, 0], [0, 1, 0]])
    found = survey_amounts._between(values, weights, 0.5)
    assert found[0] == pytest.approx(20 + 14 * 3 / 7)
    assert np.isnan(found[1])
    assert found[2] == pytest.approx(20)
    assert survey_amounts._between(values, weights[:1], 0.01)[0] == 10
    assert survey_amounts._between(values, weights[:1], 0.99)[0] == 34
    steps = [survey_amounts._step(one) for one in (437_250.0, 100.0, 99.0, 0.0, np.nan)]
    assert steps == pytest.approx([5000, 2, 1, 1, 1])


def test_shares_and_what_they_lack_are_weak_alike():
    """By the width of the interval: 6 points at 4 or 96 %: 1.5 times 4; at 10 %: 0.6 times; 31 points anywhere; 4 points nowhere."""
    value = np.array([0.04, 0.96, 0.1, 0.9, 0.5, 0.5, 0.01, 0.0])
    width = np.array([0.06, 0.06, 0.06, 0.06, 0.31, 0.29, 0.04, np.nan])
    weak = survey_amounts._weak(value, np.zeros(8), width, share=True)
    assert weak.tolist() == [True, True, False, False, True, False, False, True]


@pytest.fixture
def threatened():
    made = tables([40])
    home = made["households"].assign(weight=1.0, size=2.0)
    hit = np.arange(40) < 32
    made["threats"] = pd.concat(
        [
            pd.DataFrame(
                {
                    "row": range(40), "threat": threat, "dimension": "environmental", "affected": struck.astype(float),
                    "severity": np.where(struck, severity, np.nan), "likelihood": np.where(struck, 3.0, np.nan),
                }
            )
            for threat, struck, severity in (("flood", hit, 4.0), ("storm", hit & (np.arange(40) % 2 == 0), 2.0))
        ]
    )  # fmt: skip
    return bound(make_survey(made | {"households": home}, np.ones((3, 40)), places(1)), "all")


@pytest.mark.parametrize(
    ("asked_for", "value", "n"),
    [
        ({"what": "affected", "threat": "flood"}, 32 / 40, 40),
        ({"what": "affected", "threat": "storm"}, 16 / 40, 40),
        ({"what": "affected", "dimension": "environmental"}, 32 / 40, 40),
        ({"what": "severity", "threat": "flood"}, 4, 32),
        ({"what": "risk", "threat": "flood"}, 12, 32),
        ({"what": "risk", "dimension": "environmental"}, (16 * 12 + 16 * 9) / 32, 32),
    ],
)
def test_threats_by_hand(threatened, asked_for, value, n):
    """Flood hit 32 households, severity 4 and likelihood 3: risk 12; of them 16 had a storm too: risk 6, so 9 in the mean."""
    got = methods.survey_threat(threatened, of="households", **asked_for)
    assert got.value()[0] == pytest.approx(value)
    assert got.n[0] == n
    assert methods.survey_threat(threatened, **asked_for).den[0, 0] == 2 * n, "each counts for two people"


def test_what_is_not_there_is_missing_with_a_reason(asked, threatened):
    survey, _ = asked
    everybody = bound(survey, "all")
    with pytest.raises(NoDataError, match="nobody in the survey was asked about the threat 'war'"):
        methods.survey_threat(threatened, what="affected", threat="war")
    with pytest.raises(NoDataError, match="does not ask about threats"):
        methods.survey_threat(everybody, what="affected", threat="flood")
    with pytest.raises(NoDataError, match="water_source"):
        methods.survey_share(everybody, answer="improved_water", of="people")
    with pytest.raises(NoDataError, match=r"no answer 'rooff' of people\. Did you mean 'roof'"):
        methods.survey_share(everybody, answer="rooff", of="people")
    with pytest.raises(NoDataError, match="no household survey"):
        methods.survey_share(layers(None, 1), answer="roof", of="people")


def test_what_was_asked_in_confidence_is_given_for_the_whole_city_only():
    made = tables([60, 60])
    made["respondents"]["crime_victim_12m"] = made["respondents"]["safe"]
    survey = make_survey(made, replicates(made["households"]), places(2))
    got = methods.survey_share(bound(survey, "all"), answer="crime_victim_12m", of="respondents")
    assert got.status.tolist() == ["", "suppressed", "suppressed"]
    assert "in confidence" in got.note
    open_ = methods.survey_share(bound(survey, "all"), answer="safe", of="respondents")
    assert "suppressed" not in open_.status


def test_a_place_nobody_visited_is_missing_and_one_without_the_group_does_not_apply():
    made = tables([160, 60])
    made["households"].loc[made["households"]["unit"] == "U01", "idpoor"] = 0.0
    survey = make_survey(made, replicates(made["households"]), places(3))
    everybody = methods.survey_share(bound(survey, "all"), answer="roof", of="households")
    assert everybody.status.tolist()[1:] == ["", "", "missing"]
    poor = methods.survey_share(bound(survey, "idpoor"), answer="roof", of="households")
    assert poor.status.tolist()[2:] == ["not_applicable", "missing"]


def test_where_the_city_is_withheld_so_are_places_without_anybody():
    """Else the places left would say where the few are."""
    made = tables([60, 60])
    made["households"]["idpoor"] = [1.0] * 12 + [0.0] * 108
    survey = make_survey(made, replicates(made["households"]), places(3))
    poor = methods.survey_share(bound(survey, "idpoor"), answer="roof", of="households")
    assert poor.status.tolist() == ["suppressed", "suppressed", "suppressed", "missing"]


def test_a_small_share_of_a_narrow_interval_is_not_called_weak():
    made = tables([3000])
    home = made["households"].assign(rare=(np.arange(3000) < 20).astype(float), weight=1.0)
    survey = make_survey({"households": home}, np.ones((2, 3000)), places(1))
    got = methods.survey_share(bound(survey, "all"), answer="rare", of="households")
    assert got.bounds[1][0] - got.bounds[0][0] < 0.05
    assert got.status.tolist() == ["", ""]


def test_households_of_other_places_are_left_out():
    made = tables([60, 60])
    whole = make_survey(made, replicates(made["households"]), places(1))
    assert whole.size.size == 60
    assert whole.tables["members"].household.max() == 59
    got = methods.survey_share(bound(whole, "all"), answer="safe", of="respondents")
    assert got.n.tolist() == [60, 60]


def test_which_groups_are_of_households():
    assert [key for key, one in groups().items() if is_of_households(one)] == [
        "all", "idpoor", "not_idpoor", "renters", "owners", "slum", "not_slum",
    ]  # fmt: skip


def test_draws_of_few_clusters_are_not_told(asked):
    """Clusters are tens of households in one list, cut at units: 6, 5, 6, 3 and 2."""
    found = methods.survey_share(bound(asked[0], "all"), answer="roof", of="households")
    assert found.untold.tolist() == [False, False, False, False, True, False, True, True]
