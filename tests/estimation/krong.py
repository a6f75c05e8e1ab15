"""An invented krong to draw samples from: 12 sangkats, some 400 neighbourhoods whose households are alike."""

from types import SimpleNamespace

import numpy as np
from scipy.special import expit, logit

from citiesforall.estimation.domain import design, estimate
from citiesforall.estimation.replicates import rao_wu
from citiesforall.estimation.weights import non_response, post_stratify

SHARES = (0.05, 0.1, 0.2, 0.3, 0.5)
SANGKATS, CLUSTERS, TAKEN, ANSWER = 12, 40, 15, 0.9
GROUPS = ("everybody", "half, scattered", "a fifth, clustered", "8 %, scattered", "sangkats")


def krong(seed=1, likeness=(0.06, 0.06)):
    """Return the households of a krong; `likeness` is the range of the intraclass correlation over sangkats."""
    rng = np.random.default_rng(seed)
    per_sangkat = rng.integers(20, 52, SANGKATS)
    sangkat_of = np.repeat(np.arange(SANGKATS), per_sangkat)
    size = rng.integers(60, 160, sangkat_of.size)
    cluster = np.repeat(np.arange(size.size), size)
    sangkat = sangkat_of[cluster]
    effect, rho = rng.normal(0, 0.35, SANGKATS), rng.uniform(*likeness, SANGKATS)
    answers = np.zeros((len(SHARES), cluster.size))
    for row, share in enumerate(SHARES):
        p, r = expit(logit(share) + effect * rng.choice([-1, 1]))[sangkat_of], rho[sangkat_of]
        neighbourhood = rng.beta(p * (1 - r) / r, (1 - p) * (1 - r) / r)
        answers[row] = rng.random(cluster.size) < neighbourhood[cluster]
    poor = rng.random(cluster.size) < rng.beta(1.8, 7.2, size.size)[cluster]
    some = [np.ones(cluster.size), rng.random(cluster.size) < 0.5, poor, rng.random(cluster.size) < 0.08]
    member = np.stack([*some, *(sangkat == one for one in range(SANGKATS))], axis=1).astype(float)
    truth = answers @ member / member.sum(axis=0)
    return SimpleNamespace(
        cluster=cluster,
        size=size,
        sangkat=sangkat,
        sangkat_of=sangkat_of,
        answers=answers,
        member=member,
        truth=truth,
    )


def survey(city, rng, strata=SANGKATS):
    """Draw 40 neighbourhoods by size within strata and 15 households in each, of whom nine in ten answer."""
    stratum_of = city.sangkat_of * strata // SANGKATS
    people = np.bincount(stratum_of, weights=city.size)
    clusters = np.maximum(2, np.round(CLUSTERS * people / people.sum())).astype(int)
    first = np.concatenate([[0], np.cumsum(city.size)[:-1]])
    rows, names, strata_names = [], [], []
    for stratum, n in enumerate(clusters):
        there = np.flatnonzero(stratum_of == stratum)
        upto = np.cumsum(city.size[there])
        at = (rng.random() + np.arange(n)) * (upto[-1] / n)
        for cluster in there[np.searchsorted(upto, at)]:
            rows.append(first[cluster] + rng.choice(city.size[cluster], TAKEN, replace=False))
            names += [cluster] * TAKEN
            strata_names += [stratum] * TAKEN
    stratum = np.array(strata_names)
    weight = (people / (clusters * TAKEN))[stratum]
    return SimpleNamespace(
        rows=np.concatenate(rows), cluster=np.array(names), stratum=stratum, weight=weight,
        answered=rng.random(stratum.size) < ANSWER,
    )  # fmt: skip


def weigh(city, sample, draws, seed):
    """Return the final weights of those who answered, and their design."""
    weights = rao_wu(sample.stratum, sample.cluster, sample.weight, draws, seed)
    weights = non_response(weights, sample.answered, sample.cluster if draws == 1 else sample.stratum)
    kept = sample.answered
    sangkat = city.sangkat[sample.rows[kept]]
    seen = np.unique(sangkat)
    totals = {str(one): float((city.sangkat == one).sum()) for one in seen}
    return post_stratify(weights[:, kept], sangkat, totals), design(
        sample.stratum[kept], sample.cluster[kept]
    )


def coverage(city, samples, strata=SANGKATS, draws=1, **options):
    """Return how often the interval holds the truth, and its mean width: by share and group. (5, 5), (5, 5)"""
    rng = np.random.default_rng(11)
    held, width = np.zeros(city.truth.shape), np.zeros(city.truth.shape)
    for number in range(samples):
        sample = survey(city, rng, strata)
        weights, how = weigh(city, sample, draws, number)
        rows = sample.rows[sample.answered]
        found = estimate(city.answers[:, rows], weights, how, city.member[rows], **options)
        low, high = found.low, found.high
        if draws > 1:
            with np.errstate(invalid="ignore"):
                low, high = np.nanpercentile(found.num[1:] / found.den[1:], [2.5, 97.5], axis=0)
        held += (low <= city.truth) & (city.truth <= high)
        width += high - low
    held, width = held / samples, width / samples
    return tuple(np.column_stack([one[:, :4], one[:, 4:].mean(axis=1)]) for one in (held, width))
