"""The survey of Little Town, worked by hand in expected_survey.toml, must come out of the layer's tables."""

import math
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from citiesforall.core.group import groups
from citiesforall.core.indicator import indicators
from citiesforall.core.units import unit
from citiesforall.measure import methods
from citiesforall.measure.asked import bind_asked, groups_surveyed
from citiesforall.measure.layers import Layers
from citiesforall.measure.run import measure_one, rows
from citiesforall.measure.survey_load import load_survey

from .conftest import worked
from .survey import REPLICATES, tables, write_layer

assert methods.MODULES
EXPECTED = tomllib.loads(Path(__file__).with_name("expected_survey.toml").read_text("utf-8"))
CASES = [(group, key, said) for group, table in EXPECTED.items() for key, said in table.items()]
PLACES = {"city": "KH9901", "west": "KH990101", "east": "KH990102"}
FACTS = {"periods": dict.fromkeys(indicators(), "2023"), "run": "r1", "estimated": frozenset()}


@pytest.fixture(scope="module")
def layers(tmp_path_factory):
    folder = write_layer(tmp_path_factory.mktemp("households"))
    places = pd.DataFrame({"place": list(PLACES.values()), "parent": [None, "KH9901", "KH9901"]})
    belongs = np.array([[True, True], [True, False], [False, True]])
    return Layers(
        "all", np.ones((1, 2)), None, 1.0, 1.0, {}, np.ones(2, bool), np.zeros(2), {}, np.array([0, 1]), belongs,
        survey=load_survey(folder, places, "1/town"),
    )  # fmt: skip


@pytest.fixture(scope="module")
def measured(layers):
    """Return a function: rows and estimate of one indicator for one group."""
    bound = bind_asked(layers, groups())

    def measure(key, group="all"):
        one = indicators()[key]
        found = measure_one(bound[group], one)
        return rows(found, one, list(PLACES.values()), FACTS).set_index("place"), found

    return measure


@pytest.mark.parametrize(("group", "key", "said"), CASES, ids=[f"{group}-{key}" for group, key, _ in CASES])
def test_by_hand(measured, group, key, said):
    table, _ = measured(key, group)
    for name, place in PLACES.items():
        got = table.loc[place]
        if name not in said:
            assert got["status"] == "suppressed", (name, got)
            assert got[["value", "low", "high", "num", "den", "n"]].isna().all()
            continue
        assert got["status"] == said[name].get("status", "ok"), name
        if got["status"] == "not_applicable":
            continue
        assert got["value"] == pytest.approx(worked(said[name]["sum"]), rel=1e-12), name
        assert got["value"] == pytest.approx(
            said[name]["num"] / said[name]["den"] * unit(indicators()[key].unit).per_si, rel=1e-12
        )
        for what in ("num", "den", "n"):
            assert got[what] == pytest.approx(said[name][what], rel=1e-12), (name, what)


def test_an_interval_by_hand(measured):
    """Of female-headed households: 6 clusters of West with two, 6 with none, none in East.

    p = 120 / 560 = 3/14. In West a cluster's z is 20 - 20 p or -20 p, 10 from their mean: 12/11 x 12 x 10^2 = 1309.09; in
    East all are alike. se = sqrt(1309.09) / 560 = 0.064610. 20 clusters less 2 strata leave 18: t = 2.10092.
    logit p = ln(3/11) = -1.299283; 2.10092 x 0.064610 / (3/14 x 11/14) = 0.806213.
    """
    row = measured("female_headed_households")[0].loc["KH9901"]
    low, high = (100 / (1 + math.exp(1.299283 - side * 0.806213)) for side in (-1, 1))
    assert row["low"] == pytest.approx(low, rel=1e-4)
    assert row["high"] == pytest.approx(high, rel=1e-4)


def test_draws_by_hand(measured):
    """Draw 1 doubles the weights, draw 2 has no West (23 known), draw 3 loses households 24 (yes) and 25 (no) of East."""
    estimate = measured("improved_water")[1].estimate
    assert estimate.num[:, 0].tolist() == [1150, 2300, 640, 1150 - 80]
    assert estimate.den[:, 0].tolist() == [1970, 3940, 1280, 1970 - 160]
    np.testing.assert_allclose(estimate.num[:, 1] + estimate.num[:, 2], estimate.num[:, 0])
    assert estimate.num.shape[0] == REPLICATES.shape[0]


def test_what_the_survey_does_not_ask_is_missing_with_the_question(measured):
    table, found = measured("electricity_access")
    assert (table["status"] == "missing").all()
    assert "main source of light" in found.reason.lower() or "lighting" in found.reason


def test_households_are_asked_of_groups_of_households_only(layers):
    asked = groups_surveyed(indicators()["female_headed_households"], layers)
    assert asked == ["all", "idpoor", "not_idpoor", "renters", "owners", "slum", "not_slum"]
    assert "women" in groups_surveyed(indicators()["improved_water"], layers)
    assert "migrants" not in groups_surveyed(indicators()["health_cover"], layers), "members were not asked"
    assert "migrants" in groups_surveyed(indicators()["safe_at_night"], layers)


def test_the_tables_are_as_the_step_writes_them():
    made = tables()
    assert len(made["households"]) == len(made["respondents"]) == REPLICATES.shape[1]
    assert (REPLICATES[0] == made["households"]["weight"]).all()
    assert made["members"].groupby("row").size().tolist() == made["households"]["size"].tolist()
