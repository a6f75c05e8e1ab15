"""The invented krong knows what is true of everybody: what its survey says through the reader must lie about there."""

import json

import numpy as np
import pytest

from citiesforall.core.city import City, read_city
from citiesforall.core.inputs import Inputs
from citiesforall.demo import make_demo
from citiesforall.survey.making import read_layer


@pytest.fixture(scope="module")
def krong(tmp_path_factory):
    folder = make_demo(tmp_path_factory.mktemp("krong")).parent
    truth = json.loads((folder / "truth.json").read_text("utf-8"))
    city = read_city(folder / "krong.toml")
    (use,) = city.of("households")
    place = city.place.model_copy(update={"members": tuple(truth["people_by_sangkat"])})
    paths = (folder / use.file,)
    given = Inputs(City(place=place, period="2025", choices={"draws": 100}), {"households": [(use, paths)]})
    return read_layer(given, use, paths), truth


def test_estimates_are_about_true(krong):
    layer, truth = krong
    households, weights = layer.tables["households"], layer.replicates
    far = {}
    for table, answers in truth["survey"].items():
        if table == "threats":
            continue
        one = layer.tables[table]
        each = {
            "households": weights * households["size"].to_numpy(),
            "respondents": weights * households["adults"].to_numpy(),
            "members": weights[:, one["row"]] if "row" in one else None,
        }[table]
        for name, true in answers.items():
            if name.startswith("income_khr"):  # a mean over households, not people
                continue
            value = one[name].to_numpy(float)
            known = ~np.isnan(value)
            draws = (each[:, known] @ value[known]) / each[:, known].sum(axis=1)
            far[name] = (draws[0] - true) / draws[1:].std()
    assert len(far) > 30
    distance = np.abs(list(far.values()))
    # 95 in 100 within two standard errors if the weights are right; clusters are shared, so some slack
    assert (distance < 2).mean() > 0.85, far
    assert distance.max() < 4, far
    assert abs(np.mean(list(far.values()))) < 0.6


def test_threats_are_about_true(krong):
    layer, truth = krong
    threats, weights = layer.tables["threats"], layer.replicates
    for name, true in truth["survey"]["threats"].items():
        rows = threats[threats["threat"] == name]
        draws = (weights[:, rows["row"]] @ rows["affected"].to_numpy()) / weights[:, rows["row"]].sum(axis=1)
        assert abs(draws[0] - true) < 4 * draws[1:].std() + 0.01, name


def test_response_and_design(krong):
    layer, truth = krong
    design = layer.info["design"]
    assert design["strata"] == 4
    assert 0.85 < design["response_rate"] < 1
    assert sum(design["outcomes"].values()) > layer.info["n"]
    people = (layer.replicates[0] * layer.tables["households"]["size"]).sum()
    assert abs(people / truth["people"] - 1) < 0.08
