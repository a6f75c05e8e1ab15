"""Estimates from samples against the libraries svy and samplics on the same data, real and synthetic."""

import numpy as np
import pytest
from tests.against.survey_samples import health, households, of_svy, pl, samplics
from tests.estimation import published

from citiesforall.estimation.domain import design, estimate
from citiesforall.estimation.replicates import rao_wu

SAMPLES = {"households": households, "health": health}


@pytest.fixture(scope="module", params=list(SAMPLES))
def sample(request):
    return SAMPLES[request.param]()


def ours(sample, answer, *, share):
    names, number = np.unique(sample.domain, return_inverse=True)
    how = design(sample.stratum, sample.cluster)
    weights = sample.weight[None]
    return names, estimate(getattr(sample, answer), weights, how, number, share=share, pool=False)


def test_there_is_something_to_compare(sample):
    assert sample.weight.size > 500
    assert 0.02 < sample.yes.mean() < 0.98
    assert np.unique(sample.domain).size >= 4


def test_means_of_domains_agree_with_svy(sample):
    names, found = ours(sample, "amount", share=False)
    theirs = of_svy(sample)[0].estimation.mean("amount", by="domain").to_polars().sort("domain")
    assert theirs["domain"].to_list() == names.tolist()
    assert found.num[0] / found.den[0] == pytest.approx(theirs["est"].to_numpy(), rel=1e-9)
    assert found.se == pytest.approx(theirs["se"].to_numpy(), rel=1e-7)
    assert found.df == pytest.approx(theirs["df"].to_numpy())
    assert found.low == pytest.approx(theirs["lci"].to_numpy(), rel=1e-6)
    assert found.n == pytest.approx(theirs["n"].to_numpy())


def test_shares_of_domains_agree_with_svy_on_the_logit_scale(sample):
    _, found = ours(sample, "yes", share=True)
    theirs = of_svy(sample)[0].estimation.prop("yes", by="domain").to_polars()
    theirs = theirs.filter(pl.col("yes").cast(pl.Float64) == 1).sort("domain")
    assert found.num[0] / found.den[0] == pytest.approx(theirs["est"].to_numpy(), rel=1e-9)
    assert found.se == pytest.approx(theirs["se"].to_numpy(), rel=1e-7)
    some = (found.num[0] > 0) & (found.num[0] < found.den[0])  # where all say yes svy gives no interval
    assert some.sum() >= 3
    assert found.low[some] == pytest.approx(theirs["lci"].to_numpy()[some], rel=1e-6)
    assert found.high[some] == pytest.approx(theirs["uci"].to_numpy()[some], rel=1e-6)
    assert ((found.low < 1) & (found.high > 0)).all()


def test_domains_agree_with_samplics(sample):
    names, found = ours(sample, "amount", share=False)
    taylor = samplics.TaylorEstimator(samplics.PopParam.mean)
    cluster = np.char.add(np.char.add(sample.stratum, "/"), sample.cluster)
    taylor.estimate(
        y=sample.amount, samp_weight=sample.weight, stratum=sample.stratum, psu=cluster, domain=sample.domain
    )
    assert found.num[0] / found.den[0] == pytest.approx([taylor.point_est[one] for one in names], rel=1e-9)
    assert found.se == pytest.approx([taylor.stderror[one] for one in names], rel=1e-7)


def test_published_sample_agrees_with_samplics_and_svy():
    schools = published.clusters()
    everybody = np.zeros(schools.award.size, int)
    found = estimate(schools.award, schools.weight[None], design(schools.stratum, schools.cluster), everybody)
    taylor = samplics.TaylorEstimator(samplics.PopParam.prop)
    taylor.estimate(y=schools.award, samp_weight=schools.weight, psu=schools.cluster)
    assert found.se[0] == pytest.approx(taylor.stderror[1.0], rel=1e-9)
    assert found.low[0] == pytest.approx(taylor.lower_ci[1.0], rel=1e-6)
    assert found.high[0] == pytest.approx(taylor.upper_ci[1.0], rel=1e-6)


def test_replicates_tell_the_error_that_svys_bootstrap_tells(sample):
    _, found = ours(sample, "yes", share=True)
    weights = rao_wu(sample.stratum, sample.cluster, sample.weight, 1001, 1)
    number = np.unique(sample.domain, return_inverse=True)[1]
    drawn = estimate(sample.yes, weights, design(sample.stratum, sample.cluster), number)
    spread = (drawn.num[1:] / drawn.den[1:]).std(axis=0)
    assert spread == pytest.approx(found.se, rel=0.15)
    theirs, _ = of_svy(sample)
    theirs = theirs.weighting.create_bs_wgts(n_reps=500, rstate=1)
    theirs = theirs.estimation.prop("yes", by="domain", method="replication").to_polars()
    theirs = theirs.filter(pl.col("yes").cast(pl.Float64) == 1).sort("domain")
    assert spread == pytest.approx(theirs["se"].to_numpy(), rel=0.2)
