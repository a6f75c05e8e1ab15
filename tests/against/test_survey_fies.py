"""The food insecurity scale against FAO's R package RM.weights, on the four sample countries it brings along.

Figures of RM.w and equating.fun (version 2.0), to the six digits used here: severities of the items, of the raw scores with
their errors, the weighted share of interviews by raw score 1 to 8, the line to the global standard, which items did not make
it, the thresholds on the country's scale, and the prevalence of moderate-or-severe and of severe food insecurity.
"""

from types import SimpleNamespace

import numpy as np
import pytest

from citiesforall.estimation import rasch
from citiesforall.estimation.fies import GLOBAL_STANDARD, MODERATE, SEVERE, chances, equate

COUNTRIES = {
    1: SimpleNamespace(
        item=[-0.492402, -0.364659, -0.997215, 0.222744, -0.701800, 0.124043, 0.536512, 1.672713],
        score=[-2.933649, -2.147299, -1.248337, -0.603598, -0.028757, 0.555966, 1.231893, 2.186977, 3.011393],
        error=[1.476750, 1.091916, 0.848967, 0.770359, 0.753902, 0.783255, 0.873932, 1.123324],
        share=[0.038024, 0.027234, 0.040804, 0.042820, 0.056345, 0.081200, 0.129378, 0.416120],
        scale=1.059873, shift=0.193645, unique=["WORRIED", "HEALTHY"],
        thresholds=[-0.476892, 1.586880], prevalence=[0.726867, 0.471377],
    ),
    2: SimpleNamespace(
        item=[-1.592758, -0.758694, -0.366613, -0.242356, -0.435573, 0.248517, 0.873865, 2.273574],
        score=[-3.114512, -2.304620, -1.358305, -0.672777, -0.061005, 0.578772, 1.325927, 2.387351, 3.277978],
        error=[1.493538, 1.113180, 0.872400, 0.795904, 0.783566, 0.820727, 0.922712, 1.177819],
        share=[0.049143, 0.038406, 0.075060, 0.077388, 0.058801, 0.111216, 0.110594, 0.334821],
        scale=0.842781, shift=0.040247, unique=["FEWFOODS", "SKIPPED"],
        thresholds=[-0.417721, 2.177658], prevalence=[0.690352, 0.342193],
    ),
    3: SimpleNamespace(
        item=[-1.366245, -0.643437, -1.004588, 0.797155, -0.485061, 0.456013, 0.296882, 1.949198],
        score=[-3.084866, -2.286768, -1.341586, -0.649084, -0.030768, 0.601688, 1.319967, 2.324333, 3.172953],
        error=[1.488995, 1.111736, 0.873336, 0.798575, 0.784051, 0.812912, 0.900319, 1.144144],
        share=[0.049506, 0.053704, 0.090836, 0.109780, 0.092737, 0.128533, 0.203856, 0.240573],
        scale=0.949293, shift=-0.067530, unique=["HUNGRY"],
        thresholds=[-0.257318, 2.046854], prevalence=[0.745227, 0.338902],
    ),
    4: SimpleNamespace(
        item=[-0.751849, -2.168875, -2.628538, -0.016096, -0.595441, 1.363070, 1.642650, 3.155088],
        score=[-3.841500, -2.947860, -1.801738, -0.894587, -0.054217, 0.811151, 1.777834, 3.017452, 3.982657],
        error=[1.545245, 1.193495, 0.989384, 0.924745, 0.916138, 0.948243, 1.026864, 1.245000],
        share=[0.074766, 0.098917, 0.105426, 0.079949, 0.097336, 0.067916, 0.076659, 0.175556],
        scale=0.488151, shift=0.122291, unique=["WORRIED"],
        thresholds=[-0.889256, 3.591605], prevalence=[0.552125, 0.132818],
    ),
}  # fmt: skip
NAMES = ("WORRIED", "HEALTHY", "FEWFOODS", "SKIPPED", "ATELESS", "RUNOUT", "HUNGRY", "WHLDAY")


@pytest.fixture(params=list(COUNTRIES))
def country(request):
    return COUNTRIES[request.param]


def test_scores_and_their_errors(country):
    """R's search ends 0.01 beside; the package takes the lowest score's error for the highest as well."""
    score, error = rasch.score_severity(np.array(country.item))
    assert score == pytest.approx(country.score, abs=0.01)
    assert error[:8] == pytest.approx(country.error, abs=0.005)


def test_line_to_the_standard(country):
    line = equate(np.array(country.item))
    assert [name for name, same in zip(NAMES, line.common, strict=True) if not same] == country.unique
    assert (line.scale, line.shift) == pytest.approx((country.scale, country.shift), abs=2e-5)
    thresholds = (GLOBAL_STANDARD[[MODERATE, SEVERE]] - line.shift) / line.scale
    assert thresholds == pytest.approx(country.thresholds, abs=2e-5)


def test_prevalence(country):
    """Half a percentage point: the error of the highest score is our own."""
    model = rasch.given(np.array(country.item))
    found = country.share @ chances(model, equate(model.item))[1:]
    assert found == pytest.approx(country.prevalence, abs=0.005)
