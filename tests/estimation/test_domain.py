"""Shares and means of domains: worked by hand, against published figures of R's `survey`, and properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.stats import t

from citiesforall.core.errors import InputError
from citiesforall.estimation.domain import design, estimate
from citiesforall.estimation.replicates import rao_wu
from tests.estimation import published

STRATUM, CLUSTER = np.zeros(6, int), np.array([0, 0, 1, 1, 2, 2])
ONE = np.ones((1, 6))
ALL = np.zeros(6, int)


def test_a_share_worked_by_hand():
    """Three clusters of two say 2, 1, 0 yes of 6: p = 1/2. z of a cluster = (yes - 2 p) / 6 = 1/6, 0, -1/6, mean 0;
    V = 3 / 2 x 2 / 36 = 1 / 12."""
    found = estimate(np.array([1.0, 1, 1, 0, 0, 0]), ONE, design(STRATUM, CLUSTER), ALL, pool=False)
    assert found.num[0, 0] == 3
    assert found.den[0, 0] == 6
    assert found.n[0] == 6
    assert found.se[0] == pytest.approx(12**-0.5)
    assert found.df[0] == 2
    half = t.ppf(0.975, 2) * 12**-0.5 * 4  # / (p (1 - p))
    assert found.low[0] == pytest.approx(1 / (1 + np.exp(half)))
    assert found.high[0] == pytest.approx(1 / (1 + np.exp(-half)))


def test_a_mean_worked_by_hand():
    """Cluster sums 3, 7, 11 over 6 persons: mean 3.5; z = (3 - 7, 7 - 7, 11 - 7) / 6; V = 3 / 2 x 32 / 36 = 4 / 3."""
    found = estimate(np.arange(1.0, 7.0), ONE, design(STRATUM, CLUSTER), ALL, share=False, pool=False)
    assert found.se[0] == pytest.approx((4 / 3) ** 0.5)
    assert found.low[0] == pytest.approx(3.5 - t.ppf(0.975, 2) * (4 / 3) ** 0.5)


def test_the_pooled_design_effect_worked_by_hand():
    """Clusters say (1, 1), (1, 0), (0, 0). Between: 2 (1/4 + 0 + 1/4) / 2 = 1/2; within: (0 + 1/2 + 0) / 3 = 1/6;
    rho = (1/2 - 1/6) / (1/2 + 1/6) = 1/2. Six equal weights in clusters of 2: effective = 36 / (6/2 + 12/2) = 4;
    se = sqrt(1/4 / 4) = 1/4 with 3 - 1 = 2 degrees of freedom."""
    found = estimate(np.array([1.0, 1, 1, 0, 0, 0]), ONE, design(STRATUM, CLUSTER), ALL)
    assert found.effective[0] == pytest.approx(4)
    assert found.se[0] == pytest.approx(1 / 4)
    assert found.pooled[0]
    t2 = t.ppf(0.975, 2) ** 2
    half = np.sqrt(t2 / 16 + t2**2 / 64) / (1 + t2 / 4)  # Wilson about (1/2 + t2/8) / (1 + t2/4) = 1/2
    assert found.low[0] == pytest.approx(0.5 - half)
    assert found.high[0] == pytest.approx(0.5 + half)


def test_nobody_and_everybody_get_an_exact_interval():
    """No variation to learn from: likeness 0.1 is assumed. Effective = 36 / (0.9 x 6 + 0.1 x 12) = 36 / 6.6;
    high = 1 - 0.025^(1 / effective)."""
    found = estimate(np.stack([np.zeros(6), np.ones(6)]), ONE, design(STRATUM, CLUSTER), ALL)
    assert found.low[0, 0] == 0
    assert found.high[0, 0] == pytest.approx(1 - 0.025 ** (6.6 / 36))
    assert found.low[1, 0] == pytest.approx(0.025 ** (6.6 / 36))
    assert found.high[1, 0] == 1


@pytest.mark.parametrize(
    ("name", "corrected", "mean", "se", "low", "high", "award", "award_se"),
    [
        ("stratified", False, 662.287363159321, 9.53613229692516, 643.481356593217, 681.093369725425,
         0.638936064050579, 0.0348975177769063),
        ("stratified", True, 662.287363577655, 9.408940879434, 643.732188539262, 680.842538616048,
         0.638936067161769, 0.0344059182016133),
        ("clusters", False, 644.169398907104, 23.7790107208869, 593.168493261091, 695.170304553117,
         0.710382513661203, 0.0333503726041141),
        ("clusters", True, 644.169398907105, 23.5422406937812, 593.676314463327, 694.662483350884,
         0.710382513661203, 0.0330182995537189),
    ],
)  # fmt: skip
def test_agrees_with_figures_of_the_r_package_survey(name, corrected, mean, se, low, high, award, award_se):
    """svymean and confint(df = degf) on apistrat and apiclus1; lumley_2004."""
    given_ = getattr(published, name)()
    how = design(given_.stratum, given_.cluster, given_.fraction if corrected else None)
    everybody, weight = np.zeros(given_.api00.size, int), given_.weight[None]
    found = estimate(given_.api00, weight, how, everybody, share=False)
    assert found.num[0, 0] / found.den[0, 0] == pytest.approx(mean, rel=1e-8)
    assert [found.se[0], found.low[0], found.high[0]] == pytest.approx([se, low, high], rel=1e-7)
    share = estimate(given_.award, weight, how, everybody)
    assert share.num[0, 0] / share.den[0, 0] == pytest.approx(award, rel=1e-8)
    assert share.se[0] == pytest.approx(award_se, rel=1e-7)


def test_domains_agree_with_figures_of_the_r_package_survey():
    """svyby of api00: by award on apistrat; by county on apiclus1 (San Diego, Santa Clara, Los Angeles)."""
    schools = published.stratified()
    how = design(schools.stratum, schools.cluster, schools.fraction)
    found = estimate(schools.api00, schools.weight[None], how, schools.award.astype(int), share=False)
    assert found.num[0] / found.den[0] == pytest.approx([633.734912337968, 678.422405668124], rel=1e-8)
    assert found.se == pytest.approx([15.3347711842501, 11.8566310509714], rel=1e-7)
    schools = published.clusters()
    counties = [("135", "510"), ("61", "413", "448"), ("197", "406")]
    member = np.stack([np.isin(schools.cluster, county) for county in counties], axis=1)
    how = design(schools.stratum, schools.cluster)
    found = estimate(schools.api00, schools.weight[None], how, member, share=False, pool=False)
    assert found.num[0] / found.den[0] == pytest.approx(
        [659.436363636363, 732.076923076923, 647.266666666667]
    )
    assert found.se == pytest.approx([2.31989997506545, 15.9315559043315, 17.4230693023744], rel=1e-7)
    assert found.df.tolist() == [1, 2, 1]


def sample(seed, rows=120):
    rng = np.random.default_rng(seed)
    cluster = rng.integers(0, 12, rows)
    cluster[:12] = np.arange(12)
    y = (rng.random((3, rows)) < 0.4).astype(float)
    y[1, rng.random(rows) < 0.2] = np.nan
    return y, cluster // 4, cluster, rng.uniform(0.5, 3, (4, rows)), rng.random((rows, 5)) < 0.5


def same(one, other):
    for name in ("num", "den", "n", "effective", "se", "df", "low", "high"):
        np.testing.assert_allclose(
            getattr(one, name), getattr(other, name), rtol=1e-9, atol=1e-12, err_msg=name
        )


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_order_names_and_the_scale_of_weights_do_not_matter(seed):
    y, stratum, cluster, weights, member = sample(seed)
    plain = estimate(y, weights, design(stratum, cluster), member)
    order = np.random.default_rng(seed).permutation(cluster.size)
    same(
        plain, estimate(y[:, order], weights[:, order], design(stratum[order], cluster[order]), member[order])
    )
    named = design([f"s{9 - one}" for one in stratum], [f"c{99 - one}" for one in cluster])
    same(plain, estimate(y, weights, named, csr_array(member.astype(float))))
    heavy = estimate(y, weights * 1000, design(stratum, cluster), member)
    np.testing.assert_allclose(heavy.low, plain.low)
    np.testing.assert_allclose(heavy.se, plain.se)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_amounts_add_up_over_domains_and_questions_do_not_touch_each_other(seed):
    y, stratum, cluster, weights, member = sample(seed)
    how = design(stratum, cluster)
    apart = np.stack([member[:, 0], ~member[:, 0], np.ones(cluster.size, bool)], axis=1)
    found = estimate(y, weights, how, apart)
    np.testing.assert_allclose(found.num[..., 0] + found.num[..., 1], found.num[..., 2])
    np.testing.assert_allclose(found.den[..., 0] + found.den[..., 1], found.den[..., 2])
    assert (found.n[:, 0] + found.n[:, 1] == found.n[:, 2]).all()
    for row in range(3):
        alone = estimate(y[row], weights, how, apart)
        np.testing.assert_allclose(alone.high, found.high[row])
        assert alone.num.shape == (4, 3)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_one_more_yes_raises_the_share_and_intervals_hold_their_value(seed):
    y, stratum, cluster, weights, member = sample(seed)
    more = y.copy()
    more[0, np.flatnonzero(y[0] == 0)[0]] = 1.0
    how = design(stratum, cluster)
    before, after = estimate(y, weights, how, member), estimate(more, weights, how, member)
    assert (after.num[:, 0] >= before.num[:, 0]).all()
    value = before.num[0] / before.den[0]
    assert (before.low <= value).all()
    assert (value <= before.high).all()
    assert (before.low >= 0).all()
    assert (before.high <= 1).all()


def test_replicates_and_linearisation_tell_the_same_error():
    rng = np.random.default_rng(3)
    cluster = np.repeat(np.arange(60), 10)
    stratum = cluster // 15
    y = (rng.random(600) < rng.beta(2, 3, 60)[cluster]).astype(float)
    weights = rao_wu(stratum, cluster, rng.uniform(1, 3, 600), 4001, 1)
    found = estimate(y, weights, design(stratum, cluster), np.zeros(600, int))
    share = found.num / found.den
    assert share[1:].std() == pytest.approx(found.se[0], rel=0.05)
    assert share[1:].mean() == pytest.approx(share[0, 0], abs=0.1 * found.se[0])


def test_domains_without_answers_say_nothing():
    y = np.array([1.0, 0, np.nan, np.nan, 0, 1])
    found = estimate(y, ONE, design(STRATUM, CLUSTER), np.array([0, 0, 1, 1, 3, 3]))
    assert found.n.tolist() == [2, 0, 0, 2]
    assert np.isnan([found.low[1], found.high[2], found.se[1]]).all()
    assert found.den[0].tolist() == [2, 0, 0, 2]
    assert np.isfinite([found.low[0], found.high[3]]).all()


def test_a_number_of_minus_one_is_of_no_domain():
    found = estimate(np.ones(6), ONE, design(STRATUM, CLUSTER), np.array([0, 0, -1, -1, -1, 0]))
    assert found.n.tolist() == [3]


def test_strata_of_one_cluster_rows_of_other_tables_and_percentages_are_refused():
    with pytest.raises(InputError, match="strata b: there is one cluster only"):
        design(["a", "a", "b"], ["1", "2", "3"])
    with pytest.raises(InputError, match="answers have 5, weights 6, the design 6, domains 6"):
        estimate(np.ones(5), ONE, design(STRATUM, CLUSTER), ALL)
    with pytest.raises(InputError, match="outside 0 to 1"):
        estimate(np.full(6, 50.0), ONE, design(STRATUM, CLUSTER), ALL)
