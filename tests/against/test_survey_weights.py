"""Weights and inequality of samples against svy and samplics on the same data."""

import numpy as np
import pytest
from tests.against.survey_samples import households, of_svy, pl, samplics, svy

from citiesforall.estimation.weights import kish_deff, non_response, post_stratify, rake, trim

REGION = {"one": 0.3, "two": 0.7}


@pytest.fixture(scope="module")
def sample():
    given = households()
    rng = np.random.default_rng(3)
    given.weight = given.weight * rng.lognormal(0, 0.5, given.weight.size)
    given.half = np.where(rng.random(given.weight.size) < 0.4, "one", "two")
    given.answered = rng.random(given.weight.size) < 0.8
    return given


def table(sample):
    _, columns = of_svy(sample)
    columns = columns.with_columns(
        pl.Series("half", sample.half), pl.Series("resp", np.where(sample.answered, "rr", "nr"))
    )
    return svy.Sample(columns, svy.Design(stratum="stratum", psu="cluster", wgt="weight"))


def totals(sample):
    names = np.unique(sample.domain)
    return {str(name): 1000.0 * (number + 3) for number, name in enumerate(names)}


def test_non_response_agrees_with_svy_and_samplics(sample):
    found = non_response(sample.weight, sample.answered, sample.domain)
    theirs = table(sample).weighting.adjust(resp_status="resp", cells="domain", wgt_name="final")
    assert found[sample.answered] == pytest.approx(theirs.data["final"].to_numpy())
    other = samplics.SampleWeight().adjust(
        samp_weight=sample.weight, adj_class=sample.domain,
        resp_status=np.where(sample.answered, "rr", "nr"),
        resp_dict={"in": "in", "rr": "rr", "nr": "nr", "uk": "uk"},
    )  # fmt: skip
    assert found == pytest.approx(np.asarray(other))


def test_post_stratification_agrees_with_svy_and_samplics(sample):
    found = post_stratify(sample.weight, sample.domain, totals(sample))
    theirs = table(sample).weighting.poststratify(controls=totals(sample), cells="domain", wgt_name="final")
    assert found == pytest.approx(theirs.data["final"].to_numpy())
    other = samplics.SampleWeight().poststratify(
        samp_weight=sample.weight, control=totals(sample), domain=sample.domain
    )
    assert found == pytest.approx(np.asarray(other))


def test_raking_agrees_with_svy_and_samplics(sample):
    known = totals(sample)
    halves = {name: share * sum(known.values()) for name, share in REGION.items()}
    found = rake(sample.weight, [(sample.domain, known), (sample.half, halves)])
    theirs = table(sample).weighting.rake(
        controls={"domain": known, "half": halves}, wgt_name="final", tol=1e-10, max_iter=500
    )
    assert found == pytest.approx(theirs.data["final"].to_numpy(), rel=1e-6)
    other = samplics.SampleWeight().rake(
        samp_weight=sample.weight, margins={"domain": sample.domain, "half": sample.half},
        control={"domain": known, "half": halves}, tol=1e-10, max_iter=500,
    )  # fmt: skip
    assert found == pytest.approx(np.asarray(other), rel=1e-6)


def test_design_effect_of_weights_agrees_with_samplics(sample):
    other = samplics.SampleWeight().calculate_deff_weight(sample.weight)
    assert kish_deff(sample.weight) == pytest.approx(other)


def test_trimming_agrees_with_svy(sample):
    cap = 1.5 * float(np.median(sample.weight))
    theirs = table(sample).weighting.trim(upper=cap, wgt_name="final")
    found = trim(sample.weight, 1.5)
    assert (sample.weight > cap).any()
    assert found == pytest.approx(theirs.data["final"].to_numpy(), rel=1e-6)
